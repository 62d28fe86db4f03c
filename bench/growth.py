"""How much longer a page takes among 100,000 articles and 1,000,000 bookmarks than among 1,000 and 10,000.

    python -m bench.growth [number of articles in the large site]

Both sites stand in one server and are asked in turns by the same process, without page cache. Measured is the
processor time of a request, of this process and of the server's together, where the system tells (Linux), beside how
long its reader waits: on a machine that does other things as well, the former says more and decides.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from bench.own_database import analyse, own_database, set_up
from bench.tables import Figure, milliseconds, report, table
from bench.trial_list import ServerClock, reader

SMALL, LARGE, BOOKMARKS_EACH = 1000, 100_000, 10
ROUNDS, WARM_UP = 21, 3
MOST = 1.3  # times as long


def addresses() -> dict[str, str]:
    """Name → address of what is measured. The same in both sites: what both have of the demonstration, and lists."""
    from articles.models import Topic
    from trials.models import Trial

    return {
        "article": "/articles/generated-900/",
        "home": "/",
        "topic": Topic.objects.order_by("pk")[0].get_absolute_url(),
        "treatment": "/treatments/pomalidomide/",
        "list, first page": "/articles/",
        "list, page 50": "/articles/?page=50",
        "search, common word": "/search/?q=patients",
        "search, trial number": "/search/?q=NCT00000042",
        "trial": Trial.objects.published().order_by("pk")[0].get_absolute_url(),
    }


@dataclass
class Measured:
    waited: list[float] = field(default_factory=list)
    at_work: list[float] = field(default_factory=list)

    @property
    def deciding(self) -> list[float]:
        return self.at_work or self.waited


@dataclass
class Site:
    """A database of its own, with a connection that stays open."""

    connection: Any
    clock: ServerClock
    client: Any
    found: dict[str, Measured]


@contextmanager
def site(articles: int, template: str) -> Iterator[Site]:
    """A copy of the database `template` with so many articles more, used within as if it were the site's."""
    from django.db import connections

    from bench.generated_articles import generate, keep_bookmarks

    name = f"{template}_{articles}"
    ours = connections["default"]
    settings = ours.settings_dict | {"NAME": name}
    with ours.creation._nodb_cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')
        cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    copy = type(ours)(settings, "default")
    connections["default"] = copy
    try:
        generate(articles)
        keep_bookmarks(articles * BOOKMARKS_EACH)
        analyse()
        yield Site(copy, ServerClock(copy), reader(), {})
    finally:
        copy.close()
        connections["default"] = ours
        with ours.creation._nodb_cursor() as cursor:
            cursor.execute(f'DROP DATABASE "{name}"')


def take_turns(sites: Sequence[Site]) -> None:
    """Ask each site for each page in turns."""
    from django.db import connections

    named = addresses()
    for one in sites:
        one.found = {name: Measured() for name in named}
    for round in range(WARM_UP + ROUNDS):
        for name, path in named.items():
            for one in sites if round % 2 else sites[::-1]:
                connections["default"] = one.connection
                ask(one, path, one.found[name] if round >= WARM_UP else Measured())


def ask(one: Site, path: str, found: Measured) -> None:
    work, served, started = time.process_time(), one.clock.seconds(), time.perf_counter()
    response = one.client.get(path)
    waited, served_then = time.perf_counter() - started, one.clock.seconds()
    assert response.status_code == 200, (response.status_code, path)  # noqa: S101
    found.waited.append(waited)
    if served is not None and served_then is not None:
        found.at_work.append(time.process_time() - work + served_then - served)


def measure(arguments: Sequence[str]) -> list[Figure]:
    """Print every page; returns the one that grows most. arguments: articles of the large site, or nothing"""
    large = int(arguments[0]) if arguments else LARGE
    set_up("growth")
    from django.db import connection

    from bench.generated_articles import prepare

    with own_database():
        prepare()
        template = connection.settings_dict["NAME"]
        connection.close()
        with site(SMALL, template) as small, site(large, template) as big:
            take_turns((small, big))
    growth = {
        name: median(big.found[name].deciding) / median(one.deciding) for name, one in small.found.items()
    }
    print(f"{SMALL} and {large} articles: fastest / median / slowest of {ROUNDS} rounds\n")
    print(table(("page", "waited", "at work", "waited", "at work", "ratio"), rows(small, big, growth)))
    worst = max(growth, key=lambda name: growth[name])
    return [
        Figure(
            f"time of a page at {large} articles, of that at {SMALL} (most: {worst})",
            f"at most {MOST}",
            milliseconds(big.found[worst].deciding),
            is_met=growth[worst] <= MOST,
            ratio=f"{growth[worst]:.2f}",
        )
    ]


def rows(small: Site, big: Site, growth: dict[str, float]) -> Iterator[tuple[str, ...]]:
    for name, ratio in growth.items():
        found = (times for one in (small, big) for times in (one.found[name].waited, one.found[name].at_work))
        yield name, *(milliseconds(times) if times else "unknown" for times in found), f"{ratio:.2f}"


def main(arguments: Sequence[str]) -> int:
    """Measure, print, and return 0 if the target was met."""
    return report(measure(arguments))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
