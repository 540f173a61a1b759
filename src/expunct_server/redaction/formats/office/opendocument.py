"""OpenDocument texts, spreadsheets and presentations (ISO/IEC 26300): their packages."""

import base64
import binascii
import io
import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote

from lxml import etree

from expunct_server.redaction.formats.common import DocumentError
from expunct_server.redaction.formats.isolated.work import Text, Work
from expunct_server.redaction.formats.office import (
    docx,
    hidden,
    markup,
    measures,
    package,
    pictures,
    reading,
    vocabulary,
)
from expunct_server.redaction.formats.office.cells import Cells, is_value
from expunct_server.redaction.formats.office.markup import Element
from expunct_server.redaction.formats.office.names import Names, all_in
from expunct_server.redaction.formats.office.walking import Walk

_MIMETYPE: Final = re.compile(r"application/vnd\.oasis\.opendocument\.[a-z-]{1,40}")
_PLAIN: Final = re.compile(r"text/xml|image/[a-z+]{2,10}")
_MANIFEST: Final = "META-INF/manifest.xml"
_WHOLE: Final = "encrypted-package"  # of LibreOffice 24.8 and newer, where they are told to (ODF 1.4, extended)
_MANIFEST_SPACE: Final = f"{vocabulary.ODF}manifest:1.0"
_HREF: Final = "{http://www.w3.org/1999/xlink}href"
_CONFIG: Final = f"{{{vocabulary.ODF}config:1.0}}"
_OFFICE: Final = f"{vocabulary.ODF}office:1.0"
_SCRIPTS: Final = "Macros were removed."
_OTHER: Final = "Parts that could not be read, such as embedded objects and fonts, were removed."
_DROPPED: Final = (
    (
        re.compile(r"^Thumbnails/|^ObjectReplacements/|(?:^|/)Configurations2/|layout-cache$|^META-INF/manifest\.rdf$"),
        None,
    ),
    (re.compile(r"^Basic/|^Scripts/|^Dialogs/"), _SCRIPTS),
    (re.compile(r"^META-INF/(?!manifest\.xml$)"), "Digital signatures were removed: the document is another one now."),
    (re.compile(r"^Versions/|^VersionList\.xml$"), "Earlier versions were removed."),
)
_MAIN: Final = {"content.xml", "styles.xml"}
"""Parts of which a document has one at least; templates of styles have no contents (ISO/IEC 26300-3, 2.2.1)."""
_LINKS: Final = frozenset(("a", "h", "event-listener", "section-source", "cell-range-source", "table-source"))
"""Elements that stay when what they name is not in the package."""
_PRINTER: Final = frozenset(("PrinterSetup", "PrinterName", "PrinterPaperFromSetup"))


def redact(work: Work) -> None:
    if package.is_empty(work.source):
        return
    members = package.read(work)
    if _WHOLE in members:  # and nothing beside it
        from expunct_server.redaction.formats.unlocking import opendocument  # needs what other documents do not

        whole = opendocument.whole(work, markup.parse(members.get(_MANIFEST, b"<x/>")), members[_WHOLE])
        members = package.of(io.BytesIO(whole), work.limits)
    members["mimetype"] = members.get("mimetype", b"").strip()
    if _MIMETYPE.fullmatch(members["mimetype"].decode("latin-1")) is None or not _MAIN & set(members):
        raise package.damaged()
    _Document(work, members).redact()


def texts(work: Work) -> Iterator[str]:
    yield from reading.texts(work, docx.place_of)


