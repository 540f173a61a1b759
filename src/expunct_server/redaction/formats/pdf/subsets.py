"""What tables of fonts say of codes that nothing shows any more.

Subsets number their glyphs as they are used first: where a value was all that a font was for, its table spells it, in
order. (The glyphs of the font program stay, and so does their order.)
"""

from collections.abc import Iterable
from typing import Any

import pikepdf

from expunct_server.redaction.formats.pdf.cmaps import CMap
from expunct_server.redaction.formats.pdf.contents import Content, parts_of
from expunct_server.redaction.formats.pdf.fonts import Font
from expunct_server.redaction.formats.pdf.values import dictionary_of, number_of


def tell(content: Content) -> None:
    """Let fonts know which of their codes a content goes on to show, and which it does not."""
    for number, fonts in content.fonts.items():
        parts = parts_of(list(content.instructions[number].operands))
        raw = [bytes(each) if isinstance(each, pikepdf.String) else b"" for each in parts]
        cuts = content.cuts.get(number, set())
        for i, glyph in enumerate(content.shown[number]):
            code = int.from_bytes(raw[glyph.part][glyph.start : glyph.end], "big")
            for font in fonts:
                (font.cut if i in cuts else font.kept).add(code)


def forget(fonts: Iterable[Font], tables: dict[tuple[int, int], CMap]) -> None:
    """Take what was cut everywhere out of tables of codes, which are by their numbers, and out of glyphs' names."""
    users: dict[tuple[str, tuple[int, int]], list[Font]] = {}
    for font in fonts:
        for key in ("/ToUnicode", "/Encoding"):
            said = font.spec.get(key)
            if isinstance(said, pikepdf.Dictionary | pikepdf.Stream):
                users.setdefault((key, said.objgen if said.is_indirect else font.spec.objgen), []).append(font)
    for (key, number), sharing in users.items():
        gone = set().union(*(font.cut for font in sharing)) - set().union(*(font.kept for font in sharing))
        if key == "/ToUnicode" and number in tables:
            for code in gone:
                tables[number].texts.pop(code, None)
        elif key == "/Encoding" and gone and number != (0, 0):
            _unname(dictionary_of(sharing[0].spec.get(key)).get("/Differences"), gone)


def _unname(differences: Any, gone: set[int]) -> None:
    """ISO 32000-2, 9.6.5.1."""
    code = 0
    for i, each in enumerate(list(differences) if isinstance(differences, pikepdf.Array) else ()):
        if isinstance(each, pikepdf.Name):
            if code in gone:
                differences[i] = pikepdf.Name("/.notdef")
            code += 1
        else:
            code = int(number_of(each))
