"""What the worker does for articles: those that a corrected trial or a new renderer left behind are rendered again."""

from __future__ import annotations

import logging

from django.core.exceptions import ValidationError
from django.db import transaction

from .models import Article
from .publishing import outdated, rebuild

logger = logging.getLogger(__name__)


def waiting() -> list[int]:
    """Keys of the articles that have to be rendered again."""
    return list(outdated().order_by("pk").values_list("pk", flat=True))


@transaction.atomic
def catch_up(pk: int) -> bool:
    """Render one article, unless somebody else works on it or did it already; True if it was done.

    One that cannot be rendered any more keeps what it has, and the log names it.
    """
    article = Article.objects.select_for_update(skip_locked=True).filter(pk=pk).first()
    if article is None or not outdated().filter(pk=pk).exists():
        return False
    try:
        with transaction.atomic():
            rebuild(article)
    except ValidationError as error:
        logger.warning("The article “%s” cannot be rendered again: %s", article, " ".join(error.messages))
        return False
    return True
