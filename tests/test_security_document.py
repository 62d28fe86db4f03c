"""docs/security.md is kept true: its tests exist, and what is not met is said at its head."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs" / "security.md").read_text()
ROWS = re.findall(r"^\| (\d+\.\d+\.\d+)\S* \| .* \| (.+) \|$", TEXT, re.MULTILINE)
# Requirements of levels 1 and 2 in each chapter of version 5.0.0, but those of OAuth and WebRTC.
CHAPTERS = {
    1: 27,
    2: 11,
    3: 19,
    4: 10,
    5: 9,
    6: 35,
    7: 18,
    8: 7,
    9: 7,
    11: 14,
    12: 9,
    13: 13,
    14: 9,
    15: 13,
    16: 16,
}


def test_every_requirement_has_a_line():
    numbers = [number for number, _ in ROWS]
    counted = {chapter: sum(number.startswith(f"{chapter}.") for number in numbers) for chapter in CHAPTERS}

    assert len(numbers) == len(set(numbers))
    assert counted == CHAPTERS


def test_what_is_not_met_is_said_at_the_head():
    head = re.search(r"Not met, wholly or in part: (.*?)\.\n\n", TEXT, re.DOTALL)[1]

    assert set(re.findall(r"\d+\.\d+\.\d+", head)) == {number for number, how in ROWS if "not met" in how}


def test_every_line_says_how_it_stands():
    words = ("met", "not met", "does not apply: ", "operator")

    assert [number for number, how in ROWS if not how.startswith(words)] == []


def test_everything_that_is_named_exists():
    names = set(re.findall(r"`(test_\w+\.py)`", TEXT))
    paths = set(re.findall(r"`((?:tests|portal|accounts|articles|trials|deploy|demo)/[\w./]*)`", TEXT))
    functions = set(re.findall(r"`(test_\w+)`", TEXT))
    code = {path.name: path.read_text() for path in (ROOT / "tests").rglob("test_*.py")}

    assert len(names) > 40
    assert names - set(code) == set()
    assert {path for path in paths if not (ROOT / path).exists()} == set()
    assert {name for name in functions if not any(f"def {name}(" in text for text in code.values())} == set()
