"""Bodies out of their transfer encodings (RFC 2045, section 6) and charsets, and back."""

import base64
import quopri
import re
from typing import Final

from expunct_server.redaction.formats import charsets
from expunct_server.redaction.formats.common import DocumentError
from expunct_server.redaction.removed import unbase64

_PLAIN: Final = frozenset({"", "7bit", "8bit", "binary"})
_LINE: Final = 57  # bytes that make 76 characters
_END_OF_BASE64 = re.compile(rb"=[ \t]*\r?\n(?=[ \t\r\n]*\S)")
_COMMENT = re.compile(r"\([^()]*\)")
_NONE = re.compile(r"[78][ -]?bits?|utf-?8|us-ascii|ascii|none|text|plain")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/=\s]")


def named(said: str) -> str:
    """A transfer encoding by its name: without comments and quotes, and as older programs call those that are none."""
    name = _COMMENT.sub("", said).partition(";")[0].strip().strip("\"'").strip().lower()
    return "8bit" if _NONE.fullmatch(name) else name


def without_footer(body: bytes, encoding: str) -> tuple[bytes, bytes]:
    """A body in base64 that has an end, and what stands after it and is none: mailing lists add lines to all."""
    end = _END_OF_BASE64.search(body) if encoding == "base64" else None
    if end is None or not _NOT_BASE64.search(body, end.end()):
        return body, b""
    return body[: end.end()], body[end.end() :]


def decoded(body: bytes, encoding: str) -> bytes:
    """The bytes that a body carries. Raises DocumentError for an encoding that is not known."""
    if encoding in _PLAIN:
        return body
    if encoding == "quoted-printable":
        return quopri.decodestring(body)
    if encoding == "base64":
        return _unbase64(body)
    raise DocumentError(
        "unreadable",
        "A part of the message has a transfer encoding that is not read: save the message anew and send that.",
    )


def is_clean(body: bytes, encoding: str) -> bool:
    """Whether a body says nothing beside what it carries: what is no base64 is passed over by those that decode it."""
    return encoding != "base64" or not _NOT_BASE64.search(body)


def encoded(data: bytes, encoding: str, like: bytes) -> bytes:
    """The other way round. Lines end as those of `like` do."""
    line_end = b"\r\n" if b"\r\n" in like else b"\n"
    if encoding == "quoted-printable":
        return quopri.encodestring(data.replace(b"\r\n", b"\n")).replace(b"\n", line_end)
    if encoding == "base64":
        lines = [base64.b64encode(data[i : i + _LINE]) for i in range(0, len(data), _LINE)]
        return line_end.join([*lines, b""] if like.endswith(b"\n") else lines)
    return data


def text_of(data: bytes, declared: str | None) -> tuple[str, str]:
    """A text and the codec that it is in, the likeliest one. Raises DocumentError for one that is not read."""
    codec = charsets.ways(data, (declared or "",))[0]
    return charsets.decoded(data, codec), codec


def _unbase64(body: bytes) -> bytes:
    """As mail programs do: what is no base64 is passed over, and so is what comes after padding."""
    plain = _NOT_BASE64.sub(b"", body)
    plain = b"".join(plain.split())
    first = plain.find(b"=")
    if first >= 0 and plain[first:].strip(b"="):
        raise DocumentError(
            "unreadable",
            "A part of the message goes on after the end of its base64 text: save the message anew and send that.",
        )
    if (data := unbase64(plain.decode())) is None:
        raise DocumentError(
            "unreadable", "A part of the message is not valid base64: save the message anew and send that."
        )
    return data
