"""Cron lines: which are taken, and when they fire in their zone, also when the clocks change."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expunct_server import ids
from expunct_server.connectors import cron
from expunct_server.errors import Invalid

NEW_YORK = "America/New_York"  # 2026: forward on 8 March at 2:00, back on 1 November at 2:00


def moment(text: str) -> int:
    return ids.micros(datetime.fromisoformat(text).replace(tzinfo=UTC))


def fires(line: str, zone: str, since: str, number: int = 3) -> list[str]:
    """The next times of a line, as `month-day hour:minute` in UTC."""
    found, at = [], moment(since)
    for _ in range(number):
        at = cron.next_after(line, zone, at)
        found.append(ids.iso(at)[5:16])
    return found


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("", "has 0 fields"),
        ("* * * *", "has 4 fields"),
        ("0 * * * * *", "has 6 fields"),
        ("@daily", "has 1 fields"),
        ("60 * * * *", "the minute"),
        ("a * * * *", "the minute"),
        ("*/0 * * * *", "the minute"),
        ("5-1 * * * *", "the minute"),
        ("\u0661 * * * *", "ASCII"),
        ("* 24 * * *", "the hour"),
        ("* -1 * * *", "the hour"),
        ("* * 0 * *", "the day of the month"),
        ("* * 32 * *", "the day of the month"),
        ("* * * 13 *", "the month"),
        ("* * * FOO *", "the month"),
        ("* * * * 8", "the day of the week"),
        ("* * * * MON#6", "the day of the week"),
        ("0 0 30 2 *", "never fires"),
        ("0 0 31 4,6,9 *", "never fires"),
    ],
)
def test_a_line_that_cannot_be_read_or_never_fires_is_refused_with_its_field(line: str, says: str) -> None:
    with pytest.raises(Invalid) as refused:
        cron.checked_line(line)
    assert refused.value.code == "bad_cron"
    assert refused.value.errors[0].field == "schedule_cron"
    assert says in refused.value.detail


@pytest.mark.parametrize("name", ["", "Mars/Olympus", "../etc/passwd", "America", "europe/berlin", "localtime", "CEST"])
def test_a_zone_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(Invalid) as refused:
        cron.checked_zone(name)
    assert refused.value.code == "bad_timezone"


@pytest.mark.parametrize(
    ("line", "zone", "since", "expected"),
    [
        ("0 3 * * *", "UTC", "2026-01-01T03:00", ["01-02 03:00", "01-03 03:00", "01-04 03:00"]),
        ("*/20 * * * *", "UTC", "2026-01-01T03:01", ["01-01 03:20", "01-01 03:40", "01-01 04:00"]),
        ("0 0 * * mon", "Europe/Berlin", "2026-01-01T00:00", ["01-04 23:00", "01-11 23:00", "01-18 23:00"]),
        ("30 9 * * *", "Asia/Kolkata", "2026-01-01T00:00", ["01-01 04:00", "01-02 04:00", "01-03 04:00"]),
        ("0 0 29 2 *", "UTC", "2026-01-01T00:00", ["02-29 00:00", "02-29 00:00", "02-29 00:00"]),
        ("0 0 L * *", "UTC", "2026-01-01T00:00", ["01-31 00:00", "02-28 00:00", "03-31 00:00"]),
        # The hour from 2:00 does not exist: once, at the first minute that does; the day after as ever.
        ("30 2 * * *", NEW_YORK, "2026-03-08T06:00", ["03-08 07:00", "03-09 06:30", "03-10 06:30"]),
        ("0,30 2 * * *", NEW_YORK, "2026-03-08T06:00", ["03-08 07:00", "03-09 06:00", "03-09 06:30"]),
        ("*/30 * * * *", NEW_YORK, "2026-03-08T06:30", ["03-08 07:00", "03-08 07:30", "03-08 08:00"]),
        # The hour from 1:00 comes twice: fixed hours once, passing hours both times.
        ("30 1 * * *", NEW_YORK, "2026-11-01T05:00", ["11-01 05:30", "11-02 06:30", "11-03 06:30"]),
        ("45 1 * * *", NEW_YORK, "2026-11-01T06:30", ["11-02 06:45", "11-03 06:45", "11-04 06:45"]),
        ("30 * * * *", NEW_YORK, "2026-11-01T05:00", ["11-01 05:30", "11-01 06:30", "11-01 07:30"]),
        ("0 2 * * *", NEW_YORK, "2026-11-01T04:00", ["11-01 07:00", "11-02 07:00", "11-03 07:00"]),
    ],
)
def test_a_line_fires_by_the_clock_of_its_zone(line: str, zone: str, since: str, expected: list[str]) -> None:
    assert fires(cron.checked_line(line), cron.checked_zone(zone), since) == [
        each.replace(" ", "T") for each in expected
    ]


@pytest.mark.parametrize(
    ("line", "first", "now", "at", "missed"),
    [
        ("0 3 * * *", "2026-01-01T03:00", "2026-01-01T03:00", "2026-01-01T03:00", 0),
        ("0 3 * * *", "2026-01-01T03:00", "2026-01-01T09:00", "2026-01-01T03:00", 0),
        ("0 3 * * *", "2026-01-01T03:00", "2026-01-04T02:59", "2026-01-03T03:00", 2),
        ("0 3 * * *", "2026-01-01T03:00", "2026-01-04T03:00", "2026-01-04T03:00", 3),
        ("0 0 1 * *", "2026-01-01T00:00", "2026-06-15T00:00", "2026-06-01T00:00", 5),
        ("* * * * *", "2026-01-01T00:00", "2026-01-01T16:39", "2026-01-01T16:39", 999),
        ("* * * * *", "2026-01-01T00:00", "2026-03-01T00:00", "2026-03-01T00:00", cron.MOST_MISSED),
    ],
)
def test_what_was_missed_is_counted_and_the_latest_time_is_due(
    line: str, first: str, now: str, at: str, missed: int
) -> None:
    assert cron.due(line, "UTC", moment(first), moment(now)) == cron.Due(moment(at), missed)


_part = st.sampled_from(["*", "0", "30", "*/15", "10-20", "5,50"])
_hours = st.sampled_from(["*", "0", "1", "2", "*/2", "1-3", "23"])
_days = st.sampled_from(["* * *", "1 * *", "* * 0", "15 6 *", "* 3,11 *", "L * *"])
_zone = st.sampled_from(
    ["UTC", "Europe/Berlin", NEW_YORK, "Australia/Lord_Howe", "Asia/Kathmandu", "America/Sao_Paulo"]
)
_moments = st.integers(moment("2025-01-01T00:00"), moment("2028-01-01T00:00"))


@given(_part, _hours, _days, _zone, _moments)
def test_the_next_time_lies_ahead_and_matches_the_clock_of_the_zone(
    minutes: str, hours: str, days: str, zone: str, since: int
) -> None:
    line = cron.checked_line(f"{minutes} {hours} {days}")
    found = cron.next_after(line, zone, since)
    assert found > since
    local = datetime.fromtimestamp(found // ids.SECOND, UTC).astimezone(ZoneInfo(zone))
    was_shifted = (
        local.utcoffset() != datetime.fromtimestamp(found // ids.SECOND - 60, UTC).astimezone(local.tzinfo).utcoffset()
    )
    assert was_shifted or (_matches(minutes, local.minute) and _matches(hours, local.hour))
    assert (local.second, found % ids.SECOND) == (0, 0)


def _matches(field: str, value: int) -> bool:
    if field.startswith("*"):
        return value % int(field.partition("/")[2] or 1) == 0
    first, dash, last = field.partition("-")
    return int(first) <= value <= int(last) if dash else value in map(int, field.split(","))
