"""The shape of `deploy/cluster/` on this machine: each part a process of its own, on a port or socket of its own.

One PostgreSQL and its replica, Redis, a mail server, two web nodes, nginx in front of them, Celery's workers and beat.
What is started here is ended here, by its process id.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import psycopg2

from bench.load import family
from bench.standby import following
from portal.local import children, programs
from portal.local.cluster import Cluster
from portal.local.loopback import LOOPBACK, free_port, listens, running
from portal.local.nginx import Front
from portal.local.places import CHECKOUT, LocalError
from portal.local.rehearsal import Server, Stage, rehearsal

CELERY = (sys.executable, "-m", "celery", "-A", "portal.celery")
AT_ONCE = 2  # processes of a sending worker, as in deploy/cluster/compose.yaml
QUEUES = {  # name of the worker: its queue, and its processes
    "transactional": ("transactional", 1),
    "newsletter 1": ("newsletter", AT_ONCE),
    "newsletter 2": ("newsletter", AT_ONCE),
    "upkeep": ("upkeep", 1),
}
CONNECTIONS = 8  # of each sending process to the mail server
PATIENCE = 180.0  # seconds


@dataclass(frozen=True)
class Machines:
    """All that runs. `told`: the readers and pages of `bench/members.py`; `book`: what the mail server took"""

    stage: Stage
    replica: Cluster
    web: Mapping[str, Server]
    front: Front
    celery: Mapping[str, subprocess.Popen[bytes]]
    others: Mapping[str, int]  # name → process id
    told: Mapping[str, Any]
    book: Path

    def processes(self) -> dict[str, set[int]]:
        """The living processes of each part. Of PostgreSQL the first: the others come and go with connections."""
        roots = {name: server.pid for name, server in self.web.items()}
        roots |= {f"Celery, {name}": process.pid for name, process in self.celery.items()}
        roots |= {"nginx": self.front.pid, **self.others}
        found = {name: {pid for pid in family(root) if is_alive(pid)} for name, root in roots.items()}
        return found | {"primary": {self.stage.database_pid}}

    def ask(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """The rows that the primary answers."""
        return ask(self.stage.cluster, statement, *values)

    def taken(self) -> list[tuple[float, str]]:
        """(when, address) of each message that the mail server took."""
        lines = (
            line.split() for line in self.book.read_text().splitlines(keepends=True) if line[-1:] == "\n"
        )
        return [(float(at), address) for at, address in lines]


def ask(cluster: Cluster, statement: str, *values: object) -> list[tuple[Any, ...]]:
    connection = psycopg2.connect(cluster.url)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


@contextmanager
def machines(subscribers: int, wait: float) -> Iterator[Machines]:
    """Everything, started and with content.

    subscribers  of the newsletter
    wait         seconds before the mail server answers to a message
    """
    programs.require([programs.NGINX, programs.REDIS, programs.OPENSSL])
    redis = free_port()
    settings = {
        "REDIS_URL": f"redis://{LOOPBACK}:{redis}/0",
        "CELERY_BROKER_URL": f"redis://{LOOPBACK}:{redis}/1",
        "NEWSLETTER_CONNECTIONS": str(CONNECTIONS),
        "RATE_LIMITS": "0",
    }
    with ExitStack() as stack:
        bare = stack.enter_context(rehearsal(**settings))
        others = {"Redis": stack.enter_context(running_redis(redis, bare.folder)).pid}
        book = bare.folder / "taken"
        mail, port = stack.enter_context(mail_server(book, wait))
        others["mail server"] = mail.pid
        replica = stack.enter_context(following(bare.cluster, bare.folder / "replica"))
        more = {"EMAIL_URL": f"smtp://{LOOPBACK}:{port}", "MEDIA_ROOT": str(bare.data / "media")}
        stage = replace(bare, environment=bare.environment | more)
        stage.manage("prepare")
        web = {"web node 1": stack.enter_context(stage.portal(DATABASE_REPLICA_URL=replica.url))}
        celery = stack.enter_context(running_celery(stage))
        told = tell(stage, subscribers)
        web["web node 2"] = stack.enter_context(
            stage.portal(DATABASE_REPLICA_URL=replica.url, DATA_DIR=str(stage.folder / "web2"))
        )
        front = stack.enter_context(stage.front(*(server.port for server in web.values())))
        wait_for_workers(stage, celery)
        yield Machines(stage, replica, web, front, celery, others, told, book)


def running_redis(port: int, folder: Path) -> Any:
    command = [programs.find(programs.REDIS), "--port", str(port), "--bind", LOOPBACK]
    command += ["--save", "", "--appendonly", "no", "--dir", str(folder)]
    return running(command, folder, dict(os.environ), lambda: listens(port))


@contextmanager
def mail_server(book: Path, wait: float) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    book.touch()
    command = [sys.executable, "-m", "bench.sink", "--book", str(book), "--wait", str(wait)]
    process = children.start(command, CHECKOUT, subprocess.PIPE)
    try:
        assert process.stdout  # noqa: S101  (for the types)
        yield process, int(process.stdout.readline())
    finally:
        children.end([process])


@contextmanager
def running_celery(stage: Stage) -> Iterator[dict[str, subprocess.Popen[bytes]]]:
    """A worker for each of QUEUES, and beat. They take a while to be there: `wait_for_workers`."""
    environment = stage.environment | {"DATA_DIR": str(stage.folder / "celery")}
    commands = {
        name: [*CELERY, "worker", "-Q", queue, "-c", str(count), "-n", f"{name.replace(' ', '-')}@%h"]
        for name, (queue, count) in QUEUES.items()
    }
    commands["beat"] = [*CELERY, "beat"]
    started: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for name, command in commands.items():
            with log_of(stage, name).open("wb") as log:
                descriptor = log.fileno()
                started[name] = children.start(command, CHECKOUT, descriptor, descriptor, environment)
        yield started
    finally:
        children.end(started.values())


def log_of(stage: Stage, name: str) -> Path:
    return stage.folder / f"celery {name}.log"


def wait_for_workers(stage: Stage, celery: Mapping[str, subprocess.Popen[bytes]]) -> None:
    """Until each has forked the processes that do its work."""
    for name, (_, count) in QUEUES.items():
        until(
            partial(has_forked, celery[name], count),
            f"Celery's worker {name} does not start",
            partial(has_ended, celery[name]),
            log_of(stage, name),
        )


def has_forked(process: subprocess.Popen[bytes], count: int) -> bool:
    return len(list(family(process.pid))) > count


def has_ended(process: subprocess.Popen[bytes]) -> bool:
    return process.poll() is not None


def tell(stage: Stage, subscribers: int) -> dict[str, Any]:
    """Make the content, and learn about readers and pages."""
    said = stage.manage("shell", "-c", f"from bench import members; members.tell({subscribers})")
    found: dict[str, Any] = json.loads(said.splitlines()[-1])
    return found


def is_alive(pid: int) -> bool:
    """False for one that has ended and whose parent has not heard of it."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def until(
    condition: Callable[[], bool],
    complaint: str,
    is_hopeless: Callable[[], bool] = lambda: False,
    log: Path | None = None,
    patience: float = PATIENCE,
) -> None:
    """Wait for `condition`. raises LocalError with `complaint` and the end of `log`"""
    deadline = time.monotonic() + patience
    while not condition():
        if is_hopeless() or time.monotonic() > deadline:
            raise LocalError(f"{complaint}:\n{log.read_text()[-3000:] if log else ''}")
        time.sleep(0.05)
