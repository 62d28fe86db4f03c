"""Everybody whom an access rule tells apart, as browsers."""

from django.db import transaction
from django.test import Client

from tests import factories

# The demonstration's reviewer is in the group Editors, too: articles name who reviewed, rights do not.
PEOPLE = ("nobody", "account", "attested", "member", "staff", "editor", "admin")


def browser_of(who):
    """nobody: neither attested nor signed in; account: signed in only; attested: not signed in; member: both.

    staff    may enter the admin, without any right in it
    editor   in the group Editors
    """
    client = Client(raise_request_exception=False)
    if who not in ("nobody", "account"):
        factories.attested(client)
    makers = {
        "account": factories.make_user,
        "member": factories.make_user,
        "staff": lambda: factories.make_user(is_staff=True),
        "editor": factories.make_editor,
        "admin": factories.make_admin,
    }
    if who in makers:
        client.user = makers[who]()
        client.force_login(client.user)
    return client


def outcome(client, method, path, data=None):
    """What `client` gets, as one word; whatever the request changed is undone.

    A status; or gate (the gate in place of a page), refused (the gate's 403), login (sent to sign in).
    """
    cookies = client.cookies.output()
    with transaction.atomic():
        response = getattr(client, method)(path, data or {})
        if response.streaming:
            b"".join(response)
        transaction.set_rollback(True)
    client.cookies.clear()
    client.cookies.load(cookies.replace("Set-Cookie: ", ""))
    return word_for(response)


def word_for(response):
    if any(template.name == "accounts/gate.html" for template in getattr(response, "templates", [])):
        return {200: "gate", 403: "refused"}[response.status_code]
    if response.status_code in (302, 303) and response["Location"].startswith("/accounts/login/"):
        return "login"
    return str(response.status_code)
