import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "query", ["q=%00", "%00=1", "q=a%00b", "q=%ff", "q=%C0%80", "q=%ED%A0%80", "q=%F5%80%80%80"]
)
def test_an_address_that_no_database_can_hold_is_refused(reader, query):
    response = reader.get(f"/search/?{query}")

    assert response.status_code == 400
    assert "We could not read this request" in response.content.decode()


@pytest.mark.parametrize("path", ["/articles/%00/", "/%00", "/articles/a%00b/", "/events/%00.ics"])
def test_a_path_with_a_zero_byte_is_refused(reader, path):
    assert reader.get(path).status_code == 400


@pytest.mark.parametrize("path", ["/articles/%ff/", "/%ff%fe/", "/articles/%ED%A0%80/"])
def test_a_path_that_is_no_text_is_not_found(reader, path):
    assert reader.get(path).status_code == 404


@pytest.mark.parametrize(
    "query", ["q=myeloma", "q=%C3%A9", "q=%F0%9F%A9%BA", "q=100%25", "q=100%", "q=a+b", "q=%zz"]
)
def test_an_address_that_is_text_is_answered(reader, query):
    assert reader.get(f"/search/?{query}").status_code == 200


@pytest.mark.parametrize("name", ["sessionid", "csrftoken", "attestation", "unknown"])
@pytest.mark.parametrize("path", ["/about/", "/", "/accounts/login/", "/healthz", "/no-such-page/"])
def test_a_cookie_that_no_database_can_hold_is_refused(visitor, path, name):
    response = visitor.get(path, headers={"Cookie": f'{name}="\\000aaaaaaaaaaaa"'})

    assert response.status_code == 400
    assert "We could not read this request" in response.content.decode()


@pytest.mark.parametrize("cookie", ["a=b", 'a="\\351"', "a=\xe9", "", ";;=;", "a"])
def test_any_other_cookie_is_taken(visitor, cookie):
    assert visitor.get("/about/", headers={"Cookie": cookie}).status_code == 200


def test_a_refused_address_costs_no_query(reader, django_assert_num_queries):
    with django_assert_num_queries(0):
        reader.get("/search/?q=%00")


def test_a_file_keeps_its_words_when_it_is_refused(reader):
    """Only a refusal without a word is given a page."""
    response = reader.post("/healthz")

    assert response.status_code == 405
    assert int(response["Content-Length"]) == len(response.content) > 0


class Unread:
    """The body of a request that must be refused before it is read."""

    def read(self, *_):
        pytest.fail("The body was read.")

    __iter__ = readline = read


def send_unread(client, path, length, **headers):
    """Send to `path` a form that says to be `length` bytes long."""
    form = {"CONTENT_TYPE": "multipart/form-data; boundary=x", "wsgi.input": Unread(), **headers}
    return client.generic("POST", path, **form, CONTENT_LENGTH=length)


MB = 1024 * 1024


@pytest.mark.parametrize(
    ("path", "length"),
    [
        ("/newsletter/", 2 * MB + 1),
        ("/newsletter/", 300 * MB),
        ("/about/", 300 * MB),
        ("/no-such-page/", 300 * MB),
        ("/accounts/login/", 300 * MB),
        ("/administration/", 3 * MB),
        ("/admin/articles/picture/add/", 16 * MB + 1),
        ("/newsletter/", "9" * 5000),
    ],
)
def test_a_body_that_is_too_long_is_refused_unread(visitor, path, length):
    response = send_unread(visitor, path, str(length))

    assert response.status_code == 413
    assert "That is more than we can take" in response.content.decode()


@pytest.mark.parametrize(
    ("length", "status"), [("", 411), ("-1", 400), ("ten", 400), ("1e3", 400), ("²", 400), ("1, 1", 400)]
)
def test_a_body_of_unknown_length_is_refused_unread(visitor, length, status):
    response = send_unread(visitor, "/newsletter/", length)

    assert response.status_code == status
    assert "We could not read this request" in response.content.decode()


def test_a_body_in_pieces_is_refused_whatever_the_method(visitor):
    response = visitor.get("/about/", headers={"Transfer-Encoding": "chunked"})

    assert response.status_code == 411


@pytest.mark.parametrize(
    ("path", "size", "status"),
    [("/newsletter/", 2 * MB - 1000, 422), ("/admin/", 2 * MB + 1, 303), ("/admin/", 16 * MB - 1000, 303)],
)
def test_a_body_of_the_allowed_length_is_taken(visitor, path, size, status):
    response = visitor.post(path, {"file": SimpleUploadedFile("a.bin", b"x" * size)})

    assert response.status_code == status
