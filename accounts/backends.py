"""Who is signed in."""

from __future__ import annotations

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.base_user import AbstractBaseUser

from .models import User

LOAD = "SELECT * FROM accounts_user WHERE id = %s"


class Backend(AuthenticationBackend):
    """allauth's. Every page of somebody signed in loads the account: composing that query costs more than asking it."""

    def get_user(self, user_id: int) -> AbstractBaseUser | None:
        user = next(iter(User.objects.raw(LOAD, [user_id])), None)
        return user if user is not None and self.user_can_authenticate(user) else None
