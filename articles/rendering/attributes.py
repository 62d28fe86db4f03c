"""Attribute lists `{.class lang=fr width=640}`: only what an author may set."""

from xml.etree.ElementTree import Element

from markdown.extensions.attr_list import AttrListTreeprocessor, get_attrs_and_remainder

AUTHOR_CLASSES = frozenset({"align-center", "align-right", "lead", "small"})
AUTHOR_ATTRIBUTES = frozenset({"lang", "width", "height"})


class AttributeLists(AttrListTreeprocessor):
    """Python-Markdown's attribute lists, without identifiers, roles, handlers and styles."""

    def assign_attrs(self, elem: Element, attrs_string: str, *, strict: bool = False) -> str:
        """Set the permitted attributes of `attrs_string` on `elem`; return the text left over."""
        attributes, remainder = get_attrs_and_remainder(attrs_string)
        if strict and remainder:
            return remainder
        for name, value in attributes:
            if name == "." and value in AUTHOR_CLASSES:
                elem.set("class", f"{elem.get('class', '')} {value}".strip())
            elif name in AUTHOR_ATTRIBUTES and value is not None:
                elem.set(name, value)
        return remainder
