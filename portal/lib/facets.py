"""Lists that narrow: filters with the number of rows that each of their values would show.

A filter counts over all filters but itself; several values of one filter mean "any of these".
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any, ClassVar, NamedTuple, Protocol, TypeVar

from django import forms
from django.db.models import BooleanField, Count, F, Func, Model, Q, QuerySet, TextField, Value
from django.utils.functional import cached_property

R = TypeVar("R", bound=QuerySet[Any])


def among(keys: Collection[int]) -> Func:
    """Rows whose key is one of `keys`. The server reads one array faster than the thousands of values of an IN."""
    array = Value("{" + ",".join(map(str, keys)) + "}", output_field=TextField())
    return Func(
        F("pk"),
        array,
        template="(%(expressions)s::bigint[]))",
        arg_joiner=" = ANY(",
        output_field=BooleanField(),
    )


class Counted(NamedTuple):
    value: str
    label: str
    rows: int | None  # None: there are some, not counted


class Facet(Protocol):
    """What a filter of a list is made of."""

    @property
    def label(self) -> str: ...

    def condition(self, model: type[Model], chosen: Collection[Any]) -> Q:
        """Lets rows of `model` through that have any of the `chosen` values of the form's field."""

    def count(self, field: Any, shown: QuerySet[Any]) -> Iterable[Counted]:
        """The values of the form's `field` with the number of rows in `shown` that have each."""


@dataclass(frozen=True)
class RowFacet:
    """Values are rows of another table; the field is a ModelMultipleChoiceField.

    path  lookup from the listed rows to the values, for example "arms__drugs"
    """

    label: str
    path: str

    def condition(self, model: type[Model], chosen: Collection[Any]) -> Q:
        rows: QuerySet[Any] = model._default_manager.filter(**{f"{self.path}__in": chosen})
        return Q(pk__in=rows.values("pk"))

    def count(self, field: Any, shown: QuerySet[Any]) -> Iterable[Counted]:
        pairs = shown.order_by().values_list(self.path)
        counts = dict(
            pairs.annotate(row_count=Count("pk", distinct=True)).values_list(self.path, "row_count")
        )
        return [
            Counted(str(field.prepare_value(row)), str(row), counts.get(row.pk, 0)) for row in field.queryset
        ]


@dataclass(frozen=True)
class ConditionFacet:
    """Values are conditions; the field is a MultipleChoiceField with the same keys.

    conditions  value → which rows have it
    """

    label: str
    conditions: dict[str, Q]

    def condition(self, model: type[Model], chosen: Collection[Any]) -> Q:
        return reduce(or_, (self.conditions[value] for value in chosen))

    def count(self, field: Any, shown: QuerySet[Any]) -> Iterable[Counted]:
        counts = shown.order_by().aggregate(
            **{f"value_{i}": Count("pk", filter=rows) for i, rows in enumerate(self.conditions.values())}
        )
        labels = dict(field.choices)
        return [
            Counted(value, str(labels[value]), counts[f"value_{i}"])
            for i, value in enumerate(self.conditions)
        ]


class FacetForm(forms.Form):
    """The address of a list: every parameter optional. A subclass adds a field for each of its FACETS."""

    page = forms.IntegerField(min_value=1, max_value=10_000, required=False)

    FACETS: ClassVar[dict[str, Facet]] = {}
    FOLDS: ClassVar[Collection[str]] = ()  # filters with many values: closed until one is chosen

    def chosen(self, name: str) -> list[Any]:
        return list(self.cleaned_data[name])

    def is_narrowed(self) -> bool:
        """Is any filter chosen?"""
        return self.is_valid() and any(self.chosen(name) for name in self.FACETS)

    def narrow(self, rows: R, *, without: Collection[str] = ()) -> R:
        """`rows` that every chosen filter lets through, except the filters named in `without`."""
        chosen = [name for name in self.FACETS if name not in without and self.chosen(name)]
        found = [self._matches(name, rows.model) for name in chosen]
        return rows.filter(among(set.intersection(*found))) if found else rows

    def _matches(self, name: str, model: type[Model]) -> set[Any]:
        """Keys of what the filter lets through: looked up once, however many counts rest on it."""
        if name not in self._found:
            rows = model._default_manager.filter(self.FACETS[name].condition(model, self.chosen(name)))
            self._found[name] = set(rows.order_by().values_list("pk", flat=True))
        return self._found[name]

    @cached_property
    def _found(self) -> dict[str, set[Any]]:
        return {}

    def facets(self, rows: QuerySet[Any]) -> list[dict[str, Any]]:
        """The filters with the number of `rows` that each value would show. Values without any are left out."""
        return [self._facet(name, facet, rows) for name, facet in self.FACETS.items()]

    def _facet(self, name: str, facet: Facet, rows: QuerySet[Any]) -> dict[str, Any]:
        field = self.fields[name]
        chosen = {str(field.prepare_value(value)) for value in self.chosen(name)}
        options = [
            {"value": value, "label": label, "count": count, "selected": value in chosen}
            for value, label, count in facet.count(field, self.narrow(rows, without=[name]))
            if count or count is None or value in chosen
        ]
        return {
            "name": name,
            "label": facet.label,
            "options": options,
            "folds": name in self.FOLDS,
            "is_open": bool(chosen),
        }
