"""Word documents (ECMA-376 part 1, WordprocessingML)."""

import re
from collections.abc import Iterator
from typing import Final

from expunct_server.redaction.formats.isolated.work import Work
from expunct_server.redaction.formats.office import package, parts, reading, redacting, styles

_NUMBERED: Final = re.compile(r"(?:^|/)([A-Za-z]+)(\d*)\.\w+$")
_PLACES: Final = {
    "document": "body", "core": "properties", "app": "properties", "custom": "custom properties", "item": "data",
}  # fmt: skip


def redact(work: Work) -> None:
    if not package.is_empty(work.source):
        redacting.redact(parts.opened(work, "word", place_of), styles.prepared)


def texts(work: Work) -> Iterator[str]:
    yield from reading.texts(work, place_of)


def place_of(name: str) -> str:
    """What people call a part: `header 1`, `footnotes`, `body`."""
    match = _NUMBERED.search(name)
    if match is None:
        return "document" if not name else f"part {name}"
    word = _PLACES.get(match[1], match[1])
    return f"{word} {match[2]}" if match[2] else word
