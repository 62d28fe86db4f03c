"""Who is signed in."""

from __future__ import annotations

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import connection

from .models import User

COLUMNS = [str(field.column) for field in User._meta.concrete_fields]
LOAD = f"SELECT {', '.join(COLUMNS)} FROM {User._meta.db_table} WHERE id = %s"  # noqa: S608


class Backend(AuthenticationBackend):
    """allauth's. Every page of somebody signed in loads the account: composing that query costs more than asking it."""

    def get_user(self, user_id: int) -> AbstractBaseUser | None:
        with connection.cursor() as cursor:
            cursor.execute(LOAD, [user_id])
            row = cursor.fetchone()
        user = User.from_db(connection.alias, COLUMNS, row) if row else None
        return user if user is not None and self.user_can_authenticate(user) else None
