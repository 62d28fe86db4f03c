from datetime import date, timedelta

import pytest
from django.utils import timezone

from articles.models import Disclosure
from articles.rendering import render
from portal.models import CommitteeMember, Page
from portal.rendering import derive_page
from tests import factories

pytestmark = pytest.mark.django_db

PAGES = [
    "about",
    "independence",
    "privacy",
    "terms",
    "accessibility",
    "steering-committee",
    "contact",
    "cookies",
]


def make_member(position=0, **fields):
    person = factories.make_person(**fields)
    return CommitteeMember.objects.create(person=person, position=position)


@pytest.mark.parametrize("slug", PAGES)
def test_a_standing_page_shows_its_text_to_everybody(visitor, slug):
    page = Page.objects.get(slug=slug)
    derive_page(page)
    page.save()

    response = visitor.get(f"/{slug}/")

    html = response.content.decode()
    assert response.status_code == 200
    assert f"<h1>{page.title}</h1>" in html
    assert page.body_html in html
    assert len(page.body.split()) > 50


def test_every_text_in_the_repository_has_become_a_page(settings):
    texts = (settings.BASE_DIR / "portal" / "texts").glob("*.md")

    assert (
        {text.stem for text in texts}
        == set(Page.objects.values_list("slug", flat=True))
        == {*PAGES, "newsletter"}
    )


@pytest.mark.parametrize("slug", [*PAGES, "newsletter"])
def test_every_default_text_can_be_rendered(slug):
    page = Page.objects.get(slug=slug)

    rendered = render(page.body)

    assert page.title
    assert not page.title.startswith("#")
    assert rendered.html


def test_the_privacy_page_names_what_is_stored():
    body = " ".join(Page.objects.get(slug="privacy").body.split())

    stored = (
        "random identifier",
        "No IP address",
        "bookmarks",
        "newsletter",
        "contact form",
        "Privacy Control",
    )
    assert [words for words in stored if words not in body] == []


@pytest.mark.parametrize("slug", PAGES)
def test_a_page_whose_text_was_removed_is_not_found(visitor, slug):
    Page.objects.filter(slug=slug).delete()

    assert visitor.get(f"/{slug}/").status_code == 404


@pytest.mark.parametrize("slug", [slug for slug in PAGES if slug not in ("contact", "cookies")])
def test_a_page_only_answers_to_reading(visitor, slug):
    assert visitor.post(f"/{slug}/").status_code == 405
    assert visitor.head(f"/{slug}/").status_code == 200


def test_the_committee_page_names_its_members_in_order(visitor):
    second = make_member(position=2, name="Dr Second", affiliation="Hospital B")
    first = make_member(position=1, name="Prof. First", biography="Works on trials.")

    response = visitor.get("/steering-committee/")

    assert list(response.context["members"]) == [first, second]
    html = response.content.decode()
    for words in ("Prof. First", "Works on trials.", "Dr Second", "Hospital B", "Nothing to disclose."):
        assert words in html


def test_the_committee_page_shows_the_newest_disclosure_only(visitor):
    member = make_member(disclosed_on=date(2025, 1, 1))
    Disclosure.objects.create(
        person=member.person, declared_on=date(2026, 1, 1), statement="Advises a company."
    )
    tomorrow = timezone.localdate() + timedelta(days=1)
    Disclosure.objects.create(person=member.person, declared_on=tomorrow, statement="Not yet in force.")

    html = visitor.get("/steering-committee/").content.decode()

    assert "Advises a company." in html
    assert "Nothing to disclose." not in html
    assert "Not yet in force." not in html


def test_a_member_without_disclosure_is_shown_as_such(visitor):
    make_member(disclosed_on=False)

    assert "No disclosure has been recorded yet." in visitor.get("/steering-committee/").content.decode()


def test_the_committee_page_needs_as_many_queries_for_one_member_as_for_five(
    visitor, django_assert_max_num_queries
):
    make_member()
    with django_assert_max_num_queries(20) as few:
        visitor.get("/steering-committee/")
    for position in range(4):
        make_member(position)

    with django_assert_max_num_queries(len(few)) as many:
        response = visitor.get("/steering-committee/")

    assert len(response.context["members"]) == 5
    assert len(many) == len(few)


def test_an_empty_committee_is_a_page_too(visitor):
    assert "The committee is being formed." in visitor.get("/steering-committee/").content.decode()
