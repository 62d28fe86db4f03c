"""What the rehearsed portal holds; made by its own process: `manage.py shell -c "from tests.deploy import content; content.make()"`."""

import json
from pathlib import Path

from django.conf import settings

from articles.models import Article
from tests.articles.images import make_article_picture, make_portrait
from tests.articles.secret import make_secret_article
from tests.factories import make_event, make_topic, make_treatment
from tests.trials.factories import make_publication, make_result, make_trial
from trials.derive import redraw


def make():
    """Print the addresses and files with keys of their own."""
    picture, portrait = make_article_picture(), make_portrait()
    make_secret_article(
        topics=[make_topic("Relapse", slug="relapse")],
        treatments=[make_treatment("Pomalidomide", slug="pomalidomide")],
    )
    Article.objects.update(hero=picture)
    trial = make_trial(slug="vorpal", acronym="VORPAL", design_summary="Says jabberwock.", results=False)
    make_result(trial, publication=make_publication(trial, label="Example et al. 2019"))
    redraw(trial)
    make_event(slug="panel", title="Panel on uffish thought")
    said = {
        "picture": f"/media/articles/{picture.key}/400.jpg",
        "picture_file": str(Path(settings.MEDIA_ROOT, f"articles/{picture.key}/400.jpg")),
        "portrait": f"/media/people/{portrait.key}/400.jpg",
    }
    print(json.dumps(said))
