"""Issues that are being sent, with the least that can be sent as their letters."""

from django.utils import timezone

from newsletter import letters
from newsletter.sending import Engine
from tests.newsletter.rows import make_delivery, make_issue


class Note:
    """A letter of one line; `before` is called with each delivery that is composed."""

    def __init__(self, before=lambda delivery: None):
        self.before = before

    def __call__(self, issue, *, now):
        self.subject = issue.subject
        return self

    def envelope(self, delivery):
        return "hub@example.org", delivery.subscriber.email

    def message(self, delivery, *, now):
        self.before(delivery)
        head = f"To: {delivery.subscriber.email}\r\nMessage-ID: {letters.message_id(delivery)}\r\n"
        return f"{head}Subject: {self.subject}\r\n\r\nA line.\r\n.\r\nA line after a dot.\r\n".encode()


def being_sent(subscribers=1, **fields):
    """An issue queued a moment ago for so many new subscribers."""
    now = timezone.now()
    issue = make_issue(**({"status": "sending", "send_at": now, "queued_at": now} | fields))
    for _ in range(subscribers):
        make_delivery(issue)
    return issue


def send(now=None, before=lambda delivery: None, engine=None, **options):
    """One round of a worker."""
    engine = engine or Engine(letters_of=Note(before))
    return engine.deliver(now or timezone.now(), **options)


def state_of(delivery):
    delivery.refresh_from_db()
    return delivery.state, delivery.attempts, delivery.answer
