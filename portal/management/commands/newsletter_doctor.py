"""`manage.py newsletter_doctor`: is this installation fit to send a newsletter?"""

from __future__ import annotations

import ipaddress

from django.core.management.base import BaseCommand, CommandError, CommandParser

from newsletter import doctor
from newsletter.findings import Level
from newsletter.sender_records import resolver


class Command(BaseCommand):
    help = (
        "Examine address, sender, name server's records, mail server and webhook. Sends and changes nothing."
        " Ends with 1 if there is an error."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--resolver", default="", metavar="IP[:PORT]", help="ask this name server")

    def handle(self, *args: object, **options: str) -> None:
        server, port = parsed(options["resolver"])
        has_error = False
        for finding in doctor.examine(lambda: resolver(server, port)):
            self.stdout.write(f"{finding.level:<8} {finding.text}")
            if finding.remedy:
                self.stdout.write(f"{'':<8} → {finding.remedy}")
            has_error |= finding.level == Level.ERROR
        if has_error:
            raise SystemExit(1)


def parsed(given: str) -> tuple[str, int]:
    """Address and port of a name server; ("", 53) for none. Raises CommandError."""
    server, _, port = given.partition(":") if given.count(":") == 1 else (given, "", "")
    try:
        if server:
            ipaddress.ip_address(server)
        number = int(port or 53)
    except ValueError:
        number = 0
    if not 0 < number < 65536:
        raise CommandError(f"{given!r} is no IP address with or without a port.")
    return server, number
