"""What a first visit to a page weighs, and when it shows, in Chromium as a slow telephone.

    python -m bench.weight [--lighthouse PROGRAM]

The portal runs as in production behind nginx, with the demonstration. Each page is opened in a browser that has
nothing kept: bytes of HTML, style and script as sent, requests, fonts; then again at 150 ms, 1.6 Mbit/s and a
fourth of the processor for the layout's shifts and the largest paint (LCP). `lighthouse` is measured too if it is on
the PATH or named: `npm install lighthouse` in any folder has it in node_modules/.bin/.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, Request, sync_playwright

from bench.tables import Figure, report, table
from portal.local import programs
from portal.local.loopback import HOST, LOOPBACK, free_port
from portal.local.rehearsal import rehearsal

ARGUMENTS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--ignore-certificate-errors"),
    *("--disable-background-networking", "--disable-component-update", "--no-first-run"),
)
TELEPHONE: dict[str, Any] = {
    "viewport": {"width": 412, "height": 823},
    "device_scale_factor": 1.75,
    "is_mobile": True,
}
SLOW_4G = {"offline": False, "latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 0.75e6 / 8}
SLOWDOWN = 4  # of the processor
MOST = {"document": 12_000, "stylesheet": 12_000, "script": 20_000}  # octets of a page, as sent
MOST_FONTS, MOST_FONT = 2, 60_000
MOST_LCP, MOST_SHIFT = 1.2, 0.0  # seconds; none
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
OBSERVE = """
window.seen = {shift: 0, lcp: 0};
new PerformanceObserver((list) => list.getEntries().forEach(
    (entry) => { if (!entry.hadRecentInput) seen.shift += entry.value; })).observe({type: "layout-shift", buffered: true});
new PerformanceObserver((list) => list.getEntries().forEach(
    (entry) => { seen.lcp = entry.startTime; })).observe({type: "largest-contentful-paint", buffered: true});
