"""What may reach a page: an allow-list of elements, attributes and their values."""

import re

import nh3

from .attributes import AUTHOR_CLASSES
from .links import is_media_path, is_safe_link

_HEADINGS = {"h2", "h3", "h4", "h5", "h6"}
_BLOCKS = {"p", "ul", "ol", "li", "dl", "dt", "dd", "blockquote", "pre", "hr", "div", "figure", "section"}
_TABLE = {"table", "caption", "thead", "tbody", "tr", "th", "td"}
_INLINE = {"a", "abbr", "br", "code", "em", "img", "strong", "sub", "sup"}

_REMOVED_WITH_CONTENT = {
    "script",
    "style",
    "iframe",
    "object",
    "template",
    "noscript",
    "svg",
    "math",
    "title",
}

TAGS = _HEADINGS | _BLOCKS | _TABLE | _INLINE

CLASSES = AUTHOR_CLASSES | {
    "admonition", "admonition-title", "note", "tip", "important", "warning", "caution",
    "citation", "footnote-ref", "footnote-back", "footnotes", "table", "table-scroll", "table-source",
}  # fmt: skip

ATTRIBUTES: dict[str, set[str]] = {tag: {"class", "lang"} for tag in TAGS}
for _tag in _HEADINGS | {"caption", "li"}:
    ATTRIBUTES[_tag] |= {"id"}
ATTRIBUTES["a"] |= {"href", "id", "title", "aria-label", "rel"}
ATTRIBUTES["abbr"] |= {"title", "tabindex"}
ATTRIBUTES["div"] |= {"role", "tabindex", "aria-labelledby"}
ATTRIBUTES["img"] |= {"src", "alt", "title", "width", "height", "loading"}
ATTRIBUTES["ol"] |= {"start", "type"}
ATTRIBUTES["section"] |= {"aria-label"}
ATTRIBUTES["th"] |= {"scope"}

# The whole value must match. Ids keep to prefixes of their own, so that none clashes with one of the page.
_VALUES = {
    "id": re.compile(r"(?:sec|cite|fn|fnref|table)-[a-z0-9-]+"),
    "aria-labelledby": re.compile(r"table-[0-9]+"),
    "tabindex": re.compile("0"),
    "role": re.compile("region"),
    "rel": re.compile("noopener"),
    "scope": re.compile("col|row"),
    "loading": re.compile("lazy"),
    "type": re.compile("a"),
    "start": re.compile("[0-9]{1,5}"),
    "width": re.compile("[0-9]{1,4}"),
    "height": re.compile("[0-9]{1,4}"),
    "lang": re.compile("[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*"),
}


def _attribute(tag: str, name: str, value: str) -> str | None:
    if name == "class":
        return " ".join(word for word in value.split() if word in CLASSES) or None
    if name == "href":
        return value if is_safe_link(value) else None
    if name == "src":
        return value if is_media_path(value) else None
    pattern = _VALUES.get(name)
    return value if pattern is None or pattern.fullmatch(value) else None


_CLEANER = nh3.Cleaner(
    tags=TAGS,
    clean_content_tags=_REMOVED_WITH_CONTENT,
    attributes=ATTRIBUTES,
    attribute_filter=_attribute,
    strip_comments=True,
    link_rel=None,
    generic_attribute_prefixes=set(),
    url_schemes={"http", "https", "mailto"},
)


def clean(html: str) -> str:
    """`html` reduced to what is harmless on our pages; cleaning twice changes nothing more."""
    return _CLEANER.clean(html)
