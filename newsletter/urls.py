from django.urls import path

from . import archive, views

app_name = "newsletter"

urlpatterns = [
    path("", views.sign_up, name="sign-up"),
    path("archive/", archive.archive, name="archive"),
    path("archive/<slug:slug>/", archive.issue, name="issue"),
    path("confirm/<str:token>/", views.confirm, name="confirm"),
    path("leave/<str:token>/", views.leave, name="leave"),
    path("preferences/<str:token>/", views.preferences, name="preferences"),
]
