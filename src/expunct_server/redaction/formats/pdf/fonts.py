"""What a font's character codes say and how wide their glyphs are (ISO 32000-2, 9.5 to 9.10)."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from io import BytesIO
from typing import Any, Final, NamedTuple

import pikepdf
from pdfminer import cmapdb
from pdfminer.encodingdb import name2unicode
from pdfminer.pdffont import (
    CFFFont,
    PDFFont,
    PDFTrueTypeFont,
    PDFType1Font,
    PDFType3Font,
    TrueTypeFont,
    get_widths,
    get_widths2,
)
from pdfminer.pdfinterp import PDFResourceManager
from pdfminer.pdftypes import PDFStream
from pdfminer.psparser import LIT

from expunct_server.redaction.formats.pdf import cmaps, signs
from expunct_server.redaction.formats.pdf.values import dictionary_of, name_of, number_of

_DEPTH: Final = 8
_EM: Final = 1000.0
_SYMBOLIC: Final = 4
_CONTRARY: Final = 3  # letters; a single one may be a mistake
_SOFT: Final = 0xAD  # a hyphen in WinAnsiEncoding (ISO 32000-2, table D.2, note 5), a blank to pdfminer
_PUT: Final = re.compile(rb"\bdup\s+(\d{1,3})\s*/([^\s/()<>\[\]{}%]+)\s+put\b")
_IDENTITY: Final = cmaps.CMap(spaces=[(2, 0, 0xFFFF)])


UNKNOWN: Final = 0xF0000
"""Private use: where glyphs that could be anything have their places, so that two of them can be told apart."""
_UNKNOWNS: Final = 0xFFFE
_APART: Final = 4_099  # between the same codes of two fonts, which show different things


class Code(NamedTuple):
    """One character code of a string. `text` is a code point from UNKNOWN on for a glyph of which nobody says what it
    is; `advance` is in thousandths of the font's size; `number` is the code itself."""

    length: int
    text: str
    advance: float
    number: int = 0


def unknown(raw: bytes) -> list[Code]:
    """The codes of a string in no font."""
    return [Code(1, chr(UNKNOWN + byte), 0.0) for byte in raw]


