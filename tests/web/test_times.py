"""ISO 8601 to microseconds, exactly."""

from datetime import UTC, datetime, timedelta, timezone
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expunct_server import ids
from expunct_server.web.times import parse

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
naive = st.datetimes(min_value=datetime(1, 1, 1), max_value=datetime(9999, 12, 31, 23, 59, 59, 999999))  # noqa: DTZ001
offsets = st.integers(-23 * 60 - 59, 23 * 60 + 59)


@given(naive, offsets, st.sampled_from("Tt "), st.sampled_from(["{:02d}:{:02d}", "{:02d}{:02d}"]))
def test_a_moment_with_an_offset_is_that_moment(moment: datetime, minutes: int, joint: str, form: str) -> None:
    sign = "-" if minutes < 0 else "+"
    text = moment.isoformat(joint, timespec="microseconds") + sign + form.format(*divmod(abs(minutes), 60))
    local = (moment.replace(tzinfo=UTC) - EPOCH) // timedelta(microseconds=1)
    assert parse(text) == local - minutes * ids.MINUTE
    assert parse(text.replace("+", " ")) == parse(text)  # a plus that was not escaped


@given(naive)
def test_without_an_offset_it_is_utc(moment: datetime) -> None:
    expected = (moment.replace(tzinfo=UTC) - EPOCH) // timedelta(microseconds=1)
    text = moment.isoformat(timespec="microseconds")
    assert parse(text) == parse(text + "Z") == parse(text + "z") == parse(f"  {text}+00:00 ") == expected
    assert parse(moment.date().isoformat()) == expected - expected % (86_400 * ids.SECOND)


@given(naive)
def test_what_we_write_we_read(moment: datetime) -> None:
    micros = ids.micros(moment.replace(tzinfo=UTC))
    assert parse(ids.iso(micros)) == micros


@given(st.integers(0, 59), st.text("0123456789", min_size=1, max_size=30))
def test_a_fraction_is_rounded_up_so_that_ranges_stay_exact(second: int, digits: str) -> None:
    exact = (second + Fraction(int(digits), 10 ** len(digits))) * ids.SECOND
    found = parse(f"1970-01-01T00:00:{second:02d}.{digits}Z")
    assert found - 1 < exact <= found


@given(st.text(max_size=40))
def test_anything_else_is_a_value_error(text: str) -> None:
    try:
        found = parse(text)
    except ValueError:
        return
    assert isinstance(found, int)
    assert text.strip()[:10].isascii() and text.strip()[4] == text.strip()[7] == "-"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000000Z"),
        ("2016-12-31T23:59:60.9Z", "2017-01-01T00:00:00.900000Z"),
        ("2017-01-01T00:59:60+01:00", "2017-01-01T00:00:00.000000Z"),
        ("2016-12-31T24:00", "2017-01-01T00:00:00.000000Z"),
        ("2016-12-31T24:00:00.000-05:00", "2017-01-01T05:00:00.000000Z"),
        ("2016-02-29", "2016-02-29T00:00:00.000000Z"),
        ("0001-01-01", "0001-01-01T00:00:00.000000Z"),
        ("9999-12-31T23:59:59.999999", "9999-12-31T23:59:59.999999Z"),
    ],
)
def test_the_edges_of_the_calendar(text: str, expected: str) -> None:
    assert ids.iso(parse(text)) == expected


@pytest.mark.parametrize("text", ["2015-02-29", "2016-12-31T24:00:00.1", "2016-12-31T23:58:60", "2016-12-31T24:01"])
def test_moments_that_do_not_exist_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"no such time of day|day is out of range"):
        parse(text)


def test_an_offset_is_applied_in_the_right_direction() -> None:
    there = datetime(2026, 2, 1, 12, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    assert parse("2026-02-01T12:00:00+05:30") == ids.micros(there)
