from dataclasses import replace
from datetime import timedelta

import pytest
from django.urls import resolve
from django.utils import timezone

from newsletter import composing, mail_html
from newsletter.checklist import RULES, Level, Mail, check, findings
from newsletter.mail_links import FOR_ALL_READERS, fault
from portal.models import Hub
from tests.factories import make_article, make_topic, make_treatment
from tests.routes import walk
from tests.trials.factories import make_trial

from .rows import make_issue

pytestmark = pytest.mark.django_db
NOW = timezone.now()
TOKEN = f"12.1abcde.{'x' * 43}"
NOT_FOR_ALL = "leads to a page that is not for all readers"
SOMEBODYS = "is somebody's own: whoever has it acts for that person"
OWN_PAGES = [
    "/newsletter/preferences/x/",
    "/newsletter/preferences/x/data/",
    "/newsletter/leave/x/",
    "/newsletter/unfollow/trial-1/x/",
    "/newsletter/unfollow-all/x/",
    "/newsletter/confirm/x/",
    "/newsletter/confirm/weekly/x/",
    "/newsletter/confirm/follow/trial-1/x/",
    "/newsletter/data/x/",
    "/account/newsletter/",
    "/accounts/login/",
    "/accounts/password/reset/",
    "/attest/",
    "/bookmarks/",
    "/dev/mail/",
    "/healthz",
    "/contact/sent/",
]


@pytest.fixture(autouse=True)
def _hub(settings):
    settings.SITE_URL = "https://hub.example"
    Hub.objects.update_or_create(pk=1, defaults={"name": "Hub", "postal_address": "1 Street\nTown"})


def found(issue):
    """(rule, level, text) of each finding."""
    return [(finding.rule, finding.level, finding.text) for finding in check(issue, now=NOW)]


def texts(issue):
    return [text for _, _, text in found(issue)]


def mail_with(issue, text=None, html=None):
    """The mail of `issue`, with another text or HTML part than the templates make."""
    parts = composing.preview(issue, NOW)
    html = parts.html if html is None else html
    parts = replace(parts, text=parts.text if text is None else text, html=html, size=len(html.encode()))
    return Mail(issue, parts, mail_html.read(html), NOW)


def test_good_issue_has_nothing_to_mend():
    trial, topic = make_trial(), make_topic()
    introduction = (
        f"See [a trial](/trials/{trial.slug}/), [a topic](/topics/{topic.slug}/), [us](/about/), "
        "[the registry](https://clinicaltrials.gov/study/NCT01734928?a=b#c) or [write](mailto:us@hub.example)."
        "\n\nA p value < 0.001 and a hazard ratio > 1 & more."
    )

    assert found(make_issue([make_article()], introduction=introduction)) == []


def test_every_finding_says_what_to_do_and_errors_block():
    issue = make_issue(
        introduction="", subject="x" * 90, funding_statement="", slug=None, send_at=NOW + timedelta(days=1)
    )

    problems = check(issue, now=NOW)

    assert {problem.rule for problem in problems} <= set(RULES)
    assert [(problem.level, problem.blocks) for problem in problems] == [
        (Level.ERROR, True),
        (Level.ERROR, True),
        (Level.WARNING, False),
        (Level.ERROR, True),
    ]
    assert all(problem.text.endswith(".") and problem.remedy.endswith(".") for problem in problems)


def test_funding_is_missing():
    assert texts(make_issue(funding_statement="")) == ["Nobody is named who paid for this issue."]


@pytest.mark.parametrize("part", ["text", "html"])
def test_funding_is_not_first(part):
    mail = mail_with(make_issue(), **{part: "<p>Buy this. Funding No company paid for this issue.</p>"})

    assert "The funding is not the first line." in [finding.text for finding in findings(mail)]


def test_articles_that_readers_cannot_open():
    make = {"status": "scheduled", "published_at": NOW + timedelta(days=3)}
    soon, late = make_article(title="Soon", **make), make_article(title="Draft", status="draft")
    gone = make_article(title="Gone", status="withdrawn", withdrawn_reason="Wrong.")

    now = texts(make_issue([soon, late, gone]))
    in_four_days = texts(make_issue([soon], send_at=NOW + timedelta(days=4)))

    assert sorted(now) == [
        "“Draft” will not be published when the issue is sent.",
        "“Gone” has been withdrawn.",
        "“Soon” will not be published when the issue is sent.",
    ]
    assert in_four_days == []


def test_issue_without_articles_and_introduction_is_empty():
    assert texts(make_issue(introduction="")) == ["The issue is empty."]


@pytest.mark.parametrize(
    ("length", "level"),
    [(29, Level.HINT), (30, None), (60, None), (61, Level.HINT), (78, Level.HINT), (79, Level.WARNING)],
)
def test_length_of_the_subject(length, level):
    assert [level for _, level, _ in found(make_issue(subject="s" * length))] == [level] * (level is not None)


def test_subject_is_empty():
    assert ("Subject has a good length", Level.ERROR, "The subject is empty.") in found(
        make_issue(subject=" ")
    )


