"""Headings, links and pictures: gives headings their ids, reports what would harm readers."""

import re
import unicodedata
from html import unescape
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.treeprocessors import Treeprocessor
from markdown.util import AMP_SUBSTITUTE, HTML_PLACEHOLDER_RE

from .draft import Draft
from .inline_html import UNCLOSED_COMMENT
from .lines import first_line, unmark, walk
from .links import is_external, is_media_path, is_safe_link

_HEADING = re.compile(r"h[1-6]")
_NOTES = frozenset({"citation", "footnote-ref"})


class Structure(Treeprocessor):
    """Looks at the finished tree, in document order."""

    def __init__(self, md: Markdown, draft: Draft) -> None:
        super().__init__(md)
        self._draft = draft
        self._level = 1  # the page's title
        self._ids: set[str] = set()

    def run(self, root: Element) -> None:
        """Check each element with the line where it stands."""
        for element, line in walk(root):
            if _HEADING.fullmatch(element.tag):
                self._heading(element, first_line("".join(element.itertext()), line))
            elif element.tag == "a":
                self._link(element, line)
            elif element.tag == "img":
                self._image(element, line)
            elif UNCLOSED_COMMENT in element.attrib:
                self._draft.report(line, "this comment needs its end --> before the next empty line.")

    def _heading(self, element: Element, line: int) -> None:
        level, title = int(element.tag[1]), unmark(_title(element)).strip()
        if level == 1:
            self._draft.report(line, "use “## …” for headings: the title of the article is the only “#”.")
            return
        if level > self._level + 1:
            hashes = "#" * (self._level + 1)
            self._draft.report(line, f"this heading skips a level: at most “{hashes} …” can follow here.")
        if not title:
            self._draft.report(line, "this heading has no text.")
        self._level = level
        element.set("id", self._unique(f"sec-{_slug(title)}"))

    def _link(self, element: Element, line: int) -> None:
        href = _resolved(element.get("href", ""))
        if not is_safe_link(href):
            message = "a link must begin with https://, http://, mailto:, / or # and contain no spaces."
            self._draft.report(line, message)
        elif is_external(href):
            element.set("rel", "noopener")

    def _image(self, element: Element, line: int) -> None:
        if not _resolved(element.get("alt", "")).strip():
            self._draft.report(line, "an image needs a text for those who cannot see it: ![text](…).")
        if not is_media_path(_resolved(element.get("src", ""))):
            self._draft.report(line, "an image must be one of this site: its address begins with /media/.")
        element.set("loading", "lazy")

    def _unique(self, wanted: str) -> str:
        found, count = wanted, 1
        while found in self._ids:
            count += 1
            found = f"{wanted}-{count}"
        self._ids.add(found)
        return found


def _title(element: Element) -> str:
    parts = [element.text or ""]
    for child in element:
        parts += ["" if child.get("class") in _NOTES else _title(child), child.tail or ""]
    return HTML_PLACEHOLDER_RE.sub("", "".join(parts))


def _slug(title: str) -> str:
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].strip("-") or "section"


def _resolved(value: str) -> str:
    return unescape(unmark(value).replace(AMP_SUBSTITUTE, "&"))


def register(md: Markdown, draft: Draft) -> None:
    """Last of all (escapes are resolved at 0), so that nothing changes after the checks."""
    md.treeprocessors.register(Structure(md, draft), "structure", -5)
