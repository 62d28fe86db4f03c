"""Static files of production: collected, named by their content and compressed, when they have changed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.files.storage import Storage
from django.core.management import call_command

NOTE = ".collected-from"  # in STATIC_ROOT: what lies there was made from this


def collect() -> bool:
    """Collect the static files unless what lies in STATIC_ROOT was made from the same. Returns whether it did."""
    note, sources = Path(str(settings.STATIC_ROOT), NOTE), fingerprint()
    if note.exists() and note.read_text() == sources:
        return False
    age_copies()
    call_command("collectstatic", interactive=False, verbosity=0)
    note.write_text(sources)
    return True


def age_copies() -> None:
    """Let every copy look older than its source: collectstatic goes by seconds, and an older release has older files."""
    for path, _ in static_files():
        copy = Path(str(settings.STATIC_ROOT), path)
        if copy.exists():
            os.utime(copy, (0, 0))


def fingerprint() -> str:
    """The same as long as no static file of the site or its packages changes; reading all takes a tenth of a second."""
    digest = sha256(settings.STORAGES["staticfiles"]["BACKEND"].encode())
    for path, storage in static_files():
        with storage.open(path) as file:
            digest.update(f"{path}:{sha256(file.read()).hexdigest()}\n".encode())
    return digest.hexdigest()


def static_files() -> Iterator[tuple[str, Storage]]:
    """(path, storage) of each static file of the site and its packages."""
    for finder in get_finders():
        yield from finder.list([])
