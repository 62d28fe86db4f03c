"""How long the database works for the list of trials, under each of its filters, with the counts beside all values.

    python -m bench.trial_list [number of trials]

Each filter is tried with its most and its least frequent value. A request is made as a browser makes it; what is
measured is the time from sending each query to holding its rows, summed over the request.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from statistics import median
from typing import Any
from urllib.parse import urlencode

from bench.own_database import analyse, own_database, set_up
from bench.tables import milliseconds, table

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


def measure(client: Any, named: dict[str, str]) -> tuple[dict[str, list[float]], dict[str, int]]:
    """Database seconds of each address in each round, and how many queries it made."""
    from django.db import connection

    seconds: dict[str, list[float]] = {name: [] for name in named}
    queries = {}
    stopwatch = Stopwatch()
    for round in range(WARM_UP + ROUNDS):
        for name, path in named.items():
            stopwatch.reset()
            with connection.execute_wrapper(stopwatch):
                response = client.get(path)
            assert response.status_code == 200, (response.status_code, path)  # noqa: S101
            if round >= WARM_UP:
                seconds[name].append(stopwatch.seconds)
            queries[name] = stopwatch.queries
    return seconds, queries


def reader() -> Any:
    """A browser whose user attested."""
    from django.test import Client

    client = Client()
    client.post("/attest/", {"next": "/"})
    return client


def main(arguments: list[str]) -> int:
    """Measure, print, and return 0 if the target was met."""
    count = int(arguments[0]) if arguments else TRIALS
    set_up("trial_list")
    from bench.generated_trials import generate

    with own_database():
        generate(count)
        analyse()
        seconds, queries = measure(reader(), dict(addresses()))
    slowest = max(seconds, key=lambda name: median(seconds[name]))
    met = median(seconds[slowest]) < TARGET
    print(f"List of {count} trials: database time, fastest / median / slowest of {ROUNDS} rounds\n")
    print(
        table(
            ("request", "queries", "measured"),
            [(n, str(queries[n]), milliseconds(s)) for n, s in seconds.items()],
        )
    )
    print()
    figure = f"slowest filter with counts ({slowest})"
    target = f"< {1000 * TARGET:.0f} ms"
    print(
        table(
            ("figure", "target", "measured", "met"),
            [(figure, target, milliseconds(seconds[slowest]), "yes" if met else "no")],
        )
    )
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
