"""A JSON tokenizer (RFC 8259) that says where keys, strings and numbers stand, so that the rest can stay as it is.

It keeps its own stack, so nesting is bounded by memory alone, and never turns a number into one of Python's.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Literal

Kind = Literal["key", "string", "number"]

_SPACE = re.compile(r"[ \t\n\r]*+")
_STRING: Final = r'"[^"\\\x00-\x1f]*+(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*+)*+"'
_NUMBER: Final = r"-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?+(?![\w.+-])"
_TOKEN = re.compile(rf"([{{}}\[\],:])|({_STRING})|({_NUMBER})|(true|false|null)(?!\w)")
_OPEN_STRING = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+\\?\Z', re.DOTALL)
_PIECE = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.|[^\\]", re.DOTALL
)

_POINTER_STEPS: Final = 64
_POINTER_LENGTH: Final = 500
_STEP_NOISE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_BRACKETS: Final = str.maketrans("[]", "()")


class NotJson(Exception):
    """Not JSON at code point `position`; `cut` when more text might have made it right."""

    def __init__(self, position: int, *, cut: bool = False) -> None:
        super().__init__(f"not JSON at {position}")
        self.position = position
        self.cut = cut


@dataclass(slots=True)
class Step:
    """One step of the way to a value: a key as it may be shown, or an index. Keys that are redacted are renamed."""

    above: "Step | None" = field(repr=False)
    name: str = field(repr=False)
    is_key: bool = True


@dataclass(frozen=True, slots=True)
class Token:
    """A key, string or number; `start` and `end` include a string's quotes."""

    kind: Kind
    start: int
    end: int
    step: Step | None


@dataclass(slots=True)
class _Place:
    """An open array or object: the way to it, and how many values it has had."""

    above: Step | None
    is_object: bool
    count: int = 0


def tokens(text: str) -> Iterator[Token]:
    """Keys, strings and numbers of one JSON document, in order. Raises NotJson at the first thing out of place."""
    places: list[_Place] = []
    step: Step | None = None
    expected = "value"
    position = _skip(text, 0)
    while expected != "end" or position < len(text):
        match = _TOKEN.match(text, position)
        if match is None or expected == "end":
            raise NotJson(position, cut=expected != "end" and _is_cut(text, position))
        mark = match[1] or ""
        if expected in ("value", "value or ]") and mark not in ("]", "}", ",", ":"):
            step = _arrive(places, step)
            if mark:
                places.append(_Place(step, mark == "{"))
                expected = "key or }" if mark == "{" else "value or ]"
            else:
                if not match[4]:
                    yield Token("string" if match[2] else "number", position, match.end(), step)
                expected = _after_value(places)
        elif expected in ("key", "key or }") and match[2]:
            step = Step(places[-1].above, decoded(match[2]))
            yield Token("key", position, match.end(), step)
            expected = ":"
        elif _closes(mark, expected, places):
            step = places.pop().above
            expected = _after_value(places)
        elif mark == expected == ":":
            expected = "value"
        elif mark == "," and expected == ", or close":
            expected = "key" if places[-1].is_object else "value"
        else:
            raise NotJson(position)
        position = _skip(text, match.end())


def may_be_json(text: str, *, whole: bool) -> bool:
    """Whether a text, or the beginning of one, is JSON."""
    try:
        for _ in tokens(text):
            pass
    except NotJson as error:
        return error.cut and not whole
    return True


def decoded(raw: str) -> str:
    """The value of a string token; lone surrogates stay what they are."""
    return str(json.loads(raw)) if "\\" in raw else raw[1:-1]


def raw_offsets(raw: str) -> list[int]:
    """For each code point of a string token's value, and its end, the offset in `raw`."""
    return [m.start() for m in _PIECE.finditer(raw, 1, len(raw) - 1)] + [len(raw) - 1]


def pointer(step: Step | None) -> str:
    """A JSON Pointer (RFC 6901): `/users/0/email`, without square brackets; beyond 64 steps the last 64 after `…`."""
    names: list[str] = []
    while step is not None and len(names) < _POINTER_STEPS:
        names.append(_STEP_NOISE.sub(" ", step.name).replace("~", "~0").replace("/", "~1").translate(_BRACKETS))
        step = step.above
    text = "".join(f"/{name}" for name in reversed(names))
    shown = text if len(text) <= _POINTER_LENGTH else "…" + text[-_POINTER_LENGTH:]
    return "…" + shown if step is not None and not shown.startswith("…") else shown


def names_above(step: Step | None) -> tuple[str, ...]:
    """The last two keys on the way to a value, outermost first; indexes do not count."""
    names: list[str] = []
    for _ in range(8):
        if step is None or len(names) == 2:
            break
        if step.is_key:
            names.append(step.name)
        step = step.above
    return tuple(reversed(names))


def _arrive(places: list[_Place], step: Step | None) -> Step | None:
    """The way to the value that begins here: the next index of an array, else the key that was just read."""
    if not places or places[-1].is_object:
        return step
    place = places[-1]
    place.count += 1
    return Step(place.above, str(place.count - 1), is_key=False)


def _after_value(places: list[_Place]) -> str:
    return ", or close" if places else "end"


def _closes(mark: str, expected: str, places: list[_Place]) -> bool:
    if not places or expected not in (", or close", "key or }", "value or ]"):
        return False
    return mark == ("}" if places[-1].is_object else "]")


def _skip(text: str, position: int) -> int:
    match = _SPACE.match(text, position)
    return match.end() if match else position


def _is_cut(text: str, position: int) -> bool:
    """Whether the text merely ends here: at once, within a string, or within a short token."""
    return len(text) - position < 8 or _OPEN_STRING.match(text, position) is not None
