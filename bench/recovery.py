"""What readers and writers notice when something is killed (SIGKILL) under load, and whether a write is lost.

    python -m bench.recovery [seconds of load before each blow]

A portal in production settings with a database of its own, under its supervisor, is loaded with readers of a page kept
by the page cache, of one that needs the database each time, and with sign-ups for the newsletter. What no longer runs
is started again by us, as systemd would: the supervisor at once, PostgreSQL at once. The web server and its workers
are started again by the portal itself.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import DEVNULL, Popen

import psycopg2

from bench.load import family
from bench.strokes import Clients, Stroke
from bench.tables import Figure, report, table
from portal.local import children
from portal.local.loopback import free_port
from portal.local.places import CHECKOUT
from portal.local.rehearsal import Stage, answers, rehearsal

BEFORE, AFTER, PATIENCE = (
    2.0,
    2.0,
    240.0,
)  # seconds; the last is also that of the first start, with migrations


@dataclass
class Running:
    """The portal under its supervisor, and its database; `keep` starts again what was killed."""

    stage: Stage
    port: int
    supervisor: Popen[bytes] | None = None
    is_over: threading.Event = field(default_factory=threading.Event)

    def keep(self) -> None:
        while not self.is_over.wait(0.1):
            self.stage.cluster.ensure()
            if self.supervisor is None or self.supervisor.poll() is not None:
                self.supervisor = self.start()

    def start(self) -> Popen[bytes]:
        command = [sys.executable, "-m", "portal.local.supervisor", "run"]
        environment = {**self.stage.environment, "PORT": str(self.port)}
        with self.log.open("ab") as log:
            return children.start(command, CHECKOUT, DEVNULL, log.fileno(), environment)

    @property
    def log(self) -> Path:
        return self.stage.folder / "supervisor.log"

    def servers(self) -> list[int]:
        """The process of `manage.py serve`, and those of its workers."""
        assert self.supervisor  # noqa: S101  (for the types)
        for pid in family(self.supervisor.pid):
            if b"\0serve\0" in Path(f"/proc/{pid}/cmdline").read_bytes():
                return list(family(pid))
        return []


def web_worker(running: Running) -> None:
    os.kill(running.servers()[1], signal.SIGKILL)


def web_server(running: Running) -> None:
    os.kill(running.servers()[0], signal.SIGKILL)


def supervisor(running: Running) -> None:
    assert running.supervisor  # noqa: S101  (for the types)
    running.supervisor.kill()


def postgresql(running: Running) -> None:
    note = running.stage.cluster.data / "postmaster.pid"
    os.kill(int(note.read_text().split()[0]), signal.SIGKILL)


BLOWS: dict[str, Callable[[Running], None]] = {
    "a web worker": web_worker,
    "the web server": web_server,
    "the supervisor": supervisor,
    "PostgreSQL": postgresql,
}


def measure(arguments: Sequence[str]) -> list[Figure]:
    """Kill one after the other, print what was noticed. arguments: seconds of load before each, or nothing"""
    before = float(arguments[0]) if arguments else BEFORE
    with (
        rehearsal(RATE_LIMITS="0") as stage,
        running_portal(stage) as running,
    ):
        clients = Clients(running.port)
        found = {name: strike(running, clients, blow, before) for name, blow in BLOWS.items()}
        lost = clients.acknowledged() - signed_up(stage)
    print_strokes(found)
    return [*(figure_of(name, stroke) for name, stroke in found.items()), figure_of_writes(clients, lost)]


@contextmanager
def running_portal(stage: Stage) -> Iterator[Running]:
    running = Running(stage, free_port())
    keeper = threading.Thread(target=running.keep, daemon=True)
    keeper.start()
    try:
        until(lambda: answers(running.port), running.log)
        yield running
    finally:
        running.is_over.set()
        keeper.join()
        if running.supervisor:
            children.end([running.supervisor])


def strike(running: Running, clients: Clients, blow: Callable[[Running], None], before: float) -> Stroke:
    """Load, kill, and go on until all kinds of requests have been answered well for AFTER seconds."""
    until(lambda: answers(running.port) and len(running.servers()) > 1, running.log)
    with clients.loading() as stroke:
        until(lambda: stroke.is_well(before), running.log)
        blow(running)
        stroke.struck()
        until(lambda: stroke.is_well(AFTER), running.log)
    return stroke


def until(condition: Callable[[], bool], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise RuntimeError(f"The portal does not recover:\n{log.read_text()[-3000:]}")
        time.sleep(0.05)


def signed_up(stage: Stage) -> set[str]:
    """The addresses that the database knows."""
    connection = psycopg2.connect(stage.cluster.url)
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT email FROM newsletter_subscriber")
        found = {email for (email,) in cursor.fetchall()}
    connection.close()
    return found


def print_strokes(found: dict[str, Stroke]) -> None:
    rows = [
        (name, kind, f"{one.good:,}", f"{one.refused:,}", f"{one.failed:,}", f"{one.seconds:.1f} s")
        for name, stroke in found.items()
        for kind, one in stroke.noticed().items()
    ]
    print(table(("killed", "requests", "good", "503", "failed", "good again after"), rows))


def figure_of(name: str, stroke: Stroke) -> Figure:
    """A dead worker may cost what it was at work on; the death of more, requests until it is there again."""
    noticed = stroke.noticed().values()
    failed, seconds = sum(one.failed for one in noticed), max(one.seconds for one in noticed)
    is_worker = name == "a web worker"
    target = f"at most {stroke.clients} failed requests" if is_worker else "recovers by itself"
    measured = f"{failed:,} failed, good after {seconds:.1f} s"
    return Figure(f"kill -9 of {name}", target, measured, is_met=not is_worker or failed <= stroke.clients)


def figure_of_writes(clients: Clients, lost: set[str]) -> Figure:
    return Figure(
        "acknowledged writes lost",
        "0",
        f"{len(lost)} of {len(clients.acknowledged()):,}",
        is_met=not lost and bool(clients.acknowledged()),
    )


def main(arguments: Sequence[str]) -> int:
    """Measure, print, and return 0 if all targets were met."""
    return report(measure(arguments))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
