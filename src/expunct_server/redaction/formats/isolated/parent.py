"""The side that keeps the plan: starts a document's process, searches what it asks about, and ends it.

Nothing that the process says is trusted beyond what it is asked for: it can show texts and name places. What it wrote
counts only after a second process has read it by another library and none of the removed values was in it.
"""

import hashlib
import logging
import re
import shutil
import signal
import socket
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any, BinaryIO, Final

from expunct_server.redaction.engine import Redacted, Value, redact_lines, redact_values
from expunct_server.redaction.failures import ResidueFound
from expunct_server.redaction.findings import Finding
from expunct_server.redaction.formats.common import DocumentError, Job, Summary
from expunct_server.redaction.formats.isolated.limits import Budget, Limits
from expunct_server.redaction.formats.isolated.processes import starter_for
from expunct_server.redaction.formats.isolated.wire import Ended, OutOfTime, Wire
from expunct_server.redaction.formats.isolated.work import CARRIED, Mark
from expunct_server.redaction.plan import Plan
from expunct_server.redaction.removed import LEAST_IN_NOISE, TooManyValues

Inner = Callable[[Job], None]
"""Redacts a document inside one, of whatever kind, as a job of its own."""

_LOOKING: Final = "expunct_server.redaction.formats.pictures.looking"
_log = logging.getLogger(__name__)
_BLOCK: Final = 1 << 20
_LONGEST: Final = 500
_PLAIN: Final = re.compile(r"[\w/.]{0,120}(?::\d{1,6})?", re.ASCII)
CODES: Final = frozenset(
    {"encrypted", "invalid_encoding", "invalid_json", "nested_too_deep", "no_such_page", "too_large", "too_many_values"}
    | {"too_much_memory", "unreadable", "unreadable_text", "unsupported_format", "binary_content"}
)
"""What a document's process may say that became of it."""
_BROKEN: Final = (
    "unreadable",
    "The document is damaged or not what it claims to be: it could not be read; save it anew and send that.",
)
CRASHED: Final = (
    "reader_crashed",
    "Reading the document crashed; it may be damaged, or made to do so: save it anew and send that.",
)
_TOO_SLOW: Final = ("took_too_long", "Reading the document takes longer than one may: split it and send the parts.")
_TOO_MANY: Final = (
    "too_many_values",
    "The document holds more values to be removed than can be looked for again: split it and send the parts.",
)
_LONGEST_COUNT: Final = 7  # digits
_PLACE: Final = re.compile(
    r"(?:attachment|body|chart|comments|content|custom properties|data|document|drawing|endnotes|footer|footnotes"
    r"|header|layout|line|master|member|message|meta|notes|notesSlide|object|page|paragraph|part|picture|properties"
    r"|row|settings|sharedStrings|sheet|slide|styles|table|workbook)(?: \d{1,7})?"
)
ENDS: Final = CODES - {"no_such_page"} | {each[0] for each in (_BROKEN, CRASHED, _TOO_SLOW, _TOO_MANY)}
"""How a document that is read in a process of its own may end its job."""


def redact(module: str, job: Job, inner: Inner) -> Summary:
    """Have a document redacted by a format's module and verified. Raises DocumentError and DetectionError."""
    size = job.source.seek(0, 2)
    if not size:
        return job.tally.summary(job.media_type, "", job.plan)
    serving = _Serving(job, inner, size)
    with _files(job) as (source, target):
        try:
            with process(module, source, target, job.limits, job.budget) as wire:
                task = _task(module, "redact", job, survey=not job.depth) | {"password": job.password}
                wire.send(task)
                serving.until_done(wire)
            if job.is_survey:
                return job.tally.summary(job.media_type, "", job.plan)
            _release(serving, module, target)
        except TooManyValues:
            raise DocumentError(*_TOO_MANY) from None
    return job.tally.summary(job.media_type, "", job.plan)


def _release(serving: "_Serving", module: str, target: BinaryIO) -> None:
    """Check what was written, and let exactly that out. Raises DocumentError and ResidueFound.

    The check reads a copy: a process that the reader has left behind could still write to the file that it was given.
    Whether it is the same that goes out is looked at too, since the checking process could write to the copy.
    """
    with tempfile.TemporaryFile() as written:
        checked = _copied(target, written)
        serving.check(module, written)
        if _copied(written, serving.job.target) != checked:
            raise DocumentError(*CRASHED)


