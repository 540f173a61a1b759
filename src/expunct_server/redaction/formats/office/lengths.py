"""How long texts of workbooks may be. A label may be longer than what it stands for, and Excel takes a file for damaged
where one of these becomes too long ([MS-OI29500], 2.1, of CT_DataValidation, CT_Hyperlink, CT_DefinedName and
CT_HeaderFooter; ECMA-376 part 1, 18.17.2.2)."""

import re
from collections.abc import Callable, Iterator
from typing import Final

from expunct_server.redaction.formats.office import formulas
from expunct_server.redaction.formats.office.markup import Element, local

_LONG: Final = 255
_ATTRIBUTES: Final = {
    "dataValidation": {"promptTitle": 32, "errorTitle": 32, "prompt": _LONG, "error": _LONG},
    "hyperlink": {"tooltip": _LONG},
    "definedName": {"comment": _LONG, "description": _LONG},
    **{f"{pages}{end}": {"": _LONG} for pages in ("odd", "even", "first") for end in ("Header", "Footer")},
}
"""Of elements: attributes, and "" for their own text, by the code points that they may have."""
_OPEN: Final = re.compile(r'(?:<[A-Z_]*|&(?:"[^"]*)?)\Z')
"""A label or a code of a header (18.3.1.46) that is cut off."""
_STRING: Final = re.compile(formulas.STRING)


def kept(root: Element) -> Callable[[Element], None]:
    """What cuts those texts of a part that have become too long since now."""
    before = {(element, key): len(_get(element, key)) for element, key, _ in _limited(root)}
    strings = {element: _longest(element.text) for element in _formulas(root)}

    def cut(_: Element) -> None:
        for element, key, most in list(_limited(root)):
            if len(text := _get(element, key)) > max(most, before.get((element, key), 0)):
                _set(element, key, _OPEN.sub("", text[:most]))
        for element in _formulas(root):
            if _longest(element.text) > max(_LONG, strings.get(element, 0)):
                element.text = fitted(element.text)

    return cut


def fitted(formula: str) -> str:
    """A formula whose strings are as long as they may be."""
    return _STRING.sub(lambda match: match[0] if len(match[0]) <= _LONG + 2 else _shorter(match[0]), formula)


def _shorter(string: str) -> str:
    text = _OPEN.sub("", string[1:-1].replace('""', '"')[:_LONG])
    return '"' + text.replace('"', '""') + '"'


def _longest(formula: str | None) -> int:
    return max((len(each[0]) - 2 for each in _STRING.finditer(formula or "")), default=0)


def _limited(root: Element) -> Iterator[tuple[Element, str, int]]:
    for element in root.iter(*(f"{{*}}{name}" for name in _ATTRIBUTES)):
        for key, most in _ATTRIBUTES[local(element)].items():
            yield element, key, most


def _formulas(root: Element) -> Iterator[Element]:
    """Those that stand in no cell."""
    yield from root.iter("{*}formula", "{*}formula1", "{*}formula2", "{*}definedName")


def _get(element: Element, key: str) -> str:
    return str((element.get(key) if key else element.text) or "")


def _set(element: Element, key: str, text: str) -> None:
    if key:
        element.set(key, text)
    else:
        element.text = text
