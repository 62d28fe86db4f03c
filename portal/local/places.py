"""Where start-up keeps what it makes, and who owns it."""

import contextlib
import fcntl
import hashlib
import os
import pwd
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
DATA = Path(CHECKOUT, os.environ.get("DATA_DIR") or ".data").resolve()  # the setting DATA_DIR
ACCOUNT = "portal-pg"


class LocalError(RuntimeError):
    """Something on this machine keeps the portal from starting; the text says what to do."""


def data_folder() -> Path:
    """Return DATA, made if it is missing. Others may pass through it, not list it."""
    make_passable(DATA)
    return DATA


def database_home() -> Path:
    """Return the folder that holds (or will hold) the database. Makes nothing.

    It is DATA, except for root with a checkout that other accounts may not enter
    (say in /root): PostgreSQL never runs as root, and its account could not reach it.
    """
    if os.geteuid() != 0 or is_passable(DATA):
        return DATA
    return Path("/var/lib") / f"portal-{short_hash(DATA)}"


def short_hash(path: Path) -> str:
    """Ten characters that stand for `path`."""
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:10]


def is_passable(folder: Path) -> bool:
    """True if any account may pass through `folder` and all above it; what does not exist yet may be."""
    for level in (folder, *folder.parents):
        with contextlib.suppress(FileNotFoundError):
            if not level.stat().st_mode & stat.S_IXOTH:
                return False
    return True


def make_passable(folder: Path) -> None:
    """Make `folder` so that others may pass through it, whatever the umask; leave an existing one alone."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        folder.mkdir()
        folder.chmod(0o711)


def make_private(folder: Path, owner: pwd.struct_passwd | None) -> None:
    """Make `folder` (0700) for `owner` (None: ourselves).

    raises  LocalError if it exists and is somebody else's, or is a link: in /tmp
            anybody may have been there first
    """
    wanted = owner.pw_uid if owner else os.geteuid()
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (wanted, os.geteuid()):
        raise LocalError(f"{folder} belongs to somebody else. Remove it, or run as its owner.")
    if owner:
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    folder.chmod(0o700)


def server_account(data: Path) -> pwd.struct_passwd | None:
    """Return the account that PostgreSQL runs as, None for our own. Only root ever needs another.

    data    the database folder; if it exists, its owner decides
    """
    if os.geteuid() != 0:
        return None
    with contextlib.suppress(FileNotFoundError, KeyError):
        owner = pwd.getpwuid(data.stat().st_uid)
        if owner.pw_uid != 0:
            return owner
    for name in (ACCOUNT, "postgres"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    options = ["--system", "--no-create-home", "--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin"]
    try:
        subprocess.run(["useradd", *options, ACCOUNT], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise LocalError(
            "PostgreSQL does not run as root, and no account could be made for it."
            f" Make one named {ACCOUNT}, or run as a normal user."
        ) from error
    return pwd.getpwnam(ACCOUNT)


def open_lock(path: Path, mode: int = fcntl.LOCK_EX) -> int:
    """Wait for a lock on `path` and return its file descriptor; closing it gives the lock back.

    The kernel gives back the locks of a killed process, so they are never stale.
    """
    make_passable(path.parent)
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except PermissionError as error:
        raise LocalError(f"{path} belongs to another account. Run as that one, or remove it.") from error
    try:
        fcntl.flock(descriptor, mode)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Only one process at a time is inside, for all that name the same `path`."""
    descriptor = open_lock(path)
    try:
        yield
    finally:
        os.close(descriptor)
