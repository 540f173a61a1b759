"""The engine: text or values in, settled findings and redacted text out.

    redact, detect      one text
    redact_stream       a text of any length, in segments, in bounded memory
    redact_values       many short values with the names above them: cells, JSON strings
    redact_lines        several that were redacted, for what goes on from one to the next

All three go the same way: patterns and custom rules, names of columns, the model, one rule for overlaps, replacements,
and a second search of the result.
"""

import io
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from expunct_server.redaction import hints, llm, names
from expunct_server.redaction.failures import (
    DetectionError,
    PatternTimeout,
    RecognizerFailed,
    ResidueFound,
    SpanTooLong,
)
from expunct_server.redaction.findings import Finding, Span, outside, settle
from expunct_server.redaction.lists import allowed
from expunct_server.redaction.llm import Used
from expunct_server.redaction.names.months import in_series
from expunct_server.redaction.patterns.row import STOP
from expunct_server.redaction.plan import Plan, rendered
from expunct_server.redaction.removed import may_go_on
from expunct_server.redaction.rewrite import apply, rewrite, search
from expunct_server.redaction.scan import renderings
from expunct_server.redaction.wanted import NONE

__all__ = [
    "ENGINE_VERSION",
    "DetectionError",
    "PatternTimeout",
    "Plan",
    "RecognizerFailed",
    "Redacted",
    "ResidueFound",
    "SpanTooLong",
    "Value",
    "detect",
    "redact",
    "redact_lines",
    "redact_stream",
    "redact_values",
    "warm",
]

ENGINE_VERSION: Final = "2.0"

SEGMENT: Final = 65_536
"""Code points searched at once."""
MARGIN: Final = 16_384
"""How far a segment's search looks beyond the part it settles: whatever is no longer than this is seen whole."""
LONGEST: Final = 1_048_576
"""Code points one finding may have before the text is refused."""
CONTEXT: Final = 256
"""Code points of redacted text before a segment that its search sees, for labels and context words."""

_BREAKS: Final = tuple(re.compile(p) for p in (r"\n[ \t\r]*\n\s*", r"\n", r"[.!?]\s+", r"\s+"))
_CAPITALISED = re.compile(r"\b[^\W\d_a-z]\w")
_SOME_CAPITAL_WORD = re.compile(r"[^\W\d_a-z]\w|\w \w", re.ASCII)


@dataclass(frozen=True, slots=True)
class Redacted:
    """One text after redaction. `findings` are settled, in order, with offsets in the text before it.

    `model_used` says whether the names' model had a part, `llm` whom text was sent to; `notes` are sentences for the
    report.
    """

    text: str = field(repr=False)
    findings: list[Finding]
    notes: tuple[str, ...] = ()
    model_used: bool = False
    llm: Used | None = None


@dataclass(frozen=True, slots=True)
class Value:
    """A value of a structured document; `names` are those of its column or keys, outermost first.

    `model` False keeps the model away from what is no prose, such as keys and numbers; a language model reads numbers,
    which have names.
    """

    text: str = field(repr=False)
    names: tuple[str, ...] = field(default=(), repr=False)
    model: bool = True


def warm(models: Sequence[str] = names.CARRIED) -> None:
    """Loads the models, which the first text would otherwise wait for (about two seconds), and tries each.

    Raises UnknownModel for one that cannot be loaded.
    """
    names.chosen(models, "en")


def detect(text: str, plan: Plan) -> list[Finding]:
    """The findings that `redact` would remove, with their replacements. Raises DetectionError, never skips."""
    return redact(text, plan).findings


def redact(text: str, plan: Plan) -> Redacted:
    """The text with every finding replaced. `text[f.start:f.end] == f.text` for each; redacting again by the same
    patterns finds nothing more but what is made up. Raises DetectionError: then nothing may be called redacted."""
    is_part, plan = plan.known is not None, plan.for_document()
    if len(text) > SEGMENT and plan.model_reads and not is_part:
        for _ in redact_stream(io.StringIO(text, newline="").read, plan.for_survey()):
            pass
    parts: list[str] = []
    findings: list[Finding] = []
    offset = 0
    for source, part in redact_stream(io.StringIO(text, newline="").read, plan):
        parts.append(part.text)
        findings += [f.moved(offset) for f in part.findings] if offset else part.findings
        offset += len(source)
    return Redacted("".join(parts), findings, plan.notes, plan.model_reads)


