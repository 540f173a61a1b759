"""What a damaged document has lost: its readers go on without it, and nobody would see that from the result.

Damage that loses nothing, such as a wrong table of objects or no end, is not told.
"""

import re
import zlib
from collections.abc import Container, Sequence
from contextlib import suppress
from enum import Enum, auto
from typing import Any, Final

import pikepdf

from expunct_server.redaction.formats.common import DocumentError, in_words
from expunct_server.redaction.formats.isolated.work import Work
from expunct_server.redaction.formats.pdf import beside
from expunct_server.redaction.formats.pdf.strings import members
from expunct_server.redaction.formats.pdf.tree import Walk
from expunct_server.redaction.formats.pdf.values import dictionary_of, name_of

PARTS: Final = (
    "The document is damaged: parts of it that it refers to could not be found, and are missing in the result."
)
_PAGES: Final = "The document is damaged: what {} could not be read, or not all of it, and is missing in the result."
_NO_PAGES: Final = (
    "unreadable",
    "The document is damaged: some of its pages could not be found; get a whole copy of it.",
)
_NOTHING: Final = (
    "unreadable",
    "The document is damaged: what its pages show could not be read; get a whole copy of it.",
)
_GONE = re.compile("Pages tree includes non-dictionary|ignoring page")  # as qpdf tells of pages that it leaves out
_DAMAGED = re.compile(r"object (\d+) (\d+)(?:,| at)")
_EMPTIED = re.compile(r"object (\d+) (\d+),[^)]*\): unable to recover stream data")
_LISTS: Final = frozenset(("/Annots", "/DescendantFonts", "/Fields", "/Kids"))
"""Arrays in which nothing is empty. In others, such as destinations, null stands for what is not said."""
_UNSEEN: Final = frozenset(
    ("/Contents", "/D", "/Dest", "/Metadata", "/P", "/Parent", "/Pg", "/PieceInfo", "/StructTreeRoot", "/Thumb")
)
"""Keys of what shows nothing, or is asked about by itself."""


class _State(Enum):
    BLANK = auto()
    WHOLE = auto()
    CUT = auto()
    LOST = auto()


def refuse_missing(pdf: pikepdf.Pdf, most: int) -> None:
    """Raises DocumentError where the tree of pages (ISO 32000-2, 7.7.3) has fewer than it says and refers to what is
    not there. `pdf` is one of which nobody has asked for pages yet, and that took them no attributes from the tree:
    qpdf mends that then, and does not tell. More than `most` pages are not looked at.
    """
    root = pdf.Root.get("/Pages")
    nodes, seen, pages, is_sound = [root], set[tuple[int, int]](), 0, True
    while nodes and pages <= most:
        node = nodes.pop()
        if not isinstance(node, pikepdf.Dictionary) or _lacks_kids(node):
            is_sound = False
        elif "/Kids" not in node:
            pages += 1
        elif not node.is_indirect or node.objgen not in seen:
            seen.add(node.objgen)
            nodes.extend(node.Kids if isinstance(node.Kids, pikepdf.Array) else [None])
    if not is_sound and not nodes and not 0 < _count(pdf) <= pages:
        raise DocumentError(*_NO_PAGES)


def tell(work: Work, pdf: pikepdf.Pdf) -> None:
    """Note what is lost. Raises DocumentError where whole pages are, or what all of them show; a sound document may
    refer to nothing there (7.3.10)."""
    streams = [each for each in pdf.objects if isinstance(each, pikepdf.Stream)]
    said = [str(each) for each in pdf.get_warnings()]  # once all objects have been looked at
    pages = [page.obj for page in pdf.pages]
    if any(map(_GONE.search, said)) or (said and _count(pdf) > len(pages)):
        raise DocumentError(*_NO_PAGES)
    damaged, emptied = _numbers(_DAMAGED, said), _numbers(_EMPTIED, said)
    states = [_state(pdf, page, damaged, emptied) for page in pages]
    lost = [number for number, state in enumerate(states, start=1) if state in (_State.CUT, _State.LOST)]
    if said and lost and set(states) <= {_State.BLANK, _State.LOST}:
        raise DocumentError(*_NOTHING)
    tell_pages(work, lost)
    shown = {each.objgen for page in pages for each in _contents(page) if isinstance(each, pikepdf.Stream)}
    others = [each for each in streams if each.objgen not in shown]
    is_less = any(each.objgen in emptied or (_is_form(each) and _is_cut(pdf, each)) for each in others)
    if is_less or (said and _lacks_parts(pdf)):
        work.note(PARTS)


