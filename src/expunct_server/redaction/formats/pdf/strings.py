"""Strings anywhere in the tree of a document's objects."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final

import pikepdf

from expunct_server.redaction.formats.isolated.work import Edit, Redacted, Text, Work
from expunct_server.redaction.formats.pdf.values import name_of, text_of, whole_of
from expunct_server.redaction.formats.pdf.vocabulary import is_known

_LARGE: Final = 100_000_000  # smaller whole numbers are no values
_NO_PROSE: Final = frozenset(("/CreationDate", "/ModDate", "/M", "/DA", "/Registry", "/Ordering", "/FontFamily"))


def changed(work: Work, container: Any, place: str, then: Callable[[str], None]) -> None:
    """Have all strings redacted that are in a dictionary itself, not in others that it refers to. `then` is told the
    key of each that was changed; "" for one in a member."""
    for holder, key, said in strings(container):
        where = f"{place}, {key[1:]}" if isinstance(key, str) else place
        put = putting(holder, key, partial(then, key if holder is container else ""))
        work.add(text_at(key, said), put, _locating(where))
    for holder, key, name, value in _named(container):
        if number := number_at(name, value):
            work.add(number, zeroing(holder, key, partial(then, "")), _locating(f"{place}, {name}"))


def text_at(key: Any, said: pikepdf.String) -> Text:
    """A string to be redacted; those of dates and fonts are no prose."""
    return Text(text_of(said), prose=key not in _NO_PROSE)


def putting(holder: Any, key: Any, then: Callable[[], None] = lambda: None) -> Callable[[Redacted], None]:
    """Writes what a string becomes."""

    def put(redacted: Redacted) -> None:
        holder[key] = pikepdf.String(redacted.text)
        then()

    return put


def number_at(name: str, value: Any) -> Text | None:
    """A whole number to be redacted; None for what is none, or too small, or of a name that PDF knows."""
    number = abs(whole_of(value) or 0)
    return Text(str(number), (name,), prose=False) if number >= _LARGE and not is_known(name) else None


def zeroing(holder: Any, key: Any, then: Callable[[], None] = lambda: None) -> Callable[[Redacted], None]:
    """Writes 0 for a number."""

    def zero(_: Redacted) -> None:
        holder[key] = 0
        then()

    return zero


def _locating(where: str) -> Callable[[Edit], str]:
    return lambda _edit: where


def strings(container: Any) -> Iterator[tuple[Any, Any, pikepdf.String]]:
    """Each string with what holds it and its key or number there."""
    for holder in nested(container):
        for key, value in _all(holder):
            if isinstance(value, pikepdf.String):
                yield holder, key, value


def _named(container: Any) -> Iterator[tuple[Any, Any, str, Any]]:
    """What has a name in a dictionary, or is in an array that has one: what holds it, its key or number there, the
    name, and itself."""
    for holder in nested(container):
        for key, value in () if isinstance(holder, pikepdf.Array) else _all(holder):
            yield holder, key, key[1:], value
            for number, each in enumerate(value) if isinstance(value, pikepdf.Array) else ():
                yield value, number, key[1:], each


def nested(value: Any) -> Iterator[Any]:
    """Dictionaries and arrays that are in each other, however deep, without those that are objects of their own."""
    waiting = [value]
    while waiting:
        holder = waiting.pop()
        if isinstance(holder, pikepdf.Dictionary | pikepdf.Stream | pikepdf.Array):
            yield holder
            waiting += [each for _, each in _all(holder) if not getattr(each, "is_indirect", False)]


def members(holder: Any) -> list[tuple[Any, Any]]:
    """Keys and values of a dictionary (a stream's), numbers and values of an array; not a palette's table."""
    return _all(holder)[: 3 if isinstance(holder, pikepdf.Array) and is_palette(holder) else None]


def _all(holder: Any) -> list[tuple[Any, Any]]:
    if isinstance(holder, pikepdf.Array):
        return list(enumerate(holder))
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
