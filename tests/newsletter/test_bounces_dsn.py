"""Reading notifications of delivery status and reports of complaints."""

import pytest

from newsletter import dsn
from newsletter.dsn import Kind

from .returned import (
    AUTO_REPLY,
    COMPLAINT,
    EXCHANGE,
    EXIM,
    GLOBAL,
    GMAIL,
    ID,
    OLD_EXIM,
    POSTFIX,
    octets,
)


@pytest.mark.parametrize(
    ("shape", "kind", "words"),
    [
        (POSTFIX, Kind.PERMANENT, "550 5.1.1 <reader@example.org>: User unknown"),
        (EXIM, Kind.PERMANENT, "550 No such user here"),
        (OLD_EXIM, Kind.PERMANENT, "550 5.1.1 User unknown"),
        (EXCHANGE, Kind.PERMANENT, "RESOLVER.ADR.RecipientNotFound; Recipient not found"),
        (GMAIL, Kind.TEMPORARY, "552-5.2.2 The recipient's inbox is out of storage space."),
        (GLOBAL, Kind.PERMANENT, "5.1.1"),
        (COMPLAINT, Kind.COMPLAINT, "Feedback-Type: abuse"),
    ],
    ids=["postfix", "exim", "old exim", "exchange", "gmail", "global", "complaint"],
)
@pytest.mark.parametrize("ending", [b"\n", b"\r\n"], ids=["lf", "crlf"])
def test_notices_of_several_servers_are_read(shape, kind, words, ending):
    notice = dsn.read(octets(shape).replace(b"\n", ending))

    assert (notice.kind, notice.message_ids) == (kind, (ID,))
    assert words in notice.detail


@pytest.mark.parametrize(
    ("action", "status", "said", "kind"),
    [
        ("failed", "5.1.1", "550 5.1.1 unknown", Kind.PERMANENT),
        ("Failed", "5.0.0", "550 mailbox unavailable", Kind.PERMANENT),
        ("failed", "5.1.2", "", Kind.PERMANENT),
        ("failed", "4.4.7", "delivery time expired", Kind.TEMPORARY),
        ("failed", "5.0.0", "554 5.7.1 blocked by our filter", Kind.TEMPORARY),
        ("failed", "5.7.26", "550 5.7.26 unauthenticated", Kind.TEMPORARY),
        ("failed", "5.3.4", "552 5.3.4 too big", Kind.TEMPORARY),
        ("failed", "", "450 host 5.1.1.9 says: try later", Kind.TEMPORARY),
        ("failed", "", "", Kind.TEMPORARY),
        ("delayed", "4.4.1", "connection timed out", Kind.DELAYED),
    ],
)
def test_status_tells_what_lasts_from_what_passes(action, status, said, kind):
    assert dsn.read(octets(POSTFIX, action=action, status=status, said=said)).kind == kind


@pytest.mark.parametrize("action", ["delivered", "relayed", "expanded", "", "exploded"])
def test_receipt_is_no_notice(action):
    assert dsn.read(octets(POSTFIX, action=action, status="2.0.0")) is None


@pytest.mark.parametrize("kind", ["not-spam", "auth-failure", ""])
def test_feedback_that_is_no_complaint_is_none(kind):
    assert dsn.read(octets(COMPLAINT, type=kind)) is None


def test_worst_of_several_recipients_counts():
    block = b"Final-Recipient: rfc822; other@example.org\nAction: delivered\nStatus: 2.0.0\n\n"
    report = octets(POSTFIX).replace(b"Final-Recipient:", block + b"Final-Recipient:", 1)

    assert dsn.read(report).kind == Kind.PERMANENT


def test_auto_reply_is_no_notice():
    assert dsn.read(octets(AUTO_REPLY)) is None


def test_report_inside_what_is_sent_back_is_not_read():
    inner = octets(POSTFIX).decode()

    assert dsn.read(octets(AUTO_REPLY).replace(b"\n\n550", b"\n\n" + inner.encode() + b"550")) is None


@pytest.mark.parametrize(
    "hostile",
    [
        b"",
        b"\0" * 1000,
        b"\xff\xfe\n\n" * 100,
        b"Content-Type: multipart/report; report-type=delivery-status\n\nno boundary",
        octets(POSTFIX)[:900],
        octets(POSTFIX, status="5." * 5000, said="\0 \udc80".encode(errors="replace").decode() * 100),
        octets(POSTFIX, id="<" + "x" * 100_000),
        octets(COMPLAINT).replace(b"Feedback-Type", b"\xe9\x00\xff: x\nFeedback-Type"),
        octets(OLD_EXIM).replace(b"Subject", b"Content-Transfer-Encoding: base64\nSubject", 1),
        octets(GMAIL)
        .replace(b"UTF-8", b"no-such-charset")
        .replace(b"message/rfc822", b"text/rfc822-headers"),
    ],
    ids=range(10),
)
def test_hostile_mail_is_read_without_an_error(hostile):
    notice = dsn.read(hostile)

    assert notice is None or len(notice.message_ids) <= dsn.MOST_IDS


def test_mail_that_is_too_long_or_too_deep_is_refused():
    deep = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(5000))

    with pytest.raises(ValueError, match="longer"):
        dsn.read(b"x" * (dsn.LONGEST + 1))
    with pytest.raises(ValueError, match="nested"):
        dsn.read(b"MIME-Version: 1.0\n" + deep)
