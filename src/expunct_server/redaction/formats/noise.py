"""What looks like text in bytes that may be none, such as compressed pixels."""

import re
from collections.abc import Iterator
from typing import Final

from expunct_server.redaction.formats.isolated.work import Noise

# As long as the shortest value that is looked for there (removed.LEAST_IN_NOISE).
_RUN: Final = re.compile(rb"(?:[\x20-\x7e]|[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}){6,}")
_WIDE: Final = re.compile(rb"(?:\0[\x20-\x7e\xa0-\xff]){6,}|(?:[\x20-\x7e\xa0-\xff]\0){6,}")


def runs(data: bytes) -> Iterator[Noise]:
    """All that can be read, in bytes of one or two a letter."""
    for run in _RUN.findall(data):
        yield Noise(run.decode("utf-8", "replace"))
    for run in _WIDE.findall(data):
        yield Noise(run.decode("utf-16-be" if run[0] == 0 else "utf-16-le", "replace"))
