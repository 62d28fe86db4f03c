"""How often one address may send a form. The limits are in the setting ACCOUNT_RATE_LIMITS.

allauth counts its own forms in the shared cache; this lets ours be counted by the same code. To leave it,
replace this one function.
"""

from allauth.core import ratelimit
from django.http import HttpRequest


def allowed(request: HttpRequest, action: str) -> bool:
    """Count one use of `action` by the sender of `request`; False when that is too many."""
    return ratelimit.consume(request, action=action)
