"""The buttons of an issue: who may press them, in which state, twice, and what they refuse."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from newsletter import lifecycle
from newsletter.models import Delivery, Issue
from portal.models import OutgoingMail
from tests.factories import make_admin, make_article, make_user
from tests.newsletter.admin_steps import of, panel_of, ready, said, seen_on
from tests.newsletter.rows import make_delivery, make_issue, make_run, make_subscriber

pytestmark = pytest.mark.django_db
NOW = timezone.now()
STEPS = ["schedule", "send", "unschedule", "pause", "resume", "cancel", "retry", "test"]
PAGES = ["preview", "document", "panel", "numbers"]
SENT = {"state": "handed_over", "handed_over_at": NOW, "answered_at": NOW}


def make_going(status="sending", **fields):
    """An issue whose sending has begun, with one message waiting and one that failed."""
    values = {
        "status": status,
        "send_at": NOW,
        "queued_at": None if status in ("draft", "scheduled") else NOW,
    }
    values |= {"stop_reason": "535 wrong password"} if status == "stopped" else {}
    values |= {"finished_at": NOW} if status == "sent" else {}
    issue = make_issue(**(values | fields))
    make_delivery(issue)
    make_delivery(issue, state="failed", answer="550 no such user", answered_at=NOW)
    return issue


def press(client, issue, name, **data):
    return client.post(of(issue, name), data)


def press_seen(client, issue, name):
    return press(client, issue, name, seen=seen_on(client, issue))


def status_of(issue):
    return Issue.objects.get(pk=issue.pk).status


def looker():
    """Somebody on the staff who may look at issues and do nothing with them."""
    user = make_user(is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename="view_issue"))
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize("name", STEPS)
def test_nobody_but_editors_presses_a_button(visitor, member, name):
    issue = ready()

    refused = [press(client, issue, name) for client in (visitor, member, looker())]

    assert refused[0].url.startswith("/accounts/login/")
    assert [response.status_code for response in refused[1:]] == [403, 403]
    assert status_of(issue) == "draft"
    assert not OutgoingMail.objects.exists()


@pytest.mark.parametrize("end", [*PAGES, "numbers.csv"])
def test_staff_who_may_look_see_the_pages_and_others_do_not(visitor, member, end):
    issue = make_going()
    address = of(issue, end).removesuffix("/") if end.endswith("csv") else of(issue, end)
    nobody = Client()
    nobody.force_login(make_user(is_staff=True))

    answers = [client.get(address, headers={"HX-Request": "true"}) for client in (member, nobody, looker())]

    assert [answer.status_code for answer in answers] == [403, 403, 200]
    assert visitor.get(address).status_code == 302


def test_administrators_press_buttons_too(db):
    client, issue = Client(), ready()
    client.force_login(make_admin())

    press_seen(client, issue, "schedule")

    assert status_of(issue) == "scheduled"


@pytest.mark.parametrize("name", sorted(set(STEPS) - {"send", "cancel"}))
def test_buttons_are_no_links(editor, name):
    issue = ready()

    assert editor.get(of(issue, name)).status_code == 405
    assert status_of(issue) == "draft"


def test_forms_from_elsewhere_are_refused(editor):
    issue = ready()
    client = Client(enforce_csrf_checks=True)
    client.force_login(editor.user)

    assert press(client, issue, "send", seen=seen_on(editor, issue)).status_code == 403
    assert status_of(issue) == "draft"


@pytest.mark.parametrize("name", STEPS)
def test_unknown_issue_is_not_found(editor, name):
    for number in ("0", "9" * 19, "9" * 400):
        assert editor.post(f"/admin/newsletter/issue/{number}/{name}/").status_code == 404


def test_scheduling_waits_for_the_time_and_a_second_press_changes_nothing(editor):
    issue = ready()
    seen = seen_on(editor, issue)

    first = press(editor, issue, "schedule", seen=seen)
    second = press(editor, issue, "schedule", seen=seen)

    assert said(first)[0].startswith("Scheduled for ")
    assert said(second)[-1] == "The issue had left the drafts already, so nothing has changed."
    stored = Issue.objects.get()
    assert (stored.status, stored.send_at) == ("scheduled", issue.send_at)


@pytest.mark.parametrize(
    ("send_at", "words"),
    [(None, "Fill in when it is to be sent"), (NOW - timedelta(hours=1), "is over. Choose a later time")],
)
def test_scheduling_needs_a_time_that_lies_ahead(editor, send_at, words):
    issue = ready(send_at=send_at)

    response = press_seen(editor, issue, "schedule")

    assert words in said(response)[0]
    assert status_of(issue) == "draft"


@pytest.mark.parametrize("name", ["schedule", "send"])
def test_error_of_the_check_list_blocks(editor, name):
    issue = ready(funding_statement="")

    response = press_seen(editor, issue, name)

    assert said(response) == ["Mend the errors of the check list first; nothing will be sent before."]
    assert status_of(issue) == "draft"
    html = editor.get(of(issue)).content.decode()
    assert "Nobody is named who paid for this issue." in html
    assert of(issue, name) not in html


@pytest.mark.parametrize("name", ["schedule", "send"])
def test_what_somebody_changed_meanwhile_is_looked_at_first(editor, name):
    issue = ready()
    seen = seen_on(editor, issue)
    issue.entries.create(article=make_article())

    response = press(editor, issue, name, seen=seen)

    assert said(response)[0].startswith("The issue has been changed since you opened this page.")
    assert status_of(issue) == "draft"


def test_sending_asks_first_says_how_many_and_goes_out_before_its_time(editor):
    for _ in range(3):
        make_subscriber()
    issue = ready()

    asked = editor.get(of(issue, "send")).content.decode()
    assert "goes to <strong>at most 3 subscribers</strong>" in asked
    assert status_of(issue) == "draft"
    first, second = [press(editor, issue, "send", seen=seen) for seen in [seen_on(editor, issue)] * 2]
    lifecycle.queue_due(timezone.now())

    assert said(first) == ["The issue is due: the sending begins within seconds."]
    assert said(second)[-1].endswith("so nothing has changed.")
    assert (status_of(issue), issue.deliveries.count()) == ("sending", 3)


def test_sending_again_is_answered_with_the_page_of_the_issue(editor):
    issue = make_going()

    response = editor.get(of(issue, "send"))

    assert (response.status_code, response.url) == (303, of(issue))


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("unschedule", "scheduled", "draft"),
        ("pause", "sending", "paused"),
        ("resume", "paused", "sending"),
        ("resume", "stopped", "sending"),
        ("cancel", "sending", "cancelled"),
        ("cancel", "stopped", "cancelled"),
        ("retry", "sent", "sending"),
    ],
)
def test_step_changes_the_issue_once(editor, name, before, after):
    issue = make_going(before)
    is_offered = of(issue, name) in editor.get(of(issue)).content.decode()

    first, second = press(editor, issue, name), press(editor, issue, name)

    assert is_offered
    assert status_of(issue) == after
    assert len(said(first)) == 1
    assert said(second)[-1].endswith("so nothing has changed.")


@pytest.mark.parametrize(
    "status", ["draft", "scheduled", "sending", "paused", "stopped", "sent", "cancelled"]
)
def test_only_buttons_that_do_something_are_offered(editor, status):
    issue = make_going(status)
    expected = {
        "scheduled": {"unschedule"},
        "sending": {"pause", "retry"},
        "paused": {"resume", "retry"},
        "stopped": {"resume", "retry"},
        "sent": {"retry"},
    }

    panel = panel_of(editor, issue)

    assert set(panel["buttons"]) == expected.get(status, set())
    assert panel["is_cancellable"] == (status in ("sending", "paused", "stopped"))


def test_draft_is_not_cancelled(editor):
    issue = ready()

    response = press(editor, issue, "cancel")

    assert said(response)[0].endswith("so nothing has changed.")
    assert status_of(issue) == "draft"


def test_cancelling_asks_first_and_says_what_is_lost(editor):
    issue = make_going()
    make_delivery(issue, message_id="<1@x>", **SENT)

    asked = editor.get(of(issue, "cancel")).content.decode()

    assert "2 of 3 messages are done. The other <strong>1</strong> are never sent." in " ".join(asked.split())
    assert status_of(issue) == "sending"


def test_stopped_run_of_a_digest_is_resumed(editor):
    run = make_run(status="stopped", stop_reason="535 wrong password")
    make_delivery(run)

    html = editor.get(of(run)).content.decode()
    press(editor, run, "resume")

    assert "Stopped: 535 wrong password" in html
    assert status_of(run) == "sending"


def test_test_goes_to_the_editor_alone_marked_and_without_personal_links(editor, outbox):
    make_subscriber()
    issue = ready()

    response = press(editor, issue, "test")

    mail = OutgoingMail.objects.get()
    octets = bytes(mail.message)
    assert mail.recipients == [editor.user.email]
    assert b"Subject: Test: " in octets
    assert b"/newsletter/leave/" not in octets
    assert b"/newsletter/preferences/" not in octets
    assert editor.user.email in said(response)[0]
    assert (status_of(issue), Delivery.objects.count()) == ("draft", 0)


def test_editor_without_an_address_gets_no_test(editor, outbox):
    editor.user.email = ""
    editor.user.save()

    response = press(editor, ready(), "test")

    assert said(response) == [
        "Your account has no e-mail address to send a test to. An administrator can add one."
    ]
    assert not OutgoingMail.objects.exists()


def test_history_says_who_pressed_what_and_only_if_it_changed_something(editor):
    draft, going = ready(), make_going()
    press_seen(editor, draft, "schedule")
    press(editor, draft, "unschedule")
    press_seen(editor, draft, "send")
    for name in ("pause", "pause", "resume", "retry", "cancel", "cancel"):
        press(editor, going, name)

    def noted(issue):
        rows = LogEntry.objects.filter(object_id=str(issue.pk)).order_by("pk")
        return [(row.user, row.get_change_message()) for row in rows]

    assert noted(draft) == [(editor.user, text) for text in ("Schedule.", "Unschedule.", "Send now.")]
    assert noted(going) == [
        (editor.user, text) for text in ("Pause.", "Resume.", "Retry the failed.", "Cancel.")
    ]


def test_tests_are_few(editor, outbox):
    issue = ready()

    answers = [press(editor, issue, "test").status_code for _ in range(6)]

    assert answers == [303] * 5 + [429]
    assert OutgoingMail.objects.count() == 5


def test_automatic_run_has_no_preview_and_no_test(editor, outbox):
    run = make_run()

    answers = [editor.get(of(run, "preview")), editor.get(of(run, "document")), press(editor, run, "test")]

    assert [answer.status_code for answer in answers] == [404] * 3
    assert not OutgoingMail.objects.exists()


HOSTILE = ["\0", "", "x", "-1", "9" * 30, "1e999", "x" * 100_000, "<script>", "\u202e☃", "on"]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_no_input_breaks_a_form_or_a_button(editor, text):
    editor.raise_request_exception = False
    issue = ready()
    page = editor.get(of(issue)).context["adminform"].form
    sent = dict.fromkeys([*page.fields, "send_at_0", "send_at_1", "entries-0-article"], text)
    counts = {"entries-TOTAL_FORMS": "1", "entries-INITIAL_FORMS": "0"}

    for address in (of(issue), "/admin/newsletter/issue/add/"):
        assert editor.post(address, sent | counts).status_code < 500
        assert editor.post(address, dict.fromkeys([*sent, *counts], text)).status_code < 500
    for name in STEPS:
        assert press(editor, issue, name, seen=text).status_code < 500
    chosen = {"action": "add_to_issue", "_selected_action": text, "apply": text, "issue": text}
    assert editor.post("/admin/articles/article/", chosen).status_code < 500
    for path in ("issue", "suppression", "issue/articles"):
        assert (
            editor.get(f"/admin/newsletter/{path}/", {"q": text, "term": text, "kind": text}).status_code
            < 500
        )
