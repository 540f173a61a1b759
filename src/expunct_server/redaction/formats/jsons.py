"""JSON and JSON Lines: string and number literals are rewritten in place, everything else stays digit for digit."""

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from decimal import Decimal
from functools import partial
from typing import Final

from expunct_server.redaction.formats import encoding
from expunct_server.redaction.formats.common import DocumentError, Job, Summary
from expunct_server.redaction.formats.isolated.forms import Redacted, Text
from expunct_server.redaction.formats.slots import Slots
from expunct_server.redaction.formats.tokens import (
    NotJson,
    Step,
    Token,
    decoded,
    names_above,
    pointer,
    raw_offsets,
    tokens,
)

MAX_JSON: Final = 64 * 1024 * 1024
"""Bytes of a JSON document, which has to be held whole; longer data belongs into JSON Lines."""
MAX_LINE: Final = 16 * 1024 * 1024
"""Code points of one line of JSON Lines."""
_SHORTEST_NUMBER: Final = 3
"""Digits below which a number is no data of anybody's: a card's security code has three."""
_LARGEST: Final = Decimal(10) ** 25  # beyond it no number is one of a card, an account or a person


def redact(job: Job) -> Summary:
    """A JSON document. Findings have offsets in the value that `location`, a JSON Pointer, names; keys count too."""
    size = job.source.seek(0, 2)
    if size > MAX_JSON:
        raise DocumentError("too_large", f"A JSON document may have {MAX_JSON:,} bytes; use JSON Lines for more.")
    used = encoding.of(job.source)
    text = "".join(encoding.decoded(job.source, used))
    length = len(text) or 1
    # Bytes, as if its characters were all of one length.
    slots = Slots(encoding.writer(job.target, used), job, lambda done: job.progress(done * size // length))
    if text.strip(" \t\r\n"):
        _document(text, slots, "", 1)
    else:
        slots.keep(text)
    slots.flush()
    return job.tally.summary(job.media_type, used.name, job.plan)


def redact_lines(job: Job) -> Summary:
    """JSON Lines: each line a document of its own; blank lines stay. `location` begins with the line's number."""
    used = encoding.of(job.source)
    slots = Slots(encoding.writer(job.target, used), job, lambda _: job.progress(job.source.tell()))
    for number, line in enumerate(lines(encoding.reader(job.source, used)), start=1):
        if line.strip(" \t\r\n"):
            _document(line, slots, f"line {number} ", number)
        else:
            slots.keep(line)
    slots.flush()
    return job.tally.summary(job.media_type, used.name, job.plan)


def _document(text: str, slots: Slots, prefix: str, first_line: int) -> None:
    position = 0
    try:
        for token in tokens(text):
            slots.keep(text[position : token.start])
            _slot(token, text[token.start : token.end], slots, prefix)
            position = token.end
    except NotJson as error:
        raise _invalid(text, error.position, first_line) from None
    slots.keep(text[position:])


def _slot(token: Token, raw: str, slots: Slots, prefix: str) -> None:
    where = partial(location, prefix, token.step)
    if token.kind == "number":
        if len(raw) < _SHORTEST_NUMBER:
            slots.keep(raw)
        else:
            slots.add(raw, Text(_plain(raw), names_above(token.step), prose=False), _as_string, where)
    elif token.kind == "key":
        assert token.step is not None
        name = token.step.name
        slots.add(raw, Text(name, prose=" " in name), _rewritten, where, partial(_rename, token.step))
    else:
        slots.add(raw, Text(decoded(raw), names_above(token.step)), _rewritten, where)


def _plain(raw: str) -> str:
    """A whole number without an exponent or a fraction of zeros, as those who print it write it; others as they are."""
    if raw.lstrip("-").isdigit():
        return raw
    with suppress(ArithmeticError):  # of exponents that nobody writes
        number = Decimal(raw)
        if abs(number) < _LARGEST and number == number.to_integral_value():
            return f"{number:f}".partition(".")[0]
    return raw


def location(prefix: str, step: Step | None) -> str:
    return prefix + (pointer(step) if step else "")


def _rename(step: Step, redacted: Redacted) -> None:
    """From here on locations show the key as the document now does."""
    if redacted.edits:
        step.name = redacted.text


def _as_string(raw: str, redacted: Redacted) -> str:  # noqa: ARG001 - a number has no raw form worth keeping
    """A number that held something becomes a string; digits, signs and renderings need no escapes."""
    return f'"{redacted.text}"'


def _rewritten(raw: str, redacted: Redacted) -> str:
    """The string literal with its findings replaced and every other escape as it was."""
    offsets = raw_offsets(raw)
    parts, position = [], 0
    for edit in redacted.edits:
        parts += [raw[position : offsets[edit.start]], json.dumps(edit.replacement, ensure_ascii=False)[1:-1]]
        position = offsets[edit.end]
    return "".join([*parts, raw[position:]])


def lines(read: Callable[[int], str]) -> Iterator[str]:
    """Lines with their line feeds. Raises DocumentError for one that is too long to hold."""
    parts: list[str] = []
    length = 0
    while chunk := read(encoding.CHUNK):
        *whole, rest = chunk.split("\n")
        for line in whole:
            yield "".join([*parts, line, "\n"])
            parts, length = [], 0
        parts.append(rest)
        length += len(rest)
        if length > MAX_LINE:
            raise DocumentError("too_large", f"A line of JSON Lines may have {MAX_LINE:,} characters.")
    if length:
        yield "".join(parts)


def _invalid(text: str, position: int, first_line: int) -> DocumentError:
    line = first_line + text.count("\n", 0, position)
    column = position - text.rfind("\n", 0, position)
    return DocumentError("invalid_json", f"The document is not valid JSON at line {line}, column {column}.")
