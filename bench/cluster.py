"""What readers and subscribers notice when parts of many machines are killed (SIGKILL) under load.

    python -m bench.cluster [--subscribers 2000] [--seconds 2] [--patient]

The shape of `deploy/cluster/` is started on loopback (`bench/machines.py`). Readers and members go through nginx, an
issue of the newsletter is sent; meanwhile a web node is killed, then a worker that sends, then the replica. None of
them is started again. The mail server takes its time, so that the sending lasts.

The messages that a dead worker had claimed go to others when their lease ends, after NEWSLETTER_LEASE seconds. We let
that time pass at once for these messages; with --patient we wait.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from bench.load import family
from bench.machines import AT_ONCE, CONNECTIONS, Machines, ask, machines, until
from bench.readers import READS, Readers
from bench.strokes import GOOD, Stroke
from bench.tables import Figure, report, table
from bench.withdrawal import Withdrawn, withdraw

SENDING = 20.0  # seconds that the issue takes with both workers, or thereabouts
AFTER = 2.0  # seconds of good answers after a blow
LEASE = 300  # seconds, of the portal
WEB, SENDER, REPLICA = "web node 1", "newsletter 1", "replica"
KILLED = (WEB, f"Celery, {SENDER}")
SURVIVING_NODE = "web node 2"
DELIVERIES = """
    SELECT subscriber.email, delivery.state, delivery.answered_at IS NOT NULL, delivery.claimed_by
    FROM newsletter_delivery AS delivery JOIN newsletter_subscriber AS subscriber ON subscriber.id = subscriber_id
    WHERE issue_id = %s
"""
SEND_NOW = "UPDATE newsletter_issue SET status = 'scheduled', send_at = now() WHERE id = %s"
CLAIMED = "state = 'claimed' AND substring(claimed_by from '-([0-9]+)-[0-9a-f]+$')::int = ANY (%s)"
CONNECTED = """
    SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
"""
END_LEASE = f"UPDATE newsletter_delivery SET lease_until = now() WHERE {CLAIMED}"  # noqa: S608  (our own words)
OF_DEAD = f"""
    SELECT email FROM newsletter_subscriber
    WHERE id IN (SELECT subscriber_id FROM newsletter_delivery WHERE {CLAIMED})
"""  # noqa: S608
BOOKMARKS = """
    SELECT member.email, article.slug FROM articles_bookmark AS bookmark
    JOIN accounts_user AS member ON member.id = user_id JOIN articles_article AS article ON article.id = article_id
