"""Tables: caption, scope of header cells, alignment as classes, a region that scrolls, the source."""

from xml.etree.ElementTree import Element, SubElement

from markdown import Markdown
from markdown.extensions.tables import TableProcessor
from markdown.treeprocessors import Treeprocessor

from .draft import Draft
from .lines import TABLE_MARK, walk

CAPTION = "Table: "
SOURCE = "Source: "

_LINE = "data-line"


class TableBlock(TableProcessor):
    """Reads a table; its caption and source may touch it (no empty line between)."""

    def test(self, parent: Element, block: str) -> bool:
        """Whether `block` is a table, perhaps after a caption."""
        return super().test(parent, _without_caption(block))

    def run(self, parent: Element, blocks: list[str]) -> None:
        """Build the table and remember its line."""
        block = blocks.pop(0)
        table = _without_caption(block)
        if table != block:
            SubElement(parent, "p").text = block.partition("\n")[0]
        table, found, source = table.partition(f"\n{SOURCE}")
        if found:
            blocks.insert(0, SOURCE + source)
        mark = TABLE_MARK.search(table)
        super().run(parent, [TABLE_MARK.sub("", table)])
        parent[-1].set(_LINE, mark[1] if mark else "1")


class TableFigures(Treeprocessor):
    """Turns each table with its caption and source into a figure."""

    def __init__(self, md: Markdown, draft: Draft) -> None:
        super().__init__(md)
        self._draft = draft

    def run(self, root: Element) -> None:
        """Wrap all tables; report those without a caption and text that only looks like a table."""
        parents = {child: parent for parent in root.iter() for child in parent}
        for number, table in enumerate(list(root.iter("table")), start=1):
            self._wrap(table, parents[table], number)
        for element, _ in walk(root):
            if element.tag != "code":
                self._report_failed(f"{element.text or ''}{element.tail or ''}")

    def _wrap(self, table: Element, parent: Element, number: int) -> None:
        line = int(table.attrib.pop(_LINE))
        position = list(parent).index(table)
        caption = _paragraph(parent, position - 1, CAPTION)
        if caption is None:
            message = f"a table needs a caption: a paragraph directly before it that begins “{CAPTION}”."
            self._draft.report(line, message)
            return
        source = _paragraph(parent, position + 1, SOURCE)
        figure = Element("figure", {"class": "table"})
        region = {"class": "table-scroll", "role": "region", "tabindex": "0"}
        scroll = SubElement(figure, "div", region | {"aria-labelledby": f"table-{number}"})
        scroll.append(table)
        if source is not None:
            source.set("class", "table-source")
            figure.append(source)
            parent.remove(source)
        caption.tag = "caption"
        caption.set("id", f"table-{number}")
        caption.text = (caption.text or "").removeprefix(CAPTION)
        parent[position - 1 : position + 1] = [figure]
        _describe_cells(table)
        table.insert(0, caption)

    def _report_failed(self, text: str) -> None:
        for line in TABLE_MARK.findall(text):
            message = (
                "this looks like a table but cannot be read as one: leave an empty line before it"
                " and give the rule below its header as many columns."
            )
            self._draft.report(int(line), message)


def _without_caption(block: str) -> str:
    return block.partition("\n")[2] if block.startswith(CAPTION) else block


def _paragraph(parent: Element, position: int, beginning: str) -> Element | None:
    if not 0 <= position < len(parent):
        return None
    found = parent[position]
    return found if found.tag == "p" and (found.text or "").startswith(beginning) else None


def _describe_cells(table: Element) -> None:
    head, body = table
    for cell in head.iter("th"):
        if (cell.text or "").strip():
            cell.set("scope", "col")
        else:
            cell.tag = "td"  # an empty header cell confuses screen readers
    for row in body:
        if len(row) and (row[0].text or "").strip():
            row[0].tag = "th"
            row[0].set("scope", "row")
    for cell in (*table.iter("th"), *table.iter("td")):
        if (align := cell.attrib.pop("align", "left")) != "left":
            cell.set("class", f"align-{align}")


def register(md: Markdown, draft: Draft) -> None:
    """Reading as Python-Markdown's own extension does (75); figures before inline markup (20)."""
    md.ESCAPED_CHARS.append("|")
    block = TableBlock(md.parser, {"use_align_attribute": True})
    md.parser.blockprocessors.register(block, "table", 75)
    md.treeprocessors.register(TableFigures(md, draft), "table", 30)