def redact_stream(read: Callable[[int], str], plan: Plan) -> Iterator[tuple[str, Redacted]]:
    """Source and result of one segment after the other; offsets count from the start of the segment.

    `read(n)` gives at most n code points, and "" at the end. Where segments end depends on the text alone, never on
    what `read` gives at a time: at a blank line if there is one, a line, a sentence, white space, and never inside
    something that patterns found.
    """
    plan = plan.for_document()
    buffer, before, size = "", "", SEGMENT
    while True:
        buffer, ended = _fill(read, buffer, size)
        if not buffer:
            return
        window = buffer[:size]
        found = _found_after(before, window, plan)
        cut = len(window) if ended else _cut(window, size - MARGIN, found)
        if cut == 0:
            size = _larger(size, found)
            continue
        part = _redact_segment(before, window, cut, found, plan)
        yield window[:cut], part
        buffer, before, size = buffer[cut:], _tail(before + part.text), SEGMENT


def redact_values(values: Sequence[Value], plan: Plan) -> list[Redacted]:
    """Each value redacted, in order. Values are searched side by side, which is faster, but never mixed."""
    plan = plan.for_document()
    results: list[Redacted] = []
    batch: list[Value] = []
    room = SEGMENT
    for value in values:
        if len(value.text) > SEGMENT:
            results += [*_redact_batch(batch, plan), redact(value.text, plan)]
            batch, room = [], SEGMENT
            continue
        batch.append(value)
        room -= len(value.text) + sum(map(len, value.names)) + 4
        if room <= 0:
            results += _redact_batch(batch, plan)
            batch, room = [], SEGMENT
    return results + _redact_batch(batch, plan)


def redact_lines(text: str, plan: Plan) -> Redacted:
    """What a document is known to lose, where it goes on from one line to the next (`removed.may_go_on`): for texts
    that were redacted each on its own, such as cells. Nothing else is looked for: what stands there side by side looks
    like much by chance."""
    plan = plan.for_document()
    found = [f for f in _repeated([text], [0], (), plan) if may_go_on(f.text)]
    settled = [rendered(f, plan) for f in settle(allowed(found, plan.allowed))]
    return Redacted(apply(text, settled)[0], settled, plan.notes, plan.model_reads)


def _redact_batch(batch: Sequence[Value], plan: Plan) -> list[Redacted]:
    if not batch:
        return []
    text, areas = _side_by_side(batch)
    found = search(text, areas, plan) + _by_names(batch, areas, plan)
    other = plan.unwanted
    rivals = search(text, areas, other) + _by_names(batch, areas, other) if other is not None else []
    offsets = [start for start, _ in areas]
    found += _model_findings(_for_models(batch), offsets, found, rivals, plan)
    found += _llm_findings(text, [a for v, a in zip(batch, areas, strict=True) if v.model or v.names], found, plan)
    found += _repeated([v.text for v in batch], offsets, found, plan)
    findings, out, moved = rewrite(text, areas, found, plan)
    notes, reads = plan.notes, plan.model_reads
    return [
        Redacted(out[new_start:new_end], _between(findings, start, end), notes, reads)
        for (start, end), (new_start, new_end) in zip(areas, moved, strict=True)
    ]


def _by_names(batch: Sequence[Value], areas: Sequence[Span], plan: Plan) -> list[Finding]:
    """What the names of the values say of them, with offsets in the text where they stand side by side."""
    return [
        finding.moved(start)
        for value, (start, _) in zip(batch, areas, strict=True)
        for finding in hints.find(value.text, value.names, plan.wanted)
    ]


