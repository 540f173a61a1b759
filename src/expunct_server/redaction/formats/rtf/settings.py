"""Control words that set something for what follows in their group: fonts and code pages, marks of characters."""

from collections.abc import Callable
from typing import Final

from expunct_server.redaction.formats.rtf import charsets, rows
from expunct_server.redaction.formats.rtf.states import Fonts, State
from expunct_server.redaction.formats.rtf.tokens import Token
from expunct_server.redaction.formats.rtf.units import CAP, DELETED, HIDDEN, INSERTED

_MARKS: Final = {"v": HIDDEN, "webhidden": HIDDEN, "deleted": DELETED, "revised": INSERTED}


def is_made(token: Token, state: State, fonts: Fonts) -> bool:
    """Set what a control word says; whether it is one of these."""
    if token.name in _MARKS:
        mark = _MARKS[token.name]
        state.marks = state.marks & ~mark if token.number == 0 else state.marks | mark
    elif token.name in charsets.BY_WORD:
        fonts.document = state.codec = charsets.BY_WORD[token.name]
    elif token.name in _SETTINGS:
        _SETTINGS[token.name](state, fonts, token.number)
    else:
        return False
    return True


def _font(state: State, fonts: Fonts, number: int | None) -> None:
    fonts.current = number or 0
    if state.stream is not None and state.stream.name != "fonttbl":
        state.font, state.codec = number or 0, fonts.codec(number or 0)


def _associated_font(state: State, fonts: Fonts, number: int | None) -> None:
    """That of letters of East Asia, or of those that run from right to left."""
    codec = fonts.codec(number or 0)
    if state.is_rtl or codec in charsets.MULTIBYTE:
        state.codec = codec


def _right_to_left(state: State, _: Fonts, __: int | None) -> None:
    state.is_rtl = True


def _left_to_right(state: State, fonts: Fonts, _: int | None) -> None:
    state.is_rtl = False
    state.codec = fonts.codec(state.font)


def _first_font(_: State, fonts: Fonts, number: int | None) -> None:
    fonts.first = number or 0


def _charset(state: State, fonts: Fonts, number: int | None) -> None:
    codec = charsets.of_charset(number)
    if state.stream is not None and state.stream.name == "fonttbl" and codec:
        fonts.used[fonts.current] = state.codec = codec


def _page(state: State, fonts: Fonts, number: int | None) -> None:
    if state.stream is not None and state.stream.name == "fonttbl" and number:
        fonts.used[fonts.current] = state.codec = charsets.of_page(number)


def _document_page(state: State, fonts: Fonts, number: int | None) -> None:
    fonts.document = state.codec = charsets.of_page(number or 0)


def _fallback(state: State, _: Fonts, number: int | None) -> None:
    state.fallback = min(max(1 if number is None else number, 0), 1_000)


def _plain(state: State, fonts: Fonts, _: int | None) -> None:
    state.marks, state.font, state.is_rtl = state.marks & CAP, fonts.first, False
    state.codec = fonts.codec(fonts.first)


def _paragraph(state: State, _: Fonts, __: int | None) -> None:
    state.in_table, state.marks = 0, state.marks & ~CAP


def _cap(state: State, _: Fonts, number: int | None) -> None:
    state.marks = state.marks | CAP if number else state.marks & ~CAP


def _in_table(state: State, _: Fonts, __: int | None) -> None:
    state.in_table = state.in_table or 1


def _depth_of_table(state: State, _: Fonts, number: int | None) -> None:
    state.in_table = rows.depth(number)


def _beside(state: State, _: Fonts, number: int | None) -> None:
    state.is_beside = number != 0


_SETTINGS: Final[dict[str, Callable[[State, Fonts, int | None], None]]] = {
    "f": _font,
    "af": _associated_font,
    "rtlch": _right_to_left,
    "ltrch": _left_to_right,
    "deff": _first_font,
    "fcharset": _charset,
    "cpg": _page,
    "ansicpg": _document_page,
    "uc": _fallback,
    "plain": _plain,
    "pard": _paragraph,
    "dropcapli": _cap,
    "intbl": _in_table,
    "itap": _depth_of_table,
    "htmlrtf": _beside,
}
