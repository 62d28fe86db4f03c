"""Accounts for the rehearsed portal, with sessions; made by its own process."""

import json

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

from portal.lib.sessions import SessionStore
from tests.factories import make_editor, make_user


def make():
    """Print the session keys of a member and an editor."""
    print(json.dumps({"member": session_of(make_user()), "editor": session_of(make_editor())}))


def session_of(user):
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return session.session_key
