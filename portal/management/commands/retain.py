"""`manage.py retain`: delete what has reached the end of its period (portal/retention.py). The worker does it daily."""

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from portal.retention import rules


class Command(BaseCommand):
    help = "Delete what is kept no longer, and print how many of each; the worker does the same once a day."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="Count only; change nothing.")

    def handle(self, *args: object, dry_run: bool, **options: object) -> None:
        now = timezone.now()
        for rule in rules():
            number = rule.count(now) if dry_run else rule.end(now)
            self.stdout.write(f"{number:8}  {rule.what} ({rule.period})")