def _side_by_side(batch: Sequence[Value]) -> tuple[str, list[Span]]:
    """One text in which each value stands on a line of its own below its name, walled off by STOP; and where it is."""
    parts: list[str] = []
    areas: list[Span] = []
    length = 0
    for value in batch:
        name = " ".join(hints.plain_name(n) for n in value.names)
        head = f"{STOP}{name}:\n" if name else f"{STOP}\n"
        areas.append((length + len(head), length + len(head) + len(value.text)))
        parts += [head, value.text, "\n"]
        length += len(head) + len(value.text) + 1
    return "".join([*parts, STOP]), areas


def _for_models(batch: Sequence[Value]) -> list[str]:
    """What the models read of each value: all of it, or nothing."""
    months = in_series((value.names, value.text) for value in batch)
    return [value.text if _is_prose(value) and i not in months else "" for i, value in enumerate(batch)]


def _is_prose(value: Value) -> bool:
    """Whether the model should read a value: it holds a capital letter in a word, several words, or other scripts."""
    return value.model and (_SOME_CAPITAL_WORD.search(value.text) is not None or not value.text.isascii())


def _between(findings: Sequence[Finding], start: int, end: int) -> list[Finding]:
    first = bisect_right(findings, start, key=lambda f: f.end)
    last = bisect_right(findings, end - 1, key=lambda f: f.start)
    return [f.moved(-start) for f in findings[first:last]]


def _found_after(before: str, window: str, plan: Plan) -> list[Finding]:
    """Pattern findings in the window, unsettled, with offsets in the window."""
    start = len(before)
    return [f.moved(-start) for f in search(before + window, [(start, start + len(window))], plan)]


def _redact_segment(before: str, window: str, cut: int, found: Sequence[Finding], plan: Plan) -> Redacted:
    mine = [f for f in found if f.start < cut]
    rivals = _found_after(before, window[:cut], plan.unwanted) if plan.unwanted is not None else []
    mine += _model_findings([window[:cut]], [0], mine, rivals, plan)
    mine += _llm_findings(window[:cut], [(0, cut)], mine, plan)
    mine += _repeated([window[:cut]], [0], mine, plan)
    start = len(before)
    text, area = before + window, (start, start + cut)
    findings, out, [(_, end)] = rewrite(text, [area], [f.moved(start) for f in mine], plan)
    return Redacted(out[start:end], [f.moved(-start) for f in findings], plan.notes, plan.model_reads)


def _model_findings(
    texts: Sequence[str], offsets: Sequence[int], found: Sequence[Finding], rivals: Sequence[Finding], plan: Plan
) -> list[Finding]:
    """What the models add, without what patterns and names of columns found under other types, wanted or, as `rivals`,
    not: what a mention is does not depend on what is wanted."""
    readers = plan.readers
    if not readers or plan.known is None:
        return []
    taken = settle([*found, *rivals])
    others = plan.unwanted.wanted if plan.unwanted is not None else NONE
    named = names.find(texts, plan.wanted, readers, plan.known.answers, others)
    moved = (f.moved(offset) for offset, findings in zip(offsets, named, strict=True) for f in findings)
    pieces = [piece for f in moved for piece in _beside(f, taken)]
    return _wanted_alone(pieces, [*found, *rivals], plan) if plan.unwanted is not None else pieces


def _wanted_alone(pieces: Sequence[Finding], found: Sequence[Finding], plan: Plan) -> list[Finding]:
    """Those of the pieces that are wanted, without what is settled to be something that is not."""
    settled = settle([*found, *pieces])
    lost = [(f.start, f.end) for f in settled if f.entity_type not in plan.entity_types]
    return [rest for piece in pieces if piece.entity_type in plan.entity_types for rest in outside(piece, lost)]


def _llm_findings(text: str, areas: Sequence[Span], found: Sequence[Finding], plan: Plan) -> list[Finding]:
    """What the policy's language model adds: whatever it says, all others find stays found, and under its type."""
    if plan.llm is None:
        return []
    named = llm.find(text, areas, plan.llm, plan.wanted, plan.custom.types)
    settled = settle(found)
    taken = {
        kind: [(f.start, f.end) for f in settled if f.entity_type != kind] for kind in {f.entity_type for f in named}
    }
    return [piece for finding in named for piece in outside(finding, taken[finding.entity_type])]


