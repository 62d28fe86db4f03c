"""Drawings as SVG and PNG: complete, harmless, and within their box whatever the rows hold."""

import re
from decimal import Decimal
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tests.trials.drawings import EFFECT, edges, parsed, ratio, shapes
from trials.figures import (
    NARROW,
    WIDE,
    ForestRow,
    Group,
    MedianRow,
    RateRow,
    forest,
    inline,
    medians,
    png,
    rates,
    standalone,
)
from trials.figures.svg import ROLES

SVG = "{http://www.w3.org/2000/svg}"

WORDS = st.text(max_size=60) | st.sampled_from(["", "]]>&<\"'", "\0\ud800\x0b", "ت" * 80, "W" * 300])
BOUNDS = st.none() | st.decimals("0", "2000", places=2)
OPEN = st.sampled_from(["", "not reached", "not estimable", "not reported", "one-sided"])
FOREST_ROWS = st.builds(
    ForestRow, WORDS, WORDS, WORDS, BOUNDS, BOUNDS, BOUNDS, st.just(Decimal(95)), WORDS, OPEN, OPEN
)


def arm_rows(kind):
    return st.builds(
        kind, WORDS, st.booleans(), BOUNDS, BOUNDS, BOUNDS, st.just(Decimal(99)), OPEN, WORDS, OPEN, OPEN
    )


def groups(kind):
    rows = st.lists(arm_rows(kind), max_size=3).map(tuple)
    return st.lists(st.builds(Group, WORDS, WORDS, rows), max_size=3)


DRAWINGS = st.sampled_from([WIDE, NARROW]).flatmap(
    lambda layout: st.one_of(
        st.lists(FOREST_ROWS, max_size=4).flatmap(
            lambda rows: st.builds(
                forest,
                st.just(rows),
                effect=st.just("Odds ratio"),
                favours_left=WORDS,
                favours_right=WORDS,
                layout=st.just(layout),
            )
        ),
        st.builds(medians, groups(MedianRow), st.just("Months"), layout=st.just(layout)),
        st.builds(rates, groups(RateRow), layout=st.just(layout)),
    )
)


@given(DRAWINGS)
def test_any_rows_give_a_drawing_that_parses_and_lies_within_its_box(drawing):
    root = parsed(inline(drawing, id="any"))
    file = parsed(standalone(drawing, title="Any", notes=["Source"]))

    assert root.get("viewBox").startswith(f"0 0 {drawing.width:g} ")
    assert file.tag == f"{SVG}svg"
    for shape in drawing.shapes:
        left, right = edges(shape)
        assert left >= -0.01, shape
        assert right <= drawing.width + 0.01, shape


HOSTILE = '<script>alert(1)</script>" onload="x" & \0 style='


def hostile_drawing():
    return forest([ratio("0.61", "0.49", "0.77", label=HOSTILE, detail=HOSTILE, text=HOSTILE)], **EFFECT)


@pytest.mark.parametrize("write", ["inline", "standalone"])
def test_svg_holds_hostile_labels_as_text(write):
    drawing = hostile_drawing()

    if write == "inline":
        text = inline(drawing, id='a"b')
    else:
        text = standalone(drawing, title=HOSTILE, notes=[HOSTILE])

    root = parsed(text)
    names = {element.tag.removeprefix(SVG) for element in root.iter()}
    attributes = {name for element in root.iter() for name in element.attrib}
    assert names <= {"svg", "title", "desc", "line", "rect", "circle", "polygon", "path", "text", "tspan"}
    assert not {name for name in attributes if name.startswith("on")} | ({"style", "href"} & attributes)
    assert "<script>alert(1)</script>" in "".join(root.itertext())


def test_inline_svg_is_named_by_the_title_of_its_figure_and_the_data_in_words():
    drawing = forest([ratio("0.61", "0.49", "0.77")], **EFFECT)

    wide, narrow = parsed(inline(drawing, id="fig")), parsed(inline(drawing, id="fig", has_words=False))

    for root in (wide, narrow):
        assert root.get("role") == "img"
        assert root.get("aria-labelledby") == "fig-t fig-d"
    assert wide.find("desc").get("id") == "fig-d"
    assert wide.find("desc").text == "Progression-free survival: 0.61 (95% CI 0.49–0.77)"
    assert narrow.find("desc") is None


def test_inline_svg_draws_the_shapes_of_a_role_as_one_path():
    row = ratio("0.61", "0.49", "0.77")
    drawing = forest([row, row], **EFFECT)

    root = parsed(inline(drawing, id="fig"))

    roles = [path.get("class") for path in root.iter("path")]
    assert len(roles) == len(set(roles))
    assert roles.index("whisker") < roles.index("estimate")  # the square lies on its interval
    lefts = [(int(shape.x + 0.5), shape.y) for shape in shapes(drawing, "estimate")]
    squares = [f"M{x} {y:g}H{x + 10}v10H{x}z" for x, y in lefts]
    assert root.find("path[@class='estimate']").get("d") == "".join(squares)


def test_inline_svg_leaves_all_colours_to_the_page(settings):
    css = (settings.BASE_DIR / "static/css/figure.css").read_text(encoding="utf-8")

    text = inline(forest([ratio("0.61", "0.49", "0.77")], **EFFECT), id="fig")

    assert not re.search(r"(fill|stroke|color)=", text)
    assert [role for role in ROLES if not re.search(rf"\.{role}\b(?!-)", css)] == []


def test_standalone_svg_says_its_source_and_how_it_is_coloured():
    drawing = forest([ratio("0.61", "0.49", "0.77")], **EFFECT)

    text = standalone(drawing, title="Ratios", notes=["Source: Richardson et al. 2019.", "May be used."])

    root = parsed(text)
    said = [element.text for element in root.iter(f"{SVG}text")]
    assert (said[0], said[-2:]) == ("Ratios", ["Source: Richardson et al. 2019.", "May be used."])
    assert "class=" not in text
    assert root.get("viewBox").split()[2:] == [root.get("width"), root.get("height")]


def test_png_is_the_file_at_twice_its_size():
    file = standalone(
        forest([ratio("0.61", "0.49", "0.77")], **EFFECT), title="Ratios", notes=["Source ≥ 10⁻⁵"]
    )
    root = parsed(file)

    picture = Image.open(BytesIO(png(file)))

    assert picture.format == "PNG"
    assert picture.width == 2 * float(root.get("width"))
    assert (0x7A, 0x1B, 0x35) in {colour for _, colour in picture.convert("RGB").getcolors(1 << 20)}
