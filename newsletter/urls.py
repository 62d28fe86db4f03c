from django.urls import include, path

from . import archive, follow_views, leave_views, preferences_views, views, webhooks

app_name = "newsletter"

urlpatterns = [
    path("", views.sign_up, name="sign-up"),
    path("archive/", archive.archive, name="archive"),
    path("archive/<slug:slug>/", archive.issue, name="issue"),
    path("follow/", follow_views.follow, name="follow"),
    path("confirm/<str:token>/", views.confirm, name="confirm"),
    path("confirm/<str:about>/<str:token>/", views.confirm, name="confirm"),
    path("confirm/follow/<str:about>/<str:token>/", views.confirm_follow, name="confirm-follow"),
    path("leave/<str:token>/", leave_views.leave, name="leave"),
    path("unfollow/<str:about>/<str:token>/", leave_views.unfollow, name="unfollow"),
    path("unfollow-all/<str:token>/", leave_views.unfollow_all, name="unfollow-all"),
    path("preferences/<str:token>/", preferences_views.preferences, name="preferences"),
    path("preferences/<str:token>/data/", preferences_views.data_request, name="data-request"),
    path("data/<str:token>/", preferences_views.data, name="data"),
    path("webhooks/", include(webhooks.routes())),
]
