from datetime import UTC, datetime
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import call_command
from django.utils import timezone

from articles import pictures
from articles.exchange import DocumentError
from articles.exchange.document import parse, write
from articles.models import Article, Disclosure, Person, Picture, Reference, Topic
from tests import factories
from tests.articles import images
from trials.exchange import export_folder as export_trials
from trials.exchange import import_path as import_trials
from trials.models import Drug

REGIMENS = settings.BASE_DIR / "demo/trials/regimens.json"
TEXT = """\
---
title: "A trial: read closely"
slug: a-trial
summary: >-
  What it
  found.
status: published
first_published: 2026-06-22
topics: [Second, First]
treatments: [Drug]
trials: [NCT01734928]
funding: {kind: grant, funder: Foundation, statement: Paid by it.}
objectives: [describe it]
key_points:
  - It worked.
authors: [ada]
reviewers: [bruno]
references:
  - key: first
    authors: Example A
    title: "Report"
    source: Journal
    year: 2024
---
It worked [@first].
"""
PEOPLE = """\
- slug: ada
  name: Ada
  disclosures: [{declared_on: %(today)s, statement: Nothing.}]
- slug: bruno
  name: Bruno
  biography: |
    First line.
    Second line.
  disclosures: [{declared_on: %(today)s, statement: Nothing.}]
"""


@pytest.fixture
def folder(tmp_path, db):
    (tmp_path / "people.yaml").write_text(PEOPLE % {"today": timezone.localdate()})
    (tmp_path / "articles").mkdir()
    (tmp_path / "articles/a-trial.md").write_text(TEXT)
    return tmp_path


@pytest.fixture
def few_files(monkeypatch):
    monkeypatch.setattr(pictures, "WIDTHS", (400,))
    monkeypatch.setattr(pictures, "ENCODERS", {"jpg": pictures.ENCODERS["jpg"]})


def run(*paths):
    """What `import_articles` says on both channels, and its exit code."""
    out, err = StringIO(), StringIO()
    try:
        call_command("import_articles", *map(str, paths), stdout=out, stderr=err)
    except SystemExit as end:
        return out.getvalue(), err.getvalue(), end.code
    return out.getvalue(), err.getvalue(), 0


def files_of(folder):
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_folder_becomes_a_published_article(folder, reader):
    out, err, code = run(folder)

    assert (err, code) == ("", 0)
    assert "added     a-trial.md" in out
    article = Article.objects.get()
    assert article.published_at == datetime(2026, 6, 22, tzinfo=UTC)
    assert [person.name for person in article.authors + article.reviewers] == ["Ada", "Bruno"]
    assert {topic.slug for topic in article.topics.all()} == {"first", "second"}
    assert article.funder == "Foundation"
    assert "It worked" in reader.get("/articles/a-trial/").content.decode()


def test_second_import_writes_nothing(folder):
    run(folder)
    before = list(Article.objects.values()), list(Reference.objects.values()), list(Person.objects.values())

    out, _, code = run(folder)

    assert code == 0
    assert set(out.split()) == {"unchanged", "a-trial.md", "ada", "bruno"}
    after = list(Article.objects.values()), list(Reference.objects.values()), list(Person.objects.values())
    assert after == before


def test_changed_file_changes_its_article_and_keeps_bookmarks(folder, member):
    run(folder)
    article = Article.objects.get()
    article.bookmarks.create(user=member.user)
    (folder / "articles/a-trial.md").write_text(TEXT.replace("It worked [", "It did not work ["))

    out, _, _ = run(folder / "articles/a-trial.md")

    assert out == "changed   a-trial.md\n"
    article.refresh_from_db()
    assert "did not work" in article.body_html
    assert article.bookmarks.count() == 1


def test_disclosures_are_added_and_never_removed(folder):
    run(folder)
    ada = Person.objects.get(slug="ada")
    Disclosure.objects.create(person=ada, declared_on="2020-01-01", statement="Long ago.")

    out, _, _ = run(folder)

    assert "unchanged ada" in out
    assert ada.disclosures.count() == 2


