import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.portal.broken_urls")]


@pytest.fixture
def client():
    return Client(raise_request_exception=False)


@pytest.mark.parametrize(
    ("path", "status", "heading"),
    [
        ("/fails/", 500, "Something broke on our side"),
        ("/database-away/", 503, "We will be back in a few minutes"),
        ("/bad/", 400, "We could not read this request"),
        ("/suspicious/", 400, "We could not read this request"),
        ("/forbidden/", 403, "You may not open this page"),
        ("/undeclared/", 403, "You may not open this page"),
        ("/gone/", 410, "This page is gone for good"),
        ("/no-such-page/", 404, "There is nothing at this address"),
        ("/theme/", 405, "This address takes no such request"),
    ],
)
def test_each_refusal_has_a_page_of_ours(client, path, status, heading):
    response = client.get(path)

    html = response.content.decode()
    assert response.status_code == status
    assert f"<h1>{heading}</h1>" in html
    assert "secret" not in html
    assert response["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("path", ["/fails/", "/forbidden/", "/no-such-page/", "/theme/"])
def test_fragments_are_refused_with_the_same_status(client, path):
    assert client.get(path, headers={"HX-Request": "true"}).status_code == client.get(path).status_code


def test_a_refusal_says_why(client):
    assert "Only on Sundays." in client.get("/forbidden/").content.decode()


def test_the_page_for_a_failure_asks_nothing_of_the_database(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        response = client.get("/fails/")

    assert response.status_code == 500


def test_a_page_that_finds_no_database_is_answered_too(client):
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE portal_consentnotice CASCADE")

    response = client.get("/no-such-page/")

    assert response.status_code == 500
    assert "Something broke on our side" in response.content.decode()


def test_a_database_that_is_away_is_worth_another_try(client):
    assert client.get("/database-away/")["Retry-After"] == "60"


def test_a_wrong_method_names_the_right_ones(client):
    assert client.get("/theme/")["Allow"] == "POST"
    assert set(client.post("/about/")["Allow"].split(", ")) == {"GET", "HEAD"}


def test_an_expired_form_says_what_to_do():
    response = Client(enforce_csrf_checks=True).post("/contact/", {"name": "Ada"})

    html = response.content.decode()
    assert response.status_code == 403
    assert "The form has expired" in html
    assert "load the page again" in html


def test_too_many_attestations_are_slowed_down(client, settings):
    settings.ACCOUNT_RATE_LIMITS = {"attest": "2/m/ip"}
    answers = [client.post("/attest/", {"next": "/"}) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [303, 303, 429]
    assert "That was a little too often" in answers[2].content.decode()
    assert answers[2]["Retry-After"] == "60"


def test_limits_are_kept_while_many_others_are_counted(client, settings):
    settings.ACCOUNT_RATE_LIMITS = {"attest": "1/m/ip"}
    client.post("/attest/", {"next": "/"})
    cache.set_many({f"z{number}": 1 for number in range(400)})  # Django drops the first keys first

    response = client.post("/attest/", {"next": "/"})

    assert response.status_code == 429


def test_a_form_with_too_many_fields_is_refused(client):
    response = client.post("/form/", {f"field{number}": "" for number in range(2001)})

    assert response.status_code == 400
    assert "We could not read this request" in response.content.decode()


def test_a_form_that_is_too_long_is_refused(client):
    body = b"field=" + b"x" * (2 * 1024 * 1024)

    response = client.post("/form/", body, content_type="application/x-www-form-urlencoded")

    assert response.status_code == 413
    assert "That is more than we can take" in response.content.decode()


def test_a_form_with_too_many_files_is_refused(client):
    files = {f"file{number}": SimpleUploadedFile("a.txt", b"x") for number in range(6)}

    assert client.post("/form/", files).status_code == 400


@pytest.mark.parametrize(
    "body",
    [b"--", b"--x\r\n", b'--x\r\nContent-Disposition: form-data; name="a\x00"\r\n\r\nv\r\n--x--\r\n'],
)
def test_a_broken_multipart_form_is_no_failure(client, body):
    response = client.post("/form/", body, content_type="multipart/form-data; boundary=x")

    assert response.status_code in (200, 400)


def test_a_host_that_is_not_ours_is_refused(client):
    response = client.get("/about/", headers={"Host": "evil.example"})

    assert response.status_code == 400
    assert "evil.example" not in response.content.decode()
