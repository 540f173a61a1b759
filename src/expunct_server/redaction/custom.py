"""What a policy looks for itself, and lets stand: checked when the policy is made and bounded when it runs.

Wire shapes, liberal in names and strict in values:

    pattern   name?, pattern|regex|expression, entity_type?, score|confidence?, flags?, ignore_case|case_sensitive?
    phrase    phrase|text|value, name?, entity_type?, score|confidence?, match?, max_distance?, case_sensitive?
    deny      text, match?, entity_type?, max_distance?     or the text alone
    allow     text, match?, entity_type?, max_distance?     or the text alone

`^` and `$` of a pattern stand for the start and end of a line. A denied text is a phrase with score 1. How texts are
matched (exact, folded, fuzzy) is said in `lists`; a phrase is exact unless `case_sensitive` is false, a denied text is
folded and an allowed one exact: what is unsaid leaves less.

Events show entity types and recognizers, and a phrase is itself what must not be shown: its type is CUSTOM unless told,
a name that repeats one of its words gives way to its number, and entries of a list have numbers alone.
"""

import re
import time
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import regex

from expunct_server.redaction import lists
from expunct_server.redaction.entities import ALIASES, CUSTOM, ENTITY_TYPES
from expunct_server.redaction.folding import folded
from expunct_server.redaction.lists import Allowed, Phrase
from expunct_server.redaction.rows import ALLOW, DENY, PATTERN, PHRASE, InvalidPattern, Kind, Row, UnknownKey

__all__ = ["NOTHING", "Custom", "InvalidPattern", "Rule", "UnknownKey", "compile_allowed", "compile_custom"]

DENIED_SCORE: Final = 1.0
DEFAULT_TIMEOUT: Final = 1.0
"""Seconds that one expression may take for one block of text."""
PROBE_TIMEOUT: Final = 0.05
"""Seconds that one expression may take to show, when it is checked, whether it matches empty text."""
CHECK_TIMEOUT: Final = 1.0
"""Seconds of work that checking all rules of a policy may take."""

_SHORT: Final = 3  # a shorter word of a phrase is looked for among a name's words, not inside them
_FLAGS: Final = {"i": regex.I, "s": regex.S, "x": regex.X}
_FLAG_WORDS: Final = {"ignorecase": "i", "ignore_case": "i", "dotall": "s", "verbose": "x", "multiline": "", "m": ""}

Wire = Sequence[Mapping[str, Any] | str] | None


@dataclass(frozen=True, slots=True)
class Rule:
    """One compiled pattern; `recognizer` is `custom:<name>`."""

    recognizer: str
    entity_type: str
    score: float
    expression: Any = field(repr=False)


@dataclass(frozen=True, slots=True)
class Custom:
    """All rules and phrases of a policy; `timeout` is in seconds for each rule and block."""

    rules: tuple[Rule, ...] = ()
    timeout: float = DEFAULT_TIMEOUT
    phrases: tuple[Phrase, ...] = ()

    @property
    def types(self) -> frozenset[str]:
        return frozenset(r.entity_type for r in self.rules) | frozenset(p.entity_type for p in self.phrases)


NOTHING: Final = Custom()


class _Allowance:
    """The work that a check may still take: this thread's own, so that a busy server refuses nothing it should not."""

    def __init__(self) -> None:
        self._until = time.thread_time() + CHECK_TIMEOUT

    def left(self) -> float:
        """Seconds; 0 or less when it is used up."""
        return self._until - time.thread_time()


def compile_custom(
    patterns: Sequence[Mapping[str, Any]] | None, phrases: Wire, denied: Wire = None, *, checked: bool = False
) -> Custom:
    """The rules of a policy, ready to run. Raises InvalidPattern for the first that cannot be used.

    Rules that were `checked` when their policy was made are compiled alone: what once was in order stays so.
    """
    allowance = None if checked else _Allowance()
    rules = [_pattern(row, allowance) for row in _rows(PATTERN, patterns, "pattern", allowance)]
    texts = [_phrase(row) for row in _rows(PHRASE, phrases, "phrase", allowance)]
    texts += [_denied(row) for row in _rows(DENY, denied, "text", allowance)]
    return Custom(tuple(rules), phrases=tuple(texts))


