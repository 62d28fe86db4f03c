"""What the engine makes of what a mail server says."""

import time
from datetime import timedelta

import pytest
from aiosmtpd.smtp import AuthResult
from django.db import connection
from django.db.models import F
from django.utils import timezone

from newsletter import letters, lifecycle
from newsletter.models import SendingRate, Suppression
from newsletter.sending import Engine, book, lines, mailing
from newsletter.sending import engine as engine_module
from newsletter.sending.claims import claim
from newsletter.suppression import suppress
from tests.newsletter.rows import make_delivery, make_issue, make_subscriber
from tests.newsletter.sending import Note, being_sent, send, state_of
from tests.smtp import Sink, serve

pytestmark = pytest.mark.django_db


def later(**delta):
    return timezone.now() + timedelta(**delta)


def addresses(sink):
    return sorted(recipient for recipient, _ in sink.taken)


def the_one(issue):
    """The only delivery of `issue`, and its address."""
    delivery = issue.deliveries.get()
    return delivery, delivery.subscriber.email


@pytest.fixture(autouse=True)
def _few_connections(settings):
    settings.NEWSLETTER_CONNECTIONS = 3


def test_each_subscriber_gets_the_issue_once_as_it_was_composed(sink):
    issue = being_sent(7)

    sent = [send(), send(later(days=1))]

    assert sent == [7, 0]
    assert addresses(sink) == sorted(issue.deliveries.values_list("subscriber__email", flat=True))
    assert {message.get_payload() for _, message in sink.taken} == {"A line.\r\n.\r\nA line after a dot.\r\n"}
    assert len(sink.sessions) == 3
    for delivery in issue.deliveries.all():
        assert state_of(delivery) == ("handed_over", 1, "250 taken")
        assert (delivery.message_id, delivery.lease_until) == (letters.message_id(delivery), None)
        assert delivery.handed_over_at <= delivery.answered_at


@pytest.mark.parametrize("where", ["refusals", "verdicts"])
def test_lasting_refusal_fails_at_once(sink, where):
    delivery, address = the_one(being_sent())
    getattr(sink, where)[address] = ["550 5.1.1 no such mailbox"]

    sent = [send(), send(later(days=1))]

    assert (sent, sink.taken) == ([1, 0], [])
    assert state_of(delivery) == ("failed", 1, "550 5.1.1 no such mailbox")
    assert delivery.answered_at


@pytest.mark.parametrize("where", ["refusals", "verdicts"])
def test_refusal_for_now_is_tried_again_after_ever_longer_pauses(sink, settings, where):
    delivery, address = the_one(being_sent())
    getattr(sink, where)[address] = ["451 busy", "451 busy"]
    start = timezone.now()

    tried = [send(start)]
    first = state_of(delivery), delivery.not_before - start
    tried += [send(start), send(start + timedelta(seconds=80))]
    second = state_of(delivery), delivery.not_before - start - timedelta(seconds=80)
    tried += [send(start + timedelta(seconds=300))]

    assert tried == [1, 0, 1, 1]
    assert (first[0], second[0]) == (("queued", 1, "451 busy"), ("queued", 2, "451 busy"))
    assert timedelta(seconds=47) < first[1] < timedelta(seconds=74)
    assert timedelta(seconds=95) < second[1] < timedelta(seconds=146)
    assert state_of(delivery) == ("handed_over", 3, "250 taken")
    assert addresses(sink) == [address]


def test_a_message_refused_for_now_too_often_fails(sink, settings):
    settings.NEWSLETTER_MAX_ATTEMPTS = 2
    delivery, address = the_one(being_sent())
    sink.refusals[address] = ["451 busy"] * 3

    sent = [send(), send(later(hours=1)), send(later(hours=9))]

    assert (sent, state_of(delivery)) == ([1, 1, 0], ("failed", 2, "451 busy"))


def test_refused_recipient_does_not_disturb_those_behind_on_the_same_connection(sink, settings):
    settings.NEWSLETTER_CONNECTIONS = 1
    issue = being_sent(3)
    gone = issue.deliveries.order_by("pk")[1].subscriber.email
    sink.refusals[gone] = ["550 gone"]

    send()

    assert (len(sink.taken), len(sink.sessions)) == (2, 1)


def test_connection_is_renewed_when_the_server_has_had_enough(sink):
    sink.most = 50
    issue = being_sent(170)

    send()

    assert len(addresses(sink)) == len(set(addresses(sink))) == 170
    assert len(sink.sessions) == 6
    assert not issue.deliveries.exclude(attempts=1, answer="250 taken").exists()


