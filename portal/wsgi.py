"""The entry point of the web server."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

handler = get_wsgi_application()

from django.conf import settings  # noqa: E402  (only now are they there)
from django.db import connections  # noqa: E402

from portal.pagecache.front import Front  # noqa: E402

# No page holds a thread for ever: a statement that waits that long is given up, and the answer is 503. The worker and
# commands, which take their time, are not bound.
bound = f"-c statement_timeout={settings.PAGE_SECONDS * 1000}"
for database in connections.settings.values():
    options = database["OPTIONS"]
    options["options"] = f"{options['options']} {bound}" if "options" in options else bound

application = Front(handler)
