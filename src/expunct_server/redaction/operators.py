"""What stands in the place of a removed value: one table of functions, and the grammar of what they write.

    <LABEL>               mask
    <LABEL_7>             number: the seventh value of its kind in this document
    <LABEL_h:letters>     hash
    <LABEL_p:letters>     pseudonymize
    <LABEL_last:1234>     partial: the last four letters or digits of the value
    (nothing)             drop
    Elena Okafor          realistic: made up, and told apart from data by nothing (`redaction.realistic`)

The letters of tokens are a to p only (one for each half byte). All but the last two forms are renderings: no quote, no
comma, no tab, no bracket is in them, so they are valid inside CSV, JSON and Markdown, and `rendering_expression` finds
them; text that has been redacted is recognised by it and left alone.
"""

import hmac
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha512
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from expunct_server.redaction.entities import CUSTOM, ENTITY_TYPES
from expunct_server.redaction.realistic import folded, made_up

KEY_BYTES: Final = 32
REDACTED: Final = "REDACTED"
REALISTIC: Final = "realistic"
NUMBER: Final = "number"
_HASH_BYTES: Final = 10
_TAG_BYTES: Final = 16
_LAST: Final = 4
_ENOUGH: Final = 8  # letters and digits that a value must have for the last of them to be shown
_MOST_NUMBERS: Final = 999_999  # a longer number could be an identifier that somebody put in brackets
_TO_LETTERS: Final = str.maketrans("0123456789abcdef", "abcdefghijklmnop")
_TO_HEX: Final = str.maketrans("abcdefghijklmnop", "0123456789abcdef")
_TOKEN = re.compile(r"<([A-Z][A-Z0-9_]{0,63})_p:((?:[a-p]{2})+)>")


@dataclass(slots=True)
class Numbers:
    """Which number each value of one document has, in the order in which they first appeared."""

    _given: dict[tuple[str, str], int] = field(default_factory=dict, repr=False)
    _counts: Counter[str] = field(default_factory=Counter, repr=False)

    def of(self, label: str, value: str) -> int:
        """The value's number, from 1; values that differ in upper and lower case or white space alone share one."""
        key = label, folded(label, value)
        number = self._given.get(key)
        if number is None:
            self._counts[label] += 1
            number = self._given[key] = self._counts[label]
        return number


@dataclass(frozen=True, slots=True)
class Removed:
    """A value that is to go: `label` is what may be said of its type, `key` the tenant's, `numbers` the document's."""

    entity_type: str
    label: str
    value: str = field(repr=False)
    key: bytes = field(repr=False)
    numbers: Numbers = field(repr=False)


Operator = Callable[[Removed], str]
"""What is removed to the text that takes its place."""


class NotAPseudonym(ValueError):
    """The token was not made by `pseudonymize` under this key, or it was changed."""

    def __init__(self) -> None:
        super().__init__("This is not a pseudonym of this tenant.")


def mask(label: str) -> str:
    """The label alone: `<PERSON>`."""
    return f"<{label}>"


def number(label: str, value: str, numbers: Numbers) -> str:
    """The label with the value's number in this document: `<PERSON_1>`; without one beyond a million values."""
    found = numbers.of(label, value)
    return f"<{label}_{found}>" if found <= _MOST_NUMBERS else mask(label)


def partial(label: str, value: str) -> str:
    """The last four letters or digits: `<CREDIT_CARD_last:1111>`; the label alone for a value of fewer than eight."""
    shown = [c for c in value if c.isalnum()]
    return f"<{label}_last:{''.join(shown[-_LAST:])}>" if len(shown) >= _ENOUGH else mask(label)


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
    return f"<{label}_p:{_letters(seal(label, value, key))}>"


def seal(label: str, value: str, key: bytes, *bound: bytes) -> bytes:
    """What a pseudonym holds: 16 bytes that are the same for the same value alone, then the value, encrypted.

    It opens with the same label and, if any are `bound`, with these alone.
    """
    return _cipher(key).encrypt(value.encode("utf-8", "surrogatepass"), [label.encode(), *bound])


def unseal(label: str, sealed: bytes, key: bytes, *bound: bytes) -> str:
    """The value that `seal` was given. Raises NotAPseudonym for anything this key did not seal for exactly these."""
    try:
        return _cipher(key).decrypt(sealed, [label.encode(), *bound]).decode("utf-8", "surrogatepass")
    except InvalidTag:
        raise NotAPseudonym from None


def reveal(token: str, key: bytes) -> str:
    """The value behind a pseudonym. Raises NotAPseudonym for anything this tenant's key did not make."""
    label, sealed = opened(token)
    return unseal(label, sealed, key)


def opened(token: str) -> tuple[str, bytes]:
    """Label and sealed value of what has the form of a pseudonym. Raises NotAPseudonym for any other text."""
    match = _TOKEN.fullmatch(token)
    if not match or len(match[2]) <= 2 * _TAG_BYTES:
        raise NotAPseudonym
    return match[1], bytes.fromhex(match[2].translate(_TO_HEX))


def realistic(entity_type: str, value: str, key: bytes) -> str:
    """A made-up value of the same kind; what nothing can be made up for becomes a token, as by `pseudonymize`."""
    return made_up(entity_type, value, _subkey(key, b"realistic")) or pseudonymize(entity_type, value, key)


def fingerprint(pseudonym: str, key: bytes) -> bytes:
    """16 bytes by which a realistic pseudonym is looked up: HMAC-SHA-256 under a key of the tenant's."""
    return hmac.digest(_subkey(key, b"vault")[:32], pseudonym.encode("utf-8", "surrogatepass"), "sha256")[:16]


OPERATORS: Final[dict[str, Operator]] = {
    "mask": lambda it: mask(it.label),
    NUMBER: lambda it: number(it.label, it.value, it.numbers),
    "partial": lambda it: partial(it.label, it.value),
    "drop": lambda _: "",
    "hash": lambda it: keyed_hash(it.label, it.value, it.key),
    "pseudonymize": lambda it: pseudonymize(it.label, it.value, it.key),
    "pseudonymization": lambda it: pseudonymize(it.label, it.value, it.key),
    REALISTIC: lambda it: realistic(it.entity_type, it.value, it.key),
    "black_box": lambda it: mask(it.label),  # pages and pictures get a box; text has no pixels, so it gets the label
    "blur": lambda it: mask(it.label),
}


def render(
    method: str,
    entity_type: str,
    value: str,
    *,
    key: bytes,
    preserve_labels: bool = True,
    numbers: Numbers | None = None,
) -> str:
    """What replaces `value`; without labels every type is called REDACTED, so the text does not say what was there.

    `numbers` are the document's; without them each value is the first.
    """
    label = entity_type if preserve_labels else REDACTED
    return OPERATORS[method](Removed(entity_type, label, value, key, numbers or Numbers()))


@lru_cache(maxsize=64)
def rendering_expression(custom_types: frozenset[str] = frozenset()) -> re.Pattern[str]:
    """Finds what operators have written: labels that exist, bare, numbered or with a token.

    Others could hold data: whoever writes a text could keep anything from being searched by calling it a label.
    """
    labels = "|".join(sorted({*ENTITY_TYPES, *custom_types, CUSTOM, REDACTED}))
    forms = rf"h:[a-p]{{{2 * _HASH_BYTES}}}|p:(?:[a-p]{{2}}){{{_TAG_BYTES + 1},}}|last:[^\W_]{{{_LAST}}}"
    return re.compile(rf"<(?:{labels})(?:_(?:[1-9][0-9]{{0,5}}|{forms}))?>")


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
