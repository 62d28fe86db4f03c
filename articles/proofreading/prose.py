"""The sentences of a Markdown text, and the parts of a sentence. Positions stay those of the source."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from typing import NamedTuple

_CITATION = re.compile(r"\[@[^\]]*\]")
_SPACES = re.compile("[\\s\u00a0\u2007\u2009\u202f*_`]")
_LIKE = str.maketrans({"\u2010": "-", "\u2011": "-", "\u2212": "-", "\u2264": "<", "\u2265": ">"})
_DECIMAL_DOT = re.compile(r"(?<=\d)·(?=\d)")
_PART = re.compile(r"\n[ \t]*\n|\n(?=#)|(?<=\n)(?=[ \t]*(?:[-*+]|\d+[.)])[ \t])|(?<=^)(?=#)")
_NO_PROSE = ("|", "Table: ", "*[", "[[", "Source: ", "```")
_SENTENCE_END = re.compile(r"(?<!\bvs\.)(?<!\be\.g\.)(?<!\bi\.e\.)(?<=[.?!])[\s)]+(?=[A-Z*_\d])")
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_CLAUSE_END = re.compile(r"[;:](?=\s)|,\s+(?=(?:and|but|while|whereas|although|though)\b)|\s[–—]\s")

_LONGEST = 2000  # what is longer is no sentence, and would take long


class Sentence(NamedTuple):
    """`text` is as long as what stands at `start` in the source, with plain spaces, dashes and decimal points."""

    start: int
    text: str
    heading: str  # the one above, "" if none
    before: str  # what precedes it in its paragraph


class Span(NamedTuple):
    start: int
    end: int


def sentences(source: str) -> Iterator[Sentence]:
    """The sentences of Markdown `source` in their order, without headings, tables and definitions."""
    heading = ""
    cuts = [0, *(found.end() for found in _PART.finditer(source)), len(source)]
    for start, end in itertools.pairwise(cuts):
        part = source[start:end]
        if part.lstrip().startswith("#"):
            heading = plain(part)
        elif part.strip() and not part.lstrip().startswith(_NO_PROSE):
            yield from _sentences_of(part, start, heading)


def _sentences_of(paragraph: str, offset: int, heading: str) -> Iterator[Sentence]:
    bare = _CITATION.sub(lambda cited: " " * len(cited[0]), paragraph)
    text = plain(bare)
    starts = [0, *(found.end() for found in _SENTENCE_END.finditer(bare)), len(bare)]
    for start, end in itertools.pairwise(starts):
        if end - start <= _LONGEST:
            yield Sentence(offset + start, text[start:end], heading, text[max(0, start - _LONGEST) : start])


def plain(text: str) -> str:
    """`text` in its length, with one kind of space, hyphen and decimal point and without marks of emphasis."""
    return _SPACES.sub(" ", _DECIMAL_DOT.sub(".", text.translate(_LIKE)))


def blank(text: str, spans: list[Span]) -> str:
    """`text` in its length, with spaces at `spans`."""
    for start, end in spans:
        text = text[:start] + " " * (end - start) + text[end:]
    return text


def without_brackets(text: str) -> str:
    """`text` in its length, with spaces in place of what stands in brackets."""
    for _ in range(3):  # brackets in brackets
        text = _BRACKETS.sub(lambda found: " " * len(found[0]), text)
    return text


def clauses(text: str) -> list[Span]:
    """The clauses of a sentence; what stands in brackets belongs to the clause around it."""
    ends = [found.end() for found in _CLAUSE_END.finditer(without_brackets(text))]
    return [Span(*pair) for pair in zip([0, *ends], [*ends, len(text)], strict=True)]


def segment(text: str, position: int) -> Span:
    """The words around `position` between commas, semicolons, colons and brackets."""
    start = max((found.end() for found in re.finditer(r"[,;:]\s|[()\[\]]", text[:position])), default=0)
    end = re.search(r"[,;:]\s|[()\[\]]", text[position:])
    return Span(start, position + end.start() if end else len(text))
