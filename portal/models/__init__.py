"""The site around the content."""

from .changes import ContentChange
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
    "ContentChange",
    "Event",
    "Hub",
    "OutgoingMail",
    "Page",
]
