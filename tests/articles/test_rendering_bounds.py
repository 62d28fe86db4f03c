"""What is refused before Python-Markdown sees it, and that what is accepted stays cheap."""

import sys

import pytest

from articles.rendering import SourceError, bounds, render


def problems(source):
    with pytest.raises(SourceError) as caught:
        render(source)
    return [(problem.line, problem.message) for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("source", "line", "words"),
    [
        ("x" * 200_001, 1, "too long: 200,001 characters"),
        ("a\n\nb \x00 c", 3, "U+0000"),
        ("a\r\n\r\nb \ud800 c", 3, "U+D800"),
        ("\x02klzzwxh:0001\x03", 1, "U+0002"),
        ("a\n\x0e1\x0f", 2, "U+000E"),
        ("a\n\n" + "word " * 1_001, 3, "line is too long: 5,005"),
        ("a\n\n" + "b\n" * 301, 3, "at most 300 lines"),
        ("a\n\n" + ("b" * 4_000 + "\n") * 5, 3, "16,000 characters"),
        ("a\n\n" * 2_501, 5_001, "at most 5,000 lines"),
        ("a\n" + "[a](/b)\n\n" * 501, 1_002, "more than 500 links"),
        ("a\n\n" + "=" * 201, 3, "more than 200 times in a row"),
        ("a\n" + "> " * 9 + "x", 2, "nested at most 8"),
        ("a\n" + "- " * 9 + "x", 2, "nested at most 8"),
        ("a\n" + " " * 36 + "x", 2, "nested at most 8"),
        ("a\n" + "[" * 9, 2, "more than 8 square brackets"),
        ("a\n\n" + "[\n\n" * 51, 103, "more than 50 square brackets"),
        ("a\n" + "{a} " * 51, 2, "more than 50 times the character {"),
        ("a\n" + "| " * 101, 2, "more than 100 times the character |"),
        ("a\n\n" + "*b* " * 501, 3, "too many markup characters"),
        (("*b* " * 500 + "\n\n") * 21, 41, "too many markup characters"),
        ("a\n\n" + "*[A]: b\n\n" * 301, 603, "more than 300 definitions"),
    ],
)
def test_render_refuses_what_is_out_of_bounds_and_names_the_line(source, line, words):
    found = problems(source)

    assert found[0][0] == line
    assert words in found[0][1]


@pytest.mark.parametrize(
    "source",
    [
        "word " * 1_000,
        ("b" * 50 + "\n") * 300,
        "a\n\n" * 2_499,
        "=" * 200,
        "> " * 8 + "x",
        "* " * 60,
        "- " * 60,
        "[" * 8,
        r"\[" * 1_000,
        "`[`" + r" \[ a [b]" * 400,
        "{a} " * 50,
        "*b* " * 500,
    ],
)
def test_render_accepts_what_is_just_within_bounds(source):
    render(source)


UNITS = [
    *(
        "[",
        "]",
        "![",
        "](",
        "[]",
        "[]()",
        "[a](b",
        "[a][",
        "[^",
        "[^a]",
        "[@",
        "[@a",
        "(",
        ")",
        "()",
        "[(",
        "!",
    ),
    *(
        "*",
        "_",
        "**",
        "*a",
        "_a",
        "a*",
        "a_",
        "*_",
        "_*",
        "***a",
        "*a_",
        "_<",
        "_+",
        "**a*",
        "`",
        "``",
        "`a",
        "`|",
    ),
    *(
        "<",
        ">",
        "<a",
        "<a>",
        "</a",
        "<!--",
        "-->",
        "<!",
        "<?",
        "<sup>",
        "</sup>",
        "<em><strong>",
        "<a@",
        "<a:",
    ),
    *(
        "&",
        "&#",
        "&amp;",
        "&a",
        "\\",
        "\\\\",
        "\\[",
        "\\`",
        '"',
        "'",
        "\"'",
        "a'b",
        "--",
        "---",
        "...",
        "-1 ",
    ),
    *(
        "{",
        "}",
        "{:",
        "{a=",
        ' {a="',
        "{: .a }",
        "|",
        "||",
        "a|",
        "|-",
        "|:-:",
        "#",
        "# ",
        "a #",
        "= ",
        "- ",
        "+",
    ),
    *(
        "1.",
        "1. ",
        "> ",
        ": ",
        "~~~",
        "!!! a ",
        '!!! a "',
        "*[a]: ",
        "[a]: b ",
        "http://",
        "1-1-",
        "12 mg ",
        "a ",
    ),
]
SHAPES = {
    "one long line": lambda unit: [f"a {unit * 200} {unit}a" + f" {unit}a" * 200],
    "many lines": lambda unit: [unit, f"{unit} a {unit}b"] * 50,
    "many paragraphs": lambda unit: [unit, ""] * 15,
    "ever deeper": lambda unit: [" " * 4 * (depth % 9) + unit + "x" for depth in range(60)],
}

CALLS_AT_MOST = 60_000
CALLS_PER_CHARACTER = 200


def work(source):
    """Function calls, of Python and of C, while `source` is rendered; None when it is refused by the bounds."""
    if bounds.problems(bounds.normalise(source)):
        return None
    calls = 0

    def count(frame, event, argument):
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        render(source)
    except SourceError:
        return calls
    finally:
        sys.setprofile(None)
    return calls


@pytest.mark.parametrize("shape", SHAPES)
def test_render_does_bounded_work_on_whatever_it_accepts(shape):
    sources = {unit: "\n".join(SHAPES[shape](unit)) for unit in UNITS}

    done = {unit: work(source) for unit, source in sources.items()}

    accepted = {unit: calls for unit, calls in done.items() if calls is not None}
    assert len(accepted) > len(UNITS) / 4
    limits = {unit: CALLS_AT_MOST + CALLS_PER_CHARACTER * len(sources[unit]) for unit in accepted}
    assert {unit: calls for unit, calls in accepted.items() if calls > limits[unit]} == {}


@pytest.mark.parametrize(
    "source",
    [
        "[" * 2000,
        "[" * 80000,
        "![" * 50000,
        "[a](" * 40000,
        "<" * 100000,
        "*" * 150000,
        "`" * 100000,
        "> " * 5000 + "x",
        "- " * 5000 + "x",
        "    " * 3000 + "x",
        "_<" * 50000,
        "[^a\n" * 20000,
        "*[x\n" * 20000,
        "!!! a\n" * 20000,
        "\n" * 150000,
        " " * 150000,
        "a\n\n" * 60000,
        "|" * 150000,
    ],
)
def test_render_refuses_known_bombs_before_parsing(source):
    assert work(source) is None


def test_an_exception_of_the_parser_becomes_a_source_error(monkeypatch):
    def fail(self, source):
        raise RecursionError

    monkeypatch.setattr("markdown.Markdown.convert", fail)

    assert problems("text") == [
        (1, "the text cannot be read; the markup is nested too deeply or contradicts itself.")
    ]