def compile_allowed(allowed: Wire, custom: Custom = NOTHING, *, checked: bool = False) -> tuple[Allowed, ...]:
    """The values that a policy lets stand; `custom` are its own rules. Raises InvalidPattern as above."""
    allowance = None if checked else _Allowance()
    return tuple(_allowed(row, custom.types) for row in _rows(ALLOW, allowed, "text", allowance))


def _rows(kind: Kind, values: Wire, main: str, allowance: _Allowance | None) -> Iterator[Row]:
    """The rows one after the other, each in order as far as its keys go; a text alone stands for its `main` key."""
    values = values or []
    if len(values) > kind.most:
        raise InvalidPattern(kind, kind.most, None, f"a policy may have at most {kind.most:,}.")
    for index, value in enumerate(values):
        fields = {main: value} if isinstance(value, str) and kind is not PATTERN else value
        if not isinstance(fields, Mapping):
            raise InvalidPattern(kind, index, None, "it must be an object.")
        row = Row(kind, index, fields)
        if allowance is not None:
            row.known()
            if allowance.left() <= 0:
                raise row.refuse("the rules up to this one are too complex together.")
        yield row


# --- patterns ---------------------------------------------------------------------------------------------------------


def _pattern(row: Row, allowance: _Allowance | None) -> Rule:
    source = row.text("pattern", "regex", "expression")
    entity_type = row.entity_type((row.name or CUSTOM).upper().strip("_"))
    expression = _compiled(row, source, _flags(row), allowance)
    return Rule(f"custom:{row.name or row.index + 1}", entity_type, row.score(), expression)


def _flags(row: Row) -> int:
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


def _compiled(row: Row, source: str, flags: int, allowance: _Allowance | None) -> Any:
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


# --- phrases and lists ------------------------------------------------------------------------------------------------


def _phrase(row: Row) -> Phrase:
    text = row.text("phrase", "text", "value")
    match = row.match("exact" if row.truth("case_sensitive", default=True) else "folded")
    name = row.index + 1 if row.name is None or _tells(str(row.values["name"]), text.split()) else row.name
    recognizer = f"{lists.PHRASE}{name}"
    return Phrase(
        _seen(row, text, match), match, recognizer, row.entity_type(CUSTOM), row.score(), row.edits(text, match)
    )


def _denied(row: Row) -> Phrase:
    text = row.text("text")
    match = row.match("folded")
    entity_type = row.entity_type(CUSTOM)
    entity_type = ALIASES.get(entity_type, entity_type)
    recognizer = f"{lists.DENIED}{row.index + 1}"
    return Phrase(_seen(row, text, match), match, recognizer, entity_type, DENIED_SCORE, row.edits(text, match))


def _allowed(row: Row, own_types: frozenset[str]) -> Allowed:
    text = row.text("text")
    match = row.match("exact")
    entity_type = None
    if row.values.get("entity_type") is not None:
        label = row.entity_type(CUSTOM)
        entity_type = ALIASES.get(label, label)
        if entity_type not in ENTITY_TYPES and entity_type not in own_types and entity_type != CUSTOM:
            raise row.refuse(f"entity_type {label[:32]} is not known; no finding can be of this type.")
    return Allowed(_seen(row, text, match), match, entity_type, row.edits(text, match))


def _seen(row: Row, text: str, match: lists.Match) -> str:
    """The text, if anything of it is left when it is compared."""
    if match != "exact" and not folded(text).text.strip():
        raise row.refuse("nothing of the text is left without accents and unseen characters.")
    return text


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
