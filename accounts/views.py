"""The gate's two answers, and the account page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from portal.lib.origin import SeeOther, local_path, same_origin
from portal.lib.ratelimit import limited

from . import attestation, gate
from .access import members, public
from .forms import AttestationForm
from .models import PatientOrganisation, Statement
from .requests import ReaderRequest


@public
@limited("attest")
@require_POST
@same_origin
def attest(request: ReaderRequest) -> HttpResponse:
    """ "I am a healthcare professional": record it and go on to the page that was asked for."""
    form = AttestationForm(request.POST)
    statement = Statement.objects.current()
    if form.is_valid() and statement and form.cleaned_data["version"] not in (None, statement.version):
        form.add_error(None, "The wording has changed since this page was opened. Please read it once more.")
    if not form.is_valid() or statement is None:
        return gate.show(request, form=form, status=422)
    response = SeeOther(local_path(form.cleaned_data["next"]))
    if request.attestation is None:  # the second press changes nothing
        declaration = attestation.attest(
            statement,
            profession=form.cleaned_data["profession"],
            country=form.cleaned_data["country"],
            user=request.user if request.user.is_authenticated else None,
            now=timezone.now(),
        )
        attestation.write(response, declaration)
    return response


@public
@require_safe
def not_a_professional(request: HttpRequest) -> HttpResponse:
    """Where patients and carers find help. Sets nothing."""
    return render(
        request, "accounts/not_a_professional.html", {"organisations": PatientOrganisation.objects.all()}
    )


@members
@require_safe
def account(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/account.html")
