"""Secrets of development: made once, kept in `.data`, readable by their owner only."""

import contextlib
import os
import re
import secrets
import tempfile
from pathlib import Path

from portal.local.places import LocalError, data_folder

BYTES = 48  # of chance; base64 makes 64 characters of them
SHORTER = {"DEMO_PASSWORD": 9}  # people type it: twelve characters


def kept(name: str, folder: Path | None = None) -> str:
    """Return the secret `name`: from the environment, else the one kept, else a new one that is kept.

    name    as in the environment, such as "SECRET_KEY"
    folder  where to keep it; default `.data`
    raises  ValueError for a name that is not made of capitals and underscores,
            LocalError if the folder is not ours
    """
    if not re.fullmatch(r"[A-Z][A-Z_]*", name):
        raise ValueError(f"not the name of a secret: {name!r}")
    if given := os.environ.get(name):
        return given
    path = (folder or data_folder()) / name.lower()
    try:
        if not path.exists():
            _write_once(path, secrets.token_urlsafe(SHORTER.get(name, BYTES)))
        return path.read_text().strip()
    except PermissionError as error:
        raise LocalError(f"{path.parent} belongs to another account. Run as that one.") from error


def _write_once(path: Path, text: str) -> None:
    """Write `path` completely or not at all; if another process was first, its text stays."""
    descriptor, draft = tempfile.mkstemp(dir=path.parent)  # 0600 from the start
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(f"{text}\n")
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        os.unlink(draft)
