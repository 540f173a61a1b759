"""An OOXML package on its way (ECMA-376): each of its parts is read as what it is, handed over, or dropped.

Nothing is passed through: XML is walked, pictures and embedded files are redacted as documents of their own, everything
else goes together with its relationships and whatever refers to it.
"""

import posixpath
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote, unquote

from expunct_server.redaction.formats.common import DocumentError
from expunct_server.redaction.formats.isolated.work import Redacted, Text, Work
from expunct_server.redaction.formats.office import markup, package, relations, vocabulary
from expunct_server.redaction.formats.office.markup import Element
from expunct_server.redaction.formats.office.names import Names, Taken, all_in
from expunct_server.redaction.formats.office.pictures import PLACEHOLDER
from expunct_server.redaction.formats.office.relations import TYPES, ContentTypes, Relation, extension, holder, owner
from expunct_server.redaction.formats.office.walking import Walk

PICTURES: Final = frozenset(
    ("png", "jpg", "jpeg", "jpe", "jfif", "gif", "bmp", "dib", "tif", "tiff", "webp", "emf", "wmf", "emz", "wmz", "svg",
     "wdp", "jxr", "hdp", "pict", "pct", "pcz", "eps", "ico", "heic", "avif")
)  # fmt: skip
_ENDINGS: Final = PICTURES | {"xml", "vml", "bin", "docx", "xlsx", "pptx", "pdf", "txt", "csv", "html", "htm", "rtf"}
_MACROS: Final = "Macros were removed."
_SIGNED: Final = "Digital signatures were removed: the document is another one now."
_DROPPED: Final = (
    (re.compile(r"(?:^|/)thumbnail[^/]*$", re.I), ""),
    (re.compile(r"(?:^|/)printerSettings/", re.I), ""),
    (re.compile(r"(?:^|/)calcChain\.xml$", re.I), ""),  # made anew by the program
    (re.compile(r"(?:^|/)pivotCacheRecords\d*\.xml$", re.I), "Pivot tables are calculated anew when they are opened."),
    (re.compile(r"^xl/(?:revisions/|webextensions/|model/)", re.I), "Earlier versions and data models were removed."),
    (re.compile(r"(?:^|/)vba[^/]*$", re.I), _MACROS),
    (re.compile(r"^_xmlsignatures/", re.I), _SIGNED),
)
_BINARY: Final = "The workbook is in a binary form (XLSB), which is not read: save it as XLSX and send that."
_OTHER: Final = "Parts that could not be read, such as controls, recordings and embedded fonts, were removed."
_EMBEDDED: Final = "Embedded files that could not be read were removed."
EMPTY: Final = "Pictures that could not be searched were replaced by empty ones."
_CUSTOM: Final = "XML data whose names held what was to be removed was removed whole."
_NO_DATA: Final = "Data that other programs keep in fields were removed; what the fields show is still there."
_QUERIES: Final = "DataMashup"  # a package with programs in it, led in by its length ([MS-QDEFF], 2.2)
_NO_QUERIES: Final = "Queries that fetch data were removed; what they have fetched is still there."
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
_INK: Final = "application/inkml+xml"
_INK_SPACE: Final = b"http://www.w3.org/2003/InkML"
_FRONT: Final = 2_000  # bytes in which a part says what it is
_NO_INK: Final = "Handwriting with a pen was removed: nothing can read it."
_REFERENCES: Final = ("/officeDocument/2006/relationships", "/officeDocument/relationships")
_OPTIONAL: Final = frozenset(("pageSetup", "pgSetup", "printSettings", "pivotCacheDefinition"))
"""Elements that can be without the part that they refer to."""
_HOLDERS: Final = frozenset(
    ("oleObjects", "controls", "control", "embeddedFontLst", "Choice", "Fallback", "AlternateContent", "oleObject",
     "customProperties", "stSnd", "sndAc", "childTnLst", "ext")
)  # fmt: skip
"""Elements that have no sense when nothing is in them."""
_FRAMES: Final = {
    "oleObj": ("{*}graphicFrame",), "contentPart": ("{*}drawing",), "sndTgt": ("{*}audio", "{*}video"),
}  # fmt: skip
"""Elements that go with one of these around them."""


