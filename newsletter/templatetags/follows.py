"""What the form to follow a thing needs to know, on the pages of apps that know nothing of the newsletter."""

from __future__ import annotations

from django import template
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.template import Context

from newsletter import members
from newsletter.members import FollowState
from newsletter.things import Thing

register = template.Library()


@register.simple_tag(takes_context=True)
def follow_state(context: Context, thing: Thing) -> FollowState:
    """What the reader may do with `thing`: one query for somebody signed in, none for anybody else."""
    request = context.get("request")
    return members.follow_state(request.user if request else AnonymousUser(), thing)


@register.simple_tag
def weekly_cap() -> str:
    """How many mails about followed things a reader gets in seven days at most, in words."""
    cap: int = settings.FOLLOW_WEEKLY_CAP
    return {1: "one", 2: "two", 3: "three"}.get(cap, str(cap))
