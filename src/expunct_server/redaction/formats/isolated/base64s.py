"""Base64 (RFC 4648, sections 4 and 5) in a text, also in lines and with the signs of an answer before these: which of
them are one."""

import base64
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from expunct_server.redaction.formats.isolated import contents
from expunct_server.redaction.formats.isolated.contents import Found
from expunct_server.redaction.removed import is_said, unbase64

# Possessive: what a stranger wrote must not be tried in all the ways that it can be divided.
# Between its lines may be the signs of an answer.
_BASE64 = re.compile(
    r"(?:[A-Za-z0-9+/_-]{16,}+(?:[\s>|]{1,20}+(?=[A-Za-z0-9+/_-]{16}))?+)++"
    r"(?:[\s>|]{1,20}[A-Za-z0-9+/_-]{1,15}={1,2}|={0,2})"
)
_LINE = re.compile(r"[A-Za-z0-9+/_-]{16,}+={0,2}")
_REST = re.compile(r"[ \t]*\r?\n[ \t>|]{0,20}(?:[A-Za-z0-9+/_-]{4}){1,3}(?!\S)")
_WIDEST_LINE: Final = 76  # letters (RFC 2045, section 6.8): a longer line is data that is not in lines
# Of a word or two: letters of both cases or digits are among it, as in few words that are none.
_SHORT = re.compile(r"(?<![A-Za-z0-9+/_=-])(?=[A-Z]?[a-z]*[A-Z0-9])[A-Za-z0-9+/_-]{8,15}={0,2}(?![A-Za-z0-9+/_=-])")
_NO_SHORT = re.compile(r"[A-Z_-]+|[0-9_-]+")
_HEX = re.compile(r"(?:0[xX])?(?:[0-9A-Fa-f]{2}[\s>|]*+){12,}+")  # is read as numbers

_Lines = Sequence[re.Match[str]]


def in_lines(text: str) -> Iterator[Found]:
    """In lines together, but each file on its own; or where they say nothing so, see `_apart`."""
    for found in _BASE64.finditer(text):
        if _HEX.fullmatch(found[0]):
            continue
        parts = list(_parted(list(_LINE.finditer(text, *found.span())), _is_new_file))
        for number, lines in enumerate(parts, 1):
            start, end = lines[0].start(), lines[-1].end()
            if number == len(parts):
                end = _end(lines, found.end())
            data = unbase64(text[start:end])
            if data is None or len(lines) < 2 or contents.says(data):
                yield start, end, data or b"", _encoded
            else:
                yield from _apart(lines, end)


def _end(lines: _Lines, end: int) -> int:
    """Where data in lines ends that goes to `end` at least: the rest of it may be few letters that nothing pads, which
    are a word where it is no text with them."""
    text, start = lines[0].string, lines[0].start()
    last = lines[-1]
    is_full = last.end() == end and len(last[0]) == len(lines[0][0]) and not last[0].endswith("=")
    rest = _REST.match(text, end) if is_full else None
    if rest is None:
        return end
    without, whole = (unbase64(text[start:until]) or b"" for until in (end, rest.end()))
    is_word = contents.is_text(without) and not contents.is_text(whole)
    return rest.end() if contents.says(whole) and not is_word else end


def _apart(lines: _Lines, end: int) -> Iterator[Found]:
    """Lines of data that is nothing as a whole, with what is left over to `end`: those of a file or a text that some
    others stand before or behind, and all others alone or with those that they go on in."""
    rest: list[re.Match[str]] = []
    for body in _parted(lines, _is_other_body):
        start, until = body[0].start(), end if body[-1] is lines[-1] else body[-1].end()
        data = (unbase64(lines[0].string[start:until]) or b"") if _is_body(body) else b""
        if data and contents.says(data):
            yield from _going_on(rest)
            rest = []
            yield start, until, data, _encoded
        else:
            rest += body
    yield from _going_on(rest)


def _parted(lines: _Lines, is_other: Callable[[_Lines, re.Match[str]], bool]) -> Iterator[_Lines]:
    """Lines, parted where one is of another part than those before it."""
    part: list[re.Match[str]] = []
    for line in lines:
        if part and is_other(part, line):
            yield part
            part = []
        part.append(line)
    if part:
        yield part


def _is_new_file(part: _Lines, line: re.Match[str]) -> bool:
    """Whether a file begins with a line after the end of other data. One that begins amid lines of a package is a
    member of that."""
    has_ended = _has_ended(part, line) or _gap(part[-1], line) > (_gap(*part[:2]) if len(part) > 1 else 1)
    return (has_ended or len(part[-1][0]) > _WIDEST_LINE) and _begins_as_file(line)


def _is_other_body(body: _Lines, line: re.Match[str]) -> bool:
    return _has_ended(body, line) or (_begins_as_file(line) and not _begins_as_file(body[0]))


def _has_ended(lines: _Lines, line: re.Match[str]) -> bool:
    """Lines of data are as long as each other, but for the last, which may be shorter."""
    return len(lines[-1][0]) < max(len(lines[0][0]), len(line[0]))


def _gap(before: re.Match[str], after: re.Match[str]) -> int:
    return before.string.count("\n", before.end(), after.start())


def _is_body(lines: _Lines) -> bool:
    """Whether lines may be data that is read as one for themselves: two say too little of that."""
    return len(lines) > 2 or _begins_as_file(lines[0])


def _going_on(lines: _Lines) -> Iterator[Found]:
    """Lines of data that is no text as a whole; those together over whose ends letters go on."""
    start = end = 0
    parts: list[bytes] = []
    is_open = False  # none of its letters is left over
    for line in lines:
        data = unbase64(line[0]) or b""
        if parts and not (is_open and contents.is_across(parts[-1], data)):
            yield start, end, b"".join(parts), _encoded
            parts = []
        start, end = start if parts else line.start(), line.end()
        parts.append(data)
        is_open = len(line[0]) % 4 == 0 and not line[0].endswith("=")
    if parts:
        yield start, end, b"".join(parts), _encoded


def short(text: str) -> Iterator[Found]:
    """Base64 of a word or two, which is some where it says one."""
    for found in _SHORT.finditer(text):
        data = None if _NO_SHORT.fullmatch(found[0]) else unbase64(found[0])
        if data and is_said(data):
            yield found.start(), found.end(), data, _encoded


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def is_one(text: str) -> bool:
    """Whether among lines of data that a text ends with a file or a text begins, which are one then."""
    *_, last = _BASE64.finditer(text)
    lines = list(_LINE.finditer(last[0]))
    return _begins(lines) or any(_begins(body) for body in _parted(lines, _is_other_body) if _is_body(body))


def _begins(lines: _Lines) -> bool:
    letters = "".join(line[0] for line in lines[: contents.HEAD // 16])[: contents.HEAD]
    return contents.begins(unbase64(letters[: len(letters) // 4 * 4]) or b"")


def _begins_as_file(line: re.Match[str]) -> bool:
    return contents.begins_as_file(unbase64(line[0][:16]) or b"")
