"""Citations, footnotes and abbreviations."""

import re

import pytest

from articles.rendering import SourceError, render
from articles.rendering.footnotes import letter


def problems(source, **options):
    with pytest.raises(SourceError) as caught:
        render(source, **options)
    return [(problem.line, problem.message) for problem in caught.value.problems]


def anchors(html):
    return re.findall(r'id="(cite-[0-9-]+)"', html)


def test_citation_links_to_the_reference_and_can_be_linked_back_to():
    rendered = render("Text [@smith2020].", reference_keys=["smith2020"])

    link = '<a aria-label="Reference 1" href="#ref-1" id="cite-1-1">1</a>'
    assert rendered.html == f'<p>Text<sup class="citation">{link}</sup>.</p>'
    assert rendered.citations == {"smith2020": 1}


def test_citations_are_numbered_in_order_of_the_document():
    source = (
        "First [@c], *then [@a]*.\n\n- list [@d]\n\nTable: Caption [@b]\n\n| A [@e] | B |\n|---|---|\n"
        "| x [@c] | y [@f] |\n\nSource: report [@g].\n\n!!! note\n    Inside [@h][^n].\n\n"
        "[^n]: In a footnote [@i], [@a].\n\nLast [@j]."
    )

    rendered = render(source, reference_keys="abcdefghij")

    assert list(rendered.citations) == ["c", "a", "d", "b", "e", "f", "g", "h", "j", "i"]
    assert rendered.citations["c"] == rendered.citations["a"] == 2
    assert len(anchors(rendered.html)) == len(set(anchors(rendered.html))) == 12
    assert {"cite-1-1", "cite-1-2", "cite-2-2", "cite-10-1"} <= set(anchors(rendered.html))


def test_citations_may_stand_together_and_have_a_place_in_the_reference():
    html = render("Text [@a;\n@b, p. 3]", reference_keys="ab").html

    assert '">1</a>, <a aria-label="Reference 2, p. 3" href="#ref-2" id="cite-2-1">2</a> (p. 3)</sup>' in html


@pytest.mark.parametrize("source", ["x [@a][@b]", "x [@a] [@b]", "x[@a]\n[@b]", "**x** [@a; @b]"])
def test_citations_that_touch_do_not_read_as_one_number(source):
    html = render(source, reference_keys="ab").html

    assert re.sub("<[^>]+>", "", html) == "x1, 2"


@pytest.mark.parametrize("key", ["a", "1", "Smith-2020", "nct:NCT01734928", "a.b_c", "Müller", "a:"])
def test_citation_keys_may_hold(key):
    assert render(f"[@{key}]", reference_keys=[key]).citations == {key: 1}


@pytest.mark.parametrize(
    "source", ["`[@a]`", "    [@a]", "```\n[@a]\n```", r"\[@a]", "``x [@a] ` ``", "~~~\n[@a]\n~~~", "a@b.org"]
)
def test_citations_in_code_or_escaped_are_left_alone(source):
    rendered = render(source)

    assert rendered.citations == {}
    assert re.search(r"\[@a\]|a@b.org", rendered.html)


def test_unknown_citations_are_reported_with_their_lines():
    source = "One [@a].\n\nTwo\nthree [@b; @a; @c].\n\n| A |\n|---|\n| [@d] |\n\n[^1]: x [@e]\n\nEnd[^1]"

    found = problems(source.replace("| A", "Table: T\n\n| A"), reference_keys=["a"])

    assert [(line, message[-4:]) for line, message in found] == [
        (4, "“b”."),
        (4, "“c”."),
        (10, "“d”."),
        (12, "“e”."),
    ]


@pytest.mark.parametrize(
    "citation",
    [
        "[@]",
        "[@ a]",
        "[@a",
        "[@a; b]",
        "[@a;]",
        "[@a @b]",
        "[@a, ]",
        "[@-a]",
        "[@a/b]",
        "[@a [b]]",
        "[@a*b*]",
        "[@a b]",
        "[@;@a]",
        "[@`a`]",
        "[@a\\_b]",
    ],
)
def test_malformed_citations_are_reported(citation):
    found = problems(f"Text\n\nmore {citation}", reference_keys=["a", "b"])

    assert [(line, message[:27]) for line, message in found] == [(3, "write a citation as [@key],")]


def test_citations_and_footnotes_inside_links_are_reported():
    found = problems("x\n\n[see [@a] there](/x/) [see[^1]](/x/)\n\n[^1]: note", reference_keys=["a"])

    assert found == [
        (3, "a citation cannot stand inside a link."),
        (3, "a footnote cannot stand inside a link."),
    ]


