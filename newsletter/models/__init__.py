"""Subscribers, what is sent to them, and the book of record of the sending."""

from .deliveries import Delivery, SendingRate, Suppression
from .issues import Issue, IssueArticle
from .news import News
from .subscribers import Cadence, Follow, Status, Subscriber, SubscriberQuerySet

__all__ = [
    "Cadence",
    "Delivery",
    "Follow",
    "Issue",
    "IssueArticle",
    "News",
    "SendingRate",
    "Status",
    "Subscriber",
    "SubscriberQuerySet",
    "Suppression",
]
