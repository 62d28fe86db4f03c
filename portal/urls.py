"""The addresses of the site. A published path never breaks: redirect it."""

from django.contrib import admin
from django.urls import include, path

from portal import views
from portal.views import PAGES

urlpatterns = [
    path("", views.home, name="home"),
    path("search/", views.search, name="search"),
    *(path(f"{slug}/", views.page, {"slug": slug}, name=slug) for slug in PAGES),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("", include("accounts.urls")),
    path("", include("articles.urls")),
    path("newsletter/", include("newsletter.urls")),
    path("admin/", admin.site.urls),
]

handler400 = "portal.errors.bad_request"
handler403 = "portal.errors.forbidden"
handler404 = "portal.errors.not_found"
handler429 = "portal.errors.too_many_requests"
handler500 = "portal.errors.server_error"
