"""Citations: `[@key]`, `[@one; @two]`, `[@key, p. 3]` become numbered links to the reference list."""

import re
from xml.etree.ElementTree import Element, SubElement

from markdown import Markdown
from markdown.inlinepatterns import InlineProcessor
from markdown.treeprocessors import Treeprocessor
from markdown.util import AtomicString

from .draft import Draft
from .lines import unmark, walk

_CITATION = r"\[@([^\[\]]*)(\]?)"
_PART = re.compile(r"@([A-Za-z0-9][\w:.-]*)\s*(?:,\s*(\S.*))?", re.DOTALL)
_RAW = "data-citation"
_SPACE_BEFORE = re.compile(r"[ \n]+((?:\x0e[0-9]+\x0f)*)$")
_NUMBERED = frozenset({"citation", "footnote-ref"})
_PLACEHOLDER = re.compile("[\x02\x03]")

MALFORMED = "write a citation as [@key], [@one; @two] or [@key, p. 3] (for a plain bracket: \\[@)."


class CitationPattern(InlineProcessor):
    """Takes citations out of the text; they are numbered later, in the order of the document."""

    def handleMatch(self, m: re.Match[str], data: str) -> tuple[Element, int, int]:
        """An empty superscript that remembers what was written (nothing when the bracket is open)."""
        return Element("sup", {"class": "citation", _RAW: f"@{m[1]}" if m[2] else ""}), m.start(), m.end()


class CitationNumbers(Treeprocessor):
    """Numbers citations in order of first use and reports those that lead nowhere."""

    def __init__(self, md: Markdown, draft: Draft) -> None:
        super().__init__(md)
        self._draft = draft
        self._numbers: dict[str, int] = {}

    def run(self, root: Element) -> None:
        """Fill every citation of the tree."""
        inside_links = {sup for link in root.iter("a") for sup in link.iter("sup")}
        for element, line in walk(root):
            if _RAW not in element.attrib:
                continue
            if element in inside_links:
                self._draft.report(line, "a citation cannot stand inside a link.")
            self._fill(element, element.attrib.pop(_RAW), line)
        for element in root.iter():
            _attach_numbers(element)

    def _fill(self, sup: Element, written: str, line: int) -> None:
        parts = [_PART.fullmatch(part.strip()) for part in unmark(written).split(";")]
        if _PLACEHOLDER.search(written) or not all(parts):
            self._draft.report(line, MALFORMED)
            return
        for part in filter(None, parts):
            key, locator = part.groups()
            if key not in self._draft.reference_keys:
                self._draft.report(line, f"there is no reference with the key “{key}”.")
                continue
            self._add_link(sup, key, " ".join((locator or "").split()))

    def _add_link(self, sup: Element, key: str, locator: str) -> None:
        number = self._numbers.setdefault(key, len(self._numbers) + 1)
        uses = self._draft.citations[key] = self._draft.citations.get(key, 0) + 1
        if len(sup):
            sup[-1].tail = AtomicString((sup[-1].tail or "") + ", ")
        link = SubElement(sup, "a", {"href": f"#ref-{number}", "id": f"cite-{number}-{uses}"})
        link.set("aria-label", f"Reference {number}" + (f", {locator}" if locator else ""))
        link.text = AtomicString(str(number))
        if locator:
            link.tail = AtomicString(f" ({locator})")


def _attach_numbers(parent: Element) -> None:
    """Remove the space before a superscript number; part neighbours, lest 1 and 2 read as 12."""
    previous: Element | None = None
    for child in parent:
        if child.get("class") in _NUMBERED:
            if previous is None:
                parent.text = _SPACE_BEFORE.sub(r"\1", parent.text or "")
            else:
                previous.tail = _SPACE_BEFORE.sub(r"\1", previous.tail or "")
                if previous.get("class") in _NUMBERED and len(previous) and not unmark(previous.tail):
                    previous[-1].tail = AtomicString((previous[-1].tail or "") + ", ")
        previous = child


def register(md: Markdown, draft: Draft) -> None:
    """Citations come after code and escapes (180), before links (170); numbers after footnotes (16)."""
    md.inlinePatterns.register(CitationPattern(_CITATION, md), "citation", 176)
    md.treeprocessors.register(CitationNumbers(md, draft), "citation", 15)
