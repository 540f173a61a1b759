"""Office packages made in code, and read again by the standard library alone."""

import io
import posixpath
import zipfile
from collections.abc import Mapping
from xml.etree import ElementTree

from expunct_server.redaction.formats.office.pictures import PLACEHOLDER

PNG = PLACEHOLDER
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006"
RELS = "http://schemas.openxmlformats.org/package/2006/relationships"
TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
R = f'xmlns:r="{OFFICE}/relationships"'
A = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
C = 'xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart"'
WP = 'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"'
MC = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
V = 'xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office"'
WPS = 'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"'
P = 'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"'
S = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def zipped(members: Mapping[str, str | bytes], *, comment: bytes = b"") -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data, zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED)
        archive.comment = comment
    return target.getvalue()


def unzipped(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def types(overrides: Mapping[str, str], **defaults: str) -> str:
    """`[Content_Types].xml`."""
    found = {"rels": "application/vnd.openxmlformats-package.relationships+xml", "xml": "application/xml"} | defaults
    return (
        f'<Types xmlns="{TYPES}">'
        + "".join(f'<Default Extension="{key}" ContentType="{value}"/>' for key, value in found.items())
        + "".join(f'<Override PartName="/{key}" ContentType="{value}"/>' for key, value in overrides.items())
        + "</Types>"
    )


def rels(*relations: tuple[str, str, str]) -> str:
    """Relationships: id, kind (the last of its type's path), target; what has a colon is outside."""
    return (
        f'<Relationships xmlns="{RELS}">'
        + "".join(
            f'<Relationship Id="{id_}" Type="{_type(kind)}" Target="{target}"'
            + (' TargetMode="External"/>' if ":" in target else "/>")
            for id_, kind, target in relations
        )
        + "</Relationships>"
    )


def _type(kind: str) -> str:
    if kind == "core-properties":
        return "http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties"
    return f"{OFFICE}/relationships/{kind}"


def read(data: bytes) -> str:
    """All that is in a package: each member's name, its bytes, its texts joined, and packages inside."""
    said = [data.decode("latin-1")]
    for name, content in unzipped(data).items():
        said += [name, content.decode("utf-8", "replace"), content.decode("utf-16-le", "replace")]
        if content[:1] == b"<":
            said += _texts(ElementTree.fromstring(content))
        elif content[:4] == b"PK\x03\x04":
            said.append(read(content))
    return "\n".join(said)


def _texts(root: ElementTree.Element) -> list[str]:
    """The texts of a part: whole, of each paragraph, and of what each shows with changes accepted, rejected,"
    " as codes."""
    paragraphs = [each for each in root.iter() if _name(each) in ("p", "si", "is", "h")]
    said = ["".join(each.itertext()) for each in [root, *paragraphs]]
    for paragraph in paragraphs:
        for names in (("t",), ("t", "delText"), ("instrText",)):
            said.append("".join(each.text or "" for each in paragraph.iter() if _name(each) in names))
            added = {each for ins in paragraph.iter() if _name(ins) == "ins" for each in ins.iter()}
            said.append("".join(e.text or "" for e in paragraph.iter() if _name(e) in names and e not in added))
    return said


def _name(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def check(data: bytes) -> None:
    """A package is consistent: all parts have a type, all relationships lead somewhere, all references are there."""
    members = unzipped(data)
    found = ElementTree.fromstring(members.pop("[Content_Types].xml"))
    defaults = {each.get("Extension") for each in found if each.tag.endswith("Default")}
    overrides = {str(each.get("PartName"))[1:] for each in found if each.tag.endswith("Override")}
    assert overrides <= set(members)
    for name in members:
        assert name in overrides or name.rpartition(".")[2] in defaults, name
    ids: dict[str, set[str]] = {}
    for name, content in members.items():
        if name.endswith(".rels"):
            folder, base = posixpath.split(name)
            source = posixpath.join(posixpath.dirname(folder), base[:-5])
            assert not source or source == "" or source in members or folder == "_rels", source
            ids[source] = _targets_exist(content, posixpath.dirname(folder), set(members))
    for name, content in members.items():
        if content[:1] == b"<" and not name.endswith(".rels"):
            _references_exist(content, ids.get(name, set()))


def _targets_exist(content: bytes, folder: str, members: set[str]) -> set[str]:
    found = set()
    for each in ElementTree.fromstring(content):
        target = str(each.get("Target"))
        if each.get("TargetMode") != "External" and not target.startswith("#"):
            assert posixpath.normpath(posixpath.join(folder, target)) in members, target
        found.add(str(each.get("Id")))
    return found


def _references_exist(content: bytes, ids: set[str]) -> None:
    for element in ElementTree.fromstring(content).iter():
        for key, value in element.attrib.items():
            if key.startswith(f"{{{OFFICE}/relationships}}") and value:
                assert value in ids, value


def check_odf(data: bytes) -> None:
    """The type is first and stored, all parts are in the manifest, and all pictures are there."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        first = archive.infolist()[0]
        assert (first.filename, first.compress_type, first.extra) == ("mimetype", zipfile.ZIP_STORED, b"")
    members = unzipped(data)
    space = "{urn:oasis:names:tc:opendocument:xmlns:manifest:1.0}"
    entries = [each.get(f"{space}full-path") for each in ElementTree.fromstring(members["META-INF/manifest.xml"])]
    files = {name for name in members if name not in ("mimetype", "META-INF/manifest.xml")}
    assert {entry for entry in entries if not str(entry).endswith("/")} == files
    for name in files:
        if name.endswith(".xml"):
            for element in ElementTree.fromstring(members[name]).iter():
                href = element.get("{http://www.w3.org/1999/xlink}href", "")
                assert not href.startswith("Pictures/") or href in members, href
