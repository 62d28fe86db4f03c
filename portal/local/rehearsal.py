"""Production on one machine: the portal as `deploy/` has it, on loopback, with a database and files of its own.

For tests and measurements. Everything is started by us, lies in one folder, and is ended by its process id.

    with rehearsal() as stage, stage.portal() as portal, stage.front(portal.port) as front: ...
"""

import contextlib
import http.client
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from portal.local import nginx
from portal.local.cluster import Cluster
from portal.local.loopback import HOST, LOOPBACK, free_port, running
from portal.local.places import CHECKOUT, LocalError


@dataclass(frozen=True)
class Stage:
    """A folder with a database and the environment that leads programs to it; settings are those of production."""

    folder: Path
    cluster: Cluster
    environment: dict[str, str] = field(repr=False)

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def database_pid(self) -> int:
        """The process of PostgreSQL whose descendants do the work."""
        return int((self.cluster.data / "postmaster.pid").read_text().split("\n", 1)[0])

    def manage(self, *arguments: str, typed: str | None = None) -> str:
        """Run `manage.py`; returns what it printed. raises LocalError with that if it fails"""
        command = [sys.executable, "manage.py", *arguments]
        ran = subprocess.run(
            command,
            cwd=CHECKOUT,
            env=self.environment,
            input=typed,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        if ran.returncode:
            raise LocalError(f"manage.py {arguments[0]} failed:\n{ran.stdout[-3000:]}")
        return ran.stdout

    @contextlib.contextmanager
    def portal(self, command: Sequence[str] = (), **changes: str) -> Iterator["Server"]:
        """A web server of the portal.

        command  with the word ADDRESS in it (default: `manage.py serve`, which prepares the database first)
        changes  of the environment
        """
        command = command or (sys.executable, "manage.py", "serve", "ADDRESS")
        with serving(command, self.folder, self.environment | changes) as server:
            yield server

    @contextlib.contextmanager
    def front(self, *ports: int, **more: str) -> Iterator[nginx.Front]:
        """nginx with `deploy/nginx/` in front of the portals on `ports`.

        more  further files of configuration for the same nginx, by their names; ${HTTPS} in them is the port
              of the portal
        """
        with nginx.fronting(ports, self.folder, self.data, more) as front:
            yield front


@dataclass(frozen=True)
class Server:
    """A running web server: its port, and the process whose descendants do the work."""

    port: int
    pid: int


@contextlib.contextmanager
def rehearsal(**changes: str) -> Iterator[Stage]:
    """A stage with an empty database that is started, and stopped and removed at the end.

    changes  of the environment that the portal gets
    """
    folder = Path(tempfile.mkdtemp(dir="/tmp", prefix="portal-stage-"))
    folder.chmod(0o711)  # the accounts of PostgreSQL and nginx pass through
    cluster = Cluster(folder / "database")
    try:
        cluster.ensure()
        yield Stage(folder, cluster, production(folder, cluster) | changes)
    finally:
        cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)


def production(folder: Path, cluster: Cluster) -> dict[str, str]:
    """The environment of a portal in production behind nginx, and nothing of ours but the path."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return kept | {
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "DEVELOPMENT": "0",
        "DEBUG": "0",
        "SECRET_KEY": "a long key of many characters that protects nothing but a rehearsal",
        "SUPPRESSION_KEY": "another long key, of the list of addresses that must get nothing",
        "ALLOWED_HOSTS": HOST,
        "SITE_URL": f"https://{HOST}",
        "DATABASE_URL": cluster.url,
        "DATA_DIR": str(folder / "data"),
        "BEHIND_PROXY": "1",
        "MEDIA_ACCEL_PREFIX": "/protected/",
    }


@contextlib.contextmanager
def serving(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> Iterator[Server]:
    """A web server that answers on /healthz or at least listens; ADDRESS in `command` becomes host:port, PORT the port."""
    port = free_port()
    words = {"ADDRESS": f"{LOOPBACK}:{port}", "PORT": str(port)}
    command = [words.get(word, word) for word in command]
    with running(command, folder, environment, lambda: answers(port)) as process:
        yield Server(port, process.pid)


def answers(port: int) -> bool:
    """True if a portal on `port` answers as ready to serve."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=10)
    try:
        connection.request("GET", "/healthz", headers={"Host": HOST, "X-Forwarded-Proto": "https"})
        return connection.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
