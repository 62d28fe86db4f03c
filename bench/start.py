"""How soon `make run` shows its first page when everything is installed, and how much memory a web worker takes.

    python -m bench.start [rounds]

The first start, which makes the database and the demonstration, is not counted; data lie in a folder of their own.
"""

from __future__ import annotations

import http.client
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from bench.load import family, processor_seconds
from bench.tables import Figure, report
from portal.local import children
from portal.local.loopback import LOOPBACK, free_port
from portal.local.places import CHECKOUT

ROUNDS, VISITS = 5, 200
MOST_SECONDS, MOST_MEGABYTES = 4.0, 90
PAGES = ("/", "/articles/", "/trials/", "/articles/optimismm-final-overall-survival/", "/trials/optimismm/")
FORM = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}
PATIENCE = 300  # seconds, for the first start


def measure(arguments: Sequence[str]) -> list[Figure]:
    """Start, look and stop, several times. arguments: how often, or nothing"""
    rounds = int(arguments[0]) if arguments else ROUNDS
    with tempfile.TemporaryDirectory(dir="/tmp", prefix="portal-start-") as folder:
        Path(folder).chmod(0o711)  # PostgreSQL's account passes through
        port = free_port()
        environment = {"DATA_DIR": folder, "PORT": str(port), "DEVELOPMENT": "1"}
        found = [start_once(port, os.environ | environment) for _ in range(rounds + 1)][1:]
    seconds, at_work, megabytes = zip(*found, strict=True)
    return [
        Figure(
            "`make run` to the first page, when installed",
            f"< {MOST_SECONDS:.0f} s",
            f"{min(seconds):.1f} / {median(seconds):.1f} / {max(seconds):.1f} s, {median(at_work):.1f} s at work",
            is_met=median(seconds) < MOST_SECONDS,
        ),
        Figure(
            f"resident memory of a web worker after {VISITS} pages",
            f"< {MOST_MEGABYTES} MB",
            f"{median(megabytes):.0f} MB",
            is_met=median(megabytes) < MOST_MEGABYTES,
        ),
    ]


def start_once(port: int, environment: Mapping[str, str]) -> tuple[float, float, float]:
    """Seconds to the first page, those of processor time (without PostgreSQL's), and the greatest worker's megabytes."""
    started = time.monotonic()
    with making_it_run(environment) as process:
        while not visit(port):
            if process.poll() is not None or time.monotonic() - started > PATIENCE:
                raise RuntimeError("make run does not serve a page.")
            time.sleep(0.02)
        seconds = time.monotonic() - started
        at_work = processor_seconds([process.pid])
        cookie = attest(port)
        for number in range(VISITS):
            visit(port, PAGES[number % len(PAGES)], cookie)
        return seconds, at_work, max(resident(pid) for pid in web_workers(process.pid))


@contextmanager
def making_it_run(environment: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    command = ["make", "--no-print-directory", "run", f"PYTHON={sys.executable}"]
    process = children.start(command, CHECKOUT, subprocess.DEVNULL, subprocess.DEVNULL, environment)
    try:
        yield process
    finally:
        children.end([process])


def attest(port: int) -> str:
    """The cookie of a browser that attested."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=30)
    connection.request("POST", "/attest/", "next=/", FORM)
    cookie = connection.getresponse().headers["Set-Cookie"].partition(";")[0]
    connection.close()
    return str(cookie)


def visit(port: int, path: str = "/", cookie: str = "") -> bool:
    """True if a page (without cookie the gate in its place) is answered in full."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=30)
    try:
        connection.request("GET", path, headers={"Cookie": cookie})
        response = connection.getresponse()
        return response.status == 200 and b"</html>" in response.read()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def web_workers(pid: int) -> Iterator[int]:
    """The processes that `manage.py serve` forked."""
    for one in family(pid):
        if b"\0serve\0" in Path(f"/proc/{one}/cmdline").read_bytes():
            yield from list(family(one))[1:]
            return


def resident(pid: int) -> float:
    """Megabytes in memory, shared ones included (VmRSS of proc(5))."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))


def main(arguments: Sequence[str]) -> int:
    """Measure, print, and return 0 if both targets were met."""
    return report(measure(arguments))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
