"""The style guide shows the parts that pages are made of, from the same templates."""

from tests.trials.factories import make_trial
from trials.derive import redraw

GUIDE = "/styleguide/"


def test_guide_is_for_staff(member, editor):
    assert [client.get(GUIDE).status_code for client in (member, editor)] == [403, 200]


def test_guide_works_before_there_is_any_trial(editor):
    assert "No trial has results yet." in editor.get(GUIDE).content.decode()


def test_guide_shows_each_part_of_a_trial(editor):
    for setting in ("NDMM", "RRMM"):
        redraw(make_trial(setting=setting))

    page = editor.get(GUIDE).content.decode()

    section = page[page.index("guide-trials") :]
    for part in (
        "at a glance",
        "Newer data exist",
        "Results by arm",
        '<svg class="drawing',
        "The numbers as a table",
        "Side by side is not head to head",
        "compare__mark",
        "different outlooks",
    ):
        assert part in section