@dataclass(slots=True)
class Prepared:
    """A part that somebody has dealt with already, but for what is not skipped."""

    root: Element
    skip: Callable[[Element], bool] = lambda _: False
    skip_attribute: Callable[[Element, str], bool] = lambda *_: False
    finish: Callable[[Element], None] = lambda _: None
    """What has to be done to it once it is redacted."""


Prepare = Callable[["Package"], dict[str, Prepared]]


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


def redact(found: Package, prepare: Prepare = lambda _: {}) -> None:
    """Redact every part and write the package. `prepare` deals with parts that are more than text, by their names."""
    _rename(found)
    _redact_ids(found)
    _drop_known(found)
    _hand_over_all(found)
    prepared = prepare(found)
    for name in [name for name in found.members if is_xml(found, name)]:
        part = prepared.pop(name) if name in prepared else Prepared(markup.parse(found.members[name]))
        _walk(found, name, part)
    _redact_relations(found)
    _write(found)


# --- which parts there are --------------------------------------------------------------------------------------------


def _rename(found: Package) -> None:
    """Give parts whose names hold something another name."""
    names = list(found.members)
    asked = [Text(unquote(name), (), prose=False) for name in names]
    answers = found.work.redacted(asked, lambda *_: "name of a part")
    for number, (name, answer) in enumerate(zip(names, answers, strict=True), start=1):
        if answer.edits:
            ending = extension(name) if extension(name) in _ENDINGS else "bin"
            found.renamed[name] = f"{found.folder}/renamed/part{number}.{ending}"


def _redact_ids(found: Package) -> None:
    """Give relationships whose identifiers hold something others, wherever their part refers to them."""
    ids = list(dict.fromkeys(each.id for all_of in found.relations.values() for each in all_of))
    answers = found.work.redacted([Text(each, (), prose=False) for each in ids], lambda *_: "identifier of a link")
    taken = Taken((*ids, "removed"))
    lost = [each for each, answer in zip(ids, answers, strict=True) if answer.edits]
    new = {old: taken.free("removed", lambda number: f"removed{number}") for old in lost}
    for source in [name for name, all_of in found.relations.items() if any(each.id in new for each in all_of)]:
        for each in found.relations[source]:
            each.id = new.get(each.id, each.id)
        if source in found.members and is_xml(found, source):
            root = markup.parse(found.members[source])
            for element in [each for each in root.iter("*") if _refers(each, set(new))]:
                for key, value in element.attrib.items():
                    if _is_reference(str(key)):
                        element.set(key, new.get(value, value))
            found.members[source] = markup.written(root)


def _drop_known(found: Package) -> None:
    notes = {name: note for name in found.members if (note := _why_dropped(found, name)) is not None}
    found.drop(notes)
    for note in filter(None, dict.fromkeys(notes.values())):
        found.work.note(note)
    found.keep_sound()


def _why_dropped(found: Package, name: str) -> str | None:
    """What has to be said of a part that goes unread, "" where nothing has; None for one that stays."""
    if found.types.of(name) == _INK or _INK_SPACE in found.members[name][:_FRONT]:
        return _NO_INK
    return next((note for expression, note in _DROPPED if expression.search(name)), None)


def is_xml(found: Package, name: str) -> bool:
    """Whether a part is XML that is walked."""
    kind = found.types.of(name)
    return extension(name) not in PICTURES and (
        kind.endswith(("+xml", "/xml", ".vmlDrawing")) or extension(name) in ("xml", "vml")
    )


def _hand_over_all(found: Package) -> None:
    """All parts that are no XML."""
    embedded = {
        each.target for all_of in found.relations.values() for each in all_of
        if each.type.endswith(("/package", "/aFChunk"))
    }  # fmt: skip
    others = [name for name in found.members if not is_xml(found, name)]
    lost = {
        name for number, name in enumerate(others, start=1)
        if not _hand_over(found, name, number, is_embedded=name in embedded or "/embeddings/" in name)
    }  # fmt: skip
    found.drop(lost)


def _hand_over(found: Package, name: str, number: int, *, is_embedded: bool) -> bool:
    """A part that is no XML: a picture, an embedded file, or something that is not read. Whether it can stay."""
    data, base = found.members[name], posixpath.basename(name)
    if extension(name) in PICTURES or found.types.of(name).startswith("image/"):
        try:
            found.members[name] = found.work.inner(base, data, f"picture {number}")
        except DocumentError:
            _empty(found, name, number)
            found.work.note(EMPTY)
        return True
    try:
        if not is_embedded:
            raise DocumentError("unsupported_format", _OTHER)
        found.members[name] = found.work.inner(base, data, f"embedded file {number}")
    except DocumentError:
        found.work.note(_EMBEDDED if is_embedded else _OTHER)
        return False
    return True


