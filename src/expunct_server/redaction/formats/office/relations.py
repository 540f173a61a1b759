"""The relationships of a package and its content types (ECMA-376 part 2, 6.2 and 6.5): read, and written anew.

What is written holds the attributes that the standard defines and nothing else.
"""

import posixpath
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, unquote

from lxml import etree

from expunct_server.redaction.formats.office import markup

TYPES: Final = "[Content_Types].xml"
_TYPES_SPACE: Final = "http://schemas.openxmlformats.org/package/2006/content-types"
_RELS_SPACE: Final = "http://schemas.openxmlformats.org/package/2006/relationships"
_IN_NAMES: Final = "/!$&'()*+,;=@"
"""Characters beside letters, digits and -._~ that a name has as they are (RFC 3986, 3.3)."""


@dataclass(slots=True)
class Relation:
    """One relationship of a part. `target` is the name of a part, or what is outside when `is_external`."""

    id: str
    type: str
    target: str
    is_external: bool


@dataclass(slots=True)
class ContentTypes:
    """Of parts by their extension, and by their name."""

    by_extension: dict[str, str]
    by_name: dict[str, str]

    def of(self, name: str) -> str:
        """The content type of a part, or ""."""
        return self.by_name.get(name) or self.by_extension.get(extension(name), "")


def part_name(written: str) -> str:
    """The name of a part as all are written here, whichever characters it comes percent-encoded with, as names in
    relationships and archives may (ECMA-376 part 2, 6.2.2 and 7.3.4)."""
    return _encoded(unquote(written))


def _encoded(name: str) -> str:
    return quote(name, safe=_IN_NAMES)


def extension(name: str) -> str:
    """What the name of a part ends in, in lower case, without the dot."""
    return posixpath.splitext(name)[1][1:].lower()


def owner(name: str) -> str | None:
    """The part whose relationships the part `name` holds; "" for those of the package; None if it holds none."""
    folder, base = posixpath.split(name)
    if not base.endswith(".rels") or posixpath.basename(folder) != "_rels":
        return None
    above = posixpath.dirname(folder)
    return f"{above}/{base[:-5]}".lstrip("/")


def holder(name: str) -> str:
    """The part that holds the relationships of the part `name`."""
    folder, base = posixpath.split(name)
    return f"{folder}/_rels/{base}.rels".lstrip("/")


def read_types(data: bytes) -> ContentTypes:
    """Raises DocumentError."""
    found = ContentTypes({}, {})
    for each in markup.parse(data):
        kind = each.get("ContentType", "")
        if markup.local(each) == "Default":
            found.by_extension[each.get("Extension", "").lower()] = kind
        else:
            found.by_name[part_name(each.get("PartName", "")).lstrip("/")] = kind
    return found


def write_types(types: ContentTypes) -> bytes:
    root = etree.Element(f"{{{_TYPES_SPACE}}}Types", nsmap={None: _TYPES_SPACE})
    for key, kind in types.by_extension.items():
        etree.SubElement(root, f"{{{_TYPES_SPACE}}}Default", Extension=key, ContentType=kind)
    for name, kind in types.by_name.items():
        etree.SubElement(root, f"{{{_TYPES_SPACE}}}Override", PartName=f"/{name}", ContentType=kind)
    return markup.written(root)


def read_relations(data: bytes, of: str) -> list[Relation]:
    """Those of the part `of`. Raises DocumentError."""
    found = []
    for each in markup.parse(data):
        target = each.get("Target", "")
        outside = each.get("TargetMode") == "External" or target.startswith("#") or ":" in target
        if not outside:
            folder = posixpath.join("/", posixpath.dirname(unquote(of)))
            target = _encoded(posixpath.normpath(posixpath.join(folder, unquote(target))).lstrip("/"))
        found.append(Relation(each.get("Id", ""), each.get("Type", ""), target, outside))
    return found


def write_relations(relations: list[Relation], of: str) -> bytes:
    root = etree.Element(f"{{{_RELS_SPACE}}}Relationships", nsmap={None: _RELS_SPACE})
    for each in relations:
        made = etree.SubElement(root, f"{{{_RELS_SPACE}}}Relationship", Id=each.id, Type=each.type)
        if each.is_external:
            made.set("Target", each.target)
            if not each.target.startswith("#"):
                made.set("TargetMode", "External")
        else:
            made.set("Target", posixpath.relpath(f"/{each.target}", posixpath.join("/", posixpath.dirname(of))))
    return markup.written(root)
