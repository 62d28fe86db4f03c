from django.urls import include, path

from . import views

urlpatterns = [
    path("attest/", views.attest, name="attest"),
    path("not-a-professional/", views.not_a_professional, name="not-a-professional"),
    path("account/", views.account, name="account"),
    path("accounts/", include("allauth.urls")),
]
