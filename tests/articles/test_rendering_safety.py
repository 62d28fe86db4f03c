"""Nothing that a browser would run or fetch elsewhere survives, neither from Markdown nor from raw HTML."""

from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest

from articles.rendering import SourceError, render
from articles.rendering.sanitiser import ATTRIBUTES, TAGS, clean

HOSTILE = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<script\x0c>alert(1)</script >",
    "<script>alert(1)",
    "</script><script>alert(1)</script>",
    "<<script>alert(1);//<</script>",
    "<img src=x onerror=alert(1)>",
    "<img src='/media/a.png' alt=x onerror='alert(1)'>",
    "<img/src=x/onerror=alert(1)>",
    '<img """><script>alert(1)</script>">',
    "<img src=//evil.example/pixel.gif alt=x>",
    "<img srcset='//evil.example/a 1x' alt=x>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><a xlink:href='javascript:alert(1)'>x</a></svg>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<svg></p><style><a id='</style><img src=1 onerror=alert(1)>'>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<math><a xlink:href='javascript:alert(1)'>x</a></math>",
    "<iframe src=javascript:alert(1)></iframe>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data=javascript:alert(1)></object>",
    "<embed src=javascript:alert(1)>",
    "<form action=javascript:alert(1)><button>x</button></form>",
    "<button formaction=javascript:alert(1)>x</button>",
    "<input onfocus=alert(1) autofocus>",
    "<details open ontoggle=alert(1)>x</details>",
    "<video><source onerror=alert(1)></video>",
    "<video poster=javascript:alert(1)></video>",
    "<audio src=x onerror=alert(1)>",
    "<body onload=alert(1)>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "<base href=//evil.example/>",
    "<style>@import '//evil.example/x.css'</style>",
    "<p style='background:url(//evil.example/x)'>x</p>",
    "<div style=width:expression(alert(1))>x</div>",
    "<table background=javascript:alert(1)><tr><td>x</td></tr></table>",
    "<marquee onstart=alert(1)>x</marquee>",
    "<a href=javascript:alert(1)>x</a>",
    "<a href='jAvAsCrIpT:alert(1)'>x</a>",
    "<a href=' javascript:alert(1)'>x</a>",
    "<a href='java\tscript:alert(1)'>x</a>",
    "<a href='java\nscript:alert(1)'>x</a>",
    "<a href='&#106;avascript:alert(1)'>x</a>",
    "<a href='&#x6A;avascript&colon;alert(1)'>x</a>",
    "<a href='javascript&Tab;:alert(1)'>x</a>",
    "<a href='data:text/html;base64,PHNjcmlwdD4='>x</a>",
    "<a href='vbscript:msgbox(1)'>x</a>",
    "<a href='//evil.example'>x</a>",
    "<a href='/\\evil.example'>x</a>",
    "<a href='/\t/evil.example'>x</a>",
    "<a href='https:evil.example'>x</a>",
    "<a href='/x' onclick=alert(1)>x</a>",
    "<a href='/x' target=_blank ping=//evil.example>x</a>",
    "<a href='/x' id=main class='card hero'>x</a>",
    "<h2 id=main>x</h2>",
    "<li id='constructor'>x</li>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
    "<template><script>alert(1)</script></template>",
    "<textarea></textarea><script>alert(1)</script>",
    "<title><script>alert(1)</script></title>",
    "<!--><script>alert(1)</script>-->",
    "<!-- --!><script>alert(1)</script> -->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?xml-stylesheet href='javascript:alert(1)'?>",
    "<!DOCTYPE html [<!ENTITY x '<script>alert(1)</script>'>]>&x;",
    "<abbr title='x' onmouseover='alert(1)'>x</abbr>",
    '<abbr title="x&quot; onmouseover=&quot;alert(1)">x</abbr>',
    '<abbr title="&lt;script&gt;alert(1)&lt;/script&gt;">x</abbr>',
    "<sup onclick=alert(1)>x</sup>",
    "<sup><script>alert(1)</script></sup>",
    "<em><img src=x onerror=alert(1)></em>",
    "<custom-element onclick=alert(1)>x</custom-element>",
    "<div role=alert tabindex=5 aria-labelledby=main>x</div>",
    "[x](javascript:alert(1))",
    "[x](JAVASCRIPT:alert(1) 'title')",
    "[x](<javascript:alert(1)>)",
    "[x](java&#115;cript:alert(1))",
    "[x](java\\script:alert(1))",
    "[x](\\javascript:alert(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    '[x](/y "t\\" onclick=alert(1) x=")',
    '[x](/y"onclick="alert(1))',
    "[x][1]\n\n[1]: javascript:alert(1)",
    "[x]\n\n[x]: <vbscript:x> 'y'",
    "<javascript://x%0aalert(1)>",
    "<data://text/html,x>",
    "![x](javascript:alert(1))",
    '![x" onerror="alert(1)](/media/a.png)',
    "![x](/media/a.png){onerror=alert(1) style=x srcset=//evil.example/a}",
    "[![x](/media/a.png)](javascript:alert(1))",
    "![<script>alert(1)</script>](/media/a.png)",
    "text {onclick=alert(1)}\n{: onclick=alert(1) style=color:red }",
    "## H {#main onclick=alert(1) .card}",
    "*x*{onclick=alert(1) href=javascript:alert(1)}",
    "```{ .py onclick=alert(1) }\nx\n```",
    '```"><script>alert(1)</script>\nx\n```',
    '!!! note" "<script>alert(1)</script>"\n    x',
    '!!! note "<img src=x onerror=alert(1)>"\n    x',
    'AB\n\n*[AB]: "><script>alert(1)</script>',
    "AB\n\n*[AB]: x' onmouseover='alert(1)",
    'x[^"><script>]\n\n[^"><script>]: <script>alert(1)</script>',
    "x[^a b]\n\n[^a b]: javascript:alert(1)",
    "[@a, <script>alert(1)</script>]",
    '[@a, "onclick="alert(1)]',
    "Table: <script>alert(1)</script>\n\n| A | B |\n|---|---|\n| <img src=x onerror=alert(1)> | x {onclick=x} |",
    "`<script>alert(1)</script>`",
    "    <script>alert(1)</script>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "\\<script>alert(1)\\</script>",
    "**<script>**alert(1)**</script>**",
    "<scr**ipt>alert(1)</scr**ipt>",
    "<a href='/x'\n\nonclick='alert(1)'>x</a>",
    "> <script>\n> alert(1)\n> </script>",
    "- <div onclick=alert(1)>\n\n    x</div>",
    "x\u2028<script>alert(1)</script>",
    "<ｓcript>alert(1)</ｓcript>",
    "<script\u00a0>alert(1)</script>",
]


