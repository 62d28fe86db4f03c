"""`manage.py prepare`: all that stands between the code and a site that can be served."""

import contextlib
import os

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand

from portal.collecting import collect
from portal.demonstration import LOGINS


class Command(BaseCommand):
    help = (
        "Migrate, make the cache table, collect static files outside development, fill an empty database"
        " with the demonstration, and say how to sign in to it."
    )

    def handle(self, *args: object, **options: object) -> None:
        call_command("migrate", interactive=False, verbosity=0)
        call_command("createcachetable", verbosity=0)
        if not settings.DEVELOPMENT:  # in development they are served from where they are
            collect()
        with contextlib.suppress(SystemExit):  # what cannot be rendered any more keeps what it has
            call_command("render")
        call_command("load_demo", "--if-empty")
        self.name_demo_accounts()

    def name_demo_accounts(self) -> None:
        accounts = get_user_model().objects.filter(email__in=[f"{login}@demo.example" for login in LOGINS])
        addresses = list(accounts.values_list("email", flat=True).order_by("pk"))
        if addresses:
            password = os.environ.get("DEMO_PASSWORD", "as it was when they were made")
            self.stdout.write(f"Demonstration logins (password {password})")
        for address in addresses:
            self.stdout.write(f"  {address}")
        self.stdout.flush()
