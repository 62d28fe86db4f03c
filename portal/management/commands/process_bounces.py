"""`manage.py process_bounces`: what mail servers have sent back, and who asks to leave, from our mailboxes."""

from __future__ import annotations

import mailbox
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from newsletter import bounces, dsn, leaving
from newsletter.dsn import Kind, Notice
from newsletter.links import BadLink
from newsletter.models import Delivery

LEFT, KNOWN, UNKNOWN, OTHER, UNREADABLE = (
    "left",
    "known already",
    "of no message of ours",
    "other mail",
    "unreadable",
)
ORDER = (*(f"{kind}" for kind in Kind), LEFT, KNOWN, UNKNOWN, OTHER, UNREADABLE)


class Command(BaseCommand):
    help = (
        "Note bounces, complaints and wishes to leave from mailboxes (mbox, Maildir) or single messages (.eml)."
        " The files are not changed; read again, they change nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="+", metavar="FILE", type=Path)

    def handle(self, *args: object, files: list[Path], **options: object) -> None:
        for file in files:  # all of them first: a wrong name among many should not be found half-way
            check(file)
        counts: Counter[str] = Counter()
        for file in files:
            for octets in messages(file):
                counts[note(octets)] += 1
        self.stdout.write(
            f"{counts.total()} read" + "".join(f", {counts[one]} {one}" for one in ORDER if counts[one])
        )


def check(file: Path) -> None:
    """Raises CommandError if `file` is nothing that can be read here."""
    if not file.is_file() and not all((file / part).is_dir() for part in ("cur", "new")):
        raise CommandError(f"{file} is no mbox, Maildir or message.")


def messages(file: Path) -> Iterator[bytes]:
    """The messages in `file`, each cut a little above the length that is read."""
    most = dsn.LONGEST + 1
    if file.is_dir():
        box: mailbox.Mailbox = mailbox.Maildir(file, create=False)
    else:
        with file.open("rb") as stream:
            octets = stream.read(most)
        if not octets.startswith(b"From "):
            yield octets
            return
        box = mailbox.mbox(file, create=False)
    try:
        for key in box.iterkeys():
            with box.get_file(key) as stream:
                yield stream.read(most)
    finally:
        box.close()


def note(octets: bytes) -> str:
    """Act on one message. Returns what became of it, one of ORDER."""
    try:
        notice = dsn.read(octets)
    except ValueError:
        return UNREADABLE
    if notice is None:
        return leave(octets)
    ours = Delivery.objects.filter(message_id__in=notice.message_ids)
    message_id = ours.values_list("message_id", flat=True).first()
    if message_id is None:
        return UNKNOWN
    return f"{notice.kind}" if act(notice, message_id) else KNOWN


def leave(octets: bytes) -> str:
    """Do what somebody asks for who wrote to NEWSLETTER_LEAVE_MAILBOX. Returns one of ORDER."""
    wish = dsn.wish_to_leave(octets)
    if wish is None:
        return OTHER
    try:
        changed = leaving.by_mail(wish.purpose, wish.token, asked_at=wish.asked_at, now=timezone.now())
    except BadLink:
        return UNKNOWN
    return LEFT if changed else KNOWN


def act(notice: Notice, message_id: str) -> bool:
    """True if the notice changed something, or there is nothing to change."""
    now = timezone.now()
    if notice.kind == Kind.DELAYED:
        return True
    if notice.kind == Kind.COMPLAINT:
        return bounces.note_complaint(message_id=message_id, detail=notice.detail, now=now)
    permanent = notice.kind == Kind.PERMANENT
    return bounces.note_bounce(message_id=message_id, permanent=permanent, detail=notice.detail, now=now)
