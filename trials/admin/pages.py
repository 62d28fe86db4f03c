"""Pages of the parts of a trial: reached from the trial or the data cut above them, and leading back there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import Max, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse

from portal.lib.admin_refusal import RefusingAdmin
from trials.models import DataCut, Trial

from . import checking
from .fields import TrialFields
from .freshness import GuardedForm

Parent = Trial | DataCut
Link = tuple[str, str]  # text, address


def trail(rows: Iterable[Any]) -> list[Link]:
    """The way down to a page."""
    return [(str(row), page_of(row)) for row in rows]


def page_of(row: Any) -> str:
    """The address of `row` in the admin."""
    return reverse(f"admin:trials_{row._meta.model_name}_change", args=[row.pk])


def adding(model: str, **parent: int) -> str:
    """The address where a `model` is added below `parent` (trial=1 or cut=1)."""
    ((name, number),) = parent.items()
    return f"{reverse(f'admin:trials_{model}_add')}?{name}={number}"


def asked_parent(request: HttpRequest, names: tuple[str, ...]) -> Parent | None:
    """The data cut or trial that the address names (?cut=1, ?trial=1), or None."""
    rows: dict[str, QuerySet[Any]] = {
        "cut": DataCut.objects.select_related("trial"),
        "trial": Trial.objects.all(),
    }
    for name in names:
        number = request.GET.get(name, "")
        is_number = number.isascii() and number.isdecimal() and len(number) < 19
        if is_number and (found := rows[name].filter(pk=number).order_by().first()):
            return found
    return None


def likely_publication(siblings: QuerySet[Any], parent: Parent) -> int | None:
    """That of the row entered last below `parent`, or the only one of the trial: one paper gives many rows."""
    near = siblings.filter(data_cut=parent) if isinstance(parent, DataCut) else siblings.filter(data_cut=None)
    latest = near.filter(publication__isnull=False).order_by("-pk").values_list("publication", flat=True)
    trial = parent.trial if isinstance(parent, DataCut) else parent
    found = latest[:1] or trial.publications.order_by().values_list("pk", flat=True)[:2]
    return found[0] if len(found) == 1 else None


class PartForm(GuardedForm):
    """The form of something that belongs to one trial; a new one gets its trial, and its cut, from `parent`."""

    parent: Parent | None = None  # set by PartAdmin.get_form
    of_trial: tuple[str, ...] = ()  # fields that choose among rows of the trial

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance._state.adding and self.parent:
            self.belong_to(self.parent)
        for name in set(self.of_trial) & set(self.fields):
            field: Any = self.fields[name]
            field.queryset = field.queryset.filter(trial=self.instance.trial)
            field.widget = field.widget.widget  # without links to add one: those lead away from this trial

    def belong_to(self, parent: Parent) -> None:
        """Make the new row a part of `parent`."""
        self.instance.trial = parent.trial if isinstance(parent, DataCut) else parent
        if isinstance(parent, DataCut):
            self.instance.data_cut = parent
            self.initial["data_cut"] = parent.pk
        siblings: QuerySet[Any] = type(self.instance)._base_manager.filter(trial=self.instance.trial)
        last = siblings.aggregate(last=Max("position"))["last"]
        self.initial["position"] = 0 if last is None else last + 1
        if "publication" in self.fields:
            self.initial["publication"] = likely_publication(siblings, parent)


class PartAdmin(TrialFields, RefusingAdmin):
    """Below a trial. It stands in no menu: what is entered here belongs to the page it was opened from."""

    change_form_template = "admin/trials/part.html"
    delete_confirmation_template = "admin/trials/delete.html"
    parents: tuple[str, ...] = ("cut",)
    save_on_top = False

    def get_model_perms(self, request: HttpRequest) -> dict[str, bool]:
        return {}

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if object_id is None:
            request.part_of = asked_parent(request, self.parents)  # type: ignore[attr-defined]  # for get_form
            if request.part_of is None:  # type: ignore[attr-defined]
                messages.warning(request, f"Open a trial and add the {self.opts.verbose_name} there.")
                return redirect("admin:trials_trial_changelist")
        return super().changeform_view(request, object_id, form_url, extra_context)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        form.parent = getattr(request, "part_of", None)
        return form

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Nothing: the address names the parent only."""
        return {}

    def above(self, row: Any) -> list[Any]:
        """The rows above `row`, from the trial down."""
        cut = getattr(row, "data_cut", None)
        return [row.trial, cut] if cut else [row.trial]

    def page_context(self, row: Any) -> dict[str, Any]:
        """What the page shows beside the form; `row` may be new."""
        return {}

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        row = context["adminform"].form.instance
        context |= {"trail": trail(self.above(row))} | self.page_context(row)
        return super().render_change_form(request, context, *args, **kwargs)

    def render_delete_form(self, request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
        row = context["object"]
        return super().render_delete_form(request, context | {"trail": trail([*self.above(row), row])})

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        request.left = self.above(obj)[-1]  # type: ignore[attr-defined]  # for response_delete
        super().delete_model(request, obj)
        checking.redraw(obj.trial)

    @transaction.atomic
    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        trials = list(Trial.objects.filter(pk__in=queryset.order_by().values("trial")))
        super().delete_queryset(request, queryset)
        for trial in trials:
            checking.redraw(trial)

    def response_delete(self, request: HttpRequest, obj_display: str, obj_id: int) -> HttpResponse:
        super().response_delete(request, obj_display, obj_id)  # says what was deleted
        return redirect(page_of(request.left))  # type: ignore[attr-defined]

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: str | None = None
    ) -> HttpResponse:
        response = super().response_add(request, obj, post_url_continue)
        return redirect(request.get_full_path()) if "_addanother" in request.POST else response

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        response = super().response_change(request, obj)
        if "_addanother" in request.POST:
            return redirect(self.another(obj))
        return response

    def another(self, row: Any) -> str:
        """Where the next one like `row` is added."""
        nearest = self.above(row)[-1]
        name = "cut" if isinstance(nearest, DataCut) else "trial"
        return adding(str(self.opts.model_name), **{name: nearest.pk})

    def response_post_save_add(self, request: HttpRequest, obj: Any) -> HttpResponseRedirect:
        return redirect(page_of(self.above(obj)[-1]))

    response_post_save_change = response_post_save_add