@pytest.mark.parametrize(
    ("link", "problem"),
    [
        ("https://hub.example/about/", ""),
        ("https://hub.example/articles/shown/#results", ""),
        ("https://hub.example/articles/?topic=x", ""),
        ("https://hub.example/articles/draft/", "leads to nothing that readers can open"),
        ("https://hub.example/articles/none/", "leads to nothing that readers can open"),
        ("https://hub.example/treatments/drug/", ""),
        ("https://hub.example/treatments/none/", "leads to nothing that readers can open"),
        ("https://hub.example/trials/none/", "leads to nothing that readers can open"),
        ("https://hub.example/newsletter/archive/none/", "leads to nothing that readers can open"),
        ("https://hub.example/abuot/", "leads to no page of this site"),
        ("https://hub.example/%ff%00/", "leads to no page of this site"),
        ("https://hub.example/admin/", "can be opened by editors only"),
        ("https://hub.example/admin/no-such-page/", "can be opened by editors only"),
        *((f"https://hub.example{path}", NOT_FOR_ALL) for path in OWN_PAGES),
        ("https://HUB.example/newsletter/leave/x/", NOT_FOR_ALL),
        ("https://hub.example:443/newsletter/leave/x/", NOT_FOR_ALL),
        ("https://www.hub.example/newsletter/leave/x/", NOT_FOR_ALL),
        ("https://hub.example", ""),
        (f"https://hub.example/newsletter/leave/{TOKEN}/", SOMEBODYS),
        (f"https://hub.example/?next=/newsletter/leave/{TOKEN}/", SOMEBODYS),
        (f"https://short.example/?to=%2Fnewsletter%2Fleave%2F{TOKEN}%2F", SOMEBODYS),
        (f"mailto:leave@hub.example?subject=leave.{TOKEN}", SOMEBODYS),
        ("https://hub.example.evil.example/", ""),
        ("https://doi.org/10.1000/a(b)", ""),
        ("http://doi.org/10.1000/1", "does not begin with https://"),
        ("ftp://doi.org/", "does not begin with https://"),
        ("javascript:alert(1)", "does not begin with https://"),
        ("https:///path", "does not name a host"),
        ("https://localhost/", "does not name a host"),
        ("https://me:secret@host.example/", "does not name a host"),
        ("https://host.example:99999/", "is no address"),
        ("https://[::1/", "is no address"),
        ("https://host.example/a b", "holds a space or another forbidden character"),
        ("#fn-1", "leads nowhere in a mail"),
        ("", "leads nowhere in a mail"),
        ("mailto:us@hub.example?subject=Hello", ""),
        ("mailto:us", "is no e-mail address"),
    ],
)
def test_link_leads_somewhere(link, problem, settings):
    settings.ALLOWED_HOSTS = ["hub.example", "www.hub.example"]
    make_article(slug="shown")
    make_article(slug="draft", status="draft")
    make_treatment(slug="drug")

    assert fault(link, NOW) == problem


@pytest.mark.parametrize("path", OWN_PAGES)
@pytest.mark.parametrize("introduction", ["[Look]({})", "Look: {}.", "`{}`"])
def test_somebodys_own_link_in_an_introduction_is_an_error(path, introduction):
    link = f"https://hub.example{path}"

    assert found(make_issue(introduction=introduction.format(link))) == [
        ("Links lead somewhere", Level.ERROR, f"The link {link} {NOT_FOR_ALL}.")
    ]


@pytest.mark.parametrize("where", ["subject", "introduction", "funding_statement"])
def test_secret_part_of_a_link_is_an_error_wherever_it_stands(where):
    issue = make_issue(**{where: f"Use {TOKEN}"})

    assert "The text holds the secret part of somebody's own link: whoever has it acts for that person." in [
        text for _, level, text in found(issue) if level == Level.ERROR
    ]


def test_pages_for_all_readers_exist():
    names = {resolve(route.example).view_name for route in walk() if not route.path.startswith("/admin/")}

    assert names >= FOR_ALL_READERS


def test_wrong_link_of_an_introduction_is_named_once():
    issue = make_issue(introduction="[One](/no-such-page/) and [two](/no-such-page/).")

    assert found(issue) == [
        (
            "Links lead somewhere",
            Level.ERROR,
            "The link https://hub.example/no-such-page/ leads to no page of this site.",
        )
    ]


def test_picture_without_description_and_from_a_server():
    issue = make_issue()
    html = composing.preview(issue, NOW).html
    pictures = '<img src="https://x.example/p.png"><img src="cid:a" alt=" "><img src="cid:b" alt="A curve">'
    mail = mail_with(issue, html=html.replace("</h1>", f"</h1>{pictures}"))

    assert [finding.text for finding in findings(mail) if "picture" in finding.text] == [
        "The picture https://x.example/p.png has no alternative text.",
        "The picture https://x.example/p.png would be loaded from a server, which learns who opens the mail.",
        "The picture cid:a has no alternative text.",
    ]


