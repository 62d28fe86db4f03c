from django.urls import path

from . import archive, leave_views, views

app_name = "newsletter"

urlpatterns = [
    path("", views.sign_up, name="sign-up"),
    path("archive/", archive.archive, name="archive"),
    path("archive/<slug:slug>/", archive.issue, name="issue"),
    path("confirm/<str:token>/", views.confirm, name="confirm"),
    path("leave/<str:token>/", leave_views.leave, name="leave"),
    path("unfollow/<str:about>/<str:token>/", leave_views.unfollow, name="unfollow"),
    path("unfollow-all/<str:token>/", leave_views.unfollow_all, name="unfollow-all"),
    path("preferences/<str:token>/", views.preferences, name="preferences"),
]
