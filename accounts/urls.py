from allauth.account import views as allauth_views
from django.urls import include, path

from portal.lib.origin import same_origin

from . import own_views, views

# Its button stands on pages that are the same for all who are signed in, and so without a token.
log_out = same_origin(allauth_views.logout)

urlpatterns = [
    path("attest/", views.attest, name="attest"),
    path("not-a-professional/", views.not_a_professional, name="not-a-professional"),
    path("account/", views.account, name="account"),
    path("account/data/", own_views.data, name="account-data"),
    path("account/delete/", own_views.delete, name="account-delete"),
    path("account/delete/asked/", own_views.deletion_asked, name="account-deletion-asked"),
    path("account/keep/", own_views.keep, name="account-keep"),
    path("account/sessions/<int:pk>/end/", own_views.end_session, name="account-session-end"),
    path("accounts/logout/", log_out, name="account_logout"),
    path("accounts/", include("allauth.urls")),
]