BAD = {
    "unknown citation": ("[@first].", "[@nobody].", "text, line 25: "),
    "bad NCT number": ("NCT01734928", "NCT1", "trials[1].number, line 11: "),
    "unknown person": ("[ada]", "[nobody]", "authors[1], line 16: nobody has the slug “nobody”"),
    "unknown key": ("trials:", "coauthor: x\ntrials:", "coauthor, line 11: this key is not known"),
    "moment before all time": (
        "2026-06-22",
        "0001-01-01 00:00:00+09:00",
        "first_published, line 8: expected a day",
    ),
    "no objective": ("objectives: [describe it]\n", "", "status, line 7: Cannot be published yet"),
    "year as text": ("year: 2024", "year: soon", "references[1].year, line 23: expected a whole number"),
    "year out of range": ("year: 2024", "year: 1500", "references[1].__all__, line 19: "),
    "strange status": ("status: published", "status: king", "status, line 7: "),
    "title too long": ('"A trial: read closely"', "x" * 201, "title, line 2: "),
    "bad slug": ("slug: a-trial", "slug: ../etc", "slug, line 3: may hold letters"),
    "number as text": ("summary: >-\n  What it\n  found.", "summary: 5", "summary, line 4: expected a text"),
    "NUL": ('"Report"', r'"a\0b"', "references[1].title, line 21: holds a character"),
    "half a character": ('"Report"', r'"\ud800"', "references[1].title, line 21: holds a character"),
    "key twice": ("trials:", "slug: again\ntrials:", "slug, line 11: this key is already there"),
    "alias": ("[describe it]", "&a [*a]", "YAML, line 13: aliases"),
    "broken YAML": ("funding: {", "funding: {{", "YAML, line"),
    "tag": ("title: ", "title: !!python/object/apply:os.getcwd ", "YAML, line 2: could not determine"),
    "impossible day": ("2026-06-22", "2026-02-30", "YAML: day is out of range"),
    "deep nesting": ("[describe it]", "[" * 3000, "YAML: is nested too deeply"),
    "author reviews": ("reviewers: [bruno]", "reviewers: [ada]", "reviewers[1], line 17: an author cannot"),
    "funder missing": ("funder: Foundation, ", "", "funding.funder, line 12: Name the funder."),
    "picture outside": (
        "authors:",
        "hero: {file: ../../etc/passwd, alt: x}\nauthors:",
        "hero.file: there is no file",
    ),
    "no alternative text": ("authors:", "hero: {file: x.png}\nauthors:", "hero.alt, line 16: is missing"),
    "no front matter": ("---\ntitle", "title", "file, line 1: must begin with front matter"),
    "withdrawn without reason": (
        "status: published",
        "status: withdrawn",
        "withdrawn.reason: Readers need",
    ),
}


@pytest.mark.parametrize(("old", "new", "message"), BAD.values(), ids=BAD)
def test_bad_file_is_refused_by_name_field_and_line_and_the_rest_goes_on(folder, old, new, message):
    assert old in TEXT
    (folder / "articles/a-bad.md").write_text(
        TEXT.replace("slug: a-trial", "slug: a-bad").replace(old.replace("a-trial", "a-bad"), new, 1)
    )

    out, err, code = run(folder)

    assert code == 1
    assert f"a-bad.md: {message}" in err
    assert "refused   a-bad.md" in out
    assert "added     a-trial.md" in out
    assert [article.slug for article in Article.objects.all()] == ["a-trial"]
    assert Topic.objects.count() == 2


def test_refused_change_leaves_the_article_as_it_was(folder):
    run(folder)
    before = list(Article.objects.values())
    (folder / "articles/a-trial.md").write_text(TEXT.replace("reviewers: [bruno]\n", ""))

    _, err, code = run(folder)

    assert code == 1
    assert "a medical reviewer is missing" in err
    assert list(Article.objects.values()) == before
    assert Article.objects.get().reviewers[0].name == "Bruno"


def test_file_that_is_no_text_is_refused(folder):
    (folder / "articles/x.md").write_bytes(b"\xff\xfe\x00")

    _, err, code = run(folder / "articles/x.md", folder / "articles/missing.md")

    assert code == 1
    assert "x.md: file: is not UTF-8 text." in err
    assert "missing.md: file: cannot be read" in err


@pytest.mark.parametrize(
    "people", ["- {name: x}", "nonsense", "- {slug: a, name: b, age: 5}", "- 5", "- [1, 2"]
)
def test_bad_list_of_people_is_refused(folder, people):
    (folder / "people.yaml").write_text(people)

    _, err, code = run(folder)

    assert code == 1
    assert "people.yaml: " in err


