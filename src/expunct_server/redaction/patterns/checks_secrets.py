"""Checks of keys, tokens and passwords: checksums, encoded headers, forms. Each returns how many characters hold."""

import base64
import binascii
import json
import re
import zlib
from typing import Final

_BASE62: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_PLACEHOLDER: Final = re.compile(
    r"(?:(?:your|my|some|the|an?|example|sample|dummy|test|fake|placeholder|change|insert|enter|replace|redacted|hidden|removed|secret|password|passwd|pass|token|key|value|string"
    r"|str|text|bytes|int|bool|none|null|nil|true|false|undefined|required|optional|empty|default|unset|set|here|me|this|user|api|env|x+|\*+|\.+|-+)[-_. ]?){1,6}",
    re.IGNORECASE,
)
_CODE: Final = re.compile(
    r"(?:self|this|os|sys|env|process|config|settings|request|req|args|options|opts|params|props|ctx|context|data|user|credentials|secrets|vault|var|local|module|each|input|form|body|kwargs)"
    r"(?:\.|\[|->)|[A-Za-z_][\w.]*\(|\w+\.\w+\.\w+\Z|[A-Z][A-Z0-9]*_[A-Z0-9_]*\Z|[a-z]+(?:_[a-z]+)+\Z|[a-z]+(?:[A-Z][a-z]+)+\Z|[a-z]+(?:-[a-z]+)+\Z"
)
_SIGNS: Final = frozenset("<$%{*[(&@#\\|~")


def base62_crc32(candidate: str) -> int:
    """GitHub's and npm's tokens: the last six characters are the CRC-32 of the thirty before them, in base 62."""
    body = candidate.rpartition("_")[2]
    number, digits = zlib.crc32(body[:-6].encode()), ""
    while number:
        number, rest = divmod(number, 62)
        digits = _BASE62[rest] + digits
    return len(candidate) if digits.rjust(6, "0") == body[-6:] else 0


def basic_credentials(candidate: str) -> int:
    """Base64 of a user's name, a colon and a password (RFC 7617)."""
    try:
        text = base64.b64decode(candidate + "=" * (-len(candidate) % 4), validate=True).decode()
    except (binascii.Error, ValueError):
        return 0
    return len(candidate) if ":" in text[1:] and text.isprintable() else 0


def discord_token(candidate: str) -> int:
    """The first part is the number of an account in Base64."""
    head = candidate.partition(".")[0]
    try:
        number = base64.b64decode(head + "=" * (-len(head) % 4)).decode()
    except (binascii.Error, ValueError):
        return 0
    return len(candidate) if number.isdecimal() and 17 <= len(number) <= 20 else 0


def jwt(candidate: str) -> int:
    """A header that decodes to a JSON object naming an algorithm (RFC 7519)."""
    head = candidate.partition(".")[0]
    try:
        header = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        return 0
    return len(candidate) if isinstance(header, dict) and "alg" in header else 0


def mixed(candidate: str) -> int:
    """A value behind a label such as `password=`: letters and digits or signs, no placeholder and no expression."""
    kinds = any(c.isalpha() for c in candidate) + any(c.isdigit() for c in candidate)
    kinds += any(not c.isalnum() for c in candidate)
    return len(candidate) if kinds > 1 and _is_value(candidate) else 0


def any_value(candidate: str) -> int:
    """A value in quotation marks behind such a label: also a mere word, but no placeholder and no expression."""
    return len(candidate) if _is_value(candidate) else 0


def key_like(candidate: str) -> int:
    """A value behind the label of a key: letters and digits, both, as keys have them."""
    mixed_case = any(c.isalpha() for c in candidate) and any(c.isdigit() for c in candidate)
    return len(candidate) if mixed_case and _is_value(candidate) else 0


def _is_value(candidate: str) -> bool:
    first = candidate[0]
    if first in _SIGNS and (
        len(candidate) < 2 or not any(c.isalnum() for c in candidate) or first in "<{[(" or candidate[1] in "{(<%"
    ):
        return False
    return not (
        _PLACEHOLDER.fullmatch(candidate) or _CODE.match(candidate) or (first == "$" and candidate[1:].isidentifier())
    )
