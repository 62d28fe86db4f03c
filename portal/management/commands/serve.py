"""`manage.py serve`: prepare the database, then be the web server."""

import os
import sys

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from django.db import connections
from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels

from portal.local.places import data_folder, locked

APPLICATION = "portal.wsgi:application"
WORKERS = 2
# Its lines go the way of all others.
LOGGING = {"formatters": {}, "handlers": {}, "loggers": {"_granian": {"propagate": True}}}
THREADS = 4  # of each worker, each with a database connection; by itself granian would start 256


class Command(BaseCommand):
    help = "Prepare the database and serve the site, all in one process: Django is loaded only once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("address", help="such as 127.0.0.1:8000")
        parser.add_argument("--reload", action="store_true", help="Django's own server, for development")

    def handle(self, *args: object, **options: object) -> None:
        with locked(data_folder() / "prepare.lock"):  # migrations do not bear company
            call_command("prepare")
        address = str(options["address"])
        if options["reload"]:
            manage = [sys.executable, sys.argv[0]]
            os.execv(sys.executable, [*manage, "runserver", address])  # noqa: S606  (no shell is the point)
        connections.close_all()  # the workers are forked from here, and must not share one
        serve(address)


def serve(address: str) -> None:
    """Serve the site on `address` (host:port) until SIGTERM; requests in flight then have DRAIN_SECONDS."""
    for left in settings.METRICS_DIR.glob("*.db"):  # counts of processes that have ended
        left.unlink(missing_ok=True)
    import portal.wsgi  # noqa: F401  (before the workers are forked: they need not load it again)

    host, port = address.rsplit(":", 1)
    Granian(
        APPLICATION,
        address=host,
        port=int(port),
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        websockets=False,
        workers=WORKERS,
        blocking_threads=THREADS,
        respawn_failed_workers=True,
        workers_kill_timeout=settings.DRAIN_SECONDS,
        log_level=LogLevels.warning,
        log_dictconfig=LOGGING,
    ).serve()
