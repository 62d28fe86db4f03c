"""When two numbers of the registry and ours contradict each other."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from trials.models import RegistrySuggestion
from trials.registry.comparing import Cut, Frame, Ours, Said, judge
from trials.registry.numbers import Bounds, Number

D = Decimal


def bounds(lower, upper):
    return Bounds(Number.read(lower), Number.read(upper))


SAID = Said(
    path="x", subject="", says="", number="NCT01234567", topic="os", form="value interval",
    arms=frozenset({1}), frame=Frame(None, frozenset({date(2022, 5, 13)})), population="itt",
    counted={1: 200}, unit="months", parameter="median", level=D(95), sides=2,
    content=bounds("31.04", "39.92"),
)  # fmt: skip
OURS = Ours(
    text="ours", result=1, numbers=frozenset({"NCT01234567"}), topic="os", form="value interval",
    arms=frozenset({1}), cut=Cut(None, date(2022, 5, 13), D("24.0")), population="itt",
    counted={1: 200}, unit="months", parameter="median", level=D("95.0"), sides=2,
    content=bounds("31.0", "38.8"),
)  # fmt: skip
DIFFERENT = [
    ({"number": "NCT07654321"}, "nct"),
    ({"arms": frozenset()}, "arm"),
    ({"frame": Frame(None, frozenset({date(2021, 1, 1)}))}, "time"),
    ({"frame": Frame()}, "time"),
    ({"frame": Frame(D(24), frozenset({date(2022, 5, 13)}))}, "time"),
    ({"frame": None}, "time"),
    ({"population": ""}, "population"),
    ({"population": "safety"}, "population"),
    ({"counted": {1: 150}}, "population"),
    ({"unit": "weeks"}, "unit"),
    ({"parameter": "mean"}, "parameter"),
    ({"assessor": "irc"}, "parameter"),
    ({"level": D(99)}, "level"),
    ({"level": None}, "level"),
    ({"sides": 1}, "sides"),
    ({"sides": None}, "sides"),
]


@pytest.mark.parametrize(("change", "key"), DIFFERENT, ids=range(len(DIFFERENT)))
def test_numbers_of_different_things_are_no_mismatch(change, key):
    judged = judge(replace(SAID, **change), [OURS])

    assert (judged.verdict, judged.keys, judged.ours) == ("not_comparable", (key,), OURS)


def test_numbers_of_the_same_thing_that_differ_are_a_mismatch():
    judged = judge(SAID, [OURS])

    assert (judged.verdict, judged.keys) == ("mismatch", ())


def test_all_keys_that_differ_are_named_in_their_order():
    changes = {name: value for change, _ in DIFFERENT for name, value in change.items()}

    judged = judge(replace(SAID, **changes), [OURS])

    assert judged.keys == tuple(RegistrySuggestion.Key)


def test_follow_up_names_the_cut_where_no_date_does():
    by_follow_up = replace(SAID, frame=Frame(None, frozenset(), frozenset({D(24)})))

    assert judge(by_follow_up, [OURS]).verdict == "mismatch"


def test_both_without_a_population_are_not_comparable():
    judged = judge(replace(SAID, population=""), [replace(OURS, population="")])

    assert judged.keys == ("population",)


def test_row_that_matches_is_chosen_among_several():
    rows = [replace(OURS, cut=Cut(None, None, None)), OURS, replace(OURS, content=bounds("31.0", "39.9"))]

    judged = judge(SAID, rows)

    assert (judged.verdict, judged.ours) == ("match", rows[2])


@pytest.mark.parametrize("change", [{"topic": "pfs"}, {"form": "value"}, {"arms": frozenset({2})}])
def test_what_no_row_of_ours_is_about_is_only_in_the_registry(change):
    judged = judge(replace(SAID, **change), [OURS])

    assert (judged.verdict, judged.keys, judged.ours) == ("only_in_registry", (), None)


def test_ratio_of_the_arms_exchanged_is_no_mismatch():
    pair = {"form": "comparison", "parameter": "hazard_ratio", "level": None, "sides": None, "unit": ""}
    said = replace(SAID, **pair, content=Number.read("1.64"))
    ours = replace(OURS, **pair, content=Number.of(D("0.61")))

    assert judge(said, [ours]).keys == ("arm",)
    assert judge(replace(said, content=Number.read("1.46")), [ours]).verdict == "mismatch"