"""


@dataclass
class Found:
    """What one run has shown."""

    strokes: dict[str, Stroke] = field(default_factory=dict)
    withdrawn: list[Withdrawn] = field(default_factory=list)
    dead: set[int] = field(default_factory=set)  # processes of the killed worker
    inherited: set[str] = field(default_factory=set)  # subscribers whose message it had claimed
    freed_at: float = 0.0  # when others could take these
    confirmed_after: float = 0.0
    at_replica: int = 0  # connections of web nodes, before it was killed
    lost: dict[str, set[int]] = field(default_factory=dict)  # processes that ended and were not killed


def measure(arguments: Sequence[str]) -> list[Figure]:
    """Start, load, kill, print; returns the figures."""
    parser = argparse.ArgumentParser(prog="bench.cluster", description=__doc__)
    parser.add_argument("--subscribers", type=int, default=2000)
    parser.add_argument("--seconds", type=float, default=2.0, help="of load before each blow")
    parser.add_argument("--patient", action="store_true", help="wait for the leases of the dead worker")
    options = parser.parse_args(arguments)
    wait = SENDING * 2 * AT_ONCE * CONNECTIONS / options.subscribers
    with machines(options.subscribers, wait) as running:
        *slugs, one, two, last = running.told["slugs"]
        readers, found = Readers(running.front.https, running.told, slugs), Found()
        before = running.processes()
        with loading(readers, found, "nothing"):
            found.withdrawn += [withdraw(running, slug, running.web) for slug in (one, two)]
        running.ask(SEND_NOW, running.told["issue"])
        kill_one_after_the_other(running, readers, found, options)
        with loading(readers, found, "nothing more"):
            found.withdrawn.append(withdraw(running, last, [SURVIVING_NODE], has_replica=False))
            patience = 120.0 + (LEASE + 60 if options.patient else 0)
            until(lambda: is_sent(running, found), "The issue is not sent", patience=patience)
        found.lost = lost_processes(before, running.processes())
        print_strokes(found.strokes)
        return [*figures_of_readers(readers, found, running), *figures_of_mail(running, found)]


def kill_one_after_the_other(
    running: Machines, readers: Readers, found: Found, options: argparse.Namespace
) -> None:
    """In the middle of the sending; the others are left alone."""
    strike(readers, found, WEB, options.seconds, lambda: kill_group(running.web[WEB].pid))
    found.confirmed_after = confirm(running, readers)
    sender = running.celery[SENDER].pid
    found.dead = set(family(sender))
    until(lambda: running.ask(OF_DEAD, list(found.dead)) != [], "The worker has nothing to send")
    strike(readers, found, SENDER, options.seconds, lambda: kill_group(sender))
    found.inherited = {email for (email,) in running.ask(OF_DEAD, list(found.dead))}
    if not options.patient:
        running.ask(END_LEASE, list(found.dead))
    found.freed_at = time.monotonic()
    ((found.at_replica,),) = ask(running.replica, CONNECTED)
    strike(readers, found, REPLICA, options.seconds, lambda: kill_server(running))


def strike(readers: Readers, found: Found, name: str, seconds: float, blow: Callable[[], None]) -> None:
    """Load, kill, and go on until everything has been answered well for AFTER seconds."""
    with loading(readers, found, name) as stroke:
        until(lambda: stroke.is_well(seconds), f"Before {name} is killed not all is well")
        blow()
        stroke.struck()
        until(lambda: stroke.is_well(AFTER), f"Without {name} not all is well")


@contextmanager
def loading(readers: Readers, found: Found, name: str) -> Iterator[Stroke]:
    with readers.loading() as stroke:
        found.strokes[name] = stroke
        yield stroke


def kill_group(pid: int) -> None:
    """A process with all that it started, as when its machine loses power."""
    os.killpg(pid, signal.SIGKILL)


def kill_server(running: Machines) -> None:
    note = running.replica.data / "postmaster.pid"
    os.kill(int(note.read_text().split()[0]), signal.SIGKILL)


def confirm(running: Machines, readers: Readers) -> float:
    """Sign somebody up while the issue is sent. Returns the seconds until their mail was taken."""
    email, began = "somebody.new@example.org", time.monotonic()
    if readers.sign_up(email) != GOOD:
        raise RuntimeError("The sign-up was refused.")
    until(lambda: any(address == email for _, address in running.taken()), "No mail to confirm came")
    return next(at for at, address in running.taken() if address == email) - began


def is_sent(running: Machines, found: Found) -> bool:
    """True if each delivery has come to its end: with an answer, or without one if its worker is dead."""
    return all(
        state in ("failed", "suppressed") or (state == "handed_over" and (answered or is_of_dead(by, found)))
        for _, state, answered, by in running.ask(DELIVERIES, running.told["issue"])
    )


def is_of_dead(worker: str, found: Found) -> bool:
    """Workers are called host-process-random."""
    return int(worker.split("-")[-2]) in found.dead


def lost_processes(before: dict[str, set[int]], after: dict[str, set[int]]) -> dict[str, set[int]]:
    return {
        name: gone for name, pids in before.items() if name not in KILLED and (gone := pids - after[name])
    }


def print_strokes(strokes: dict[str, Stroke]) -> None:
    """What happened to each kind of requests around each kill."""
    rows = [
        (
            name,
            kind,
            *(f"{count:,}" for count in (one.good, one.refused, one.failed, one.later)),
            f"{one.seconds:.1f} s",
            f"{one.longest:.1f} s",
        )
        for name, stroke in strokes.items()
        for kind, one in stroke.noticed().items()
    ]
    headings = ("killed", "requests", "good", "503", "failed", "of these sent after it", "good again after")
    print(table((*headings, "longest wait"), rows))


def figures_of_readers(readers: Readers, found: Found, running: Machines) -> Iterator[Figure]:
    for name in (WEB, SENDER, REPLICA):
        yield figure_of_reads(name, found.strokes[name])
    rest = [found.strokes[name].noticed()[kind] for name in ("nothing", "nothing more") for kind in READS]
    bad = sum(one.refused + one.failed for one in rest)
    good = sum(one.good for one in rest)
    yield Figure("reads that failed besides", "0", f"{bad} of {good + bad:,}", is_met=not bad)
    lost = readers.saved - set(running.ask(BOOKMARKS))
    yield Figure(
        "acknowledged bookmarks lost",
        "0",
        f"{len(lost)} of {len(readers.saved):,}",
        bool(readers.saved) and not lost,
    )
    seen = sum(readers.looks)
    yield Figure(
        "own bookmark on the page right after",
        "always",
        f"{seen:,} of {len(readers.looks):,}",
        is_met=seen == len(readers.looks) > 0,
    )
    yield Figure(
        "connections of web nodes to the replica, before", "≥ 1", str(found.at_replica), found.at_replica > 0
    )
    for withdrawn in found.withdrawn:
        yield figure_of(withdrawn)
    yield Figure(
        "processes lost besides those killed",
        "0",
        ", ".join(f"{name}: {len(pids)}" for name, pids in found.lost.items()) or "0",
        is_met=not found.lost,
    )


def figure_of_reads(name: str, stroke: Stroke) -> Figure:
    """A read in flight may be lost with what answers it; whoever asks afterwards must not notice."""
    noticed = [stroke.noticed()[kind] for kind in READS]
    bad, later = sum(one.refused + one.failed for one in noticed), sum(one.later for one in noticed)
    good, seconds = sum(one.good for one in noticed), max(one.seconds for one in noticed)
    in_flight = sum(stroke.kinds[kind] for kind in READS)
    return Figure(
        f"reads that failed, kill -9 of {name}",
        f"0 sent after it, ≤ {in_flight} in flight",
        f"{later} and {bad - later} of {good + bad:,}, good after {seconds:.1f} s",
        is_met=not later and bad <= in_flight,
    )


def figure_of(withdrawn: Withdrawn) -> Figure:
    return Figure(
        f"withdrawn article still shown by {' and '.join(withdrawn.shown)}",
        "≤ 1 s + lag of the replica",
        f"{' and '.join(f'{seconds:.2f}' for seconds in withdrawn.shown.values())} s, lag {withdrawn.lag:.2f} s",
        is_met=max(withdrawn.shown.values()) <= 1 + withdrawn.lag,
    )


def figures_of_mail(running: Machines, found: Found) -> Iterator[Figure]:
    deliveries = running.ask(DELIVERIES, running.told["issue"])
    times = dict(reversed([(address, at) for at, address in running.taken()]))
    counts = Counter(address for _, address in running.taken())
    undecided = {
        email for email, _, is_answered, by in deliveries if not is_answered and is_of_dead(by, found)
    }
    once = sum(counts[email] == 1 for email, *_ in deliveries)
    twice = sum(counts[email] > 1 for email, *_ in deliveries)
    missing = {email for email, *_ in deliveries if not counts[email]}
    yield Figure(
        f"messages of an issue to {len(deliveries):,}",
        f"each once; ≤ {AT_ONCE * CONNECTIONS} undecided",
        f"{once:,} once, {twice} twice, {len(missing)} never; {len(undecided)} undecided",
        is_met=not twice and missing <= undecided and len(undecided) <= AT_ONCE * CONNECTIONS,
    )
    inherited = max((times.get(email, found.freed_at) for email in found.inherited), default=0.0)
    yield Figure(
        f"the {len(found.inherited)} messages that the dead worker had claimed",
        "sent by others after the lease",
        f"all after {inherited - found.freed_at:.1f} s",
        is_met=bool(found.inherited) and found.inherited <= set(times),
    )
    whole = max(times[email] for email, *_ in deliveries if email in times)
    yield Figure(
        "mail to confirm, asked for while the issue is sent",
        "before the issue is done",
        f"after {found.confirmed_after:.1f} s",
        is_met=times["somebody.new@example.org"] < whole,
    )


def main(arguments: Sequence[str]) -> int:
    """Measure, print, and return 0 if all targets were met."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # whoever ends us ends all that we started
    return report(measure(arguments))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
