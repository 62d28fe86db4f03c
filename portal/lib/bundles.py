"""Style sheets and scripts that are written in several files and sent as one: settings.STATIC_BUNDLES.

There is no build step: collectstatic, and in development each request, finds the joined file through this finder. One
file compresses a third better than its parts and is asked for once.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.checks import CheckMessage
from django.core.files.storage import FileSystemStorage, Storage

COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
# Modules that are joined have one scope, so that none need be brought in; a line of nothing but a comment says nothing.
BETWEEN_MODULES = re.compile(r"^import .*$|^export (?=\w)|^\s*//.*$", re.MULTILINE)


def shortened(text: str, suffix: str) -> str:
    """A part of a bundle of `suffix` (".css", ".js") without comments, indentation and empty lines: none of ours quotes them."""
    text = (COMMENT if suffix == ".css" else BETWEEN_MODULES).sub("", text)
    lines = (line.strip() for line in text.splitlines())
    return "".join(f"{line}\n" for line in lines if line)


class BundleFinder(finders.BaseFinder):
    """Finds each bundle, joined again if one of its parts has changed."""

    def __init__(self, app_names: Iterable[str] | None = None, *args: Any, **kwargs: Any) -> None:
        self.storage = FileSystemStorage(location=settings.DATA_DIR / "bundles", base_url=settings.STATIC_URL)

    def check(self, **kwargs: Any) -> list[CheckMessage]:
        return []

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        if path not in settings.STATIC_BUNDLES:
            return []
        joined = str(self.join(path))
        return [joined] if find_all else joined

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, Storage]]:
        for path in settings.STATIC_BUNDLES:
            self.join(path)
            yield path, self.storage

    def join(self, path: str) -> Path:
        """Write the bundle called `path` from its parts, in their order; returns where it lies."""
        target = Path(self.storage.path(path))
        parts = [Path(str(finders.find(part))).read_text() for part in settings.STATIC_BUNDLES[path]]
        text = "".join(shortened(part, target.suffix) for part in parts)
        if not target.exists() or target.read_text() != text:
            target.parent.mkdir(parents=True, exist_ok=True)
            with NamedTemporaryFile("w", dir=target.parent, delete=False) as file:
                file.write(text)
            os.chmod(file.name, 0o644)
            os.replace(file.name, target)  # whoever reads meanwhile has the old one or the new
        return target