def test_connection_is_renewed_when_it_has_carried_its_batch(sink, settings):
    settings.NEWSLETTER_CONNECTIONS, settings.NEWSLETTER_BATCH = 1, 4

    being_sent(9)
    send()

    assert (len(sink.taken), len(sink.sessions)) == (9, 3)


def test_message_cut_off_before_its_end_is_sent_later(sink, monkeypatch):
    delivery, address = the_one(being_sent())
    sink.cuts = [address]
    note = book.note

    def note_slowly(*values):
        time.sleep(0.1)  # the server cuts meanwhile
        return note(*values)

    monkeypatch.setattr(book, "note", note_slowly)

    send()
    after_cut = state_of(delivery)[:2]
    send(later(minutes=2))

    assert (after_cut, state_of(delivery)[:2]) == (("queued", 1), ("handed_over", 2))
    assert addresses(sink) == [address]


def test_message_taken_without_an_answer_is_never_repeated(sink):
    delivery, address = the_one(being_sent())
    sink.verdicts[address] = ["cut"]

    sent = [send(), send(later(days=3))]

    state, attempts, answer = state_of(delivery)
    assert (sent, addresses(sink)) == ([1, 0], [address])
    assert (state, attempts, delivery.answered_at) == ("handed_over", 1, None)
    assert "SMTPServerDisconnected" in answer


@pytest.mark.parametrize("answer", ["OK queued as 123", "354 go on", "123 hm"])
def test_message_whose_answer_cannot_be_read_is_never_repeated(sink, answer):
    delivery, address = the_one(being_sent())
    sink.verdicts[address] = [answer]

    sent = [send(), send(later(days=3))]

    assert (sent, state_of(delivery)[:2], delivery.answered_at) == ([1, 0], ("handed_over", 1), None)
    assert answer[-3:] in delivery.answer


@pytest.mark.parametrize("reply", ["what?", "354 go on"])
def test_server_that_cannot_be_understood_before_the_message_gets_it_later(sink, reply):
    delivery, address = the_one(being_sent())
    sink.refusals[address] = [reply]

    sent = [send(), send(later(hours=1))]

    assert (sent, addresses(sink), state_of(delivery)[1]) == ([1, 1], [address], 2)


def test_refused_login_stops_the_issue_until_it_is_mended(outbox, settings):
    sink = Sink()
    passwords = []
    server = serve(
        sink,
        auth_require_tls=False,
        authenticator=lambda *call: AuthResult(success=call[4].password in passwords, handled=False),
    )
    settings.OUTBOX_DELIVERY_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = server.hostname, server.port
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "hub", "secret"
    issue = being_sent(5)
    try:
        send()
        issue.refresh_from_db()
        stopped = issue.status, issue.stop_reason, set(issue.deliveries.values_list("state", "attempts"))
        passwords.append(b"secret")
        lifecycle.resume(issue)
        sent = send()
    finally:
        server.stop(no_assert=True)

    assert stopped[::2] == ("stopped", {("queued", 0)})
    assert stopped[1].startswith("The mail server refuses us: 535 ")
    assert (sent, len(sink.taken)) == (5, 5)


def test_refused_sender_stops_the_issue(sink, monkeypatch):
    async def refuse(*_):
        return "550 5.7.1 not your domain"

    monkeypatch.setattr(Sink, "handle_MAIL", refuse)
    issue = being_sent(2)

    send()

    issue.refresh_from_db()
    assert (issue.status, issue.stop_reason) == (
        "stopped",
        "The mail server refuses us: 550 5.7.1 not your domain",
    )


def test_issue_is_stopped_when_too_many_messages_fail(sink, settings):
    settings.NEWSLETTER_CONNECTIONS = 1
    issue = being_sent(60)
    for number, delivery in enumerate(issue.deliveries.order_by("pk")):
        if number % 4 == 0:
            sink.verdicts[delivery.subscriber.email] = ["554 looks like spam"]

    send()

    issue.refresh_from_db()
    assert issue.status == "stopped"
    assert issue.stop_reason == "6 of the latest 21 messages failed, the last one with: 554 looks like spam"
    assert issue.deliveries.filter(state="queued").count() == 39


@pytest.mark.parametrize("stopped_by", ["itself", "another worker"])
def test_resumed_issue_is_judged_anew(sink, settings, stopped_by):
    settings.NEWSLETTER_CONNECTIONS, settings.NEWSLETTER_STOP_AFTER = 1, 4
    issue = being_sent(4)
    for delivery in issue.deliveries.all()[: 4 if stopped_by == "itself" else 3]:
        sink.verdicts[delivery.subscriber.email] = ["554 looks like spam"]
    engine = Engine(letters_of=Note())
    send(engine=engine)
    lifecycle.stop(issue, "554 looks like spam")
    send(engine=engine)  # there is nothing to do, but something to notice

    lifecycle.resume(issue)
    for _ in range(2):
        sink.verdicts[make_delivery(issue).subscriber.email] = ["554 looks like spam"]
    send(engine=engine)

    issue.refresh_from_db()
    assert issue.status == "sending"
    assert issue.deliveries.filter(state="failed").count() == (6 if stopped_by == "itself" else 5)


