"""`manage.py load_demo`: the demonstration, from the files of this repository."""

from __future__ import annotations

import os
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from articles.exchange import import_path
from articles.models import Article
from portal.demonstration import load_site, load_trials, make_logins

LOCK = 7_364_001  # any number: two commands that start at once do their work one after the other


class Command(BaseCommand):
    help = "Load the demonstration content and its logins. All of it or nothing; again, it changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--if-empty", action="store_true", help="do nothing when there is an article or account"
        )

    @transaction.atomic
    def handle(self, *args: Any, if_empty: bool, **options: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        if if_empty and (Article.objects.exists() or User.objects.exists()):
            return
        password = demo_password()
        if not password:
            if if_empty:
                self.stdout.write("No demonstration: DEMO_PASSWORD is not set.")
                return
            raise CommandError("Set DEMO_PASSWORD: outside development no password is made up.")
        self.load_trials()
        self.load_articles()
        load_site(settings.BASE_DIR / "demo")
        for address in make_logins(password):
            self.stdout.write(f"login {address}")

    def load_trials(self) -> None:
        problems = load_trials(settings.BASE_DIR / "demo" / "trials")
        if problems:
            raise CommandError("\n".join(problems))

    def load_articles(self) -> None:
        problems = []
        for result in import_path(settings.BASE_DIR / "demo", timezone.now()):
            self.stdout.write(f"{result.outcome:<9} {result.name}")
            problems += [f"{result.name}: {problem}" for problem in result.problems]
        if problems:
            raise CommandError("\n".join(problems))


def demo_password() -> str:
    """From the environment; in development one is made and kept. "" when there is none."""
    if settings.DEVELOPMENT:
        from portal.local.secrets import kept

        return kept("DEMO_PASSWORD")
    return os.environ.get("DEMO_PASSWORD", "")
