"""Numbers as in print, and what must stay as it is."""

import pytest

from articles.rendering import render
from articles.rendering.typography import set_numbers


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("16.2 months", "16.2\u00a0months"),
        ("16.2\nmonths", "16.2\u00a0months"),
        ("25 mg/m² on 1 day", "25\u00a0mg/m² on 1\u00a0day"),
        ("52 % of 70 kg", "52\u00a0% of 70\u00a0kg"),
        ("0.46-0.68", "0.46–0.68"),
        ("(95% CI 0.46-0.68)", "(95% CI 0.46–0.68)"),
        ("(95% CI, 0.46-0.68; p<0.001)", "(95% CI, 0.46–0.68; p<0.001)"),
        ("grade 3-4, 5-10%, 5%-10%", "grade 3–4, 5–10%, 5%–10%"),
        ("15.7-17.5 months", "15.7–17.5\u00a0months"),
        ("1,200-1,450 pages", "1,200–1,450 pages"),
        ("pages 781-794.", "pages 781–794."),
        ("a change of -3.5 points", "a change of −3.5 points"),
        ("(-0.5 to 0.3)", "(−0.5 to 0.3)"),
        ("-3", "−3"),
    ],
)
def test_numbers_are_set_as_in_print(written, printed):
    assert set_numbers(written) == printed


@pytest.mark.parametrize(
    "text",
    [
        "NCT01734928",
        "EudraCT 2018-002992-16",
        "2023-09-28",
        "28-09-2023",
        "2013-2017",
        "10.1016/S1470-2045(19)30152-5",
        "doi:10.1056/12-34",
        "10.1200/JCO.21-03",
        "https://x.org/12-34?a=1-2",
        "+44 20-7946-0958",
        "978-3-16-148410-0",
        "IL-6, CD38-1, MM-007, t(4;14)",
        "12-month follow-up",
        "281 patients",
        "5 participants",
        "3 mgs",
        "non-5",
        "0.46--0.68",
        "1-2-3",
        "v1.2-3",
    ],
)
def test_identifiers_dates_and_words_stay(text):
    assert set_numbers(text) == text


def test_typography_reaches_tables_and_links_but_not_code_or_addresses():
    source = (
        "[5-6 mg](/5-6/) `5-6 mg` <https://x.org/5-6>\n\n    5-6 mg\n\n"
        "Table: 5-6 mg\n\n| A | B |\n|---|---|\n| -5 | 0.4-0.6 |"
    )

    html = render(source).html

    assert '<a href="/5-6/"><span class="nowrap">5–6</span>&nbsp;mg</a> <code>5-6 mg</code>' in html
    assert ">https://x.org/5-6</a>" in html
    assert "<pre><code>5-6 mg" in html
    assert "5–6</span>&nbsp;mg</caption>" in html
    assert ">−5</th>" in html
    assert ">0.4–0.6</span></td>" in html


def test_typography_leaves_escapes_alone():
    assert render(r"5\-6 and \*5-6").html == '<p>5-6 and *<span class="nowrap">5–6</span></p>'


def test_text_has_ordinary_spaces():
    assert render("16.2 months").text == "16.2 months"


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("HR 0.61 (0.49-0.77).", 'HR 0.61 (<span class="nowrap">0.49–0.77</span>).'),
        ("5-10% and 5%-10%", '<span class="nowrap">5–10%</span> and <span class="nowrap">5%–10%</span>'),
        ('[a](https://x.org "0.4–0.6")', 'title="0.4–0.6"'),
        ("in 2013–x", "in 2013–x"),
    ],
)
def test_intervals_stay_on_one_line(source, html):
    rendered = render(source)

    assert html in rendered.html
    assert "<" not in rendered.text
