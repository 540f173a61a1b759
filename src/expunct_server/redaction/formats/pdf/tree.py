"""All objects of a document that it refers to, each once, and what each stream is."""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import pikepdf

from expunct_server.redaction.formats.common import DocumentError
from expunct_server.redaction.formats.pdf import spots
from expunct_server.redaction.formats.pdf.strings import members
from expunct_server.redaction.formats.pdf.values import name_of

MOST_OBJECTS: Final = 5_000_000
_TOO_MANY: Final = ("too_large", f"A document may have {MOST_OBJECTS:,} objects.")

_PLACES: Final = {
    "/Outlines": "bookmarks", "/AcroForm": "form fields", "/StructTreeRoot": "structure", "/OCProperties": "layers",
    "/PageLabels": "page labels", "/Names": "names of files",
}  # fmt: skip
FORM, PATTERN, GLYPH, IMAGE, FILE, PROGRAM, MAP, KEPT, UNKNOWN = (
    "form", "pattern", "glyph", "image", "file", "program", "map", "kept", "unknown",
)  # fmt: skip
_HOLDERS: Final = {"/CharProcs": GLYPH, "/Pattern": PATTERN, "/Shading": KEPT, "/EF": FILE}
"""Dictionaries whose keys the document chooses, or which hold one kind of stream."""
_CHOSEN: Final = frozenset((
    "/CharProcs", "/ClassMap", "/Colorants", "/ColorSpace", "/ExtGState", "/Font", "/Pattern", "/Properties",
    "/RoleMap", "/Shading", "/Solidities", "/XObject",
))  # fmt: skip
_FONT_FILES: Final = frozenset(("/FontFile", "/FontFile2", "/FontFile3"))
_KEPT: Final = _FONT_FILES | {"/CIDToGIDMap", "/CIDSet", "/DestOutputProfile", "/JBIG2Globals"}


class Node(NamedTuple):
    """A dictionary, stream or array; `key` is what `above` calls it, `place` where it is, for people."""

    value: Any
    key: Any
    above: "Node | None"
    place: str


class Walk:
    """`seen` are the numbers of objects that have been visited."""

    def __init__(self) -> None:
        self.seen: set[tuple[int, int]] = set()
        self._count = 0

    def nodes(self, root: Any, place: str, key: str = "") -> Iterator[Node]:
        """What is below an object, called `key`, and not yet seen. Whoever gets a node may take out members of it,
        which are then not visited. Raises DocumentError."""
        waiting = [Node(root, key, None, place)]
        while waiting:
            node = waiting.pop()
            if not self._is_new(node.value):
                continue
            yield node
            below = [each for each in _below(node) if not self._is_seen(each.value)]
            waiting += reversed(below)

    def _is_seen(self, value: Any) -> bool:
        return bool(value.is_indirect and value.objgen in self.seen)

    def _is_new(self, value: Any) -> bool:
        self._count += 1
        if self._count > MOST_OBJECTS:
            raise DocumentError(*_TOO_MANY)
        if not value.is_indirect:
            return True
        if value.objgen in self.seen:
            return False
        self.seen.add(value.objgen)
        return True


def _below(node: Node) -> Iterator[Node]:
    for key, value in members(node.value):
        if isinstance(value, pikepdf.Dictionary | pikepdf.Stream | pikepdf.Array):
            yield Node(value, key, node, _place(node, key, value))


def _place(node: Node, key: Any, value: Any) -> str:
    if isinstance(key, int):
        page = node.above.value if node.above else None
        return f"{node.place}, {spots.annotation(key + 1, value, page)}" if node.key == "/Annots" else node.place
    return _PLACES.get(key, node.place) if node.above is None else node.place


def kind_of(node: Node) -> str:
    """What a stream is: by who refers to it, and only then by its key and by what it says, which the document chose."""
    stream, key = node.value, node.key
    subtype = name_of(stream.get("/Subtype"))
    above = node.above.key if node.above else ""
    if above == "/XObject" and subtype == "Image":
        return IMAGE
    if above in ("/XObject", "/AP") or _is_appearance(node):
        return FORM if subtype in ("Form", "") else UNKNOWN
    if above in _HOLDERS:
        return _HOLDERS[above]
    if key in _KEPT or _is_profile(node):
        return KEPT
    if key == "/ToUnicode" or (key in ("/Encoding", "/UseCMap") and name_of(stream.get("/Type")) == "CMap"):
        return MAP
    if subtype == "Image" or key in ("/SMask", "/Mask"):
        return IMAGE
    if subtype == "Form":
        return FORM
    return _by_itself(stream)


def _by_itself(stream: Any) -> str:
    if "/PatternType" in stream:
        return PATTERN
    if "/FunctionType" in stream:
        return PROGRAM if stream.get("/FunctionType") == 4 else KEPT
    return KEPT if "/ShadingType" in stream or "/HalftoneType" in stream else UNKNOWN


def has_chosen_keys(node: Node) -> bool:
    """Whether the keys of a dictionary are names that the document chose, whatever they are."""
    return node.key in _CHOSEN or (_is_state(node) and not isinstance(node.value, pikepdf.Stream))


def _is_state(node: Node) -> bool:
    return bool(node.above and node.above.key == "/AP")


def _is_profile(node: Node) -> bool:
    holder = node.above.value if node.above else None
    return isinstance(holder, pikepdf.Array) and len(holder) > 1 and name_of(holder[0]) == "ICCBased"


def _is_appearance(node: Node) -> bool:
    return bool(node.above and node.above.above and node.above.above.key == "/AP")
