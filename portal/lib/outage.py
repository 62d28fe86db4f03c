"""Telling what is away from what is wrong."""

import errno

from django.db import DatabaseError, InterfaceError, InternalError, OperationalError

READ_ONLY = "25006"  # PostgreSQL's read_only_sql_transaction
# Classes and codes that PostgreSQL sends while it goes away: connection exceptions, shutting down, too many of them.
GOING = ("08", "57P0", "53300")
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def is_away(error: BaseException) -> bool:
    """True if `error` says that the database cannot be reached, was lost in the middle of a statement, or had no time for it.

    psycopg2 raises a plain DatabaseError when the server dies while it answers.
    """
    return isinstance(error, (OperationalError, InterfaceError)) or type(error) is DatabaseError


def is_lost(error: BaseException) -> bool:
    """True if nothing can be asked of the database now; not for a statement that was refused, such as after its time."""
    code = getattr(error.__cause__, "pgcode", None)
    return is_away(error) and (code is None or code.startswith(GOING))


def is_read_only(error: BaseException) -> bool:
    """True if the database refuses changes, and nothing else."""
    return isinstance(error, InternalError) and getattr(error.__cause__, "pgcode", "") == READ_ONLY


def is_passing(error: BaseException | None) -> bool:
    """True if `error` is none of the program's: the database is away or takes no changes, or a disk is full."""
    if error is None:
        return False
    return is_read_only(error) or is_away(error) or (isinstance(error, OSError) and error.errno in NO_ROOM)
