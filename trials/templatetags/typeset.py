"""Texts about trials as they are set in print."""

from __future__ import annotations

import re

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from trials import printing

register = template.Library()

# An interval or a range, and a short name that ends in a number: "0.49–0.77", "DREAMM-7".
WHOLE = re.compile(
    r"((?<![\w–-])(?:[0-9][0-9.,]*%?[–-][0-9][0-9.,]*%?|[A-Za-z]\w{0,14}-[0-9]{1,4})(?![\w–-]))"
)


@register.filter
def unbroken(text: str) -> SafeString:
    """`text` with raised powers and dashes in ranges, whose intervals and names never part at the end of a line."""
    pieces = WHOLE.split(printing.typeset(str(text)))
    return format_html_join(
        "",
        "{}",
        (
            (format_html('<span class="nowrap">{}</span>', piece) if number % 2 else piece,)
            for number, piece in enumerate(pieces)
        ),
    )
