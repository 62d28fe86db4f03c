import pytest
from django.test import RequestFactory

from portal.lib.origin import is_same_origin, local_path


@pytest.mark.parametrize(
    ("headers", "is_ours"),
    [
        ({}, True),
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "none"}, True),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": ""}, False),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://testserver"}, False),
        ({"Origin": "http://testserver"}, True),
        ({"Origin": "http://testserver:8000"}, False),
        ({"Origin": "http://testserver.evil.example"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": ""}, False),
        ({"Origin": "http://["}, False),
        ({"Origin": "x" * 100_000}, False),
    ],
)
def test_is_same_origin_believes_the_browser(headers, is_ours):
    request = RequestFactory().post("/", headers=headers)

    assert is_same_origin(request) is is_ours


@pytest.mark.parametrize("path", ["/", "/articles/?page=2", "/a b", "/é", "/x#y", "/" + "x" * 1999])
def test_local_path_keeps_a_path_of_this_site(path):
    assert local_path(path) == path


@pytest.mark.parametrize(
    "address",
    [
        "",
        "x",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https://evil.example/",
        "javascript:alert(1)",
        " /",
        "\0/",
        "\n/",
        "/" + "x" * 2000,
    ],
)
def test_local_path_replaces_everything_else(address):
    assert local_path(address, "/home/") == "/home/"
