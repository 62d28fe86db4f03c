"""What is written around a figure: title, caption, source."""

from __future__ import annotations

from collections.abc import Sequence

from . import follow_up, printing
from .figure_rows import at_time
from .models import DataCut, Publication, Result

MOST_NAMES = 3  # of endpoints written out in a title; more are abbreviated
LICENCE = (
    "Drawn from the published numbers for education; not the publisher’s figure."
    " It may be used in teaching if this source and this site are named."
)


def endpoints(results: Sequence[Result], *, with_time: bool = False) -> str:
    """The endpoints of `results`, abbreviated if they are many; `with_time` with the time of each landmark."""
    is_long = len({result.endpoint_id for result in results}) > MOST_NAMES
    names = (
        (result.endpoint.abbreviation if is_long else in_sentence(result.endpoint.name), result)
        for result in results
    )
    return printing.listed(at_time(name, result) if with_time else name for name, result in names)


def in_sentence(name: str) -> str:
    """Without the capital of a beginning, unless the first word is an abbreviation."""
    return name if name[1:2].isupper() else name[:1].lower() + name[1:]


def caption(cut: DataCut, results: Sequence[Result]) -> str:
    """Date and follow-up of the data cut, and the population; what was not reported is said to be so."""
    cutoff = f"Data cut-off {printing.day(cut.cutoff)}" if cut.cutoff else "Date of data cut-off not reported"
    months = follow_up.of_results(cut, results) or printing.NOT_REPORTED
    return f"{cutoff}; median follow-up {months}. Population: {population(results)}."


def population(results: Sequence[Result]) -> str:
    """ "intention to treat", or where they differ "intention to treat (OS); not stated (PFS and PFS2)"."""
    endpoints: dict[str, list[str]] = {}
    for result in results:
        endpoints.setdefault(in_sentence(result.get_population_display()), []).append(
            result.endpoint.abbreviation
        )
    if len(endpoints) == 1:
        return next(iter(endpoints))
    return "; ".join(f"{name} ({printing.listed(of)})" for name, of in endpoints.items())


def source(results: Sequence[Result]) -> str:
    """Every publication that a drawn number comes from."""
    publications = dict.fromkeys(result.publication for result in results)
    return "Source: " + "; ".join(map(citation, publications)) + "."


def citation(publication: Publication) -> str:
    """ "Richardson et al. 2019, Lancet Oncol, doi:10.1016/…"."""
    doi = f"doi:{publication.doi}" if publication.doi else ""
    return ", ".join(filter(None, (publication.label, publication.journal, doi))).rstrip(".")