def tell_pages(work: Work, numbers: Sequence[int]) -> None:
    """Note which pages, by their numbers from 1, lost what they show, or a part of it."""
    if numbers:
        shows = f"page {numbers[0]} shows" if len(numbers) == 1 else f"pages {in_words(numbers)} show"
        work.note(_PAGES.format(shows))


def ends_within(pdf: pikepdf.Pdf) -> bool:
    """Whether one of the contents that were read since others were asked about ends inside of a string, say, which may
    have begun anywhere, and said more."""
    return any("EOF while reading token" in str(each) for each in pdf.get_warnings())


def _lacks_kids(node: Any) -> bool:
    """Whether it is no page, by what it says and has, and yet has none below it."""
    return name_of(node.get("/Type")) == "Pages" and not {"/Kids", "/Contents"} & set(node.keys())


def _count(pdf: pikepdf.Pdf) -> int:
    """How many pages there are said to be."""
    said = dictionary_of(pdf.Root.get("/Pages")).get("/Count")
    return said if isinstance(said, int) else 0


def _is_form(value: Any) -> bool:
    return name_of(value.get("/Subtype")) == "Form"


def _numbers(kind: re.Pattern[str], said: Sequence[str]) -> set[tuple[int, int]]:
    """Of the objects that are said to be so."""
    return {(int(match[1]), int(match[2])) for each in said for match in kind.finditer(each)}


def _contents(page: Any) -> list[Any]:
    """The parts of a page's content; None for one that is missing, which is null (ISO 32000-2, 7.3.10)."""
    found = [value for key, value in page.items() if key == "/Contents"]
    return list(found[0]) if found and isinstance(found[0], pikepdf.Array) else found


def _state(pdf: pikepdf.Pdf, page: Any, damaged: Container[Any], emptied: Container[Any]) -> _State:
    """What of a page's content is there."""
    parts = _contents(page)
    if not parts:
        return _State.LOST if page.objgen in damaged else _State.BLANK
    there = [each for each in parts if isinstance(each, pikepdf.Stream) and each.objgen not in emptied]
    if not there:
        return _State.LOST
    if len(there) == len(parts) and not any(each.read_raw_bytes() for each in there):
        return _State.BLANK
    return _State.CUT if len(there) < len(parts) or any(_is_cut(pdf, each) for each in there) else _State.WHOLE


def _is_cut(pdf: pikepdf.Pdf, stream: Any) -> bool:
    """Whether what is compressed has no end; what is damaged otherwise is refused by whoever reads it."""
    pdf.get_warnings()
    with suppress(pikepdf.PdfError):
        stream.read_bytes()
        return bool(pdf.get_warnings()) and not _has_end(stream)
    return False


def _has_end(stream: Any) -> bool:
    """Whether only a checksum is missing (RFC 1950, 2.2)."""
    if beside.filters_of(stream)[:1] != ["FlateDecode"]:
        return False
    unpacking = zlib.decompressobj(-zlib.MAX_WBITS)
    with suppress(zlib.error):
        unpacking.decompress(stream.read_raw_bytes()[2:])
    return unpacking.eof


def _lacks_parts(pdf: pikepdf.Pdf) -> bool:
    """Whether anything that may be seen refers to what is not there."""
    for node in Walk().nodes(pdf.Root, ""):
        is_list = isinstance(node.value, pikepdf.Array)
        if is_list and node.key not in _LISTS:
            continue
        if any(value is None and (is_list or key not in _UNSEEN) for key, value in members(node.value)):
            return True
    return False
