"""What can be followed: topics, drugs and trials, and how links and forms name them."""

from __future__ import annotations

import re
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.text import capfirst

from articles.models import Topic
from trials.models import Drug, Trial

Thing = Topic | Drug | Trial
MODELS: dict[str, type[Thing]] = {"topic": Topic, "drug": Drug, "trial": Trial}
LABELS = {"topic": "Topic", "drug": "Treatment", "trial": "Trial"}
KEY = re.compile(r"(topic|drug|trial)-([1-9][0-9]{0,17})")


def kind_of(thing: Thing) -> str:
    """The name of the field of Follow for `thing`: topic, drug or trial."""
    return thing._meta.model_name or ""


def key_of(thing: Thing) -> str:
    """The name of `thing` in links and forms, such as trial-12."""
    return f"{kind_of(thing)}-{thing.pk}"


def row_of(key: str) -> dict[str, int] | None:
    """The condition on follows that `key` stands for, such as {"trial_id": 12}; None if it is no such name."""
    match = KEY.fullmatch(key)
    return {f"{match[1]}_id": int(match[2])} if match else None


def at(key: str) -> Thing | None:
    """The thing named `key`, if it is there."""
    match = KEY.fullmatch(key)
    return _open(match[1]).filter(pk=match[2]).first() if match else None


def found(kind: str, slug: str) -> Thing | None:
    """The thing whose page has `slug` in its address, if there is one."""
    return _open(kind).filter(slug=slug).first()


def _open(kind: str) -> QuerySet[Any]:
    """The things of that kind that readers can open."""
    return Trial.objects.published() if kind == "trial" else MODELS[kind]._default_manager.all()


def name_of(thing: Thing) -> str:
    """What readers call it."""
    return capfirst(thing.name) if isinstance(thing, Drug) else str(thing)


def path_of(thing: Thing) -> str:
    """The address of its page."""
    if isinstance(thing, Drug):
        return reverse("articles:treatment", args=[thing.slug])
    return thing.get_absolute_url()