class Inspector(HTMLParser):
    """Collects what stands in a page, as a browser would read it."""

    def __init__(self, html):
        super().__init__()
        self.elements = []
        self.comments = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, attrs))

    def handle_comment(self, data):
        self.comments.append(data)

    handle_decl = unknown_decl = handle_pi = handle_comment


def assert_harmless(html):
    found = Inspector(html)
    assert found.comments == []
    for tag, attributes in found.elements:
        assert tag in TAGS
        assert {name for name, _ in attributes} <= ATTRIBUTES[tag]
        for name, value in attributes:
            assert not name.startswith("on")
            if name == "href":
                assert urlsplit(value).scheme in ("", "http", "https", "mailto")
                assert value.startswith(("/", "#", "http://", "https://", "mailto:"))
                assert not value.startswith(("//", "/\\"))
            if name == "src":
                assert value.startswith("/media/")
            if name in ("id", "aria-labelledby"):
                assert value.startswith(("sec-", "cite-", "fn-", "fnref-", "table-"))


def attempt(source):
    try:
        return render(source, reference_keys=["a"]).html
    except SourceError:
        return None


@pytest.mark.parametrize("source", HOSTILE)
def test_render_leaves_nothing_executable(source):
    html = attempt(source)

    if html is not None:
        assert_harmless(html)
        assert clean(html) == html


WRAPPERS = ("{}", "<p>{}</p>", "<div class=note>{}</div>", "<table>{}", "<a href=/>{}")


@pytest.mark.parametrize("html", HOSTILE)
def test_clean_leaves_nothing_executable(html):
    cleaned = [clean(wrapper.format(html)) for wrapper in WRAPPERS]

    assert [clean(once) for once in cleaned] == cleaned
    for once in cleaned:
        assert_harmless(once)


def test_hostile_inputs_are_rendered_more_often_than_refused():
    refused = [source for source in HOSTILE if attempt(source) is None]

    assert len(refused) < len(HOSTILE) / 3


def test_the_inspector_sees_what_is_dangerous():
    with pytest.raises(AssertionError):
        assert_harmless("<p onclick=x>x</p>")
    with pytest.raises(AssertionError):
        assert_harmless("<a href='javascript:x'>x</a>")
    with pytest.raises(AssertionError):
        assert_harmless("<script>x</script>")


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('<h2 id="main">x</h2>', "<h2>x</h2>"),
        ('<h2 id="sec-x y">x</h2>', "<h2>x</h2>"),
        ('<h2 id="sec-x">x</h2>', '<h2 id="sec-x">x</h2>'),
        ('<p class="note hero lead">x</p>', '<p class="note lead">x</p>'),
        ('<p class="hero">x</p>', "<p>x</p>"),
        ('<div role="alert" tabindex="3">x</div>', "<div>x</div>"),
        ('<abbr title="x" tabindex="0">y</abbr>', '<abbr title="x" tabindex="0">y</abbr>'),
        ('<p tabindex="0">x</p>', "<p>x</p>"),
        ('<p lang="de-AT">x</p><p lang="x\'y">x</p>', '<p lang="de-AT">x</p><p>x</p>'),
        ('<img src="/media/a.png" alt="x" width="10%">', '<img src="/media/a.png" alt="x">'),
        ("<h1>x</h1>", "x"),
        ('<a href="https://x.org" rel="opener">x</a>', '<a href="https://x.org">x</a>'),
    ],
)
def test_clean_judges_values(html, expected):
    assert clean(html) == expected
