import os
import signal
import stat
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from portal import outbox as postbox
from portal.management.commands import worker
from portal.models import OutgoingMail

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("outbox")]
READER = "reader@example.org"


def write(to=READER, subject="Ünïcode subject", **fields):
    EmailMessage(subject, "A line.\n.\nA line after a dot.\n", to=[to], **fields).send()
    return OutgoingMail.objects.latest("pk")


def later(**delta):
    return timezone.now() + timedelta(**delta)


def test_message_is_delivered_once_as_it_was_written(sink):
    mail = write(headers={"X-Kept": "yes"})

    tried = [postbox.deliver_due(timezone.now()), postbox.deliver_due(later(days=2))]

    mail.refresh_from_db()
    ((recipient, message),) = sink.taken
    assert tried == [1, 0]
    assert recipient == message["To"] == READER
    assert (message["Subject"], message["X-Kept"]) == ("Ünïcode subject", "yes")
    assert message.get_content().splitlines() == ["A line.", ".", "A line after a dot."]
    assert (mail.sent_at is not None, mail.failed_at, mail.attempts, mail.lease_until) == (
        True,
        None,
        1,
        None,
    )


def test_message_id_names_the_site_and_not_the_machine(settings):
    settings.SITE_URL = "https://hub.example"

    mail = write()

    assert b"@hub.example>\r\n" in bytes(mail.message)


def test_message_of_a_rolled_back_transaction_is_never_sent(sink):
    with transaction.atomic():
        write()
        transaction.set_rollback(True)

    assert postbox.deliver_due(timezone.now()) == 0
    assert sink.taken == []


def test_recipients_have_fates_of_their_own_and_hidden_ones_stay_hidden(sink):
    sink.refusals["gone@example.org"] = ["550 no such mailbox"]
    EmailMessage("S", "B", to=["gone@example.org", READER], bcc=["hidden@example.org"]).send()

    postbox.deliver_due(timezone.now())

    assert {recipient for recipient, _ in sink.taken} == {READER, "hidden@example.org"}
    assert [message["Bcc"] for _, message in sink.taken] == [None, None]
    assert OutgoingMail.objects.filter(failed_at__isnull=False).count() == 1


def test_temporary_refusal_is_tried_again_later(sink):
    sink.refusals[READER] = ["451 come back later"]
    mail = write()

    tried = [postbox.deliver_due(timezone.now()) for _ in range(2)]
    mail.refresh_from_db()
    first = (mail.sent_at, mail.failed_at, mail.error)
    tried.append(postbox.deliver_due(later(minutes=2)))

    mail.refresh_from_db()
    assert tried == [1, 0, 1]
    assert first == (None, None, "451 come back later")
    assert (len(sink.taken), mail.attempts, mail.error) == (1, 2, "")


def test_permanent_refusal_is_kept_with_the_servers_answer(sink):
    sink.refusals[READER] = ["550 no such mailbox"]
    mail = write()

    tried = [postbox.deliver_due(timezone.now()), postbox.deliver_due(later(days=2))]

    mail.refresh_from_db()
    assert tried == [1, 0]
    assert (mail.failed_at is not None, mail.sent_at, mail.error) == (True, None, "550 no such mailbox")


def test_refusal_keeps_no_other_message_waiting(sink):
    sink.refusals[READER] = ["421 closing", "550 no"]
    for to in (READER, "second@example.org", "third@example.org"):
        write(to)

    postbox.deliver_due(timezone.now())

    assert [recipient for recipient, _ in sink.taken] == ["second@example.org", "third@example.org"]


def test_one_connection_carries_a_batch(sink):
    for _ in range(5):
        write()

    postbox.deliver_due(timezone.now())

    assert (len(sink.taken), len(sink.sessions)) == (5, 1)


def test_absent_server_is_given_a_day(settings):
    settings.OUTBOX_DELIVERY_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9  # nobody listens
    mail = write()
    start = timezone.now()

    while mail.failed_at is None:
        assert postbox.deliver_due(mail.not_before) == 1
        mail.refresh_from_db()

    assert mail.attempts == 12
    assert timedelta(hours=18) < mail.failed_at - start < timedelta(hours=31)
    assert mail.error.startswith("ConnectionRefusedError")