def make_everything():
    """Articles in every state, with all that they can hold."""
    portrait, hero = images.make_portrait(), images.make_article_picture("navy", credit="Drawn")
    shown = images.make_article_picture("maroon")
    author = factories.make_person(
        "Dr Łukasz “Quote”", photo=portrait, biography="One.\n\n Two: three # four"
    )
    Disclosure.objects.create(person=author, declared_on="2020-02-29", statement="Earlier.\nLines.")
    topic = factories.make_topic("Odd: topic", description="Described", position=7)
    factories.make_article(
        title='Title with "quotes", # and: colons',
        body=f"One [@first].\n\n![Seen](/media/articles/{shown.key}/400.jpg)\n\n---\n\nMore.\n",
        hero=hero,
        topics=[topic],
        treatments=[factories.make_treatment("Éfgartigimod", slug="efg", description="An antibody.")],
        trials=["NCT01734928", "NCT00000001"],
        authors=[author],
        objectives=["describe it", "- dash"],
        congress="ASH 2025",
        published_at=datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC),
        review_by="2027-01-01",
        revised_on="2026-02-02",
        funding_kind="grant",
        funder="Yes",
    )
    factories.make_article(
        status="draft", authors=[], reviewers=[], references=(), body="Draft.", published_at=None
    )
    factories.make_article(status="withdrawn", withdrawn_reason="Wrong.\nVery.")


def test_exported_articles_come_back_equal(tmp_path, db, few_files):
    make_everything()
    call_command("export_articles", str(tmp_path / "one"), stdout=StringIO())
    first = files_of(tmp_path / "one")
    rows = state()
    for model in (Article, Person, Topic, Drug):
        model.objects.all().delete()

    out, err, code = run(tmp_path / "one")
    call_command("export_articles", str(tmp_path / "two"), stdout=StringIO())

    assert (err, code) == ("", 0)
    assert out.count("added") == len([name for name in first if name.endswith(".md")]) + 4
    assert files_of(tmp_path / "two") == first
    assert state() == rows
    assert set(run(tmp_path / "two")[0].split()[::2]) == {"unchanged"}


def state():
    """All that readers and editors see of the articles."""
    names = (
        "title",
        "slug",
        "body",
        "status",
        "published_at",
        "withdrawn_at",
        "body_html",
        "hero",
        "congress",
    )
    people = ("name", "slug", "biography", "photo")
    return (
        list(Article.objects.order_by("slug").values(*names, "review_by", "revised_on", "funder", "summary")),
        list(Reference.objects.order_by("article__slug", "position", "pk").values("key", "number", "title")),
        list(Article.objects.order_by("slug", "pictures__key").values("slug", "pictures__key")),
        list(Person.objects.order_by("slug").values(*people)),
        list(Disclosure.objects.order_by("person__slug", "declared_on").values("declared_on", "statement")),
        list(Topic.objects.values("name", "slug", "description", "position")),
        list(Drug.objects.order_by("slug").values("name", "slug", "description", "articles__slug")),
    )


def test_treatments_are_the_drugs_that_have_one_of_the_names(folder):
    drug = factories.make_treatment("Drugimab", slug="drugimab")
    drug.names.create(name="DRUG", kind="synonym")

    run(folder)
    again, _, _ = run(folder)

    assert list(Article.objects.get().treatments.all()) == [drug]
    assert Drug.objects.count() == 1
    assert set(again.split()[::2]) == {"unchanged"}


def test_drug_gets_its_description_and_keeps_a_name_that_differs_in_capitals(folder):
    drug = factories.make_treatment("drug", slug="drug-of-the-trials", note="Kept.")
    (folder / "subjects.yaml").write_text(
        "treatments:\n- {name: Drug, slug: drug, description: An antibody.}\n"
        "- {name: Other drug, slug: other, description: ''}\n"
    )

    _, err, code = run(folder)

    drug.refresh_from_db()
    assert (err, code) == ("", 0)
    assert (drug.name, drug.slug, drug.description, drug.note) == (
        "drug",
        "drug-of-the-trials",
        "An antibody.",
        "Kept.",
    )
    assert list(Drug.objects.order_by("slug").values_list("slug", flat=True)) == [
        "drug-of-the-trials",
        "other",
    ]


