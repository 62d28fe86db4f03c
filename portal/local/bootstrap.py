"""From a bare checkout to a running site or test suite. Any Python from 3.11 to 3.13 can run this file.

    python3 portal/local/bootstrap.py run | dev | test [arguments of pytest] | lint | bench

Makes .venv and installs what is missing (nothing, when nothing changed), then hands over to it.
"""

import os
import sys

CHECKOUT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path[0] = CHECKOUT  # not this folder: its secrets.py would hide Python's own

if not (3, 11) <= sys.version_info[:2] <= (3, 13):
    sys.exit(
        f"Python 3.11 to 3.13 is needed, this is {sys.version.split()[0]}. Try: make run PYTHON=python3.12"
    )

from portal.local import packages, programs  # noqa: E402  (only after the path is right)
from portal.local.places import LocalError  # noqa: E402

MODES = ("run", "dev", "test", "lint", "bench")


def hand_over(*arguments: str) -> None:
    """Become the Python of .venv with these arguments. Does not return."""
    os.chdir(CHECKOUT)
    sys.stdout.flush()
    os.execv(packages.PYTHON, [str(packages.PYTHON), *arguments])  # noqa: S606  (no shell is the point)


def main(mode: str, arguments: list[str]) -> None:
    """Install what `mode` needs, then do it. Ends the program with a message if it cannot."""
    if mode not in MODES:
        sys.exit(f"usage: bootstrap.py {'|'.join(MODES)}")
    packages.install(with_tests=mode in ("test", "lint", "bench"))
    os.environ.setdefault("DEVELOPMENT", "1")
    if mode == "test":
        os.environ.update(packages.browser())
        programs.require([programs.NGINX, programs.REDIS, programs.OPENSSL, programs.CURL])
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # else each process compiles every test again
        hand_over("-m", "pytest", "--numprocesses=2", *arguments)
    if mode == "bench":
        os.environ.update(packages.browser())
        hand_over("-m", "bench")
    if mode == "lint":
        hand_over("-m", "portal.local.lint")
    hand_over("-m", "portal.local.supervisor", mode)


if __name__ == "__main__":
    try:
        main(sys.argv[1] if len(sys.argv) > 1 else "", sys.argv[2:])
    except LocalError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)
