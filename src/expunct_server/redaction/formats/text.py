"""Plain text, Markdown and logs: redacted in segments, everything else byte for byte as it was.

Segments are joined where data goes on from one to the next, such as a file in base64, and where escapes are at their
ends: what they say is read as a whole.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from expunct_server.redaction import escapes
from expunct_server.redaction.engine import Redacted, redact_stream
from expunct_server.redaction.findings import Finding
from expunct_server.redaction.formats import encoding
from expunct_server.redaction.formats.common import DocumentError, Job, Summary
from expunct_server.redaction.formats.isolated import base64s
from expunct_server.redaction.formats.searching import Searching
from expunct_server.redaction.numbered import CODE, DIVIDING

MOST_DATA: Final = 8 * 1024 * 1024
"""Code points of data in a text, which has to be held whole."""
_NEAR: Final = 64
_NEAR_ESCAPES: Final = 1_000
_ONE_WORD = re.compile(r"[!-~]\0[!-~]")  # where a segment ends is a NUL, which no text has
_SOFT_END = re.compile(r"=[ \t]{0,20}\r?\n\0")
_LIST = re.compile(rf"{CODE}{DIVIDING}{CODE}{DIVIDING}\0\s{{0,20}}{CODE}(?![0-9A-Za-z])")
_LINES = re.compile(  # as `base64s` reads them
    r"[A-Za-z0-9+/_-]{16}[\s>|]{1,20}\0[\s>|]{0,20}(?:[A-Za-z0-9+/_-]{16}|[A-Za-z0-9+/_-]{1,15}=|(?:[A-Za-z0-9+/_-]{4}){1,3}(?!\S))"
)

_Segment = tuple[str, Redacted]


def redact(job: Job) -> Summary:
    """Findings have offsets in the whole document, in code points, not counting a byte order mark; no location,
    but for those in files that stand in the text. Raises DocumentError and DetectionError."""
    used = encoding.of(job.source)
    write = encoding.writer(job.target, used)
    offset = 0
    searching = Searching(job)
    for source, part in _whole(redact_stream(encoding.reader(job.source, used), job.plan)):
        redacted = searching.more(source, part)
        for finding in searching.found[0]:
            job.tally.add(_placed(finding, offset))
        write(redacted.text)
        offset += len(source)
        job.progress(job.source.tell())
    return job.tally.summary(job.media_type, used.name, job.plan)


def _whole(segments: Iterable[_Segment]) -> Iterator[_Segment]:
    """Segments, joined where data goes on from one to the next. Raises DocumentError for what is too much to hold."""
    held: list[_Segment] = []
    length, end = 0, ""
    for segment in segments:
        if held and not _is_held(held, length + len(segment[0]), end, segment[0]):
            yield _joined(held)
            held, length = [], 0
        held.append(segment)
        length += len(segment[0])
        end = (end + segment[0])[-_NEAR_ESCAPES:]
    if held:
        yield _joined(held)


def _is_held(held: list[_Segment], length: int, end: str, start: str) -> bool:
    """Whether segments, with the next so many code points, are to be read with that. Raises DocumentError."""
    near = f"{end[-_NEAR:]}\0{start[:_NEAR]}"
    if any(form.search(near) for form in (_ONE_WORD, _LINES, _LIST, _SOFT_END)):
        return _fits(held, length, near)
    return length <= MOST_DATA and _is_escaped(end, start[:_NEAR_ESCAPES])


def _is_escaped(end: str, start: str) -> bool:
    """Whether a text may have escapes across the end of a segment, or, amid a line, near it: then what stands there may
    be a value that the search of the segments did not see."""
    text, at = end + start, len(end)
    is_line = end.endswith("\n")
    return any(
        found.start() <= at <= found.end() or not (is_line or found.end() < at - _NEAR or found.start() > at + _NEAR)
        for found in escapes.ESCAPE.finditer(text)
    )


def _fits(held: list[_Segment], length: int, near: str) -> bool:
    """Whether so much data can be held; lines that say nothing together, such as hashes, may be parted. Raises
    DocumentError."""
    if length <= MOST_DATA:
        return True
    if _LINES.search(near) and not base64s.is_one("".join(source for source, _ in held)):
        return False
    raise DocumentError(
        "too_large",
        f"A text may have {MOST_DATA:,} characters of data in one piece, such as a file in base64: "
        "send that as a file of its own.",
    )


def _joined(segments: list[_Segment]) -> _Segment:
    """Several segments as one."""
    offset, findings = 0, []
    for source, part in segments:
        findings += [finding.moved(offset) for finding in part.findings]
        offset += len(source)
    text = "".join(part.text for _, part in segments)
    return "".join(source for source, _ in segments), replace(segments[0][1], text=text, findings=findings)


def _placed(finding: Finding, offset: int) -> Finding:
    """A finding of a segment that begins there; one in a file has its place in that."""
    if finding.location:
        return finding.placed(f"a file in the text, {finding.location}")
    return finding.moved(offset)
