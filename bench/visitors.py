"""Readers of a rehearsed portal; called in its own process: `manage.py shell -c "from bench import visitors; visitors.tell()"`."""

import json

from django.contrib.auth import get_user_model
from django.db.models import Count
from django.test import Client
from django.urls import reverse

from articles.models import Article, Topic
from portal.local.loopback import HOST
from trials.models import Trial

LENGTH = 30_000  # octets of HTML: the article that comes nearest is measured


def tell() -> None:
    """Print the cookies of an attested reader and of one who is signed in, and the addresses to measure."""
    reader, member = Client(SERVER_NAME=HOST), Client(SERVER_NAME=HOST)
    member.force_login(get_user_model().objects.get(email="reader@demo.example"))
    for client in (reader, member):
        client.post("/attest/", {"next": "/"}, secure=True)
    articles = {article.get_absolute_url() for article in Article.objects.published()}
    sizes = {path: len(reader.get(path, secure=True).content) for path in articles}
    topics = Topic.objects.filter(articles__isnull=False)
    said = {
        "reader": cookies(reader),
        "member": cookies(member),
        "article": min(sizes, key=lambda path: abs(sizes[path] - LENGTH)),
        "topic": topics.order_by("pk")[0].get_absolute_url(),
        "heaviest trial": most_drawn(),
        "trial": Trial.objects.published().order_by("pk")[0].get_absolute_url(),
        "list": reverse("articles:list"),
    }
    print(json.dumps(said))


def most_drawn() -> str:
    """The address of the trial with the most figures: of all pages its HTML weighs most."""
    drawn = Trial.objects.published().annotate(drawings=Count("figures"))
    return str(drawn.order_by("-drawings", "pk")[0].get_absolute_url())


def cookies(client: Client) -> str:
    return "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
