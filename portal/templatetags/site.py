"""What any template may ask about the site (a builtin: no {% load %} needed)."""

from django import template
from django.conf import settings
from django.core.paginator import Page
from django.template import Context

from portal.events import dismissed_events
from portal.models import Event, Hub
from portal.retention import Rule, rules

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
def retention_rules() -> list[Rule]:
    """What is kept how long, for the privacy page."""
    return rules()


@register.simple_tag
def page_numbers(page: Page) -> list[int | str]:
    """The numbers to link from `page` of a long list: its neighbours and both ends, "…" for those left out."""
    return list(page.paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1))


@register.simple_tag(takes_context=True)
def announced_event(context: Context) -> Event | None:
    """The next expert panel that is not over yet and whose announcement this browser has not closed."""
    request = context.get("request")
    closed = dismissed_events(request) if request else []
    return Event.objects.announced().exclude(slug__in=closed).first()
