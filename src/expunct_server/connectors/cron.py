"""Schedules: five cron fields read in an IANA time zone.

The library `cronsim` says when a line fires, as Debian's cron would: a line with fixed hours fires once on the day the
clocks change (at the first minute there is when its own is left out), one with `*` in minutes or hours fires by the
hours that pass. Moments are microseconds since 1970 on both sides.
"""

import zoneinfo
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import islice, takewhile

from cronsim import CronSim, CronSimError

from expunct_server import ids
from expunct_server.errors import FieldError, Invalid

_FIELDS = {
    "minute": "the minute (0 to 59)",
    "hour": "the hour (0 to 23)",
    "day-of-month": "the day of the month (1 to 31)",
    "month": "the month (1 to 12 or JAN to DEC)",
    "day-of-week": "the day of the week (0 to 7 or SUN to SAT)",
}
_HOST_DEPENDENT = frozenset({"localtime", "Factory"})
MOST_MISSED = 1000  # counted; an outage can be long and a line can fire every minute
# How far back the latest time is looked for, the cheapest way first: a line that fires often fired lately.
_WINDOWS = (timedelta(hours=1), timedelta(days=1), timedelta(days=31))


@dataclass(frozen=True, slots=True)
class Due:
    """The latest time that a schedule named, and how many earlier ones nothing was started for."""

    at: ids.Micros
    missed: int


def checked_line(line: str) -> str:
    """The cron line with one space between its fields. Raises `Invalid`, code `bad_cron`, which says what is wrong."""
    parts = line.split()
    if len(parts) != len(_FIELDS):
        raise _bad(f"has {len(parts)} fields and needs five: minute, hour, day of month, month, day of week")
    if not line.isascii():
        raise _bad("may hold ASCII characters only")
    tidy = " ".join(parts)
    try:
        next(CronSim(tidy, datetime(2000, 1, 1, tzinfo=UTC)))
    except CronSimError as error:
        _, _, name = str(error).partition("Bad ")
        raise _bad(f"cannot be read or never fires: look at {_FIELDS.get(name, 'its fields')}") from None
    except StopIteration:
        raise _bad("never fires: there is no such day") from None
    return tidy


def _bad(message: str) -> Invalid:
    return Invalid(f"schedule_cron {message}.", code="bad_cron", errors=(FieldError("schedule_cron", message),))


def checked_zone(name: str) -> str:
    """The IANA time zone's name. Raises `Invalid`, code `bad_timezone`."""
    if name not in _zones():
        message = "must be the name of an IANA time zone such as UTC or Europe/Berlin"
        raise Invalid(
            f"schedule_timezone {message}.", code="bad_timezone", errors=(FieldError("schedule_timezone", message),)
        )
    return name


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones()) - _HOST_DEPENDENT


def next_after(line: str, zone: str, moment: ids.Micros) -> ids.Micros:
    """The first time after `moment` that a checked line names."""
    return next(_times(line, zone, moment))


def due(line: str, zone: str, first: ids.Micros, moment: ids.Micros) -> Due:
    """What is due at `moment` when nothing was started since `first`, itself a time of the line that has come."""
    at = _latest(line, zone, first, moment)
    earlier = takewhile(lambda each: each < at, _times(line, zone, first - 1))
    return Due(at, sum(1 for _ in islice(earlier, MOST_MISSED)))


def _latest(line: str, zone: str, first: ids.Micros, moment: ids.Micros) -> ids.Micros:
    for window in (*_WINDOWS, None):
        since = first - 1 if window is None else max(first - 1, moment - ids.SECOND * int(window.total_seconds()))
        found = max(takewhile(lambda each: each <= moment, _times(line, zone, since)), default=None)
        if found is not None:
            return found
    return first  # the zone's rules changed since it was reckoned


def _times(line: str, zone: str, moment: ids.Micros) -> Iterator[ids.Micros]:
    """Ascending, all after `moment`, each once."""
    last = moment
    for each in CronSim(line, _local(zone, moment)):
        # The library starts from the clock's face: in the hour that comes twice it also gives times of the first one,
        # and times that are left out in spring all come at the same minute.
        if (found := ids.micros(each)) > last:
            yield found
            last = found


def _local(zone: str, moment: ids.Micros) -> datetime:
    seconds, micros = divmod(moment, ids.SECOND)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=micros).astimezone(zoneinfo.ZoneInfo(zone))
