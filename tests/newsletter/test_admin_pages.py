"""What is shown of an issue: previews, check list, progress; the lists of subscribers and suppressed addresses."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from newsletter import progress, suppression
from newsletter.admin import when
from newsletter.models import Delivery, Suppression
from tests.factories import make_admin, make_article
from tests.newsletter.admin_steps import of, panel_of, ready
from tests.newsletter.rows import make_delivery, make_issue, make_run, make_subscriber

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def make_sending(**fields):
    return make_issue(
        **({"status": "sending", "send_at": NOW, "queued_at": NOW - timedelta(hours=1)} | fields)
    )


def hand_over(issue, number, at=NOW, answered=True):
    times = {"handed_over_at": at, "answered_at": at if answered else None}
    return make_delivery(issue, state="handed_over", message_id=f"<{issue.pk}.{number}@x>", **times)


def test_document_is_isolated_and_only_this_site_frames_it(editor):
    issue = ready()

    response = editor.get(of(issue, "document"))

    assert set(response["Content-Security-Policy"].split("; ")) == {
        "default-src 'none'",
        "style-src 'unsafe-inline'",
        "base-uri 'self'",
        "frame-ancestors 'self'",
        "sandbox allow-popups allow-popups-to-escape-sandbox",
    }
    assert response["X-Frame-Options"] == "SAMEORIGIN"
    assert "no-store" in response["Cache-Control"]


def test_only_the_page_of_the_previews_may_frame(editor):
    issue = ready()

    policies = [editor.get(of(issue, page))["Content-Security-Policy"] for page in ("preview", "change")]

    assert ["frame-src 'self'" in policy for policy in policies] == [True, False]
    assert not any("unsafe-inline" in policy for policy in policies)


def test_dark_document_applies_the_dark_rules_and_the_light_one_does_not(editor):
    issue = ready()

    light, dark = [
        editor.get(of(issue, "document") + query).content.decode() for query in ("", "?theme=dark")
    ]

    assert "@media not all" in light
    assert '<meta name="color-scheme" content="light">' in light
    assert "@media all" in dark
    assert '<meta name="color-scheme" content="dark">' in dark
    assert "prefers-color-scheme" not in light + dark


def test_preview_shows_the_text_as_it_will_be_read(editor):
    issue = ready(introduction="Dear <b> colleagues", funding_statement="Paid for by nobody.")
    html = editor.get(of(issue, "preview")).content.decode()

    assert "Funding: Paid for by nobody." in html
    assert "&lt;b&gt; colleagues" in html


def test_check_list_names_every_rule_and_what_to_do(editor):
    issue = ready(funding_statement="", subject="Short")

    panel = panel_of(editor, issue)

    assert panel["is_blocked"]
    assert [check.name for check in panel["checks"]][:2] == [
        "Funding comes first",
        "Subject has a good length",
    ]
    assert {finding.rule for check in panel["checks"] for finding in check.findings} == {
        "Funding comes first",
        "Subject has a good length",
    }


def test_progress_counts_by_state(editor):
    issue = make_sending()
    make_delivery(issue)
    make_delivery(issue, not_before=timezone.now() + timedelta(minutes=5), attempts=1)
    make_delivery(issue, state="claimed", claimed_by="w", lease_until=NOW)
    for number in range(10):
        hand_over(issue, number, answered=number > 0)
    make_delivery(issue, state="failed", answer="550 no")
    make_delivery(issue, state="suppressed", answer="The subscriber has left.")

    found = progress.of(issue, timezone.now())

    assert (found.queued, found.again, found.claimed) == (2, 1, 1)
    assert (found.handed_over, found.unanswered, found.failed, found.suppressed) == (10, 1, 1, 1)
    assert (found.total, found.left, found.done) == (15, 3, 12)
    assert (found.per_minute, found.minutes_left) == (2.0, 2)


def test_speed_is_that_of_the_last_minutes():
    issue = make_sending()
    make_delivery(issue)
    hand_over(issue, 1, at=NOW - timedelta(minutes=6))

    found = progress.of(issue, NOW)

    assert (found.per_minute, found.minutes_left) == (0.0, None)


@pytest.mark.parametrize("status", ["sent", "paused", "cancelled"])
def test_deliveries_without_an_answer_are_explained(editor, status):
    issue = make_sending(status=status, finished_at=NOW if status == "sent" else None)
    for number in range(3):
        hand_over(issue, number, answered=number > 0)

    html = editor.get(of(issue)).content.decode()

    assert "Without an answer: 1. Handed over, but the mail server’s answer was lost" in html
    assert "Not sent again, so that nobody gets the issue twice" in html
    assert not any(email in html for email in issue.deliveries.values_list("subscriber__email", flat=True))


def test_issue_whose_deliveries_are_all_answered_needs_no_explanation(editor):
    issue = make_sending(status="sent", finished_at=NOW)
    hand_over(issue, 1)

    assert panel_of(editor, issue)["notes"] == []


def test_panel_says_until_when_it_waits_for_a_worker_that_may_have_died(editor):
    issue = make_sending(time_zone="Europe/Berlin")
    lease_until = NOW + timedelta(minutes=4)
    claimed = make_delivery(issue, state="claimed", claimed_by="w", lease_until=lease_until)
    other = make_delivery(issue)
    hand_over(issue, 1)
    notes_before = panel_of(editor, issue)["notes"]

    other.delete()
    held = panel_of(editor, issue)["notes"]
    claimed.delete()
    answered = panel_of(editor, issue)["notes"]

    assert (notes_before, answered) == ([], [])
    assert held == [
        "Held by a worker: the last 1. Should it have died, another takes them over when its lease ends, at"
        f" {when.shown(lease_until, 'Europe/Berlin')} at the latest."
    ]


def test_panel_says_until_when_it_waits_for_answers(editor, settings):
    settings.NEWSLETTER_LEASE = 300
    issue = make_sending(time_zone="Europe/Berlin")
    hand_over(issue, 1, at=NOW, answered=False)

    html = editor.get(of(issue)).content.decode()

    closed_at = when.shown(NOW + timedelta(minutes=5), "Europe/Berlin")
    assert "All is handed over; answers still to come: 1." in html
    assert f"the issue is closed without them at {closed_at}" in " ".join(html.split())
    assert "About 0 minutes" not in html


def test_failures_are_grouped_by_answer_without_addresses(editor):
    issue = make_sending()
    for number in range(3):
        make_delivery(issue, state="failed", answer=f"550 5.1.1 <s{number}@example.org>: unknown user")
    for number in range(12):
        make_delivery(issue, state="failed", answer=f"554 reason {number:02}")

    found = progress.answers(issue, Delivery.State.FAILED)

    assert (found[0].text, found[0].count) == ("550 5.1.1 (address): unknown user", 3)
    assert len(found) == 10
    assert "550 5.1.1 (address): unknown user" in editor.get(of(issue)).content.decode()


def test_page_asks_for_the_panel_again_only_while_something_moves(editor):
    moving = [make_sending(), make_issue(status="scheduled", send_at=NOW)]
    still = [
        make_issue(),
        make_issue(status="scheduled", send_at=NOW + timedelta(days=1)),
        make_sending(status="paused"),
    ]

    polls = [
        f'hx-get="{of(issue, "panel")}"' in editor.get(of(issue)).content.decode() for issue in moving + still
    ]

    assert polls == [True, True, False, False, False]


def test_panel_is_a_part_of_a_page(editor):
    issue = make_sending()

    part = editor.get(of(issue, "panel"), headers={"HX-Request": "true"})
    whole = editor.get(of(issue, "panel"))

    assert part.content.decode().startswith('<section class="issue-panel"')
    assert (whole.status_code, whole.url) == (303, of(issue))


def test_progress_costs_as_many_queries_for_many_deliveries(editor):
    def queries(issue):
        with CaptureQueriesContext(connection) as captured:
            editor.get(of(issue, "panel"), headers={"HX-Request": "true"})
        return len(captured)

    small, large = make_sending(), make_sending()
    for number in range(1):
        hand_over(small, number)
    for number in range(30):
        hand_over(large, number)
        make_delivery(large, state="failed", answer=f"550 {number}")

    queries(small)
    assert queries(small) == queries(large)


def test_page_of_an_issue_costs_two_queries_for_each_article(editor):
    def queries(issue):
        with CaptureQueriesContext(connection) as captured:
            editor.get(of(issue))
        return len(captured)

    small, large = ready(articles=[make_article()]), ready(articles=[make_article() for _ in range(8)])

    queries(small)
    assert queries(large) - queries(small) <= 2 * 7  # its field, and its link in the check list


def test_run_shows_its_progress(editor):
    run = make_run("follow")
    hand_over(run, 1)

    html = editor.get(of(run)).content.decode()

    assert "Handed over" in html
    assert run.key in html
    assert of(run, "numbers") in html


def test_no_page_holds_inline_styles_or_scripts(editor):
    going = make_sending()
    for address in [
        of(ready()),
        of(going),
        of(going, "numbers"),
        of(going, "cancel"),
        of(ready(), "preview"),
    ]:
        html = editor.get(address).content.decode()

        assert " style=" not in html
        assert "<style" not in html
        assert "<script>" not in html


def test_editors_have_exactly_these_permissions(editor):
    expected = {
        f"{verb}_{model}"
        for model in ("issue", "issuearticle")
        for verb in ("view", "add", "change", "delete")
    }

    given = Permission.objects.filter(group__user=editor.user, content_type__app_label="newsletter")

    assert set(given.values_list("codename", flat=True)) == expected
    for path in ("subscriber", "suppression"):
        assert editor.get(f"/admin/newsletter/{path}/").status_code == 403


def test_suppressed_address_is_found_by_typing_it_and_removed(db):
    client = Client()
    client.force_login(make_admin())
    for email in ("gone@example.org", "other@example.org"):
        suppression.suppress(email, Suppression.Reason.BOUNCE, "550 no such user", NOW)
    row = Suppression.objects.get(email_hash=suppression.hash_of("gone@example.org"))
    path = "/admin/newsletter/suppression/"

    found = client.get(path, {"q": " Gone@example.org "}).context["cl"].result_list
    client.post(f"{path}{row.pk}/delete/", {"post": "yes"})

    assert list(found) == [row]
    assert suppression.suppressed(["gone@example.org", "other@example.org"]) == {"other@example.org"}
    assert client.get(f"{path}add/").status_code == 403
    assert (
        client.post(f"{path}{Suppression.objects.get().pk}/change/", {"reason": "bounce"}).status_code == 403
    )


def test_deliveries_and_rates_are_in_no_menu(db):
    client = Client()
    client.force_login(make_admin())
    make_delivery(make_sending(), make_subscriber())

    menu = client.get("/admin/").content.decode()

    assert "/admin/newsletter/issue/" in menu
    assert "/admin/newsletter/delivery/" not in menu
    assert "/admin/newsletter/sendingrate/" not in menu
