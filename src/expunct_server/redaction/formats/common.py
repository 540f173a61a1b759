"""What every document format shares: the error, the summary, and counting what is found."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import BinaryIO

from expunct_server.redaction.findings import Finding
from expunct_server.redaction.llm import Used
from expunct_server.redaction.plan import Plan

Emit = Callable[[Finding], None]
Progress = Callable[[int], None]
"""Called with the number of source bytes consumed so far."""


class DocumentError(Exception):
    """A document that cannot be redacted; trying again will not help.

    `code` is for machines; `detail` is one plain sentence, without square brackets and without the document's text.
    """

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail.replace("[", "(").replace("]", ")")


class UnsupportedFormat(DocumentError):
    """A kind of document that is not read; the sentence says what it looks like and which kinds are."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What was done to a document. `counts` are by entity type and add up to `findings_count`.

    `models` are the models that had a part, with their versions; `llm` is whom its text was sent to.
    """

    findings_count: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    media_type: str = ""
    encoding: str = ""
    notes: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    llm: Used | None = None


@dataclass(slots=True)
class Tally:
    """Passes findings on and counts them."""

    emit: Emit
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, finding: Finding) -> None:
        self.counts[finding.entity_type] += 1
        self.emit(finding)

    def summary(self, media_type: str, encoding: str, plan: Plan) -> Summary:
        counts = dict(sorted(self.counts.items()))
        return Summary(
            sum(counts.values()), counts, media_type, encoding, plan.notes, tuple(each.version for each in plan.readers)
        )


@dataclass(frozen=True, slots=True)
class Job:
    """One document on its way: where it is read from, where it is written to, and how."""

    source: BinaryIO
    target: BinaryIO
    media_type: str
    plan: Plan
    tally: Tally
    progress: Progress
