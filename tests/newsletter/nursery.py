"""Forks workers on command: reads a name, prints the process id of the worker. They end with it.

A worker gives its name to the mail server. One called "slow" waits a moment before it writes into the book of record,
when all its messages are offered and none is handed over.
"""

import os
import signal
import sys
import time

import django

django.setup()

from django.core.mail.utils import DNS_NAME  # noqa: E402
from django.db import Error, connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from newsletter.sending import Engine, book  # noqa: E402
from tests.newsletter.sending import Note  # noqa: E402

SLOW = 0.2  # seconds


def work(name):
    DNS_NAME._fqdn = name
    if name == "slow":
        note = book.note

        def note_slowly(issue, worker, words, offered, now):
            time.sleep(SLOW if offered else 0)
            return note(issue, worker, words, offered, now)

        book.note = note_slowly
    engine = Engine(letters_of=Note())
    while True:
        try:
            engine.deliver(timezone.now())
        except Error:
            connection.close()
        time.sleep(0.05)


def main():
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the dead
    children = []
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            work(line.strip())
        children.append(pid)
        print(pid, flush=True)
    for pid in children:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


if __name__ == "__main__":
    main()
