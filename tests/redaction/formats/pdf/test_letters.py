"""Letters that are drawings: whether they are those that their names say, which is found out once for each font."""

from typing import Any

import pytest
from pikepdf import Array, Dictionary, Name, Pdf

from expunct_server.redaction.formats.pdf import letters
from expunct_server.redaction.formats.pdf.drawing import Drawing
from expunct_server.redaction.formats.pdf.placing import Drawn
from expunct_server.redaction.formats.pdf.values import Matrix, inherited
from tests.redaction.formats.pdf.looks import MAIL, looked
from tests.redaction.formats.pdf.papers import line, nameless, paper, unsaid

NAMES = {
    "@": "at", ".": "period", "-": "hyphen", " ": "space", "(": "parenleft", ")": "parenright", "]": "bracketright",
    "'": "quotesingle", "/": "slash", ",": "comma", "\u2022": "bullet", "\u2211": "summationdisplay",
    "0": "zero", "1": "one", "2": "two", "3": "three", "4": "four", "5": "five", "6": "six", "7": "seven", "8": "eight",
    "9": "nine",
}  # fmt: skip


def named(said: str, shown: str | None = None) -> Pdf:
    """A page with a text in a font of bitmaps whose names are those of `said`, and which shows other letters."""
    kinds = sorted(set(said))
    source, seen = paper(b""), dict(zip(said, shown or said, strict=True))
    font = nameless(source, "".join(seen[each] for each in kinds))
    called = [Name("/" + NAMES.get(each, each)) for each in kinds]
    drawings = [font.CharProcs[f"/g{n}"] for n in range(1, len(kinds) + 1)]
    font.CharProcs = Dictionary({str(name): each for name, each in zip(called, drawings, strict=True)})
    if "/space" in font.CharProcs and seen[" "] == " ":
        font.CharProcs["/space"].write(b"20 0 d0")
    font.Encoding.Differences = Array([1, *called])
    source.pages[0].obj.Resources.Font.F3 = font
    source.pages[0].obj.Contents = source.make_stream(line("hello", 100) + unsaid(said, "".join(kinds)))
    return source


def drawn(source: Pdf, drawing: Drawing | None = None) -> Drawn:
    drawing = drawing or Drawing()
    for page in source.pages:
        drawing.glyphs(drawing.reader.read(page, inherited(page.obj, "/Resources")), Matrix())
    return drawing.drawn


@pytest.mark.parametrize("said", [MAIL, "To (Bill) O'Neil, 0123456789 - I/O ]", "x"])
def test_letters_that_are_what_their_names_say_are_no_reason_to_look(said: str):
    found = drawn(named(said))

    assert (found.says_more(), found.says_its_text(), looked(named(said))[1].read) == (False, True, [])


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("jbne", "jane"), ("jane\u2022example", "jane@example"), ("example\u2022com", "example.com"),
        ("S2E", "523"), ("a ", "ax"), ("(jane", "Jjane"), ("jane\u2211", "jane@"), ("6", "9"), ("p", "q"),
    ],
)  # fmt: skip
def test_a_font_with_a_letter_that_is_another_is_looked_at(said: str, shown: str):
    found = drawn(named(said, shown))

    assert (found.has_liars, found.says_more(), found.says_its_text()) == (True, True, False)


def _changed(content: bytes, before: bytes = b"") -> Pdf:
    """Where one of the letters draws something else, or something more."""
    source = named("jane")
    drawing = source.pages[0].obj.Resources.Font.F3.CharProcs["/n"]
    drawing.write(before + drawing.read_bytes() + content if content else before)
    return source


@pytest.mark.parametrize(
    "source",
    [
        _changed(b"", b"20 0 d0"),
        _changed(b"\n1 0 0 1 300 0 cm 0 0 9 9 re f"),
        _changed(b"\n/S sh"),
        _changed(b"\nBT /F1 9 Tf (x) Tj ET"),
    ],
    ids=["nothing", "beside", "shading", "text"],
)
def test_a_letter_that_draws_nothing_or_more_than_itself_is_looked_at(source: Pdf):
    source.pages[0].obj.Resources.Font.F3.Resources = source.pages[0].obj.Resources

    found = drawn(source)
    assert (found.says_more(), found.says_its_text()) == (True, False)


def test_letters_that_are_too_wide_are_none():
    shown = [letters.Letter(n, "a", None, (0.0, 0.0, wide, 10.0)) for n, wide in enumerate((9.0, 1e6, 10.0))]
    [row] = letters._rows(shown, Matrix(), "")

    assert [cell.letter.code for cell in row] == [0, 2]


@pytest.mark.parametrize("is_own", [True, False])
def test_letters_that_are_drawn_by_what_the_page_names_are_looked_at(is_own: bool):
    source = named("jane")
    resources = source.pages[0].obj.Resources
    resources.ExtGState = Dictionary(G=Dictionary(LW=1))
    font = resources.Font.F3
    font.CharProcs["/n"].write(font.CharProcs["/n"].read_bytes() + b"\n/G gs")
    if is_own:
        font.Resources = Dictionary(ExtGState=resources.ExtGState)
    else:
        del font["/Resources"]

    assert drawn(source).has_liars is not is_own


def test_a_letter_without_a_drawing_is_looked_at():
    source = named("jane")
    del source.pages[0].obj.Resources.Font.F3.CharProcs["/a"]

    assert drawn(source).has_liars


@pytest.mark.parametrize(
    ("font", "text", "is_true"),
    [
        ((1, 0, 0, -1), b"1 0 0 -1 40 200", True), ((1, 0, 0, 1), b"-1 0 0 -1 200 200", True),
        ((-1, 0, 0, 1), b"1 0 0 1 200 200", False), ((1, 0, 0, -1), b"1 0 0 1 40 200", False),
    ],
    ids=["down twice", "upside down", "mirrored", "down"],
)  # fmt: skip
def test_letters_are_read_as_they_stand_in_their_line(font: Any, text: bytes, is_true: bool):
    source = named("pqbd")
    page = source.pages[0].obj
    page.Resources.Font.F3.FontMatrix = Array([each / 44 for each in font] + [0, 0])
    page.Contents = source.make_stream(b"BT /F3 14 Tf " + text + b" Tm <01020304> Tj ET")

    assert drawn(source).has_liars is not is_true


def test_a_font_is_read_once_and_not_one_of_too_many(monkeypatch: pytest.MonkeyPatch):
    source, asked = named("jane"), list[int]()

    def true_ones(shown: Any, _resources: Any, _matrix: Any) -> frozenset[int]:
        asked.append(len(shown))
        return frozenset(each.code for each in shown)

    monkeypatch.setattr(letters, "true_ones", true_ones)
    source.pages.append(source.pages[0])
    assert (drawn(source).has_liars, asked) == (False, [4])

    monkeypatch.setattr("expunct_server.redaction.formats.pdf.drawing._MOST_FONTS", 0)
    assert (drawn(source).has_liars, asked) == (True, [4])


@pytest.mark.parametrize(
    ("said", "read"), [("O", "0"), ("l", "I"), ("\u2212", "\u4e00"), ("\ufb01", "fi"), ("A", "a"), ("'", "\u2019 ")]
)
def test_what_looks_alike_is_the_same(said: str, read: str):
    assert letters._folded(said) == letters._folded(read)


@pytest.mark.parametrize(("text", "is_sign"), [("", True), ("\u2211", True), ("(", True), ("\u2022", True),
                                               ("@", False), (".", False), ("-", False), ("a", False)])  # fmt: skip
def test_which_signs_are_no_parts_of_values(text: str, is_sign: bool):
    assert letters._is_sign(text) is is_sign
