"""A mail server that takes everything and keeps no message: `python -m bench.sink` prints its port.

--plain         it does not offer PIPELINING, as providers do
--wait SECONDS  before it answers to a message
--book FILE     a line for each recipient of a message that it took: when (of time.monotonic), and the address
"""

from __future__ import annotations

import argparse
import asyncio
import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO, cast

GREETING = b"220 sink\r\n"
EHLO = [b"250-sink", b"250-8BITMIME", b"250-SIZE 33554432", b"250 PIPELINING"]
END = b"\r\n.\r\n"
TAKEN = b"250 taken\r\n"


@dataclass(frozen=True)
class Manners:
    """How it answers. book: an open file, or None"""

    features: bytes
    wait: float
    book: TextIO | None


class Session(asyncio.Protocol):
    """One connection."""

    def __init__(self, manners: Manners) -> None:
        self.manners = manners
        self.buffer = bytearray()
        self.recipients: list[str] = []
        self.is_in_message = self.is_thinking = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.transport.write(GREETING)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        self.go_on()

    def go_on(self) -> None:
        """Answer to what has come, in its order."""
        replies = []
        while not self.is_thinking and (end := self.buffer.find(END if self.is_in_message else b"\r\n")) >= 0:
            if self.is_in_message:
                del self.buffer[: end + len(END)]
                self.is_in_message = False
                replies.append(self.take())
            else:
                command = bytes(self.buffer[:end])
                del self.buffer[: end + 2]
                replies.append(self.reply(command[:4].upper(), command))
        self.transport.write(b"".join(replies))

    def take(self) -> bytes:
        """The answer to a message, or nothing yet."""
        if self.manners.book:
            lines = (f"{time.monotonic():.4f} {recipient}\n" for recipient in self.recipients)
            self.manners.book.write("".join(lines))
            self.manners.book.flush()
        self.recipients.clear()
        if not self.manners.wait:
            return TAKEN
        self.is_thinking = True
        asyncio.get_running_loop().call_later(self.manners.wait, self.answer)
        return b""

    def answer(self) -> None:
        self.is_thinking = False
        self.transport.write(TAKEN)
        self.go_on()

    def reply(self, command: bytes, line: bytes) -> bytes:
        if command == b"EHLO":
            return self.manners.features
        if command == b"RCPT":
            self.recipients += [found.decode() for found in re.findall(rb"<(.*?)>", line)]
        elif command in (b"MAIL", b"RSET"):
            self.recipients.clear()
        elif command == b"DATA":
            self.is_in_message = True
            return b"354 go on\r\n"
        elif command == b"QUIT":
            self.transport.close()
            return b""
        return b"250 fine\r\n"


async def serve(manners: Manners) -> None:
    server = await asyncio.get_running_loop().create_server(lambda: Session(manners), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.sink", description=__doc__)
    parser.add_argument("--plain", action="store_true")
    parser.add_argument("--wait", type=float, default=0.0)
    parser.add_argument("--book", type=Path)
    given = parser.parse_args()
    lines = [*EHLO[:-2], b"250 SIZE 33554432"] if given.plain else EHLO
    book = given.book.open("a") if given.book else None
    asyncio.run(serve(Manners(b"\r\n".join(lines) + b"\r\n", given.wait, book)))


if __name__ == "__main__":
    main()