"""


@dataclass(frozen=True)
class Visit:
    """bytes: of each kind, as sent, with `font` the largest; `fonts`: their names; seconds to the largest paint."""

    bytes: dict[str, int]
    requests: int
    fonts: tuple[str, ...]
    shift: float
    lcp: float


def measure(arguments: Sequence[str]) -> list[Figure]:
    """Print a line for each page; returns the figures."""
    parser = argparse.ArgumentParser(prog="bench.weight", description=__doc__)
    parser.add_argument("--lighthouse", default=shutil.which("lighthouse") or "", help="its program")
    lighthouse = parser.parse_args(arguments).lighthouse
    programs.require([programs.NGINX, programs.OPENSSL])
    port = free_port()
    with site() as (address, pages), chromium(address, port) as browser:
        visits = {name: look(browser, path, cookie) for name, (path, cookie) in pages.items()}
        print_visits(visits)
        scores = {
            name: ask_lighthouse(lighthouse, port, *pages[name])
            for name in ("home", "article", "trial", "gate")
            if lighthouse
        }
    if not lighthouse:
        print("\nLighthouse is not here: not measured.")
    return [*figures(visits), *(scored(name, score) for name, score in scores.items())]


@contextmanager
def site() -> Iterator[tuple[str, dict[str, tuple[str, str]]]]:
    """Where nginx answers, and path and cookies of each page."""
    with rehearsal(RATE_LIMITS="0", DEMO_PASSWORD="not for anybody") as stage:  # noqa: S106
        stage.manage("prepare")
        told = json.loads(
            stage.manage("shell", "-c", "from bench import visitors; visitors.tell()").splitlines()[-1]
        )
        cookie = told["reader"]
        paths = {
            "home": "/",
            "list": "/articles/",
            "article": told["article"],
            "trial": told["heaviest trial"],
        }
        pages = {name: (path, cookie) for name, path in paths.items()} | {"gate": (told["article"], "")}
        with stage.portal() as portal, stage.front(portal.port) as front:
            yield f"{LOOPBACK}:{front.https}", pages


@contextmanager
def chromium(address: str, port: int) -> Iterator[Browser]:
    """Debian's, or Playwright's own; it takes HOST for the loopback, and others can steer it on `port`."""
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=found,
            args=[
                *ARGUMENTS,
                f"--host-resolver-rules=MAP {HOST} {address}",
                f"--remote-debugging-port={port}",
            ],
        )
        try:
            yield browser
        finally:
            browser.close()


def look(browser: Browser, path: str, cookie: str) -> Visit:
    """Open the page twice as if never before: to count, and slowed down to see when it shows."""
    with opened(browser, cookie) as page:
        requests: list[Request] = []
        page.on("requestfinished", lambda request: requests.append(request))
        page.goto(f"https://{HOST}{path}", wait_until="networkidle")
        sent: dict[str, int] = dict.fromkeys((*MOST, "font"), 0)
        for request in requests:
            size, kind = request.sizes()["responseBodySize"], request.resource_type
            sent[kind] = max(sent[kind], size) if kind == "font" else sent.get(kind, 0) + size
        fonts = tuple(Path(request.url).name for request in requests if request.resource_type == "font")
    with opened(browser, cookie) as page:
        session = page.context.new_cdp_session(page)
        session.send("Network.emulateNetworkConditions", SLOW_4G)
        session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWDOWN})
        page.add_init_script(OBSERVE)
        page.goto(f"https://{HOST}{path}", wait_until="networkidle")
        seen = page.evaluate("seen")
    return Visit(sent, len(requests), fonts, seen["shift"], seen["lcp"] / 1000)


@contextmanager
def opened(browser: Browser, cookie: str) -> Iterator[Page]:
    """A page of a browser with nothing kept but `cookie` ("name=value; name=value")."""
    context = browser.new_context(ignore_https_errors=True, **TELEPHONE)
    for name, _, value in (part.partition("=") for part in cookie.split("; ") if part):
        context.add_cookies([{"name": name, "value": value, "url": f"https://{HOST}/", "secure": True}])
    try:
        yield context.new_page()
    finally:
        context.close()


def ask_lighthouse(program: str, port: int, path: str, cookie: str) -> dict[str, int]:
    """Its scores of 100, on the telephone that it simulates, in the browser that can be steered on `port`; none if it failed."""
    with tempfile.TemporaryDirectory() as folder:
        answers, headers = Path(folder, "answers.json"), Path(folder, "headers.json")
        headers.write_text(json.dumps({"Cookie": cookie} if cookie else {}))
        command = [program, f"https://{HOST}{path}", "--quiet", "--output=json", f"--output-path={answers}"]
        command += [
            f"--only-categories={','.join(CATEGORIES)}",
            f"--extra-headers={headers}",
            f"--port={port}",
        ]
        if subprocess.run(command, timeout=300).returncode:  # noqa: S603
            return {}
        found = json.loads(answers.read_text())
    for audit in found["audits"].values():
        if audit["score"] is not None and audit["score"] < 0.9:
            print(f"{path}: {audit['id']} {audit.get('displayValue', '')}")
    return {name: round(100 * found["categories"][name]["score"]) for name in CATEGORIES}


def print_visits(visits: dict[str, Visit]) -> None:
    headings = ("page", "HTML", "CSS", "script", "requests", "fonts", "shift", "LCP")
    rows = [
        (
            name,
            *(f"{visit.bytes[kind]:,}" for kind in MOST),
            str(visit.requests),
            f"{len(visit.fonts)}, at most {visit.bytes['font']:,}",
            f"{visit.shift:.3f}",
            f"{visit.lcp:.2f} s",
        )
        for name, visit in visits.items()
    ]
    print("\n" + table(headings, rows))


def figures(visits: dict[str, Visit]) -> Iterator[Figure]:
    """The worst page of each kind decides."""
    for kind, most in MOST.items():
        name, visit = max(visits.items(), key=lambda item: item[1].bytes[kind])
        size = visit.bytes[kind]
        yield Figure(
            f"{kind} of a page, as sent ({name})", f"{most:,} bytes", f"{size:,} bytes", size <= most
        )
    name, visit = max(visits.items(), key=lambda item: len(item[1].fonts))
    fonts, largest = len(visit.fonts), max(visit.bytes["font"] for visit in visits.values())
    is_met = fonts <= MOST_FONTS and largest <= MOST_FONT
    yield Figure(
        f"fonts of a page ({name})", f"{MOST_FONTS} of {MOST_FONT:,}", f"{fonts} of {largest:,}", is_met
    )
    name, visit = max(visits.items(), key=lambda item: item[1].shift)
    yield Figure(
        f"layout shift ({name})", f"{MOST_SHIFT:.0f}", f"{visit.shift:.3f}", visit.shift <= MOST_SHIFT
    )
    for name, visit in visits.items():
        yield Figure(f"LCP on slow 4G: {name}", f"< {MOST_LCP} s", f"{visit.lcp:.2f} s", visit.lcp < MOST_LCP)


def scored(name: str, scores: dict[str, int]) -> Figure:
    found = " / ".join(map(str, scores.values())) or "Lighthouse failed"
    return Figure(
        f"Lighthouse, mobile: {name}", "100 / 100 / 100 / 100", found, set(scores.values()) == {100}
    )


def main(arguments: Sequence[str]) -> int:
    """Measure, print, and return 0 if all targets were met."""
    return report(measure(arguments))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
