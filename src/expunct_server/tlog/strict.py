"""Reading without leniency: one spelling for each value, and everything else rejected.

Python's own readers accept more than a wire format may: `int` takes signs, underscores and foreign digits,
`str.splitlines` splits at ten characters, `base64` ignores trailing bits. A verifier that accepts two spellings of
one value can be told two stories; so each reader here compares what it read with its one canonical spelling.
"""

import base64

MAX_SIZE = 2**63 - 1
"""The largest tree size, index and POSIX time that the formats allow (int64 of the implementations in use)."""

HASH_SIZE = 32
"""Bytes in a SHA-256 hash."""

_MAX_DIGITS = len(str(MAX_SIZE))


class Rejected(ValueError):
    """What was given is malformed or does not verify. The message says what is wrong and never repeats the input."""


def check_size(value: int, what: str) -> None:
    """Raise Rejected unless `value` lies in 0..2^63-1; `what` names it in the message."""
    if not 0 <= value <= MAX_SIZE:
        raise Rejected(f"{what} is out of range")


def check_hashes(hashes: tuple[bytes, ...] | list[bytes]) -> None:
    """Raise Rejected unless every item is a hash of 32 bytes."""
    if any(len(each) != HASH_SIZE for each in hashes):
        raise Rejected("a hash is not 32 bytes long")


def decimal(text: str) -> int:
    """The number that `text` spells in ASCII digits, without sign or leading zero, 0..2^63-1; raises Rejected."""
    if not (text.isascii() and text.isdigit()) or len(text) > _MAX_DIGITS:  # isdigit alone takes Unicode digits
        raise Rejected("a number is not written in plain decimal digits")
    if text[0] == "0" and text != "0":
        raise Rejected("a number has a leading zero")
    value = int(text)
    check_size(value, "a number")
    return value


def base64_bytes(text: str, length: int | None = None) -> bytes:
    """The bytes that `text` spells in standard base64 with padding (RFC 4648 section 4); raises Rejected.

    `length`: how many bytes there must be; None for any number.
    """
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        raise Rejected("base64 is malformed") from None
    # The decoder ignores the unused bits of the last character: only the spelling that we would write is accepted.
    if base64_text(data) != text:
        raise Rejected("base64 is not in its canonical form")
    if length is not None and len(data) != length:
        raise Rejected(f"base64 does not hold {length} bytes")
    return data


def base64_text(data: bytes) -> str:
    """Standard base64 with padding (RFC 4648 section 4)."""
    return base64.b64encode(data).decode("ascii")


def utf8_text(data: bytes) -> str:
    """The text that `data` holds in UTF-8 (no surrogates, no overlong forms); raises Rejected."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise Rejected("the text is not valid UTF-8") from None


def utf8_bytes(text: str) -> bytes:
    """`text` in UTF-8; raises Rejected where a lone surrogate has no encoding."""
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        raise Rejected("the text has no UTF-8 encoding") from None


def check_text(text: str) -> None:
    """Raise Rejected where `text` holds an ASCII control character other than newline or cannot be UTF-8."""
    utf8_bytes(text)
    if any(each < " " and each != "\n" for each in text):
        raise Rejected("the text holds a control character")


def split_lines(text: str) -> list[str]:
    """The lines of `text`, each of which must end in a newline (U+000A and nothing else splits); raises Rejected."""
    if not text.endswith("\n"):
        raise Rejected("the last line does not end in a newline")
    return text[:-1].split("\n")


def hash_lines(lines: list[str], limit: int) -> tuple[bytes, ...]:
    """The hashes that `lines` hold, one in base64 a line, `limit` lines at most; raises Rejected."""
    if len(lines) > limit:
        raise Rejected("there are too many hashes")
    return tuple(base64_bytes(line, HASH_SIZE) for line in lines)
