"""How fast pages are served, beside a bare Django view of the same bytes, under granian and under gunicorn.

    python -m bench.web [--seconds 2] [--rounds 3] [--connections 1,16,64] [--servers granian,gunicorn] [--plain]

B is the bare view under Django's default middleware, S the same with a session read from the database, N nginx
sending a file of the same bytes: those that a browser gets, compressed, or with --plain the HTML. All take turns, in the same run, with as many processes and threads. Beside the
requests a second stands the processor time for each, of the web server with its workers and of PostgreSQL. The load
and the servers share the machine, so that what answers fast also competes with what asks: where the two ratios
disagree, processor time decides.
"""

from __future__ import annotations

import argparse
import http.client
import json
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from statistics import median

import brotli

from bench.load import Request, Sample, load
from bench.tables import Figure, report, table
from portal.local import programs
from portal.local.loopback import HOST, LOOPBACK, free_port
from portal.local.rehearsal import Server, Stage, rehearsal, serving
from portal.management.commands.serve import THREADS, WORKERS

GUNICORN = (sys.executable, "-m", "gunicorn", "-c", "deploy/gunicorn.conf.py", "--bind", "ADDRESS")
GRANIAN = (  # as `manage.py serve` starts it
    *(sys.executable, "-m", "granian", "--interface", "wsgi", "--http", "1", "--no-ws"),
    *("--host", LOOPBACK, "--port", "PORT", "--workers", str(WORKERS), "--blocking-threads", str(THREADS)),
)
COMMANDS = {  # of the portal, and of the baseline
    "granian": ((), (*GRANIAN, "bench.baseline:application")),
    "gunicorn": ((*GUNICORN, "portal.wsgi:application"), (*GUNICORN, "bench.baseline:application")),
}
B, S, N = "B: bare view", "S: bare view, session", "N: nginx, a file"
TARGETS = {  # least ratio, and to what
    "article": (1.5, B),
    "article, 304": (2.0, B),
    "home": (1.2, B),
    "list": (1.2, B),
    "topic": (1.2, B),
    "trial": (1.2, B),
    "article, signed in": (0.6, S),
}
MOST_SPREAD, AT = 4.0, 16  # p99 to p50 of the article, at so many connections
FILE = """
    server {
        listen 127.0.0.1:%d;
        location / { root ${PORTAL_STATIC}/..; default_type text/html; }
    }
"""
Headers = dict[str, str]
Samples = dict[tuple[str, str, int], list[Sample]]  # by server, request, connections


@dataclass(frozen=True)
class Options:
    seconds: int
    rounds: int
    connections: tuple[int, ...]
    servers: tuple[str, ...]
    encoding: str  # what the readers accept


