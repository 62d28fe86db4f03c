"""Tables: figure, caption, header cells, alignment, source."""

import re

import pytest

from articles.rendering import SourceError, render

ROWS = "| Outcome | PVd | Vd |\n|:--|--:|:-:|\n| PFS | 11.2 | 7.1 |\n| ORR | 82% | 50% |"


def problems(source):
    with pytest.raises(SourceError) as caught:
        render(source)
    return [(problem.line, problem.message[:34]) for problem in caught.value.problems]


def test_table_scrolls_in_a_region_named_by_its_caption():
    html = render(f"Table: Efficacy *in* `all` patients\n\n{ROWS}").html

    assert '<div aria-labelledby="table-1" class="table-scroll" role="region" tabindex="0">' in html
    assert '<table><caption id="table-1">Efficacy <em>in</em> <code>all</code> patients</caption>' in html
    assert html.startswith('<figure class="table">')
    assert html.endswith("</figure>")


def test_table_cells_say_what_they_head_and_how_they_align():
    html = render(f"Table: Efficacy\n\n{ROWS}").html

    assert re.findall("<th[ >].*?>", html) == [
        *(
            '<th scope="col">',
            '<th class="align-right" scope="col">',
            '<th class="align-center" scope="col">',
        ),
        *('<th scope="row">', '<th scope="row">'),
    ]
    assert re.findall("<td.*?>", html) == ['<td class="align-right">', '<td class="align-center">'] * 2
    assert "style" not in html
    assert "align=" not in html


def test_table_leaves_empty_header_cells_plain():
    html = render("Table: T\n\n| | B |\n|---|---|\n| | 2 |").html

    assert html.count("<th") - html.count("<thead") == 1
    assert html.count("<td></td>") == 2


@pytest.mark.parametrize("gap", ["\n\n", "\n"])
def test_table_takes_caption_and_source_with_or_without_empty_line(gap):
    html = render(f"Before.\n\nTable: T{gap}{ROWS}{gap}Source: the report\non two lines.\n\nAfter.").html

    inside = html[html.index("<figure") : html.index("</figure>")]
    assert '<caption id="table-1">T</caption>' in inside
    assert '<p class="table-source">Source: the report\non two lines.</p>' in inside
    assert html.startswith("<p>Before.</p>")
    assert html.endswith("<p>After.</p>")


def test_tables_are_numbered_and_may_stand_in_other_blocks():
    quoted = "\n".join(f"> {line}" for line in f"Table: Two\n\n{ROWS}".split("\n"))

    html = render(
        f"Table: One\n\n{ROWS}\n\n{quoted}\n\nx[^1]\n\n[^1]: Note\n\n    Table: Three\n\n    | A | B |\n    |---|---|\n    | 1 | 2 |"
    ).html

    assert re.findall('<caption id="(.*?)">(.*?)<', html) == [
        ("table-1", "One"),
        ("table-2", "Two"),
        ("table-3", "Three"),
    ]


def test_table_without_caption_is_reported_with_its_line():
    assert problems(
        f"Text\n\n{ROWS}\n\nTable: too late\n\nA | B\n--|--\n1 | 2\n\nText\n\nA | B\n--|--\n1 | 2"
    ) == [
        (3, "a table needs a caption: a paragra"),
        (16, "a table needs a caption: a paragra"),
    ]


@pytest.mark.parametrize(
    "source", [f"Text directly before\n{ROWS}", "Table: T\n\n| A | B |\n|---|\n| 1 | 2 |", f"- item\n{ROWS}"]
)
def test_text_that_only_looks_like_a_table_is_reported(source):
    assert [message for _, message in problems(source)] == ["this looks like a table but cannot"]


def test_table_in_code_is_code():
    source = "\n".join(f"    {line}" for line in ROWS.split("\n"))

    assert render(source).html.startswith("<pre><code>| Outcome")
    assert render(f"```\n{ROWS}\n```").html.startswith("<pre><code>| Outcome")


def test_paragraphs_that_begin_like_a_caption_stay_paragraphs_elsewhere():
    assert render("Table: T\n\nText\n\nSource: S").html == "<p>Table: T</p>\n<p>Text</p>\n<p>Source: S</p>"


def test_table_cells_may_hold_escaped_pipes_and_code():
    html = render("Table: T\n\n| A | B |\n|---|---|\n| a \\| b | `c|d` |").html

    assert "a | b" in html
    assert "<code>c|d</code>" in html
