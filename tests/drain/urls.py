from django.http import HttpResponse
from django.urls import include, path

from accounts.access import public
from portal.urls import handler400, handler403, handler404, handler429, handler500  # noqa: F401
from tests.drain.waiting import wait_to_be_let_go


@public
def slow(request):
    wait_to_be_let_go("page")
    return HttpResponse("the whole page")


urlpatterns = [path("slow/", slow), path("", include("portal.urls"))]
