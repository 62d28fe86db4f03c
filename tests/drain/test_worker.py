"""SIGTERM to the worker: the message in hand is sent and noted, the next one is left for later."""

from django.core.mail import EmailMessage

from portal.models import OutgoingMail
from tests.drain.waiting import LONGEST, until


def test_message_in_hand_is_finished_and_the_next_is_not_begun(start, tmp_path, settings):
    settings.EMAIL_BACKEND = "portal.outbox.EmailBackend"
    for number in (1, 2):
        EmailMessage("A login code", "123456", to=[f"reader{number}@example.org"]).send()
    process = start("manage.py", "worker", "--lanes", "mail")
    assert until((tmp_path / "mail-begun").exists)

    process.terminate()
    (tmp_path / "mail-go").touch()

    assert process.wait(LONGEST) == 0
    assert len((tmp_path / "taken").read_text().splitlines()) == 1
    assert OutgoingMail.objects.filter(sent_at__isnull=False).count() == 1
    assert OutgoingMail.objects.filter(sent_at__isnull=True).count() == 1
