"""How the two processes tell each other how far they are: by files."""

import time

from django.conf import settings

LONGEST = 60  # seconds; a test that fails must not leave a process behind


def wait_to_be_let_go(name):
    """Say that `name` has begun, and wait until it may end."""
    (settings.DRAIN_FOLDER / f"{name}-begun").touch()
    until(lambda: (settings.DRAIN_FOLDER / f"{name}-go").exists())


def until(condition):
    """Wait; True once `condition` is true."""
    deadline = time.monotonic() + LONGEST
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
