"""Patterns and phrases of a policy's own, checked when the policy is made and bounded when they run.

Wire shapes, liberal in names and strict in values:

    pattern   name?, pattern|regex|expression, entity_type?, score|confidence?, flags?, ignore_case|case_sensitive?
    phrase    phrase|text|value, name?, entity_type?, score|confidence?, match exact|folded?, case_sensitive?

`^` and `$` stand for the start and end of a line. A phrase matches whole words; `exact` (the default unless
`case_sensitive` is false) minds upper and lower case, `folded` does not; white space in a phrase matches any run of it.

Events show entity types and recognizers, and a phrase is itself what must not be shown: its type is CUSTOM unless told,
and a name that repeats one of its words gives way to its number.
"""

import re
import time
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import regex

from expunct_server.redaction.entities import CUSTOM, is_label

MAX_RULES: Final = 100
MAX_LENGTH: Final = 1_000
DEFAULT_SCORE: Final = 0.85
DEFAULT_TIMEOUT: Final = 1.0
"""Seconds that one expression may take for one block of text."""
PROBE_TIMEOUT: Final = 0.05
"""Seconds that one expression may take to show, when it is checked, whether it matches empty text."""
CHECK_TIMEOUT: Final = 1.0
"""Seconds of work that checking all rules of a policy may take."""

_NAME_NOISE = re.compile(r"[^A-Za-z0-9]+")
_SHARED_KEYS: Final = {"name", "entity_type", "score", "confidence", "case_sensitive"}
_KEYS: Final = {
    "pattern": _SHARED_KEYS | {"pattern", "regex", "expression", "flags", "ignore_case"},
    "phrase": _SHARED_KEYS | {"phrase", "text", "value", "match"},
}
_SHOWABLE = re.compile(r"[a-z_]{1,40}")
_SHORT: Final = 3  # a shorter word of a phrase is looked for among a name's words, not inside them
_FLAGS: Final = {"i": regex.I, "s": regex.S, "x": regex.X}
_FLAG_WORDS: Final = {"ignorecase": "i", "ignore_case": "i", "dotall": "s", "verbose": "x", "multiline": "", "m": ""}


class InvalidPattern(ValueError):
    """A custom pattern or phrase that cannot be used; `index` counts from 0 in its list. Never holds the expression."""

    def __init__(self, kind: str, index: int, name: str | None, reason: str) -> None:
        called = f" ({name})" if name else ""
        super().__init__(f"Custom {kind} {index + 1}{called}: {reason}")
        self.kind, self.index, self.name, self.reason = kind, index, name, reason


class UnknownKey(InvalidPattern):
    """A custom pattern or phrase with a key that means nothing here, such as a misspelt one."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One compiled pattern or phrase; `recognizer` is `custom:<name>` or `phrase:<name>`."""

    recognizer: str
    entity_type: str
    score: float
    expression: Any = field(repr=False)


@dataclass(frozen=True, slots=True)
class Custom:
    """All rules of a policy; `timeout` is in seconds for each rule and block."""

    rules: tuple[Rule, ...] = ()
    timeout: float = DEFAULT_TIMEOUT

    @property
    def types(self) -> frozenset[str]:
        return frozenset(rule.entity_type for rule in self.rules)


NOTHING: Final = Custom()


class _Allowance:
    """The work that a check may still take: this thread's own, so that a busy server refuses nothing it should not."""

    def __init__(self) -> None:
        self._until = time.thread_time() + CHECK_TIMEOUT

    def left(self) -> float:
        """Seconds; 0 or less when it is used up."""
        return self._until - time.thread_time()


def compile_custom(
    patterns: Sequence[Mapping[str, Any]] | None,
    phrases: Sequence[Mapping[str, Any] | str] | None,
    *,
    checked: bool = False,
) -> Custom:
    """The rules of a policy, ready to run. Raises InvalidPattern for the first that cannot be used.

    Rules that were `checked` when their policy was made are compiled alone: what once was in order stays so.
    """
    allowance = None if checked else _Allowance()
    patterns, phrases = patterns or [], phrases or []
    for kind, rows in (("pattern", patterns), ("phrase", phrases)):
        if len(rows) > MAX_RULES:
            raise InvalidPattern(kind, MAX_RULES, None, f"a policy may have at most {MAX_RULES}.")
    compiled = [_pattern(_row("pattern", i, row, allowance), allowance) for i, row in enumerate(patterns)]
    for i, row in enumerate(phrases):
        compiled.append(_phrase(_row("phrase", i, {"phrase": row} if isinstance(row, str) else row, allowance)))
    return Custom(tuple(compiled))