def _empty(found: Package, name: str, number: int) -> None:
    """Put a picture of nothing in the place of one."""
    found.members[name] = PLACEHOLDER
    found.types.by_name.pop(name, None)
    if extension(name) != "png":
        found.renamed[name] = f"{found.folder}/media/empty{number}.png"
    found.types.by_extension.setdefault("png", "image/png")


# --- what they say ----------------------------------------------------------------------------------------------------


def _walk(found: Package, name: str, part: Prepared) -> None:
    root = part.root
    if markup.local(root) == _QUERIES:
        found.drop({name})
        found.work.note(_NO_QUERIES)
        return
    _forget(root, found.dangling.get(name, set()))
    for data in list(root.iter("{*}fldData")):  # binary, of whatever program made the field (17.16.15)
        markup.remove(data)
        found.work.note(_NO_DATA)
    place = found.place(found.renamed.get(name, name))
    walk = Walk(found.work, place, part.skip, part.skip_attribute, given=found.given)
    walk.run(root)
    part.finish(root)
    if walk.names_held_something:
        if vocabulary.is_vocabulary(markup.namespace(root)):  # which the document cannot be without
            raise DocumentError(*markup.NAMES)
        found.drop({name})
        found.work.note(_CUSTOM)
        return
    found.members[name] = markup.written(root, walk.namespaces)


def _forget(root: Element, gone: set[str]) -> None:
    """Take out what refers to parts that are no more."""
    if not gone:
        return
    for element in [each for each in root.iter("*") if _refers(each, gone)]:
        for key in [k for k, v in element.attrib.items() if v in gone and _is_reference(str(k))]:
            del element.attrib[key]
        if markup.local(element) in _OPTIONAL:
            continue
        around = _FRAMES.get(markup.local(element))
        frame = next(element.iterancestors(*around), None) if around else None
        _remove(element if frame is None else frame)


def _refers(element: Element, gone: set[str]) -> bool:
    return any(value in gone and _is_reference(str(key)) for key, value in element.attrib.items())


def _is_reference(key: str) -> bool:
    return key.startswith("{") and key[1:].partition("}")[0].endswith((*_REFERENCES, "office:office"))


def _remove(element: Element) -> None:
    parent = element.getparent()
    markup.remove(element)
    if parent is None:
        return
    if not len(parent) and markup.local(parent) in _HOLDERS:
        _remove(parent)
    elif markup.local(parent) == "AlternateContent" and parent.find("{*}Choice") is None:
        _take_fallback(parent)


def _take_fallback(element: Element) -> None:
    """Put what is for all programs in the place of what has nothing for newer ones (ECMA-376 part 3, 7.5)."""
    parent = element.getparent()
    fallback = element.find("{*}Fallback")
    if parent is None or fallback is None:
        return
    for child in list(fallback):
        element.addprevious(child)
    markup.remove(element)


def _redact_relations(found: Package) -> None:
    for source, all_of in found.relations.items():
        place = f"{found.place(found.renamed.get(source, source))}, link"
        for each in list(all_of):
            if not vocabulary.is_vocabulary(each.type):
                found.work.add(
                    Text(each.type, (), prose=False), _gone(all_of, each), lambda _, place=place: place  # type: ignore[misc]
                )  # fmt: skip
            if each.is_external:
                found.work.add(Text(unquote(each.target)), _target(found, each), lambda _, place=place: place)  # type: ignore[misc]
    found.work.flush()


def _target(found: Package, relation: Relation) -> Callable[[Redacted], None]:
    def apply(redacted: Redacted) -> None:
        text = redacted.text
        if relation.target.startswith("#"):  # a place in the document itself
            text = found.given.of(unquote(relation.target), text)
        relation.target = quote(text, safe=vocabulary.URI)

    return apply


def _gone(all_of: list[Relation], relation: Relation) -> Callable[[Redacted], None]:
    return lambda _: all_of.remove(relation)


# --- writing ----------------------------------------------------------------------------------------------------------


def _write(found: Package) -> None:
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
