"""Child processes that are kept alive, and ended together."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

LONGEST_PAUSE = 30.0  # seconds between two attempts
LONG_LIFE = 60.0  # seconds after which a child counts as healthy, and the next pause is short again
PATIENCE = (
    30.0  # seconds between asking a child to end and killing it; the worker hears its last answers meanwhile
)
PARENT_DIED = 1  # PR_SET_PDEATHSIG of Linux's prctl


class Child:
    """A program that runs until `end`: one that dies is started again, after pauses that double."""

    def __init__(self, name: str, command: Sequence[str], folder: Path, clock: Callable[[], float]) -> None:
        self.name = name
        self._command = command
        self._folder = folder
        self._clock = clock  # seconds, never going back
        self._pause = 1.0
        self._start_at = clock()
        self.process: subprocess.Popen[bytes] | None = None

    def tend(self) -> int | None:
        """Start it if it is due. Returns the exit status if it has died since the last call."""
        if self.process is None:
            if self._clock() >= self._start_at:
                self.process = start(self._command, self._folder)
                self._started = self._clock()
            return None
        status = self.process.poll()
        if status is not None:
            kill_group(self.process)  # its own children would go on, and hold its port
            self.process = None
            if self._clock() - self._started > LONG_LIFE:
                self._pause = 1.0
            self._start_at = self._clock() + self._pause
            self._pause = min(2 * self._pause, LONGEST_PAUSE)
        return status


def start(
    command: Sequence[str],
    folder: Path,
    stdout: int | None = None,
    stderr: int | None = None,
    environment: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """Start a program in a session of its own: Ctrl-C reaches only us, and we end it in order."""
    return subprocess.Popen(
        command,
        cwd=folder,
        stdout=stdout,
        stderr=stderr,
        env=environment,
        start_new_session=True,
        preexec_fn=_end_with_parent,
    )


def end(processes: Iterable[subprocess.Popen[bytes]], patience: float = PATIENCE) -> None:
    """Ask all to end, wait, and kill what is left with its own children."""
    running = [process for process in processes if process.poll() is None]
    for process in running:
        process.terminate()
    deadline = time.monotonic() + patience
    for process in running:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(max(0.0, deadline - time.monotonic()))
    for process in running:
        kill_group(process)
        process.wait()


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """Kill whatever is left of the session of `process`, which `start` started."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _end_with_parent() -> None:
    """On Linux, let the kernel end this child when we are killed and cannot."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PARENT_DIED, signal.SIGTERM)
