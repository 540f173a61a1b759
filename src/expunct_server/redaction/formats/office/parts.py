"""The parts of an OOXML package (ECMA-376 part 2) with their types and relationships: read, taken out, written."""

import posixpath
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Final

from expunct_server.redaction.formats.common import DocumentError
from expunct_server.redaction.formats.isolated.work import Text, Work
from expunct_server.redaction.formats.office import markup, package, pictures, relations
from expunct_server.redaction.formats.office.names import Names, all_in
from expunct_server.redaction.formats.office.relations import TYPES, ContentTypes, Relation, extension, holder, owner

_BINARY: Final = "The workbook is in a binary form (XLSB), which is not read: save it as XLSX and send that."
_WORD: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_CELLS: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_SLIDES: Final = "application/vnd.openxmlformats-officedocument.presentationml"
_MACROS_IN: Final = "application/vnd.ms-{}.macroEnabled.main+xml"
_MAIN: Final = {
    "word": {
        "docx": f"{_WORD}.document.main+xml",
        "docm": _MACROS_IN.format("word.document"),
        "dotx": f"{_WORD}.template.main+xml",
        "dotm": "application/vnd.ms-word.template.macroEnabledTemplate.main+xml",
    },
    "xl": {
        "xlsx": f"{_CELLS}.sheet.main+xml",
        "xlsm": _MACROS_IN.format("excel.sheet"),
        "xltx": f"{_CELLS}.template.main+xml",
        "xltm": _MACROS_IN.format("excel.template"),
        "xlam": _MACROS_IN.format("excel.addin"),
    },
    "ppt": {
        "pptx": f"{_SLIDES}.presentation.main+xml",
        "pptm": _MACROS_IN.format("powerpoint.presentation"),
        "potx": f"{_SLIDES}.template.main+xml",
        "potm": _MACROS_IN.format("powerpoint.template"),
        "ppsx": f"{_SLIDES}.slideshow.main+xml",
        "ppsm": _MACROS_IN.format("powerpoint.slideshow"),
    },
}
"""Types of main parts by what a document's name ends in, the plain one first: a program refuses one of another type
than its name says, and the result has the name of what was sent."""


@dataclass(slots=True)
class Package:
    """All parts, and what has become of them. `place` says what people call a part."""

    work: Work
    folder: str
    place: Callable[[str], str]
    members: package.Members
    types: ContentTypes
    relations: dict[str, list[Relation]] = field(default_factory=dict)
    renamed: dict[str, str] = field(default_factory=dict)
    given: Names = field(default_factory=Names)
    dangling: dict[str, set[str]] = field(default_factory=dict)
    """Of parts: those of their relationships that are no more."""

    def main(self) -> str:
        """The name of the main part. Raises DocumentError."""
        for each in self.relations.get("", []):
            if each.type.endswith("/officeDocument") and each.target in self.members:
                return each.target
        raise package.damaged()

    def related(self, part: str, kind: str) -> list[str]:
        """The parts that a part has relationships of a kind to."""
        return [
            each.target
            for each in self.relations.get(part, [])
            if each.type.endswith(f"/{kind}") and not each.is_external and each.target in self.members
        ]

    def drop(self, names: Collection[str]) -> None:
        """Take parts out, with their relationships and those to them."""
        for name in names:
            self.members.pop(name, None)
            self.relations.pop(name, None)
            self.types.by_name.pop(name, None)
        for source in list(self.relations) if names else ():
            self._cut(source, lambda each: each.target in names)

    def keep_sound(self) -> None:
        """Take out the relationships to parts that are not there."""
        for source in list(self.relations):
            self._cut(source, lambda each: each.target not in self.members)

    def _cut(self, source: str, is_gone: Callable[[Relation], bool]) -> None:
        all_of = self.relations[source]
        gone = {each.id for each in all_of if not each.is_external and is_gone(each)}
        if gone:
            self.dangling.setdefault(source, set()).update(gone)
            self.relations[source] = [each for each in all_of if each.is_external or not is_gone(each)]


