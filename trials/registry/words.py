"""What the free texts of a record say: endpoint, population, unit, parameter, time. Unclear texts say nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import NamedTuple

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
MONTH = r"(?P<month>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
DATES = [
    re.compile(rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)?[\s-]*{MONTH}[\s,-]*(?P<year>20\d\d)\b", re.IGNORECASE),
    re.compile(rf"\b{MONTH}[\s-]*(?P<day>\d{{1,2}})(?:st|nd|rd|th)?[\s,-]+(?P<year>20\d\d)\b", re.IGNORECASE),
    re.compile(r"\b(?P<year>20\d\d)-(?P<month>\d\d)-(?P<day>\d\d)\b", re.ASCII),
]
FOLLOW_UP = re.compile(
    r"median (?:duration of )?follow[- ]?up[^.;\d]{0,60}?(?P<months>\d{1,3}(?:\.\d{1,3})?)\s*months",
    re.IGNORECASE,
)
LANDMARK = re.compile(
    r"\b(?P<number>\d{1,3}(?:\.\d)?)[\s-]*(?P<unit>month|year)s?\b|\b(?P<unit2>month|year)s?\s+(?P<number2>\d{1,3})\b",
    re.IGNORECASE,
)
SEVERAL = re.compile(r"\d\s*(?:,|and|or|to|-|\N{EN DASH})\s*\d{1,3}[\s-]*(?:month|year)", re.IGNORECASE)
WHOLE_LANDMARK = re.compile(r"(at )?(month |year )?\d{1,3}([ -]?(months?|years?))?", re.IGNORECASE)
CONFIDENCE = re.compile(r"(?P<level>\d{2}(?:\.\d{1,3})?)\s*%\s*confidence interval", re.IGNORECASE | re.ASCII)
SIDED = {
    1: re.compile(r"\b(one|1)[\s-]*(sided|tailed)", re.IGNORECASE),
    2: re.compile(r"\b(two|2)[\s-]*(sided|tailed)", re.IGNORECASE),
}
ITT = re.compile(
    r"\bITT\b|intent(ion)?[\s-]+to[\s-]+treat|\ball (participants|patients) (who were )?randomi[sz]ed"
    r"|\ball randomi[sz]ed",
    re.IGNORECASE,
)
SAFETY = re.compile(r"\bsafety\b|at least (one|1) dose|all treated", re.IGNORECASE)
EVALUABLE = re.compile(r"\bevaluable\b", re.IGNORECASE)
PART = re.compile(
    r"modified|\bmITT\b|sub-?(set|group)|cohort|japan|chin(a|ese)|region|respon(ders|ded)", re.IGNORECASE
)
INDEPENDENT = re.compile(
    r"\b(IRC|BICR|IRAC)\b|independent (central |blinded )?(review|response)", re.IGNORECASE
)
INVESTIGATOR = re.compile(r"\binvestigator", re.IGNORECASE)
# Further names of endpoints in registries, by code.
SYNONYMS = {
    "pfs2": (
        "progression free survival 2 pfs2", "second progression free survival",
        "progression free survival after next line", "progression free survival on next line",
        "progression free survival after the next line", "progression free survival on subsequent",
    ),
    "ttnt": ("time to next anti myeloma", "time to subsequent anti"),
    "dor": ("duration of overall response", "duration of objective response"),
    "ttr": ("time to overall response", "time to first response", "time to objective response"),
    "orr": ("objective response", "overall response"),
    "vgpr": ("vgpr or better", "very good partial response vgpr or better"),
    "cr": ("cr or better", "complete response cr or better"),
    "mrd": ("mrd negativ", "mrd negative", "minimal residual disease"),
    "mrd-sustained": ("sustained mrd negativ", "sustained mrd", "sustained minimal residual disease"),
}  # fmt: skip


class EndpointNames(NamedTuple):
    """An endpoint of our list; `is_in_trial` if the trial has it."""

    code: str
    name: str
    abbreviation: str
    is_in_trial: bool


def plain(text: str) -> str:
    """`text` in lower case, its words with single spaces between."""
    return " ".join(re.findall(r"[a-z0-9+]+", text.lower()))


def endpoint_of(title: str, endpoints: Iterable[EndpointNames]) -> str:
    """The code of the one endpoint that `title` names; empty if it names none or several.

    "Complete response" alone is none: as a category it leaves out what is better.
    """
    endpoints = list(endpoints)
    words = f" {plain(title)}"
    named: dict[str, set[str]] = {}  # name as found → codes
    for row in endpoints:
        for name in (plain(row.name), *SYNONYMS.get(row.code, ())):
            if f" {name}" in words:
                named.setdefault(name, set()).add(row.code)
    longest = [name for name in named if not any(name != other and name in other for other in named)]
    codes = set().union(*(named[name] for name in longest))
    tokens = set(re.findall(r"[\w+]+(?:-[\w+]+)*", title))
    short = {row.code for row in endpoints if row.abbreviation in tokens}
    if codes and short:
        codes &= short  # "Progression-free survival after next therapy (PFS2)" is not PFS
    elif len(short) > 1:
        codes = short & {row.code for row in endpoints if row.is_in_trial}
    else:
        codes = codes or short
    return codes.pop() if len(codes) == 1 else ""


def population_of(text: str) -> str:
    """The code of Result.Population that `text` describes; empty if it describes none, several, or a part of one."""
    if PART.search(text):
        return ""
    patterns = {"itt": ITT, "safety": SAFETY, "evaluable": EVALUABLE}
    found = [code for code, pattern in patterns.items() if pattern.search(text)]
    return found[0] if len(found) == 1 else ""


def assessor_of(text: str) -> str:
    """The code of Result.Assessor that `text` names; empty if it names neither or both."""
    is_irc, is_investigator = INDEPENDENT.search(text), INVESTIGATOR.search(text)
    if bool(is_irc) == bool(is_investigator):
        return ""
    return "irc" if is_irc else "investigator"


def unit_of(text: str) -> str:
    """ "months", "percent" and "participants" in their many spellings; any other unit as it is."""
    unit = plain(text)
    if "%" in text or "percent" in unit:
        return "percent"
    if unit in ("month", "months"):
        return "months"
    return "participants" if unit in ("participants", "patients", "subjects") else unit


def parameter_of(text: str, unit: str) -> str:
    """What kind of number it is: median, rate (a share in percent), count, or the registry's own word."""
    parameter = text.lower().replace("_", " ")
    if parameter == "number" and unit in ("percent", "participants"):
        return "rate" if unit == "percent" else "count"
    return "count" if parameter == "count of participants" else parameter


