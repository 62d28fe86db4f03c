"""Lines that place a part made elsewhere."""

import pytest

from articles.rendering import SourceError, render


def place(words):
    if words[0] != "results":
        raise ValueError(f"“{words[0]}” cannot be placed.")
    return f'<figure data-words="{"-".join(words)}"><svg></svg></figure>'


def test_placement_stands_where_its_line_stood_and_passes_the_sanitiser():
    rendered = render("Before.\n\n[[results optimismm final-os]]\n\nAfter.", place=place)

    assert rendered.html.index("Before") < rendered.html.index("<svg>") < rendered.html.index("After")
    assert 'data-words="results-optimismm-final-os"' in rendered.html
    assert rendered.text == "Before.\nAfter."


def test_unknown_placement_is_a_problem_with_its_line():
    with pytest.raises(SourceError) as refused:
        render("Before.\n\n[[nonsense]]", place=place)

    assert [str(problem) for problem in refused.value.problems] == ["Line 3: “nonsense” cannot be placed."]


def test_where_nothing_can_be_placed_the_line_is_a_problem():
    with pytest.raises(SourceError, match="Line 1"):
        render("[[results optimismm final-os]]")


@pytest.mark.parametrize(
    "source",
    [
        "Text with [[results a b]] inside.",
        "`[[results a b]]`",
        "    [[results a b]]",
        "\ue0020\ue003",
        "<p>\ue0020\ue003</p>",
    ],
)
def test_only_a_line_of_its_own_places(source):
    assert "<svg>" not in render(f"First.\n\n{source}", place=place).html


def test_forged_mark_shows_nothing_but_what_was_placed():
    rendered = render("[[results a b]]\n\n\ue0027\ue003", place=place)

    assert rendered.html.count("<svg>") == 1
