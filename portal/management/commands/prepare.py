"""`manage.py prepare`: all that stands between the code and a site that can be served."""

import sys

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand

DEMO_ADDRESSES = "@demo.example"


class Command(BaseCommand):
    help = (
        "Migrate, make the cache table, collect static files outside development, and fill an empty database"
        " with the demonstration. Prints the demonstration accounts, one per line, and nothing else."
    )

    def handle(self, *args: object, **options: object) -> None:
        call_command("migrate", interactive=False, verbosity=0, stdout=sys.stderr)
        call_command("createcachetable", verbosity=0, stdout=sys.stderr)
        if not settings.DEVELOPMENT:  # in development they are served from where they are
            call_command("collectstatic", interactive=False, verbosity=0, stdout=sys.stderr)
        call_command("load_demo", "--if-empty", stdout=sys.stderr)
        accounts = get_user_model().objects.filter(email__endswith=DEMO_ADDRESSES)
        for address in accounts.values_list("email", flat=True).order_by("pk"):
            self.stdout.write(address)