def effect_of(text: str) -> str:
    """The code of Comparison.Effect; the logarithm of a ratio is no ratio and keeps its name."""
    effects = {"hazard ratio": "hazard_ratio", "odds ratio": "odds_ratio"}
    parameter = re.sub(r"\s*\((hr|or)\)$", "", text.lower().strip())
    return effects.get(parameter, parameter)


def dispersion_of(code: str) -> str:
    """The API's CONFIDENCE_975 in words: 97.5% confidence interval. Older records have words already."""
    if code == "CONFIDENCE_OTHER":
        return "confidence interval"
    if found := re.fullmatch(r"CONFIDENCE_(\d\d)(\d?)", code, re.ASCII):
        return f"{'.'.join(filter(None, found.groups()))}% confidence interval"
    return code.replace("_", " ").lower()


def level_of(dispersion: str) -> Decimal | None:
    """The level of "95% confidence interval"; None for ranges and deviations."""
    found = CONFIDENCE.fullmatch(dispersion.strip())
    return Decimal(found["level"]) if found else None


def sides_of(text: str) -> int | None:
    """Whether a test is called one-sided or two-sided; None if neither, or both."""
    found = [sides for sides, pattern in SIDED.items() if pattern.search(text)]
    return found[0] if len(found) == 1 else None


def dates_in(text: str) -> frozenset[date]:
    """The full dates that `text` names: 13 May 2022, May 13, 2022, 13MAY2022, 2022-05-13."""
    return frozenset(_dates(text))


def _dates(text: str) -> Iterator[date]:
    for pattern in DATES:
        for found in pattern.finditer(text):
            month = found["month"].lower()
            number = int(month) if month.isdecimal() else MONTHS.index(month[:3]) + 1
            try:
                yield date(int(found["year"]), number, int(found["day"]))
            except ValueError:
                continue  # the 31st of February says nothing


def follow_ups_in(text: str) -> frozenset[Decimal]:
    """The median follow-up that `text` names, in months."""
    return frozenset(Decimal(found["months"]) for found in FOLLOW_UP.finditer(text))


def landmark_of(titles: str, time_frame: str) -> Decimal | None:
    """The one time in months that the titles name ("at 24 months", "2-year"), or that is all of the time frame."""
    whole = time_frame if WHOLE_LANDMARK.fullmatch(time_frame.strip()) else ""
    for text in (titles, whole):
        if SEVERAL.search(text):
            return None
        found = {_months(match) for match in LANDMARK.finditer(text)}
        if found:
            return found.pop() if len(found) == 1 else None
    return None


def _months(found: re.Match[str]) -> Decimal:
    unit = (found["unit"] or found["unit2"]).lower()
    return Decimal(found["number"] or found["number2"]) * (12 if unit == "year" else 1)
