"""The site around the content."""

from .consent import ConsentNotice, ConsentRecord
from .contact import ContactMessage
from .events import Event
from .identity import CommitteeMember, Hub, Page
from .outbox import OutgoingMail

__all__ = [
    "CommitteeMember",
    "ConsentNotice",
    "ConsentRecord",
    "ContactMessage",
    "Event",
    "Hub",
    "OutgoingMail",
    "Page",
]
