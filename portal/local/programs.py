"""Finding programs that others made and that tests and measurements start: nginx, Redis, wrk."""

import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from portal.local import packages
from portal.local.places import LocalError

# Debian keeps nginx off an account's PATH.
BESIDE_PATH = ("/usr/sbin", "/usr/local/sbin", "/opt/homebrew/bin")


@dataclass(frozen=True)
class Program:
    """variable: of the environment, may hold its path; package: Debian's, which other systems often call alike."""

    name: str
    variable: str
    package: str


NGINX = Program("nginx", "NGINX", "nginx")
REDIS = Program("redis-server", "REDIS_SERVER", "redis-server")
WRK = Program("wrk", "WRK", "wrk")
OPENSSL = Program("openssl", "OPENSSL", "openssl")
CURL = Program("curl", "CURL", "curl")


def installed(program: Program) -> str | None:
    """The path of `program`: named by its variable, on the PATH, or where systems hide it; None if it is missing."""
    if given := os.environ.get(program.variable):
        return given if Path(given).exists() else None
    return shutil.which(program.name) or shutil.which(program.name, path=os.pathsep.join(BESIDE_PATH))


def find(program: Program) -> str:
    """The path of `program`; raises LocalError saying how to get it."""
    path = installed(program)
    if path is None:
        raise LocalError(advice([program]))
    return path


def require(programs: Iterable[Program]) -> None:
    """Install what is missing, if we may. raises LocalError naming all that is missing and could not be had"""
    missing = [program for program in programs if installed(program) is None]
    wanting = [program for program in missing if not os.environ.get(program.variable)]
    if wanting and packages.can_apt():
        packages.apt_install(*(program.package for program in wanting))
    if missing := [program for program in missing if installed(program) is None]:
        raise LocalError(advice(missing))


def advice(missing: Iterable[Program]) -> str:
    """What to do about missing programs."""
    missing = list(missing)
    names = " and ".join(program.name for program in missing)
    variables = " and ".join(program.variable for program in missing)
    get = " ".join(program.package for program in missing)
    return f"Missing: {names}. Install (Debian: apt-get install {get}), or set {variables} to the path."
