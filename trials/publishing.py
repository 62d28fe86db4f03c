"""What readers may see of trials, and when a trial may be taken from them again."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest

from accounts.access import is_staff_at_work

from .models import Trial

# Apps above this one that show trials add a function here: trial → what shows it, by title.
SHOWN_BY: list[Callable[[Trial], list[str]]] = []


def shown_by(trial: Trial) -> list[str]:
    """The titles of what shows `trial` or names it; while there is any, the trial stays published."""
    return [title for titles in SHOWN_BY for title in titles(trial)]


def may_preview(request: HttpRequest) -> bool:
    """Whether trials that are not published yet are shown as well: to editors who see them in the admin."""
    return is_staff_at_work(request) and request.user.has_perm("trials.view_trial")
