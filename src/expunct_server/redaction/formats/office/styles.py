"""Styles of Word documents whose names lose something (ECMA-376 part 1, 17.7.4.17): programs make their identifiers of
the names, without blanks and signs, so that nobody would find in these what is in the names."""

from typing import Final

from expunct_server.redaction.formats.isolated.work import Text
from expunct_server.redaction.formats.office import markup, names, parts
from expunct_server.redaction.formats.office.markup import Element, local
from expunct_server.redaction.formats.office.parts import Package
from expunct_server.redaction.formats.office.redacting import Prepared

_KINDS: Final = ("/styles", "/stylesWithEffects")
_NEW: Final = "Style"


def prepared(found: Package) -> dict[str, Prepared]:
    """All parts, with the new names and identifiers of such styles; none where no style has to get one."""
    listed = {
        each.target for all_of in found.relations.values() for each in all_of if each.type.endswith(_KINDS)
    } & set(found.members)
    roots = {name: markup.parse(found.members[name]) for name in sorted(listed) if parts.is_xml(found, name)}
    new: dict[str, str] = {}
    for name, root in roots.items():
        new |= _renamed(found, found.place(name), root)
    if not new:
        return {}
    for name in found.members:
        if parts.is_xml(found, name):
            _refer(roots.setdefault(name, markup.parse(found.members[name])), new)
    return {name: Prepared(root) for name, root in roots.items()}


def _renamed(found: Package, place: str, root: Element) -> dict[str, str]:
    """The new identifiers of styles by their old ones, of those whose names lost something."""
    styles = [(style, name) for style in root.iter("{*}style") for name in style.iterchildren("{*}name")]
    keys = [(_key(style, "styleId"), _key(name, "val")) for style, name in styles]
    said = [Text(name.get(key, ""), (), prose=False) for (_, name), (_, key) in zip(styles, keys, strict=True)]
    answers = found.work.redacted(said, lambda *_: f"{place}, attribute val")
    new = {}
    for (style, name), (of_style, of_name), text, answer in zip(styles, keys, said, answers, strict=True):
        if answer.edits:
            name.set(of_name, found.given.of(text.text, answer.text))
            if old := style.get(of_style):
                new[old] = found.given.of(old, _NEW)
    return new


def _refer(root: Element, new: dict[str, str]) -> None:
    for element in root.iter("*"):
        if local(element) in names.OF_STYLES:
            for key, value in element.attrib.items():
                if value in new and names.is_one(element, str(key)):
                    element.set(key, new[value])


def _key(element: Element, name: str) -> str:
    """An attribute as it is called there, with its namespace."""
    return next((str(key) for key in element.attrib if str(key).rpartition("}")[2] == name), name)
