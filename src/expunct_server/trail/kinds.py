"""Which types a caller names: whole ones (`job.completed`) and families (`job.*`)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

_WORD = r"[a-z][a-z0-9_]*"
_KIND = re.compile(rf"{_WORD}(?:\.{_WORD})*(?P<family>\.\*)?\Z", re.ASCII)
_LENGTH = 128
MOST = 20  # named at once; each makes a part of the statement


@dataclass(frozen=True, slots=True)
class Kind:
    """A type, or with `is_family` all types that begin with `text` (which ends in a dot)."""

    text: str
    is_family: bool = False

    def holds(self, name: str) -> bool:
        """Whether a type's name is this one or of this family."""
        return name.startswith(self.text) if self.is_family else name == self.text

    @property
    def compared(self) -> int:
        """How many characters of a name count: more than any has when the whole name must be equal."""
        return len(self.text) if self.is_family else 2 * _LENGTH


Kinds = tuple[Kind, ...]


def kinds(text: str) -> Kinds:
    """The types that a comma-separated list names, each once. Raises `ValueError`."""
    parts = text.split(",")
    if len(parts) > MOST:
        raise ValueError("too many")
    return tuple(dict.fromkeys(map(_kind, parts)))


def _kind(text: str) -> Kind:
    match = _KIND.match(text) if len(text) <= _LENGTH else None
    if match is None:
        raise ValueError("malformed")
    return Kind(text.removesuffix("*"), is_family=match["family"] is not None)


def any_holds(wanted: Iterable[Kind], name: str) -> bool:
    """Whether one of the kinds is or holds the type."""
    return any(each.holds(name) for each in wanted)
