"""The editors' form for pictures."""

import pytest

from articles.forms_pictures import PictureForm
from articles.models import Picture
from tests.articles.images import SVG, image_bytes, make_article_picture, png_claiming, upload


@pytest.mark.django_db
def test_picture_form_makes_the_picture():
    data = {"kind": "articles", "alt": "Two curves", "credit": ""}
    form = PictureForm(data, {"upload": upload()})

    assert form.is_valid(), form.errors
    picture = form.save(commit=False)
    form.save_m2m()

    assert Picture.objects.get() == picture
    assert picture.alt == "Two curves"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("data", "content", "field", "message"),
    [
        ({}, None, "upload", "required"),
        ({}, SVG, "upload", "not a JPEG"),
        ({}, png_claiming(9000, 9000), "upload", "million pixels"),
        ({"alt": ""}, image_bytes(), "alt", "required"),
        ({"alt": "nul \0"}, image_bytes(), "alt", "Null characters"),
        ({"kind": "other"}, image_bytes(), "kind", "valid choice"),
    ],
)
def test_picture_form_names_the_field_with_the_error(data, content, field, message):
    files = {} if content is None else {"upload": upload(content or b"x")}
    form = PictureForm({"kind": "articles", "alt": "A chart"} | data, files)

    assert not form.is_valid()
    assert set(form.errors) == {field}
    assert message in str(form.errors[field])


@pytest.mark.django_db
def test_picture_form_changes_words_but_never_the_files():
    picture = make_article_picture()
    data = {"kind": "people", "alt": "Three curves", "credit": "The trial group"}
    form = PictureForm(data, {"upload": upload(colour="red")}, instance=picture)

    assert form.is_valid(), form.errors
    form.save()

    picture.refresh_from_db()
    assert (picture.kind, picture.alt, picture.credit) == ("articles", "Three curves", "The trial group")
    assert Picture.objects.count() == 1
