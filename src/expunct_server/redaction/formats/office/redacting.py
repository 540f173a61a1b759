"""An OOXML package on its way (ECMA-376): each of its parts is read as what it is, handed over, or dropped.

Nothing is passed through: XML is walked, pictures and embedded files are redacted as documents of their own, everything
else goes together with its relationships and whatever refers to it.
"""

import posixpath
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, unquote

from expunct_server.redaction.formats.common import DocumentError
from expunct_server.redaction.formats.isolated.work import Redacted, Text
from expunct_server.redaction.formats.office import hidden, markup, parts, pictures, references, vocabulary
from expunct_server.redaction.formats.office.markup import Element
from expunct_server.redaction.formats.office.names import Taken
from expunct_server.redaction.formats.office.parts import Package, is_xml
from expunct_server.redaction.formats.office.relations import Relation, extension
from expunct_server.redaction.formats.office.walking import Walk

_ENDINGS: Final = pictures.ENDINGS | {
    "xml",
    "vml",
    "bin",
    "docx",
    "xlsx",
    "pptx",
    "pdf",
    "txt",
    "csv",
    "html",
    "htm",
    "rtf",
}
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
_OTHER: Final = "Parts that could not be read, such as controls, recordings and embedded fonts, were removed."
_EMBEDDED: Final = "Embedded files that could not be read were removed."
_CUSTOM: Final = "XML data whose names held what was to be removed was removed whole."
_NO_DATA: Final = "Data that other programs keep in fields were removed; what the fields show is still there."
_QUERIES: Final = "DataMashup"  # a package with programs in it, led in by its length ([MS-QDEFF], 2.2)
_NO_QUERIES: Final = "Queries that fetch data were removed; what they have fetched is still there."
_INK: Final = "application/inkml+xml"
_INK_SPACE: Final = b"http://www.w3.org/2003/InkML"
_FRONT: Final = 2_000  # bytes in which a part says what it is
_NO_INK: Final = "Handwriting with a pen was removed: nothing can read it."


@dataclass(slots=True)
class Prepared:
    """A part that somebody has dealt with already, but for what is not skipped."""

    root: Element
    skip: Callable[[Element], bool] = lambda _: False
    skip_attribute: Callable[[Element, str], bool] = lambda *_: False
    finish: Callable[[Element], None] = lambda _: None
    """What has to be done to it once it is redacted."""


Prepare = Callable[[Package], dict[str, Prepared]]


def redact(found: Package, prepare: Prepare = lambda _: {}) -> None:
    """Redact every part and write the package. `prepare` deals with parts that are more than text, by their names."""
    _rename(found)
    _redact_ids(found)
    _drop_known(found)
    _hand_over_all(found)
    prepared = prepare(found)
    styled = [name for name in found.members if hidden.is_said_in(name, found.types.of(name))]
    styles = hidden.styles(
        markup.written(prepared[name].root) if name in prepared else found.members[name] for name in styled
    )
    for name in [name for name in found.members if is_xml(found, name)]:
        part = prepared.pop(name) if name in prepared else Prepared(markup.parse(found.members[name]))
        _walk(found, name, part, styles)
    _redact_relations(found)
    parts.write(found)


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
            references.rename(root, new)
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
    if extension(name) in pictures.ENDINGS or found.types.of(name).startswith("image/"):
        try:
            found.members[name] = found.work.inner(base, data, f"picture {number}")
        except DocumentError:
            _empty(found, name, number)
            found.work.note(pictures.EMPTY)
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
    found.members[name] = pictures.PLACEHOLDER
    found.types.by_name.pop(name, None)
    if extension(name) != "png":
        found.renamed[name] = f"{found.folder}/media/empty{number}.png"
    found.types.by_extension.setdefault("png", "image/png")


# --- what they say ----------------------------------------------------------------------------------------------------


def _walk(found: Package, name: str, part: Prepared, styles: frozenset[str]) -> None:
    root = part.root
    if markup.local(root) == _QUERIES:
        found.drop({name})
        found.work.note(_NO_QUERIES)
        return
    references.forget(root, found.dangling.get(name, set()))
    for data in list(root.iter("{*}fldData")):  # binary, of whatever program made the field (17.16.15)
        markup.remove(data)
        found.work.note(_NO_DATA)
    place = found.place(found.renamed.get(name, name))
    walk = Walk(found.work, place, part.skip, part.skip_attribute, given=found.given, hidden=styles)
    walk.run(root)
    part.finish(root)
    if walk.foreign.held_something:
        if vocabulary.is_vocabulary(markup.namespace(root)):  # which the document cannot be without
            raise DocumentError(*markup.NAMES)
        found.drop({name})
        found.work.note(_CUSTOM)
        return
    found.members[name] = markup.written(root, walk.foreign.namespaces)


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
