"""ISO 8601 as callers write it, to microseconds since 1970 and nothing lost on the way.

Accepted: a date, or a date and a time joined by `T` or a space, with or without seconds, a fraction of any length, and
an offset (`Z`, `+02:00`, `+0200`, `+02`). Without an offset it is UTC. A `+` that arrived as a space, because it was
not escaped in a URL, is understood. A leap second counts as the second after it; 24:00 as the next midnight.
"""

import re
from datetime import date

from expunct_server.ids import SECOND, Micros

_FORM = re.compile(
    r"(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)"
    r"(?:[Tt ](?P<hour>\d\d):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,](?P<fraction>\d{1,30}))?)?"
    r"(?:(?P<utc>[Zz])|(?P<sign>[+\- ])(?P<off_hour>\d\d):?(?P<off_minute>\d\d)?)?)?\Z",
    re.ASCII,
)
_EPOCH_DAY = date(1970, 1, 1).toordinal()


def parse(text: str) -> Micros:
    """The first microsecond at or after the moment that `text` names.

    Rounding up keeps half-open ranges exact: `created_at >= moment` and `created_at < moment` mean the same for the
    rounded value. The result may lie outside the years 1 to 9999 where an offset moves it there. Raises ValueError.
    """
    match = _FORM.match(text.strip())
    if match is None:
        raise ValueError("not an ISO 8601 date or time")
    part = match.groupdict(default="")
    day = date(int(part["year"]), int(part["month"]), int(part["day"])).toordinal() - _EPOCH_DAY
    seconds = day * 86_400 + _second_of_day(part["hour"], part["minute"], part["second"], part["fraction"])
    return (seconds - _offset(part["sign"], part["off_hour"], part["off_minute"])) * SECOND + _micros(part["fraction"])


def _second_of_day(hour: str, minute: str, second: str, fraction: str) -> int:
    h, m, s = int(hour or 0), int(minute or 0), int(second or 0)
    end_of_day = h == 24 and m == 0 and s == 0 and not fraction.strip("0")
    leap_second = s == 60 and m == 59
    if not (end_of_day or (h <= 23 and m <= 59 and (s <= 59 or leap_second))):
        raise ValueError("no such time of day")
    return h * 3600 + m * 60 + s


def _offset(sign: str, hour: str, minute: str) -> int:
    h, m = int(hour or 0), int(minute or 0)
    if h > 23 or m > 59:
        raise ValueError("no such offset")
    return (h * 3600 + m * 60) * (-1 if sign == "-" else 1)


def _micros(fraction: str) -> int:
    exact = int(fraction[:6].ljust(6, "0") or 0)
    return exact + (1 if fraction[6:].strip("0") else 0)
