"""A message, or a part of one, as bytes: its fields, its body, and the parts in that. Nothing is decoded here."""

import re
from collections.abc import Collection
from email.message import Message
from email.parser import BytesHeaderParser
from email.policy import Policy, compat32
from typing import Any, Final, NamedTuple

_END = re.compile(rb"\r?\n")
_FIELD = re.compile(rb"([!-9;-~]+)[ \t]*:")
_LAST_DELIMITER = re.compile(rb"^--(\S[^\r\n]{0,200}?)--[ \t]*\r?$", re.M)
_MOST_BOUNDARIES: Final = 20
_EMPTY_LINE = re.compile(rb"^\r?\n", re.M)


class Field(NamedTuple):
    """A field of a header, whole: `raw` has its folds and its line end. `name` is "" for a line that is none."""

    name: str
    raw: bytes

    @property
    def value(self) -> bytes:
        return self.raw[self.raw.index(b":") + 1 :] if self.name else self.raw


class Entity(NamedTuple):
    """`gap` is the empty line between header and body, with what ends it."""

    fields: tuple[Field, ...]
    gap: bytes
    body: bytes

    def mime(self, policy: "Policy[Any]" = compat32) -> Message:
        """What the standard library makes of the fields, for their parameters alone."""
        said = b"".join(each.name.encode() + b":" + each.value for each in self.fields if each.name)
        made: Message = BytesHeaderParser(policy=policy).parsebytes(said + b"\n")
        return made


class Multipart(NamedTuple):
    """A multipart's body in its parts. `delimiters` are as they stand there with their line ends, one more than there
    are parts; the last is empty where it is missing."""

    preamble: bytes
    delimiters: tuple[bytes, ...]
    parts: tuple[bytes, ...]
    epilogue: bytes

    def __bytes__(self) -> bytes:
        between = [each for pair in zip(self.parts, self.delimiters[1:], strict=True) for each in pair]
        return b"".join([self.preamble, self.delimiters[0], *between, self.epilogue])

    def without(self, numbers: Collection[int]) -> "Multipart":
        """Without the parts of these numbers, from 0, and the delimiter before each."""
        kept = [number for number in range(len(self.parts)) if number not in numbers]
        delimiters = (*(self.delimiters[number] for number in kept), self.delimiters[-1])
        return self._replace(delimiters=delimiters, parts=tuple(self.parts[number] for number in kept))


def parsed(data: bytes) -> Entity:
    """RFC 5322, section 2.1. A header ends at an empty line."""
    fields: list[Field] = []
    at = 0
    while at < len(data):
        end = _END.search(data, at)
        stop = end.end() if end else len(data)
        if end and end.start() == at:
            return Entity(tuple(fields), data[at:stop], data[stop:])
        line = data[at:stop]
        match = _FIELD.match(line)
        if line[:1] in (b" ", b"\t") and fields:
            fields[-1] = Field(fields[-1].name, fields[-1].raw + line)
        else:
            fields.append(Field(match[1].decode() if match else "", line))
        at = stop
    return Entity(tuple(fields), b"", b"")


def head_of(data: bytes) -> bytes:
    """All before the first empty line."""
    end = _EMPTY_LINE.search(data)
    return data[: end.start()] if end else data


def split(body: bytes, boundary: str) -> Multipart | None:
    """RFC 2046, section 5.1.1; None where no line is a delimiter. The line end before one belongs to it."""
    mark = re.escape(boundary.encode("utf-8", "surrogateescape"))
    delimiters: list[bytes] = []
    parts: list[bytes] = []
    begin = first = 0
    for found in re.finditer(rb"^--" + mark + rb"(--)?[ \t]*(?:\r?\n|\Z)", body, re.M):
        start = found.start()
        if delimiters:
            start = max(begin, start - _line_end_before(body, start))
            parts.append(body[begin:start])
        else:
            first = start
        delimiters.append(body[start : found.end()])
        begin = found.end()
        if found[1] and parts:
            return Multipart(body[:first], tuple(delimiters), tuple(parts), body[begin:])
    if not delimiters:
        return None
    return Multipart(body[:first], (*delimiters, b""), (*parts, body[begin:]), b"")


def boundaries(body: bytes) -> list[str]:
    """Those of which a line shows the end and one before it a beginning, the first one first."""
    ends = [m[1] for m in _LAST_DELIMITER.finditer(body)][:_MOST_BOUNDARIES]
    places = {
        each: m.start() for each in ends if (m := re.search(rb"^--" + re.escape(each) + rb"[ \t]*\r?$", body, re.M))
    }
    return [each.decode("utf-8", "surrogateescape") for each in sorted(places, key=lambda each: places[each])]


def _line_end_before(body: bytes, at: int) -> int:
    """Bytes of the line end before this place."""
    return 2 if body[max(at - 2, 0) : at] == b"\r\n" else int(body[max(at - 1, 0) : at] == b"\n")
