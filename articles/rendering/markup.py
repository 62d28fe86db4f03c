"""Python-Markdown with our parts. A fresh one for each text: it keeps state and threads must not share it."""

from markdown import Markdown

from . import abbreviations, citations, footnotes, inline_html, placements, structure, tables, typography
from .attributes import AttributeLists
from .draft import Draft

EXTENSIONS = ("admonition", "def_list", "fenced_code", "sane_lists", "smarty")


def build(draft: Draft) -> Markdown:
    """A converter for one text, which notes what it learns in `draft`."""
    md = Markdown(extensions=list(EXTENSIONS), output_format="html")
    inline_html.register(md)
    abbreviations.register(md, draft)
    citations.register(md, draft)
    footnotes.register(md, draft)
    tables.register(md, draft)
    placements.register(md, draft)
    md.treeprocessors.register(AttributeLists(md), "attr_list", 8)
    typography.register(md)
    structure.register(md, draft)
    return md