class Font:
    """A font of a page, of a number among those of the document. Whatever is wrong in it makes its glyphs unknown,
    never an error.

    `kept` are the codes that the written document shows, `cut` those that were taken out somewhere.
    """

    def __init__(self, spec: pikepdf.Object, number: int = 0) -> None:
        self.spec = spec
        self._number = number * _APART
        self.kept: set[int] = set()
        self.cut: set[int] = set()
        self.is_vertical = False
        self.scale = 1.0 / _EM
        self._known: dict[bytes, Code] = {}
        self._length: Callable[[bytes, int], int] = lambda _raw, _start: 1
        self._text: Callable[[int], str | None] = lambda _code: None
        self._width: Callable[[int], float] = lambda _code: 0.0
        self._other: Callable[[int], str | None] = lambda _code: None  # what else is known of a letter
        self._names: Mapping[int, str] = {}
        self._contrary = 0
        self.is_unsaid = False
        self._drawings: tuple[dict[int, Any], list[Any]] | None = None
        self.is_drawn = name_of(spec.get("/Subtype")) == "Type3"  # letter by letter, as any drawing
        with suppress(Exception):  # libraries that read fonts raise whatever they like
            if "/DescendantFonts" in spec:  # whatever its kind is said to be
                self._composite(spec)
            else:
                self._simple(spec)

    @property
    def may_lie(self) -> bool:
        """Whether the font's table says other letters than its encoding, or its program, has: one of them is not what
        is seen."""
        return self._contrary >= _CONTRARY

    @property
    def is_new(self) -> bool:
        """Whether none of its codes were asked for."""
        return not self._known

    def codes(self, raw: bytes) -> list[Code]:
        """The codes of a string, in order."""
        found, start = [], 0
        while start < len(raw):
            length = min(max(1, self._length(raw, start)), len(raw) - start)
            found.append(self._code(raw[start : start + length]))
            start += length
        return found

    def named_codes(self) -> list[Code]:
        """The codes that the document gives names to, of a font of one byte a character."""
        return [self._code(bytes([number])) for number in sorted(self._names) if number < 256]

    def drawings(self, codes: Iterable[Code]) -> list[Any]:
        """The glyphs of a font whose letters are drawings, by what codes show of them; one without a name may be any of
        those that no code has."""
        if self._drawings is None:
            self._drawings = _drawings(self.spec)
        named, others = self._drawings
        drawn = [each for number in {code.number for code in codes}
                 for each in ([named[number]] if number in named else others)]  # fmt: skip
        return [each for each in drawn if isinstance(each, pikepdf.Stream)]

    def _code(self, raw: bytes) -> Code:
        known = self._known.get(raw)
        if known is None:
            code = int.from_bytes(raw, "big")
            text = _legible(_safely(self._text, code)) or self._sign(code)
            text = text or chr(UNKNOWN + (code + self._number) % _UNKNOWNS)
            self._contrary += _is_contrary(text, _safely(self._other, code))
            known = self._known[raw] = Code(len(raw), text, self._advance(code), code)
        return known

    def _sign(self, code: int) -> str | None:
        name = self._names.get(code)
        return None if name is None else signs.meaning(name)

    def _advance(self, code: int) -> float:
        width = _safely(self._width, code)
        return width if width is not None and abs(width) < 1e6 else 0.0

    # --- fonts of one byte a character ---

    def _simple(self, spec: pikepdf.Object) -> None:
        meanings = _to_unicode(spec)
        reader = _reader(spec)
        built_in = _built_in(spec)

        self._names = _program_names(spec) | _differences(spec)
        hyphen = _SOFT if _is_windows(spec) else None

        def text(code: int) -> str | None:
            said = meanings.get(code) or _by_encoding(reader, built_in, code)
            return "\u00ad" if code == hyphen and said == " " else said

        self._text = text
        self.is_unsaid = self.is_drawn and not meanings
        if meanings and "/Encoding" in spec and name_of(spec.get("/Subtype")) != "Type3":
            self._other = lambda code: _by_encoding(reader, built_in, code)
        widths, first = spec.get("/Widths"), int(number_of(spec.get("/FirstChar")))
        if not isinstance(widths, pikepdf.Array):
            self._width = lambda code: reader.char_width(code) * _EM if reader else 0.0
            return
        listed = [number_of(each) for each in widths]
        missing = number_of(_descriptor(spec).get("/MissingWidth"))
        self._width = lambda code: listed[code - first] if 0 <= code - first < len(listed) else missing
        if name_of(spec.get("/Subtype")) == "Type3":
            self.scale = number_of(spec.FontMatrix[0]) or self.scale

    # --- fonts of several ---

    def _composite(self, spec: pikepdf.Object) -> None:
        inner = spec.DescendantFonts[0]
        cmap = _encoding(spec.get("/Encoding"))
        trie = _predefined(cmap.uses)
        self.is_vertical = cmap.is_vertical
        self._length = cmap.length if trie is None else lambda raw, start: _length_in(trie, raw, start)

        def cid(code: int) -> int | None:
            if code in cmap.cids:
                return cmap.cids[code]
            return code if trie is None else _cid_in(trie, code)

        self._widths(inner, cid)
        meanings = _to_unicode(spec)
        ordered = _by_ordering(inner, cmap.is_vertical) or _by_font_file(inner)

        def text(code: int) -> str | None:
            said = meanings.get(code)
            if said or ordered is None:
                return said
            found = cid(code)
            return None if found is None else ordered(found)

        self._text = text
        if meanings and ordered is not None:
            self._other = lambda code: None if (found := cid(code)) is None else ordered(found)

    def _widths(self, inner: pikepdf.Object, cid: Callable[[int], int | None]) -> None:
        if self.is_vertical:
            listed: Mapping[Any, Any] = {
                k: w for k, (w, _) in get_widths2(_plain(inner.get("/W2", pikepdf.Array()))).items()
            }
            both = _plain(inner.get("/DW2", pikepdf.Array([880, -1000])))
            usual = float(both[1])
        else:
            listed = get_widths(_plain(inner.get("/W", pikepdf.Array())))
            usual = number_of(inner.get("/DW"), _EM)
        self._width = lambda code: float(listed.get(cid(code), usual))


# --- encodings --------------------------------------------------------------------------------------------------------


def _to_unicode(spec: pikepdf.Object) -> Mapping[int, str]:
    said = spec.get("/ToUnicode")
    if isinstance(said, pikepdf.Stream):
        with suppress(ValueError, pikepdf.PdfError):
            return cmaps.parsed(said.read_bytes()).texts
    if name_of(said).startswith("Identity"):
        return _Itself()
    return {}


class _Itself(dict[int, str]):
    """Codes that are code points."""

    def get(self, code: int, default: Any = None) -> Any:
        return chr(code) if code < 0x110000 else default


