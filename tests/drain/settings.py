"""The portal with a page and a mail server that wait until a test lets them go on."""

import os
from pathlib import Path

from portal.settings import *  # noqa: F403
from portal.settings import positive

ROOT_URLCONF = "tests.drain.urls"
OUTBOX_DELIVERY_BACKEND = "tests.drain.mail.Backend"
DRAIN_FOLDER = Path(os.environ["DRAIN_FOLDER"])
DRAIN_SECONDS = positive("DRAIN_SECONDS", 60)
ALLOWED_HOSTS = ["127.0.0.1"]
