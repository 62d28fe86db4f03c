"""The site with views that fail in every way, for tests of what readers then see."""

from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.db import OperationalError
from django.http import HttpResponse, HttpResponseGone
from django.urls import include, path

from accounts.access import public
from portal.urls import handler400, handler403, handler404, handler429, handler500  # noqa: F401


def fails_with(error):
    @public
    def view(request):
        raise error

    return view


@public
def gone(request):
    return HttpResponseGone()


@public
def read_form(request):
    return HttpResponse(str(len(request.POST)))


def undeclared(request):
    return HttpResponse("This view says nothing about who may open it.")


urlpatterns = [
    path("fails/", fails_with(RuntimeError("secret detail"))),
    path("database-away/", fails_with(OperationalError("secret host"))),
    path("bad/", fails_with(BadRequest("secret"))),
    path("suspicious/", fails_with(SuspiciousOperation("secret"))),
    path("forbidden/", fails_with(PermissionDenied("Only on Sundays."))),
    path("gone/", gone),
    path("form/", read_form),
    path("undeclared/", undeclared),
    path("", include("portal.urls")),
]
