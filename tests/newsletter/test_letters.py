import re
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.template.loader import render_to_string
from django.utils import timezone

from articles.rendering import SourceError
from newsletter import composing, letters, mail_html
from newsletter.letters import Unsendable
from newsletter.models import Issue
from newsletter.plain_text import text_of, wrapped
from portal.models import Hub
from tests.factories import make_article, make_topic
from tests.trials.factories import make_trial

from .rows import make_delivery, make_follow, make_issue, make_news, make_run, make_subscriber

pytestmark = pytest.mark.django_db
NOW = timezone.now()


@pytest.fixture(autouse=True)
def _hub(settings):
    settings.SITE_URL = "https://hub.example"
    settings.NEWSLETTER_FROM = "news@hub.example"
    values = {"name": "Blood & Bone", "contact_email": "us@hub.example", "postal_address": "1 Street\nTown"}
    Hub.objects.update_or_create(pk=1, defaults=values)


def octets_of(delivery, now=NOW):
    return letters.of(delivery.issue, now=now).message(delivery, now=now)


def mail_of(delivery, now=NOW):
    message = message_from_bytes(octets_of(delivery, now), policy=policy.default)
    assert message.defects == []
    return message


def text(message):
    return message.get_body(("plain",)).get_content().replace("\r\n", "\n")


def html(message):
    return message.get_body(("html",)).get_content().replace("\r\n", "\n")


def read(message):
    return mail_html.read(html(message)).text


def own_paths(text):
    return re.findall(
        r"https://hub\.example(/newsletter/(?:leave|preferences|unfollow-all)/[^/\s\"]+/)", text
    )


# --- an issue ---------------------------------------------------------------------------------------------


def test_issue_says_who_paid_before_anything_else():
    message = mail_of(
        make_delivery(make_issue(funding_statement="A grant from nobody.", subject="The subject"))
    )

    assert text(message).startswith("Funding: A grant from nobody.\n\nThe subject\n\nGood morning.\n")
    assert read(message).startswith("Funding A grant from nobody. Blood & Bone The subject Good morning.")


def test_issue_holds_each_article_with_objectives_and_its_own_funding():
    article = make_article(
        title="Trial A", slug="a", objectives=("describe A", "weigh A"), funding_statement="Paid by A."
    )

    message = mail_of(make_delivery(make_issue([article])))

    assert (
        "Trial A\nhttps://hub.example/articles/a/\n\nAfter reading this article, you will be able to\n"
        "- describe A\n- weigh A\n\nFunding: Paid by A.\n"
    ) in text(message)
    assert 'href="https://hub.example/articles/a/"' in html(message)
    assert (
        "Trial A After reading this article, you will be able to describe A weigh A Funding Paid by A."
        in read(message)
    )


def test_mail_holds_nothing_that_the_gate_hides():
    article = make_article(
        summary="The hidden summary.", body="The hidden text [@first; @second].", slug="gated"
    )
    make_news("article", article=article, title=article.title, path=article.get_absolute_url())

    for delivery in (make_delivery(make_issue([article])), make_delivery(make_run())):
        octets = octets_of(delivery)

        assert b"/articles/gated/" in octets
        assert b"hidden" not in octets


def test_issue_leaves_out_what_readers_cannot_open_when_it_arrives():
    shown = make_article(title="Shown")
    later = make_article(title="Later", status="scheduled", published_at=NOW + timedelta(days=1))
    gone = make_article(title="Gone", status="withdrawn", withdrawn_reason="Wrong.")
    draft = make_article(title="Draft", status="draft")
    issue = make_issue([gone, later, draft, shown])

    today = text(mail_of(make_delivery(issue)))
    tomorrow = text(mail_of(make_delivery(issue), NOW + timedelta(days=2)))

    assert [title for title in ("Shown", "Later", "Gone", "Draft") if f"\n{title}\n" in today] == ["Shown"]
    assert tomorrow.index("\nLater\n") < tomorrow.index("\nShown\n")  # in the editor's order
    assert "\nGone\n" not in tomorrow


def test_footer_says_why_where_from_and_how_to_leave():
    delivery = make_delivery(make_issue(slug="first"))

    message = mail_of(delivery)

    for part in (" ".join(text(message).split()), read(message)):
        assert "because you subscribed to the newsletter of Blood & Bone at this address" in part
        assert "1 Street Town" in part
    for part in (text(message), html(message)):
        assert "https://hub.example/newsletter/archive/first/" in part
        assert len(own_paths(part)) == 2


