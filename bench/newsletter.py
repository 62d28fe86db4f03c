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
from bench.tables import table

SUBSCRIBERS, ROUNDS = 200_000, 4
MOST_SECONDS = 10.0  # for queueing
LEAST_SHARE = 0.5  # of the floor, with one worker


def main(arguments: Sequence[str]) -> int:
    """Measure and print. Returns 1 if a target is missed."""
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
        is_met = report_queueing()
        return 0 if report_delivery(size, rounds) and is_met else 1


def report_queueing() -> bool:
    from bench import mailing

    queued, seconds, writes = mailing.queue_all()
    print(
        f"Queued {queued:,} in {seconds:.1f} s with {writes} statement; target: under {MOST_SECONDS:.0f} s."
    )
    return seconds < MOST_SECONDS and writes == 1


def report_delivery(size: int, rounds: int) -> bool:
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
    print(
        f"{settings.NEWSLETTER_CONNECTIONS} connections; target: {LEAST_SHARE:.0%} of the floor, two faster than one"
    )
    rows = [
        (name, f"{rate:,.0f}", f"{rate / floor:.0%}", f"{max(peak for _, peak in found[name])} MB")
        for name, rate in rates.items()
    ]
    print(table(["", "messages/s", "of the floor", "peak memory of a process"], rows))
    return LEAST_SHARE * floor <= one < two


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
