"""Programs on ports of this machine, started by us and ended by their process id."""

import contextlib
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from portal.local import children
from portal.local.places import CHECKOUT, LocalError

HOST = "portal.example"  # what a rehearsal calls itself
LOOPBACK = "127.0.0.1"
PATIENCE = 180  # seconds for a first start: migrations and static files, on a busy machine


@contextlib.contextmanager
def running(
    command: Sequence[str], folder: Path, environment: Mapping[str, str], is_ready: Callable[[], bool]
) -> Iterator["subprocess.Popen[bytes]"]:
    """A program from when `is_ready` until the end of the block. raises LocalError with what it said if it ends"""
    with tempfile.TemporaryFile(dir=folder) as log:
        process = children.start(command, CHECKOUT, log.fileno(), subprocess.STDOUT, environment)
        try:
            deadline = time.monotonic() + PATIENCE
            while not is_ready():
                if process.poll() is not None or time.monotonic() > deadline:
                    log.seek(0)
                    raise LocalError(f"{command[0]} does not start:\n{log.read()[-3000:].decode()}")
                time.sleep(0.05)
            yield process
        finally:
            children.end([process], patience=15)


def listens(port: int) -> bool:
    """True if something accepts connections on `port`."""
    with contextlib.suppress(OSError), socket.create_connection((LOOPBACK, port), timeout=2):
        return True
    return False


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])
