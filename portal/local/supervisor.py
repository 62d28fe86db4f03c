"""Everything that `make run` starts, from the database to the worker, and its orderly end.

    python -m portal.local.supervisor run | dev | stop

Settings: PORT (8000), DATABASE_URL, DEVELOPMENT (1 unless set), DEMO_PASSWORD (made up in development).
"""

import contextlib
import fcntl
import http.client
import os
import re
import signal
import socket
import sys
import time
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

from portal.local import brokers, children, packages, postgres
from portal.local.children import Child
from portal.local.cluster import Lease
from portal.local.places import CHECKOUT, LocalError, data_folder, open_lock
from portal.local.secrets import kept

HOST = "127.0.0.1"
TICK = 0.1  # seconds
MANAGE = (sys.executable, "manage.py")
QUEUES = ("transactional", "newsletter", "upkeep")  # of portal.celery


class Interruption:
    """Notes the first request to end: Ctrl-C, SIGTERM, or the terminal being closed."""

    def __init__(self) -> None:
        self.came = False
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._note)

    def _note(self, *_: object) -> None:
        self.came = True


def run(mode: str) -> int:
    """Serve until interrupted. mode: "run", or "dev" for a server that reloads changed code.

    returns the exit status: 0 after an interruption
    raises  LocalError if something is in the way
    """
    interruption = Interruption()
    port = set_environment(mode)
    programs = work()
    with announced(port), database():
        check_port(port)
        reload = ["--reload"] if mode == "dev" else []
        web = Child("web", [*MANAGE, "serve", f"{HOST}:{port}", *reload], CHECKOUT, time.monotonic)
        workers = [Child(name, command, CHECKOUT, time.monotonic) for name, command in programs.items()]
        try:
            return watch(web, workers, port, interruption)
        finally:
            children.end(child.process for child in (web, *workers) if child.process)


def work() -> dict[str, list[str]]:
    """The programs, by name, that do what happens after the answer: with CELERY_BROKER_URL Celery's, one for each lane.

    raises  LocalError if that setting cannot be followed
    """
    broker = os.environ.get("CELERY_BROKER_URL", "")
    if not broker:
        return {"worker": [*MANAGE, "worker"]}
    if not brokers.is_broker(broker):
        raise LocalError(brokers.RULE)
    if find_spec("celery") is None:
        raise LocalError(packages.need(["CELERY_BROKER_URL"]))
    celery = [sys.executable, "-m", "celery", "-A", "portal.celery"]
    lanes = {name: [*celery, "worker", "-P", "solo", "-Q", name, "-n", f"{name}@%h"] for name in QUEUES}
    return lanes | {"beat": [*celery, "beat"]}


def set_environment(mode: str) -> int:
    """Fill in what the environment leaves open, for all that we start. Returns the port."""
    os.environ.setdefault("DEVELOPMENT", "1")
    if mode == "dev":
        os.environ.setdefault("DEBUG", "1")
    if in_development():  # elsewhere no password is made up, and so no demonstration
        os.environ["DEMO_PASSWORD"] = kept("DEMO_PASSWORD")
    port = os.environ.setdefault("PORT", "8000")
    if not re.fullmatch("[0-9]{1,5}", port) or not 0 < int(port) < 65536:
        raise LocalError(f"PORT is {port!r}; it must be a number from 1 to 65535.")
    return int(port)


def in_development() -> bool:
    """True if DEVELOPMENT says so, in any of the words that the settings understand."""
    return os.environ["DEVELOPMENT"].lower() in ("true", "on", "ok", "y", "yes", "1")


def note_of(port: int) -> Path:
    """The file in which the supervisor on `port` leaves its process id, locked while it lives."""
    return data_folder() / f"run-{port}.pid"


@contextlib.contextmanager
def announced(port: int) -> Iterator[None]:
    """Let `stop` find us."""
    try:
        descriptor = open_lock(note_of(port), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise LocalError(f"The portal runs already on port {port}; `make stop` ends it.") from None
    try:
        os.truncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        yield
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def database() -> Iterator[None]:
    """Hold our own PostgreSQL, unless DATABASE_URL names another."""
    if os.environ.get("DATABASE_URL"):
        yield
        return
    lease = Lease(postgres.own_cluster())
    try:
        postgres.own_cluster().ensure()
        yield
    finally:
        lease.release()


def check_port(port: int) -> None:
    """Raise LocalError if another program listens on `port`."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise LocalError(f"Port {port}: {error.strerror}. Choose another: make run PORT=8001") from None


def watch(web: Child, workers: Sequence[Child], port: int, interruption: Interruption) -> int:
    """Keep all alive until interrupted; say where the site is when it first answers.

    returns 0, or 1 if the site ended before it ever answered
    """
    has_answered = False
    while not interruption.came:
        for child in (web, *workers) if has_answered else (web,):  # workers need what the site prepares
            status = child.tend()
            if status is None:
                continue
            print(f"{child.name} ended with status {status}", file=sys.stderr, flush=True)
            if not has_answered:
                return 1
        if not has_answered and answers(port):
            has_answered = True
            print(welcome(port), flush=True)
        time.sleep(TICK)
    return 0


def answers(port: int) -> bool:
    """True if the site answers on /healthz, whatever it thinks of the host name that we use."""
    connection = http.client.HTTPConnection(HOST, port, timeout=2)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def welcome(port: int) -> str:
    """The lines for whoever started the site: where it is, and how to end it."""
    site = f"http://{HOST}:{port}"
    lines = [f"The portal    {site}/", f"Authoring     {site}/admin/"]
    if in_development() and not os.environ.get("EMAIL_URL"):
        lines.append(f"Mail it sent  {site}/dev/mail/")
    return "\n".join(["", *lines, "", "Ctrl-C ends it."])


def stop() -> None:
    """End every supervisor of this checkout and the database."""
    for note in data_folder().glob("run-*.pid"):
        with contextlib.suppress(BlockingIOError):
            os.close(open_lock(note, fcntl.LOCK_EX | fcntl.LOCK_NB))
            continue  # nobody holds it: left by one that was killed
        os.kill(int(note.read_text()), signal.SIGTERM)
        os.close(open_lock(note))  # granted when it has ended
    postgres.own_cluster().stop()


def main(mode: str) -> int:
    """Do what the command line says and return the exit status."""
    try:
        if mode == "stop":
            stop()
            return 0
        if mode in ("run", "dev"):
            return run(mode)
    except LocalError as error:
        print(error, file=sys.stderr)
        return 1
    print("usage: python -m portal.local.supervisor run|dev|stop", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(" ".join(sys.argv[1:])))
