"""Articles in any number with all that surrounds a published one, and bookmarks. The same every time.

Their HTML is what the renderer makes: each demonstration article is rendered once with marks in place of its prose,
and the server puts generated paragraphs, which hold nothing but words, in place of the marks. Tables, figures of
trials, citations and references stay those of the demonstration.

`prepare` fills an empty database with the demonstration, `generate` adds to it.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from io import StringIO
from itertools import accumulate
from string import ascii_lowercase
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from articles.exchange import import_path
from articles.models import Article, Contribution, Disclosure, Person, SearchEntry, Topic
from articles.publishing import rebuild
from bench.generated_sql import ASSEMBLE, BOOKMARKS, PROTOTYPES, STAGE, SURROUND
from bench.generated_words import Words
from portal.demonstration import load_site, load_trials
from trials.models import Drug, TrialIdentifier

PEOPLE, MOST_USERS, KEPT_BY_EACH = 200, 10_000, 100
YEARS = 10  # over which the articles were published
PARAGRAPHS, SENTENCES = 20_000, 10_000  # to draw from
MARK = "Zzparagraph{}zz."
PROSE = re.compile(r"^(?![-#|!*\[]|Table:|Source|    ).+(?:\n.+)*$", re.MULTILINE)
CITATION = re.compile(r"\[@[^\]]+\]")


@transaction.atomic
def prepare() -> None:
    """The demonstration, and for each of its articles a prototype in tables of our own."""
    demonstration = settings.BASE_DIR / "demo"
    problems = load_trials(demonstration / "trials")
    problems += [str(p) for result in import_path(demonstration, timezone.now()) for p in result.problems]
    if problems:
        raise RuntimeError("\n".join(problems))
    load_site(demonstration)
    with connection.cursor() as cursor:
        cursor.execute(PROTOTYPES)
    for article in Article.objects.order_by("slug"):
        note_prototype(article)


@transaction.atomic
def note_prototype(article: Article) -> None:
    """Render `article` with marks for its prose, keep what stands between the marks, and leave it as it was."""
    marks = (MARK.format(letter) for letter in ascii_lowercase)

    def marked(prose: re.Match[str]) -> str:
        return " ".join([next(marks), *CITATION.findall(prose.group())])

    before = transaction.savepoint()
    article.body = PROSE.sub(marked, article.body)
    rebuild(article)
    texts = (article.body, article.body_html, article.body_text)
    cut = [re.split("Zzparagraph[a-z]zz[.]", text) for text in texts]
    transaction.savepoint_rollback(before)
    with connection.cursor() as cursor:
        derived = (json.dumps(article.contents), json.dumps(article.abbreviations))
        cursor.execute("INSERT INTO bench_prototype VALUES (%s, %s, %s)", [article.pk, *derived])
        for n, pieces in enumerate(zip(*cut, strict=True)):
            values = (article.pk, n, *pieces, pieces[-1])
            cursor.execute(
                "INSERT INTO bench_prototype_piece VALUES (%s, %s, %s, %s, %s, to_tsvector('english', %s))",
                values,
            )


class Generator:
    """Draws the rows and hands them to the server."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.dice = random.Random(20)  # noqa: S311  (not a secret)
        texts = Article.objects.order_by("pk").values_list("body_text", flat=True)
        self.words = Words(texts, stop_words(), self.dice)

    def run(self) -> None:
        self.write_pieces()
        people = self.make_people()
        self.write_articles()
        with connection.cursor() as cursor:
            cursor.execute(ASSEMBLE)
            cursor.execute(SURROUND)
            copy(cursor, "articles_article_topics", ("article_id", "topic_id"), self.pairs(Topic, 2))
            copy(cursor, "articles_article_treatments", ("article_id", "drug_id"), self.pairs(Drug, 4))
            columns = ("article_id", "person_id", "role", "position")
            copy(cursor, "articles_contribution", columns, self.contributions(people))

    def write_pieces(self) -> None:
        """What texts are put together from."""
        made = [self.words.paragraph() for _ in range(min(PARAGRAPHS, 4 * self.count))]
        self.paragraphs = len(made)
        made += [self.words.sentence() for _ in range(min(SENTENCES, 4 * self.count))]
        self.pieces = len(made)
        with connection.cursor() as cursor:
            cursor.execute(STAGE)
            copy(cursor, "bench_piece", ("id", "text"), enumerate(made))
            cursor.execute(
                "UPDATE bench_piece SET vector = to_tsvector('english', text); ANALYZE bench_piece"
            )

    def make_people(self) -> list[int]:
        people = Person.objects.bulk_create(
            Person(name=f"Dr {self.words.some(2)[-1].capitalize()} {n}", slug=f"generated-person-{n}")
            for n in range(PEOPLE)
        )
        today = timezone.localdate()
        Disclosure.objects.bulk_create(
            Disclosure(person=one, declared_on=today - timedelta(days=days), statement="Nothing to disclose.")
            for one in people
            for days in (100, 500)
        )
        return [one.pk for one in people]

    def write_articles(self) -> None:
        columns = ("n", "prototype", "title", "number", "status", "published_at", "pieces", "sentences")
        with connection.cursor() as cursor:
            cursor.execute("SELECT prototype, max(n) FROM bench_prototype_piece GROUP BY 1 ORDER BY 1")
            copy(cursor, "bench_article", columns, self.articles(cursor.fetchall()))
            cursor.execute("SELECT max(id) FROM articles_article")
            self.first = cursor.fetchone()[0] + 1
            cursor.execute("UPDATE bench_article SET id = n + %s; ANALYZE bench_article", [self.first])

    def articles(self, prototypes: Sequence[tuple[int, int]]) -> Iterator[Sequence[Any]]:
        """Oldest first: one in a hundred each is a draft, withdrawn, scheduled, and the rest is published."""
        now = timezone.now()
        step = timedelta(days=365 * YEARS) / self.count
        known = TrialIdentifier.objects.filter(registry="nct").order_by("pk").values_list("number", flat=True)
        numbers = self.numbers(list(known))
        for n in range(self.count):
            prototype, length = prototypes[n % len(prototypes)]
            status = {17: "draft", 37: "withdrawn", 57: "scheduled"}.get(n % 100, "published")
            at = now + n * step if status == "scheduled" else now - (self.count - n) * step
            pieces = [self.dice.randrange(self.paragraphs) for _ in range(length)]
            sentences = [self.dice.randrange(self.paragraphs, self.pieces) for _ in range(7)]
            texts = array(pieces), array(sentences)
            yield n, prototype, self.words.title(), next(numbers), status, at, *texts

    def ids(self) -> Iterable[int]:
        return range(self.first, self.first + self.count)

    def pairs(self, model: Any, most: int) -> Iterator[tuple[int, int]]:
        """Each article with one to `most` rows of `model`, the first of which are the most frequent."""
        keys = list(model.objects.order_by("pk").values_list("pk", flat=True))
        weights = list(accumulate(1 / rank for rank in range(1, len(keys) + 1)))
        for article in self.ids():
            drawn = self.dice.choices(keys, cum_weights=weights, k=self.dice.randint(1, most))
            yield from ((article, key) for key in sorted(set(drawn)))

    def numbers(self, known: list[str]) -> Iterator[str]:
        """One article in ten is about a trial that we know; of each other trial there are about ten."""
        others = max(50, self.count // 10)
        while True:
            is_known = self.dice.random() < 0.1
            yield self.dice.choice(known) if is_known else f"NCT{self.dice.randrange(others):08d}"

    def contributions(self, people: list[int]) -> Iterator[tuple[int, int, str, int]]:
        roles = (Contribution.Role.AUTHOR, Contribution.Role.AUTHOR, Contribution.Role.REVIEWER)
        for article in self.ids():
            for position, person in enumerate(self.dice.sample(people, len(roles))):
                yield article, person, roles[position].value, position


def generate(count: int) -> None:
    """Add `count` articles to a database after `prepare`. The search indexes are built anew at the end: faster."""
    indexes = SearchEntry._meta.indexes
    with transaction.atomic(), connection.schema_editor() as editor:
        for index in indexes:
            editor.remove_index(SearchEntry, index)
        Generator(count).run()
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for index in indexes:
            editor.add_index(SearchEntry, index)


def keep_bookmarks(count: int) -> None:
    """`count` bookmarks of as many readers as are needed if each has a hundred, spread over all articles."""
    readers = min(MOST_USERS, max(1, count // KEPT_BY_EACH))
    users = User.objects.bulk_create(
        User(email=f"reader{n}@bench.example", password="!")  # noqa: S106  (nobody can sign in)
        for n in range(readers)
    )
    with connection.cursor() as cursor:
        cursor.execute(BOOKMARKS, {"first": users[0].pk, "count": count, "each": count // readers})


def stop_words() -> list[str]:
    """The words of the demonstration that are left out of the index."""
    words = "SELECT DISTINCT unnest(regexp_split_to_array(lower(body_text), '[^a-z]+')) AS word FROM articles_article"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT word FROM ({words}) known WHERE to_tsvector('english', word) = ''")  # noqa: S608
        return [word for (word,) in cursor.fetchall()]


def array(values: Iterable[int]) -> str:
    return "{" + ",".join(map(str, values)) + "}"


def copy(cursor: Any, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Rows of values without tabs, backslashes and line ends."""
    lines = ("\t".join(written(value) for value in row) + "\n" for row in rows)
    cursor.copy_expert(f"COPY {table} ({', '.join(columns)}) FROM STDIN", StringIO("".join(lines)))


def written(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
