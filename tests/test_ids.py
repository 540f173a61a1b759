"""Identifiers and times: their form, that they never meet, and that nothing is lost between a number and ISO 8601."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expunct_server import ids
from expunct_server.web import times

PREFIXES = get_args(ids.Prefix)
FIRST = ids.micros(datetime(1, 1, 1, tzinfo=UTC))
LAST = ids.micros(datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC))
MOMENTS = st.integers(FIRST, LAST)


@pytest.mark.parametrize("prefix", PREFIXES)
def test_an_identifier_is_its_prefix_and_26_characters(prefix: ids.Prefix) -> None:
    assert re.fullmatch(rf"{prefix}_[0-7][0-9abcdefghjkmnpqrstvwxyz]{{25}}", ids.new(prefix))


def test_identifiers_never_meet() -> None:
    def make(_: int) -> list[str]:
        return [ids.new("evt") for _ in range(1_000)]

    with ThreadPoolExecutor(8) as pool:
        made = [each for some in pool.map(make, range(20)) for each in some]
    assert len(set(made)) == len(made) == 20_000


def test_neighbours_in_time_are_neighbours_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    moments = [0, 1, 999, 1_700_000_000_000, 1_700_000_000_001, 2**48 - 1]
    made = []
    for moment in moments:
        monkeypatch.setattr(ids.time, "time_ns", lambda moment=moment: moment * 1_000_000)
        made.append(ids.new("job"))
    assert made == sorted(made)
    assert made[0].startswith("job_0000000000") and made[-1].startswith("job_7zzzzzzzzz")


def test_what_follows_the_time_is_random(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ids.time, "time_ns", lambda: 1_700_000_000_000_000_000)
    made = [ids.new("key") for _ in range(1_000)]
    assert len({each[:14] for each in made}) == 1
    assert all(len({each[position] for each in made}) == 32 for position in range(15, 30))


def test_an_unknown_kind_is_a_mistake_that_types_find() -> None:
    assert len(set(PREFIXES)) == len(PREFIXES) and all(re.fullmatch(r"[a-z]{3,10}", each) for each in PREFIXES)


# --- times ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("moment", "written"),
    [
        (0, "1970-01-01T00:00:00.000000Z"),
        (1, "1970-01-01T00:00:00.000001Z"),
        (-1, "1969-12-31T23:59:59.999999Z"),
        (FIRST, "0001-01-01T00:00:00.000000Z"),
        (LAST, "9999-12-31T23:59:59.999999Z"),
        (951_782_400 * ids.SECOND, "2000-02-29T00:00:00.000000Z"),
    ],
)
def test_times_at_the_edges(moment: int, written: str) -> None:
    assert ids.iso(moment) == written
    assert times.parse(written) == moment


@given(MOMENTS)
def test_a_time_survives_being_written_and_read(moment: int) -> None:
    assert times.parse(ids.iso(moment)) == moment


@given(MOMENTS, MOMENTS)
def test_text_order_is_time_order(one: int, other: int) -> None:
    assert (ids.iso(one) < ids.iso(other)) == (one < other)
    assert (ids.iso(one) == ids.iso(other)) == (one == other)


@given(MOMENTS)
def test_the_form_is_always_the_same(moment: int) -> None:
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", ids.iso(moment), re.ASCII)
    assert datetime.fromisoformat(ids.iso(moment)) - datetime(1970, 1, 1, tzinfo=UTC) == timedelta(microseconds=moment)


@given(st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30)), st.integers(-1439, 1439))  # noqa: DTZ001
def test_an_offset_is_taken_into_account_exactly(local: datetime, minutes: int) -> None:
    moment = local.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    assert ids.iso(ids.micros(moment)) == moment.astimezone(UTC).strftime("%Y-").rjust(5, "0") + moment.astimezone(
        UTC
    ).strftime("%m-%dT%H:%M:%S.%fZ")
    assert times.parse(moment.isoformat()) == ids.micros(moment)


def test_no_time_is_written_as_none() -> None:
    assert ids.iso_or_none(None) is None
    assert ids.iso_or_none(0) == "1970-01-01T00:00:00.000000Z"


def test_now_is_a_whole_number_of_this_century() -> None:
    assert ids.iso(ids.now())[:2] == "20"
