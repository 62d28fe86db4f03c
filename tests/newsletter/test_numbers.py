"""Numbers without persons: what is counted, and that no small number can be worked out."""

import csv
from io import StringIO
from itertools import count

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from newsletter import numbers
from newsletter.numbers import Counts, lines
from tests.factories import make_topic
from tests.newsletter.admin_steps import of
from tests.newsletter.rows import make_delivery, make_issue, make_subscriber

NOW = timezone.now()
serial = count(1)


def reach(issue, people, topics=(), **times):
    """So many subscribers of `topics` whom the issue reached."""
    fields = {"state": "handed_over", "handed_over_at": NOW, "answered_at": NOW} | times
    for _ in range(people):
        subscriber = make_subscriber()
        subscriber.topics.set(topics)
        make_delivery(issue, subscriber, message_id=f"<{next(serial)}@x>", **fields)


def make_sent():
    return make_issue(status="sent", send_at=NOW, queued_at=NOW, finished_at=NOW)


def cells(found):
    return {line.label: line.cells for line in found}


@pytest.mark.django_db
def test_numbers_are_counted_by_what_subscribers_chose():
    relapse, transplant = make_topic("Relapse"), make_topic("Transplant")
    issue = make_sent()
    reach(issue, 12, [relapse])
    reach(issue, 10, [relapse], bounced_at=NOW)
    reach(issue, 11, [relapse, transplant])
    reach(issue, 13, left_at=NOW)
    make_delivery(issue, state="failed", answer="550")
    make_delivery(issue, state="handed_over", handed_over_at=NOW, message_id="<lost@x>")  # nobody knows

    found = cells(numbers.of(issue))

    assert found == {
        "All": (46, 36, 10, 0, 13),
        "Relapse": (22, 12, 10, 0, 0),
        "All topics (chose none)": (13, 13, 0, 0, 13),
        "Several topics": (11, 11, 0, 0, 0),
    }


@pytest.mark.django_db
def test_erased_subscribers_are_still_counted():
    issue = make_sent()
    reach(issue, 10)
    for delivery in issue.deliveries.all():
        delivery.subscriber.delete()

    assert cells(numbers.of(issue))["Erased since"] == (10, 10, 0, 0, 0)


def test_group_under_ten_is_withheld_and_the_next_smallest_with_it():
    found = cells(lines({"Small": Counts(4), "Middle": Counts(20), "Large": Counts(500)}))

    assert found["Small"] == found["Middle"] == (None,) * 5
    assert found["All"] == (524, 524, 0, 0, 0)
    assert found["Large"] == (500, 500, 0, 0, 0)


def test_few_bounces_are_withheld_with_the_delivered_that_would_tell_them():
    found = cells(lines({"Large": Counts(500, bounced=3), "Other": Counts(100)}))

    assert found["All"] == (600, None, None, 0, 0)
    assert found["Large"] == (500, None, None, 0, 0)
    assert found["Other"] == (100, 100, 0, 0, 0)


def test_few_that_did_not_bounce_are_withheld_too():
    found = cells(lines({"Large": Counts(500, bounced=497), "Other": Counts(100)}))

    assert found["Large"][1:3] == (None, None)


@given(
    st.lists(
        st.tuples(st.integers(1, 40), st.integers(0, 40), st.integers(0, 40), st.integers(0, 40)), max_size=6
    )
)
def test_no_number_under_ten_is_shown_or_left_over_by_subtraction(rows):
    groups = {
        str(place): Counts(reached, *(min(part, reached) for part in parts))
        for place, (reached, *parts) in enumerate(rows)
    }

    total, *found = lines(groups)

    truth = [(c.accepted, c.accepted - c.bounced, c.bounced, c.complained, c.left) for c in groups.values()]
    for column in range(5):
        shown = [line.cells[column] for line in [total, *found]]
        assert not any(number is not None and 0 < number < 10 for number in shown)
        withheld = [row[column] for row, line in zip(truth, found, strict=True) if line.cells[column] is None]
        if total.cells[column] is not None and withheld:
            assert len(withheld) > 1
            assert not 0 < sum(withheld) < 10
    for line in [total, *found]:
        accepted, delivered, bounced, complained, left = line.cells
        assert (delivered is None) == (bounced is None)
        for part in (bounced, complained, left):
            assert accepted is None or part is None or not 0 < accepted - part < 10


@pytest.mark.django_db
def test_csv_opens_in_a_spreadsheet_and_holds_no_formula(editor):
    issue = make_sent()
    reach(issue, 12, [make_topic("=HYPERLINK(1)")])
    reach(issue, 3)

    response = editor.get(of(issue, "numbers.csv").removesuffix("/"))

    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(StringIO(response.content.decode("utf-8-sig"))))
    assert rows[0] == ["Group", "Accepted", "Delivered", "Bounced", "Complained", "Left"]
    assert rows[1] == ["All", "15", "15", "0", "0", "0"]
    assert rows[2] == ["'=HYPERLINK(1)", *["under 10 or withheld"] * 5]
    assert rows[-1] == [numbers.NOTE]


@pytest.mark.django_db
def test_page_shows_the_same_numbers_once_the_sending_has_begun(editor):
    draft, sent = make_issue(), make_sent()
    reach(sent, 12)

    html = editor.get(of(sent, "numbers")).content.decode()

    assert "<td>12</td>" in html
    assert "Download as CSV" in html
    assert editor.get(of(draft, "numbers")).status_code == 404
