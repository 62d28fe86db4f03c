"""Make the rows of a trial (or drug, or regimen) equal to a record, in place: what is cited keeps its id."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from decimal import Decimal
from sys import maxsize
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import DataError, IntegrityError, connection, models
from django.db.models.deletion import ProtectedError, RestrictedError

from trials.models import (
    Arm,
    ArmFollowUp,
    ArmValue,
    Comparison,
    DataCut,
    DrugName,
    Observation,
    ObservationValue,
    Publication,
    Result,
    TrialEndpoint,
    TrialIdentifier,
    Waiver,
)

from .problems import Problem, Refused
from .reading import Row, joined

Key = tuple[Hashable, ...]


@dataclass(frozen=True)
class Kind:
    """How rows of a model are recognised among those of their parent."""

    parent: str
    root: str  # the way to the trial (or drug)
    keys: tuple[tuple[str, ...], ...]  # columns that must agree; what is left over tries the next
    ordered_in: tuple[str, ...] | None = None  # columns within which `position` counts


KINDS: dict[type[models.Model], Kind] = {
    TrialIdentifier: Kind("trial", "trial", (("registry", "number"),)),
    Arm: Kind("trial", "trial", (("code",),), ()),
    Publication: Kind("trial", "trial", (("code",),)),
    DataCut: Kind("trial", "trial", (("code",),), ()),
    ArmFollowUp: Kind("data_cut", "data_cut__trial", (("arm",),)),
    TrialEndpoint: Kind("trial", "trial", (("endpoint",),)),
    Result: Kind(
        "trial",
        "trial",
        (
            (
                "data_cut",
                "endpoint",
                "measure",
                "timepoint",
                "detail",
                "publication",
                "population",
                "assessor",
            ),
            ("data_cut", "endpoint", "measure", "timepoint", "detail", "publication"),
            ("data_cut", "endpoint", "measure", "timepoint"),
        ),
        (),
    ),
    ArmValue: Kind("result", "trial", (("arm",),)),
    Comparison: Kind("result", "trial", ((),)),
    Observation: Kind(
        "trial",
        "trial",
        (
            ("kind", "name", "grade", "unit", "data_cut", "publication"),
            ("kind", "name", "grade", "data_cut"),
        ),
        ("kind",),
    ),
    ObservationValue: Kind("observation", "trial", (("arm",),)),
    DrugName: Kind("drug", "drug", (("name",),)),
}
UNIQUE_VIOLATION = "23505"
DEFERRED = (
    "one_data_cut_per_trial_and_position, trials_armvalue_is_percent_like_its_result,"
    " trials_observationvalue_is_percent_like_its_observation"
)
NAMED = (Arm, DataCut, Publication)


class Sync:
    """Saves `root` as `row` wants it. Call it inside a transaction: it may raise halfway.

    changes  what was written, in the words of the record; empty if nothing was
    waived   rows with the reasons that the record gives for them; `exchange.waivers` keeps these
    raises   Refused, naming the record that a rule of the database does not allow
    """

    def __init__(self, root: models.Model, row: Row) -> None:
        self.root = root
        self.changes: list[str] = []
        self.waived: list[tuple[models.Model, list[Row]]] = []
        self._named: dict[tuple[type[models.Model], str], models.Model] = {}
        self._left_over: list[models.Model] = []
        self._there: dict[tuple[type[models.Model], str], dict[Any, list[models.Model]]] = {}
        self._place = ""
        try:
            self._write(root, row)
            self._children(root, row)
            for leftover in reversed(self._left_over):
                self._delete(leftover)
            _check_deferred()
        except (IntegrityError, DataError) as error:
            raise Refused([Problem(self._place, _rule(error))]) from error

    def _children(self, parent: models.Model, row: Row) -> None:
        for model, rows in row.children.items():
            if model is Waiver:
                self.waived.append((parent, rows))
            else:
                self._align(model, parent, rows)

    def _align(self, model: type[models.Model], parent: models.Model, rows: list[Row]) -> None:
        """Pair each wanted row with one that is there; write it, and what is below it."""
        kind = KINDS[model]
        for row in rows:
            row.values = {name: self._resolved(model, name, value) for name, value in row.values.items()}
        there = self._existing(model, kind, parent)
        pairs = _pairs(kind, rows, there)
        previous: dict[Key, tuple[int, int]] = {}
        for index, row in enumerate(rows):
            instance = pairs.get(index) or self._new(model, kind.parent, parent)
            if kind.ordered_in is not None:
                row.values["position"] = _position(previous, _key(row.values, kind.ordered_in), instance)
            self._write(instance, row)
            if model in NAMED:
                self._named[model, instance.code] = instance
            self._children(instance, row)
        kept = {instance.pk for instance in pairs.values()}
        self._left_over += [instance for instance in there if instance.pk not in kept]

    def _new(self, model: type[models.Model], parent_field: str, parent: models.Model) -> Any:
        has_trial = any(column.name == "trial" for column in model._meta.fields)
        return model(**({"trial": self.root} if has_trial else {}) | {parent_field: parent})

    def _existing(self, model: type[models.Model], kind: Kind, parent: models.Model) -> list[Any]:
        if (model, kind.parent) not in self._there:
            grouped: dict[Any, list[models.Model]] = {}
            ordered = ("position", "pk") if kind.ordered_in is not None else ("pk",)
            for row in model._default_manager.filter(**{kind.root: self.root}).order_by(*ordered):
                grouped.setdefault(getattr(row, f"{kind.parent}_id"), []).append(row)
            self._there[model, kind.parent] = grouped
        return self._there[model, kind.parent].get(parent.pk, [])

    def _resolved(self, model: type[models.Model], name: str, value: Any) -> Any:
        """The row for a code that stands for one of the same trial."""
        try:
            remote = model._meta.get_field(name).related_model
        except FieldDoesNotExist:
            return value
        return self._named[remote, value] if remote in NAMED and isinstance(value, str) else value

    def _write(self, instance: Any, row: Row) -> None:
        self._place = row.place
        is_new = instance._state.adding
        differing = [
            name
            for name, value in row.values.items()
            if is_new or not _same(_kept(instance, name), _plain(value))
        ]
        for name in differing:
            setattr(instance, name, row.values[name])
        if is_new or differing:
            instance.save()
        relinked = [name for name, targets in row.links.items() if _relink(instance, name, targets)]
        if is_new:
            self.changes.append(f"{row.place} added")
        else:
            self.changes += [
                f"{joined(row.place, row.names.get(name, name))} changed" for name in differing + relinked
            ]

    def _delete(self, instance: models.Model) -> None:
        name = f"{instance._meta.verbose_name} “{instance}”"
        self._place = name
        try:
            instance.delete()
        except (ProtectedError, RestrictedError) as error:
            message = f"is not in the record, but {_referring(error)} refers to it: put it back."
            raise Refused([Problem(name, message)]) from error
        self.changes.append(f"{name} removed")


def _check_deferred() -> None:
    """The rules that wait for the end of a transaction, now. Raises IntegrityError."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET CONSTRAINTS {DEFERRED} IMMEDIATE")
        cursor.execute(f"SET CONSTRAINTS {DEFERRED} DEFERRED")


