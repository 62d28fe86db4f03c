"""What nobody publishes: years, dates and times far from any trial. Mostly a slip of the keyboard, so oddities."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from itertools import pairwise

from .findings import Finding, fault, oddity
from .records import CutRecord, PublicationRecord, TrialRecord

FIRST_YEAR = 1950  # controlled trials of drugs begin about then
LONGEST = Decimal(600)  # months: no trial has followed its patients for fifty years
# https://www.crossref.org/blog/dois-and-matching-regular-expressions/
DOI = re.compile(r"10\.\d{4,9}/\S+", re.ASCII)
PMID = re.compile(r"\d{1,9}", re.ASCII)


def check_cuts(trial: TrialRecord) -> Iterator[Finding]:
    """Data cuts stand in the order of their cut-off dates, at dates that have been, with a follow-up that can be."""
    dated = [cut for cut in trial.cuts if cut.cutoff is not None]
    for before, cut in pairwise(dated):
        if before.cutoff and cut.cutoff and cut.cutoff < before.cutoff:
            yield fault(
                "cut-order",
                cut.label,
                f"The cut-off {cut.cutoff} is before that of “{before.label}”, {before.cutoff}, but the data cut"
                " stands after it. Correct a date, or the order: what stands last is shown as the newest.",
            )
    for cut in trial.cuts:
        yield from check_cut(cut, trial.today)


def check_cut(cut: CutRecord, today: date | None) -> Iterator[Finding]:
    is_future = today is not None and cut.cutoff is not None and cut.cutoff > today
    if cut.cutoff and (is_future or cut.cutoff.year < FIRST_YEAR):
        yield oddity(
            "cut-off-date",
            cut.label,
            f"The cut-off {cut.cutoff} cannot be right. Compare it with the source.",
        )
    for months in cut.follow_ups:
        if months > LONGEST:
            yield too_long("follow-up-length", cut.label, "follow-up", months)


def check_median(where: str, median: Decimal | None) -> Iterator[Finding]:
    if median is not None and median > LONGEST:
        yield too_long("median-length", where, "median", median)


def too_long(code: str, where: str, what: str, months: Decimal) -> Finding:
    return oddity(
        code,
        where,
        f"A {what} of {months} months is longer than any trial has lasted. Compare it with the source, also its unit.",
        months,
    )


def check_publication(publication: PublicationRecord, today: date | None) -> Iterator[Finding]:
    """The year lies between 1950 and the next; DOI and PMID have their form, or their links lead nowhere."""
    where, year = publication.label, publication.year
    is_future = today is not None and year is not None and year > today.year + 1
    if year is not None and (year < FIRST_YEAR or is_future):
        yield oddity(
            "publication-year", where, f"{year} cannot be the year. Compare it with the publication."
        )
    if publication.doi and not DOI.fullmatch(publication.doi):
        yield oddity(
            "doi-form", where, f"“{publication.doi}” has not the form of a DOI, such as 10.1000/182."
        )
    if publication.pmid and not PMID.fullmatch(publication.pmid):
        yield oddity("pmid-form", where, f"“{publication.pmid}” is no PubMed number: these have only digits.")


def check_sources(trial: TrialRecord) -> Iterator[Finding]:
    """What was checked names a source that is in the list."""
    if trial.unknown_sources:
        names = ", ".join(trial.unknown_sources)
        yield fault("source-unknown", trial.label, f"Sources that are not in the list are named: {names}.")
