"""Plain text and the list of contents, read from finished HTML."""

from collections.abc import Sequence
from html.parser import HTMLParser
from typing import Any

_BLOCKS = frozenset(
    {"p", "li", "dt", "dd", "pre", "hr", "br", "caption", "tr", "th", "td", "blockquote", "figure", "div"}
    | {"h2", "h3", "h4", "h5", "h6", "section"}
)
_SILENT = frozenset({"citation", "footnote-ref", "footnote-back"})


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text: list[str] = []
        self.headings: list[tuple[str, str, list[str]]] = []
        self._in_heading = False
        self._silent: str | None = None

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if self._silent is None and values.get("class") in _SILENT:
            self._silent = tag
        if tag in _BLOCKS:
            self.text.append("\n")
        if tag in ("h2", "h3"):
            self._in_heading = True
            self.headings.append((tag, values.get("id") or "", []))

    def handle_endtag(self, tag: str) -> None:
        if tag == self._silent:
            self._silent = None
        if tag in _BLOCKS:
            self.text.append("\n")
        if tag in ("h2", "h3"):
            self._in_heading = False

    def handle_data(self, data: str) -> None:
        if self._silent is not None:
            return
        self.text.append(data.replace("\n", " "))
        if self._in_heading:
            self.headings[-1][2].append(data)


def outline(html: str) -> tuple[str, list[dict[str, Any]]]:
    """The plain text of `html` (one line for each block, no numbers of notes) and its contents.

    html     what `sanitiser.clean` returned
    returns  the text, and nested {"id", "title", "children"} for h2 and h3
    """
    reader = _Reader()
    reader.feed(html)
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.text).split("\n"))
    contents: list[dict[str, Any]] = []
    for tag, anchor, title in reader.headings:
        entry = {"id": anchor, "title": " ".join("".join(title).split()), "children": []}
        siblings = contents[-1]["children"] if tag == "h3" and contents else contents
        siblings.append(entry)
    return "\n".join(line for line in lines if line), contents