@dataclass(slots=True)
class _Document:
    """One package on its way."""

    work: Work
    members: package.Members
    renamed: dict[str, str] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)
    """Media types by names, those of folders among them."""
    version: str = "1.2"
    given: Names = field(default_factory=Names)
    hidden: frozenset[str] = frozenset()
    """Styles by which text is hidden."""
    sheets: dict[str, str] = field(default_factory=dict)
    """New names of sheets by their old ones."""

    def redact(self) -> None:
        """Redact all parts and write the package."""
        self._read_manifest()
        self.given = Names(lambda: all_in(markup.parse(data) for name, data in self.members.items() if _is_xml(name)))
        self._drop_known()
        self._rename()
        self.hidden = hidden.styles(data for name, data in self.members.items() if hidden.is_said_in(name, ""))
        others = [name for name in self.members if name != "mimetype" and not _is_xml(name)]
        for number, name in enumerate(others, start=1):
            self._hand_over(name, number)
        for name in sorted(filter(_is_xml, self.members), key=lambda name: name != "content.xml"):  # names its sheets
            self._walk(name)
        written = [(self.renamed.get(name, name), data) for name, data in self.members.items() if name != "mimetype"]
        start = [("mimetype", self.members["mimetype"])]
        package.write([*start, *written, (_MANIFEST, self._manifest([name for name, _ in written]))], self.work.target)

    # --- what there is ---

    def _read_manifest(self) -> None:
        said = self.members.pop(_MANIFEST, b"<x/>")
        declared = f'<manifest:manifest xmlns:manifest="{_MANIFEST_SPACE}">'.encode()
        root = markup.parse(said.replace(b"<manifest:manifest>", declared, 1))  # OpenOffice.org left that to its DTD
        if next(root.iter("{*}encryption-data"), None) is not None:
            from expunct_server.redaction.formats.unlocking import opendocument  # needs what other documents do not

            opendocument.unlock(self.work, root, self.members)
        if (version := root.get(f"{{{_MANIFEST_SPACE}}}version", "")) in ("1.0", "1.1", "1.2", "1.3", "1.4"):
            self.version = version
        for each in root.iter("{*}file-entry"):
            kind = each.get(f"{{{_MANIFEST_SPACE}}}media-type", "")
            self.types[each.get(f"{{{_MANIFEST_SPACE}}}full-path", "")] = kind if _is_type(kind) else ""

    def _drop_known(self) -> None:
        for name in list(self.members):
            for expression, note in _DROPPED:
                if expression.search(name):
                    del self.members[name]
                    if note:
                        self.work.note(note)
                    break

    def _rename(self) -> None:
        names = [name for name in self.members if name not in ("mimetype", "content.xml")]
        answers = self.work.redacted([Text(name, (), prose=False) for name in names], lambda *_: "name of a part")
        for number, (name, answer) in enumerate(zip(names, answers, strict=True), start=1):
            if not answer.edits:
                continue
            ending = posixpath.splitext(name)[1].lower()
            if ending[1:] in pictures.ENDINGS:
                self.renamed[name] = f"Pictures/part{number}{ending}"
            else:
                del self.members[name]
                self.work.note(_OTHER)

    def _hand_over(self, name: str, number: int) -> None:
        """A part that is no XML: a picture, or something that goes if it cannot be read."""
        ending = posixpath.splitext(name)[1][1:].lower()
        kind = "picture" if ending in pictures.ENDINGS else "embedded file"
        try:
            self.members[name] = self.work.inner(posixpath.basename(name), self.members[name], f"{kind} {number}")
        except DocumentError:
            if kind == "picture":
                self.members[name] = pictures.PLACEHOLDER
                self.renamed[name] = f"Pictures/empty{number}.png"
                self.work.note(pictures.EMPTY)
            else:
                del self.members[name]
                self.work.note(_OTHER)

    # --- XML ---

    def _walk(self, name: str) -> None:
        root = markup.parse(self.members[name])
        self._take_out(root)
        self._refer(root, posixpath.dirname(name))
        folder, is_body = posixpath.dirname(name), name == "content.xml"
        place = "body" if is_body else docx.place_of(name) if not folder else f"object, {docx.place_of(name)}"
        cells = Cells(self.work, root, self.sheets if is_body else dict(self.sheets))
        if is_body:
            self.given.give(self.sheets)
        walk = Walk(
            self.work,
            place,
            lambda e: markup.local(e) == "binary-data",  # dealt with above
            skip_attribute=lambda e, key: is_value(e, key) or self._is_inside(e, key),
            where=cells.where,
            given=self.given,
            hidden=self.hidden,
        )
        walk.run(root)
        cells.finish()
        if walk.foreign.held_something:
            raise DocumentError(*markup.NAMES)
        self.members[name] = markup.written(root, walk.foreign.namespaces)

    def _take_out(self, root: Element) -> None:
        """Scripts, printers' settings, and pictures that are written into the text."""
        for each in list(root.iter("{*}scripts", "{*}event-listeners", "{*}config-item", "{*}binary-data")):
            name = markup.local(each)
            if name in ("scripts", "event-listeners"):
                if len(each):
                    self.work.note(_SCRIPTS)
                markup.remove(each)
            elif name == "binary-data":
                self._redact_data(each)
            elif each.get(f"{_CONFIG}name", "") in _PRINTER or _is_unsure(each):
                markup.remove(each)

    def _redact_data(self, element: Element) -> None:
        try:
            data = base64.b64decode("".join((element.text or "").split()), validate=True)
            redacted = self.work.inner("picture", data, "picture in the text")
        except (binascii.Error, DocumentError):
            redacted = pictures.PLACEHOLDER
            self.work.note(pictures.EMPTY)
        for child in list(element):
            element.remove(child)
        element.attrib.clear()
        element.text = base64.b64encode(redacted).decode()

    def _refer(self, root: Element, folder: str) -> None:
        """Give parts their new names; take out what shows parts that are no more."""
        for element in [each for each in root.iter("*") if each.get(_HREF)]:
            target = _inside(element.get(_HREF), folder)
            if target is None:
                continue
            if target in self.members:
                element.set(_HREF, self._from(self.renamed.get(target, target), folder))
            elif (
                not any(name.startswith(f"{target}/") for name in self.members) and markup.local(element) not in _LINKS
            ):
                markup.remove(element)

    def _from(self, name: str, folder: str) -> str:
        return posixpath.relpath(name, folder) if folder else name

    def _is_inside(self, element: Element, key: str) -> bool:
        """Whether an attribute names a part, whose name was redacted already."""
        if key != _HREF:
            return False
        target = _inside(element.get(_HREF), "")
        return target is not None and (target in self.members or target in self.renamed.values())

    def _manifest(self, names: list[str]) -> bytes:
        space = f"{{{_MANIFEST_SPACE}}}"
        root = etree.Element(f"{space}manifest", nsmap={"manifest": _MANIFEST_SPACE})
        root.set(f"{space}version", self.version)
        folders = [
            path for path in self.types if path.endswith("/") and any(name.startswith(path) for name in names)
        ]  # fmt: skip
        old = {new: name for name, new in self.renamed.items()}
        for path in ["/", *folders, *names]:
            kind = self.types.get(old.get(path, path), "")
            if path == "/":
                kind = self.members["mimetype"].decode("latin-1")
            elif path.endswith(".png"):
                kind = "image/png"
            entry = etree.SubElement(root, f"{space}file-entry")
            entry.set(f"{space}full-path", path)
            entry.set(f"{space}media-type", kind)
        return markup.written(root)


def _is_xml(name: str) -> bool:
    return name.endswith((".xml", ".rdf"))


def _is_type(kind: str) -> bool:
    """Whether a media type is one that can be kept: of OpenDocument, XML or a picture."""
    return any(each.fullmatch(kind) for each in (_MIMETYPE, _PLAIN))


def _is_unsure(element: Element) -> bool:
    """Whether a setting is data, or a number so long that it may be one of a person, which no label can stand for: the
    program that reads the document has another."""
    kind: str = element.get(f"{_CONFIG}type", "")
    return kind == "base64Binary" or (kind != "string" and measures.is_long(element.text or ""))


def _inside(href: str, folder: str) -> str | None:
    """The part that a reference names (ISO/IEC 26300-3, 3.7), or None for what is not in the package."""
    path = unquote(href)
    if ":" in path or path.startswith(("#", "/")):
        return None
    name = posixpath.normpath(posixpath.join(folder, path))
    return None if name.startswith("..") else name