def test_message_of_a_killed_worker_is_sent_when_its_lease_ends(sink):
    mail = write()
    killed = postbox._claim(timezone.now())

    too_early = postbox.deliver_due(later(minutes=9))
    after = postbox.deliver_due(later(minutes=11))

    mail.refresh_from_db()
    assert (killed, too_early, after) == (mail, 0, 1)
    assert (len(sink.taken), mail.attempts) == (1, 2)


def test_failure_noted_after_the_lease_was_lost_changes_nothing(sink):
    write()
    slow = postbox._claim(timezone.now())
    postbox.deliver_due(later(minutes=11))

    postbox._note_failure(slow, OSError("late"), later(minutes=12))

    slow.refresh_from_db()
    assert (slow.sent_at is not None, slow.error) == (True, "")


def test_worker_told_to_stop_finishes_the_current_message_only(sink):
    for _ in range(3):
        write()

    tried = postbox.deliver_due(timezone.now(), stop=lambda: bool(sink.taken))

    assert (tried, len(sink.taken)) == (1, 1)


def test_several_workers_send_each_message_once(transactional_db, sink):
    for number in range(30):
        write(f"reader{number}@example.org")

    def work(_):
        try:
            return postbox.deliver_due(timezone.now())
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        tried = sum(pool.map(work, range(4)))

    assert tried == 30
    assert {to for to, _ in sink.taken} == {f"reader{number}@example.org" for number in range(30)}
    assert len(sink.taken) == 30


def test_message_is_sent_or_failed_but_not_both():
    mail = write()

    with pytest.raises(IntegrityError, match="outgoing_mail_is_sent_or_failed_not_both"):
        OutgoingMail.objects.filter(pk=mail.pk).update(sent_at=timezone.now(), failed_at=timezone.now())


def test_purge_deletes_what_is_done_with():
    now = timezone.now()
    waiting, sent, failed = write(), write(), write()
    OutgoingMail.objects.filter(pk=sent.pk).update(sent_at=now)
    OutgoingMail.objects.filter(pk=failed.pk).update(failed_at=now)

    deleted = [postbox.purge(now + timedelta(days=days)) for days in (6, 8, 31)]

    assert deleted == [0, 1, 1]
    assert list(OutgoingMail.objects.all()) == [waiting]


def test_without_a_server_mail_is_kept_in_files_that_only_the_owner_reads(settings):
    settings.OUTBOX_DELIVERY_BACKEND = "portal.outbox.FileBackend"
    message = EmailMultiAlternatives("S", "Text", to=[READER])
    message.attach_alternative("<p>HTML</p>", "text/html")
    message.send()

    call_command("worker", "--once")

    (file,) = settings.EMAIL_FILE_PATH.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert b"<p>HTML</p>" in file.read_bytes()


@pytest.fixture
def run_worker():
    """Runs `manage.py worker` here, and a function beside it, after which the worker gets SIGTERM."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

    def run(meanwhile):
        def then_stop():
            try:
                meanwhile()
            finally:
                connection.close()  # of this thread
                os.kill(os.getpid(), signal.SIGTERM)

        thread = threading.Timer(0.3, then_stop)
        thread.start()
        call_command("worker")
        thread.join()

    yield run
    for number, handler in before.items():
        signal.signal(number, handler)


def test_worker_delivers_until_sigterm(sink, run_worker):
    write()

    run_worker(lambda: wait_until(lambda: sink.taken))

    assert len(sink.taken) == 1


def test_worker_outlives_the_loss_of_its_database_connection(transactional_db, sink, run_worker, caplog):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (lost,) = cursor.fetchone()

    def cut_and_write():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [lost])
        write()
        wait_until(lambda: sink.taken)

    run_worker(cut_and_write)

    assert len(sink.taken) == 1
    assert [
        record.getMessage().split(" (")[0] for record in caplog.records if record.name == worker.__name__
    ] == ["The database is away"]


def wait_until(condition):
    end = time.monotonic() + 10
    while not condition() and time.monotonic() < end:
        time.sleep(0.05)
