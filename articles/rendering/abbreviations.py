"""Abbreviations: `*[PFS]: progression-free survival` explains every PFS in the text."""

import re
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.blockprocessors import BlockProcessor
from markdown.treeprocessors import Treeprocessor
from markdown.util import AtomicString

from .draft import Draft
from .lines import first_line, unmark

_DEFINITION = re.compile(r"^[ ]{0,3}\*\[([^\[\]\n]+)\][ ]?:[ ]*(.*)(?:\n|$)", re.MULTILINE)
_SKIPPED = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "code", "pre"})
_NUMBERED = frozenset({"citation", "footnote-ref"})


class DefinitionBlock(BlockProcessor):
    """Takes all definitions of a block at once (the original needs one pass for each)."""

    def __init__(self, md: Markdown, draft: Draft, expansions: dict[str, str]) -> None:
        super().__init__(md.parser)
        self._draft = draft
        self._expansions = expansions

    def test(self, parent: Element, block: str) -> bool:
        """Whether the block holds a definition."""
        return _DEFINITION.search(block) is not None

    def run(self, parent: Element, blocks: list[str]) -> None:
        """Keep the definitions, leave the rest."""
        rest = _DEFINITION.sub(self._define, blocks.pop(0))
        if rest.strip():
            blocks.insert(0, rest.strip("\n"))

    def _define(self, found: re.Match[str]) -> str:
        line = first_line(found[0], 1)
        short, long = unmark(found[1]).strip(), " ".join(unmark(found[2]).split())
        if not short or not long:
            self._draft.report(line, "write an abbreviation as *[PFS]: progression-free survival.")
        elif self._expansions.setdefault(short, long) != long:
            self._draft.report(line, f"“{short}” is already explained as “{self._expansions[short]}”.")
        return ""


class Abbreviations(Treeprocessor):
    """Wraps abbreviations; the first that can be reached by keyboard takes part in the tab order."""

    def __init__(self, md: Markdown, draft: Draft, expansions: dict[str, str]) -> None:
        super().__init__(md)
        self._draft = draft
        self._expansions = expansions
        self._focusable: set[str] = set()
        self._pattern: re.Pattern[str] | None = None

    def run(self, root: Element) -> None:
        """Wrap in document order. The control characters are Python-Markdown's placeholders and our marks."""
        if self._expansions:
            longest_first = sorted(self._expansions, key=len, reverse=True)
            alternatives = "|".join(re.escape(short) for short in longest_first)
            self._pattern = re.compile(f"(?<![\\w\x02\x0e])(?:{alternatives})(?![\\w\x03\x0f])")
        self._visit(root, in_link=False)

    def _visit(self, element: Element, *, in_link: bool) -> None:
        if element.tag == "abbr":
            self._use(element, "".join(element.itertext()), element.get("title", ""), in_link)
        if element.tag in _SKIPPED or element.tag == "abbr" or element.get("class") in _NUMBERED:
            return
        in_link = in_link or element.tag == "a"
        element.text, content = self._split(element.text, in_link)
        for child in list(element):
            self._visit(child, in_link=in_link)
            child.tail, found = self._split(child.tail, in_link)
            content += [child, *found]
        element[:] = content

    def _split(self, text: str | None, in_link: bool) -> tuple[str | None, list[Element]]:
        if not text or self._pattern is None or isinstance(text, AtomicString):
            return text, []
        found: list[Element] = []
        before, end = text, len(text)
        for match in reversed(list(self._pattern.finditer(text))):
            wrapped = Element("abbr", {"title": self._expansions[match[0]]})
            wrapped.text = AtomicString(match[0])
            wrapped.tail = text[match.end() : end]
            before, end = text[: match.start()], match.start()
            found.insert(0, wrapped)
        for wrapped in found:
            self._use(wrapped, wrapped.text or "", wrapped.get("title", ""), in_link)
        return before, found

    def _use(self, element: Element, short: str, long: str, in_link: bool) -> None:
        if long:
            self._draft.abbreviations.setdefault(unmark(short), long)
        if long and not in_link and short not in self._focusable:
            self._focusable.add(short)
            element.set("tabindex", "0")


def register(md: Markdown, draft: Draft) -> None:
    """Definitions before lists (40), which also begin with a star; wrapping after typography (7.5)."""
    expansions: dict[str, str] = {}
    md.parser.blockprocessors.register(DefinitionBlock(md, draft, expansions), "abbr", 45)
    md.treeprocessors.register(Abbreviations(md, draft, expansions), "abbr", 7)
