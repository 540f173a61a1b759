"""Canonical JSON: one byte string for one value, so that what is hashed, stored and shown is the same.

RFC 8785 (JCS) under a profile where it is unambiguous in any language: strings, booleans, null, integers within
±(2^53−1), lists, and objects with ASCII keys, nested at most 64 deep. Floats, other keys and lone surrogates are
refused when the event is written, never silently changed.
"""

import json
import re
from typing import Final

Json = None | bool | int | str | list["Json"] | dict[str, "Json"]

MAX_INTEGER: Final = 2**53 - 1
MAX_DEPTH: Final = 64
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True, check_circular=False)
_ASCII_KEY = re.compile(r"[\x20-\x7e]+\Z")


class NotCanonical(ValueError):
    """The value is outside the profile. The message names the place, never the value."""


def canonical(value: Json) -> bytes:
    """The canonical bytes of `value` (UTF-8, no white space, keys sorted). Raises `NotCanonical`.

    Sorting by code point equals RFC 8785's sorting by UTF-16 unit because keys are ASCII; JSON's own escapes are the
    ones of RFC 8785 section 3.2.2.2 with `ensure_ascii=False`.
    """
    check(value)
    return spelled(value)


def spelled(value: Json) -> bytes:
    """What `canonical` gives for a value known to be within the profile, in a third of the time."""
    return _ENCODER.encode(value).encode()


def check(value: Json, place: str = "$", depth: int = 0) -> None:
    """Raise `NotCanonical` unless `value` lies within the profile."""
    if depth > MAX_DEPTH:  # before the interpreter's own limit, which is met in whatever code is running then
        raise NotCanonical(f"a value is nested more than {MAX_DEPTH} deep")
    if value is None or isinstance(value, bool | int | str):
        _check_scalar(value, place)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            check(item, f"{place}.{index}", depth + 1)
    elif isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str) or not _ASCII_KEY.match(key):
                raise NotCanonical(f"{place} has a key that is not printable ASCII")
            check(item, f"{place}.{key}", depth + 1)
    else:
        raise NotCanonical(f"{place} is a {type(value).__name__}")


def _check_scalar(value: bool | int | str | None, place: str) -> None:
    if isinstance(value, int) and abs(value) > MAX_INTEGER:
        raise NotCanonical(f"{place} is an integer beyond 2^53-1")
    if isinstance(value, str) and not value.isascii() and any("\ud800" <= c <= "\udfff" for c in value):
        raise NotCanonical(f"{place} holds a lone surrogate")
