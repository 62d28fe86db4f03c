"""Which articles show a trial, in whatever way: it must stay there for their readers."""

from __future__ import annotations

import re

from django.db.models import Q

from trials.models import Trial

from .models import Article


def titles_showing(trial: Trial) -> list[str]:
    """The titles of all articles, drafts too, that cite results of `trial`, place it, or name one of its numbers."""
    numbers = trial.identifiers.values("number")
    placed = rf"\[\[\s*(trial|results|figure)\s+{re.escape(trial.slug)}[\s\]]"
    shows = (
        Q(cited_results__result__trial=trial)
        | Q(trial_identifiers__number__in=numbers)
        | Q(body__regex=placed)
    )
    return list(Article.objects.filter(shows).order_by("title").distinct().values_list("title", flat=True))
