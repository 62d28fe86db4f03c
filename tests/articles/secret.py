"""An article whose gated words nobody else uses, on a hub with a name."""

from django.utils import timezone

from articles.models import KeyPoint
from articles.publishing import settle
from portal.models import Hub
from tests.factories import make_article

SECRETS = ("zygomorphic", "quixotry", "xenolith")  # in the text, a key point and the summary


def make_secret_article(**fields):
    article = make_article(
        **{
            "slug": "secret",
            "title": "Survival with pomalidomide",
            "body": "A zygomorphic finding [@first; @second].",
            "summary": "In short: xenolith.",
        }
        | fields,
        settled=False,
    )
    KeyPoint.objects.create(article=article, text="Beware of quixotry.")
    settle(article, timezone.now())
    return article


def describe_hub():
    Hub.objects.update_or_create(pk=1, defaults={"name": "Myeloma Hub", "publisher": "Example Foundation"})
