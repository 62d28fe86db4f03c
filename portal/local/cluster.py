"""A PostgreSQL server of our own: made when it is missing, started when it is down, stopped when unused."""

import contextlib
import fcntl
import os
import pwd
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from portal.local import binaries
from portal.local.places import (
    LocalError,
    locked,
    make_passable,
    make_private,
    open_lock,
    server_account,
    short_hash,
)

NAME = "portal"  # of the database and of its user
PORT = 5432  # only a part of the socket's name: nothing listens on the network
LONGEST_SOCKET = 100  # bytes; the kernel allows 107 on Linux, 103 on macOS
START_SECONDS = 120  # recovery after a crash can take a while
STOP_SECONDS = 60

# Servers started by this process. Python would warn if it lost sight of a running child.
_started: list[subprocess.Popen[bytes]] = []


@dataclass(frozen=True)
class Cluster:
    """A server, and everything that belongs to it, in the folder `home`."""

    home: Path

    @property
    def data(self) -> Path:
        return self.home / "pg"

    @property
    def log(self) -> Path:
        return self.home / "pg.log"

    @property
    def start_lock(self) -> Path:
        return self.home / "start.lock"

    @property
    def keep_up(self) -> Path:
        """While this file exists, the last to leave does not stop the server."""
        return self.home / "keep-up"

    @property
    def socket_folder(self) -> Path:
        """`run` in the home; under /tmp if that path is too long for a socket or not plain for its users."""
        folder = self.home / "run"
        if len(os.fsencode(folder / f".s.PGSQL.{PORT}")) <= LONGEST_SOCKET and re.fullmatch(
            r"[\w./-]+", str(folder), re.ASCII
        ):
            return folder
        return Path("/tmp") / f"portal-{short_hash(self.home)}"  # noqa: S108  (make_private checks it)

    @property
    def url(self) -> str:
        """The address for programs that read libpq's URLs, such as psql and pg_dump."""
        return f"postgresql://{NAME}@:{PORT}/{NAME}?host={quote(str(self.socket_folder))}"

    def is_ready(self) -> bool:
        """True if our own server runs and takes connections."""
        lines = self._pid_file()
        return len(lines) >= 8 and lines[7].strip() == "ready" and self._is_server(lines[0])

    def ensure(self) -> None:
        """Make and start the server if it is not running. Many processes may call this at once.

        raises  LocalError with the end of the server's log
        """
        if self.is_ready():
            return
        with locked(self.start_lock):
            if not self.is_ready():
                self._start()

    def start_for_good(self) -> None:
        """Start the server and keep it up until `stop`, even when nobody uses it."""
        self.ensure()
        self.keep_up.touch()

    def stop(self) -> None:
        """Stop the server, whoever uses it."""
        with locked(self.start_lock):
            self.keep_up.unlink(missing_ok=True)
            self.shut_down()

    def shut_down(self) -> None:
        """Stop the server; the caller holds the start lock.

        By signal (SIGINT: roll back and end), not by pg_ctl: this works after .venv is gone.
        """
        lines = self._pid_file()
        if not lines or not self._is_server(lines[0]):
            return
        os.kill(int(lines[0]), signal.SIGINT)
        deadline = time.monotonic() + STOP_SECONDS
        while self._is_server(lines[0]):
            if time.monotonic() > deadline:
                raise LocalError(f"PostgreSQL (process {lines[0]}) does not stop.")
            time.sleep(0.02)
        _forget_ended()

    def programs(self) -> Path:
        """The folder of the programs that fit the data: their version decides once they exist."""
        version = self.data / "PG_VERSION"
        return binaries.find(int(version.read_text()) if version.exists() else None)

    def _pid_file(self) -> list[str]:
        """The lines of the server's own note: process id first, state eighth. Empty if there is none."""
        try:
            return (self.data / "postmaster.pid").read_text().splitlines()
        except (FileNotFoundError, NotADirectoryError):
            return []
        except PermissionError as error:
            raise LocalError(f"{self.data} belongs to another account. Run as that one.") from error

    def _is_server(self, pid: str) -> bool:
        """True if `pid` is the server of these data: after a crash the number may be anybody's."""
        return pid.strip().isdigit() and str(self.data) in _command_line(int(pid))

    def _start(self) -> None:
        """Bring the server up; the caller holds the start lock."""
        make_passable(self.home)
        account = server_account(self.data)
        programs = self.programs()
        if account:
            programs = binaries.within_reach(programs, self.home)
        if not (self.data / "PG_VERSION").exists():
            self._create(programs, account)
        make_private(self.socket_folder, account)
        # PostgreSQL takes any living process whose number is in these files for its server.
        lock = self.socket_folder / f".s.PGSQL.{PORT}.lock"
        for leftover in (self.data / "postmaster.pid", lock):
            with contextlib.suppress(FileNotFoundError):
                if not self._is_server(leftover.read_text().split("\n", 1)[0]):
                    leftover.unlink()
        self._launch(programs, account)

    def _create(self, programs: Path, account: pwd.struct_passwd | None) -> None:
        """Make the data folder under another name first, so that an interrupted attempt leaves nothing."""
        if self.data.exists() and any(self.data.iterdir()):
            raise LocalError(f"{self.data} is not empty, yet it is no database. Move it away.")
        new = self.data.with_name("pg.new")
        shutil.rmtree(new, ignore_errors=True)
        make_private(new, account)
        locale = ["--locale=C.UTF-8"]
        if (binaries.major_version(programs) or 0) >= 17:  # the server's own: same order on every machine
            locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        only_the_socket_folder_protects = ["--auth=trust", "--data-checksums", "--no-instructions"]
        command: list[str | Path] = [programs / "initdb", "-D", new, "-U", NAME, "-E", "UTF8", *locale]
        _run([*command, *only_the_socket_folder_protects], new, account)
        in_person: list[str | Path] = ["--single", "-D", new, "-c", "exit_on_error=on", "postgres"]
        _run([programs / "postgres", *in_person], new, account, typed=f"create database {NAME}\n")
        new.rename(self.data)

    def _launch(self, programs: Path, account: pwd.struct_passwd | None) -> None:
        """Start the server and wait until it takes connections."""
        settings = {
            "listen_addresses": "",
            "port": str(PORT),
            "unix_socket_directories": str(self.socket_folder),
            "unix_socket_permissions": "0700",
            "timezone": "UTC",
        }
        command: list[str | Path] = [programs / "postgres", "-D", self.data]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        deadline = time.monotonic() + START_SECONDS
        while not self.is_ready():
            with open(self.log, "ab", opener=_only_for_owner) as log:
                before = log.tell()
                options = _as(account, self.data) | {
                    "stdin": subprocess.DEVNULL,
                    "stdout": log,
                    "stderr": log,
                }
                server = subprocess.Popen(command, start_new_session=True, **options)
            _started.append(server)
            while server.poll() is None and not self.is_ready() and time.monotonic() < deadline:
                time.sleep(0.02)
            if self.is_ready():
                break
            said = self.log.read_bytes()[before:].decode(errors="replace")
            # Children of a killed server hold its memory for a moment: try again.
            if "shared memory" not in said or time.monotonic() > deadline:
                raise LocalError(f"PostgreSQL did not start; the end of {self.log}:\n{said[-2000:]}")
            time.sleep(0.2)
        _forget_ended()


