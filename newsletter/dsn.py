"""Reading what mail servers send back: notifications of delivery status and reports of complaints.

Formats: RFC 3464 (and 6533) for delivery status, RFC 5965 for complaints, and the plain notes of older Exim servers.
Anybody can write to the mailbox that these come from: nothing is believed but a Message-ID of ours, which only who
got that message can know.
"""

from __future__ import annotations

import email
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from email.utils import parsedate_to_datetime
from enum import StrEnum

from .bounces import is_permanent, status_in
from .links import Purpose

LONGEST = 1024 * 1024  # octets; our messages have less than 100 kB, and servers send back one
MOST_PARTS = 50
MOST_IDS = 20  # candidates for the Message-ID
MESSAGE_ID = re.compile(r"<[^<>\s]{3,250}>")
QUOTED_ID = re.compile(r"^Message-ID:[ \t]*(?:\r?\n[ \t]+)?(<[^<>\s]{3,250}>)", re.I | re.M)
WISH = re.compile(
    r"(?<![\w-])(leave|unfollow-all)\.([0-9]{1,18}\.[0-9A-Za-z]{1,8}\.[A-Za-z0-9_-]{43})(?![\w-])"
)
COMPLAINTS = {"abuse", "fraud", "virus", "other"}  # RFC 5965 7.3; "not-spam" (RFC 6430) is the opposite
STATUS_PARTS = ("message/delivery-status", "message/global-delivery-status")
RETURNED_PARTS = ("message/rfc822", "message/global", "text/rfc822-headers", "message/global-headers")


class Kind(StrEnum):
    PERMANENT = "permanent"
    TEMPORARY = "temporary"
    DELAYED = "delayed"  # the server still tries
    COMPLAINT = "complaint"


@dataclass(frozen=True)
class Notice:
    """What one notification says, and the Message-IDs of which one may be that of the message it is about."""

    kind: Kind
    message_ids: tuple[str, ...]
    detail: str


def read(octets: bytes) -> Notice | None:
    """The notice in a message (RFC 5322), or None if it is none: a person's mail, an auto-reply, a receipt.

    raises  ValueError: too long, or nested too deeply to be read
    """
    if len(octets) > LONGEST:
        raise ValueError(f"longer than {LONGEST} octets")
    try:
        message = email.message_from_bytes(octets, policy=policy.compat32)
        return _report(message) or _note_of_exim(message)
    except RecursionError:
        raise ValueError("nested too deeply") from None


@dataclass(frozen=True)
class Wish:
    """What somebody asks for by mail: the purpose and token of a link of ours, and when they wrote."""

    purpose: Purpose
    token: str
    asked_at: datetime | None


def wish_to_leave(octets: bytes) -> Wish | None:
    """The wish in the subject of a mail to NEWSLETTER_LEAVE_MAILBOX (RFC 2369, 3.2), or None.

    octets  a message that `read` takes for no notice
    """
    message = email.message_from_bytes(octets, policy=policy.compat32)
    found = WISH.search(_subject(message))
    if found is None:
        return None
    try:
        asked_at = parsedate_to_datetime(_field(message, "Date"))
    except (ValueError, OverflowError):
        return Wish(Purpose(found[1]), found[2], None)
    return Wish(Purpose(found[1]), found[2], asked_at if asked_at.tzinfo else asked_at.replace(tzinfo=UTC))


def _subject(message: Message) -> str:
    stated = _field(message, "Subject")[:1000]
    try:
        return str(make_header(decode_header(stated)))
    except (HeaderParseError, LookupError, ValueError):
        return stated


def _report(message: Message) -> Notice | None:
    if message.get_content_type() != "multipart/report":
        return None
    parts = list(_parts(message))
    for part in parts:
        if part.get_content_type() == "message/feedback-report":
            return _complaint(message, part, parts)
    for part in parts:
        if part.get_content_type() in STATUS_PARTS:
            return _status(message, part, parts)
    return None