def _encoding(said: Any) -> cmaps.CMap:
    if isinstance(said, pikepdf.Stream):
        cmap = cmaps.parsed(said.read_bytes())
        used = said.get("/UseCMap")
        cmap.uses = cmap.uses or name_of(used)
        cmap.is_vertical = cmap.is_vertical or number_of(said.get("/WMode")) == 1
        if cmap.uses.startswith("Identity") or not cmap.spaces:
            cmap.uses, cmap.spaces = "", cmap.spaces or _IDENTITY.spaces
        return cmap
    name = name_of(said)
    vertical = name.endswith("V")
    if name.startswith("Identity"):
        return cmaps.CMap(spaces=_IDENTITY.spaces, is_vertical=vertical)
    return cmaps.CMap(uses=name, is_vertical=vertical)


def _predefined(name: str) -> dict[int, Any] | None:
    """A CMap of the standard, by bytes; None for the identity. Raises what pdfminer raises for an unknown one."""
    if not name:
        return None
    found: dict[int, Any] = cmapdb.CMapDB.get_cmap(name).code2cid  # type: ignore[attr-defined]
    return found


def _length_in(trie: dict[int, Any], raw: bytes, start: int) -> int:
    at: Any = trie
    for length, byte in enumerate(raw[start : start + 4], start=1):
        at = at.get(byte)
        if not isinstance(at, dict):
            return length
    return 1


