"""Labels stand in the text where their values were, so that it is read in order; or else behind all that is drawn."""

import io

import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pikepdf import Array, Dictionary, Name, Pdf
from PIL import ImageChops

from expunct_server.redaction.formats.isolated.work import Edit
from expunct_server.redaction.formats.pdf import boxes, labelling, room
from expunct_server.redaction.formats.pdf.contents import SHOWING, operator_of, parts_of, written
from expunct_server.redaction.formats.pdf.drawing import Drawing
from expunct_server.redaction.formats.pdf.insides import EVERYWHERE
from expunct_server.redaction.formats.pdf.placing import Drawn
from expunct_server.redaction.formats.pdf.values import Matrix, inherited
from tests.redaction.formats.pdf.papers import Box, drawn, form, letters, line, paper, picture, redacted, saved
from tests.redaction.helpers import few

MAIL = "jane@example.com"
LABEL = "<EMAIL_ADDRESS>"


def _said(data: bytes, page: int = 0) -> str:
    """What strings show, in the order of drawing, as many programs read a page."""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        found = [each for each in pikepdf.parse_content_stream(pdf.pages[page]) if operator_of(each) in SHOWING]
        parts = [part for each in found for part in parts_of(list(each.operands))]
    return "".join(str(part) for part in parts if isinstance(part, pikepdf.String))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (line(f"Dear {MAIL}, we") + line("write", 180), f"Dear {LABEL}, wewrite"),
        (b"BT /F1 12 Tf 40 200 Td [(to j)-30(ane@)] TJ (example) Tj (.com now) Tj ET", f"to {LABEL} now"),
        (b"BT /F1 12 Tf 14 TL 40 200 Td (to) ' (jane@example.com) ' (now) ' ET", f"to{LABEL}now"),
        (b"BT /F1 12 Tf 14 TL 40 200 Td 2 1 (to jane@example.com) \" (now) ' ET", f"to {LABEL}now"),
        (b"0 0 400 300 re W n 1 g 0 0 400 300 re f 0 g " + line(f"to {MAIL}") + line("now", 180), f"to {LABEL}now"),
        (b"/G gs " + line(f"to {MAIL}") + line("now", 180), f"to {LABEL}now"),
        (b"/F BMC " + line(f"to {MAIL}") + b"EMC " + line("now", 180), f"to {LABEL}now"),
        (line(f"to {MAIL}") + b"q 0 0 400 60 re f Q" + line("now", 180), f"to {LABEL}now"),
    ],
    ids=["line", "parts", "quote", "double quote", "background", "state", "mark", "elsewhere"],
)
def test_a_label_is_said_where_its_value_was(content: bytes, said: str):
    plain = Dictionary(ca=1, BM=Name.Normal, SMask=Name("/None"))
    output, _, _ = redacted(paper(content, ExtGState=Dictionary(G=plain)))

    assert _said(output) == said


@pytest.mark.parametrize(
    "content",
    [
        line(f"to {MAIL}") + line("now", 180) + b"1 g 20 190 300 30 re f",
        line(f"to {MAIL}") + line("now", 180) + b"q 300 0 0 60 20 190 cm /P Do Q",
        line(f"to {MAIL}") + line("now", 180) + b"q 300 0 0 60 20 190 cm BI /W 1 /H 1 /BPC 8 /CS /G ID x EI Q",
        line(f"to {MAIL}") + line("now", 180) + b"/Sh sh",
        line(f"to {MAIL}") + line("now", 180) + b"/Over Do",
        b"q 0 0 90 300 re W n " + line(f"to {MAIL}") + b"Q " + line("now", 180),
        b"q 0 0 m 400 0 l 200 300 l h W n " + line(f"to {MAIL}") + b"Q " + line("now", 180),
        b"q 1 1 0 1 0 -100 cm 0 0 400 300 re W n " + line(f"to {MAIL}") + b"Q " + line("now", 180),
        b"q 0 0 0 0 re 0 0 400 300 re W n " + line(f"to {MAIL}") + b"Q " + line("now", 180),
        b"q /Half gs " + line(f"to {MAIL}") + b"Q " + line("now", 180),
        b"q /Darker gs " + line(f"to {MAIL}") + b"Q " + line("now", 180),
        b"q /Over gs " + line(f"to {MAIL}") + b"Q " + line("now", 180),
        b"/OC /L BDC /A BMC " + line(f"to {MAIL}") + b"EMC EMC " + line("now", 180),
        b"q 3 Tr " + line(f"to {MAIL}") + b"Q " + line("now", 180),
        b"q 7 Tr " + line(f"to {MAIL}") + b"Q " + line("now", 180),
        b"q BT 7 Tr /F1 12 Tf 40 100 Td (cut) Tj ET 0 Tr " + line(f"to {MAIL}") + b"Q " + line("now", 180),
        f"q BT /F1 12 Tf -1 0 0 1 300 200 Tm (to {MAIL}) Tj ET Q ".encode() + line("now", 180),
        f"q BT /F1 -12 Tf 300 200 Td (to {MAIL}) Tj ET Q ".encode() + line("now", 180),
        f"q BT /Size gs 40 200 Td (to {MAIL}) Tj ET Q ".encode() + line("now", 180),
        f"/F1 12 Tf (to {MAIL}) Tj ".encode() + line("now", 180),
    ],
    ids=[
        "area", "picture", "picture in it", "shading", "form", "clip", "other clip", "turned clip", "two clips",
        "alpha", "blend", "overprint", "layer", "unseen", "clipping", "clipped", "mirrored", "turned", "no font",
        "no text",
    ],
)  # fmt: skip
def test_a_label_that_could_not_be_seen_there_comes_last(content: bytes):
    states = Dictionary(
        Half=Dictionary(ca=0.5), Darker=Dictionary(BM=Name.Darken), Over=Dictionary(OP=True, op=True),
        Size=Dictionary(Font=Array([Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica), 12])),
    )  # fmt: skip
    source = paper(content, ExtGState=states)
    resources = source.pages[0].obj.Resources
    pixel = source.make_stream(
        b"x", Type=Name.XObject, Subtype=Name.Image, Width=1, Height=1, BitsPerComponent=8, ColorSpace=Name.DeviceGray
    )
    resources.XObject = Dictionary(P=pixel, Over=form(source, b"1 g 20 190 300 30 re f"))
    function = Dictionary(FunctionType=2, Domain=Array([0, 1]), C0=Array([1]), C1=Array([1]), N=1)
    shading = Dictionary(ShadingType=2, ColorSpace=Name.DeviceGray, Coords=Array([0, 0, 1, 1]), Function=function)
    resources.Shading = Dictionary(Sh=shading)
    resources.Properties = Dictionary(L=source.make_indirect(Dictionary(Type=Name.OCG, Name="layer")))
    output, findings, _ = redacted(source)

    assert len(findings) == 1
    assert _said(output).removeprefix("cut") == f"to now{LABEL}"


