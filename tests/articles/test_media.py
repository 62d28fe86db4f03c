"""Who gets picture files, and with which headers."""

import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from articles.publishing import settle
from tests.articles.images import make_article_picture, make_portrait
from tests.factories import attested, make_article, make_user, press_the_button

BYTES = b"\xff\xd8\xff"  # how a JPEG begins


def get(client, path, method="get", **options):
    """The answer with its content read, which also closes the file, as a server does."""
    response = getattr(client, method)(path, **options)
    response.body = b"".join(response)
    return response


@pytest.fixture
def picture(db):
    return make_article_picture()


@pytest.fixture
def path(picture):
    return f"/media/articles/{picture.key}/400.jpg"


def test_picture_of_published_article_is_for_attested_readers(visitor, reader, picture, path):
    make_article(hero=picture)

    refused, allowed = get(visitor, path), get(reader, path)

    assert refused.status_code == 403
    assert "image" not in refused["Content-Type"]
    assert BYTES not in refused.body
    assert "no-store" in refused["Cache-Control"]
    assert allowed.status_code == 200
    assert allowed.body.startswith(BYTES)


def test_unattested_visitor_cannot_tell_pictures_that_exist(visitor, picture, path):
    make_article(hero=picture)
    unknown = f"/media/articles/{uuid.uuid4()}/400.jpg"

    there, missing = get(visitor, path), get(visitor, unknown)

    assert there.status_code == missing.status_code
    assert there.body.replace(path.encode(), b"") == missing.body.replace(unknown.encode(), b"")


def test_head_of_picture_is_gated_too(visitor, reader, picture, path):
    make_article(hero=picture)

    refused, allowed = get(visitor, path, "head"), get(reader, path, "head")

    assert "ETag" not in refused
    assert "image" not in refused["Content-Type"]
    assert allowed["Content-Type"] == "image/jpeg"
    assert int(allowed["Content-Length"]) > 500


def test_picture_in_the_text_is_shown_too(reader, picture, path):
    make_article(body=f"Text [@first; @second].\n\n![Curves](/media/articles/{picture.key}/800.jpg)\n")

    assert get(reader, path).status_code == 200


@pytest.mark.parametrize("status", ["draft", "in_review", "scheduled"])
def test_picture_of_unpublished_article_is_for_editors_only(reader, editor, picture, path, status):
    make_article(hero=picture, status=status, published_at=timezone.now() + timedelta(hours=1))

    assert get(reader, path).status_code == 404
    assert get(editor, path).status_code == 200


def test_picture_that_no_article_shows_is_for_editors_only(reader, editor, path):
    assert get(reader, path).status_code == 404
    assert get(editor, path).status_code == 200


def test_editor_who_has_not_attested_is_refused(client, picture, path):
    client.force_login(make_user(is_staff=True))

    assert BYTES not in get(client, path).body


def test_picture_of_withdrawn_article_is_gone(reader, picture, path):
    article = make_article(hero=picture)
    etag = get(reader, path)["ETag"]
    article.status, article.withdrawn_reason = "withdrawn", "The data were retracted."
    settle(article, timezone.now())

    assert get(reader, path).status_code == 404
    assert get(reader, path, headers={"If-None-Match": etag}).status_code == 404


def test_picture_of_scheduled_article_appears_with_it(client, picture, path):
    article = make_article(hero=picture, status="scheduled", published_at=timezone.now() + timedelta(hours=1))
    attested(client)
    before = get(client, path).status_code

    article.published_at = timezone.now()
    article.save()

    assert (before, get(client, path).status_code) == (404, 200)


def test_gated_picture_stays_out_of_shared_caches(reader, picture, path):
    make_article(hero=picture)

    response = get(reader, path)

    assert response["Cache-Control"] == "private, max-age=300"
    assert response["X-Content-Type-Options"] == "nosniff"


