"""What stands in the place of a removed value: one table of functions, and the grammar of what they write.

Every rendering is `<LABEL>` or `<LABEL_h:letters>` or `<LABEL_p:letters>`, where the letters are a to p only (one for
each half byte). So no rendering holds a digit, a quote, a comma, a tab, a bracket or a word; none is data to any
detector, and all are valid inside CSV, JSON and Markdown. RENDERING finds them; text that has been redacted is
recognised by it and left alone.
"""

import hmac
import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from hashlib import sha512
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from expunct_server.redaction.entities import ENTITY_TYPES

KEY_BYTES: Final = 32
REDACTED: Final = "REDACTED"
_HASH_BYTES: Final = 10
_TAG_BYTES: Final = 16
_TO_LETTERS: Final = str.maketrans("0123456789abcdef", "abcdefghijklmnop")
_TO_HEX: Final = str.maketrans("abcdefghijklmnop", "0123456789abcdef")
_TOKEN = re.compile(r"<([A-Z][A-Z0-9_]{0,63})_p:((?:[a-p]{2})+)>")

Operator = Callable[[str, str, bytes], str]
"""(label, value, the tenant's key) to the text that takes the value's place."""


class NotAPseudonym(ValueError):
    """The token was not made by `pseudonymize` under this key, or it was changed."""

    def __init__(self) -> None:
        super().__init__("This is not a pseudonym of this tenant.")


def mask(label: str, value: str, key: bytes) -> str:  # noqa: ARG001 - every operator has this signature
    """The label alone: `<PERSON>`."""
    return f"<{label}>"


def keyed_hash(label: str, value: str, key: bytes) -> str:
    """80 bits of HMAC-SHA-256 under a key of the tenant's: the same value gives the same token in one tenant only."""
    message = label.encode() + b"\0" + value.encode("utf-8", "surrogatepass")
    digest = hmac.digest(_subkey(key, b"hash")[:32], message, "sha256")
    return f"<{label}_h:{_letters(digest[:_HASH_BYTES])}>"


def pseudonymize(label: str, value: str, key: bytes) -> str:
    """The value itself, encrypted with AES-256-SIV (RFC 5297) and bound to its label: deterministic, and reversible.

    The same value and label give the same pseudonym everywhere in the tenant; `reveal` undoes it. What anybody can see
    is the length of the value in bytes and which values are equal.
    """
    sealed = _cipher(key).encrypt(value.encode("utf-8", "surrogatepass"), [label.encode()])
    return f"<{label}_p:{_letters(sealed)}>"


def reveal(token: str, key: bytes) -> str:
    """The value behind a pseudonym. Raises NotAPseudonym for anything this tenant's key did not make."""
    match = _TOKEN.fullmatch(token)
    if not match or len(match[2]) <= 2 * _TAG_BYTES:
        raise NotAPseudonym
    try:
        opened = _cipher(key).decrypt(bytes.fromhex(match[2].translate(_TO_HEX)), [match[1].encode()])
    except InvalidTag:
        raise NotAPseudonym from None
    return opened.decode("utf-8", "surrogatepass")


OPERATORS: Final[dict[str, Operator]] = {
    "mask": mask,
    "hash": keyed_hash,
    "pseudonymize": pseudonymize,
    "pseudonymization": pseudonymize,
    "black_box": mask,  # pages and pictures get a box; text has no pixels, so it gets the label
    "blur": mask,
}


def render(method: str, entity_type: str, value: str, *, key: bytes, preserve_labels: bool = True) -> str:
    """What replaces `value`; without labels every type is called REDACTED, so the text does not say what was there."""
    return OPERATORS[method](entity_type if preserve_labels else REDACTED, value, key)


@lru_cache(maxsize=64)
def rendering_expression(custom_types: frozenset[str] = frozenset()) -> re.Pattern[str]:
    """Finds what operators have written: bare labels that exist, and tokens under any label."""
    labels = "|".join(sorted({*ENTITY_TYPES, *custom_types, REDACTED}))
    token = rf"[A-Z][A-Z0-9_]{{0,63}}_(?:h:[a-p]{{{2 * _HASH_BYTES}}}|p:(?:[a-p]{{2}}){{{_TAG_BYTES + 1},}})"
    return re.compile(rf"<(?:(?:{labels})|{token})>")


def check_methods(methods: Iterable[str]) -> None:
    """Raises ValueError, naming what can be chosen, when one of them is no operator."""
    if any(method not in OPERATORS for method in methods):
        raise ValueError(f"Unknown redaction method; choose one of {', '.join(OPERATORS)}.")


@lru_cache(maxsize=256)
def _subkey(key: bytes, purpose: bytes) -> bytes:
    """64 bytes for one purpose, so that no key is ever used in two algorithms."""
    return hmac.digest(key, b"expunct-server redaction 1 " + purpose, sha512)


@lru_cache(maxsize=256)
def _cipher(key: bytes) -> AESSIV:
    return AESSIV(_subkey(key, b"pseudonym"))


def _letters(data: bytes) -> str:
    return data.hex().translate(_TO_LETTERS)
