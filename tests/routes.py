"""Every address of the site, read from the resolver."""

import re
from typing import NamedTuple

from django.urls import URLPattern, get_resolver

# What stands in for each kind of part in an address.
SAMPLES = {"slug": "no-such-thing", "int": "9" * 19, "uuid": "0" * 8 + "-0000-4000-8000-" + "0" * 12}


class Route(NamedTuple):
    path: str
    view: object
    namespaces: list

    @property
    def example(self):
        """A well-formed address of this route that leads to no row."""
        if "(?P" in self.path:  # the admin's two regular expressions
            return self.path.partition("^")[0].partition("(")[0] + "no-such-thing/"
        return re.sub(r"<(?:(\w+):)?\w+>", lambda part: SAMPLES.get(part[1], "no-such-thing"), self.path)


def walk(patterns=None, prefix="/", namespaces=()):
    """All routes below `patterns` (default: of the whole site), with what is nested in includes."""
    routes = []
    for entry in get_resolver().url_patterns if patterns is None else patterns:
        path = prefix + str(entry.pattern)
        if isinstance(entry, URLPattern):
            routes.append(Route(path, entry.callback, list(namespaces)))
        else:
            inner = [*namespaces, entry.namespace] if entry.namespace else namespaces
            routes += walk(entry.url_patterns, path, inner)
    return routes