def test_server_that_is_away_costs_no_attempt(sink, settings):
    settings.EMAIL_PORT = 1  # nobody listens there
    issue = being_sent(5)
    engine = Engine(letters_of=Note())

    tried = [send(engine=engine), send(later(hours=1), engine=engine)]

    issue.refresh_from_db()
    assert tried == [3, 0]  # the second time it is left alone
    assert issue.status == "sending"
    assert set(issue.deliveries.values_list("state", "attempts")) == {("queued", 0)}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"left_at": timezone.now()}, "The subscriber has left."),
        ({"paused_until": timezone.localdate() + timedelta(days=9)}, "The subscriber takes a break."),
        ({"cadence": "monthly"}, "The subscriber has chosen another cadence."),
    ],
)
def test_subscriber_who_decided_otherwise_since_the_queueing_gets_nothing(sink, change, reason):
    issue = being_sent(0)
    delivery = make_delivery(issue, make_subscriber(**change))

    send()

    assert (sink.taken, state_of(delivery)) == ([], ("suppressed", 0, reason))


def test_many_who_left_do_not_hide_those_behind_them(sink, monkeypatch, django_assert_max_num_queries):
    monkeypatch.setattr(mailing, "CLAIM", 50)
    issue = being_sent(0)
    for _ in range(120):
        make_delivery(issue, make_subscriber(left_at=timezone.now()))
    make_delivery(issue)
    make_delivery(issue)

    with django_assert_max_num_queries(40):
        settled = send()

    assert (settled, len(sink.taken)) == (122, 2)


def test_round_that_only_suppresses_is_not_idle(sink, monkeypatch):
    monkeypatch.setattr(mailing, "CLAIM", 2)
    monkeypatch.setattr(engine_module, "TURN", 0)  # each issue has time for nothing
    issues = [being_sent(0), being_sent(0)]
    for issue in issues:
        for _ in range(3):
            make_delivery(issue, make_subscriber(left_at=timezone.now()))

    assert send() == 0  # no time, nothing done: it ends
    monkeypatch.setattr(engine_module, "TURN", 5)
    assert send() == 6


def test_suppressed_address_gets_nothing(sink):
    first, second = being_sent(2).deliveries.order_by("pk")
    suppress(first.subscriber.email.upper(), Suppression.Reason.COMPLAINT, "spam", timezone.now())

    send()

    assert addresses(sink) == [second.subscriber.email]
    assert state_of(first) == ("suppressed", 0, "The address is on the suppression list.")


def test_erased_subscriber_gets_nothing_even_when_the_message_is_on_its_way(sink):
    first, second = being_sent(2).deliveries.order_by("pk")
    first.subscriber.delete()

    send(before=lambda delivery: delivery.subscriber.delete())
    send(later(minutes=6))  # when the lease has ended

    assert sink.taken == []
    assert state_of(first) == state_of(second) == ("suppressed", 0, "The subscriber was erased.")


def test_issue_paused_meanwhile_sends_no_message_more(sink):
    issue = being_sent(9)

    send(before=lambda delivery: lifecycle.pause(issue))

    assert sink.taken == []
    assert set(issue.deliveries.values_list("state", "claimed_by")) == {("queued", "")}


def test_worker_whose_claim_was_taken_over_sends_nothing(sink):
    issue = being_sent()

    def take_over(delivery):
        issue.deliveries.update(claimed_by="another", lease_until=later(minutes=5))

    sent = send(before=take_over)

    assert (sent, sink.taken, issue.deliveries.get().claimed_by) == (0, [], "another")


def test_claims_of_a_dead_worker_are_taken_over_when_its_lease_ends(sink):
    dead = {"state": "claimed", "claimed_by": "dead", "lease_until": later(minutes=5)}
    make_delivery(being_sent(0), **dead)

    sent = [send(), send(later(minutes=6))]

    assert (sent, len(sink.taken)) == ([0, 1], 1)


def test_worker_told_to_stop_hears_its_answers_and_gives_back_the_rest(sink):
    issue = being_sent(30)

    sent = send(stop=lambda: bool(sink.taken))

    assert 0 < sent < 30
    assert len(sink.taken) == sent == issue.deliveries.filter(answer="250 taken").count()
    rest = issue.deliveries.exclude(answer="250 taken")
    assert set(rest.values_list("state", "claimed_by")) == {("queued", "")}


