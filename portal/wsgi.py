"""The entry point of the web server."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

handler = get_wsgi_application()

from portal.pagecache.front import Front  # noqa: E402  (only now are the apps there)

application = Front(handler)
