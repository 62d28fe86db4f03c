"""Templates without the indentation that is for those who write them."""

from __future__ import annotations

import re

from django.template import Origin
from django.template.loaders import filesystem

INDENTATION = re.compile(r"\n[ \t]+")
KEEPS_SPACES = re.compile(r"<(?:pre|textarea)\b", re.IGNORECASE)


class Loader(filesystem.Loader):
    """Our own templates. What begins a line of HTML is left out, unless it is text set as it stands.

    A reader's page is three per cent smaller, and less is written for each. Lines keep their numbers.
    """

    def get_contents(self, origin: Origin) -> str:
        text = str(super().get_contents(origin))
        if not str(origin.template_name).endswith(".html") or KEEPS_SPACES.search(text):
            return text
        return INDENTATION.sub("\n", text)