def options_of(arguments: Sequence[str]) -> Options:
    parser = argparse.ArgumentParser(prog="bench.web", description=__doc__)
    parser.add_argument("--seconds", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--connections", default="1,16,64")
    parser.add_argument("--servers", default=",".join(COMMANDS))
    parser.add_argument("--plain", action="store_true", help="the readers understand no compression")
    given = parser.parse_args(arguments)
    connections = tuple(int(word) for word in given.connections.split(","))
    encoding = "identity" if given.plain else "gzip, deflate, br"
    return Options(given.seconds, given.rounds, connections, tuple(given.servers.split(",")), encoding)


def measure(arguments: Sequence[str]) -> list[Figure]:
    """Print every request under each server; returns the figures."""
    options = options_of(arguments)
    programs.require([programs.NGINX, programs.WRK, programs.OPENSSL])
    found: Samples = defaultdict(list)
    with rehearsal(RATE_LIMITS="0", DEMO_PASSWORD="not for anybody") as stage:  # noqa: S106
        stage.manage("prepare")
        with all_requests(stage, options) as requests:
            take_turns(requests, options, found)
    print_all(found)
    return [figure for server in options.servers for figure in figures(found, server, options.connections)]


@contextmanager
def all_requests(stage: Stage, options: Options) -> Iterator[dict[str, list[Request]]]:
    """What is asked of each server while all run."""
    told = json.loads(
        stage.manage("shell", "-c", "from bench import visitors; visitors.tell()").splitlines()[-1]
    )
    readers = {who: as_browser(told[who], options.encoding) for who in ("reader", "member")}
    with ExitStack() as stack:
        portals = {name: stack.enter_context(stage.portal(COMMANDS[name][0])) for name in options.servers}
        body = stage.data / "baseline.html"
        first = next(iter(portals.values()))
        found = fetch(first, told["article"], readers["reader"])
        body.write_bytes(found.body)
        body.chmod(0o644)
        environment = stage.environment | {"BASELINE_BODY": str(body), "BASELINE_ENCODING": found.encoding}
        port = free_port()
        front = stack.enter_context(stage.front(first.port, file=FILE % port))
        asked = {}
        for name, portal in portals.items():
            baseline = stack.enter_context(serving(COMMANDS[name][1], stage.folder, environment))
            asked[name] = [
                *requests_to(portal, told, readers, stage.database_pid),
                *requests_to_baseline(baseline, readers, stage.database_pid),
                Request(N, port, "/baseline.html", (front.pid,)),
            ]
        yield asked


def requests_to(
    portal: Server, told: dict[str, str], readers: dict[str, Headers], database: int
) -> Iterator[Request]:
    """The measured pages of the portal, each fetched once to see that it is what it should be."""
    reader, member = readers["reader"], readers["member"]
    known = reader | {"If-None-Match": fetch(portal, told["article"], reader).etag}
    fetch(portal, told["article"], known, status=304)
    pids = (portal.pid, database)
    yield Request("article", portal.port, told["article"], pids, reader)
    yield Request("article, 304", portal.port, told["article"], pids, known)
    pages = {"home": "/", "list": told["list"], "topic": told["topic"], "trial": told["trial"]}
    for name, path in pages.items():
        fetch(portal, path, reader)
        yield Request(name, portal.port, path, pids, reader)
    fetch(portal, told["article"], member)
    yield Request("article, signed in", portal.port, told["article"], pids, member)


def requests_to_baseline(baseline: Server, readers: dict[str, Headers], database: int) -> Iterator[Request]:
    pids = (baseline.pid, database)
    reader, member = readers["reader"], readers["member"]
    fetch(baseline, "/session/", member)
    yield Request(B, baseline.port, "/", pids, reader)
    yield Request(S, baseline.port, "/session/", pids, member)


def as_browser(cookies: str, encoding: str) -> Headers:
    return {"Host": HOST, "X-Forwarded-Proto": "https", "Cookie": cookies, "Accept-Encoding": encoding}


@dataclass(frozen=True)
class Fetched:
    etag: str
    encoding: str
    body: bytes  # as sent


def fetch(server: Server, path: str, headers: Headers, status: int = 200) -> Fetched:
    """Ask once. raises RuntimeError for another status, or for the gate"""
    connection = http.client.HTTPConnection(LOOPBACK, server.port, timeout=30)
    try:
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        body = response.read()
    finally:
        connection.close()
    found = Fetched(response.headers.get("ETag", ""), response.headers.get("Content-Encoding", ""), body)
    text = brotli.decompress(body) if found.encoding == "br" and body else body
    if response.status != status or b'action="/attest/"' in text:
        raise RuntimeError(f"{path} answers {response.status}: {text[:500]!r}")
    return found


def take_turns(requests: dict[str, list[Request]], options: Options, found: Samples) -> None:
    """Measure every request in each round, after one round that is not counted and fills each process's cache."""
    for asked in requests.values():
        for request in asked:
            load(request, 8, 1)
    for _ in range(options.rounds):
        for connections in options.connections:
            for server, asked in requests.items():
                for request in asked:
                    sample = load(request, connections, options.seconds)
                    found[server, request.name, connections].append(sample)


def print_all(found: Samples) -> None:
    """The median of each request."""
    rows = [
        (
            server,
            str(connections),
            name,
            f"{middle(samples, 'rate'):,.0f}",
            f"{1e6 * middle(samples, 'cpu'):,.0f}",
            f"{1e3 * middle(samples, 'p50'):.2f}",
            f"{1e3 * middle(samples, 'p99'):.2f}",
        )
        for (server, name, connections), samples in found.items()
    ]
    print(table(("server", "connections", "request", "requests/s", "CPU µs each", "p50 ms", "p99 ms"), rows))


def middle(samples: Sequence[Sample], name: str) -> float:
    return median(getattr(sample, name) for sample in samples)


def figures(found: Samples, server: str, connections: Sequence[int]) -> Iterator[Figure]:
    for name, (least, base) in TARGETS.items():
        pairs = [(found[server, name, count], found[server, base, count]) for count in connections]
        rates = [median(a.rate / b.rate for a, b in zip(*pair, strict=True)) for pair in pairs]
        costs = [median(b.cpu / a.cpu for a, b in zip(*pair, strict=True)) for pair in pairs]
        yield Figure(
            f"{name}, {server}, at {'/'.join(str(count) for count in connections)} connections",
            f"≥ {least} × {base[0]}",
            f"{listed(rates)} × {base[0]} in requests/s",
            is_met=min(costs) >= least,
            ratio=f"{listed(costs)} in CPU time",
        )
    if AT in connections:
        spread = median(sample.p99 / sample.p50 for sample in found[server, "article", AT])
        yield Figure(
            f"p99 of the article, {server}, at {AT} connections",
            f"≤ {MOST_SPREAD:.0f} × p50",
            f"{1e3 * middle(found[server, 'article', AT], 'p99'):.1f} ms",
            is_met=spread <= MOST_SPREAD,
            ratio=f"{spread:.1f}",
        )


def listed(values: Sequence[float]) -> str:
    return " / ".join(f"{value:.2f}" for value in values)


def main(arguments: Sequence[str]) -> int:
    """Measure, print, and return 0 if all targets were met."""
    return report(measure(arguments))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
