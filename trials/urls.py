from django.urls import path

from . import figure_views, views

app_name = "trials"

urlpatterns = [
    path("", views.trial_list, name="list"),
    path("<slug:slug>/", views.trial_detail, name="detail"),
    path("<slug:slug>/figures/<slug:name>.<str:ending>", figure_views.figure_file, name="figure"),
]