class Lease:
    """A hold on a running server, for as long as this process lives or until `release`.

    It is a shared lock: the kernel counts the holders, so that one who was killed does not count.
    """

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self._owner = os.getpid()
        self._descriptor: int | None = open_lock(cluster.home / "lease.lock", fcntl.LOCK_SH)

    def release(self) -> None:
        """Let go; the last holder stops the server. A second call does nothing."""
        if self._descriptor is None:
            return
        descriptor, self._descriptor = self._descriptor, None
        try:
            if os.getpid() == self._owner:  # a forked child must not speak for its parent
                with locked(self.cluster.start_lock), contextlib.suppress(BlockingIOError):
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    if not self.cluster.keep_up.exists():
                        self.cluster.shut_down()
        finally:
            os.close(descriptor)


def _command_line(pid: int) -> list[str]:
    """The arguments of a running process; empty for one that has ended."""
    try:
        if os.path.isdir("/proc/self"):
            return [os.fsdecode(part) for part in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")]
    except OSError:
        return []
    listing = subprocess.run(["ps", "-ww", "-o", "command=", "-p", str(pid)], capture_output=True, text=True)
    found = re.search(r" -D (.*?) -c ", listing.stdout)
    return [found[1]] if found else []


def _as(account: pwd.struct_passwd | None, folder: Path) -> dict[str, Any]:
    """Arguments for subprocess: run in `folder` as `account`, with nothing of our environment's secrets."""
    environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8"}
    common: dict[str, Any] = {"cwd": folder, "env": environment, "umask": 0o077}
    if account is None:
        return common
    return common | {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def _run(
    command: Sequence[str | Path], folder: Path, account: pwd.struct_passwd | None, typed: str = ""
) -> None:
    """Run one of the programs to its end; raises LocalError with what it said."""
    output: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    ran = subprocess.run(command, input=typed, **output, **_as(account, folder))
    if ran.returncode:
        raise LocalError(f"{Path(command[0]).name} failed:\n{ran.stdout[-2000:]}")


def _only_for_owner(path: str, flags: int) -> int:
    """An `opener` for `open`: the log quotes statements, and those hold personal data."""
    return os.open(path, flags, 0o600)


def _forget_ended() -> None:
    """Reap the servers of this process that have ended."""
    _started[:] = [server for server in _started if server.poll() is None]
