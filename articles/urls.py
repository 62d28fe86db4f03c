from django.urls import path

from . import exports, media, views

app_name = "articles"

urlpatterns = [
    path("articles/", views.article_list, name="list"),
    path("articles/<slug:slug>/", views.article_detail, name="detail"),
    path("articles/<slug:slug>/bookmark/", views.bookmark, name="bookmark"),
    path("articles/<slug:slug>/citation.<str:format>", exports.citation, name="citation"),
    path("media/people/<uuid:key>/<str:name>", media.portrait, name="media-people"),
    path("media/articles/<uuid:key>/<str:name>", media.article_picture, name="media-articles"),
    path("bookmarks/", views.bookmarks, name="bookmarks"),
    path("topics/<slug:slug>/", views.topic, name="topic"),
    path("treatments/<slug:slug>/", views.treatment, name="treatment"),
]
