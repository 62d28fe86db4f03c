"""The admin as a whole: what holds for every model in it, also those that packages register."""

from __future__ import annotations

from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.apps import AdminConfig
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.http import HttpRequest, HttpResponseBase

from portal.lib.admin_autocomplete import is_row_number
from portal.lib.origin import SeeOther, local_path

NONSENSE = "What was chosen is no row of this list, so nothing has been changed. Choose again, please."


class PortalAdminConfig(AdminConfig):
    default_site = "portal.admin_site.PortalAdminSite"


class PortalAdminSite(admin.AdminSite):
    """Django's, but a list whose chosen rows are none says so: Django asks the database for whatever was sent."""

    def has_permission(self, request: HttpRequest) -> bool:
        """The middleware has asked the same; this holds for a view of the admin that is reached another way."""
        from accounts.access import is_staff_at_work  # not above: this module is loaded before the models

        return is_staff_at_work(request)

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """What each page of the admin needs; where no second factor is asked for, it says so."""
        return super().each_context(request) | {
            "second_factor_waived": not settings.STAFF_SECOND_FACTOR and request.user.is_authenticated
        }

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        @wraps(view)
        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if all(map(is_row_number, request.POST.getlist(ACTION_CHECKBOX_NAME))):
                return view(request, *args, **kwargs)
            messages.error(request, NONSENSE)
            return SeeOther(local_path(request.get_full_path(), request.path))

        return super().admin_view(checked, cacheable)
