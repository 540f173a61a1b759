"""What pivot tables keep of their source (ECMA-376 part 1, 18.10.1): its fields and their items."""

import math
from collections.abc import Callable, Sequence
from typing import Final

from expunct_server.redaction.formats.office import formulas
from expunct_server.redaction.formats.office.markup import Element, local
from expunct_server.redaction.formats.office.names import Taken

_SAID: Final = (
    "containsSemiMixedTypes", "containsNonDate", "containsDate", "containsString", "containsBlank",
    "containsMixedTypes", "containsNumber", "containsInteger", "minValue", "maxValue", "minDate", "maxDate",
)  # fmt: skip
"""Attributes that say of which kinds items are, and what they lie between (18.10.1.90)."""
_STRINGS: Final = frozenset("sbe")
"""Kinds of items that Excel takes for strings: truth values and errors too ([MS-OI29500], 2.1, of CT_SharedItems)."""


def kept(cache: Element) -> Callable[[Element], None]:
    """What makes fields and items agree again once they are redacted, with each other and with what is said of them:
    Excel takes the file for damaged where they do not. The program reads the source anew when it opens the workbook."""
    cache.set("refreshOnLoad", "1")
    cache.set("saveData", "0")
    before = {items: _state(items) for items in cache.iter("{*}sharedItems")}

    def finish(cache: Element) -> None:
        _tell_apart(cache)
        for items, state in before.items():
            if _state(items) != state:
                _say(items)

    return finish


def _state(items: Element) -> tuple[list[str], list[str]]:
    """What redaction may change of items beside their text: attributes that are there, and kinds."""
    return list(items.attrib), [local(each) for each in items]


def _tell_apart(cache: Element) -> None:
    """Number the fields of a pivot table, and the items of each, that became the same (18.10.1.3, .90): none may."""
    groups = [("name", cache.iter("{*}cacheField"))]
    groups += [("v", items.iterchildren("{*}s")) for items in cache.iter("{*}sharedItems")]
    for key, elements in groups:
        taken = Taken()
        for each in elements:
            if (text := each.get(key)) is not None:
                each.set(key, formulas.column_name(text, taken))


def _say(items: Element) -> None:
    """Say anew what kinds of items there are; nothing where they stood in records, which went."""
    for name in _SAID:
        items.attrib.pop(name, None)
    if not len(items):
        return
    kinds = {local(each) for each in items}
    has_text, has_date, has_number = bool(kinds & _STRINGS), "d" in kinds, "n" in kinds
    said = {
        "containsSemiMixedTypes": None if has_text or "m" in kinds else "0",
        "containsNonDate": "0" if has_date and not has_text and not has_number else None,
        "containsDate": "1" if has_date else None,
        "containsString": None if has_text else "0",
        "containsBlank": "1" if "m" in kinds else None,
        "containsMixedTypes": "1" if has_text + has_date + has_number > 1 else None,
    }
    items.attrib.update({key: value for key, value in said.items() if value is not None})
    if has_date:  # numbers beside them are dates for Excel, which takes no file that says otherwise
        _say_limits(items, "Date", sorted(str(each.get("v", "")) for each in items.iterchildren("{*}d")))
    elif has_number:
        numbers = sorted((str(each.get("v", "")) for each in items.iterchildren("{*}n")), key=_number)
        items.set("containsNumber", "1")
        if all(_number(each).is_integer() for each in numbers):
            items.set("containsInteger", "1")
        _say_limits(items, "Value", numbers)


def _say_limits(items: Element, kind: str, values: Sequence[str]) -> None:
    items.set(f"min{kind}", values[0])
    items.set(f"max{kind}", values[-1])


def _number(text: str) -> float:
    """A number (xsd:double); 0 for what is none."""
    try:
        number = float(text)
    except ValueError:
        return 0.0
    return number if math.isfinite(number) else 0.0
