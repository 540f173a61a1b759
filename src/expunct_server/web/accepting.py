"""Which of several representations a request is to get: its Accept header, read as RFC 9110 section 12.5.1 has it."""

import re
from collections.abc import Iterator

from starlette.requests import Request

JSON = "application/json"
_QUALITY = re.compile(r"(?:0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)\Z", re.ASCII)
VARY = {"Vary": "Accept"}  # for every answer that was chosen so: or a cache hands the one out for the other


def prefers(request: Request, other: str) -> bool:
    """Whether the client rather has the media type `other` than JSON, which it gets where it likes both as well."""
    ranges = list(_ranges(",".join(request.headers.getlist("accept"))))
    return _quality(other, ranges) > _quality(JSON, ranges)


def _ranges(header: str) -> Iterator[tuple[str, float]]:
    """Media ranges in lower case and their quality; those that are malformed are left out, parameters ignored."""
    for each in header.split(","):
        media, *parameters = (part.strip().lower() for part in each.split(";"))
        said = [value.strip() for name, _, value in (one.partition("=") for one in parameters) if name.strip() == "q"]
        if media and all(_QUALITY.match(one) for one in said):
            yield media, float(said[0]) if said else 1.0


def _quality(media: str, ranges: list[tuple[str, float]]) -> float:
    """What the most specific range that the type falls under says of it; 0 where there is none."""
    for name in (media, f"{media.partition('/')[0]}/*", "*/*"):
        if found := [quality for each, quality in ranges if each == name]:
            return max(found)
    return 0.0