def test_headers_are_what_mail_providers_ask_for():
    delivery = make_delivery(make_issue(subject="What is new"), make_subscriber("reader@example.org"))

    message = mail_of(delivery)

    leave = own_paths(text(message))[1]
    assert dict(message.items()) == {
        "To": "reader@example.org",
        "Date": message["Date"],
        "Message-ID": letters.message_id(delivery),
        "List-Unsubscribe": f"<https://hub.example{leave}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "From": "Blood & Bone <news@hub.example>",
        "Subject": "What is new",
        "List-Id": "<newsletter.hub.example>",
        "MIME-Version": "1.0",
        "Content-Type": message["Content-Type"],
    }
    assert message["Date"].datetime == NOW.replace(microsecond=0)
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]


def test_settings_name_sender_return_path_and_mailbox_to_leave(settings):
    settings.NEWSLETTER_FROM = "Our News <news@mail.example>"
    settings.NEWSLETTER_RETURN_PATH = "bounces@mail.example"
    settings.NEWSLETTER_LEAVE_MAILBOX = "leave@mail.example"
    delivery = make_delivery(make_issue(), make_subscriber("reader@example.org"))

    message = mail_of(delivery)
    envelope = letters.of(delivery.issue, now=NOW).envelope(delivery)

    assert message["From"] == "Our News <news@mail.example>"
    token = own_paths(text(message))[1].split("/")[-2]
    assert f"<mailto:leave@mail.example?subject=leave.{token}>" in message["List-Unsubscribe"]
    assert envelope == ("bounces@mail.example", "reader@example.org")


def test_bounces_go_to_the_sender_without_a_return_path():
    delivery = make_delivery(make_issue(), make_subscriber("reader@example.org"))

    assert letters.of(delivery.issue, now=NOW).envelope(delivery)[0] == "news@hub.example"


def test_mail_is_written_by_people_and_digests_by_machines():
    make_news()

    assert mail_of(make_delivery(make_issue()))["Auto-Submitted"] is None
    assert mail_of(make_delivery(make_run()))["Auto-Submitted"] == "auto-generated"


def test_message_id_is_stable_and_of_one_delivery():
    issue = make_issue()
    first, second = make_delivery(issue), make_delivery(issue)

    assert letters.message_id(first) == letters.message_id(first) != letters.message_id(second)
    assert re.fullmatch(rf"<{issue.pk}\.{first.pk}\.[0-9a-f]{{16}}@hub\.example>", letters.message_id(first))


@pytest.mark.parametrize(
    "subject",
    ["Harmless\r\nBcc: victim@example.org", "Harmless\nX-One: 1", "Harmless\r\n\r\n<b>body</b>", "\0\x1b[2J"],
)
def test_subject_starts_no_header_and_no_body(subject):
    issue = make_issue()
    Issue(subject=subject)
    issue.subject = subject  # a form would have refused it

    octets = letters.of(issue, now=NOW).message(make_delivery(issue), now=NOW)
    message = message_from_bytes(octets, policy=policy.default)

    assert set(message.keys()) & {"Bcc", "X-One"} == set()
    assert message["Subject"] == " ".join(subject.replace("\0", "").replace("\x1b", "").split())
    assert message.is_multipart()


def test_name_of_the_hub_starts_no_header():
    Hub.objects.update(name="Hub\r\nBcc: victim@example.org")

    message = mail_of(make_delivery(make_issue()))

    assert "Bcc" not in message
    assert message["From"].addresses[0].addr_spec == "news@hub.example"


def test_umlauts_arrive_in_subject_and_both_parts():
    issue = make_issue(
        subject="Überleben bei Schwäche: größer", introduction="Grüße aus Köln, 5 µg.", language="de"
    )

    message = mail_of(make_delivery(issue))

    assert message["Subject"] == "Überleben bei Schwäche: größer"
    assert "Grüße aus Köln, 5\xa0µg." in text(message)
    assert '<div lang="de">' in html(message)
    assert "Grüße aus Köln, 5 µg." in read(message)
    assert {part["Content-Transfer-Encoding"] for part in message.iter_parts()} == {"8bit"}


def test_lines_end_in_crlf_and_stay_below_998_octets(settings):
    settings.SITE_URL = "https://" + "a" * 60 + ".example"
    article = make_article(title="𝛃" * 190, funding_statement="x" * 1000, objectives=("é" * 400,))
    issue = make_issue([article], introduction="word " * 900 + "\n\n" + "y" * 400, subject="ä " * 70)

    octets = octets_of(make_delivery(issue, make_subscriber("a" * 60 + "@" + "b" * 60 + ".example")))

    lines = octets.split(b"\r\n")
    assert max(map(len, lines)) < 998
    assert not any(b"\n" in line or b"\r" in line for line in lines)