def test_portrait_is_public_for_ever(visitor, db):
    portrait = make_portrait()

    response = get(visitor, f"/media/people/{portrait.key}/400.webp")

    assert response.status_code == 200
    assert response["Content-Type"] == "image/webp"
    assert response["Cache-Control"] == "public, max-age=31536000, immutable"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert not response.cookies


def test_shared_cache_never_learns_the_attestation_of_an_account(client, db):
    portrait, user = make_portrait(), make_user()
    client.force_login(user)
    press_the_button(client)
    client.cookies.pop("attestation")

    public, private = get(client, f"/media/people/{portrait.key}/400.jpg"), get(client, "/about/")

    assert "attestation" not in public.cookies
    assert "Vary" not in public
    assert "attestation" in private.cookies


def test_kind_in_the_address_does_not_open_the_other_kind(visitor, reader, picture):
    make_article(hero=picture)
    portrait = make_portrait()

    assert get(visitor, f"/media/people/{picture.key}/400.jpg").status_code == 404
    assert get(reader, f"/media/articles/{portrait.key}/400.jpg").status_code == 404


def test_file_is_sent_with_its_type(reader, picture):
    make_article(hero=picture)
    kinds = {"avif": "image/avif", "webp": "image/webp", "jpg": "image/jpeg"}

    sent = {
        ending: get(reader, f"/media/articles/{picture.key}/800.{ending}")["Content-Type"] for ending in kinds
    }

    assert sent == kinds


WRONG_NAMES = [
    "1600.jpg",
    "400.png",
    "400.svg",
    "0400.jpg",
    "400",
    ".jpg",
    "400.jpg.html",
    "400.JPG",
    "٤٠٠.jpg",
    "..",
    "%2e%2e%2f400.jpg",
    "..%5c400.jpg",
    "4" * 5000 + ".jpg",
]


def test_any_other_name_is_not_found(visitor, db):
    portrait = make_portrait()

    answers = {name: visitor.get(f"/media/people/{portrait.key}/{name}").status_code for name in WRONG_NAMES}

    assert answers == dict.fromkeys(WRONG_NAMES, 404)


def test_unknown_or_malformed_key_is_not_found(visitor, db):
    assert get(visitor, f"/media/people/{uuid.uuid4()}/400.jpg").status_code == 404
    assert get(visitor, "/media/people/x/400.jpg").status_code == 404
    assert get(visitor, "/media/").status_code == 404


def test_missing_file_is_not_found(settings, visitor, db):
    portrait = make_portrait()
    Path(settings.MEDIA_ROOT, f"people/{portrait.key}/400.jpg").unlink()

    assert get(visitor, f"/media/people/{portrait.key}/400.jpg").status_code == 404


@pytest.mark.parametrize(
    ("known", "header"), [("ETag", "If-None-Match"), ("Last-Modified", "If-Modified-Since")]
)
def test_file_that_the_browser_has_is_not_sent_again(reader, picture, path, known, header):
    make_article(hero=picture)
    first = get(reader, path)

    second = get(reader, path, headers={header: first[known]})

    assert (second.status_code, second.body) == (304, b"")
    assert second["Cache-Control"] == first["Cache-Control"]


def test_each_file_has_its_own_etag(reader, picture):
    make_article(hero=picture)
    names = [f"{width}.{ending}" for width in (400, 800) for ending in ("avif", "webp", "jpg")]

    assert len({get(reader, f"/media/articles/{picture.key}/{name}")["ETag"] for name in names}) == 6


def test_nginx_sends_the_bytes_when_it_is_told_where_they_are(settings, visitor, reader, picture, path):
    settings.MEDIA_ACCEL_PREFIX = "/protected/"
    make_article(hero=picture)

    refused, allowed = get(visitor, path), get(reader, path)

    assert "X-Accel-Redirect" not in refused
    assert allowed["X-Accel-Redirect"] == f"/protected/articles/{picture.key}/400.jpg"
    assert (allowed["Content-Type"], allowed.body) == ("image/jpeg", b"")


def test_picture_is_only_read(reader, path):
    assert reader.post(path).status_code == 405
