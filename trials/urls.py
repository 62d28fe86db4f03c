from django.urls import path

from . import compare_views, figure_views, views

app_name = "trials"

urlpatterns = [
    path("", views.trial_list, name="list"),
    path("compare/", compare_views.compare, name="compare"),
    path("compare.csv", compare_views.compare_csv, name="compare-csv"),
    path("<slug:slug>/", views.trial_detail, name="detail"),
    path("<slug:slug>/figures/<slug:name>.<str:ending>", figure_views.figure_file, name="figure"),
]
