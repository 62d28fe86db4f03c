"""Whatever is typed: render answers or explains, its output is clean, its text is plain."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from articles.rendering import SourceError, render
from articles.rendering.sanitiser import clean
from articles.rendering.typography import set_numbers

PIECES = (
    *(
        "[@a]",
        "[@b; @a]",
        "[@c",
        "[^1]",
        "\n\n[^1]: ",
        "*[AB]: ",
        "AB",
        "[x](",
        "/y)",
        "![",
        "](/media/a.png)",
    ),
    *(
        "\n",
        "\n\n",
        "    ",
        "> ",
        "- ",
        "1. ",
        "## ",
        "### ",
        "Table: ",
        "Source: ",
        "| a | b |\n",
        "|---|--:|\n",
    ),
    *(
        "*",
        "**",
        "_",
        "`",
        "```\n",
        "<sup>",
        "</sup>",
        "<em>",
        "</em>",
        "<!--",
        "-->",
        "<br>",
        "<b>",
        "&amp;",
        "&",
    ),
    *(
        "{: .lead #x }",
        "{a=b}",
        "!!! note\n",
        ": ",
        "\\",
        '"',
        "'",
        "--",
        "0.5-0.6",
        "-3",
        "12 mg",
        "http://x.org",
    ),
    *("<http://x.org>", "a", "é", "[", "]", "(", ")", "<", ">", "|", "#", "~~~\n", "\t", "---\n", "===\n"),
)
sources = st.one_of(
    st.text(max_size=200),
    st.lists(st.sampled_from(PIECES), max_size=40).map("".join),
    st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=5)), max_size=30).map("".join),
)
checked = settings(
    max_examples=150,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=True,
)


def attempt(source):
    try:
        return render(source, reference_keys=["a", "b"]), ()
    except SourceError as error:
        return None, error.problems


@checked
@given(sources)
def test_render_answers_or_raises_source_error(source):
    rendered, problems = attempt(source)

    if rendered is None:
        lines = source.replace("\r\n", "\n").replace("\r", "\n").count("\n") + 1
        assert problems
        assert all(1 <= problem.line <= lines for problem in problems)
    else:
        assert clean(rendered.html) == rendered.html
        assert not any(character in rendered.html for character in "\x00\x02\x03\x0e\x0f")
        assert rendered == render(source, reference_keys=["a", "b"])


@checked
@given(sources.map(lambda source: source.replace("<", "").replace("&", "")))
def test_text_never_holds_tags(source):
    rendered, _ = attempt(source)

    assert rendered is None or "<" not in rendered.text


@checked
@given(st.text(alphabet="0123456789.,-–− \n%mgNCT/:(", max_size=60))
def test_set_numbers_changes_only_spaces_and_dashes_and_is_done_at_once(text):
    done = set_numbers(text)

    plain = str.maketrans({"\u00a0": " ", "\n": " ", "–": "-", "−": "-"})
    assert done.translate(plain) == text.translate(plain)
    assert set_numbers(done) == done
