"""Picture files: portraits for everybody, pictures of articles for those who may read the article."""

from __future__ import annotations

import re
import uuid

from django.conf import settings
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.http import http_date
from django.views.decorators.http import require_safe

from accounts.access import is_staff_at_work, professionals, public

from .models import Picture
from .pictures import CONTENT_TYPES, file_name

FOR_EVER = "public, max-age=31536000, immutable"
A_WHILE = "private, max-age=300"  # a withdrawn article's pictures soon leave the browser too
NAME = re.compile(r"([1-9][0-9]{0,4})\.([a-z]{3,4})", re.ASCII)


@public(is_shared=True)
@require_safe
def portrait(request: HttpRequest, key: uuid.UUID, name: str) -> HttpResponseBase:
    picture = get_object_or_404(Picture, kind=Picture.Kind.PERSON, key=key)
    return answer(request, picture, name, FOR_EVER)


@professionals(is_page=False)
@require_safe
def article_picture(request: HttpRequest, key: uuid.UUID, name: str) -> HttpResponseBase:
    """A picture that a published article shows; editors also see those that none shows yet."""
    pictures = Picture.objects.filter(kind=Picture.Kind.ARTICLE)
    if not is_staff_at_work(request):
        pictures = pictures.shown_in_articles(timezone.now())
    return answer(request, get_object_or_404(pictures, key=key), name, A_WHILE)


def answer(request: HttpRequest, picture: Picture, name: str, cache_control: str) -> HttpResponseBase:
    """The file `name` (`<width>.<format>`) of `picture`, or 304. Raises Http404 for any other name."""
    match = NAME.fullmatch(name)
    if not match or int(match[1]) not in picture.widths or match[2] not in picture.formats:
        raise Http404("This picture has no such file.")
    etag, changed = f'"{picture.source_hash[:16]}-{name}"', int(picture.uploaded_at.timestamp())
    response = get_conditional_response(request, etag, changed) or _file(picture, name)
    response["ETag"] = etag
    response["Last-Modified"] = http_date(changed)
    response["Cache-Control"] = cache_control
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _file(picture: Picture, name: str) -> HttpResponseBase:
    width, ending = name.split(".")
    path, content_type = file_name(picture, int(width), ending), CONTENT_TYPES[ending]
    if settings.MEDIA_ACCEL_PREFIX:
        address = f"{settings.MEDIA_ACCEL_PREFIX.rstrip('/')}/{path}"
        return HttpResponse(content_type=content_type, headers={"X-Accel-Redirect": address})
    try:
        return FileResponse(default_storage.open(path), content_type=content_type)
    except FileNotFoundError as error:
        raise Http404("The file of this picture is missing.") from error
