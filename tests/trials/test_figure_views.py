"""Figures to take away."""

import csv
from io import BytesIO, StringIO

import pytest
from django.db import connection
from django.template.loader import render_to_string
from django.test.utils import CaptureQueriesContext
from PIL import Image

from tests.trials.drawings import parsed
from tests.trials.factories import make_publication, make_result, make_trial
from trials.derive import redraw
from trials.models import Figure

pytestmark = pytest.mark.django_db
ADDRESS = "/trials/optimismm/figures/primary-hazard-ratios"
TYPES = {
    "svg": "image/svg+xml; charset=utf-8",
    "png": "image/png",
    "csv": "text/csv; charset=utf-8",
}


@pytest.fixture
def figure():
    trial = make_trial(slug="optimismm", acronym="OPTIMISMM", results=False)
    publication = make_publication(trial, label="Richardson et al. 2019", journal="Lancet Oncol")
    make_result(trial, publication=publication)
    redraw(trial)
    return trial.figures.get(kind="hazard-ratios")


@pytest.mark.parametrize("ending", TYPES)
def test_a_reader_takes_a_figure_away(reader, pixels, figure, ending):
    response = reader.get(f"{ADDRESS}.{ending}")

    assert response.status_code == 200
    assert response["Content-Type"] == TYPES[ending]
    name = f"optimismm-primary-hazard-ratios.{ending}"
    assert response["Content-Disposition"] == f'attachment; filename="{name}"'
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "private" in response["Cache-Control"]


@pytest.mark.parametrize("ending", TYPES)
def test_who_has_not_attested_is_refused(visitor, figure, ending):
    assert visitor.get(f"{ADDRESS}.{ending}").status_code == 403


def test_svg_holds_numbers_and_source(reader, figure):
    root = parsed(reader.get(f"{ADDRESS}.svg").content.decode())

    text = " ".join(root.itertext())
    assert "0.75 (95%\N{NO-BREAK SPACE}CI 0.60–0.94)" in text
    assert "Source: Richardson et al. 2019, Lancet Oncol." in text


def test_png_is_a_picture(reader, pixels, figure):
    picture = Image.open(BytesIO(reader.get(f"{ADDRESS}.png").content))

    assert (picture.format, picture.width) == ("PNG", 1536)


def test_picture_is_the_one_kept_since_the_figure_was_drawn(reader, pixels, figure, monkeypatch):
    monkeypatch.setattr("trials.figure_views.png", lambda svg: pytest.fail("rendered at a request"))

    content = reader.get(f"{ADDRESS}.png").content

    assert content == bytes(figure.png)


def test_figure_from_before_pictures_were_kept_has_one_too(reader, pixels, figure):
    Figure.objects.update(png=b"")

    assert reader.get(f"{ADDRESS}.png").content == bytes(figure.png)


def test_corrected_number_gets_a_new_picture(pixels, figure):
    before = bytes(figure.png)
    figure.data_cut.results.get().comparison.delete()
    make_result(figure.trial, comparison={"value": "0.80"}, detail="Again")

    redraw(figure.trial)

    assert bytes(figure.trial.figures.get(kind="hazard-ratios").png) != before


@pytest.mark.parametrize(
    ("ending", "unread"), [("csv", ("svg", "svg_narrow", "png")), ("svg", ("svg_narrow", "png"))]
)
def test_file_reads_no_big_column_that_it_does_not_need(reader, figure, ending, unread):
    with CaptureQueriesContext(connection) as queries:
        reader.get(f"{ADDRESS}.{ending}")

    read = " ".join(query["sql"] for query in queries)
    assert [f'"trials_figure"."{name}"' in read for name in unread] == [False] * len(unread)


def test_csv_holds_the_drawn_numbers_with_their_digits_and_the_source(reader, figure):
    text = reader.get(f"{ADDRESS}.csv").content.decode("utf-8-sig")

    assert list(csv.reader(StringIO(text))) == [
        ["Endpoint", "Detail", "Comparison", "Hazard ratio", "CI level, %", "CI lower", "CI upper"],
        ["Overall survival", "", "ABC versus BC", "0.75", "95", "0.60", "0.94"],
        ["Source: Richardson et al. 2019, Lancet Oncol."],
    ]


@pytest.mark.parametrize(
    "address",
    [
        "/trials/optimismm/figures/primary-hazard-ratios.pdf",
        "/trials/optimismm/figures/primary-hazard-ratios.svg.svg",
        "/trials/optimismm/figures/primary-medians-x.svg",
        "/trials/other/figures/primary-hazard-ratios.svg",
        "/trials/optimismm/figures/" + "x" * 5000 + ".svg",
    ],
)
def test_what_there_is_not_is_not_found(reader, figure, address):
    assert reader.get(address).status_code == 404


@pytest.mark.parametrize("ending", TYPES)
def test_a_browser_that_has_the_file_is_told_so(reader, figure, ending):
    etag = reader.get(f"{ADDRESS}.{ending}")["ETag"]

    again = reader.get(f"{ADDRESS}.{ending}", headers={"If-None-Match": etag})

    assert (again.status_code, again.content) == (304, b"")


def test_a_corrected_number_has_another_etag(reader, figure):
    before = reader.get(f"{ADDRESS}.svg")["ETag"]
    figure.data_cut.results.get().values.all().delete()
    comparison = figure.data_cut.results.get().comparison
    comparison.value = "0.76"
    comparison.save()
    redraw(figure.trial)

    after = reader.get(f"{ADDRESS}.svg", headers={"If-None-Match": before})

    assert after.status_code == 200


def test_a_figure_is_only_read(reader, figure):
    assert reader.post(f"{ADDRESS}.svg").status_code == 405


def test_the_part_for_pages_has_caption_source_table_and_files(figure):
    html = render_to_string("trials/_figure.html", {"figure": figure})

    assert html.count("<svg") == 2
    assert "<figcaption" in html
    assert "Source: Richardson et al. 2019, Lancet Oncol." in html
    assert '<th scope="col">Hazard ratio</th>' in html
    assert '<th scope="row">Overall survival</th><td>ABC versus BC</td><td>0.75</td><td>95</td>' in html
    assert [f'href="{ADDRESS}.{ending}"' in html for ending in TYPES] == [True, True, True]


def test_the_part_for_pages_has_each_id_once(figure):
    root = parsed(
        f"<div>{render_to_string('trials/_figure.html', {'figure': figure})}</div>".replace(" download>", ">")
    )

    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids)) == 3


def test_the_part_for_pages_keeps_hostile_words_as_text():
    trial = make_trial(acronym="<script>alert(1)</script>")
    redraw(trial)

    html = "".join(
        render_to_string("trials/_figure.html", {"figure": figure}) for figure in Figure.objects.all()
    )

    assert "<script" not in html
    assert "style=" not in html
