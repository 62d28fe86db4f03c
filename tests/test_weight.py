"""What a page weighs on its way to a reader, compressed as it is sent: HTML, style, script, fonts.

The pages are those with most in them: the demonstration's trial with four analyses, and a long article with a trial.
"""

import json
import re
from pathlib import Path

import brotli
import pytest
from django.conf import settings
from django.contrib.staticfiles import finders

from portal.pagecache.store import GOOD
from tests.factories import make_article
from trials.derive import redraw
from trials.exchange import import_path
from trials.models import Trial

HTML, STYLE, SCRIPT, FONT = 12_000, 12_000, 20_000, 60_000  # octets
DEMO = settings.BASE_DIR / "demo" / "trials"
PROSE = (
    "Overall survival was longer with daratumumab (hazard ratio 0.67, 95% CI 0.55 to 0.82) than without."
    " The difference held in those of 75 years and more, and in those with high-risk cytogenetics.[@first]\n\n"
)


@pytest.fixture
def heavy_trial(db, tmp_path):
    for file in DEMO.glob("*.json"):
        found = json.loads(file.read_text())
        if file.name == "trials.json":
            found["trials"] = [trial for trial in found["trials"] if trial["id"] == "maia"]
        (tmp_path / file.name).write_text(json.dumps(found))
    import_path(tmp_path)
    redraw(Trial.objects.get(slug="maia"))
    return "/trials/maia/"


@pytest.fixture
def pages(reader, visitor, heavy_trial):
    """name: the HTML of home, list, article, trial and gate."""
    make_article(slug="long", trials=["NCT02252172"], body=PROSE * 40)
    found = {
        path: reader.get(path).content.decode()
        for path in ("/", "/articles/", "/articles/long/", heavy_trial)
    }
    return found | {"gate": visitor.get(heavy_trial).content.decode()}


def packed(content):
    """Octets of what is sent for text."""
    return len(brotli.compress(content, mode=brotli.MODE_TEXT, quality=GOOD))


def static(paths):
    return [Path(finders.find(path)).read_bytes() for path in paths]


def linked(html, pattern):
    return re.findall(rf'{pattern}="/static/([^"]+)"', html)


def test_no_page_weighs_more_than_it_may(pages):
    weights = {path: packed(html.encode()) for path, html in pages.items()}

    assert 'class="drawing"' in pages["/trials/maia/"]
    assert {path: weight for path, weight in weights.items() if weight > HTML} == {}


def test_style_of_no_page_weighs_more_than_it_may(pages):
    weights = {
        path: sum(map(packed, static(linked(html, 'stylesheet" href')))) for path, html in pages.items()
    }

    assert all(weights.values())
    assert {path: weight for path, weight in weights.items() if weight > STYLE} == {}


def test_scripts_of_no_page_weigh_more_than_they_may(pages):
    own = [path for path in (settings.BASE_DIR / "static" / "js").glob("*.js") if "admin" not in path.name]

    scripts = {path: linked(html, "src") for path, html in pages.items()}
    weights = {path: sum(map(packed, static(found))) for path, found in scripts.items()}

    assert any("htmx" in name for name in scripts["/trials/maia/"])
    assert max(weights.values()) <= SCRIPT
    htmx = packed(static(["vendor/htmx-2.0.11.min.js"])[0])
    assert htmx + sum(packed(path.read_bytes()) for path in own) <= SCRIPT  # were a page to use them all


def test_fonts_are_light_and_move_nothing_when_they_come_late():
    faces = re.findall(r"@font-face {([^}]*woff2[^}]*)}", static(["css/fonts.css"])[0].decode())
    fonts = [re.search(r"fonts/[a-z0-9-]+\.woff2", face)[0] for face in faces]

    assert [face for face in faces if "font-display: optional" not in face] == []
    assert max(map(len, static(fonts))) <= FONT


def test_pictures_keep_their_place_and_wait_until_they_are_needed(pages):
    for html in pages.values():
        for picture in re.findall("<img [^>]*>", html):
            assert re.search(r' width="\d+" height="\d+"', picture)
            assert 'loading="lazy"' in picture or 'fetchpriority="high"' in picture