def test_renamed_drug_is_renamed_by_the_file(folder):
    drug = factories.make_treatment("CC-1", slug="drug")
    (folder / "subjects.yaml").write_text("treatments: [{name: Drug, slug: drug}]")

    run(folder)

    drug.refresh_from_db()
    assert drug.name == "Drug"
    assert list(drug.articles.all()) == [Article.objects.get()]


def test_name_of_another_drug_is_refused(folder):
    factories.make_treatment("Taken", slug="taken")
    factories.make_treatment("Drug", slug="drug")
    (folder / "subjects.yaml").write_text("treatments: [{name: Taken, slug: drug}]")

    _, err, code = run(folder)

    assert code == 1
    assert "subjects.yaml: treatments[1].name" in err
    assert set(Drug.objects.values_list("name", flat=True)) == {"Taken", "Drug"}


def test_articles_and_trials_load_in_either_order(folder):
    text = TEXT.replace("treatments: [Drug]", "treatments: [Pegylated liposomal doxorubicin, dexamethasone]")
    (folder / "articles/a-trial.md").write_text(text)

    run(folder)
    problems = [outcome for outcome in import_trials(REGIMENS) if outcome.problems]

    assert problems == []
    assert Drug.objects.count() == 26
    assert sorted(Article.objects.get().treatments.values_list("slug", flat=True)) == [
        "dexamethasone",
        "doxorubicin-pegylated-liposomal",
    ]
    assert set(run(folder)[0].split()[::2]) == {"unchanged"}


def test_descriptions_of_drugs_leave_the_files_of_the_trials_as_they_are(folder, tmp_path_factory):
    import_trials(REGIMENS)
    written = tmp_path_factory.mktemp("trials")
    export_trials(written)
    before = (written / "regimens.json").read_bytes()
    (folder / "subjects.yaml").write_text(
        "treatments: [{name: Bortezomib, slug: bortezomib, description: An inhibitor.}]"
    )

    run(folder)
    Article.objects.all().delete()
    Drug.objects.filter(name="Drug").delete()
    export_trials(written)

    assert Drug.objects.get(slug="bortezomib").description == "An inhibitor."
    assert (written / "regimens.json").read_bytes() == before


def test_pictures_are_made_from_their_files_where_their_rows_are_missing(tmp_path, db, few_files):
    make_everything()
    call_command("export_articles", str(tmp_path), stdout=StringIO())
    for model in (Article, Person, Picture):
        model.objects.all().delete()

    _, err, code = run(tmp_path)
    again, _, _ = run(tmp_path)

    assert (err, code) == ("", 0)
    article = Article.objects.get(funder="Yes")
    picture = article.pictures.get()
    assert f"/media/articles/{picture.key}/400.jpg" in article.body_html
    assert article.hero.credit == "Drawn"
    assert set(again.split()[::2]) == {"unchanged"}


def test_picture_beside_the_article_is_used_once(folder, few_files):
    (folder / "pictures").mkdir()
    (folder / "pictures/a.png").write_bytes(images.image_bytes())
    text = TEXT.replace(
        "authors:", "hero: {file: pictures/a.png, alt: Two discs, credit: Script}\nauthors:", 1
    )
    (folder / "articles/a-trial.md").write_text(text)

    first, second = run(folder)[0], run(folder)[0]
    (folder / "articles/a-trial.md").write_text(text.replace("Two discs", "Three discs"))
    third = run(folder)[0]

    assert [said.split("\n")[-2].split()[0] for said in (first, second, third)] == [
        "added",
        "unchanged",
        "changed",
    ]
    assert Picture.objects.get().alt == "Three discs"


def test_file_that_is_no_picture_is_refused(folder):
    (folder / "x.png").write_text("<svg/>")
    text = TEXT.replace("authors:", "hero: {file: x.png, alt: x}\nauthors:", 1)
    (folder / "articles/a-trial.md").write_text(text)

    _, err, code = run(folder)

    assert code == 1
    assert "a-trial.md: hero.file: This is not a" in err


def test_document_is_read_as_it_was_written():
    document = parse(TEXT)

    assert parse(write(document)) == document
    assert write(parse(write(document))) == write(document)


def test_document_lists_all_its_problems_at_once():
    text = TEXT.replace("year: 2024", "year: x").replace("@first", "@nobody").replace("status:", "state:")

    with pytest.raises(DocumentError) as refused:
        parse(text)

    assert {problem.field for problem in refused.value.problems} == {"state", "references[1].year", "text"}
