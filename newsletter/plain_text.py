"""The text part of mail: HTML read aloud, and lines short enough for every program."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from html.parser import HTMLParser

LONGEST = 225  # characters of a word: at most 900 octets; a line may have 998 (RFC 5322 2.1.1)
WIDTH = 72  # RFC 5322 2.1.1 asks for 78 at most; six are left for the marks of quoting
_BLOCKS = frozenset({"p", "div", "ul", "ol", "dl", "table", "blockquote", "pre", "section", "figure"})
_BLOCKS |= {"h1", "h2", "h3", "h4", "h5", "h6", "caption"}
_LINES = frozenset({"tr", "dt", "dd", "br", "hr"})
_BULLET = re.compile(r"(?:\A|\n) *(?:-|\d+\.) \Z")
_START = re.compile(r"\s*(?:(?:-|\d+\.) )?")


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text = ""
        self._lists: list[int | None] = []  # the last number of each open list; None: a list without numbers
        self._links: list[tuple[str, int]] = []

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        if tag in ("ul", "ol"):
            self._break("\n" if self._lists else "\n\n")
            self._lists.append(0 if tag == "ol" else None)
        elif tag == "li":
            self._item()
        elif tag in ("td", "th"):
            self.text = self.text.rstrip(" ") + ("" if self.text.endswith("\n") else " | ")
        elif tag == "a":
            self._links.append((dict(attrs).get("href") or "", len(self.text)))
        elif tag in _BLOCKS and not _BULLET.search(self.text):
            self._break("\n\n")
        elif tag in _LINES:
            self._break("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("ul", "ol") and self._lists:
            self._lists.pop()
            self._break("\n" if self._lists else "\n\n")
        elif tag == "a" and self._links:
            href, start = self._links.pop()
            if href.startswith(("http", "mailto:")) and href.removeprefix("mailto:") not in self.text[start:]:
                self.text += f" ({href.removeprefix('mailto:')})"
        elif tag in _BLOCKS:
            self._break("\n\n")

    def handle_data(self, data: str) -> None:
        words = re.sub(r"[ \t\r\n]+", " ", data)
        self.text += words.lstrip(" ") if self.text.endswith((" ", "\n")) or not self.text else words

    def _item(self) -> None:
        self._break("\n")
        indent = "  " * (len(self._lists) - 1)
        if self._lists and (last := self._lists[-1]) is not None:
            self._lists[-1] = last + 1
            self.text += f"{indent}{last + 1}. "
        else:
            self.text += f"{indent}- "

    def _break(self, wanted: str) -> None:
        """End the line, unless as many line ends stand there already."""
        self.text = self.text.rstrip(" ")
        have = len(self.text) - len(self.text.rstrip("\n"))
        if self.text:
            self.text += "\n" * max(0, len(wanted) - have)


def text_of(html: str) -> str:
    """Sanitised `html` as text: blank lines between blocks, "- " before items, addresses behind the words of links."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.text.strip()


def wrapped(text: str) -> str:
    """`text` in lines of at most WIDTH columns (longer words, such as addresses, stay whole), one blank line at most."""
    lines = [part for line in text.splitlines() for part in _wrap(line.rstrip())]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"


def _wrap(line: str) -> list[str]:
    if len(line) <= WIDTH:
        return [line]
    start = _START.match(line)
    indent = " " * len(start[0]) if start else ""
    lines = textwrap.wrap(
        line, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
    return [piece[at : at + LONGEST] for piece in lines for at in range(0, len(piece), LONGEST)]
