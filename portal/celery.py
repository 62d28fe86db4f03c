"""The worker's lanes on Celery, for those who outgrow one machine: needs CELERY_BROKER_URL and the package.

    celery -A portal.celery worker -Q transactional     one queue for each lane; a worker of its own for each,
    celery -A portal.celery worker -Q newsletter        so that nobody's login code waits behind an issue
    celery -A portal.celery worker -Q upkeep
    celery -A portal.celery beat                        exactly one

Nothing else imports this module. The broker only says "look": what is to do stands in the database, so that a message
of the broker that is lost, late or delivered twice changes nothing.
"""

import os
from logging.config import dictConfig
from typing import Any

from celery import Celery
from celery.signals import setup_logging
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

# Seconds. Each look at the newsletter puts one worker to work for lanes.TURN at most: with one every two seconds ten
# workers share an issue. The upkeep closes issues, and notices what changed.
MAIL_EVERY, NEWSLETTER_EVERY, UPKEEP_EVERY = 2.0, 2.0, 10.0


def every(seconds: float, task: str, queue: str) -> dict[str, object]:
    """A look that nobody has taken by the time of the next is dropped, so that none pile up."""
    return {"task": task, "schedule": seconds, "options": {"queue": queue, "expires": seconds}}


@setup_logging.connect
def log_as_the_site_does(**kwargs: Any) -> None:
    """Celery asks this in place of setting up loggers of its own."""
    dictConfig(settings.LOGGING)


app = Celery("portal")
app.config_from_object("django.conf:settings", namespace="CELERY")  # CELERY_BROKER_URL
app.conf.update(
    imports=["portal.tasks"],
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    task_ignore_result=True,
    timezone="UTC",
    beat_scheduler="celery.beat:Scheduler",  # in memory: when the last look was is of no interest after a restart
    beat_schedule={
        "mail": every(MAIL_EVERY, "portal.tasks.mail", "transactional"),
        "newsletter": every(NEWSLETTER_EVERY, "portal.tasks.newsletter", "newsletter"),
        "upkeep": every(UPKEEP_EVERY, "portal.tasks.upkeep", "upkeep"),
    },
    task_routes={
        "portal.tasks.mail": {"queue": "transactional"},
        "portal.tasks.newsletter": {"queue": "newsletter"},
        "portal.tasks.upkeep": {"queue": "upkeep"},
    },
)
