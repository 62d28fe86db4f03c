"""What mail servers send back, in the shapes of several; `%(id)s` is the Message-ID of the message it is about."""

ID = "<7.12.0123456789abcdef@portal.example>"

POSTFIX = """\
Return-Path: <>
From: MAILER-DAEMON@mx.example.net (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: bounces@portal.example
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="A1.1/mx.example.net"

This is a MIME-encapsulated message.

--A1.1/mx.example.net
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

This is the mail system at host mx.example.net.

--A1.1/mx.example.net
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net
X-Postfix-Queue-ID: A1
X-Postfix-Sender: rfc822; bounces@portal.example
Arrival-Date: Sun, 22 Nov 2026 10:00:00 +0000 (UTC)

Final-Recipient: rfc822; reader@example.org
Original-Recipient: rfc822;reader@example.org
Action: %(action)s
Status: %(status)s
Remote-MTA: dns; mx.example.org
Diagnostic-Code: smtp; %(said)s

--A1.1/mx.example.net
Content-Description: Undelivered Message Headers
Content-Type: text/rfc822-headers

Return-Path: <bounces@portal.example>
From: Hub <hub@portal.example>
To: reader@example.org
Message-ID: %(id)s
Subject: What is new

--A1.1/mx.example.net--
"""

EXIM = """\
From: Mail Delivery System <Mailer-Daemon@mx.example.net>
To: bounces@portal.example
X-Failed-Recipients: reader@example.org
Auto-Submitted: auto-replied
References: %(id)s
Content-Type: multipart/report; report-type=delivery-status; boundary=1606000000-eximdsn-1
MIME-Version: 1.0
Subject: Mail delivery failed: returning message to sender

--1606000000-eximdsn-1
Content-type: text/plain; charset=us-ascii

A message that you sent could not be delivered to one or more of its recipients.

--1606000000-eximdsn-1
Content-type: message/delivery-status

Reporting-MTA: dns; mx.example.net

Action: failed
Final-Recipient: rfc822;reader@example.org
Status: 5.0.0
Remote-MTA: dns; mx.example.org
Diagnostic-Code: smtp; 550 No such user here

--1606000000-eximdsn-1
Content-type: message/rfc822

Return-path: <bounces@portal.example>
From: Hub <hub@portal.example>
Message-ID: %(id)s
Subject: What is new
Content-Type: multipart/alternative; boundary=x

--x

Good morning.
--x--
--1606000000-eximdsn-1--
"""

OLD_EXIM = """\
X-Failed-Recipients: reader@example.org
Auto-Submitted: auto-replied
From: Mail Delivery System <Mailer-Daemon@mx.example.net>
To: bounces@portal.example
Subject: Mail delivery failed: returning message to sender

This message was created automatically by mail delivery software.

  reader@example.org
    SMTP error from remote mail server after RCPT TO:<reader@example.org>:
    host mx.example.org [192.0.2.5]: 550 5.1.1 User unknown

------ This is a copy of the message, including all the headers. ------

Return-path: <bounces@portal.example>
From: Hub <hub@portal.example>
Message-ID:
 %(id)s
Subject: What is new

Good morning.
"""

EXCHANGE = """\
From: Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@example.org>
To: <bounces@portal.example>
Subject: Undeliverable: What is new
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="d7f5_x"
Content-Language: en-GB
Message-ID: <aaaa-bbbb@MW2.example.org>
In-Reply-To: %(id)s
References: %(id)s
MIME-Version: 1.0

--d7f5_x
Content-Type: multipart/alternative; differences=Content-Type; boundary="d7f6_x"

--d7f6_x
Content-Type: text/plain; charset="us-ascii"

Your message to reader@example.org couldn't be delivered.
--d7f6_x
Content-Type: text/html; charset="us-ascii"

<html><body>Couldn't be delivered.</body></html>
--d7f6_x--

--d7f5_x
Content-Type: message/delivery-status

Reporting-MTA: dns;MW2.example.org
Received-From-MTA: dns;mx.portal.example
Arrival-Date: Sun, 22 Nov 2026 10:00:00 +0000

Original-Recipient: rfc822;reader@example.org
Final-Recipient: rfc822;reader@example.org
Action: failed
Status: 5.1.10
Diagnostic-Code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not
 found by SMTP address lookup

--d7f5_x--
"""

GMAIL = """\
From: Mail Delivery Subsystem <mailer-daemon@googlemail.com>
To: bounces@portal.example
Auto-Submitted: auto-replied
Subject: Delivery Status Notification (Failure)
References: %(id)s
In-Reply-To: %(id)s
X-Failed-Recipients: reader@example.org
MIME-Version: 1.0
Content-Type: multipart/report; boundary="00000000000046"; report-type=delivery-status

--00000000000046
Content-Type: multipart/related; boundary="00000000000047"

--00000000000047
Content-Type: text/html; charset="UTF-8"

<html><body><b>Message too large</b></body></html>
--00000000000047
Content-Type: image/png; name="icon.png"
Content-Transfer-Encoding: base64

iVBORw0KGgo=
--00000000000047--

--00000000000046
Content-Type: message/delivery-status

Reporting-MTA: dns; googlemail.com
Arrival-Date: Sun, 22 Nov 2026 02:00:00 -0800 (PST)
X-Original-Message-ID: %(id)s

Final-Recipient: rfc822; reader@example.org
Action: failed
Status: 5.2.2
Diagnostic-Code: smtp; 552-5.2.2 The recipient's inbox is out of storage space.
 552 5.2.2 https://support.example/quota
Last-Attempt-Date: Sun, 22 Nov 2026 02:00:01 -0800 (PST)

--00000000000046
Content-Type: message/rfc822

From: Hub <hub@portal.example>
Message-ID: %(id)s

Good morning.
--00000000000046--
"""

GLOBAL = """\
From: MAILER-DAEMON@mx.example.net
Subject: Undelivered
Content-Type: multipart/report; report-type=global-delivery-status; boundary=g
MIME-Version: 1.0

--g
Content-Type: message/global-delivery-status

Reporting-MTA: dns; mx.example.net

Final-Recipient: utf-8; läser@example.org
Action: failed
Status: 5.1.1

--g
Content-Type: message/global-headers

From: Hub <hub@portal.example>
Message-ID: %(id)s

--g--
"""

COMPLAINT = """\
From: <abusedesk@example.net>
Subject: FW: What is new
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="part1_13d"

--part1_13d
Content-Type: text/plain; charset="US-ASCII"

This is an email abuse report for an email message received from 192.0.2.2.

--part1_13d
Content-Type: message/feedback-report

Feedback-Type: %(type)s
User-Agent: SomeGenerator/1.0
Version: 1

--part1_13d
Content-Type: message/rfc822

From: Hub <hub@portal.example>
To: <reader@example.org>
Message-ID: %(id)s

Good morning.
--part1_13d--
"""

AUTO_REPLY = """\
From: reader@example.org
To: bounces@portal.example
Subject: Out of office
Auto-Submitted: auto-replied
In-Reply-To: %(id)s

550 5.1.1 I am away until Monday.
"""


def octets(shape, **values):
    """A message of one of these shapes as it lies in a mailbox."""
    standard = {
        "id": ID,
        "action": "failed",
        "status": "5.1.1",
        "said": "550 5.1.1 <reader@example.org>: User unknown",
        "type": "abuse",
    }
    return (shape % (standard | values)).encode()
