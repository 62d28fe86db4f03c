"""Placements: a line `[[results optimismm final-os]]` stands for a part that somebody else makes.

The part may hold what the sanitiser would remove (a drawing), so it enters after it: until then a mark of two
private-use characters keeps its place.
"""

import re
from xml.etree.ElementTree import Element, SubElement

from markdown import Markdown
from markdown.blockprocessors import BlockProcessor
from markdown.util import AtomicString

from .draft import Draft
from .lines import first_line, unmark

_LINE = re.compile(r"\[\[([^\[\]\n]+)\]\]")
_PLACE = re.compile("<p>\ue002([0-9]+)\ue003</p>\n?")


class PlacementBlock(BlockProcessor):
    """Takes the line out of the text and asks for its part."""

    def __init__(self, md: Markdown, draft: Draft) -> None:
        super().__init__(md.parser)
        self._draft = draft

    def test(self, parent: Element, block: str) -> bool:
        """Whether the whole block is one placement."""
        return _LINE.fullmatch(unmark(block).strip()) is not None

    def run(self, parent: Element, blocks: list[str]) -> None:
        """Keep its place, or report why there can be none."""
        block = blocks.pop(0)
        found = _LINE.fullmatch(unmark(block).strip())
        words = found[1].split() if found else []
        line = first_line(block, 1)
        if self._draft.place is None:
            self._draft.report(line, "trials and their results can be placed in articles only.")
            return
        try:
            part = self._draft.place(words)
        except ValueError as error:
            self._draft.report(line, str(error))
            return
        place = SubElement(parent, "p")
        place.text = AtomicString(f"\ue002{len(self._draft.placed)}\ue003")
        self._draft.placed.append(part)


def fill(html: str, placed: list[str]) -> str:
    """Finished `html` with the parts in their places; without parts, their places closed."""
    return _PLACE.sub(lambda found: placed[int(found[1])] if int(found[1]) < len(placed) else "", html)


def register(md: Markdown, draft: Draft) -> None:
    """Before link definitions (15) and paragraphs (10), after code and lists."""
    md.parser.blockprocessors.register(PlacementBlock(md, draft), "placement", 25)
