"""Clients of a portal without nginx, and loops of them that go on whatever is answered."""

import itertools
import threading
import time
from http.client import HTTPException

from tests.deploy.clients import Browser

LONGEST = 120  # seconds for what must become true on a busy machine
NUMBERS = itertools.count()


class Direct(Browser):
    """Says what nginx would say of a request that came by HTTPS."""

    def __init__(self, port):
        super().__init__(port, is_safe=False)

    def ask(self, path, method="GET", headers=(), body=None, version=11):
        return super().ask(path, method, {"X-Forwarded-Proto": "https", **dict(headers)}, body, version)

    def search(self):
        """The status of a page that needs the database each time."""
        return self.ask(f"/search/?q=word{next(NUMBERS)}").status

    def sign_up(self):
        """(status, address) of a new subscriber."""
        email = f"reader{next(NUMBERS)}@example.org"
        return self.submit("/newsletter/", email=email).status, email


class Loop(threading.Thread):
    """Calls `work` again and again; `outcomes` are what it returned, or the error of the connection."""

    def __init__(self, work):
        super().__init__(daemon=True)
        self.work, self.outcomes, self.is_over = work, [], threading.Event()
        self.start()

    def run(self):
        while not self.is_over.wait(0.02):
            try:
                self.outcomes.append(self.work())
            except (OSError, HTTPException) as error:
                self.outcomes.append(error)

    def end(self):
        self.is_over.set()
        self.join()
        return self.outcomes


def until(condition):
    """Wait; True once `condition` is true."""
    deadline = time.monotonic() + LONGEST
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
