"""Rows of a policy's own patterns, phrases and lists, as they come over the wire: lenient in names, not in values."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from expunct_server.redaction import fuzzy
from expunct_server.redaction.entities import CUSTOM, is_label
from expunct_server.redaction.folding import folded
from expunct_server.redaction.lists import Match, edge_words

DEFAULT_SCORE: Final = 0.85

_NAME_NOISE = re.compile(r"[^A-Za-z0-9]+")
_SHOWABLE = re.compile(r"[a-z_]{1,40}")


@dataclass(frozen=True, slots=True)
class Kind:
    """One list of a policy: its field, how a row of it is called in a sentence, and its bounds."""

    field: str
    called: str
    keys: frozenset[str]
    most: int
    longest: int


_SHARED: Final = frozenset({"name", "entity_type", "score", "confidence", "case_sensitive"})
_LISTED: Final = frozenset({"text", "match", "entity_type", "max_distance"})
PATTERN: Final = Kind(
    "custom_patterns",
    "Custom pattern",
    _SHARED | {"pattern", "regex", "expression", "flags", "ignore_case"},
    100,
    1_000,
)
PHRASE: Final = Kind(
    "custom_phrases", "Custom phrase", _SHARED | {"phrase", "text", "value", "match", "max_distance"}, 100, 1_000
)
DENY: Final = Kind("deny_list", "Entry of deny_list", _LISTED, 1_000, 200)
ALLOW: Final = Kind("allow_list", "Entry of allow_list", _LISTED, 1_000, 200)


class InvalidPattern(ValueError):
    """A row that cannot be used; `index` counts from 0 in the list `field`. Never holds what the row is about."""

    def __init__(self, kind: Kind, index: int, name: str | None, reason: str) -> None:
        called = f" ({name})" if name else ""
        super().__init__(f"{kind.called} {index + 1}{called}: {reason}")
        self.field, self.index, self.name, self.reason = kind.field, index, name, reason


class UnknownKey(InvalidPattern):
    """A row with a key that means nothing here, such as a misspelt one."""


@dataclass(frozen=True, slots=True)
class Row:
    """A wire row with its place, so that every complaint says where it is."""

    kind: Kind
    index: int
    values: Mapping[str, Any]

    @property
    def name(self) -> str | None:
        name = self.values.get("name")
        return _NAME_NOISE.sub("_", name)[:64] or None if isinstance(name, str) else None

    def refuse(self, reason: str) -> InvalidPattern:
        return InvalidPattern(self.kind, self.index, self.name, reason)

    def known(self) -> None:
        """Raises UnknownKey for a key that this kind does not have; it is repeated if it looks like one."""
        unknown = sorted(str(key) for key in self.values.keys() - self.kind.keys)
        if unknown:
            shown = next((key for key in unknown if _SHOWABLE.fullmatch(key)), "a field")
            raise UnknownKey(self.kind, self.index, None, f"{shown} is not known here.")

    def text(self, *names: str) -> str:
        value = next((self.values[n] for n in names if self.values.get(n) is not None), None)
        if not isinstance(value, str) or not value.strip():
            raise self.refuse(f"{names[0]} must be a text that is not empty.")
        if len(value) > self.kind.longest:
            raise self.refuse(f"{names[0]} is longer than {self.kind.longest} characters.")
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

    def match(self, default: Match) -> Match:
        match = self.values.get("match")
        if match is None:
            return default
        if match not in ("exact", "folded", "fuzzy"):
            raise self.refuse("match must be exact, folded or fuzzy.")
        return cast(Match, match)

    def edits(self, text: str, match: Match) -> int:
        """How many edits the text may be away, as `fuzzy` allows it or `max_distance` says."""
        most = self.values.get("max_distance")
        if match != "fuzzy":
            if most is not None:
                raise self.refuse("max_distance goes with match fuzzy alone.")
            return 0
        plain = folded(text).text
        plain = plain[slice(*edge_words(plain))]
        if len(plain) < fuzzy.SHORTEST:
            raise self.refuse(f"match fuzzy needs at least {fuzzy.SHORTEST} letters or digits.")
        usual = fuzzy.edits_for(plain)
        if most is None:
            return usual
        if isinstance(most, bool) or not isinstance(most, int) or not 0 <= most <= usual:
            raise self.refuse(
                f"max_distance must be 0 to {fuzzy.MAX_EDITS}, and at most 1 for up to {fuzzy.ONE_EDIT} characters."
            )
        return most