@dataclass(frozen=True, slots=True)
class _Row:
    """A wire row with its place, so that every complaint says where it is."""

    kind: str
    index: int
    values: Mapping[str, Any]

    @property
    def name(self) -> str | None:
        name = self.values.get("name")
        return _NAME_NOISE.sub("_", name)[:64] or None if isinstance(name, str) else None

    def refuse(self, reason: str) -> InvalidPattern:
        return InvalidPattern(self.kind, self.index, self.name, reason)

    def text(self, *names: str) -> str:
        value = next((self.values[n] for n in names if self.values.get(n) is not None), None)
        if not isinstance(value, str) or not value.strip():
            raise self.refuse(f"{names[0]} must be a text that is not empty.")
        if len(value) > MAX_LENGTH:
            raise self.refuse(f"{names[0]} is longer than {MAX_LENGTH} characters.")
        return value

    def truth(self, name: str, default: bool) -> bool:
        value = self.values.get(name)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise self.refuse(f"{name} must be true or false.")
        return value

    def score(self) -> float:
        value = self.values.get("score", self.values.get("confidence"))
        if value is None:
            return DEFAULT_SCORE
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 1:
            raise self.refuse("score must be a number above 0 and at most 1.")
        return float(value)

    def entity_type(self, default: str) -> str:
        value = self.values.get("entity_type")
        if value is None:
            return default if is_label(default) else CUSTOM
        label = _NAME_NOISE.sub("_", value).upper() if isinstance(value, str) else ""
        if not is_label(label):
            raise self.refuse("entity_type must be letters, digits and underscores, beginning with a letter.")
        return label


def _row(kind: str, index: int, values: object, allowance: _Allowance | None) -> _Row:
    if not isinstance(values, Mapping):
        raise InvalidPattern(kind, index, None, "it must be an object.")
    row = _Row(kind, index, values)
    if allowance is not None:
        unknown = sorted(str(key) for key in values.keys() - _KEYS[kind])
        if unknown:
            shown = next((key for key in unknown if _SHOWABLE.fullmatch(key)), "a field")
            raise UnknownKey(kind, index, None, f"{shown} is not known here.")
        if allowance.left() <= 0:
            raise row.refuse("the rules up to this one are too complex together.")
    return row


def _pattern(row: _Row, allowance: _Allowance | None) -> Rule:
    source = row.text("pattern", "regex", "expression")
    entity_type = row.entity_type((row.name or CUSTOM).upper().strip("_"))
    expression = _compiled(row, source, _flags(row), allowance)
    return Rule(f"custom:{row.name or row.index + 1}", entity_type, row.score(), expression)


def _flags(row: _Row) -> int:
    flags = 0
    wanted = row.values.get("flags") or []
    words = re.split(r"[\s|,]+", wanted) if isinstance(wanted, str) else wanted
    if not isinstance(words, Sequence) or not all(isinstance(w, str) for w in words):
        raise row.refuse("flags must be a text or a list of texts.")
    letters = "".join(_FLAG_WORDS.get(w.lower().removeprefix("re."), w.lower()) for w in words)
    for letter in letters:
        if letter not in _FLAGS:
            raise row.refuse("flags may hold i (ignore case), s (dot matches newline), x (verbose) and m.")
        flags |= _FLAGS[letter]
    ignore = row.truth("ignore_case", default=not row.truth("case_sensitive", default=True))
    return flags | (regex.I if ignore else 0)


def _compiled(row: _Row, source: str, flags: int, allowance: _Allowance | None) -> Any:
    try:
        expression = regex.compile(source, flags | regex.M | regex.V0)
        if allowance is None:
            return expression
        probe = max(min(PROBE_TIMEOUT, allowance.left()), 0.001)
        empty = expression.search("", timeout=probe) is not None
    except regex.error as error:
        at = f" at character {error.pos + 1}" if isinstance(error.pos, int) else ""
        raise row.refuse(f"the expression is not valid{at}.") from None
    except (TimeoutError, RecursionError, MemoryError, OverflowError, ValueError):
        raise row.refuse("the expression is too complex.") from None
    if empty:
        raise row.refuse("the expression matches empty text, so it would match everywhere.")
    return expression


def _phrase(row: _Row) -> Rule:
    words = row.text("phrase", "text", "value").split()
    folded = _folded(row)
    body = r"\s+".join(regex.escape(word) for word in words)
    before = r"(?<!\w)" if words[0][0].isalnum() else ""
    after = r"(?!\w)" if words[-1][-1].isalnum() else ""
    flags = regex.I | regex.F if folded else 0
    expression = regex.compile(before + body + after, flags | regex.V0)
    name = row.index + 1 if row.name is None or _tells(str(row.values["name"]), words) else row.name
    return Rule(f"phrase:{name}", row.entity_type(CUSTOM), row.score(), expression)


def _tells(name: str, phrase: Sequence[str]) -> bool:
    """Whether a phrase's name holds one of its words, be they in capitals, with accents or run together."""
    in_name, in_phrase = _plain_words(name), _plain_words(" ".join(phrase))
    whole = "".join(in_name)
    return any(
        word in in_name or (len(word) >= _SHORT and word in whole) for word in (*in_phrase, "".join(in_phrase)) if word
    )


def _plain_words(text: str) -> list[str]:
    plain = "".join(c for c in unicodedata.normalize("NFKD", text).casefold() if not unicodedata.combining(c))
    return "".join(c if c.isalnum() else " " for c in plain).split()


def _folded(row: _Row) -> bool:
    match = row.values.get("match")
    if match is None:
        return not row.truth("case_sensitive", default=True)
    if match not in ("exact", "folded"):
        raise row.refuse("match must be exact or folded.")
    return bool(match == "folded")
