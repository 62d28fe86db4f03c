"""Numbers as they are set in print: `16.2 months` stays on one line, `0.46-0.68` gets a dash, `-3` a minus.

Deliberately narrow. A range is two numbers with at most three digits before the point, touched by
nothing that makes an identifier: dates, registry numbers, DOIs and telephone numbers stay as they are.
"""

import re
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.treeprocessors import Treeprocessor
from markdown.util import AtomicString

UNITS = (
    "%", "minutes", "minute", "hours", "hour", "days", "day", "weeks", "week", "months", "month", "years",
    "year", "cycles", "cycle", "kg", "g", "mg", "µg", "μg", "ng", "L", "dL", "mL", "mm", "cm", "mmol", "Gy",
)  # fmt: skip

_NUMBER = r"[0-9]{1,3}(?:,[0-9]{3})*(?:\.[0-9]+)?"
_UNIT = re.compile(rf"(?<=[0-9])[ \n](?=(?:{'|'.join(UNITS)})(?!\w))")
_RANGE = re.compile(rf"(?<![\w.,:/=&#@+\-–\x02\x0e])({_NUMBER}%?)-({_NUMBER})(?![\w/\-–]|[.,:@][\w/])")
_MINUS = re.compile(r"(?<![^\s(\[])-(?=[0-9])")


def set_numbers(text: str) -> str:
    """`text` with non-breaking spaces before units, en dashes in ranges and true minus signs."""
    text = _UNIT.sub("\u00a0", text)
    text = _RANGE.sub("\\1\u2013\\2", text)
    return _MINUS.sub("\u2212", text)


_TAG = r'<[^>"]*(?:"[^"]*"[^>"]*)*>'
_TAG_OR_WHOLE = re.compile(rf"{_TAG}|((?<![\w.–-])[0-9][0-9.,]*%?–[0-9](?:[0-9.,]*[0-9])?%?(?![\w–-]))")


def keep_whole(html: str) -> str:
    """Sanitised `html` whose intervals and ranges never part at the end of a line."""
    return _TAG_OR_WHOLE.sub(
        lambda found: f'<span class="nowrap">{found[1]}</span>' if found[1] else found[0], html
    )


class Typography(Treeprocessor):
    """Applies `set_numbers` to everything but code and addresses."""

    def run(self, root: Element) -> None:
        """Code and automatic links are AtomicString, which Python-Markdown leaves alone too."""
        for element in root.iter():
            if element.text and element.tag != "code" and not isinstance(element.text, AtomicString):
                element.text = set_numbers(element.text)
            if element.tail and not isinstance(element.tail, AtomicString):
                element.tail = set_numbers(element.tail)


def register(md: Markdown) -> None:
    """After attribute lists (8), before abbreviations (7) cut the text into pieces."""
    md.treeprocessors.register(Typography(md), "typography", 7.5)