def _copied(source: BinaryIO, target: BinaryIO) -> bytes:
    """Copy a file from its beginning; what it holds, as a hash."""
    source.seek(0)
    said = hashlib.blake2b()
    while block := source.read(_BLOCK):
        said.update(block)
        target.write(block)
    return said.digest()


def preview(
    module: str, source: BinaryIO, page: int, marks: Sequence[Mark], limits: Limits, budget: Budget | None = None
) -> bytes:
    """A page of a document, from 1, as a PNG with marks on it. `source` is a real file. Raises DocumentError."""
    with tempfile.TemporaryFile() as target:
        with process(module, source, target, limits, budget or limits.budget()) as wire:
            task = {"module": module, "task": "preview", "name": None, "labels": True, "limits": asdict(limits)}
            wire.send(task | {"page": page, "marks": [list(each) for each in marks]})
            ended(wire.receive()[0])
        target.seek(0)
        return target.read()


def _seen(how: str, pixels: bytearray, limits: Limits, budget: Budget) -> bytes:
    """What a process that has nothing but these pixels sees on them. Raises DocumentError."""
    with tempfile.TemporaryFile() as source:
        source.write(pixels)
        pixels.clear()  # not held while it is looked at
        source.flush()
        with process(_LOOKING, source, source, limits, budget) as wire:
            wire.send({"module": _LOOKING, "task": "look", "limits": asdict(limits), "how": how})
            message, seen = wire.receive()
            if "seen" not in message:
                ended(message)
                raise _nonsense()
            return bytes(seen)


def _task(module: str, task: str, job: Job, *, survey: bool = False) -> dict[str, Any]:
    return {
        "module": module,
        "task": task,
        "name": job.name,
        "labels": job.plan.preserve_labels,
        "limits": asdict(job.limits),
        "survey": survey,
        "surveying": job.is_survey,
    }


