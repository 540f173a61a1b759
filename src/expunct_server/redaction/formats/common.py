"""What every document format shares: the error, the summary, and counting what is found."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import BinaryIO, Final

from expunct_server.redaction.findings import Finding
from expunct_server.redaction.formats.isolated.kept import Kept
from expunct_server.redaction.formats.isolated.limits import DEFAULT, Budget, Limits
from expunct_server.redaction.llm import Used
from expunct_server.redaction.plan import Plan
from expunct_server.redaction.removed import Removed

Emit = Callable[[Finding], None]
Progress = Callable[[int], None]
"""Called with the number of source bytes consumed so far."""

UNREAD: Final = frozenset(
    {"binary_content", "encrypted", "invalid_encoding", "invalid_json", "nested_too_deep", "unreadable"}
    | {"unreadable_text", "unsupported_format"}
)
"""Codes of documents that cannot be read, whoever has how much time and memory: an archive or a message can be without
them, and takes them out whole. All other codes are of what holds for everything that is inside a document together."""
MOST_NOTES: Final = 50
_PLACES: Final = 10
_MOST_NUMBERS: Final = 40
_MORE: Final = "There is more to be noted than is shown here."


class DocumentError(Exception):
    """A document that cannot be redacted; trying again will not help.

    `code` is for machines; `detail` is one plain sentence, without square brackets and without the document's text.
    """

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail.replace("[", "(").replace("]", ")")


class TooManyFiles(DocumentError):
    """More files stand in the texts of a document than are read: no reason to take out those that are too many."""


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
    """Passes findings on and counts them; collects notes, unless it passes them on too (`tell`)."""

    emit: Emit
    tell: Callable[[str, str], None] | None = None
    counts: Counter[str] = field(default_factory=Counter)
    _notes: dict[str, list[str]] = field(default_factory=dict)  # places by sentence
    _has_more: bool = False

    def add(self, finding: Finding) -> None:
        self.counts[finding.entity_type] += 1
        self.emit(finding)

    def below(self, place: str) -> "Tally":
        """A tally for a document inside this one, whose findings count here too."""

        def emit(finding: Finding) -> None:
            self.add(finding.placed(f"{place}, {finding.location}" if finding.location else place))

        return Tally(emit, lambda sentence, below: self.note(sentence, f"{place}, {below}" if below else place))

    def note(self, sentence: str, place: str = "") -> None:
        """Take in what the reader of the report has to know of this document, or of one inside it at `place`."""
        if self.tell is not None:
            self.tell(sentence, place)
        elif sentence in self._notes or len(self._notes) < MOST_NOTES:
            places = self._notes.setdefault(sentence, [])
            if place not in places and len(places) <= _PLACES:
                places.append(place)
        else:
            self._has_more = True

    def noted(self) -> tuple[str, ...]:
        """All notes, each once, with the places inside that they are about."""
        said = [
            sentence if "" in places else f"{_joined(places)}: {sentence}" for sentence, places in self._notes.items()
        ]
        return (*said, *((_MORE,) if self._has_more else ()))

    @property
    def notes(self) -> tuple[tuple[str, str], ...]:
        """Sentences and places, for `note`."""
        return tuple((sentence, place) for sentence, places in self._notes.items() for place in places)

    def summary(self, media_type: str, encoding: str, plan: Plan) -> Summary:
        counts = dict(sorted(self.counts.items()))
        return Summary(
            sum(counts.values()),
            counts,
            media_type,
            encoding,
            plan.notes + self.noted(),
            tuple(each.version for each in plan.readers),
        )


def in_words(numbers: Sequence[int]) -> str:
    """Ascending numbers in words, in a bounded length: `2, 5-9, 12 and 30 more`."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    said = ", ".join(f"{a}" if a == b else f"{a}-{b}" for a, b in runs[:_MOST_NUMBERS])
    more = sum(b - a + 1 for a, b in runs[_MOST_NUMBERS:])
    return f"{said} and {more} more" if more else said


def _joined(places: list[str]) -> str:
    said = "; ".join(places[:_PLACES]) + (" and others" if len(places) > _PLACES else "")
    return said[:1].upper() + said[1:]


@dataclass(frozen=True, slots=True)
class Job:
    """One document on its way: where it is read from, where it is written to, and how.

    `name` is its file name, if it has one. A document inside another has a `depth` above 0; `is_survey` says that it is
    read for what it holds alone. `budget`, what is `kept` and `password`, which opens encrypted ones, are shared by all
    of them; `digest` is that of its bytes (`isolated.kept`), for one inside another. `inner` redacts a job from
    `inside`; None in a survey of names, which looks into no files.
    """

    source: BinaryIO
    target: BinaryIO
    media_type: str
    plan: Plan
    tally: Tally
    progress: Progress
    name: str | None = None
    depth: int = 0
    is_survey: bool = False
    limits: Limits = DEFAULT
    budget: Budget = field(default_factory=DEFAULT.budget)
    kept: Kept = field(default_factory=Kept)
    digest: bytes = b""
    password: str | None = field(default=None, repr=False)
    inner: "Callable[[Job], None] | None" = None

    @property
    def removed(self) -> Removed:
        """The values that this document has to lose, and all that are inside it or around it."""
        assert self.plan.known is not None  # a plan for a document has them
        return self.plan.known.removed

    def carry(self, readings: int) -> None:
        """Count a file that stands in a text for so many of the two readings. Raises TooManyFiles."""
        self.budget.carried -= readings
        if self.budget.carried < 0:
            raise TooManyFiles(
                "too_large", f"The texts of a document may hold {self.limits.members:,} files: split it."
            )

    def inside(
        self, source: BinaryIO, target: BinaryIO, name: str, place: str, *, size: int, plan: Plan, is_survey: bool
    ) -> "Job":
        """A job for a document inside this one; what is found there is placed below `place`. Raises DocumentError."""
        if self.depth >= self.limits.depth:
            raise DocumentError(
                "nested_too_deep",
                f"Documents may be {self.limits.depth} deep inside each other: send deeper ones on their own.",
            )
        self.budget.unpacked -= size
        if self.budget.unpacked < 0:
            raise DocumentError(
                "too_large", f"What is inside the document may have {self.limits.unpacked:,} bytes in all: split it."
            )
        tally = Tally(lambda f: self.removed.learn([f])) if is_survey else self.tally.below(place)
        return replace(
            self,
            source=source,
            target=target,
            plan=plan,
            tally=tally,
            progress=lambda _: None,
            name=name,
            depth=self.depth + 1,
            is_survey=is_survey,
        )
