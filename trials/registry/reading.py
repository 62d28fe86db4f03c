"""A study of ClinicalTrials.gov API v2 as plain objects. Only what is compared is read; the rest is not looked at.

Modules and field names: the API's description, https://clinicaltrials.gov/data-api/api. Adverse events are not
read: the registry has them without grades and by other rules than publications.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from trials.models import FORMATS, Registry

from .node import Node, parsed, refuse
from .numbers import Number

LONGEST_TITLE = 300  # of a group; the registry allows 100
LONGEST_VALUE = 200
ROLES = {"primaryOutcomes": "primary", "secondaryOutcomes": "secondary", "otherOutcomes": "other"}


@dataclass(frozen=True)
class ArmGroup:
    path: str
    title: str
    kind: str
    interventions: tuple[str, ...]  # "Drug: Pomalidomide"


@dataclass(frozen=True)
class Outcome:
    """An endpoint as registered; `role` is primary, secondary or other."""

    path: str
    role: str
    title: str
    time_frame: str


@dataclass(frozen=True)
class Started:
    """How many participants started the first period in a group."""

    path: str
    title: str
    count: Number


@dataclass(frozen=True)
class Cell:
    """What was measured in one group, in one class and category of an outcome measure."""

    path: str
    group: str
    labels: tuple[str, ...]
    value: Number
    lower: Number | None
    upper: Number | None
    comment: str = ""


@dataclass(frozen=True)
class Analysis:
    """One statistical analysis. `level` and `sides` are None where they are not given; `notes` all its remarks."""

    path: str
    groups: tuple[str, ...]
    parameter: str
    estimate: Number | None
    lower: Number | None
    upper: Number | None
    level: Number | None
    sides: int | None
    p_value: Number | None
    notes: str


@dataclass(frozen=True)
class Measure:
    path: str
    role: str
    title: str
    description: str
    time_frame: str
    population: str
    parameter: str
    dispersion: str
    unit: str
    counted: dict[str, int] = field(hash=False)  # participants analysed, by title of the group
    cells: tuple[Cell, ...]
    analyses: tuple[Analysis, ...]


@dataclass(frozen=True)
class Study:
    number: str
    title: str
    status: str
    updated_on: date | None
    completed_on: date | None  # last examination for the primary outcome
    arms: tuple[ArmGroup, ...]
    outcomes: tuple[Outcome, ...]
    started: tuple[Started, ...]
    measures: tuple[Measure, ...]

    @property
    def groups(self) -> list[str]:
        """The titles of all groups, each once, in the order of the record."""
        titles = [arm.title for arm in self.arms] + [row.title for row in self.started]
        titles += [cell.group for measure in self.measures for cell in measure.cells]
        titles += [
            title for measure in self.measures for analysis in measure.analyses for title in analysis.groups
        ]
        return list(dict.fromkeys(titles))


def read(data: bytes) -> tuple[Study, Node]:
    """The study in the JSON `data`, and all of its content. Raises Refused, naming the place that is wrong."""
    record = parsed(data)
    protocol, results = record.object("protocolSection"), record.object("resultsSection")
    identification, status = protocol.object("identificationModule"), protocol.object("statusModule")
    number = identification.needed("nctId", 40)
    if not re.fullmatch(FORMATS[Registry.NCT], number, re.ASCII):
        refuse(identification.below("nctId"), "is no NCT number: NCT and eight digits.")
    study = Study(
        number=number,
        title=identification.text("briefTitle"),
        status=status.text("overallStatus", LONGEST_VALUE),
        updated_on=status.object("lastUpdatePostDateStruct").day("date"),
        completed_on=status.object("primaryCompletionDateStruct").day("date"),
        arms=tuple(_arms(protocol.object("armsInterventionsModule"))),
        outcomes=tuple(_outcomes(protocol.object("outcomesModule"))),
        started=tuple(_started(results.object("participantFlowModule"))),
        measures=tuple(_measures(results.object("outcomeMeasuresModule"))),
    )
    return study, record


def _arms(module: Node) -> Iterator[ArmGroup]:
    for node in module.objects("armGroups"):
        yield ArmGroup(
            path=node.path,
            title=node.needed("label", LONGEST_TITLE),
            kind=node.text("type", LONGEST_VALUE),
            interventions=tuple(node.texts("interventionNames")),
        )


def _outcomes(module: Node) -> Iterator[Outcome]:
    for key, role in ROLES.items():
        for node in module.objects(key):
            yield Outcome(node.path, role, node.needed("measure"), node.text("timeFrame"))


def _started(module: Node) -> Iterator[Started]:
    """The milestone STARTED of the first period: later periods hold those who went on."""
    titles = _titles(module)
    for period in module.objects("periods")[:1]:
        for milestone in period.objects("milestones"):
            if milestone.text("type") == "STARTED":
                for node in milestone.objects("achievements"):
                    if count := _number(node, "numSubjects"):
                        yield Started(node.below("numSubjects"), _group(node, "groupId", titles), count)


def _titles(node: Node) -> dict[str, str]:
    """{identifier of a group in this module: its title}"""
    return {
        group.needed("id", LONGEST_VALUE): group.needed("title", LONGEST_TITLE)
        for group in node.objects("groups")
    }


def _group(node: Node, key: str, titles: dict[str, str]) -> str:
    identifier = node.needed(key, LONGEST_VALUE)
    return titles.get(identifier) or refuse(node.below(key), f"names no group of its module: {identifier}.")


def _number(node: Node, key: str, note: str = "") -> Number | None:
    text = node.text(key, LONGEST_VALUE)
    return Number.read(text, note) if text else None


def _measures(module: Node) -> Iterator[Measure]:
    for node in module.objects("outcomeMeasures"):
        titles = _titles(node)
        yield Measure(
            path=node.path,
            role=node.text("type", LONGEST_VALUE).lower(),
            title=node.needed("title"),
            description=node.text("description"),
            time_frame=node.text("timeFrame"),
            population=node.text("populationDescription"),
            parameter=node.text("paramType", LONGEST_VALUE),
            dispersion=node.text("dispersionType", LONGEST_VALUE),
            unit=node.text("unitOfMeasure", LONGEST_VALUE),
            counted=_counted(node, titles),
            cells=tuple(_cells(node, titles)),
            analyses=tuple(_analysis(analysis, titles) for analysis in node.objects("analyses")),
        )


def _counted(measure: Node, titles: dict[str, str]) -> dict[str, int]:
    """Participants analysed per group; a title that two groups share tells nothing."""
    found: dict[str, int] = {}
    for denominator in measure.objects("denoms"):
        for node in denominator.objects("counts"):
            title, count = _group(node, "groupId", titles), _number(node, "value")
            is_whole = count and count.value is not None and count.value == int(count.value)
            if denominator.text("units").lower() == "participants" and count and is_whole:
                found[title] = int(count.value or 0)
    shared = {title for title, times in Counter(titles.values()).items() if times > 1}
    return {title: count for title, count in found.items() if title not in shared}


def _cells(measure: Node, titles: dict[str, str]) -> Iterator[Cell]:
    for group_class in measure.objects("classes"):
        for category in group_class.objects("categories"):
            labels = (group_class.text("title"), category.text("title"))
            for node in category.objects("measurements"):
                group, note = _group(node, "groupId", titles), node.text("comment")
                value = _number(node, "value", note)
                bounds = _number(node, "lowerLimit", note), _number(node, "upperLimit", note)
                if value:
                    yield Cell(node.path, group, tuple(filter(None, labels)), value, *bounds, note)


def _analysis(node: Node, titles: dict[str, str]) -> Analysis:
    identifiers = node.texts("groupIds")
    for number, identifier in enumerate(identifiers, start=1):
        if identifier not in titles:
            refuse(f"{node.below('groupIds')}[{number}]", "names no group of its module.")
    sides = {"ONE_SIDED": 1, "TWO_SIDED": 2, "": None}
    written = node.text("ciNumSides", LONGEST_VALUE)
    if written not in sides:
        refuse(node.below("ciNumSides"), "is neither ONE_SIDED nor TWO_SIDED.")
    remarks = ("statisticalMethod", "statisticalComment", "pValueComment", "estimateComment")
    return Analysis(
        path=node.path,
        groups=tuple(titles[identifier] for identifier in identifiers),
        parameter=node.text("paramType", LONGEST_VALUE),
        estimate=_number(node, "paramValue", node.text("estimateComment")),
        lower=_number(node, "ciLowerLimit", node.text("ciLowerLimitComment")),
        upper=_number(node, "ciUpperLimit", node.text("ciUpperLimitComment")),
        level=_number(node, "ciPctValue"),
        sides=sides[written],
        p_value=_number(node, "pValue"),
        notes=" ".join(filter(None, (node.text(key) for key in remarks))),
    )
