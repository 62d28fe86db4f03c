"""Code that does not know a migration goes on serving while it is applied, with it, and while it is taken back.

Two servers of the present code stand for the old version; the migration is one that the rules let through. What this
cannot show is whether some real migration fits the release before it.
"""

import psycopg2
import pytest

from tests.deploy.direct import Direct, Loop, until


@pytest.fixture
def servers(stage, content, portal):
    with stage.portal() as second:
        yield [portal.port, second.port]


def columns(stage):
    connection = psycopg2.connect(stage.cluster.url)
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = 'newsletter_subscriber'"
        )
        found = {name for (name,) in cursor.fetchall()}
    connection.close()
    return found


def shoe_sizes(stage):
    connection = psycopg2.connect(stage.cluster.url)
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT email, shoe_size FROM newsletter_subscriber")
        found = dict(cursor.fetchall())
    connection.close()
    return found


def test_no_request_fails_while_a_migration_comes_and_goes(stage, servers):
    loops = []
    for port in servers:
        reader = Direct(port).attest()
        loops += [Loop(reader.search), Loop(lambda reader=reader: reader.ask("/articles/").status)]
        loops.append(Loop(lambda port=port: Direct(port).sign_up()[0]))
    before = columns(stage)

    try:
        stage.manage("shell", "-c", "from tests.deploy import planted; planted.apply()")
        between = columns(stage)
        counts = [len(loop.outcomes) for loop in loops]
        went_on = until(
            lambda: all(len(loop.outcomes) > seen + 3 for loop, seen in zip(loops, counts, strict=True))
        )
        status, email = Direct(servers[0]).sign_up()
        sizes = shoe_sizes(stage)
        stage.manage("shell", "-c", "from tests.deploy import planted; planted.take_back()")
    finally:
        outcomes = [loop.end() for loop in loops]

    assert between - before == {"shoe_size", "nickname"}
    assert went_on
    assert (status, sizes[email]) == (200, 0)
    assert columns(stage) == before
    assert {outcome for one in outcomes for outcome in one} == {200}
