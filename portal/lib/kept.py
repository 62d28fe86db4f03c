"""Pages that are made once and given to every reader for whom they would be the same.

A view says with `@kept` that its page depends on nothing of the reader but what `portal.pagecache.keys` reads from the
request, and, for somebody signed in, on what `personal` returns. Search pages, forms with a token, and whatever shows a
name or an address must not be kept.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import wraps
from typing import Any, Protocol

from django.http import HttpRequest, HttpResponse

View = Callable[..., HttpResponse]
Personal = Callable[..., tuple[Hashable, ...]]


class Keeper(Protocol):
    """What the page cache leaves at `request.keeper` when the reader brings a session."""

    def answer(self, personal: tuple[Hashable, ...], make: Callable[[], HttpResponse]) -> HttpResponse:
        """The kept page of the request for somebody signed in with these marks, else that of `make`."""


def kept(view: View | None = None, *, personal: Personal | None = None) -> Any:
    """The innermost decorator of a view whose page may be kept.

    personal  called like the view, for readers who are signed in: whatever of theirs the page shows, in few values
              (one query at most); `nothing_personal` if it shows only that they are. Without it the page is made
              for each of them.
    """

    def declare(view: View) -> View:
        @wraps(view)
        def keeping(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
            keeper: Keeper | None = getattr(request, "keeper", None)
            if keeper is None or personal is None or not _is_ordinary_member(request):
                return view(request, *args, **kwargs)
            marks = personal(request, *args, **kwargs)
            return keeper.answer(marks, lambda: view(request, *args, **kwargs))

        vars(keeping)["is_kept"] = True
        return keeping

    return declare(view) if view else declare


def nothing_personal(request: HttpRequest, *args: object, **kwargs: object) -> tuple[Hashable, ...]:
    """For pages on which readers who are signed in all see the same."""
    return ()


def _is_ordinary_member(request: HttpRequest) -> bool:
    """Signed in, not an editor (who may see more), and without a message that waits to be shown once."""
    user = request.user
    return user.is_authenticated and not user.is_staff and "_messages" not in request.session
