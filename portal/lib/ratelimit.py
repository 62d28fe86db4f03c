"""How often one address may send a form. The limits are in the setting ACCOUNT_RATE_LIMITS.

allauth counts its own forms in the shared cache; this lets ours be counted by the same code. To leave it,
replace these two functions.
"""

from allauth.core import ratelimit
from django.http import HttpRequest, HttpResponse

SECONDS_TO_WAIT = 60  # our limits are per minute


def allowed(request: HttpRequest, action: str) -> bool:
    """Count one use of `action` by the sender of `request`; False when that is too many."""
    return bool(ratelimit.consume(request, action=action))


def refuse(request: HttpRequest) -> HttpResponse:
    """The site's page for too many requests (status 429), which says when to try again."""
    response: HttpResponse = ratelimit.respond_429(request)
    response.headers.setdefault("Retry-After", str(SECONDS_TO_WAIT))
    return response
