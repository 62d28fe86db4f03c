"""Whatever is signed: what we made is taken, what anybody changed is not."""

from datetime import UTC, datetime, timedelta

from hypothesis import assume, example, given
from hypothesis import strategies as st

from portal.lib.tokens import BadToken, check, make, subject_of

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
SUBJECTS = st.integers(0, 10**18 - 1)
TIMES = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))


def is_taken(token, purpose, state, now=NOW, max_age=None):
    try:
        check(token, purpose, state, now=now, max_age=max_age)
    except BadToken:
        return False
    return True


@given(TEXT, SUBJECTS, TEXT, TIMES)
def test_a_token_is_taken_for_what_it_was_made_for(purpose, subject, state, now):
    token = make(purpose, subject, state, now=now)

    assert is_taken(token, purpose, state, now)
    assert subject_of(token) == subject


@given(st.data())
def test_a_changed_token_is_never_taken(data):
    token = make("newsletter.leave", data.draw(SUBJECTS), "ada@hospital.example", now=NOW)
    start = data.draw(st.integers(0, len(token)))
    end = data.draw(st.integers(start, len(token)))
    changed = token[:start] + data.draw(TEXT) + token[end:]
    assume(changed != token)

    assert not is_taken(changed, "newsletter.leave", "ada@hospital.example")


@given(SUBJECTS, st.tuples(TEXT, TEXT), st.tuples(TEXT, TEXT))
@example(
    1, ("a", "b\nc"), ("a\nb", "c")
)  # the purpose ends where the state begins: purposes are ours, of one line
def test_a_token_is_taken_for_nothing_else(subject, made_for, used_for):
    purposes = made_for[0].replace("\n", ""), used_for[0].replace("\n", "")
    assume((purposes[0], made_for[1]) != (purposes[1], used_for[1]))
    token = make(purposes[0], subject, made_for[1], now=NOW)

    assert not is_taken(token, purposes[1], used_for[1])


@given(st.integers(0, 10**9), st.integers(1, 10**9))
def test_a_token_is_taken_as_long_as_it_may(age, allowed):
    token = make("newsletter.confirm", 1, "-", now=NOW)

    taken = is_taken(
        token, "newsletter.confirm", "-", NOW + timedelta(seconds=age), timedelta(seconds=allowed)
    )

    assert taken == (age <= allowed)


@given(st.text(max_size=300))
@example("1.2.ü" + "a" * 42)
@example("9" * 400 + ".1." + "a" * 43)
@example("\ud800.1.a")
def test_no_text_breaks_the_reading_of_a_token(text):
    assert not is_taken(text, "newsletter.leave", "ada@hospital.example")
