"""Writing an issue: the form, its articles, its time, and two editors at once."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from newsletter.models import Issue
from tests.factories import make_article, make_topic
from tests.forms import errors_of, filled
from tests.newsletter.admin_steps import ADD, TYPED, of, ready, typed
from tests.newsletter.rows import make_issue, make_run, make_subscriber

LIST = "/admin/newsletter/issue/"
OFFER = "/admin/newsletter/issue/articles/"

pytestmark = pytest.mark.django_db


def test_issue_is_saved_with_its_articles_in_order_and_its_time(editor):
    first, second = make_article(), make_article()

    response = editor.post(
        ADD, typed(editor, first, second, **{"entries-0-position": "2", "entries-1-position": "1"})
    )

    issue = Issue.objects.get()
    assert response.url == of(issue)
    assert list(issue.entries.values_list("article", flat=True)) == [second.pk, first.pk]
    assert (issue.status, issue.send_at) == ("draft", datetime(2027, 1, 11, 7, tzinfo=UTC))
    assert issue.introduction_html == "<p>Good <strong>morning</strong>.</p>"


@pytest.mark.parametrize(
    ("field", "changes", "words"),
    [
        ("send_at", {"send_at_0": "2027-03-28", "send_at_1": "02:30:00"}, "There is no 02:30"),
        ("send_at", {"send_at_0": "2027-10-31", "send_at_1": "02:30:00"}, "There are two times 02:30"),
        ("send_at", {"send_at_0": "9999-12-31"}, "between 2000 and 2200"),
        ("time_zone", {"time_zone": "Europe/Nowhere"}, "Select a valid choice"),
        ("language", {"language": "xx"}, "Select a valid choice"),
        ("introduction", {"introduction": "See [@nobody]."}, "Line 1"),
        ("subject", {"subject": "x" * 151}, "at most 150"),
    ],
)
def test_wrong_entry_is_explained_at_its_field_and_everything_typed_stays(editor, field, changes, words):
    article = make_article()

    page = editor.post(ADD, typed(editor, article, **changes))

    assert words in " ".join(errors_of(page)[field])
    sent = filled(page)
    kept = {name: "".join(sent[name]) for name in TYPED if name not in ("language", "time_zone")}
    assert kept == {name: (TYPED | changes)[name] for name in kept}
    assert sent["entries-0-article"] == [str(article.pk)]
    assert not Issue.objects.exists()


def test_time_is_shown_again_as_it_was_typed(editor):
    editor.post(ADD, typed(editor))

    page = filled(editor.get(of(Issue.objects.get())))

    assert (page["send_at_0"], page["send_at_1"]) == (["11/01/2027"], ["08:00:00"])


def test_second_of_two_editors_is_refused_and_keeps_what_was_typed(editor):
    issue = make_issue()
    page = filled(editor.get(of(issue)))
    editor.post(of(issue), page | {"subject": "The subject of the first of the two"})

    late = editor.post(of(issue), page | {"subject": "The subject of the second of the two"})

    assert "Somebody else saved this issue" in errors_of(late)["__all__"][0]
    assert filled(late)["subject"] == ["The subject of the second of the two"]
    issue.refresh_from_db()
    assert issue.subject == "The subject of the first of the two"


def test_articles_that_somebody_else_added_count_as_a_change(editor):
    issue, article = make_issue(), make_article()
    page = filled(editor.get(of(issue)))
    issue.entries.create(article=article)

    late = editor.post(of(issue), page)

    assert "Somebody else saved this issue" in errors_of(late)["__all__"][0]


def test_issue_that_was_scheduled_meanwhile_is_not_changed_by_an_open_form(editor):
    issue = ready()
    page = filled(editor.get(of(issue)))
    Issue.objects.update(status="scheduled")

    late = editor.post(of(issue), page | {"subject": "Too late for this subject, alas"})

    assert "is scheduled by now" in errors_of(late)["__all__"][0]
    assert filled(late)["subject"] == ["Too late for this subject, alas"]
    assert not Issue.objects.filter(subject__startswith="Too late").exists()


def test_issue_that_was_deleted_meanwhile_says_so(editor):
    issue = make_issue()
    page = filled(editor.get(of(issue)))
    issue.delete()

    response = editor.post(of(issue), page, follow=True)

    assert "doesn’t exist" in response.content.decode()


@pytest.mark.parametrize("status", ["scheduled", "sending", "paused", "stopped", "sent", "cancelled"])
def test_issue_that_left_the_drafts_can_only_be_looked_at(editor, status):
    now = timezone.now()
    fields = {"stop_reason": "Refused."} if status == "stopped" else {}
    fields |= {"finished_at": now} if status == "sent" else {}
    fields |= {} if status == "scheduled" else {"queued_at": now}
    issue = make_issue([make_article()], status=status, send_at=now, **fields)

    html = editor.get(of(issue)).content.decode()

    assert 'name="subject"' not in html
    assert 'name="_save"' not in html
    assert issue.subject in html


@pytest.mark.parametrize("field", ["subject", "funding_statement"])
@pytest.mark.parametrize("sign", "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
def test_signs_that_turn_the_direction_of_writing_are_refused(editor, field, sign):
    answer = editor.post(ADD, typed(editor, **{field: f"Results of {sign}the trial"}))

    assert "invisible characters that turn the direction of writing" in answer.content.decode()
    assert not Issue.objects.exists()


def test_subject_in_a_language_from_right_to_left_is_fine(editor):
    editor.post(ADD, typed(editor, subject="ما الجديد في علاج الورم النقوي"))

    assert Issue.objects.get().subject == "ما الجديد في علاج الورم النقوي"


def test_subject_says_how_long_it_is(editor):
    issue = make_issue(subject="Twelve signs")

    html = editor.get(of(issue)).content.decode()

    assert '<length-hint data-input="id_subject"><span>12</span> characters; 30 to 60' in html


def test_reach_is_counted_by_the_rule_of_the_queue(editor):
    topic = make_topic()
    for number in range(3):
        make_subscriber(language="en" if number else "de")
    make_subscriber().topics.set([make_topic()])
    issue = make_issue()
    issue.topics.set([topic])

    html = editor.get(of(issue)).content.decode()

    assert "at most 2 subscribers, as saved" in html


def test_field_of_an_article_offers_what_is_published_newest_first(editor):
    now = timezone.now()
    old = make_article(title="Dawn report", published_at=now - timedelta(days=9))
    new = make_article(title="Noon report")
    soon = make_article(title="Dusk report", status="scheduled", published_at=now + timedelta(days=9))
    make_article(title="Night report", status="draft", published_at=None)

    found = editor.get(OFFER, {"term": "report"}).json()["results"]

    assert [row["id"] for row in found] == [str(soon.pk), str(new.pk), str(old.pk)]
    assert found[1]["text"].startswith("Noon report (")
    assert 'data-ajax--url="/admin/newsletter/issue/articles/"' in editor.get(ADD).content.decode()


def test_automatic_runs_are_listed_apart_and_read_only(editor):
    written, weekly, follow = make_issue(), make_run(), make_run("follow")
    stopped = make_run("monthly", status="stopped", stop_reason="535 wrong password")

    def listed(query):
        return set(editor.get(LIST + query).context["cl"].result_list)

    assert listed("") == {written, stopped}
    assert (listed("?kind=weekly"), listed("?kind=follow")) == ({weekly}, {follow})
    assert listed("?kind=all") == {written, weekly, follow, stopped}
    assert 'name="subject"' not in editor.get(of(weekly)).content.decode()
    assert editor.post(of(weekly), {"subject": "Mine"}).status_code == 403


def test_drafts_are_deleted_and_nothing_else(editor):
    draft, scheduled = make_issue(), make_issue(status="scheduled", send_at=timezone.now())

    assert editor.post(of(scheduled, "delete"), {"post": "yes"}).status_code == 403
    editor.post(of(draft, "delete"), {"post": "yes"})
    editor.post(LIST, {"action": "delete_selected", "_selected_action": [scheduled.pk], "post": "yes"})

    assert list(Issue.objects.all()) == [scheduled]


def press_add(client, rows, **fields):
    chosen = {"action": "add_to_issue", "_selected_action": [row.pk for row in rows]}
    return client.post("/admin/articles/article/", chosen | fields)


def test_articles_are_added_to_a_draft_from_their_list(editor):
    there, new = make_article(), make_article()
    issue = make_issue([there])

    asked = press_add(editor, [there, new])
    done = press_add(editor, [there, new], apply="1", issue=issue.pk)

    assert issue.subject in asked.content.decode()
    assert done.url == of(issue)
    assert list(issue.entries.values_list("article", flat=True)) == [there.pk, new.pk]


def test_articles_make_a_new_draft_from_their_list(editor):
    article = make_article()

    done = press_add(editor, [article], apply="1", issue="")

    issue = Issue.objects.get()
    assert done.url == of(issue)
    assert (issue.status, issue.articles.get()) == ("draft", article)


def test_unpublished_articles_and_issues_that_are_no_drafts_are_refused(editor):
    draft, article = make_article(status="draft", published_at=None), make_article()
    scheduled = make_issue(status="scheduled", send_at=timezone.now())

    refused = press_add(editor, [draft], apply="1", issue="")
    asked_again = press_add(editor, [article], apply="1", issue=scheduled.pk)

    assert refused.status_code == 302
    assert "Select a valid choice" in asked_again.content.decode()
    assert not scheduled.entries.exists()
    assert Issue.objects.count() == 1