def _cid_in(trie: dict[int, Any], code: int) -> int | None:
    """The CID of a code, whose leading zeros are lost: each length is tried."""
    for length in range(max(1, (code.bit_length() + 7) // 8), 5):
        at: Any = trie
        for byte in code.to_bytes(length, "big"):
            at = at.get(byte) if isinstance(at, dict) else None
        if isinstance(at, int):
            return at
    return None


def _by_ordering(inner: pikepdf.Object, vertical: bool) -> Callable[[int], str | None] | None:
    """What CIDs of the standard's collections mean."""
    said = dictionary_of(inner.get("/CIDSystemInfo"))
    coding = f"{said.get('/Registry')}-{said.get('/Ordering')}"
    if coding.endswith("-Identity"):
        return None
    with suppress(cmapdb.CMapDB.CMapNotFound):
        return cmapdb.CMapDB.get_unicode_map(coding, vertical).get_unichr
    return None


def _by_font_file(inner: pikepdf.Object) -> Callable[[int], str | None] | None:
    """What the glyphs of an embedded TrueType font are called by the font itself."""
    file = _descriptor(inner).get("/FontFile2")
    if not isinstance(file, pikepdf.Stream):
        return None
    with suppress(Exception):
        glyphs = TrueTypeFont("", BytesIO(file.read_bytes())).create_unicode_map()
        told = inner.get("/CIDToGIDMap")
        if not isinstance(told, pikepdf.Stream):
            return glyphs.get_unichr
        table = told.read_bytes()
        return lambda cid: glyphs.get_unichr(int.from_bytes(table[2 * cid : 2 * cid + 2], "big"))
    return None


def _reader(spec: pikepdf.Object) -> PDFFont | None:
    """pdfminer's font, for encodings and the metrics of the standard fonts."""
    kinds = {"Type3": PDFType3Font, "TrueType": PDFTrueTypeFont}
    plain = _plain(spec)
    plain.pop("ToUnicode", None)  # read by us: it knows codes of several characters
    with suppress(Exception):
        return kinds.get(name_of(spec.get("/Subtype")), PDFType1Font)(PDFResourceManager(), plain)
    return None


def _built_in(spec: pikepdf.Object) -> Mapping[int, str | None] | None:
    """The meaning of codes by an embedded font's own encoding, where the document names none; None where it does, or
    where the standard one holds."""
    descriptor = _descriptor(spec)
    if "/Encoding" in spec or not int(number_of(descriptor.get("/Flags"))) & _SYMBOLIC:
        return None
    if "/FontFile" in descriptor or not any(f"/FontFile{n}" in descriptor for n in "23"):
        return None
    file = descriptor.get("/FontFile3")
    with suppress(Exception):
        font = CFFFont("", BytesIO(file.read_bytes()))
        names = {code: font.gid2name.get(gid) for code, gid in font.code2gid.items()}
        return {code: _named(name) for code, name in names.items()}
    return {}


def _named(name: Any) -> str | None:
    said = name.decode("latin-1") if isinstance(name, bytes) else str(name)
    found = None
    with suppress(KeyError):
        found = name2unicode(said)
    return found if _legible(found) else signs.meaning(said)


def _program_names(spec: pikepdf.Object) -> dict[int, str]:
    """What codes are called by an embedded Type 1 font's own encoding (Adobe Type 1 Font Format, 2.2)."""
    file = _descriptor(spec).get("/FontFile")
    if not isinstance(file, pikepdf.Stream):
        return {}
    said = file.read_bytes()[: int(number_of(file.get("/Length1")))]
    return {int(code): name.decode("latin-1") for code, name in _PUT.findall(said)}


def _differences(spec: pikepdf.Object) -> dict[int, str]:
    """What codes of a simple font are called by the document (ISO 32000-2, 9.6.5.1)."""
    named: dict[int, str] = {}
    listed, code = dictionary_of(spec.get("/Encoding")).get("/Differences"), 0
    for each in listed if isinstance(listed, pikepdf.Array) else ():
        if isinstance(each, pikepdf.Name):
            named[code] = name_of(each)
            code += 1
        else:
            code = int(number_of(each))
    return named


def _drawings(spec: pikepdf.Object) -> tuple[dict[int, Any], list[Any]]:
    """The glyphs of a Type 3 font by their codes, and those that have none (ISO 32000-2, 9.6.4)."""
    drawn, named = dict(dictionary_of(spec.get("/CharProcs")).items()), _differences(spec)
    names = {f"/{each}" for each in named.values()}
    return ({code: drawn.get(f"/{name}") for code, name in named.items()},
            [each for name, each in drawn.items() if name not in names])  # fmt: skip


def _is_windows(spec: pikepdf.Object) -> bool:
    said = spec.get("/Encoding")
    return "WinAnsiEncoding" in (name_of(said), name_of(dictionary_of(said).get("/BaseEncoding")))


def _by_encoding(reader: PDFFont | None, built_in: Mapping[int, str | None] | None, code: int) -> str | None:
    if built_in is not None:
        return built_in.get(code)
    return reader.to_unichr(code) if reader else None


def _legible(text: str | None) -> str | None:
    """Ligatures as letters; None for what is no character: controls, private use, "unknown"."""
    if not text or any(unicodedata.category(c) in ("Cc", "Co", "Cs", "Cn") or c == "\ufffd" for c in text):
        return " " if text and text.isspace() else None
    return unicodedata.normalize("NFKC", text) if any("\ufb00" <= c <= "\ufeff" for c in text) else text


def _is_contrary(said: str, other: str | None) -> bool:
    """Whether two say different letters or digits of a code; other characters have more than one."""
    both = (said, other or "")
    return (
        all(len(each) == 1 and each.isascii() and each.isalnum() for each in both) and said.lower() != both[1].lower()
    )


def _safely(function: Callable[[int], Any], code: int) -> Any:
    try:
        return function(code)
    except Exception:  # an unknown code: each library has its own error for it
        return None


# --- pikepdf's objects as pdfminer's ----------------------------------------------------------------------------------


def _descriptor(spec: pikepdf.Object) -> Any:
    found = spec.get("/FontDescriptor")
    return found if isinstance(found, pikepdf.Dictionary) else {}


def _lengths(stream: pikepdf.Object) -> dict[str, int]:
    """Of the parts of a Type 1 font's program (ISO 32000-2, 9.9.1)."""
    return {key[1:]: int(number_of(stream.get(key))) for key in ("/Length1", "/Length2", "/Length3") if key in stream}


def _plain(value: Any, depth: int = 0) -> Any:
    """Dictionaries, lists, numbers and names as pdfminer has them. Deeper than a font goes there is nothing."""
    if depth > _DEPTH:
        return None
    if isinstance(value, pikepdf.Stream):
        return PDFStream(_lengths(value), value.read_bytes()) if depth < 3 else None
    if isinstance(value, pikepdf.Dictionary):
        return {key[1:]: _plain(each, depth + 1) for key, each in value.items() if key != "/Resources"}
    if isinstance(value, pikepdf.Array):
        return [_plain(each, depth + 1) for each in value]
    if isinstance(value, pikepdf.Name):
        return LIT(str(value)[1:])
    if isinstance(value, pikepdf.String):
        return bytes(value)
    return value if isinstance(value, bool) else _counted(value)


def _counted(value: Any) -> float:
    """A number, whole if it is: codes may be written as reals."""
    number = number_of(value)
    return int(number) if number.is_integer() else number
