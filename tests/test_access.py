"""Every address requested by everybody, by GET and by POST: tests/access.txt holds what they get.

A line is an address, then the answers to GET, then those to an empty form, in the order of PEOPLE; the last word
holds for all after it. A new address fails until somebody has written its line, which is the decision who may.
"""

import logging
from pathlib import Path

import pytest

from tests.people import PEOPLE, browser_of, outcome
from tests.routes import walk

pytestmark = pytest.mark.django_db
TABLE = Path(__file__).with_name("access.txt")


@pytest.fixture(autouse=True)
def _quiet(settings):
    """Thousands of refusals are not worth a traceback each; and none of them is for being too often."""
    settings.ACCOUNT_RATE_LIMITS = False
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def expected():
    """{address: ([answer to GET by each of PEOPLE], [answer to POST])} as written in the file."""
    rows = {}
    for line in TABLE.read_text().splitlines():
        if line and not line.startswith("#"):
            address, answers = line.split(maxsplit=1)
            assert address not in rows, f"{address} has two lines."
            rows[address] = tuple(spread(part.split()) for part in answers.split("|"))
    return rows


def spread(words):
    return words + [words[-1]] * (len(PEOPLE) - len(words))


def test_every_address_has_a_line():
    assert set(expected()) == {route.path for route in walk()}


@pytest.mark.parametrize("who", PEOPLE)
def test_everybody_gets_what_the_table_says(who):
    client, column, table = browser_of(who), PEOPLE.index(who), expected()

    different = {}
    for route in walk():
        got = [outcome(client, method, route.example) for method in ("get", "post")]
        if got != [answers[column] for answers in table.get(route.path, ())]:
            different[route.path] = got

    assert different == {}