def test_picture_in_an_introduction_is_refused():
    key = "/media/articles/00000000-0000-4000-8000-000000000000/p.png"

    assert texts(make_issue(introduction=f"Look: ![A curve]({key})")) == [
        f"The picture {key} would be loaded from a server, which learns who opens the mail."
    ]


@pytest.mark.parametrize(("octets", "count"), [(99_999, 0), (100_000, 1)])
def test_html_of_100_kilobytes_is_too_long(octets, count):
    issue = make_issue()
    html = composing.preview(issue, NOW).html
    mail = mail_with(issue, html=html + " " * (octets - len(html.encode())))

    assert [finding.rule for finding in findings(mail)] == ["HTML is under 100 kB"] * count


@pytest.mark.parametrize(
    ("subject", "problem"),
    [
        ("What <b>is</b> new in the treatment", "The text part holds HTML: <b>"),
        ("Smith &amp; Jones: what is new now", "The text part holds an HTML entity: &amp;"),
        ("Is p &lt; 0.05 and what does it say", "The text part holds an HTML entity: &lt;"),
        ("Smith & Jones; a < b > c, x <y> new", None),
    ],
)
def test_text_part_holds_no_markup(subject, problem):
    assert texts(make_issue(subject=subject)) == [problem] * (problem is not None)


def test_text_part_holds_a_word_that_is_too_long():
    address = "[here](https://host.example/" + "a" * 120 + ")"

    assert found(make_issue(introduction=f"{address} {'b' * 101}")) == [
        (
            "Text part reads well",
            Level.WARNING,
            f"The text part holds a line of 101 characters: {'b' * 40}…",
        )
    ]


def test_text_part_is_empty():
    assert "The text part is empty." in [
        finding.text for finding in findings(mail_with(make_issue(), text=" "))
    ]


def test_site_has_no_postal_address():
    Hub.objects.update(postal_address="")

    assert texts(make_issue()) == ["The site has no postal address."]


@pytest.mark.parametrize(
    ("removed", "problem"),
    [
        ("Town", "The postal address is missing at the end."),
        ("https://hub.example/newsletter/#leave", "The link to leave is missing."),
        ("https://hub.example/newsletter/#preferences", "The link to the preferences is missing."),
    ],
)
@pytest.mark.parametrize("part", ["text", "html"])
def test_footer_lacks_something(removed, problem, part):
    issue = make_issue()
    whole = getattr(composing.preview(issue, NOW), part)

    mail = mail_with(issue, **{part: whole.replace(removed, "https://hub.example/about/")})

    assert [finding.text for finding in findings(mail)] == [problem]


def test_issue_has_no_address_in_the_archive():
    assert texts(make_issue(slug=None)) == ["The issue has no address in the archive."]


@pytest.mark.parametrize(
    "element", ["<script>a</script>", "<form></form>", "<iframe></iframe>", "<link rel=x>", '<p onclick="a">']
)
def test_mail_holds_something_active(element):
    issue = make_issue()
    html = composing.preview(issue, NOW).html
    mail = mail_with(issue, html=html.replace("</h1>", f"</h1>{element}"))

    assert [finding.rule for finding in findings(mail)] == ["No scripts and forms"]


@pytest.mark.parametrize(
    ("css", "problems"),
    [
        ("color: red; margin: 0 auto !important; background: rgb(1, 2, 3)", []),
        ("display: flex", ["display: flex"]),
        ("display: grid; color: red", ["display: grid"]),
        ("position: absolute", ["position: absolute"]),
        ("float: left", ["float: left"]),
        ("width: calc(100% - 2px)", ["width: calc(100% - 2px)"]),
        ("color: var(--ink)", ["color: var(--ink)"]),
        ("background: url(https://x.example/p.png)", ["background: url(https://x.example/p.png)"]),
        ("--ink: red", ["--ink: red"]),
    ],
)
def test_style_that_mail_programs_do_not_understand(css, problems):
    inline, sheet = f'<p style="{css}">', f"<style>p {{ {css} }}</style>"

    assert mail_html.unsupported(mail_html.read(inline)) == problems
    assert mail_html.unsupported(mail_html.read(sheet)) == problems


@pytest.mark.parametrize(
    ("rule", "is_fine"),
    [
        ("@media (prefers-color-scheme: dark) { p { color: red } }", True),
        ("@media (max-width: 480px) { p { color: red } }", True),
        ("/* @import */ p { color: red }", True),
        ("@media (min-resolution: 2dppx) { p { color: red } }", False),
        ("@media (hover) { p { color: red } }", False),
        ("@import url(https://x.example/a.css);", False),
        ("@font-face { font-family: A }", False),
    ],
)
def test_style_sheet_asks_for_dark_and_narrow_alone(rule, is_fine):
    assert (mail_html.unsupported(mail_html.read(f"<style>{rule}</style>")) == []) == is_fine


def test_unsupported_style_of_a_mail_is_an_error():
    issue = make_issue()
    html = composing.preview(issue, NOW).html
    mail = mail_with(issue, html=html.replace("</h1>", '</h1><p style="float: left">'))

    assert [(finding.rule, finding.level) for finding in findings(mail)] == [
        ("Styles are understood everywhere", Level.ERROR)
    ]
