"""What comes back: messages that did not arrive, and recipients who call our mail spam.

A notice is about one delivery, known by its Message-ID, and counts once however often it comes.

permanent  the mailbox will never take our mail: the delivery is marked, the address goes on the suppression list
temporary  this message was given up, the next may arrive (mailbox full, our message or our server disliked): the
           delivery is marked. After SOFT_IN_A_ROW of them in a row the address goes on the list, too. "In a row"
           is read from the book of record: the deliveries that came back, newest first, up to one handed over
           between them that did not. So it does not matter in which order notices arrive.
complaint  the delivery is marked, the address goes on the list, the subscription and all that is followed end

A message that is late but still being tried is no bounce.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from . import leaving
from .models import Delivery, Subscriber, Suppression
from .subscriptions import of_address
from .suppression import suppress

SOFT_IN_A_ROW = 5
TEMPORARY = "Came back: "  # begins the answer of a delivery with a temporary bounce
PERMANENT = "Came back for good: "
LONGEST_ANSWER = 1000  # characters, as what mail servers answer at once
LOOK_BACK = timedelta(days=30)  # at issues queued since
MOST_AT_ONCE = 500

ENHANCED = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?!\.?\d)")  # not a part of an IP address
REPLY = re.compile(r"(?<![\d.])([45]\d\d)(?=[ -])")
REPLIES = {"552": "5.2.2", "554": "5.7.0"}  # RFC 5321 4.2.3: storage exceeded; refused without saying why
# RFC 3463, chapter 3: mailbox full, message too long, not convertible, refused by policy (spam filters, our name).
# None says that there is no such mailbox.
ABOUT_THE_MESSAGE = re.compile(r"5\.(2\.[23]|3\.4|6\.\d+|7\.\d+)")

# An answer at delivery that there is no such mailbox; with an enhanced status it must be one of addressing. Read by
# PostgreSQL, upper and lower case alike.
NO_SUCH_MAILBOX = (
    r"^55[0-9] (5\.1\.(1|6|10)([^0-9]|$)"
    r"|(?!5\.[02-9])(?!.*sender)"
    r".*((unknown|no such|invalid) (user|recipient|mailbox|local part|address)"
    r"|(user|recipient|mailbox|account|address).{0,60}(unknown|not found|unavailable|does(n't| not) exist)))"
)


def note_bounce(
    *, message_id: str = "", email: str = "", permanent: bool, detail: str, now: datetime
) -> bool:
    """Note that a message came back.

    message_id  of the message, with its angle brackets
    email       whose message it was, if the source can be trusted to name anybody (a provider's signed notice): used
                when the message is not known any more or its subscriber was erased
    permanent   see `is_permanent`
    detail      what the mail server said
    returns     False if this changed nothing: it was known, or is about nobody whom we know
    """
    with transaction.atomic():
        delivery, subscriber = _about(message_id, email)
        if delivery and not _mark_bounced(delivery, permanent, detail, now):
            return False
        if permanent:
            return _suppress(delivery, subscriber, email, Suppression.Reason.BOUNCE, detail, now)
        if delivery and subscriber:
            _count_soft(subscriber, detail, now)
        return delivery is not None


def note_complaint(*, message_id: str = "", email: str = "", detail: str, now: datetime) -> bool:
    """Note that a recipient reported our message as spam. Arguments and answer as of `note_bounce`."""
    with transaction.atomic():
        delivery, subscriber = _about(message_id, email)
        if delivery:
            if delivery.complained_at:
                return False
            delivery.complained_at = now
            delivery.save(update_fields=["complained_at"])
        changed = _suppress(delivery, subscriber, email, Suppression.Reason.COMPLAINT, detail, now)
        if subscriber:
            leaving.leave_everything(subscriber, now=now)
        return changed


def note_unsubscribed(*, message_id: str = "", email: str = "", at: datetime | None, now: datetime) -> bool:
    """Note that a recipient told the provider, who sends them nothing of ours any more, that they want none.

    at       when they did, aware; None: unknown. A subscription that was asked for later stays
    returns  False if this changed nothing
    Other arguments as of `note_bounce`.
    """
    with transaction.atomic():
        _, subscriber = _about(message_id, email)
        if subscriber is None or not subscriber.is_active or (at and at < subscriber.requested_at):
            return False
        leaving.leave_everything(subscriber, now=now)
        return True


def note_refused(now: datetime) -> int:
    """Count as permanent bounces the deliveries that a server refused at once because there is no such mailbox.

    Periodic. Returns how many; at most MOST_AT_ONCE.
    """
    refused = Delivery.objects.filter(
        issue__queued_at__gt=now - LOOK_BACK,
        state=Delivery.State.FAILED,
        bounced_at=None,
        answer__iregex=NO_SUCH_MAILBOX,
    )
    return sum(_note_refusal(pk, now) for pk in list(refused.values_list("pk", flat=True)[:MOST_AT_ONCE]))


def _note_refusal(pk: int, now: datetime) -> bool:
    with transaction.atomic():
        refused = Delivery.objects.filter(pk=pk, state=Delivery.State.FAILED, bounced_at=None)
        subscriber = _locked(refused.values_list("subscriber", flat=True).first())
        if refused.update(bounced_at=now) != 1:  # queued anew, or counted by another worker
            return False
        if subscriber:
            answer = refused.model.objects.values_list("answer", flat=True).get(pk=pk)
            suppress(subscriber.email, Suppression.Reason.BOUNCE, _clean(answer), now)
        return True


def status_in(text: str) -> str:
    """The first status in a mail server's words: enhanced (RFC 3463), else made of a reply's code; "" if none."""
    if found := ENHANCED.search(text):
        return found[0]
    if found := REPLY.search(text):
        return REPLIES.get(found[1], f"{found[1][0]}.0.0")
    return ""


def is_permanent(status: str) -> bool:
    """Does an enhanced status say that this mailbox will never take our mail? See ABOUT_THE_MESSAGE."""
    return status.startswith("5.") and not ABOUT_THE_MESSAGE.fullmatch(status)


def _about(message_id: str, email: str) -> tuple[Delivery | None, Subscriber | None]:
    """The delivery and the subscriber that a notice is about, both locked, the subscriber first as everywhere."""
    message_id, email = _clean(message_id), _clean(email)
    known = Delivery.objects.filter(message_id=message_id) if message_id else Delivery.objects.none()
    subscriber = _locked(known.values_list("subscriber", flat=True).first())
    if subscriber is None and email:
        subscriber = of_address(email).select_for_update().first()
    return known.select_for_update().first(), subscriber


def _locked(pk: int | None) -> Subscriber | None:
    return Subscriber.objects.select_for_update().filter(pk=pk).first() if pk else None


def _mark_bounced(delivery: Delivery, permanent: bool, detail: str, now: datetime) -> bool:
    """False if this is known already. A temporary bounce may turn out to be permanent, but not the reverse."""
    if delivery.bounced_at and not (permanent and delivery.answer.startswith(TEMPORARY)):
        return False
    delivery.bounced_at = delivery.bounced_at or now
    delivery.answer = ((PERMANENT if permanent else TEMPORARY) + _clean(detail))[:LONGEST_ANSWER]
    delivery.save(update_fields=["bounced_at", "answer"])
    return True


def _suppress(
    delivery: Delivery | None,
    subscriber: Subscriber | None,
    email: str,
    reason: Suppression.Reason,
    detail: str,
    now: datetime,
) -> bool:
    """Put the address on the list. One that is neither a subscriber's nor of a delivery of ours is not our business."""
    address = subscriber.email if subscriber else _clean(email) if delivery else ""
    is_new = bool(address) and suppress(address, reason, _clean(detail), now)
    return is_new or delivery is not None


def _count_soft(subscriber: Subscriber, detail: str, now: datetime) -> None:
    subscriber.soft_bounces = _in_a_row(subscriber)
    subscriber.save(update_fields=["soft_bounces"])
    if subscriber.soft_bounces >= SOFT_IN_A_ROW:
        words = f"{SOFT_IN_A_ROW} in a row, the last one: {_clean(detail)}"
        suppress(subscriber.email, Suppression.Reason.BOUNCE, words, now)


def _in_a_row(subscriber: Subscriber) -> int:
    """How many of the latest deliveries came back, from the last that did; SOFT_IN_A_ROW at most.

    One whose fate nobody knows (handed over, never answered) counts neither way.
    """
    settled = Q(bounced_at__isnull=False) | Q(answered_at__isnull=False)
    sent = subscriber.deliveries.filter(settled, state=Delivery.State.HANDED_OVER)
    marks = sent.order_by("-handed_over_at", "-pk").values_list("bounced_at", "handed_over_at")
    latest = marks.filter(bounced_at__isnull=False).first()
    if latest is None:
        return 0
    count = 0
    for bounced_at, _ in marks.filter(handed_over_at__lte=latest[1])[:SOFT_IN_A_ROW]:
        if bounced_at is None:
            break
        count += 1
    return count


def _clean(text: str) -> str:
    """`text` as PostgreSQL can store it: hostile notices hold NUL bytes and halves of surrogate pairs."""
    return " ".join(text.replace("\0", "").encode(errors="replace").decode().split())
