"""The engine: takes deliveries from the book of record to the mail server, each at most once."""

from .engine import Engine, deliver

__all__ = ["Engine", "deliver"]
