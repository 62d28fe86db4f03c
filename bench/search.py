"""How long the database works for a search among 100,000 articles, beside ranking all matches.

    python -m bench.search [number of articles]

Asked are 200 questions in classes: the commonest words, words of every frequency, several words, phrases, drugs by any
of their names, numbers of trials, exclusions. Measured are all statements of a search: its own, and those for the
page with its snippets. Beside it stands the naive statement: count all matches, rank all with ts_rank, make snippets
of the first ten.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from bench.own_database import analyse, own_database, set_up
from bench.tables import Figure, report, table
from bench.trial_list import ServerClock, Stopwatch

ARTICLES, WARM_UP, ROUNDS = 100_000, 1, 3
TARGET = 0.050  # seconds
NAIVE_EACH = 10  # of how many questions one is also asked naively: each takes very long
NAIVE = """
SELECT ts_headline('english', a.body_text, %(query)s::tsquery), best.count FROM (
    SELECT article_id, published_at, ts_rank(vector, %(query)s::tsquery) AS rank, count(*) OVER () AS count
    FROM articles_searchentry WHERE vector @@ %(query)s::tsquery AND published_at <= now()
    ORDER BY rank DESC, published_at DESC LIMIT 10
) best JOIN articles_article a ON a.id = best.article_id
"""


@dataclass
class Measured:
    """One way of asking: seconds until the answer, and those that the server was at work (empty if unknown)."""

    waited: list[float] = field(default_factory=list)
    at_work: list[float] = field(default_factory=list)


def questions(count: int) -> dict[str, list[str]]:
    """Class → questions, 200 in all; words are drawn from the index by their frequency."""
    from trials.models import Drug

    dice = random.Random(7)  # noqa: S311  (not a secret)
    common, all_words = words()
    drugs = list(Drug.objects.order_by("pk").values_list("name", flat=True))
    pairs = [dice.sample(common[:60], 2) for _ in range(30)]
    return {
        "commonest words": common[:50],
        "any words": dice.sample(all_words, 40),
        "two common words": [" ".join(pair) for pair in pairs],
        "a common and a rare word": [f"{dice.choice(common)} {dice.choice(all_words)}" for _ in range(20)],
        "phrases": [
            f'"{first} {second}"' for first, second in (dice.sample(common[:60], 2) for _ in range(20))
        ],
        "drugs": dice.choices(drugs, k=20),
        "numbers of trials": [f"NCT{dice.randrange(count // 10):08d}" for _ in range(10)],
        "exclusions": [f"{first} -{second}" for first, second in (dice.sample(common, 2) for _ in range(10))],
    }


def words() -> tuple[list[str], list[str]]:
    """The commonest words of the index, then words of every frequency."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT word FROM ts_stat('SELECT vector FROM articles_searchentry ORDER BY article_id LIMIT 2000')"
            " WHERE word ~ '^[a-z]{3,}$' ORDER BY ndoc DESC, word"
        )
        found = [word for (word,) in cursor.fetchall()]
    return found[:200], found[::40]


def ours(question: str) -> None:
    """All that the search page asks for articles."""
    from django.utils import timezone

    from articles.search import SearchForm

    form = SearchForm({"q": question})
    form.is_valid()
    page = form.results(timezone.now())
    list(page or ())


def naive(question: str) -> None:
    from django.db import connection

    from articles.search import query_of

    asked, parameters = query_of(question)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT ({asked})::text", parameters)
        cursor.execute(NAIVE, {"query": cursor.fetchone()[0]})
        cursor.fetchall()


def note(ask: Callable[[str], None], question: str, found: Measured) -> None:
    from django.db import connection

    stopwatch, clock = Stopwatch(), ServerClock(connection)
    before = clock.seconds()
    with connection.execute_wrapper(stopwatch):
        ask(question)
    after = clock.seconds()
    found.waited.append(stopwatch.seconds)
    if before is not None and after is not None:
        found.at_work.append(after - before)


def take_turns(asked: dict[str, list[str]]) -> tuple[dict[str, Measured], dict[str, Measured]]:
    mine = {name: Measured() for name in asked}
    theirs = {name: Measured() for name in asked}
    for round in range(WARM_UP + ROUNDS):
        for name, texts in asked.items():
            for number, text in enumerate(texts):
                note(ours, text, mine[name] if round >= WARM_UP else Measured())
                if round == WARM_UP and number % NAIVE_EACH == 0:
                    note(naive, text, theirs[name])
    return mine, theirs


def spread(seconds: list[float]) -> str:
    """ "6.1 / 18.0 / 31.9 ms": median, 95th percentile, slowest."""
    if not seconds:
        return "unknown"
    ordered = sorted(seconds)
    found = (ordered[len(ordered) // 2], percentile(ordered), ordered[-1])
    return " / ".join(f"{1000 * value:.1f}" for value in found) + " ms"


def percentile(seconds: list[float], share: float = 0.95) -> float:
    ordered = sorted(seconds)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def everything(found: dict[str, Measured]) -> Measured:
    return Measured(
        [value for one in found.values() for value in one.waited],
        [value for one in found.values() for value in one.at_work],
    )


def row(name: str, mine: Measured, theirs: Measured) -> tuple[str, ...]:
    return name, spread(mine.waited), spread(mine.at_work), spread(theirs.waited), spread(theirs.at_work)


def measure(arguments: Sequence[str]) -> list[Figure]:
    """Print every class; returns the slowest answers of all. arguments: the number of articles, or nothing"""
    count = int(arguments[0]) if arguments else ARTICLES
    set_up("search")
    from bench.generated_articles import generate, prepare

    with own_database():
        prepare()
        generate(count)
        analyse()
        mine, theirs = take_turns(questions(count))
    whole = everything(mine)
    print(f"Search among {count} articles: median / 95th percentile / slowest\n")
    headings = ("questions", "database time", "server at work", "naive", "naive, at work")
    rows = [row(name, one, theirs[name]) for name, one in mine.items()]
    print(table(headings, [*rows, row("all", whole, everything(theirs))]))
    waited = percentile(whole.waited)
    return [
        Figure(
            f"database time of 200 searches among {count} articles, 95th percentile",
            f"< {1000 * TARGET:.0f} ms",
            f"{1000 * waited:.1f} ms",
            is_met=waited < TARGET,
        )
    ]


def main(arguments: Sequence[str]) -> int:
    """Measure, print, and return 0 if the target was met."""
    return report(measure(arguments))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
