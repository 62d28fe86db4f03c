"""What an editor writes and what a reader gets: text, headings, links, pictures, the plain text."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from articles.rendering import Problem, SourceError, reading_minutes, render


def problems(source, **options):
    with pytest.raises(SourceError) as caught:
        render(source, **options)
    return [(problem.line, problem.message) for problem in caught.value.problems]


def test_render_of_nothing_is_empty():
    rendered = render(" \n\n")

    assert (rendered.html, rendered.text, rendered.contents) == ("", "", [])
    assert (rendered.citations, rendered.abbreviations) == ({}, {})


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("*one* **two**", "<p><em>one</em> <strong>two</strong></p>"),
        ("H<sub>2</sub>O, 10<sup>9</sup>", "<p>H<sub>2</sub>O, 10<sup>9</sup></p>"),
        ("<em>a <strong>b</strong></em>", "<p><em>a <strong>b</strong></em></p>"),
        ("<strong>a <em>b</em></strong>", "<p><strong>a <em>b</em></strong></p>"),
        ('<abbr title="a &amp; b">AB</abbr>', '<p><abbr tabindex="0" title="a &amp; b">AB</abbr></p>'),
        ("a<br>b<br/>c", "<p>a<br>\nb<br>\nc</p>"),
        ("<sup>open", "<p>&lt;sup&gt;open</p>"),
        ("<div>x</div>", "<p>&lt;div&gt;x&lt;/div&gt;</p>"),
        ("a <!-- note to self --> b", "<p>a  b</p>"),
        ("`<b>`", "<p><code>&lt;b&gt;</code></p>"),
        ('"quoted" -- it\'s', "<p>“quoted” – it’s</p>"),
        ("> quote", "<blockquote>\n<p>quote</p>\n</blockquote>"),
        ("Term\n: Meaning", "<dl>\n<dt>Term</dt>\n<dd>Meaning</dd>\n</dl>"),
        ("```\nx < y [@a]\n```", "<pre><code>x &lt; y [@a]\n</code></pre>"),
        ("    ## x [@a] ![](y)", "<pre><code>## x [@a] ![](y)\n</code></pre>"),
        ("Text\n{: .lead #top onclick=x style=y }", '<p class="lead">Text</p>'),
        ("a &lt;b&gt; &amp; c", "<p>a &lt;b&gt; &amp; c</p>"),
        (r"\*plain\* \[@plain]", "<p>*plain* [@plain]</p>"),
    ],
)
def test_render_turns_markdown_into_html(source, expected):
    rendered = render(source, reference_keys=["a"])

    assert rendered.html == expected


def test_render_shows_a_note_as_admonition():
    html = render('!!! note "For practice"\n    Check the kidneys.').html

    assert '<div class="admonition note">' in html
    assert '<p class="admonition-title">For practice</p>' in html


def test_render_treats_all_line_ends_and_tabs_alike():
    unix = render("## A\n\n- one\n    - two\n")

    assert render("## A\r\n\r\n- one\r\n\t- two\r\n") == unix
    assert render("## A\r\r- one\r\t- two\r") == unix


def test_render_gives_headings_ids_and_lists_them():
    source = '## Überblick *kurz* [@a]\n\n### PFS\n\n#### Deep\n\n## PFS\n\n## 中\n\n## A "quote" & more'

    rendered = render(source + "\n\n*[PFS]: progression-free survival", reference_keys=["a"])

    assert rendered.contents == [
        {
            "id": "sec-uberblick-kurz",
            "title": "Überblick kurz",
            "children": [{"id": "sec-pfs", "title": "PFS", "children": []}],
        },
        {"id": "sec-pfs-2", "title": "PFS", "children": []},
        {"id": "sec-section", "title": "中", "children": []},
        {"id": "sec-a-quote-more", "title": "A “quote” & more", "children": []},
    ]
    assert '<h4 id="sec-deep">Deep</h4>' in rendered.html
    assert '<h3 id="sec-pfs">PFS</h3>' in rendered.html


def test_render_ignores_an_id_that_an_author_gives_a_heading():
    rendered = render("## Results {#main .lead}")

    assert rendered.html == '<h2 class="lead" id="sec-results">Results</h2>'


def test_render_reports_wrong_headings_with_their_lines():
    source = "# One\n\ntext\n\n### Two\n\n## Three\n\n- a\n- b\n\n#### Four\n\nFive\n====\n\n## \n"

    found = problems(source)

    assert [line for line, _ in found] == [1, 5, 12, 14, 17]
    assert "use “## …”" in found[0][1]
    assert "at most “## …”" in found[1][1]
    assert "at most “### …”" in found[2][1]
    assert "use “## …”" in found[3][1]
    assert "no text" in found[4][1]


@pytest.mark.parametrize("prefix", ["> ", "- ", "1. ", "> > ", "- > "])
def test_render_finds_the_line_of_a_heading_inside_other_blocks(prefix):
    assert [line for line, _ in problems(f"Text\n\n{prefix}# Title")] == [3]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("[a](https://x.org/y?z=1&b=2#c)", 'href="https://x.org/y?z=1&amp;b=2#c" rel="noopener"'),
        ("[a](http://x.org)", 'href="http://x.org" rel="noopener"'),
        ("[a](HTTPS://x.org)", 'href="HTTPS://x.org" rel="noopener"'),
        ("<https://x.org>", 'href="https://x.org" rel="noopener"'),
        ("[a](mailto:hub@demo.example)", 'href="mailto:hub@demo.example"'),
        ("<hub@demo.example>", 'href="mailto:hub@demo.example"'),
        ("[a](/articles/)", '<a href="/articles/">'),
        ("[a](/)", '<a href="/">'),
        ("[a](#sec-x)", '<a href="#sec-x">'),
        ("[a][1]\n\n[1]: /about/", '<a href="/about/">'),
    ],
)
def test_render_keeps_good_links(source, expected):
    assert expected in render(source).html


@pytest.mark.parametrize(
    "target",
    [
        "javascript:alert(1)",
        "java&#115;cript:x",
        "data:text/html,x",
        "//x.org",
        "&#47;/x.org",
        "/\\\\x.org",
        "ftp://x.org",
        "about/",
        "?q=1",
        "../x",
        "",
        "JaVaScRiPt:x",
        "https://",
        "mailto:",
        "/a b",
        "vbscript:x",
    ],
)
def test_render_reports_links_that_lead_elsewhere(target):
    found = problems(f"Text\n\n[a](<{target}>)")

    assert found == [(3, "a link must begin with https://, http://, mailto:, / or # and contain no spaces.")]


def test_render_keeps_pictures_of_this_site():
    html = render('![Curves of "PFS"](/media/2024/km-1.png){width=640 height=400 src=//x.org/y.png}').html

    assert 'src="/media/2024/km-1.png"' in html
    assert 'alt="Curves of &quot;PFS&quot;"' in html
    assert 'width="640"' in html
    assert 'loading="lazy"' in html
    assert "x.org" not in html


@pytest.mark.parametrize(
    "image",
    [
        "![x](https://x.org/a.png)",
        "![x](//x.org/a.png)",
        "![x](/static/a.png)",
        "![x](/media/../a.png)",
        "![](/media/a.png)",
        "![ ](/media/a.png)",
        "![&nbsp;](/media/a.png)",
        "![x](data:image/png;base64,AA)",
        "![x](a.png)",
        "![x][1]\n\n[1]: https://x.org/a.png",
        "[![](/media/a.png)](/x/)",
        "![x](/media//x.org)",
    ],
)
def test_render_reports_pictures_without_text_or_from_elsewhere(image):
    assert [line for line, _ in problems(f"Text\n\n{image}")] == [3]


def test_render_reports_a_comment_that_never_ends():
    assert problems("a\n\nb <!-- c\n\nd -->") == [
        (3, "this comment needs its end --> before the next empty line.")
    ]


def test_source_error_lists_all_problems_in_order_of_lines():
    with pytest.raises(SourceError) as caught:
        render("[@x]\n\n# T\n\n![](/media/a.png)\n\n[@x]")

    assert str(caught.value).split("\n") == [str(problem) for problem in caught.value.problems]
    assert [problem.line for problem in caught.value.problems] == [1, 3, 5, 7]
    assert str(Problem(12, "mend this.")) == "Line 12: mend this."


def test_text_is_plain_and_has_no_numbers_of_notes():
    source = (
        "## Results [@a]\n\nOverall *response* [@a; @b, p. 2] was\n82%[^1] & 5 < 6.\n\n- one\n- two\n\n"
        "Table: Caption\n\n| A | B |\n|---|---|\n| 1 | 2 |\n\n[^1]: A note [@b].\n\n    More.\n"
    )

    text = render(source, reference_keys=["a", "b"]).text

    assert text.split("\n") == [
        "Results",
        "Overall response was 82% & 5 < 6.",
        *("one", "two", "Caption", "A", "B", "1", "2", "A note.", "More."),
    ]


@pytest.mark.parametrize(("words", "minutes"), [(0, 1), (1, 1), (238, 1), (239, 2), (476, 2), (477, 3)])
def test_reading_minutes_are_rounded_up(words, minutes):
    assert reading_minutes("word " * words) == minutes


def test_render_works_in_several_threads_at_once():
    sources = [
        f'## T{n}\n\nA{n} [@k{n}; @k0][^1].\n\n*[A{n}]: text {n}\n\n[^1]: note {n} -- "x"' for n in range(40)
    ]
    keys = [f"k{n}" for n in range(40)]

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda source: render(source, reference_keys=keys), sources))

    assert results == [render(source, reference_keys=keys) for source in sources]