def _parts(message: Message) -> Iterator[Message]:
    """The parts of a report without those of what it sends back."""
    waiting = [message]
    for _ in range(MOST_PARTS):
        if not waiting:
            return
        part = waiting.pop(0)
        yield part
        content = part.get_payload()
        if part.get_content_maintype() == "multipart" and isinstance(content, list):
            waiting += [one for one in content if isinstance(one, Message)]


def _status(message: Message, part: Message, parts: list[Message]) -> Notice | None:
    """RFC 3464: fields about the message, then a block of fields for each recipient. Ours have one; aliases more."""
    found = [told for block in _blocks(part) if (told := _recipient(block))]
    if not found:
        return None
    order = list(Kind)
    kind, detail = min(found, key=lambda told: order.index(told[0]))
    return Notice(kind, _message_ids(message, parts), detail)


def _recipient(block: Message) -> tuple[Kind, str] | None:
    """What a block says of one recipient; None if the message did not fail (delivered, relayed, expanded)."""
    action, said = _field(block, "Action").lower(), _field(block, "Diagnostic-Code")
    status = status_in(_field(block, "Status")) or status_in(said)
    if status.endswith(".0.0"):  # "other or undefined": the server's own words may say more
        status = status_in(said) or status
    detail = said or status
    if action == "delayed":
        return Kind.DELAYED, detail
    if action != "failed":
        return None
    return (Kind.PERMANENT if is_permanent(status) else Kind.TEMPORARY), detail


def _complaint(message: Message, part: Message, parts: list[Message]) -> Notice | None:
    kind = next((_field(block, "Feedback-Type").lower() for block in _blocks(part)), "")
    if kind not in COMPLAINTS:
        return None
    return Notice(Kind.COMPLAINT, _message_ids(message, parts), f"Feedback-Type: {kind}")


def _note_of_exim(message: Message) -> Notice | None:
    """Exim before 4.88, and others who copied it: text, with the message's headers below it."""
    if "X-Failed-Recipients" not in message or message.is_multipart():
        return None
    text = _text(message)
    said, _, returned = text.partition("------ This is a copy of ")
    status = status_in(said)
    kind = Kind.PERMANENT if is_permanent(status) else Kind.TEMPORARY
    return Notice(kind, tuple(QUOTED_ID.findall(returned)[:1]), " ".join(said.split())[-300:])


def _blocks(part: Message) -> list[Message]:
    """The groups of fields in a part of type message/*."""
    content = part.get_payload()
    if part.get_content_type() == STATUS_PARTS[0] and isinstance(content, list):
        return [block for block in content if isinstance(block, Message)]
    text = _text(part).replace("\r\n", "\n")
    return [email.message_from_string(block) for block in text.split("\n\n")[:MOST_PARTS]]


def _message_ids(message: Message, parts: list[Message]) -> tuple[str, ...]:
    """Of the message sent back; else as the notice itself refers to it (Gmail, Exchange)."""
    found = []
    for part in parts:
        if part.get_content_type() in RETURNED_PARTS:
            head = email.message_from_string(_text(part).replace("\r\n", "\n").lstrip("\n"))
            found += MESSAGE_ID.findall(_field(head, "Message-ID"))
        elif part.get_content_type() in STATUS_PARTS:
            for block in _blocks(part)[:1]:
                found += MESSAGE_ID.findall(_field(block, "X-Original-Message-ID"))
    for name in ("In-Reply-To", "References"):
        found += MESSAGE_ID.findall(_field(message, name))
    return tuple(dict.fromkeys(found[:MOST_IDS]))


def _text(part: Message) -> str:
    """What a part holds, decoded; of a message inside, its source."""
    content = part.get_payload()
    if isinstance(content, list):
        return "".join(
            one.as_bytes().decode(errors="replace") for one in content[:1] if isinstance(one, Message)
        )
    decoded = part.get_payload(decode=True)
    return decoded.decode(errors="replace") if isinstance(decoded, bytes) else ""


def _field(block: Message, name: str) -> str:
    return " ".join(str(block.get(name, "")).split())
