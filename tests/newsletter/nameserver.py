"""A name server on loopback that knows some texts."""

import socket
import threading

import dns.flags
import dns.message
import dns.rcode
import dns.rrset


class NameServer:
    """Answers questions for TXT with `texts` ({name: [text]}); other names do not exist.

    failing  answer SERVFAIL instead
    """

    def __init__(self, texts):
        self.texts, self.failing = texts, False
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.address = f"127.0.0.1:{self.port}"
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def stop(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"", ("127.0.0.1", self.port))
        self.thread.join(5)
        self.socket.close()

    def _serve(self):
        while True:
            octets, client = self.socket.recvfrom(4096)
            if not octets:
                return
            self.socket.sendto(self._answer(dns.message.from_wire(octets)).to_wire(), client)

    def _answer(self, question):
        answer = dns.message.make_response(question)
        answer.flags |= dns.flags.RA
        name = question.question[0].name
        texts = self.texts.get(name.to_text().rstrip("."))
        if self.failing:
            answer.set_rcode(dns.rcode.SERVFAIL)
        elif texts is None:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        else:
            answer.answer.append(dns.rrset.from_text(name, 60, "IN", "TXT", *map(quoted, texts)))
        return answer


def quoted(text):
    """A text as TXT holds it: pieces of at most 255 octets."""
    return " ".join(f'"{text[start : start + 255]}"' for start in range(0, len(text), 255))