def _repeated(texts: Sequence[str], offsets: Sequence[int], found: Sequence[Finding], plan: Plan) -> list[Finding]:
    """Names that were found elsewhere in the document, where they stand again and nobody else found them."""
    known = plan.known
    if known is None:
        return []
    known.learn(allowed(found, plan.allowed))
    if not known:
        return []
    for text in texts:
        known.learn_words(text)
    least = plan.wanted.by_type()
    settled = settle(found)
    again: list[Finding] = []
    for text, offset in zip(texts, offsets, strict=True):
        if said := known.find(text):
            labels = renderings(text, plan.custom.types)  # which may say what is a name elsewhere
            again += [piece.moved(offset) for f in said for piece in (outside(f, labels) if labels else [f])]
    return [f for f in again if f.score >= least.get(f.entity_type, 2.0) and not _is_covered(f, settled)]


def _is_covered(finding: Finding, settled: Sequence[Finding]) -> bool:
    i = _last_from(finding.start, settled)
    return i >= 0 and settled[i].end >= finding.end


def _beside(finding: Finding, taken: Sequence[Finding]) -> list[Finding]:
    """The finding; what is left of it, where it begins inside one of another type, which makes the rest a misreading
    unless it is written like a name. Nothing of a label that was read together with its value (`BIC ABCDDEFF`)."""
    first, last = max(0, _last_from(finding.start, taken)), _last_from(finding.end - 1, taken)
    met = [f for f in taken[first : last + 1] if f.end > finding.start]
    rest = outside(finding, [(f.start, f.end) for f in met])
    others = [f.entity_type != finding.entity_type for f in met]
    if met and rest and all(others) and all(names.is_of_forms(piece.text) for piece in rest):
        return []
    if not met or met[0].start > finding.start or not others[0]:
        return [finding]
    return [piece for piece in rest if _CAPITALISED.search(piece.text)]


def _last_from(position: int, settled: Sequence[Finding]) -> int:
    """Which finding is the last that starts at `position` or before it; -1 for none. Only it can reach beyond."""
    return bisect_right(settled, position, key=lambda f: f.start) - 1


def _fill(read: Callable[[int], str], buffer: str, size: int) -> tuple[str, bool]:
    """At least `size` code points if there are that many, and whether the buffer, of at most `size`, is the rest."""
    parts, length = [buffer], len(buffer)
    while length <= size:
        more = read(size + 1 - length)
        if not more:
            return "".join(parts), True
        parts.append(more)
        length += len(more)
    return "".join(parts), False


def _cut(window: str, limit: int, found: Sequence[Finding]) -> int:
    """Where to end the segment: at most at `limit`, never inside a finding; 0 when one covers all of it."""
    settled = [(f.start, f.end) for f in settle(found)]
    for expression in _BREAKS:
        ends = [m.end() for m in expression.finditer(window, limit // 2, limit)]
        free = next((end for end in reversed(ends) if not _across(end, settled)), 0)
        if free:
            return free
    across = _across(limit, settled)
    return across[0] if across else limit


def _across(position: int, spans: Sequence[Span]) -> Span | None:
    """The one of these, which are in order, that a cut at `position` would split."""
    i = bisect_right(spans, position, key=lambda span: span[0]) - 1
    return spans[i] if i >= 0 and spans[i][0] < position < spans[i][1] else None


def _larger(size: int, found: Sequence[Finding]) -> int:
    if size >= LONGEST:
        longest = max(found, key=lambda f: f.end - f.start)
        raise SpanTooLong(longest.recognizer, LONGEST)
    return size * 2


def _tail(text: str) -> str:
    """The end of what was written, from a white space on where there is one, so that it begins with no half word."""
    tail = text[-CONTEXT:]
    space = re.search(r"\s", tail)
    return tail[space.start() :] if space else tail
