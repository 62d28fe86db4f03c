"""The little HTML that a source may contain: sup, sub, em, strong, abbr, br. Comments vanish.

Everything else is text: Python-Markdown's own HTML processors are not used, so a tag that is not
recognised here is escaped and shown. What is recognised becomes an element of the tree: it is always closed.
"""

import re
from html import unescape
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.inlinepatterns import InlineProcessor, SubstituteTagInlineProcessor

TAGS = ("strong", "em", "abbr", "sup", "sub")
UNCLOSED_COMMENT = "data-unclosed-comment"

Match = tuple[Element | str | None, int | None, int | None]
NO_MATCH: Match = (None, None, None)


class InlineTag(InlineProcessor):
    """`<tag>…</tag>` without attributes, except the title of an abbreviation."""

    def __init__(self, tag: str, md: Markdown) -> None:
        title = r'\s+title="([^"<>]*)"\s*' if tag == "abbr" else "()"
        super().__init__(f"(?i)<{tag}{title}>", md)
        self._tag = tag
        self._closing = re.compile(f"</{tag}>", re.IGNORECASE)
        self._without_closing: str | None = None

    def handleMatch(self, m: re.Match[str], data: str) -> Match:
        """The element up to the next closing tag; nothing when there is none."""
        if data is self._without_closing:  # else thousands of opening tags would each scan to the end
            return NO_MATCH
        closing = self._closing.search(data, m.end())
        if closing is None:
            self._without_closing = data
            return NO_MATCH
        element = Element(self._tag)
        element.text = data[m.end() : closing.start()]
        if m[1]:
            element.set("title", unescape(self.unescape(m[1])))
        return element, m.start(), closing.end()


class Comment(InlineProcessor):
    """`<!-- … -->` within a paragraph: dropped. One without an end becomes an element to report."""

    def handleMatch(self, m: re.Match[str], data: str) -> Match:
        """An empty text instead of the comment."""
        end = data.find("-->", m.end())
        if end < 0:
            return Element("span", {UNCLOSED_COMMENT: ""}), m.start(), len(data)
        return "", m.start(), end + len("-->")


def register(md: Markdown) -> None:
    """Use these instead of Python-Markdown's processors for raw HTML."""
    md.preprocessors.deregister("html_block")
    md.inlinePatterns.deregister("html")
    md.inlinePatterns.register(Comment("<!--", md), "comment", 185)
    for position, tag in enumerate(TAGS):
        md.inlinePatterns.register(InlineTag(tag, md), f"html_{tag}", 95 - position)
    md.inlinePatterns.register(SubstituteTagInlineProcessor(r"(?i)<br\s?/?>", "br"), "html_br", 90)
