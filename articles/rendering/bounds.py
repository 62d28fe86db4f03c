"""What Python-Markdown may be given: it has quadratic cases and recurses, so those are refused first.

Measured with Markdown 3.11: of the repeated patterns that fill these limits, none took more than about 2 s.
An article has about 6,000 characters; the limits are far above anything that is written by hand.
"""

import re
from collections.abc import Iterator

from .problems import Problem

MAX_SOURCE = 200_000  # characters
MAX_LINE = 5_000
MAX_BLOCK = 16_000  # characters between two empty lines
MAX_BLOCK_LINES = 300
MAX_LINES = 5_000
MAX_RUN = 200  # the same punctuation mark or space in a row
MAX_NESTING = 8  # quotes, lists, brackets
MAX_OPEN_BRACKETS = 50  # never closed, in the whole text
MAX_LINKS = 500  # and pictures: the end of each is looked for up to the end of its paragraph
MAX_BRACES = 50  # on one line
MAX_PIPES = 100  # on one line: columns of a table
MAX_MARKUP = 20_000  # runs of the characters that Python-Markdown works on one by one
MAX_BLOCK_MARKUP = 1_000  # the same between two empty lines
MAX_DEFINITIONS = 300  # of abbreviations, footnotes, links; and fences of code

_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_RUN = re.compile(rf"([^\w\n])\1{{{MAX_RUN}}}")
_PREFIX = re.compile(r"(?:[ ]|>|[*+:-][ ]|[0-9]{1,9}\.[ ])*")
_LEVEL = re.compile(r">|[*+:-][ ]|[0-9]{1,9}\.[ ]|[ ]{4}")
_RULE = re.compile(r"[ *_-]*")
_BRACKET = re.compile(r"(?<!\\)(?:\\\\)*([\[\]])")
_MARKUP = re.compile(r"""\*+|_+|`+|\\.?|["'&<\[]""")
_DEFINITION = re.compile(r"[ >]*(?:\*?\[[^\]]*\][ ]?:|`{3}|~{3}|!!!)")


def normalise(source: str) -> str:
    """`source` with "\\n" as line end and spaces instead of tabs, as Python-Markdown would make it."""
    return source.replace("\r\n", "\n").replace("\r", "\n").expandtabs(4)


def problems(source: str) -> list[Problem]:
    """Everything in `source` (normalised) that must not reach Python-Markdown; empty when it may."""
    if len(source) > MAX_SOURCE:
        message = f"the text is too long: {len(source):,} characters, at most {MAX_SOURCE:,} are possible."
        return [Problem(1, message)]
    lines = source.split("\n")
    if len(lines) > MAX_LINES:
        return [Problem(MAX_LINES + 1, f"the text is too long: at most {MAX_LINES:,} lines are possible.")]
    return [*_characters(lines), *_lines(lines), *_definitions(lines), *_blocks(lines)]


def _characters(lines: list[str]) -> Iterator[Problem]:
    for number, line in enumerate(lines, start=1):
        if found := _FORBIDDEN.search(line):
            yield Problem(number, f"the character U+{ord(found[0]):04X} cannot be used in a text.")


def _lines(lines: list[str]) -> Iterator[Problem]:
    counted = (("{", MAX_BRACES), ("|", MAX_PIPES))
    for number, line in enumerate(lines, start=1):
        if len(line) > MAX_LINE:
            message = f"this line is too long: {len(line):,} characters, at most {MAX_LINE:,} are possible."
            yield Problem(number, message)
        if _RUN.search(line):
            yield Problem(number, f"the same character stands here more than {MAX_RUN} times in a row.")
        for character, most in counted:
            if line.count(character) > most:
                yield Problem(number, f"more than {most} times the character {character} on one line.")
        prefix = _PREFIX.match(line)
        levels = len(_LEVEL.findall(prefix[0])) if prefix else 0
        if levels > MAX_NESTING and not _RULE.fullmatch(line):
            yield Problem(number, f"lists and quotes can be nested at most {MAX_NESTING} levels deep.")


def _definitions(lines: list[str]) -> Iterator[Problem]:
    definitions, links = 0, 0
    for number, line in enumerate(lines, start=1):
        if _DEFINITION.match(line):
            definitions += 1
            if definitions == MAX_DEFINITIONS + 1:
                message = f"more than {MAX_DEFINITIONS} definitions, notes and fenced blocks of code."
                yield Problem(number, message)
        if links <= MAX_LINKS < (links := links + line.count("](")):
            yield Problem(number, f"more than {MAX_LINKS} links and pictures.")


def _blocks(lines: list[str]) -> Iterator[Problem]:
    unclosed, markup = 0, 0
    for first, block in _split(lines):
        yield from _block(first, block)
        deepest, left_open = _brackets(block, first)
        if deepest:
            message = f"more than {MAX_NESTING} square brackets are open here; write \\[ for a plain one."
            yield Problem(deepest, message)
        if unclosed <= MAX_OPEN_BRACKETS < (unclosed := unclosed + left_open):
            message = f"more than {MAX_OPEN_BRACKETS} square brackets are never closed; write \\[ for them."
            yield Problem(first, message)
        marks = sum(len(_MARKUP.findall(line)) for line in block)
        if marks > MAX_BLOCK_MARKUP or markup <= MAX_MARKUP < (markup := markup + marks):
            message = (
                "too many markup characters (* _ ` [ < & quotes, backslashes): at most"
                f" {MAX_BLOCK_MARKUP:,} in a paragraph and {MAX_MARKUP:,} in a text are possible."
            )
            yield Problem(first, message)


def _block(first: int, block: list[str]) -> Iterator[Problem]:
    if len(block) > MAX_BLOCK_LINES or sum(map(len, block)) > MAX_BLOCK:
        message = (
            f"this paragraph, list or table is too long: at most {MAX_BLOCK_LINES} lines and"
            f" {MAX_BLOCK:,} characters are possible without an empty line."
        )
        yield Problem(first, message)


def _split(lines: list[str]) -> Iterator[tuple[int, list[str]]]:
    """Blocks of lines with the number of their first line; each empty line in a row counts as one too."""
    block: list[str] = []
    for number, line in enumerate([*lines, ""], start=1):
        if line.strip():
            block.append(line)
            continue
        yield number - len(block), block
        block = []


def _brackets(block: list[str], first: int) -> tuple[int | None, int]:
    """The line where brackets are nested too deeply, if any, and how many are open at the end."""
    depth, deepest = 0, None
    for number, line in enumerate(block, start=first):
        for bracket in _BRACKET.findall(line):
            depth = depth + 1 if bracket == "[" else max(0, depth - 1)
            if depth > MAX_NESTING and deepest is None:
                deepest = number
    return deepest, depth
