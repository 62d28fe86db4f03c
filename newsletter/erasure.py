"""What an account's owner has here, as a part of the account's data; and forgetting a subscriber."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from accounts import audit
from accounts.models import User
from accounts.own_data import PARTS, Part, addresses
from accounts.requests import MemberRequest

from . import leaving, own_data, subscriptions
from .models import Subscriber

ERASED = "Erased with the subscriber."


def subscription(request: MemberRequest) -> dict[str, Any]:
    """By confirmed address: the subscription, or why nothing is sent to it. Nothing for an address without either."""
    held = {email: _of(email) for email in addresses(request.user)}
    return {email: data for email, data in held.items() if data}


def _of(email: str) -> dict[str, Any]:
    subscriber = subscriptions.of_address(email).first()
    if subscriber is not None:
        return own_data.of(subscriber)
    entry = own_data.suppression(email)
    return {"suppression": entry} if entry else {}


def erase(user: User, now: datetime) -> None:
    """Forget the subscribers with the account's confirmed addresses. The suppression list knows no addresses: it stays."""
    for email in addresses(user):
        for subscriber in subscriptions.of_address(email).select_for_update():
            forget(subscriber, now)


def forget(subscriber: Subscriber, now: datetime) -> None:
    """Delete a subscriber. That something was sent stays, without to whom: an answer may repeat the address."""
    leaving.leave_everything(subscriber, now=now)
    subscriber.deliveries.filter(answer__icontains=subscriber.email).update(answer=ERASED)
    audit.forget_names(Subscriber, [subscriber.pk])
    subscriber.delete()


PARTS["newsletter"] = Part("The newsletter, and what you follow", subscription, erase)
