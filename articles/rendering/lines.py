"""Line numbers that survive Python-Markdown.

Python-Markdown forgets where a piece of text came from. So we put marks, which hold the number of
their line, beside everything that can be wrong (citations, footnotes, images, links, headings, tables …)
before it parses, read them from its tree, and remove them from the result. A mark stands where it does
not change how the text is parsed. Its delimiters are control characters, which `bounds` refuses in
a source, so nobody can forge one.
"""

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

MARK = re.compile("\x0et?([0-9]+)\x0f")
TABLE_MARK = re.compile("\x0et([0-9]+)\x0f")

# A citation, footnote, picture, link, comment or address; but a link not between the brackets of
# [text][label], and an address not inside (<address>).
_INLINE = re.compile(
    r"(?<!\\)((?:\\\\)*)(!\[|\[[@^]|(?<!\])(?<!\] )\[|<!--|(?<!\()<(?=[A-Za-z][A-Za-z0-9+.-]*:))"
)
_FOOTNOTE = re.compile(r"[ >]*\[\^[^\]]*\]:[ ]*")
_LINK_DEFINITION = re.compile(r"[ >]*\[[^\]]*\]:")
_HEADING = re.compile(r"(?:[ >]|[*+:-][ ]|[0-9]{1,9}\.[ ])*#{1,6}[ ]*")
_CITATION = re.compile(r"[ >]*\[@")
_ABBREVIATION = re.compile(r"[ >]*\*\[")
_UNDERLINE = re.compile(r"[ >]*(?:=+|-+)[ ]*")
_SEPARATOR = re.compile(r"[ >|:-]*-[ |:-]*")


def mark(source: str) -> str:
    """`source` (line ends and tabs normalised) with a mark beside everything that can be wrong."""
    lines = source.split("\n")
    following = [*lines[1:], ""]
    return "\n".join(_mark(*item) for item in zip(lines, following, range(1, len(lines) + 1), strict=True))


def unmark(text: str) -> str:
    """`text` without marks."""
    return MARK.sub("", text)


def first_line(text: str, default: int) -> int:
    """The line of the first mark in `text`, `default` when there is none."""
    found = MARK.search(text)
    return int(found[1]) if found else default


def walk(root: Element) -> Iterator[tuple[Element, int]]:
    """Each element in document order with the line of the last mark before it."""
    line = 1
    stack: list[Element | str] = [root]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            line = _last_line(item, line)
            continue
        yield item, line
        line = _last_line(item.text or "", line)
        for child in reversed(item):
            stack += [child.tail, child] if child.tail else [child]


def _last_line(text: str, default: int) -> int:
    marks = MARK.findall(text)
    return int(marks[-1]) if marks else default


def _mark(line: str, following: str, number: int) -> str:
    note = f"\x0e{number}\x0f"
    head, rest = "", line
    if found := _FOOTNOTE.match(line) or _HEADING.match(line):
        head, rest = found[0] + note, line[found.end() :]
    elif _ABBREVIATION.match(line):
        return line + note
    elif _LINK_DEFINITION.match(line) and not _CITATION.match(line):
        return line
    elif "|" in line and "|" in following and _SEPARATOR.fullmatch(following):
        before, pipe, rest = line.partition("|")
        head = f"{before}{pipe}\x0et{number}\x0f"
    elif _UNDERLINE.fullmatch(following) and line.strip() and not line.endswith("}"):
        rest = line + note
    return head + _INLINE.sub(rf"\g<1>{note}\g<2>", rest)
