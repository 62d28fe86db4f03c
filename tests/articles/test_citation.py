"""Citations: who gets them, and what each format must look like."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from articles.citation import Citation, bibtex, csl, latex, ris, split_name, text
from tests.articles.secret import describe_hub, make_secret_article
from tests.factories import make_person


@pytest.mark.parametrize("client_name", ["visitor", "reader"])
def test_citation_is_for_everybody(request, client_name, settings, db):
    settings.SITE_URL = "https://hub.example"
    describe_hub()
    make_secret_article(
        authors=[make_person("Ana van der García")],
        trials=["NCT01734928"],
        published_at=datetime(2026, 3, 9, 12, tzinfo=UTC),
    )
    client = request.getfixturevalue(client_name)

    answers = {ending: client.get(f"/articles/secret/citation.{ending}") for ending in ("ris", "bib", "json")}

    assert {ending: answer["Content-Type"] for ending, answer in answers.items()} == {
        "ris": "application/x-research-info-systems; charset=utf-8",
        "bib": "application/x-bibtex; charset=utf-8",
        "json": "application/vnd.citationstyles.csl+json; charset=utf-8",
    }
    assert answers["ris"]["Content-Disposition"] == 'attachment; filename="secret.ris"'
    assert answers["ris"]["X-Robots-Tag"] == "noindex"
    assert answers["ris"].content.decode() == (
        "TY  - ELEC\r\nAU  - van der García, Ana\r\nTI  - Survival with pomalidomide\r\nT2  - Myeloma Hub\r\n"
        "PY  - 2026\r\nDA  - 2026/03/09\r\nPB  - Example Foundation\r\nKW  - NCT01734928\r\nLA  - en\r\n"
        "UR  - https://hub.example/articles/secret/\r\nID  - secret\r\nER  - \r\n"
    )
    assert json.loads(answers["json"].content)[0]["author"] == [{"family": "van der García", "given": "Ana"}]
    assert (
        answers["bib"].content.decode().startswith("@misc{secret,\n  author = {van der Garc{\\'{i}}a, Ana},")
    )


@pytest.mark.parametrize("ending", ["ris", "bib", "json"])
@pytest.mark.parametrize("status", ["draft", "in_review", "scheduled"])
def test_unpublished_article_has_no_citation(visitor, reader, ending, status):
    make_secret_article(status=status, published_at=timezone.now() + timedelta(days=1))

    assert visitor.get(f"/articles/secret/citation.{ending}").status_code == 404
    assert reader.get(f"/articles/secret/citation.{ending}").status_code == 404


def test_citation_names_nothing_that_the_gate_must_not_name(settings, visitor, reader):
    settings.GATE_TEASER = False
    make_secret_article()

    assert visitor.get("/articles/secret/citation.ris").status_code == 404
    assert reader.get("/articles/secret/citation.ris").status_code == 200


@pytest.mark.parametrize("path", ["secret/citation.xml", "secret/citation.", "nothing/citation.ris"])
def test_unknown_citation_is_not_found(visitor, db, path):
    make_secret_article()

    assert visitor.get(f"/articles/{path}").status_code == 404


def test_hostile_title_cannot_add_lines_to_a_citation(visitor, db):
    make_secret_article(title="A\r\nAU  - Intruder, An\x0b")

    lines = visitor.get("/articles/secret/citation.ris").content.decode().split("\r\n")

    assert "TI  - A AU - Intruder, An" in lines
    assert len([line for line in lines if line.startswith("AU")]) == 1


def cited(**fields):
    values = {
        "key": "optimismm",
        "title": "OPTIMISMM: 50 % & more",
        "authors": ("Ana García-Ruiz", "Prof. Bo van den Berg"),
        "issued": date(2026, 3, 9),
        "site": "Myeloma Hub",
        "publisher": "Example Foundation",
        "url": "https://hub.example/articles/optimismm/",
    }
    return Citation(**(values | fields))


@pytest.mark.parametrize(
    ("name", "family", "given"),
    [
        ("Ana García", "García", "Ana"),
        ("Ana Maria García-Ruiz", "García-Ruiz", "Ana Maria"),
        ("Prof. Dr. Bo van den Berg", "van den Berg", "Bo"),
        ("Dr Li", "Li", ""),
        ("Dr", "Dr", ""),
        ("García Ruiz, Ana", "García Ruiz", "Ana"),
        ("de Vries", "Vries", "de"),
        ("", "", ""),
    ],
)
def test_name_is_split_into_family_and_given_name(name, family, given):
    result = split_name(name)

    assert (result.family, result.given) == (family, given)


@pytest.mark.parametrize(
    ("plain", "escaped"),
    [
        ("50 % & $5 #1 a_b", r"50 \% \& \$5 \#1 a\_b"),
        ("{a} \\b ~ ^", r"\{a\} \textbackslash{}b \textasciitilde{} \textasciicircum{}"),
        ("García", r"Garc{\'{i}}a"),
        ("Garci\u0301a", r"Garc{\'{i}}a"),
        ("Müller Çelik Dvořák Ångström", r"M{\"{u}}ller {\c{C}}elik Dvo{\v{r}}{\'{a}}k {\AA}ngstr{\"{o}}m"),
        ("Łukasz Sørensen Weiß", r"{\L}ukasz S{\o}rensen Wei{\ss}"),
        ("1–2 ≥ 3", "1--2 ≥ 3"),
        ("ệ", r"{\^{{\d{e}}}}"),
        ("日本", "日本"),
    ],
)
def test_latex_escapes_commands_and_accents(plain, escaped):
    assert latex(plain) == escaped


def test_bibtex_entry_protects_title_and_names():
    assert bibtex(cited(authors=("Ana García", "Salt and Pepper"), keywords=("NCT01734928",))) == (
        "@misc{optimismm,\n"
        "  author = {Garc{\\'{i}}a, Ana and {Salt and Pepper}},\n"
        "  title = {{OPTIMISMM: 50 \\% \\& more}},\n"
        "  howpublished = {Myeloma Hub},\n"
        "  publisher = {Example Foundation},\n"
        "  year = 2026,\n"
        "  month = mar,\n"
        "  keywords = {NCT01734928},\n"
        "  language = {english},\n"
        "  url = {https://hub.example/articles/optimismm/}\n"
        "}\n"
    )


def test_citation_without_authors_leaves_them_out():
    assert "AU  -" not in ris(cited(authors=()))
    assert "author" not in bibtex(cited(authors=()))
    assert "author" not in json.loads(csl(cited(authors=())))[0]
    assert text(cited(authors=())).startswith("OPTIMISMM")


def test_plain_citation_reads_like_a_reference():
    assert text(cited(title="What was found?")) == (
        "García-Ruiz A, van den Berg B. What was found? Myeloma Hub. 9 March 2026."
        " https://hub.example/articles/optimismm/"
    )


def test_csl_item_has_its_date_in_parts():
    [item] = json.loads(csl(cited()))

    assert item["issued"] == {"date-parts": [[2026, 3, 9]]}
    assert item["container-title"] == "Myeloma Hub"
    assert item["type"] == "webpage"
