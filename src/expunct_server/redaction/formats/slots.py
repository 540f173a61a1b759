"""Structured documents as raw text with slots in it: values are redacted many at a time, the rest is copied."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from expunct_server.redaction.findings import Finding
from expunct_server.redaction.formats.common import Job
from expunct_server.redaction.formats.isolated.forms import Redacted, Text
from expunct_server.redaction.formats.searching import Searching

BATCH: Final = 60_000
"""Code points of values that are searched together."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A value in its place. `write` gives its new raw form; `location` where findings in it are, asked when needed;
    `done` hears what became of the value."""

    before: str = field(repr=False)
    raw: str = field(repr=False)
    value: Text
    write: Callable[[str, Redacted], str]
    location: Callable[[], str]
    done: Callable[[Redacted], None] | None = None


@dataclass(slots=True)
class Slots:
    """Collects slots and raw text in order, and writes them out when there is enough to search."""

    out: Callable[[str], None]
    job: Job
    flushed: Callable[[int], None]
    """Told how many code points of the source were written out."""
    waiting: list[Slot] = field(default_factory=list)
    raw: list[str] = field(default_factory=list)
    size: int = 0
    done: int = 0
    """Code points of the source that were written out."""

    def keep(self, raw: str) -> None:
        """Raw text that stays as it is."""
        self.raw.append(raw)
        self.size += len(raw)
        if self.size > BATCH and not self.waiting:
            self.flush()

    def add(self, raw: str, value: Text, write: Callable[[str, Redacted], str], location: Callable[[], str],
            done: Callable[[Redacted], None] | None = None) -> None:  # fmt: skip
        """A value to be redacted, after the raw text kept so far."""
        self.waiting.append(Slot("".join(self.raw), raw, value, write, location, done))
        self.raw = []
        self.size += len(raw)
        if self.size > BATCH:
            self.flush()

    def flush(self) -> None:
        """Searches and writes everything collected."""
        searching = Searching(self.job)
        made = searching.redacted([slot.value for slot in self.waiting])
        for slot, redacted, found in zip(self.waiting, made, searching.found, strict=True):
            self.out(slot.before)
            self.out(slot.write(slot.raw, redacted) if redacted.edits else slot.raw)
            if slot.done:
                slot.done(redacted)
            for finding in found:
                self.job.tally.add(finding.placed(_location(slot, finding)))
        self.out("".join(self.raw))
        self.done += self.size
        self.waiting, self.raw, self.size = [], [], 0
        self.flushed(self.done)


def _location(slot: Slot, finding: Finding) -> str:
    """A finding in a file has a place in that."""
    return f"{slot.location()}, {finding.location}" if finding.location else slot.location()
