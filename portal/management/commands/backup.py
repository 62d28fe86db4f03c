"""`manage.py backup`: database and pictures in one archive (docs/backup.md)."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from portal.backup import BackupError, sealing, writing


class Command(BaseCommand):
    help = "Write database and pictures into one archive in DIR; encrypted when BACKUP_KEY is set. The site may run."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", nargs="?", metavar="DIR", type=Path)
        parser.add_argument("--keep", type=int, metavar="N", help="then delete all archives but the newest N")
        parser.add_argument(
            "--new-key", action="store_true", help="print a new BACKUP_KEY, and do nothing else"
        )

    def handle(
        self, *args: object, folder: Path | None, keep: int | None, new_key: bool, **options: object
    ) -> None:
        try:
            if new_key:
                self.print_key()
            elif folder is None:
                raise CommandError("Say into which folder: manage.py backup DIR")
            elif keep is not None and keep < 1:
                raise CommandError("--keep must be above zero.")
            else:
                self.write(folder, keep)
        except BackupError as error:
            raise CommandError(str(error)) from error

    def print_key(self) -> None:
        secret, public = sealing.new_key()
        self.stdout.write(f"{secret}  reads and writes archives; keep it where the backups are not")
        self.stdout.write(f"{public}  only writes them: enough for BACKUP_KEY on the server")

    def write(self, folder: Path, keep: int | None) -> None:
        result = writing.write(folder, key=settings.BACKUP_KEY, now=timezone.now())
        for name in result.lost:
            self.stderr.write(f"The database names {name}, which is not in {settings.MEDIA_ROOT}.")
        size = result.path.stat().st_size / 1_000_000
        self.stdout.write(
            f"{result.path}: {result.rows:,} rows of {result.tables} tables, {result.files:,} files, {size:,.1f} MB"
        )
        for path in writing.prune(folder, keep) if keep else []:
            self.stdout.write(f"deleted {path}")
