"""Markdown as editors write it, turned into HTML that is safe to put in a page.

Pure Python without the ORM: `render` is called when an article is saved, never in a request.
What an editor may write: citations `[@key]`, footnotes `[^1]`, abbreviations `*[PFS]: …`, tables with caption
(`Table: …`) and source (`Source: …`), notes (`!!! note`), pictures from /media/, and lines `[[…]]` that place
what others make of data.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from . import bounds, markup, placements, sanitiser, typography
from .draft import Draft
from .lines import mark, unmark
from .outline import outline
from .problems import Problem, SourceError
from .reading import reading_minutes

__all__ = ["RENDERER_VERSION", "Problem", "Rendered", "SourceError", "reading_minutes", "render"]

RENDERER_VERSION = 2  # raise it when the output changes: `manage.py render` rebuilds what is stored


@dataclass(frozen=True)
class Rendered:
    """What one source becomes.

    html           sanitised, safe to put in a page
    text           its plain text, one line for each block, without the numbers of citations and footnotes
    contents       [{"id", "title", "children": […]}] for h2 and h3; titles are plain text
    citations      key → times cited, in order of first use: the n-th key is reference n of the page. The page
                   gives it the id `ref-<n>`; its k-th use in `html` has the id `cite-<n>-<k>`
    abbreviations  used abbreviation → expansion, in order of first use
    """

    html: str
    text: str
    contents: list[dict[str, Any]]
    citations: dict[str, int]
    abbreviations: dict[str, str]


def render(
    source: str,
    *,
    reference_keys: Collection[str] = (),
    place: Callable[[list[str]], str] | None = None,
) -> Rendered:
    """Turn Markdown into safe HTML and what the page around it needs.

    source          Markdown, at most `bounds.MAX_SOURCE` characters
    reference_keys  the keys that citations may use
    place           called with the words of a line `[[…]]`; returns trusted HTML for its place, or raises
                    ValueError with what the editor should write instead
    raises          SourceError with every problem and its line
    """
    source = bounds.normalise(source)
    if problems := bounds.problems(source):
        raise SourceError(problems)
    draft = Draft(reference_keys=frozenset(reference_keys), place=place)
    html = _convert(source, draft)
    if draft.problems:
        raise SourceError(draft.problems)
    html = sanitiser.clean(unmark(html))
    text, contents = outline(placements.fill(html, []))
    html = placements.fill(typography.keep_whole(html), draft.placed)
    return Rendered(html, text, contents, draft.citations, draft.abbreviations)


def _convert(source: str, draft: Draft) -> str:
    try:
        return markup.build(draft).convert(mark(source))
    except Exception as error:  # Python-Markdown raises what it likes (RecursionError, AttributeError …)
        message = "the text cannot be read; the markup is nested too deeply or contradicts itself."
        raise SourceError([*draft.problems, Problem(1, message)]) from error