def test_two_recipients_differ_in_what_is_their_own_alone():
    issue = make_issue([make_article()])
    letter = letters.of(issue, now=NOW)
    bare = []

    for email in ("one@example.org", "second@example.org"):
        delivery = make_delivery(issue, make_subscriber(email))
        octets = letter.message(delivery, now=NOW).decode()
        for own in (*set(own_paths(octets)), email, letters.message_id(delivery)):
            assert own in octets
            octets = octets.replace(own, "OWN")
        bare.append(octets)

    assert bare[0] == bare[1]
    assert "second@" not in bare[0]


def test_links_of_a_mail_do_what_they_say(visitor, settings):
    subscriber = make_subscriber("reader@example.org")

    message = mail_of(make_delivery(make_issue(), subscriber))
    preferences, leave = own_paths(text(message))
    shown = visitor.get(preferences)
    left = visitor.post(leave, {"List-Unsubscribe": "One-Click"})
    subscriber.refresh_from_db()

    assert (shown.status_code, left.status_code) == (200, 200)
    assert not subscriber.is_active
    assert own_paths(html(message)) == [preferences, leave]


def test_recipient_costs_no_query(django_assert_num_queries):
    issue = make_issue([make_article()])
    deliveries = [make_delivery(issue) for _ in range(3)]
    letter = letters.of(issue, now=NOW)

    with django_assert_num_queries(0):
        messages = {letter.message(delivery, now=NOW) for delivery in deliveries}

    assert len(messages) == 3


def test_no_text_of_an_editor_is_taken_for_a_mark():
    issue = make_issue(introduction="See /leave-00/ and {{ leave_path }} and %(to)s.")

    assert "See /leave-00/ and {{ leave_path }} and %(to)s." in text(mail_of(make_delivery(issue)))


@pytest.mark.parametrize(
    "email", ["ä@example.org", "a b@example.org", "a@", "a\r\nBcc: b@example.org", '"a"@b.example']
)
def test_address_that_no_header_can_hold_is_refused(email):
    delivery = make_delivery(make_issue())
    delivery.subscriber.email = email

    with pytest.raises(Unsendable, match="address"):
        octets_of(delivery)


def test_domain_with_umlauts_is_written_as_mail_servers_know_it():
    delivery = make_delivery(make_issue(), make_subscriber("a@köln.example"))

    assert mail_of(delivery)["To"] == "a@xn--kln-sna.example"


def test_erased_subscriber_gets_no_message():
    delivery = make_delivery(make_issue())
    delivery.subscriber.delete()
    delivery.refresh_from_db()

    with pytest.raises(Unsendable, match="erased"):
        octets_of(delivery)


# --- its introduction and preview -------------------------------------------------------------------------


def test_introduction_is_rendered_with_whole_addresses():
    issue = Issue(introduction="See [the trial](/trials/a/), *now*.\n\n- one\n- two")

    composing.derive(issue)

    assert '<a href="https://hub.example/trials/a/">the trial</a>' in issue.introduction_html
    assert issue.introduction_text == "See the trial (https://hub.example/trials/a/), now.\n\n- one\n- two"


def test_introduction_that_cannot_be_rendered_is_refused_with_its_line():
    with pytest.raises(SourceError) as refusal:
        composing.derive(Issue(introduction="Fine.\n\nSee [it](javascript:alert(1))."))

    assert [problem.line for problem in refusal.value.problems] == [3]


def test_introduction_brings_no_script():
    issue = make_issue(
        introduction="<script>alert(1)</script><b onclick=x>Hello</b> {{ issue.key }} {% now 'Y' %}"
    )

    found = mail_html.read(html(mail_of(make_delivery(issue))))

    assert found.active == []
    assert "{{ issue.key }} {% now ‘Y’ %}" in found.text


def test_preview_has_no_personal_link_and_shows_the_issue_as_it_will_arrive():
    later = make_article(title="Later", status="scheduled", published_at=NOW + timedelta(days=1))
    issue = make_issue([later], subject="Die Überraschung", send_at=NOW + timedelta(days=2))

    preview = composing.preview(issue, NOW)

    assert preview.subject == "Die Überraschung"
    assert "Later" in preview.html
    assert "Later" in preview.text
    assert own_paths(preview.html + preview.text) == []
    assert "https://hub.example/newsletter/#leave" in preview.html
    assert preview.size == len(preview.html.encode())


