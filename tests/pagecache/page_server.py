"""A process that serves pages on command: reads [path, attestation cookie], prints the page and how many were made."""

import json
import sys

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.test import Client  # noqa: E402

from portal.pagecache.store import pages  # noqa: E402


def main():
    settings.ALLOWED_HOSTS = ["testserver"]
    for line in sys.stdin:
        path, cookie = json.loads(line)
        client = Client()
        client.cookies["attestation"] = cookie
        text = client.get(path).content.decode()
        print(json.dumps({"text": text, "made": len(pages)}), flush=True)


if __name__ == "__main__":
    main()
