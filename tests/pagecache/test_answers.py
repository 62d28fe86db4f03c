"""A kept page as the answer to one request: in the encoding it asks for, or not sent again."""

import gzip

import brotli
import pytest

from articles.models import Article
from portal.pagecache.answers import encoding_for

pytestmark = pytest.mark.django_db


def test_same_page_is_sent_in_the_encoding_that_is_asked_for(reader, article):
    plain = reader.get("/articles/a/")
    gzipped = reader.get("/articles/a/", headers={"Accept-Encoding": "gzip"})
    brotlied = reader.get("/articles/a/", headers={"Accept-Encoding": "gzip, deflate, br"})

    assert (gzipped["Content-Encoding"], brotlied["Content-Encoding"]) == ("gzip", "br")
    assert gzip.decompress(gzipped.content) == brotli.decompress(brotlied.content) == plain.content
    for response in (plain, gzipped, brotlied):
        assert response["Content-Length"] == str(len(response.content))
        assert response["Cache-Control"] == "private, no-cache"
        assert {"Accept-Encoding", "Cookie"} <= set(response["Vary"].split(", "))
        assert "default-src 'none'" in response["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("", ""),
        ("identity", ""),
        ("br;q=0, gzip", "gzip"),
        ("br; q=0.0,gzip;q=0", ""),
        ("GZIP", "gzip"),
        ("gzip;q=0.5, br;q=0.1", "br"),
        ("vibrant", ""),
        ("*", ""),
    ],
)
def test_encoding_for(accepted, encoding):
    assert encoding_for(accepted) == encoding


@pytest.mark.parametrize("form", ["{tag}", '"other", {tag}', "{strong}", "*"])
def test_browser_that_has_the_page_is_told_so(reader, article, form):
    tag = reader.get("/articles/a/")["ETag"]
    headers = {"If-None-Match": form.format(tag=tag, strong=tag.removeprefix("W/"))}

    response = reader.get("/articles/a/", headers=headers)

    assert (response.status_code, response.content) == (304, b"")
    assert response["ETag"] == tag
    Article.objects.filter(pk=article.pk).update(title="Second title")
    if form != "*":
        assert reader.get("/articles/a/", headers=headers).status_code == 200


def test_nobody_learns_by_a_tag_what_stands_behind_the_gate(reader, visitor, article):
    tag = reader.get("/articles/a/")["ETag"]

    response = visitor.get("/articles/a/", headers={"If-None-Match": tag})

    assert response.status_code == 200
    assert "ETag" not in response
