"""No gated byte reaches who has not attested: not from nginx, not from a cache that readers share."""

import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.xdist_group("deploy")  # which starts it once

FIGURE = "/trials/vorpal/figures/primary-hazard-ratios"
TITLE = b"Survival with pomalidomide"  # which only the gate of the article itself tells
# Gated addresses, and what they hold that nobody else may see.
GATED = {
    "/": b"xenolith",
    "/articles/?page=1": TITLE,
    "/articles/secret/": b"zygomorphic",
    "/topics/relapse/": TITLE,
    "/treatments/pomalidomide/": TITLE,
    "/search/?q=zygomorphic": TITLE,
    "/trials/": b"VORPAL",
    "/trials/vorpal/": b"jabberwock",
    "/trials/compare/?trial=vorpal": b"VORPAL",
    f"{FIGURE}.csv": b"0.75",
    f"{FIGURE}.png": b"\x89PNG",
    "/events/panel/": b"uffish",
    "PICTURE": b"\xff\xd8\xff",
}
# Ways of asking that might find what was kept for somebody else.
WAYS = {
    "plainly": {},
    "head": {"method": "HEAD"},
    "range": {"headers": {"Range": "bytes=0-99"}},
    "compressed": {"headers": {"Accept-Encoding": "gzip, br"}},
    "odd encoding": {"headers": {"Accept-Encoding": "br;q=0, *;q=0.1, x-gzip, identity;q=0"}},
    "http 1.0": {"version": 10},
    "no cache": {"headers": {"Cache-Control": "no-cache", "Pragma": "no-cache"}},
    "only if cached": {"headers": {"Cache-Control": "only-if-cached, max-stale=999999"}},
    "method override": {"headers": {"X-HTTP-Method-Override": "GET", "X-Method-Override": "HEAD"}},
    "forged cookie": {
        "headers": {"Cookie": "__Host-attestation=eyJ2IjoxfQ:1abcde:forged; __Host-attestation="}
    },
    "post": {"method": "POST", "body": "", "headers": {"Content-Length": "0"}},
    "options": {"method": "OPTIONS"},
    "forwarded": {"headers": {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http"}},
    "internal": {"headers": {"X-Accel-Redirect": "/protected/", "X-Forwarded-For": "127.0.0.1"}},
}


@pytest.fixture(params=GATED)
def gated(request, content):
    """(address, what it holds)"""
    path = content["picture"] if request.param == "PICTURE" else request.param
    return path, GATED[request.param]


def leak(answer, secret, whole):
    """What is wrong with an answer to a stranger, if anything."""
    if answer.status in (206, 304, 412, 416):
        return f"status {answer.status} tells that there is something"
    if secret in answer.content or (whole.body and whole.body in answer.body):
        return "gated bytes"
    if answer.headers.get("ETag") and answer.headers["ETag"] == whole.headers.get("ETag"):
        return "the mark of the gated page"
    return None


def leaks(strangers, path, secret, whole, ways):
    """What is wrong, by the way of asking; empty if nothing is."""
    found = {
        name: [leak(who.ask(path, **way), secret, whole) for who in strangers] for name, way in ways.items()
    }
    return {name: problems for name, problems in found.items() if any(problems)}


def test_reader_gets_it_marked_as_private(reader, gated):
    path, secret = gated

    answer = reader.ask(path)

    assert answer.status == 200
    assert secret in answer.content
    assert "private" in answer.headers["Cache-Control"]
    assert not re.search("public|s-maxage", answer.headers["Cache-Control"])


def test_who_has_not_attested_gets_nothing_after_a_reader_came(
    reader, visitor, cached_reader, cached_visitor, gated
):
    path, secret = gated
    whole = cached_reader.ask(path)
    reader.ask(path)

    assert leaks([visitor, cached_visitor], path, secret, whole, WAYS) == {}


def test_who_knows_the_mark_of_a_page_learns_nothing(visitor, cached_reader, cached_visitor, gated):
    path, secret = gated
    whole = cached_reader.ask(path)
    etag, changed = whole.headers.get("ETag", '"x"'), whole.headers.get("Last-Modified", "")
    ways = {
        "If-None-Match": {"headers": {"If-None-Match": etag}},
        "any": {"headers": {"If-None-Match": "*"}},
        "If-Match": {"headers": {"If-Match": etag}},
        "If-Modified-Since": {"headers": {"If-Modified-Since": changed}},
        "If-Range": {"headers": {"If-Range": etag, "Range": "bytes=0-99"}},
    }

    assert leaks([visitor, cached_visitor], path, secret, whole, ways) == {}


def test_no_header_leads_a_public_address_to_a_gated_one(cached_visitor, visitor, cached_reader, gated):
    path, secret = gated
    whole = cached_reader.ask(path)
    names = ("X-Original-URL", "X-Rewrite-URL", "X-Forwarded-Prefix", "X-Accel-Redirect", "X-Forwarded-Uri")
    ways = {name: {"headers": {name: path}} for name in names}

    assert leaks([visitor, cached_visitor], "/about/", secret, whole, ways) == {}


@pytest.mark.parametrize("suffix", ["?x=1", "?", "%3F", ";a.css", "/x.css", "%2F..%2Fx.jpg", "//"])
def test_no_disguise_of_an_address_is_kept_for_others(cached_reader, cached_visitor, content, suffix):
    paths = {(content["picture"] if path == "PICTURE" else path): secret for path, secret in GATED.items()}
    disguised = {path.partition("?")[0] + suffix: secret for path, secret in paths.items()}
    for path in disguised:
        cached_reader.ask(path)

    leaked = [path for path, secret in disguised.items() if secret in cached_visitor.ask(path).content]

    assert leaked == []


def test_gate_is_not_kept_for_readers(cached_reader, cached_visitor, gated):
    path, secret = gated
    cached_visitor.ask(path)

    assert secret in cached_reader.ask(path).content


def test_shared_cache_keeps_what_it_may(cached_reader, cached_visitor, content):
    """Otherwise the tests above would prove nothing."""
    cached_reader.ask(content["portrait"])

    assert cached_visitor.ask(content["portrait"]).headers["X-Cache"] == "HIT"


def test_picture_is_sent_by_nginx_after_the_portal_allowed_it(reader, visitor, portal, content):
    refused, allowed = visitor.ask(content["picture"]), reader.ask(content["picture"])

    assert refused.status == 403
    assert (allowed.status, allowed.headers["Content-Type"]) == (200, "image/jpeg")
    assert allowed.body == Path(content["picture_file"]).read_bytes()
    assert "X-Accel-Redirect" not in allowed.headers
    assert allowed.headers.get_all("X-Content-Type-Options") == ["nosniff"]
    assert "default-src 'none'" in allowed.headers["Content-Security-Policy"]


def test_part_of_a_picture_is_sent_to_who_may_see_it(reader, content):
    answer = reader.ask(content["picture"], headers={"Range": "bytes=0-9"})

    assert (answer.status, len(answer.body)) == (206, 10)


def test_picture_that_the_browser_has_is_not_sent_again(reader, content):
    first = reader.ask(content["picture"])

    second = reader.ask(content["picture"], headers={"If-None-Match": first.headers["ETag"]})

    assert (second.status, second.body) == (304, b"")


@pytest.mark.parametrize(
    "prefix", ["/protected/", "/protected//", "/./protected/", "//protected/", "/%70rotected/"]
)
def test_the_place_of_the_pictures_is_not_open(reader, visitor, content, prefix):
    path = prefix + content["picture"].removeprefix("/media/")

    assert [somebody.ask(path).status for somebody in (visitor, reader)] == [404, 404]
