"""How fast an issue is queued for 200,000 subscribers, and how fast it is delivered.

    python -m bench.newsletter [--size 20000 | --full] [--plain]

The mail server beside it (`sink.py`) takes everything at once. The floor is the same number of equal messages pushed
by bare smtplib over as many connections; it, one worker and two take turns. A commit of the database and its write to
the disk stand between a worker's messages, so that the share depends on the disk and on NEWSLETTER_CONNECTIONS.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from statistics import median

from bench.own_database import analyse, own_database, set_up
from bench.tables import Figure, report, table

SUBSCRIBERS, ROUNDS = 200_000, 4
MOST_SECONDS = 10.0  # for queueing
LEAST_SHARE = 0.5  # of the floor, with one worker


def measure(arguments: Sequence[str]) -> list[Figure]:
    """Queue and deliver; returns both figures."""
    parser = argparse.ArgumentParser(prog="bench.newsletter", description=__doc__)
    parser.add_argument("--size", type=int, default=20_000, help="messages of each kind, over all rounds")
    parser.add_argument("--full", action="store_true", help=f"{SUBSCRIBERS:,} messages, in one round")
    parser.add_argument("--plain", action="store_true", help="the server does not offer PIPELINING")
    options = parser.parse_args(arguments)
    set_up("newsletter")
    from bench import mailing

    size, rounds = (SUBSCRIBERS, 1) if options.full else (options.size // ROUNDS, ROUNDS)
    with own_database(), mailing.sink(*(["--plain"] if options.plain else [])):
        mailing.make_subscribers(SUBSCRIBERS)
        analyse()
        return [queueing(), delivery(size, rounds)]


def queueing() -> Figure:
    from bench import mailing

    queued, seconds, writes = mailing.queue_all()
    return Figure(
        f"an issue queued for {queued:,}",
        f"< {MOST_SECONDS:.0f} s, one statement",
        f"{seconds:.1f} s, {writes} statements",
        is_met=seconds < MOST_SECONDS and writes == 1,
    )


def delivery(size: int, rounds: int) -> Figure:
    """The floor, one worker and two, in turns."""
    from django.conf import settings

    from bench import mailing

    octets = mailing.octets_of(mailing.queue_some(1))
    mailing.deliver(1, 1)
    ways = {
        "bare smtplib": lambda: mailing.push(octets, size),
        "one worker": lambda: mailing.deliver(size, 1),
        "two workers": lambda: mailing.deliver(size, 2),
    }
    found: dict[str, list[tuple[float, int]]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            found[name].append(way())
    rates = {name: size / median(seconds for seconds, _ in took) for name, took in found.items()}
    floor, one, two = rates.values()
    print(f"{rounds} rounds of {size:,} messages of {len(octets):,} octets each, ", end="")
    print(f"{settings.NEWSLETTER_CONNECTIONS} connections\n")
    rows = [
        (name, f"{rate:,.0f}", f"{rate / floor:.0%}", f"{max(peak for _, peak in found[name])} MB")
        for name, rate in rates.items()
    ]
    print(table(["", "messages/s", "of the floor", "peak memory of a process"], rows))
    return Figure(
        "messages delivered a second, against bare smtplib",
        f"{LEAST_SHARE:.0%}, more by two workers",
        f"{one:,.0f}, {two:,.0f} by two",
        is_met=LEAST_SHARE * floor <= one < two,
        ratio=f"{one / floor:.2f}, {two / floor:.2f}",
    )


def main(arguments: Sequence[str]) -> int:
    """Measure and print. Returns 1 if a target is missed."""
    return report(measure(arguments))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
