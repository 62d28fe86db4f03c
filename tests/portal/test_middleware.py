import pytest

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


def test_a_refused_address_costs_no_query(reader, django_assert_num_queries):
    with django_assert_num_queries(0):
        reader.get("/search/?q=%00")


def test_a_file_keeps_its_words_when_it_is_refused(reader):
    """Only a refusal without a word is given a page."""
    response = reader.post("/healthz")

    assert response.status_code == 405
    assert int(response["Content-Length"]) == len(response.content) > 0