def test_text_of_html_reads_like_a_letter():
    html = (
        "<h2>A</h2><p>One <a href='https://x.example/'>two</a><br>three</p><ul><li><p>four</p></li><li>five<ol>"
        "<li>six</li><li>seven</li></ol></li></ul><table><tr><th>a</th> <td>b</td></tr></table>"
        "<p><a href='https://x.example/'>https://x.example/</a> <a href='#fn'>1</a></p>"
    )

    assert text_of(html).split("\n") == [
        *(
            "A",
            "",
            "One two (https://x.example/)",
            "three",
            "",
            "- four",
            "",
            "- five",
            "  1. six",
            "  2. seven",
        ),
        *("", "a | b", "", "https://x.example/ 1"),
    ]


def test_text_is_wrapped_but_addresses_are_not():
    address = "https://x.example/" + "a" * 90

    lines = wrapped(f"- {'word ' * 30}\n{address}\n\n\n\n{'word ' * 20}").splitlines()

    assert max(len(line) for line in lines if line != address) <= 72
    assert lines[1].startswith("  word")
    assert address in lines
    assert wrapped("a\n\n\n\nb  \n") == "a\n\nb\n"


# --- digests and news of what is followed -----------------------------------------------------------------


def test_digest_groups_what_is_new_by_kind():
    article = make_article(title="Trial A", objectives=("describe A",), funding_statement="Paid by A.")
    make_news("correction", title="Corrected B", detail="One number was wrong.", path="/articles/b/")
    make_news("article", article=article, title="Trial A", path=article.get_absolute_url())
    make_news("event", title="A panel", path="/events/panel/")

    message = mail_of(make_delivery(make_run(subject="Your week")))
    body = text(message)

    assert message["Subject"] == "Your week"
    assert body.startswith("Funding: Who paid is stated with each article.\n\nYour week\n")
    assert re.findall(r"== (.*) ==", body) == ["New articles", "Corrections", "Events"]
    assert "- describe A\n\nFunding: Paid by A.\n" in body
    assert "Corrected B\nhttps://hub.example/articles/b/\n\nOne number was wrong.\n" in body
    assert "New articles Trial A" in read(message)


@pytest.mark.parametrize(("kind", "word"), [("weekly", "weekly digest"), ("monthly", "monthly digest")])
def test_digest_says_why_it_came(kind, word):
    make_news()

    assert f"because you asked Blood & Bone for a {word}." in read(mail_of(make_delivery(make_run(kind))))


def test_digest_holds_what_is_new_to_this_subscriber():
    mine, other = make_topic(), make_topic()
    for title, topic, hours in (("Old", mine, 5), ("Mine", mine, 3), ("Other", other, 2), ("Late", mine, -1)):
        make_news(title=title, topics=[topic], at=NOW - timedelta(hours=hours))
    run = make_run(until=NOW)
    chooser, everything = make_subscriber(), make_subscriber()
    chooser.topics.set([mine])
    since = NOW - timedelta(hours=4)

    bodies = [text(mail_of(make_delivery(run, who, since=since))) for who in (chooser, everything)]

    found = [
        [title for title in ("Old", "Mine", "Other", "Late") if f"\n{title}\n" in body] for body in bodies
    ]
    assert found == [["Mine"], ["Mine", "Other"]]


def test_digest_leaves_out_articles_withdrawn_since():
    gone = make_article(title="Gone", status="withdrawn", withdrawn_reason="Wrong.")
    make_news("article", article=gone, title="Gone", path=gone.get_absolute_url())
    make_news("withdrawal", article=gone, title="“Gone” is withdrawn", path=gone.get_absolute_url())

    body = text(mail_of(make_delivery(make_run())))

    assert "\n“Gone” is withdrawn\n" in body
    assert "\nGone\n" not in body


def test_digest_without_news_is_no_message():
    make_news(topics=[make_topic()])
    picky = make_subscriber()
    picky.topics.set([make_topic()])

    with pytest.raises(Unsendable, match="Nothing is new"):
        octets_of(make_delivery(make_run(), picky))


def test_long_digest_says_how_many_it_leaves_out(monkeypatch):
    monkeypatch.setattr(composing, "MOST_ITEMS", 2)
    for _ in range(5):
        make_news()

    body = text(mail_of(make_delivery(make_run())))

    assert "3 more are on the site:\nhttps://hub.example/articles/" in body
    assert len(re.findall(r"^News ", body, re.M)) == 2