def _pairs(kind: Kind, rows: list[Row], there: list[Any]) -> dict[int, Any]:
    """Index of a wanted row → the row that is there. Raises Refused when two wanted rows are the same."""
    seen: dict[Key, Row] = {}
    for row in rows:
        twin = seen.setdefault(_key(row.values, kind.keys[0]), row)
        if twin is not row:
            raise Refused([Problem(row.place, f"says the same as {twin.place}: take one out.")])
    found: dict[int, Any] = {}
    free = list(there)
    for columns in kind.keys:
        for index, row in enumerate(rows):
            wanted = _key(row.values, columns)
            match = next((old for old in free if _key_of(old, columns) == wanted), None)
            if index not in found and match is not None:
                found[index] = match
                free.remove(match)
    return found


def _key(values: dict[str, Any], columns: tuple[str, ...]) -> Key:
    return tuple(_plain(values.get(column)) for column in columns)


def _key_of(row: models.Model, columns: tuple[str, ...]) -> Key:
    return tuple(_kept(row, column) for column in columns)


def _kept(row: models.Model, column: str) -> Any:
    """What the column holds: of a foreign key, the id."""
    field: Any = row._meta.get_field(column)
    return getattr(row, field.attname)


def _plain(value: Any) -> Any:
    return value.pk if isinstance(value, models.Model) else value


def _position(previous: dict[Key, tuple[int, int]], group: Key, row: Any) -> int:
    """The position that a row has, if it is behind the one before it; otherwise the next."""
    last, last_pk = previous.get(group, (-1, 0))
    fits = row.pk is not None and (row.position, row.pk) > (last, last_pk)
    position = row.position if fits else last + 1
    previous[group] = (position, row.pk or maxsize)
    return int(position)


def _same(old: Any, new: Any) -> bool:
    """Equal, and of the same printed precision."""
    if isinstance(old, Decimal) and isinstance(new, Decimal):
        return old.as_tuple() == new.as_tuple()
    return bool(old == new)


def _relink(instance: Any, name: str, targets: list[models.Model]) -> bool:
    """Make the rows that `name` links to `targets`, in this order. Says whether it had to."""
    field = instance._meta.get_field(name)
    through = field.remote_field.through
    here, there = f"{field.m2m_field_name()}_id", f"{field.m2m_reverse_field_name()}_id"
    links = through._default_manager.filter(**{here: instance.pk}).order_by("pk")
    wanted = [target.pk for target in targets]
    if list(links.values_list(there, flat=True)) == wanted:
        return False
    links.delete()
    through._default_manager.bulk_create(through(**{here: instance.pk, there: pk}) for pk in wanted)
    return True


def _referring(error: ProtectedError | RestrictedError) -> str:
    """One of the rows that keep another from being deleted."""
    rows = error.protected_objects if isinstance(error, ProtectedError) else error.restricted_objects
    row = next(iter(rows))
    return f"{row._meta.verbose_name} “{row}”"


def _rule(error: Exception) -> str:
    """A rule of the database in words: its constraints are named as sentences."""
    diagnosis = getattr(error.__cause__, "diag", None)
    name = getattr(diagnosis, "constraint_name", None)
    if diagnosis is None or not name:
        return "holds a value that the database cannot take: correct it."
    if getattr(error.__cause__, "pgcode", "") == UNIQUE_VIOLATION:
        return f"is elsewhere already ({diagnosis.message_detail}): correct it, or take it out there."
    return f"breaks the rule “{name.replace('_', ' ')}”: correct it."
