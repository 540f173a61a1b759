"""Strings anywhere in the tree of a document's objects."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final

import pikepdf

from expunct_server.redaction.formats.isolated.work import Edit, Redacted, Text, Work
from expunct_server.redaction.formats.pdf.values import name_of, text_of, whole_of

_DEPTH: Final = 100
_NO_PROSE: Final = frozenset(("/CreationDate", "/ModDate", "/M", "/DA", "/Registry", "/Ordering", "/FontFamily"))


def changed(work: Work, container: Any, place: str, then: Callable[[str], None]) -> None:
    """Have all strings redacted that are in a dictionary itself, not in others that it refers to. `then` is told the
    key of each that was changed; "" for one in a member."""
    for holder, key, said in strings(container):
        where = f"{place}, {key[1:]}" if isinstance(key, str) else place
        put = putting(holder, key, partial(then, key if holder is container else ""))
        work.add(text_at(key, said), put, _locating(where))


def text_at(key: Any, said: pikepdf.String) -> Text:
    """A string to be redacted; those of dates and fonts are no prose."""
    return Text(text_of(said), prose=key not in _NO_PROSE)


def putting(holder: Any, key: Any, then: Callable[[], None] = lambda: None) -> Callable[[Redacted], None]:
    """Writes what a string becomes."""

    def put(redacted: Redacted) -> None:
        holder[key] = pikepdf.String(redacted.text)
        then()

    return put


def _locating(where: str) -> Callable[[Edit], str]:
    return lambda _edit: where


def strings(container: Any) -> Iterator[tuple[Any, Any, pikepdf.String]]:
    """Each string with what holds it and its key or number there."""
    waiting = [(container, 0)]
    while waiting:
        holder, depth = waiting.pop()
        for key, value in members(holder):
            if isinstance(value, pikepdf.String):
                yield holder, key, value
            elif depth < _DEPTH and isinstance(value, pikepdf.Array | pikepdf.Dictionary) and not value.is_indirect:
                waiting.append((value, depth + 1))


def members(holder: Any) -> list[tuple[Any, Any]]:
    """Keys and values of a dictionary (a stream's), numbers and values of an array."""
    if isinstance(holder, pikepdf.Array):
        return list(enumerate(holder))[: 3 if is_palette(holder) else None]
    if isinstance(holder, pikepdf.Dictionary | pikepdf.Stream):
        return list(holder.items())
    return []


def is_palette(holder: Any) -> bool:
    """Whether an array is a colour space whose fourth member is a table of colours (ISO 32000-2, 8.6.6.3)."""
    return bool(
        len(holder) == 4
        and name_of(holder[0]) in ("Indexed", "I")
        and isinstance(holder[1], pikepdf.Name | pikepdf.Array)
        and whole_of(holder[2]) is not None
        and isinstance(holder[3], pikepdf.String | pikepdf.Stream)
    )