def test_subscribers_with_the_same_news_share_what_is_composed(django_assert_num_queries):
    make_news()
    run = make_run()
    letter = letters.of(run, now=NOW)
    first, second = (make_delivery(run, make_subscriber(f"{name}@example.org")) for name in ("one", "two"))
    one = letter.message(first, now=NOW)

    with django_assert_num_queries(1):  # the topics of the second
        two = letter.message(second, now=NOW)

    assert two.startswith(b"To: two@example.org\r\n")
    assert b"one@example.org" not in two
    assert one.split(b"\r\n\r\n")[1:2] == two.split(b"\r\n\r\n")[1:2]


@pytest.mark.parametrize("kind", ["weekly", "monthly", "follow"])
def test_many_deliveries_cost_as_many_queries_as_one(kind, django_assert_num_queries):
    trial, topic = make_trial(), make_topic()
    make_news(trials=[trial], topics=[topic])
    run = make_run(kind)
    for _ in range(3):
        subscriber = make_subscriber()
        subscriber.topics.set([topic])
        make_follow(subscriber, trial=trial)
        make_delivery(run, subscriber)
    letter = letters.of(run, now=NOW)
    rows = run.deliveries.select_related("subscriber").prefetch_related(*letters.prefetches(run))
    deliveries = list(rows)
    letter.message(deliveries[0], now=NOW)

    with django_assert_num_queries(0):
        messages = {letter.message(delivery, now=NOW) for delivery in deliveries}

    assert len(messages) == 3


def test_news_of_what_is_followed_name_the_reason():
    trial, topic = make_trial(acronym="OPTIMISMM"), make_topic("Renal impairment")
    make_news(title="A later cut", trials=[trial], topics=[topic], path="/trials/optimismm/")
    make_news(title="Something else", topics=[make_topic()])
    subscriber = make_subscriber()
    make_follow(subscriber, trial=trial)
    make_follow(subscriber, topic=topic)

    message = mail_of(make_delivery(make_run("follow"), subscriber))

    assert message["Subject"] == "OPTIMISMM and Renal impairment: A later cut"
    assert "Newer data, because you follow OPTIMISMM and Renal impairment\n\nA later cut\n" in text(message)
    assert "Newer data, because you follow OPTIMISMM and Renal impairment" in read(message)
    assert "Something else" not in text(message)
    assert re.search(
        r"Stop mail about what you follow:\nhttps://hub\.example/newsletter/unfollow-all/", text(message)
    )
    assert "/newsletter/unfollow-all/" in message["List-Unsubscribe"]
    assert "/newsletter/leave/" not in text(message)


def test_subject_counts_several_news_of_what_is_followed():
    trials = [make_trial(acronym=name) for name in ("A", "B", "C")]
    subscriber = make_subscriber()
    for trial in trials:
        make_news(trials=[trial])
        make_follow(subscriber, trial=trial)

    message = mail_of(make_delivery(make_run("follow"), subscriber))

    assert re.fullmatch(r"3 new things about \w, \w and 1 more", message["Subject"])


def test_unconfirmed_follow_brings_no_mail():
    trial, subscriber = make_trial(), make_subscriber()
    make_news(trials=[trial])
    follow = make_follow(subscriber, trial=trial)
    follow.confirmed_at = None
    follow.save()

    with pytest.raises(Unsendable):
        octets_of(make_delivery(make_run("follow"), subscriber))


# --- every mail -------------------------------------------------------------------------------------------

EMAILS = Path(django_settings.BASE_DIR) / "templates/emails"
PAGES = sorted(path.name for path in EMAILS.glob("[!_]*.html"))


def test_there_are_mails_to_look_at():
    assert {"issue.html", "digest.html", "follow.html", "newsletter_confirm.html"} <= set(PAGES)
    for name in PAGES:
        assert (EMAILS / name.replace(".html", ".txt")).exists()
        assert (EMAILS / name.replace(".html", ".subject.txt")).exists()


@pytest.mark.parametrize("name", PAGES)
def test_every_mail_uses_only_what_mail_programs_understand(name):
    news = {"news": make_news("article", article=make_article(objectives=("one", "two"))), "names": "A"}
    context = {
        "issue": make_issue(introduction="## A\n\n- b\n\n> c\n\nTable: d\n\n| e | f |\n|---|---|\n| 1 | 2 |"),
        "articles": [make_article()],
        "items": [news, {"news": make_news(detail="More."), "names": "B"}],
        "groups": [{"label": "New", "items": [news]}],
        "left_out": 3,
        "funding": "By nobody.",
        "topics": [],
        "days": 7,
    }

    found = mail_html.read(render_to_string(f"emails/{name}", context))

    assert found.styles
    assert mail_html.unsupported(found) == []
    assert found.active == found.images == []
