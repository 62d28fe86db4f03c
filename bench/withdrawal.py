"""For how long pages go on showing an article that was withdrawn."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from bench.machines import Machines, ask, until
from bench.strokes import PAUSE, TIMEOUT, send
from portal.local.loopback import LOOPBACK

AFTER = 3.0  # seconds of looking
CLIENTS = 2  # of each node, which has two processes
WITHDRAW = """
    UPDATE articles_article SET status = 'withdrawn', withdrawn_at = now(), withdrawn_reason = 'A measurement.'
    WHERE slug = %s RETURNING id
"""  # what an editor's "Save" comes to: triggers tell of the change
MARK = b"Withdrawn on"


@dataclass(frozen=True)
class Withdrawn:
    """Seconds after the withdrawal: of the latest request that was shown the article still, by node; of the replica."""

    shown: dict[str, float]
    lag: float


@dataclass
class Watch:
    """Looks at `path` on one node, again and again. seen: (when it asked, is it withdrawn)"""

    port: int
    path: str
    cookie: str
    seen: list[tuple[float, bool]] = field(default_factory=list)
    is_over: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        connect = lambda: http.client.HTTPConnection(LOOPBACK, self.port, timeout=TIMEOUT)  # noqa: E731
        while not self.is_over.wait(PAUSE):
            began = time.monotonic()
            answer = send(connect, "GET", self.path, "", {"Cookie": self.cookie})
            if answer and answer.status == 200:
                self.seen.append((began, MARK in answer.text))


def withdraw(machines: Machines, slug: str, nodes: Iterable[str], *, has_replica: bool = True) -> Withdrawn:
    """Withdraw the article while readers look at it on each of `nodes`."""
    watches = {
        node: [
            Watch(machines.web[node].port, f"/articles/{slug}/", machines.told["reader"])
            for _ in range(CLIENTS)
        ]
        for node in nodes
    }
    every = [watch for some in watches.values() for watch in some]
    threads = [threading.Thread(target=watch.run, daemon=True) for watch in every]
    for thread in threads:
        thread.start()
    try:
        until(lambda: all(watch.seen for watch in every), "The article is not shown")
        machines.ask(WITHDRAW, slug)
        at = time.monotonic()
        lag = lag_of(machines, slug) - at if has_replica else 0.0
        time.sleep(AFTER)
        until(lambda: all(watch.seen[-1][1] for watch in every), "The withdrawal is not shown")
    finally:
        for watch in every:
            watch.is_over.set()
        for thread in threads:
            thread.join()
    shown = {node: max(last_shown(watch, at) for watch in some) for node, some in watches.items()}
    return Withdrawn(shown, max(0.0, lag))


def lag_of(machines: Machines, slug: str) -> float:
    """When the replica has the withdrawal."""
    question = "SELECT status FROM articles_article WHERE slug = %s"
    while ask(machines.replica, question, slug) != [("withdrawn",)]:
        time.sleep(0.002)
    return time.monotonic()


def last_shown(watch: Watch, at: float) -> float:
    return max(began - at for began, is_withdrawn in [*watch.seen, (at, False)] if not is_withdrawn)