def test_pages_of_very_many_letters_have_their_labels_last(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("expunct_server.redaction.formats.pdf.drawing._MOST_BEGUN", 1)
    source = paper(line("12345678") + line("12345678", 180))
    assert _drawn(source, in_text=True)[1] == 1


def test_what_a_form_shows_and_what_fonts_lie_about_have_their_labels_last():
    source = paper(b"/X Do " + line("now", 180))
    source.pages[0].obj.Resources.XObject = Dictionary(X=form(source, line(f"to {MAIL}")))
    output, _, _ = redacted(source)

    assert _said(output) == f"now{LABEL}"


def test_a_black_box_without_label_and_a_blurred_one_say_nothing():
    for changes in ({"method": "black_box", "preserve_labels": False}, {"method": "blur"}):
        output, _, _ = redacted(paper(line(f"to {MAIL}") + line("now", 180)), **changes)
        assert _said(output) == "to now"


# --- what is seen -----------------------------------------------------------------------------------------------------

# None lets letters stand over the box of others: one would hide them, the other not.
_settings = st.lists(
    st.one_of(
        st.floats(-0.3, 4).map(lambda x: f"{x:.2f} Tc"),
        st.floats(-1, 4).map(lambda x: f"{x:.2f} Tw"),
        st.floats(-2, 2).map(lambda x: f"{x:.2f} Ts"),
        st.integers(40, 160).map(lambda x: f"{x} Tz"),
        st.sampled_from(["0 Tr", "1 Tr", "2 Tr", "1 0 0 rg", "0.3 g", "1 0 0 0 k", "/DeviceRGB cs 0 0 1 sc"]),
        st.sampled_from(["/F2 9 Tf", "/F1 12 Tf", "0 -24 Td", "8 -24 TD", "T*"]),
        st.sampled_from(["(x ) Tj", "[(y) -400 (z)] TJ", "/S BMC (m) Tj EMC"]),
    ),
    max_size=8,
)  # fmt: skip


def _drawn(source: Pdf, *, in_text: bool) -> tuple[bytes, int]:
    """A page without the letters of a value, and with its label: in the text, or behind it; and how many are left."""
    page = source.pages[0]
    drawing = Drawing(for_labels=True)
    content = drawing.reader.read(page, inherited(page.obj, "/Resources"))
    glyphs = drawing.glyphs(content, Matrix())
    gone = [each for each in glyphs if each.text in "0123456789"]
    for each in gone:
        each.cut()
    lines = ([each for each in gone if each.instruction == number] for number in {each.instruction for each in gone})
    edit = Edit(0, 1, LABEL, "EMAIL_ADDRESS", "mask")
    found = boxes.signs([boxes.label_of(each, edit) for each in lines], True)
    found = room.widened(found, glyphs, drawing.drawn, EVERYWHERE, ())
    left = labelling.put(content, found, drawing.drawn if in_text else _hidden(), boxes.FONT)
    page.Contents = source.make_stream(b"q " + written(content) + b" Q " + boxes.drawn(left))
    page.obj.Resources.Font[boxes.FONT] = boxes.font()
    return saved(source), len(left)


def _hidden() -> Drawn:
    return Drawn(has_liars=True)


@few
@given(
    st.sampled_from(
        [
            "40 220 Td",
            "/F1 0.5 Tf 28 0 0 28 60 210 Tm",
            "0.9 0.1 -0.1 0.9 50 190 Tm",
            "0 1 -1 0 99 9 Tm",
            "1.6 0 0 0.9 9 190 Tm",
        ]
    ),
    _settings,
    st.sampled_from(["(123456789) Tj", "[(12)30(345)-200(6789)] TJ", "(a 12345678 b) Tj", "(1234) Tj (5678 b) Tj"]),
    _settings,
)
def test_a_label_is_seen_in_the_text_as_it_would_be_behind_it(
    place: str, before: list[str], value: str, after: list[str]
):
    content = f"q 0.95 0 0 0.95 10 5 cm BT /F1 12 Tf 24 TL {place} {' '.join(before)} {value} (c) Tj "
    content += f"{' '.join(after)} (end) Tj ET Q BT /F1 12 Tf 20 20 Td (last) Tj ET"
    one, in_text = _drawn(paper(content.encode()), in_text=True)
    other, behind = _drawn(paper(content.encode()), in_text=False)

    assert (in_text, behind > 0) == (0, True)
    assert _far(_places(one), _places(other)) < 0.5, content
    # Letters that begin at other parts of a pixel have other edges: what is left is seen on average.
    difference = ImageChops.difference(*(picture(each, scale=3).reduce(6) for each in (one, other)))
    assert max(high for _, high in difference.getextrema()) < 48, content


def _places(data: bytes) -> list[tuple[str, Box]]:
    return sorted(letters(data))


def _far(ones: list[tuple[str, Box]], others: list[tuple[str, Box]]) -> float:
    """How far any letter is from where it is on another page, in tenths of the highest one."""
    assert [letter for letter, _ in ones] == [letter for letter, _ in others]
    highest = max(top - bottom for _, (_, bottom, _, top) in ones)
    pairs = [pair for (_, one), (_, other) in zip(ones, others, strict=True) for pair in zip(one, other, strict=True)]
    return max(abs(a - b) for a, b in pairs) * 10 / highest


def test_the_box_of_a_label_is_seen_where_its_text_object_begins():
    """The label of a black box is white: without that nobody would see it."""
    for before, begins in (
        ("", "/Half gs BT /Plain gs"), ("q 0 0 20 20 re W n", "BT Q"), ("", "BT 0.9 g 0 0 400 300 re f 0 g"),
        ("", "BT BT"),
        ("", "BT 14 w 53 196 m 160 196 l S"),
    ):  # fmt: skip
        content = f"{before} {begins} /F1 12 Tf 40 200 Td (to {MAIL} now) Tj ET"
        states = Dictionary(Half=Dictionary(ca=0.1), Plain=Dictionary(ca=1))
        output, _, _ = redacted(paper(content.encode(), ExtGState=states), method="black_box")
        assert _said(output) == f"to  now{LABEL}"


def test_lines_are_painted_as_wide_as_they_are():
    over = line(f"to {MAIL}") + b"30 w 40 190 m 300 190 l S"
    thin = line(f"to {MAIL}") + b"1 w 40 190 m 300 190 l S"
    scaled = line(f"to {MAIL}") + b"q 10 0 0 10 0 0 cm 3 w 4 19 m 30 19 l S Q"
    by_state = line(f"to {MAIL}") + b"/Wide gs 40 190 m 300 190 l S"
    for content, is_last in ((over, True), (thin, False), (scaled, True), (by_state, True)):
        states = Dictionary(Wide=Dictionary(LW=30))
        output, _, _ = redacted(paper(content + b"\n" + line("now", 100), ExtGState=states))
        assert _said(output) == (f"to now{LABEL}" if is_last else f"to {LABEL}now")


def test_labels_are_no_drawings_that_may_be_letters():
    source = paper(b"".join(line(f"{'w' * n}@example.com", 280 - 20 * n) for n in range(1, 9)))
    output, findings, _ = redacted(source)

    drawing = Drawing()
    with pikepdf.open(io.BytesIO(output)) as pdf:
        page = pdf.pages[0]
        drawing.glyphs(drawing.reader.read(page, inherited(page.obj, "/Resources")), Matrix())
    assert (len(findings), drawing.drawn.says_more()) == (8, False)


def test_a_label_in_letters_too_small_to_be_drawn_comes_last():
    source = f"100000 0 0 100000 0 0 cm BT /F1 0.00012 Tf 0.0004 0.002 Td (to {MAIL}) Tj ET"
    output, findings, _ = redacted(paper(source.encode()))
    assert (len(findings), _said(output)) == (1, f"to {LABEL}")
    assert b"ET" in drawn(output).rpartition(b"Tm")[0]
