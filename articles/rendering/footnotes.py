"""Footnotes: `[^label]` and `[^label]: text`. Lettered, so that nobody takes them for references."""

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element, SubElement

from markdown import Markdown
from markdown.extensions.footnotes import FootnoteBlockProcessor
from markdown.inlinepatterns import InlineProcessor
from markdown.treeprocessors import Treeprocessor
from markdown.util import AtomicString

from .draft import Draft
from .lines import MARK, walk

_REFERENCE = r"\[\^([^\[\]]*)\]"
_LABEL = "data-footnote"


class Definitions:
    """The footnotes of one text, by label (in the shape that FootnoteBlockProcessor asks for)."""

    def __init__(self, md: Markdown, draft: Draft) -> None:
        self.parser = md.parser
        self.texts: dict[str, str] = {}
        self.lines: dict[str, int] = {}
        self._draft = draft

    def setFootnote(self, id: str, text: str) -> None:
        """Keep the `text` of the footnote `id`; report a label that was used before."""
        found = MARK.match(text)
        line = int(found[1]) if found else self.lines.get(id, 1)
        if id in self.lines and self.lines[id] != line:
            self._draft.report(line, f"the footnote [^{id}] exists already in line {self.lines[id]}.")
        self.lines.setdefault(id, line)
        self.texts[id] = text[found.end() :] if found else text


class DefinitionBlock(FootnoteBlockProcessor):
    """Finds definitions; a label stays on its line (the original looks for `]` through the whole block)."""

    RE = re.compile(r"^[ ]{0,3}\[\^([^\]\n]*)\]:[ ]*(.*)$", re.MULTILINE)


class ReferencePattern(InlineProcessor):
    """Takes `[^label]` out of the text; they are lettered later, in the order of the document."""

    def handleMatch(self, m: re.Match[str], data: str) -> tuple[Element, int, int]:
        """An empty superscript that remembers its label."""
        return Element("sup", {"class": "footnote-ref", _LABEL: m[1]}), m.start(), m.end()


class FootnoteList(Treeprocessor):
    """Puts the footnotes at the end of the text before inline markup is read."""

    def __init__(self, md: Markdown, definitions: Definitions) -> None:
        super().__init__(md)
        self._definitions = definitions

    def run(self, root: Element) -> None:
        """Append one list item for each definition."""
        if not self._definitions.texts:
            return
        section = SubElement(root, "section", {"class": "footnotes", "aria-label": "Footnotes"})
        notes = SubElement(section, "ol", {"type": "a"})
        for label, text in self._definitions.texts.items():
            content = Element("div")  # list processors treat `li` specially
            self._definitions.parser.parseChunk(content, text)
            SubElement(notes, "li", {_LABEL: label}).extend(list(content))


class FootnoteLetters(Treeprocessor):
    """Letters footnotes in order of first use, links both ways, reports what does not match."""

    def __init__(self, md: Markdown, draft: Draft, definitions: Definitions) -> None:
        super().__init__(md)
        self._draft = draft
        self._definitions = definitions
        self._uses: dict[str, int] = {}

    def run(self, root: Element) -> None:
        """Fill all references, then sort the notes by their letters."""
        inside_links = {sup for link in root.iter("a") for sup in link.iter("sup")}
        section = next((part for part in root if part.get("class") == "footnotes"), None)
        notes = {} if section is None else {note.attrib.pop(_LABEL): note for note in section[0]}
        if section is not None:
            root.remove(section)
        waiting: list[Element] = [root]
        while waiting:
            for sup, line in _references(waiting.pop(0)):
                if sup in inside_links:
                    self._draft.report(line, "a footnote cannot stand inside a link.")
                label = sup.attrib.pop(_LABEL)
                if label not in notes:
                    self._draft.report(line, f"there is no footnote [^{label}].")
                    continue
                if label not in self._uses:
                    waiting.append(notes[label])  # may itself refer to footnotes
                self._link(sup, label)
        for label in notes.keys() - self._uses.keys():
            self._draft.report(self._definitions.lines[label], f"the footnote [^{label}] is never used.")
        if section is not None:
            root.append(section)
            section[0][:] = [self._with_backlinks(notes[label], label) for label in self._uses]

    def _link(self, sup: Element, label: str) -> None:
        self._uses[label] = self._uses.get(label, 0) + 1
        number = list(self._uses).index(label) + 1
        target = {"href": f"#fn-{number}", "id": f"fnref-{number}-{self._uses[label]}"}
        link = SubElement(sup, "a", target | {"aria-label": f"Footnote {letter(number)}"})
        link.text = AtomicString(letter(number))

    def _with_backlinks(self, note: Element, label: str) -> Element:
        number = list(self._uses).index(label) + 1
        note.set("id", f"fn-{number}")
        last = note[-1] if len(note) and note[-1].tag == "p" else SubElement(note, "p")
        for use in range(1, self._uses[label] + 1):
            name = f"Back to footnote {letter(number)}" + (f", use {use}" if use > 1 else "")
            attributes = {"href": f"#fnref-{number}-{use}", "class": "footnote-back", "aria-label": name}
            link = Element("a", attributes)
            link.text = AtomicString("↩")
            _append(last, " ", link)
        return note


def letter(number: int) -> str:
    """a, b … z, aa, ab …: as browsers letter `<ol type="a">`."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("a") + rest) + letters
    return letters


def _references(root: Element) -> Iterator[tuple[Element, int]]:
    return ((sup, line) for sup, line in walk(root) if sup.tag == "sup" and _LABEL in sup.attrib)


def _append(parent: Element, space: str, child: Element) -> None:
    if len(parent):
        parent[-1].tail = (parent[-1].tail or "") + space
    else:
        parent.text = (parent.text or "") + space
    parent.append(child)


def register(md: Markdown, draft: Draft) -> None:
    """Definitions before link references (15), the list before inline markup (20), letters after it."""
    definitions = Definitions(md, draft)
    md.parser.blockprocessors.register(DefinitionBlock(definitions), "footnote", 17)
    md.inlinePatterns.register(ReferencePattern(_REFERENCE, md), "footnote", 175)
    md.treeprocessors.register(FootnoteList(md, definitions), "footnote", 50)
    md.treeprocessors.register(FootnoteLetters(md, draft, definitions), "footnote-letters", 16)
