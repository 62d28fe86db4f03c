"""What the HTML of a mail holds, and whether mail programs understand it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser

# Read by Gmail, Apple Mail and Outlook alike, or ignored without harm (Outlook lays out with Word's engine, which
# knows neither rounded corners nor a greatest width).
PROPERTIES = frozenset(
    {"background", "background-color", "color", "width", "height", "max-width", "min-width"}
    | {"border", "border-color", "border-collapse", "border-radius", "border-spacing"}
    | {f"border-{side}" for side in ("top", "right", "bottom", "left")}
    | {f"{box}{side}" for box in ("margin", "padding") for side in ("", "-top", "-right", "-bottom", "-left")}
    | {"font", "font-family", "font-size", "font-style", "font-weight", "line-height", "letter-spacing"}
    | {"text-align", "text-decoration", "text-transform", "vertical-align", "white-space", "word-break"}
    | {"display", "list-style", "list-style-type", "color-scheme"}
)
DISPLAYS = frozenset({"block", "inline", "inline-block", "none", "table", "table-cell", "table-row"})
FUNCTIONS = re.compile(r"\b([a-z-]+)\(")
COLOURS = frozenset({"rgb", "rgba"})
MEDIA = re.compile(r"@media (only screen and )?\((prefers-color-scheme: dark|max-width: [0-9]+px)\)")
# Words go on across them.
INLINE = frozenset({"a", "abbr", "b", "code", "em", "i", "span", "strong", "sub", "sup"})
ACTIVE = frozenset(
    {"script", "form", "input", "button", "select", "textarea", "iframe", "object", "embed", "link", "base"}
    | {"audio", "video", "svg", "math", "source", "template"}
)


@dataclass
class Found:
    """Of one HTML part.

    text    what is read, in its order, words separated by one space
    links   addresses of links
    images  (address, alternative text or None) of each picture
    styles  the declarations of each `style` attribute
    sheets  the text of each style sheet
    active  names of elements that do something or load something, and of attributes that run script
    """

    text: str = ""
    links: list[str] = field(default_factory=list)
    images: list[tuple[str, str | None]] = field(default_factory=list)
    styles: list[str] = field(default_factory=list)
    sheets: list[str] = field(default_factory=list)
    active: list[str] = field(default_factory=list)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found = Found()
        self._silent = ""

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self._separate(tag)
        if tag in ("style", "title"):
            self._silent = tag
        if tag == "a" and "href" in values:
            self.found.links.append(values["href"])
        if tag == "img":
            self.found.images.append((values.get("src", ""), values.get("alt")))
        if "style" in values:
            self.found.styles.append(values["style"])
        self.found.active += [tag] if tag in ACTIVE else []
        self.found.active += [name for name in values if name.startswith("on")]

    def handle_endtag(self, tag: str) -> None:
        self._separate(tag)
        if tag == self._silent:
            self._silent = ""

    def handle_data(self, data: str) -> None:
        if self._silent == "style":
            self.found.sheets.append(data)
        elif not self._silent:
            self.found.text += data

    def _separate(self, tag: str) -> None:
        self.found.text += "" if tag in INLINE else " "


def read(html: str) -> Found:
    """What `html`, a whole page, holds."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    reader.found.text = " ".join(reader.found.text.split())
    return reader.found


def unsupported(found: Found) -> list[str]:
    """The CSS of `found` that mail programs do not understand, each thing once."""
    problems = [problem for style in found.styles for problem in _declarations(style)]
    problems += [problem for sheet in found.sheets for problem in _sheet(sheet)]
    return list(dict.fromkeys(problems))


def _sheet(css: str) -> Iterator[str]:
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    for rule in re.findall(r"@[^{;]*", css):
        if not MEDIA.fullmatch(" ".join(rule.split())):
            yield " ".join(rule.split())
    for block in re.findall(r"\{([^{}]*)\}", css):
        yield from _declarations(block)


def _declarations(block: str) -> Iterator[str]:
    for declaration in filter(None, (part.strip() for part in block.split(";"))):
        name, _, value = (part.strip().lower() for part in declaration.partition(":"))
        value = value.removesuffix("!important").strip()
        foreign = set(FUNCTIONS.findall(value)) - COLOURS
        if name not in PROPERTIES or foreign or (name == "display" and value not in DISPLAYS):
            yield f"{name}: {value}"