def opened(work: Work, folder: str, place: Callable[[str], str]) -> Package:
    """The package of a document whose main part is in `folder`. Raises DocumentError."""
    read = package.read(work)
    if TYPES not in read:
        raise package.damaged()
    types = relations.read_types(read.pop(TYPES))
    found = Package(work, folder, place, _by_parts(read), types)
    found.given = Names(
        lambda: all_in(markup.parse(data) for name, data in found.members.items() if is_xml(found, name))
    )
    _read_relations(found)
    main = found.main()
    if posixpath.dirname(main).split("/")[0] != folder:
        raise package.damaged()
    if not is_xml(found, main):
        raise DocumentError("unsupported_format", _BINARY)
    return found


def _by_parts(members: package.Members) -> package.Members:
    """Members by the names of their parts. Raises DocumentError where two have one, or one leads out of the package."""
    named = {relations.part_name(name): data for name, data in members.items()}
    if len({name.casefold() for name in named}) != len(members):
        raise package.damaged()
    if any(name.startswith("/") or ".." in name.split("/") for name in named):
        raise package.damaged()
    return named


def _read_relations(found: Package) -> None:
    """Read all relationships. Names of parts are the same in whatever case (ECMA-376 part 2, 6.2.2.3): those in content
    types and relationships become as they are in the archive."""
    names = {name.casefold(): name for name in found.members}
    found.types.by_name = {names.get(name.casefold(), name): kind for name, kind in found.types.by_name.items()}
    for name in list(found.members):
        of = owner(name)
        if of is None:
            continue
        of = names.get(of.casefold(), of)
        found.relations[of] = relations.read_relations(found.members.pop(name), of)
        for each in found.relations[of]:
            if not each.is_external:
                each.target = names.get(each.target.casefold(), each.target)


def is_xml(found: Package, name: str) -> bool:
    """Whether a part is XML that is walked."""
    kind = found.types.of(name)
    return extension(name) not in pictures.ENDINGS and (
        kind.endswith(("+xml", "/xml", ".vmlDrawing")) or extension(name) in ("xml", "vml")
    )


def write(found: Package) -> None:
    """Write the package."""
    names = {name: found.renamed.get(name, name) for name in found.members}
    main = found.main()
    written = [(names[name], data) for name, data in found.members.items()]
    rels = []
    for source, all_of in found.relations.items():
        if source and source not in names:
            continue
        for each in all_of:
            if not each.is_external:
                each.target = names.get(each.target, each.target)
        if all_of:
            new = names.get(source, source)
            rels.append((holder(new), relations.write_relations(all_of, new)))
    package.write([(TYPES, relations.write_types(_types(found, names, main))), *rels, *written], found.work.target)


def _types(found: Package, names: dict[str, str], main: str) -> ContentTypes:
    """Content types of what is there; that of the main part goes by the document's name."""
    used = {extension(new) for new in names.values()} | {"rels", "xml"}
    by_name = {}
    for name, new in names.items():
        kind = found.types.by_name.get(name)
        if kind is None and new != name:
            kind = "image/png" if extension(new) == "png" else found.types.of(name)
        if name == main:
            kinds_by_ending = _MAIN[found.folder]
            kind = kinds_by_ending.get(extension(found.work.name or ""), next(iter(kinds_by_ending.values())))
        if kind:
            by_name[new] = kind
    by_extension = {key: kind for key, kind in found.types.by_extension.items() if key in used}
    by_extension.setdefault("rels", "application/vnd.openxmlformats-package.relationships+xml")
    kinds = {**{("", k): v for k, v in by_extension.items()}, **{("n", k): v for k, v in by_name.items()}}
    answers = found.work.redacted(
        [Text(kind, (), prose=False) for kind in kinds.values()], lambda *_: "content type of a part"
    )
    safe = {
        key: "application/octet-stream" if answer.edits else kind
        for (key, kind), answer in zip(kinds.items(), answers, strict=True)
    }
    return ContentTypes(
        {k: v for (where, k), v in safe.items() if not where}, {k: v for (where, k), v in safe.items() if where}
    )
