"""An article on paper, and at 400 % zoom (WCAG 2.2, 1.4.10: as wide as 320 px; 2.4.11: focus is not covered)."""

import pytest
from playwright.sync_api import expect

from articles.publishing import rebuild
from tests.factories import make_article, make_event, make_reference, make_topic

# Of the focused element's first line: the points that something else covers, and whether any is on the screen.
COVERED = """() => {
  const focused = document.activeElement;
  const box = focused.getClientRects()[0];
  if (focused === document.body || !box) return null;
  const inside = (x, y) => x >= 0 && y >= 0 && x < innerWidth && y < innerHeight;
  const [left, top] = [box.left + 2, box.top + 2], [right, bottom] = [box.right - 2, box.bottom - 2];
  const middle = [(left + right) / 2, (top + bottom) / 2];
  const points = [[left, top], [right, top], [left, bottom], [right, bottom], middle];
  const seen = points.filter(([x, y]) => inside(x, y));
  const covers = seen.map(([x, y]) => document.elementFromPoint(x, y))
    .filter((found) => !focused.contains(found) && !found.contains(focused));
  return { name: focused.outerHTML.slice(0, 90), onScreen: seen.length > 0,
           covers: covers.map((found) => found.outerHTML.slice(0, 60)) };
}"""


@pytest.fixture
def article(transactional_db):
    make_event(title="Noon or night")
    topic = make_topic("Relapse")
    make_article(title="Another", topics=[topic])
    article = make_article(title="Hope at noon", slug="noon", topics=[topic], trials=["NCT01734928"])
    make_reference(article, "third", doi="10.1000/noon", pmid="12345")
    make_reference(article, "fourth", url="https://journal.example/noon")
    rebuild(article)
    return article


def test_paper_leaves_out_what_only_works_on_a_screen(reader_page, article):
    reader_page.goto("/articles/noon/")
    on_screen = [
        reader_page.get_by_role("region", name="Cookies."),
        reader_page.get_by_role("complementary", name="Expert panel"),
        reader_page.get_by_role("navigation", name="Main"),
        reader_page.get_by_role("search"),
        reader_page.get_by_role("navigation", name="Contents", exact=True),
        reader_page.get_by_role("button", name="Bookmark this article"),
        reader_page.get_by_role("button", name="Print"),
        reader_page.get_by_role("region", name="Read next"),
        reader_page.get_by_role("region", name="The next summary, by e-mail"),
        reader_page.get_by_role("contentinfo"),
    ]
    for part in on_screen:
        expect(part).to_be_visible()

    reader_page.emulate_media(media="print")

    for part in on_screen:
        expect(part).to_be_hidden()


def test_paper_says_who_paid_when_and_where_to_look(reader_page, article, live_server):
    reader_page.goto("/articles/noon/")

    reader_page.emulate_media(media="print")

    for text in (
        article.funding_statement,
        f"First published {article.published_at:%-d %B %Y}",
        f"Read at {live_server.url}/articles/noon/",
        "Nothing to disclose.",
        "Median survival was 11.2 months",
    ):
        expect(reader_page.get_by_text(text).first).to_be_visible()
    links = reader_page.get_by_role("region", name="References").get_by_role("link").all()
    printed = [link.evaluate("a => getComputedStyle(a, '::after').content") for link in links]
    addresses = [
        "https://doi.org/10.1000/noon",
        "https://pubmed.ncbi.nlm.nih.gov/12345/",
        "https://journal.example/noon",
    ]
    assert [any(address in text for text in printed) for address in addresses] == [True, True, True]


@pytest.mark.parametrize("path", ["/", "/articles/noon/", "/newsletter/"])
@pytest.mark.parametrize("height", [256, 640], ids=["zoomed", "telephone"])
def test_narrow_page_scrolls_one_way_and_covers_no_focus(reader_page, article, path, height):
    reader_page.set_viewport_size({"width": 320, "height": height})
    reader_page.goto(path)

    visited = []
    for _ in range(90):
        reader_page.keyboard.press("Tab")
        focused = reader_page.evaluate(COVERED)
        if focused is None:
            break
        visited.append(focused)

    assert len(visited) > 12
    assert [focused for focused in visited if focused["covers"] or not focused["onScreen"]] == []
    assert reader_page.evaluate("document.documentElement.scrollWidth") <= 320
