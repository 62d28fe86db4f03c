"""What editors do with issues in the admin, as tests say it."""

from datetime import timedelta
from html import unescape

from django.contrib.messages import get_messages
from django.utils import timezone

from portal.models import Hub
from tests.forms import filled
from tests.newsletter.rows import make_issue

ADD = "/admin/newsletter/issue/add/"
TYPED = {
    "subject": "What is new in the treatment of myeloma",
    "slug": "what-is-new",
    "funding_statement": "No company paid for this issue.",
    "introduction": "Good **morning**.",
    "language": "en",
    "send_at_0": "2027-01-11",
    "send_at_1": "08:00:00",
    "time_zone": "Europe/Berlin",
}


def of(issue, page="change"):
    return f"/admin/newsletter/issue/{issue.pk}/{page}/"


def typed(client, *articles, **changes):
    """The filled form of a new issue with `articles`."""
    rows = {"entries-TOTAL_FORMS": str(len(articles))} | {
        f"entries-{place}-article": str(article.pk) for place, article in enumerate(articles)
    }
    return filled(client.get(ADD)) | TYPED | rows | changes


def with_address():
    """The law wants a postal address in each mail."""
    Hub.objects.update_or_create(pk=1, defaults={"name": "Myeloma hub", "postal_address": "1 Road, Town"})


def ready(**fields):
    """A draft in which nothing blocks, due tomorrow."""
    with_address()
    return make_issue(**({"send_at": timezone.now() + timedelta(days=1)} | fields))


def seen_on(client, issue):
    """What the buttons of the page of `issue` carry."""
    return client.get(of(issue)).context["panel"].get("seen", "")


def said(response):
    """The messages that `response` leaves for the next page."""
    return [unescape(str(message)) for message in get_messages(response.wsgi_request)]


def panel_of(client, issue):
    return client.get(of(issue)).context["panel"]
