"""A mail server that takes everything at once and keeps nothing: `python -m bench.sink` prints its port.

It offers PIPELINING as providers do, unless called with --plain.
"""

import asyncio
import sys
from typing import cast

GREETING = b"220 sink\r\n"
EHLO = [b"250-sink", b"250-8BITMIME", b"250-SIZE 33554432", b"250 PIPELINING"]
END = b"\r\n.\r\n"


class Session(asyncio.Protocol):
    """One connection."""

    def __init__(self, features: bytes) -> None:
        self.features = features
        self.buffer = bytearray()
        self.is_in_message = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.transport.write(GREETING)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        replies = []
        while (end := self.buffer.find(END if self.is_in_message else b"\r\n")) >= 0:
            if self.is_in_message:
                del self.buffer[: end + len(END)]
                self.is_in_message = False
                replies.append(b"250 taken\r\n")
            else:
                command = bytes(self.buffer[: min(end, 4)]).upper()
                del self.buffer[: end + 2]
                replies.append(self.reply(command))
        self.transport.write(b"".join(replies))

    def reply(self, command: bytes) -> bytes:
        if command == b"EHLO":
            return self.features
        if command == b"DATA":
            self.is_in_message = True
            return b"354 go on\r\n"
        if command == b"QUIT":
            self.transport.close()
            return b""
        return b"250 fine\r\n"


async def serve(features: bytes) -> None:
    server = await asyncio.get_running_loop().create_server(lambda: Session(features), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    plain = "--plain" in sys.argv
    lines = [*EHLO[:-2], b"250 SIZE 33554432"] if plain else EHLO
    asyncio.run(serve(b"\r\n".join(lines) + b"\r\n"))