def test_footnotes_are_lettered_in_order_of_use_and_linked_both_ways():
    rendered = render("A[^x], b[^y], c[^x].\n\n[^y]: Second *note*.\n[^x]: First.\n\n    More of it.")

    refs = re.findall(r'href="#(fn-\d+)" id="(fnref[0-9-]+)">(\w+)<', rendered.html)
    assert refs == [("fn-1", "fnref-1-1", "a"), ("fn-2", "fnref-2-1", "b"), ("fn-1", "fnref-1-2", "a")]
    assert re.findall(r'<li id="(fn-\d+)">\s*<p>(\w+)', rendered.html) == [
        ("fn-1", "First"),
        ("fn-2", "Second"),
    ]
    assert re.findall(r'href="#(fnref[0-9-]+)"', rendered.html) == ["fnref-1-1", "fnref-1-2", "fnref-2-1"]
    assert '<section aria-label="Footnotes" class="footnotes">' in rendered.html


def test_footnotes_may_refer_to_footnotes_and_hold_lists():
    html = render("A[^1].\n\n[^1]: See[^2].\n\n[^2]: Text\n\n    - item\n").html

    assert html.count("<li id=") == 2
    assert "<li>item</li>" in html


def test_footnotes_that_do_not_match_are_reported():
    found = problems("A[^1][^2]\n\n[^1]: x\n\n[^3]: y\n\n[^1]: z")

    assert found == [
        (1, "there is no footnote [^2]."),
        (5, "the footnote [^3] is never used."),
        (7, "the footnote [^1] exists already in line 3."),
    ]


@pytest.mark.parametrize(("number", "expected"), [(1, "a"), (26, "z"), (27, "aa"), (52, "az"), (53, "ba")])
def test_letter_counts_as_browsers_do(number, expected):
    assert letter(number) == expected


def test_abbreviations_explain_themselves_and_the_first_is_reached_by_keyboard():
    rendered = render(
        "ORR and PFS, then **PFS**.\n\n*[PFS]: progression-free survival\n*[OS]: overall survival"
    )

    wrapped = re.findall(r"<abbr[^>]*>", rendered.html)
    assert wrapped == [
        '<abbr tabindex="0" title="progression-free survival">',
        '<abbr title="progression-free survival">',
    ]
    assert rendered.abbreviations == {"PFS": "progression-free survival"}


def test_abbreviations_are_listed_in_order_of_first_use():
    source = "*[A1]: one\n*[B1]: two\n*[C1]: three\n\nx B1\n\nTable: C1\n\n| A1 | B1 |\n|---|---|\n| C1 | x |"

    assert list(render(source).abbreviations) == ["B1", "C1", "A1"]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("PFS", 1),
        ("(PFS) PFS-related, PFS/PFS.", 4),
        ("PFSx xPFS PFS2 PFS_PFS pfs ÄPFS", 0),
        ("`PFS` and\n\n    PFS", 0),
        ("## PFS", 0),
        ("<https://x.org/PFS>", 0),
        ("![PFS](/media/PFS.png)", 0),
        ("PFS amp(1q) amp(1q)x", 2),
        ("HR-QoL QoL", 2),
    ],
)
def test_abbreviations_match_whole_words_outside_code_and_headings(text, count):
    definitions = "*[PFS]: a\n*[amp(1q)]: b\n*[QoL]: c\n*[HR-QoL]: d\n*[FS]: e\n*[12]: f\n*[91]: g"

    assert render(f"{text}\n\n{definitions}").html.count("<abbr") == count


def test_abbreviations_inside_links_are_explained_but_add_no_second_stop():
    html = render("[PFS](/x/) PFS\n\n*[PFS]: meaning").html

    assert html == (
        '<p><a href="/x/"><abbr title="meaning">PFS</abbr></a> <abbr tabindex="0" title="meaning">PFS</abbr></p>'
    )


def test_abbreviations_survive_escapes_and_typography_whose_placeholders_hold_digits():
    html = render(r'\[x\] "12" -- \* 91' + "\n\n*[12]: twelve\n*[91]: ninety-one\n*[wzxhzdk]: z").html

    assert re.sub("<[^>]+>", "", html) == "[x] “12” – * 91"


def test_abbreviation_expansions_are_escaped():
    html = render('AB\n\n*[AB]: x" onclick="y <b>').html

    assert 'title="x&quot; onclick=&quot;y &lt;b&gt;"' in html


def test_wrong_abbreviations_are_reported():
    found = problems("AB\n\n*[AB]: one\n*[AB]: two\n*[CD]:\n*[ ]: x")

    assert [line for line, _ in found] == [4, 5, 6]
    assert found[0][1] == "“AB” is already explained as “one”."
