"""Requests sent by wrk, and what answering them cost the processes that took part."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from portal.local import programs
from portal.local.loopback import LOOPBACK

SCRIPT = Path(__file__).with_name("wrk.lua")
TICKS = os.sysconf("SC_CLK_TCK")  # a second


@dataclass(frozen=True)
class Request:
    """What is asked for: by a name, from the server on `port`, whose processes descend from `pids`."""

    name: str
    port: int
    path: str
    pids: tuple[int, ...]
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}{self.path}"


@dataclass(frozen=True)
class Sample:
    """Requests a second; seconds of processor time for each; latencies in seconds."""

    rate: float
    cpu: float
    p50: float
    p99: float


def load(request: Request, connections: int, seconds: int) -> Sample:
    """Send `request` over so many connections, as fast as it is answered. raises RuntimeError if answers fail"""
    headers = [word for name, value in request.headers.items() for word in ("-H", f"{name}: {value}")]
    options = ["-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "-s", str(SCRIPT)]
    before = processor_seconds(request.pids)
    ran = subprocess.run(  # noqa: S603  (our own)
        [programs.find(programs.WRK), *options, *headers, request.url],
        capture_output=True,
        text=True,
        check=True,
    )
    spent = processor_seconds(request.pids) - before
    found = json.loads(ran.stdout.splitlines()[-1])
    if found["errors"] or not found["requests"]:
        raise RuntimeError(f"{request.name} at {connections} connections: {ran.stdout}")
    return Sample(
        rate=found["requests"] / found["microseconds"] * 1e6,
        cpu=spent / found["requests"],
        p50=found["p50"] / 1e6,
        p99=found["p99"] / 1e6,
    )


def processor_seconds(pids: Iterable[int]) -> float:
    """Processor time of these processes, of all that descend from them, and of those of them that have ended."""
    return sum(sum(stat(pid)[11:15]) for root in pids for pid in family(root)) / TICKS


def family(pid: int) -> Iterator[int]:
    """`pid` and its living descendants."""
    yield pid
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in children.read_text().split():
            yield from family(int(child))


def stat(pid: int) -> list[int]:
    """The fields of /proc/<pid>/stat from the state on (proc(5) counts them from 3); zeros if it has ended."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return [0] * 50
    return [0, *(int(word) for word in text.rpartition(")")[2].split()[1:])]
