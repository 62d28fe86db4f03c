"""Which addresses a text may point to."""

import re

_LINK = re.compile(r"(?:https?://[^\s/]|mailto:[^\s@]+@|/(?![/\\])|#)[^\s\x00-\x1f\\]*|/", re.IGNORECASE)
_EXTERNAL = re.compile(r"https?:", re.IGNORECASE)
_MEDIA = re.compile(r"/media/\w[\w./@+-]*")


def is_safe_link(url: str) -> bool:
    """Whether `url` (entities resolved) is http, https, mailto, a path of this site or a fragment."""
    return _LINK.fullmatch(url) is not None


def is_external(url: str) -> bool:
    """Whether `url` leaves this site."""
    return _EXTERNAL.match(url) is not None


def is_media_path(url: str) -> bool:
    """Whether `url` is a file under /media/: pictures never come from a third party."""
    return _MEDIA.fullmatch(url) is not None and ".." not in url
