"""Telling a database that is away from a statement that is wrong."""

from django.db import DatabaseError, InterfaceError, OperationalError


def is_away(error: BaseException) -> bool:
    """True if `error` says that the database cannot be reached, or was lost in the middle of a statement.

    psycopg2 raises a plain DatabaseError when the server dies while it answers.
    """
    return isinstance(error, (OperationalError, InterfaceError)) or type(error) is DatabaseError