@dataclass(slots=True)
class _Serving:
    """Answers one document's process. What it asked about is held until it has said where that is."""

    job: Job
    inner: Inner
    size: int  # asked for now: the process shares the file's position
    _plan: Plan | None = None
    _unplaced: list[list[Finding]] = field(default_factory=list, repr=False)

    def until_done(self, wire: Wire) -> None:
        """Answer until the process says that it has ended. Raises what it says, or what became of it."""
        self._plan = self.job.plan if self.job.depth else self.job.plan.for_survey()
        while True:
            message, data = wire.receive()
            if "ask" in message:
                self._answer(wire, _values(message["ask"]), redact_values)
            elif "lines" in message:
                self._answer(wire, list(map(Value, _strings([message["lines"]]))), _lines)
            elif "places" in message:
                self._place(message["places"])
            elif "inner" in message:
                self._inner(wire, message, data)
            elif "look" in message:
                self._look(wire, str(message["look"]), data)
            elif "surveyed" in message:
                self._plan = self.job.plan
            elif "note" in message:
                self._note(message["note"])
            elif "progress" in message:
                self._progress(message["progress"])
            else:
                self._place([])
                return self._ended(message)

    def check(self, module: str, target: BinaryIO) -> None:
        """Read what was written, in another process, and search it. Raises ResidueFound."""
        removed = self.job.removed
        if not removed:
            return None
        target.seek(0)
        with process(module, target, target, self.job.limits, self.job.budget) as wire:
            wire.send(_task(module, "read", self.job))
            while True:
                message, data = wire.receive()
                if "look" in message:
                    self._look(wire, str(message["look"]), data)
                    continue
                if "texts" not in message:
                    return self._ended(message)
                self._search(message)

    def _search(self, message: dict[str, Any]) -> None:
        """Search texts of what was written. Raises ResidueFound, which says what is left and where, not what it is."""
        removed = self.job.removed
        said = {kind: _strings(message.get(kind, [])) for kind in ("texts", "noise", "lines")}
        self._count(len(text) for texts in said.values() for text in texts)
        for kind, where, left_in in (
            ("texts", "in its text", removed.left_in),
            ("noise", "in data that may be no text", lambda text: removed.left_in(text, LEAST_IN_NOISE)),
            ("lines", "over the ends of lines or cells", removed.left_over_lines),
        ):
            left = next(filter(None, map(left_in, said[kind])), None)
            if left is not None:
                left_where = "in data in its text, encoded" if left.is_encoded else where
                raise ResidueFound(left.types, left_where).inside(_plain_place(message.get("part", "")))

    # --- one message each ---

    def _answer(
        self, wire: Wire, values: list[Value], redacted: Callable[[Sequence[Value], Plan], list[Redacted]]
    ) -> None:
        self._place([])
        assert self._plan is not None
        self._count(len(each.text) + sum(map(len, each.names)) for each in values)
        answers = redacted(values, self._plan)
        self._unplaced = [each.findings for each in answers]
        if self._is_survey:
            for each in answers:
                self.job.removed.learn(each.findings)
        wire.send({"redacted": [[each.text, [self._edit(f) for f in each.findings]] for each in answers]})

    def _count(self, lengths: Iterable[int]) -> None:
        """Take texts, which are 1 at least, from the budget. Raises DocumentError."""
        self.job.budget.asked -= sum(length + 1 for length in lengths)
        if self.job.budget.asked < 0:
            raise DocumentError("too_large", "The document says more than can be searched: split it.")

    @property
    def _is_survey(self) -> bool:
        return self._plan is not self.job.plan or self.job.is_survey

    def _edit(self, finding: Finding) -> list[Any]:
        kind = finding.entity_type
        return [finding.start, finding.end, finding.replacement, kind, self.job.plan.method_for(kind)]

    def _place(self, places: object) -> None:
        unplaced, self._unplaced = self._unplaced, []
        said = [listed(each) for each in listed(places)]
        if self._is_survey:
            return
        for i, findings in enumerate(unplaced):
            here = said[i] if i < len(said) else []
            for k, finding in enumerate(findings):
                self.job.tally.add(finding.placed(self._line(here[k]) if k < len(here) and here[k] else None))

    def _inner(self, wire: Wire, message: dict[str, Any], data: bytearray) -> None:
        size = len(data)
        name, place = str(message["inner"]), self._line(message.get("place", ""))
        assert self._plan is not None
        if name.partition(".")[0] == CARRIED:
            self.job.carry(1)
        with tempfile.TemporaryFile() as source, tempfile.TemporaryFile() as target:
            source.write(data)
            data.clear()  # not held while what is inside is read
            source.seek(0)
            try:
                self.inner(
                    self.job.inside(source, target, name, place, size=size, plan=self._plan, is_survey=self._is_survey)
                )
            except DocumentError as error:
                wire.send({"refused": [error.code, error.detail]})
                return
            except ResidueFound as error:
                raise error.inside(_plain_place(place)) from None
            target.seek(0)
            wire.send({"redacted": True}, target.read())

    def _look(self, wire: Wire, how: str, pixels: bytearray) -> None:
        """Raises DocumentError, which ends the process that asked."""
        kept = self.job.kept
        hashed = hashlib.blake2b(how.encode("utf-8", "replace") + b"\0")
        hashed.update(pixels)
        digest = hashed.digest()
        with self._scrubbed():
            seen = kept.reading(digest) or _seen(how, pixels, self.job.limits, self.job.budget)
        kept.keep_reading(digest, seen)
        wire.send({}, seen)

    def _progress(self, consumed: object) -> None:
        """Half of the way is the first reading, the other half the second."""
        if not isinstance(consumed, int):
            raise _nonsense()
        if not self.job.depth:
            before = 0 if self._is_survey else self.size
            self.job.progress((min(consumed, self.size) + before) // 2)

    def _note(self, said: object) -> None:
        if not self._is_survey:
            self.job.tally.note(self._line(said))

    def _ended(self, message: dict[str, Any]) -> None:
        """How the process says that it ended. Raises DocumentError, unless it is done."""
        with self._scrubbed():
            ended(message)

    @contextmanager
    def _scrubbed(self) -> Iterator[None]:
        """Errors of what a process says about itself, without what was removed."""
        try:
            yield
        except DocumentError as error:
            raise DocumentError(error.code, self._line(error.detail)) from None

    def _line(self, said: object) -> str:
        """What the process says for people to read, without what was removed: it stands in reports and in rows.

        Short numbers stay, since that is what rows, pages and boxes are counted by."""
        told = line(said)
        for start, end, kind in reversed(self.job.removed.find(told)):
            if end - start > _LONGEST_COUNT or not told[start:end].isdecimal():
                told = f"{told[:start]}<{kind}>{told[end:]}"
        return told


def ended(message: dict[str, Any]) -> None:
    """How the process says that it ended. Raises DocumentError, unless it is done."""
    if "failed" in message:
        code, detail = _strings(message["failed"], 2)
        if code not in CODES:  # it stands in events: what a stranger's document made of the process has no say there
            raise DocumentError(*CRASHED)
        raise DocumentError(code, line(detail))
    if "broken" in message:
        kind, place = (each if _PLAIN.fullmatch(each) else "?" for each in _strings(message["broken"], 2))
        _log.info("a document could not be read: %s at %s", kind, place)
        raise DocumentError(*_BROKEN)
    if "done" not in message:
        raise DocumentError(*CRASHED)


def _plain_place(said: object) -> str:
    """A place, as far as it is made of words of ours and numbers: it stands in errors, which hold nothing of a
    document. "" for none."""
    return ", ".join(each for each in str(said)[:_LONGEST].split(", ") if _PLACE.fullmatch(each))


def _nonsense() -> DocumentError:
    """For what no reader says that is still itself; says nothing of it."""
    return DocumentError(*CRASHED)


def listed(said: object, count: int | None = None) -> list[Any]:
    """A list, of so many things. Raises DocumentError, as for a reader that crashed."""
    if not isinstance(said, list) or count not in (None, len(said)):
        raise _nonsense()
    return said


def _strings(said: object, count: int | None = None) -> list[str]:
    """A list of strings, so many of them. Raises DocumentError, as for a reader that crashed."""
    found = listed(said, count)
    if not all(isinstance(each, str) for each in found):
        raise _nonsense()
    return found


def _values(asked: object) -> list[Value]:
    values = []
    for each in listed(asked):
        if len(listed(each)) != 3 or not isinstance(each[0], str):
            raise _nonsense()
        values.append(Value(each[0], tuple(_strings(each[1])), bool(each[2])))
    return values


def _lines(values: Sequence[Value], plan: Plan) -> list[Redacted]:
    return [redact_lines(each.text, plan) for each in values]


def line(said: object) -> str:
    """What a process says for people to read: one line of it, of a bounded length."""
    return "".join(c if c.isprintable() else " " for c in str(said)[:_LONGEST])


# --- the process ------------------------------------------------------------------------------------------------------


@contextmanager
def process(module: str, source: BinaryIO, target: BinaryIO, limits: Limits, budget: Budget) -> Iterator[Wire]:
    """A new process for a format's module with these files, ended when the block ends, however it does."""
    starter = starter_for(module)
    ours, theirs = socket.socketpair()
    with theirs:
        pid = starter.start(module, (theirs.fileno(), source.fileno(), target.fileno()))
    wire = Wire(ours, budget, limits.inner)  # what is held here at once
    ended_by = None
    try:
        yield wire
    except OutOfTime:
        raise DocumentError(*_TOO_SLOW) from None
    except Ended:
        ended_by = starter.end(pid)
        raise DocumentError(*(_TOO_SLOW if ended_by == signal.SIGXCPU else CRASHED)) from None
    finally:
        wire.close()
        if ended_by is None:
            starter.end(pid)


@contextmanager
def _files(job: Job) -> Iterator[tuple[BinaryIO, BinaryIO]]:
    """The document as a file that another process can have, and one to write to: nothing is released before a check."""
    with tempfile.TemporaryFile() as source, tempfile.TemporaryFile() as target:
        job.source.seek(0)
        if _is_real(job.source):
            yield job.source, target
            return
        shutil.copyfileobj(job.source, source, _BLOCK)
        source.seek(0)
        yield source, target


def _is_real(file: BinaryIO) -> bool:
    try:
        return file.fileno() >= 0
    except OSError:
        return False
