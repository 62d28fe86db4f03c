"""What a worker concludes from the answers: when an issue is stopped, and when the mail server is left alone."""

from __future__ import annotations

import time
from collections import defaultdict, deque
from collections.abc import Iterable

from django.conf import settings

from newsletter.models import Issue

from .answers import Answer, Verdict

LATEST = 100  # answers about an issue that are remembered
FIRST_QUIET, LONGEST_QUIET = 1.0, 60.0  # seconds between attempts to reach a server that is away


class Judgement:
    """Remembers the latest answers by issue, and since when there is no server."""

    def __init__(self) -> None:
        self._latest: dict[int, deque[bool]] = defaultdict(lambda: deque(maxlen=LATEST))
        self._quiet_until = self._quiet = 0.0

    def of(self, issue: Issue, answer: Answer) -> str:
        """Note an answer. Returns why the issue must be stopped, or nothing.

        More than NEWSLETTER_STOP_SHARE of the latest answers (at least NEWSLETTER_STOP_AFTER) were lasting refusals,
        or connections that broke after the message: to go on would ruin our name with the provider, or lose messages.
        """
        if answer.verdict == Verdict.HOPELESS:
            return f"The mail server refuses us: {answer.text}"
        if answer.verdict not in (Verdict.TAKEN, Verdict.NEVER, Verdict.LOST):
            return ""
        latest = self._latest[issue.pk]
        latest.append(answer.verdict != Verdict.TAKEN)
        refused = sum(latest)
        if (
            answer.verdict == Verdict.TAKEN
            or len(latest) < settings.NEWSLETTER_STOP_AFTER
            or refused <= settings.NEWSLETTER_STOP_SHARE * len(latest)
        ):
            return ""
        return f"{refused} of the latest {len(latest)} messages failed, the last one with: {answer.text}"

    def forget(self, issue: Issue) -> None:
        """The issue is stopped, or was held for a moment: whoever resumes it begins anew."""
        self._latest.pop(issue.pk, None)

    def forget_all_but(self, sending: Iterable[int]) -> None:
        """Of issues that are held or finished nothing is remembered: whoever resumes one begins anew."""
        for issue in self._latest.keys() - set(sending):
            del self._latest[issue]

    @property
    def remembers(self) -> bool:
        """True if there is anything to forget."""
        return bool(self._latest)

    def reached(self, is_there: bool) -> None:
        """Note whether the mail server could be reached. Each failure doubles the time until the next attempt."""
        self._quiet = 0.0 if is_there else min(max(self._quiet * 2, FIRST_QUIET), LONGEST_QUIET)
        self._quiet_until = time.monotonic() + self._quiet

    @property
    def is_quiet(self) -> bool:
        """True while the server is left alone."""
        return time.monotonic() < self._quiet_until
