"""Any mixture of hostile pieces, as Markdown and as HTML: harmless, and sanitised again it stays as it is."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from articles.rendering.sanitiser import clean
from tests.articles.test_rendering_safety import HOSTILE, assert_harmless, attempt

MARKDOWN = "# ## > - * 1. ``` ~~~ | |---| : [x](y) ![x](y) [^1] [^1]: *[ABC]: !!! <!-- --> &lt; &#106; \\ \n \n\n \t {.x}"
PIECES = st.sampled_from(
    [*HOSTILE, *MARKDOWN.split(" "), "onerror=alert(1)", "style=x", "javascript:", "'", '"']
)
SOURCES = st.lists(PIECES | st.text(max_size=10), max_size=10).map("".join)
slow = settings(suppress_health_check=[HealthCheck.too_slow])


@slow
@given(SOURCES)
def test_no_mixture_in_markdown_leaves_anything_executable(source):
    html = attempt(source)

    if html is not None:
        assert_harmless(html)
        assert clean(html) == html


@slow
@given(SOURCES)
def test_no_mixture_in_html_leaves_anything_executable(source):
    html = clean(source)

    assert_harmless(html)
    assert clean(html) == html
