"""What any template may ask about the site (a builtin: no {% load %} needed)."""

from django import template
from django.conf import settings

from portal.models import Event, Hub

register = template.Library()


@register.simple_tag
def current_hub() -> Hub:
    """The site's identity, for templates rendered without a request (mail, feeds)."""
    return Hub.current()


@register.simple_tag
def site_url(path: str = "") -> str:
    """Absolute address of `path` on this site."""
    return settings.SITE_URL + path


@register.simple_tag
def announced_event() -> Event | None:
    """The next expert panel that is not over yet."""
    return Event.objects.announced().first()
