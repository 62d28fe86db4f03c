"""How long the database works for the list of trials, under each of its filters, with the counts beside all values.

    python -m bench.trial_list [number of trials]

Each filter is tried with its most and its least frequent value. A request is made as a browser makes it; what is
measured is the time from sending each query to holding its rows, summed over the request. Beside it stands how long
the server's process was at work for it, where the system tells: on a busy machine the difference is waiting.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlencode

from bench.own_database import analyse, own_database, set_up
from bench.tables import Figure, milliseconds, report, table

TRIALS, ROUNDS, WARM_UP = 2000, 9, 2
TARGET = 0.050  # seconds
PATH = "/trials/"


class Stopwatch:
    """A wrapper around every query; `seconds` and `queries` since the last `reset`."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.seconds, self.queries = 0.0, 0

    def __call__(self, execute: Callable[..., Any], *arguments: Any) -> Any:
        started = time.perf_counter()
        try:
            return execute(*arguments)
        finally:
            self.seconds += time.perf_counter() - started
            self.queries += 1


class ServerClock:
    """How long the process that serves our connection has been running on a processor (Linux, same machine)."""

    def __init__(self, connection: Any) -> None:
        connection.ensure_connection()
        self.file = Path(f"/proc/{connection.connection.info.backend_pid}/schedstat")

    def seconds(self) -> float | None:
        try:
            return int(self.file.read_text().split()[0]) / 1e9
        except (OSError, ValueError, IndexError):
            return None


def addresses() -> Iterator[tuple[str, str]]:
    """What is measured: a name and its address."""
    from trials.listing import TrialFilterForm
    from trials.models import Trial

    form = TrialFilterForm({})
    form.is_valid()
    most: dict[str, str] = {}
    yield "no filter", PATH
    for facet in form.facets(Trial.objects.all()):
        name = facet["name"]
        values = [option["value"] for option in sorted(facet["options"], key=lambda option: option["count"])]
        most[name] = values[-1]
        yield f"{name}, most frequent value", address((name, values[-1]))
        yield f"{name}, least frequent value", address((name, values[0]))
        yield f"{name}, all values", address(*((name, value) for value in values))
    yield "all filters at once", address(*most.items())
    yield "words", address(("q", "drugimab bortezomib"))
    yield "words and a filter", address(("q", "drugimab bortezomib"), ("setting", most["setting"]))
    yield "short word", address(("q", "R7d"))
    yield "registry number", address(("q", "NCT00000042"))
    yield "page 10", address(("page", "10"))


def address(*pairs: tuple[str, str]) -> str:
    return f"{PATH}?{urlencode(pairs)}"


@dataclass
class Measured:
    """One address over all rounds: database seconds, those of the server's process (empty if unknown), queries."""

    seconds: list[float] = field(default_factory=list)
    at_work: list[float] = field(default_factory=list)
    queries: int = 0


def take_turns(client: Any, named: dict[str, str]) -> dict[str, Measured]:
    from django.db import connection

    found = {name: Measured() for name in named}
    stopwatch = Stopwatch()
    clock = ServerClock(connection)
    for round in range(WARM_UP + ROUNDS):
        for name, path in named.items():
            stopwatch.reset()
            before = clock.seconds()
            with connection.execute_wrapper(stopwatch):
                response = client.get(path)
            assert response.status_code == 200, (response.status_code, path)  # noqa: S101
            after = clock.seconds()
            found[name].queries = stopwatch.queries
            if round >= WARM_UP:
                found[name].seconds.append(stopwatch.seconds)
                if before is not None and after is not None:
                    found[name].at_work.append(after - before)
    return found


def reader() -> Any:
    """A browser whose user attested."""
    from django.test import Client

    client = Client()
    client.post("/attest/", {"next": "/"})
    return client


def times(one: Measured) -> tuple[str, str]:
    return milliseconds(one.seconds), milliseconds(one.at_work) if one.at_work else "unknown"


def measure(arguments: Sequence[str]) -> list[Figure]:
    """Print every filter; returns the slowest. arguments: the number of trials, or nothing"""
    count = int(arguments[0]) if arguments else TRIALS
    set_up("trial_list")
    from bench.generated_trials import generate

    with own_database():
        generate(count)
        analyse()
        found = take_turns(reader(), dict(addresses()))
    print(f"List of {count} trials: fastest / median / slowest of {ROUNDS} rounds\n")
    headings = ("request", "queries", "database time", "server at work")
    print(table(headings, [(name, str(one.queries), *times(one)) for name, one in found.items()]))
    slowest = max(found, key=lambda name: median(found[name].seconds))
    return [
        Figure(
            f"database time of {count} trials: {slowest}",
            f"< {1000 * TARGET:.0f} ms",
            milliseconds(found[slowest].seconds),
            is_met=median(found[slowest].seconds) < TARGET,
        )
    ]


def main(arguments: Sequence[str]) -> int:
    """Measure, print, and return 0 if the target was met."""
    return report(measure(arguments))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