def test_worker_told_to_stop_waits_for_no_answer_for_ever(sink, monkeypatch):
    monkeypatch.setattr(lines, "PATIENCE", 0.1)
    monkeypatch.setattr(lines, "LOOK", 0.05)
    sink.delay = 20
    issue = being_sent(9)
    started = time.monotonic()

    send(stop=lambda: bool(sink.taken))

    assert time.monotonic() - started < 10
    rest = issue.deliveries.exclude(state="handed_over")
    assert set(rest.values_list("state", "claimed_by")) == {("queued", "")}
    assert not issue.deliveries.filter(answered_at__isnull=False).exists()
    assert 0 < len(sink.taken) <= 3 == issue.deliveries.filter(state="handed_over", answer__gt="").count()


def test_rate_is_shared_by_all_workers(sink, settings):
    settings.NEWSLETTER_RATE = 10
    issue = being_sent(30)
    claimed = []

    for passed in (0, 1, 0, 0, 0.505, 100, -3600):
        SendingRate.objects.update(filled_at=F("filled_at") - timedelta(seconds=passed))
        claimed.append(len(claim(issue, f"worker {passed}", 100, later())))
    SendingRate.objects.update(filled_at=F("filled_at") - timedelta(seconds=1))
    claimed.append(len(claim(issue, "the clock was put back", 3, later())))

    assert claimed == [1, 10, 0, 0, 5, 10, 0, 3]


def test_claim_takes_no_more_than_its_limit_by_any_plan():
    issue = being_sent(9)
    with connection.cursor() as cursor:
        for way in ("hashjoin", "mergejoin", "hashagg", "sort", "material", "memoize"):
            cursor.execute(
                f"SET LOCAL enable_{way} = off"
            )  # the joins that are left read one side for each row

    assert len(claim(issue, "one", 2, later())) == 2
    assert len(claim(issue, "other", 3, later())) == 3


def test_rate_does_not_depend_on_the_clocks_of_workers(settings):
    settings.NEWSLETTER_RATE = 10
    issue = being_sent(30)

    claim(issue, "an hour ahead", 100, later(hours=1))
    SendingRate.objects.update(filled_at=F("filled_at") - timedelta(seconds=1))

    assert len(claim(issue, "right", 5, later())) == 5


def test_worker_waits_for_the_rate(sink, settings):
    settings.NEWSLETTER_RATE = 40
    being_sent(9)

    assert send() == 9


def test_large_issue_delays_no_small_one(sink, settings, monkeypatch):
    settings.NEWSLETTER_CONNECTIONS = 1
    monkeypatch.setattr(engine_module, "TURN", 0.1)
    sink.delay = 0.02
    being_sent(30, subject="large")
    being_sent(2, subject="small")

    send()

    order = [message["Subject"] for _, message in sink.taken]
    assert len(order) == 32
    assert order.index("small") < 15


def test_message_that_cannot_be_composed_fails_alone(sink, caplog):
    first, second = being_sent(2).deliveries.order_by("pk")

    def fail(delivery):
        if delivery.pk == first.pk:
            raise LookupError("no such article")

    send(before=fail)

    assert state_of(first) == ("failed", 1, "LookupError: no such article")
    assert state_of(second)[0] == "handed_over"


def test_deliveries_without_anything_to_say_are_suppressed_and_hide_no_other(sink, monkeypatch):
    monkeypatch.setattr(mailing, "CLAIM", 4)
    issue = being_sent(6)
    last = issue.deliveries.latest("pk")

    def refuse(delivery):
        if delivery.pk != last.pk:
            raise letters.Unsendable("Nothing is new.")

    settled = send(before=refuse)

    assert (settled, addresses(sink)) == (6, [last.subscriber.email])
    assert state_of(issue.deliveries.earliest("pk")) == ("suppressed", 0, "Nothing is new.")


def test_issue_that_cannot_be_composed_is_stopped(sink, caplog):
    issue = being_sent()

    def fail(issue, *, now):
        raise LookupError("no template")

    Engine(letters_of=fail).deliver(timezone.now())

    issue.refresh_from_db()
    assert (issue.status, issue.stop_reason) == (
        "stopped",
        "The issue cannot be composed: LookupError: no template",
    )


@pytest.mark.parametrize("status", ["draft", "scheduled", "paused", "stopped", "cancelled"])
def test_only_issues_that_are_being_sent_are_sent(sink, status):
    now = timezone.now()
    queued_at = None if status in ("draft", "scheduled") else now
    stop_reason = "why" if status == "stopped" else ""
    make_delivery(make_issue(status=status, send_at=now, queued_at=queued_at, stop_reason=stop_reason))

    assert (send(), sink.taken) == (0, [])
