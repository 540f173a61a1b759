"""What is written into fields and notes: read with the words printed beside it, and over several fields."""

import io
from typing import Any

import pypdfium2
import pytest
from pikepdf import Array, Dictionary, Name, Pdf, String

from expunct_server.redaction.formats.pdf import filled
from expunct_server.redaction.formats.pdf.drawing import Drawing
from expunct_server.redaction.formats.pdf.values import Matrix, inherited
from tests.redaction.formats.pdf.papers import form, line, paper, redacted, text
from tests.redaction.formats.pdf.test_documents import LABEL, MAIL, opened

TYPES = frozenset({"EMAIL_ADDRESS", "US_SSN", "PERSON"})
SSN = "219099998"


def sheet(content: bytes, *fields: tuple[float, float, str], **more: Any) -> Pdf:
    """A page with a text field for each left edge, width and text, whose baseline is at 104."""
    source = paper(content)
    widgets = Array()
    for number, (left, width, said) in enumerate(fields):
        shown = form(source, b"/Tx BMC BT /F1 10 Tf 2 4 Td (%s) Tj ET EMC" % said.encode())
        shown.BBox = Array([0, 0, width, 16])
        widget = Dictionary(
            Type=Name.Annot, Subtype=Name.Widget, FT=Name.Tx, Rect=Array([left, 100, left + width, 116]), F=4,
            T=String(f"field{number}"), V=String(said), AP=Dictionary(N=shown), **more,
        )  # fmt: skip
        widgets.append(source.make_indirect(widget))
    source.pages[0].obj.Annots = widgets
    source.Root.AcroForm = Dictionary(Fields=widgets, DA=String("/F1 10 Tf 0 g"))
    return source


def values(output: bytes) -> list[str]:
    with opened(output) as pdf:
        return [str(each.V) for each in pdf.pages[0].Annots]


def seen(output: bytes) -> list[str]:
    """The words of the first page, fields too, as PDFium draws them."""
    with pypdfium2.PdfDocument(output) as document:
        pypdfium2.raw.FPDFPage_Flatten(document[0], pypdfium2.raw.FLAT_NORMALDISPLAY)
        flat = io.BytesIO()
        document.save(flat)
    return text(flat.getvalue()).split()


@pytest.mark.parametrize(
    ("source", "found", "left", "shown"),
    [
        (sheet(b"", *((40 + 20 * n, 20, c) for n, c in enumerate(MAIL))), MAIL, [LABEL] + [""] * 15, [LABEL]),
        (sheet(line("SSN:", 104), (80, 100, SSN)), SSN, ["<US_SSN>"], ["SSN:", "<US_SSN>"]),
        (sheet(line("SSN:", 104), (80, 40, "219"), (130, 30, "09"), (170, 50, "9998")), SSN, ["", "", "<US_SSN>"],
         ["SSN:", "<US_SSN>"]),
        (sheet(line("-", 104, 124) + line("-", 104, 164), (80, 40, "219"), (130, 30, "09"), (170, 50, "9998")),
         "219-09-9998", ["", "", "<US_SSN>"], ["<US_SSN>"] * 2),
        (sheet(line("-09-", 104, 124), (80, 40, "219"), (150, 50, "9998")), "219-09-9998", ["", "<US_SSN>"],
         ["<US_SSN>", "<US_SSN>"]),
        (sheet(line("@", 104, 144), (40, 100, "jane"), (160, 100, "example.com")), MAIL, ["", LABEL], [LABEL, LABEL]),
        (sheet(line("to jane@", 104, 40), (86, 100, "example.com"), (200, 40, "kept")), MAIL, [LABEL, "kept"],
         ["to", LABEL, LABEL, "kept"]),
        (sheet(line("@example.com", 104, 144), (40, 80, "jane")), MAIL, [LABEL], [LABEL, LABEL]),
        (sheet(line("jane@", 104, 40), (100, 100, "example.com")), MAIL, [LABEL], [LABEL, LABEL]),
    ],
    ids=["letters", "label", "parts", "dashes", "digits", "address", "half", "apart", "apart behind"],
)  # fmt: skip
def test_fields_are_read_with_what_is_printed_around_them(source: Pdf, found: str, left: list[str], shown: list[str]):
    output, findings, _ = redacted(source, entity_types=TYPES)

    assert {"".join(f.text.split()) for f in findings} == {found}
    assert values(output) == left
    assert sorted(seen(output)) == sorted(shown)


def test_what_is_printed_on_several_pages_is_half_of_what_each_of_their_fields_has():
    source = sheet(b"/X Do", (40, 104, "jane"))
    other = source.add_blank_page(page_size=(400, 300))
    source.pages[0].obj.Resources.XObject = Dictionary(X=form(source, line("@example.com", 104, 144)))
    other.obj.Resources, other.obj.Contents = source.pages[0].obj.Resources, source.make_stream(b"/X Do")
    field = dict(source.pages[0].Annots[0].items()) | {"/T": String("other"), "/V": String("john")}
    field["/AP"] = Dictionary(N=form(source, line("john")))
    other.obj.Annots = Array([source.make_indirect(Dictionary(field))])
    source.Root.AcroForm.Fields = Array([*source.pages[0].Annots, *other.obj.Annots])
    output, findings, _ = redacted(source)

    assert sorted({f.text for f in findings}) == [MAIL, "john@example.com"]
    with opened(output) as pdf:
        assert [str(page.Annots[0].V) for page in pdf.pages] == [LABEL, LABEL]


def test_what_a_field_is_called_says_what_it_holds():
    source = sheet(b"", (80, 100, "Jane"))
    field = source.pages[0].Annots[0]
    above = source.make_indirect(Dictionary(T=String("First name"), Kids=Array([field]), V=field.V, DV=field.V))
    del field["/T"], field["/V"]
    field.Parent = above
    source.Root.AcroForm.Fields = Array([above])
    output, findings, _ = redacted(source, entity_types=TYPES)

    assert {f.text for f in findings} == {"Jane"}
    with opened(output) as pdf:
        field = pdf.Root.AcroForm.Fields[0]
        assert (str(field.V), str(field.DV)) == ("<PERSON>", "<PERSON>")
    assert seen(output) == ["<PERSON>"]


def test_all_that_shows_or_offers_a_part_loses_it():
    source = sheet(line("@", 104, 144), (40, 100, "jane"), (160, 100, "example.com"))
    first, second = source.pages[0].Annots
    other = source.make_indirect(
        Dictionary(Type=Name.Annot, Subtype=Name.Widget, Rect=Array([40, 50, 140, 66]), AP=first.AP)
    )
    above = source.make_indirect(
        Dictionary(FT=Name.Tx, T=String("user"), Kids=Array([first, other]), V=String("jane"), DV=String("jane"),
                   RV=String("<p>jane</p>"), Opt=Array([String("jane"), String("joan")]))
    )  # fmt: skip
    first.Parent = other.Parent = above
    for key in ("/V", "/T", "/FT"):
        del first[key]
    source.pages[0].obj.Annots = Array([first, second, other])
    source.Root.AcroForm.Fields = Array([above, second])
    output, _, _ = redacted(source, entity_types=TYPES)

    with opened(output) as pdf:
        above = pdf.Root.AcroForm.Fields[0]
        assert [str(above.V), str(above.DV), list(map(str, above.Opt))] == ["", "", ["", "joan"]]
        assert "/RV" not in above
    assert seen(output) == [LABEL, LABEL]


def test_a_note_that_has_a_value_among_others_looks_as_it_did():
    source = paper(line("Dear reader", 200))
    shown = form(source, b"BT /F1 10 Tf 2 4 Td (before jane@example.com after) Tj ET")
    note = Dictionary(Type=Name.Annot, Subtype=Name.FreeText, Rect=Array([40, 100, 240, 116]), AP=Dictionary(N=shown),
                      Contents=String("before jane@example.com after"), DA=String("/F1 10 Tf 0 g"))  # fmt: skip
    source.pages[0].obj.Annots = Array([source.make_indirect(note)])
    output, _, _ = redacted(source)

    with opened(output) as pdf:
        note = pdf.pages[0].Annots[0]
        assert str(note.Contents) == f"before {LABEL} after"
        assert b"(before )" in note.AP.N.read_bytes()


def test_half_of_a_value_on_the_page_and_half_in_a_note_are_one():
    source = paper(line("to jane@", 104))
    note = Dictionary(Type=Name.Annot, Subtype=Name.FreeText, Rect=Array([86, 100, 186, 116]), RC=String("<p>a</p>"),
                      Contents=String("example.com"), DA=String("/F1 10 Tf 0 g"))  # fmt: skip
    source.pages[0].obj.Annots = Array([source.make_indirect(note)])
    output, findings, _ = redacted(source)

    assert [f.text for f in findings] == [MAIL]
    with opened(output) as pdf:
        assert str(pdf.pages[0].Annots[0].Contents) == LABEL and "/RC" not in pdf.pages[0].Annots[0]
    assert seen(output) == ["to", LABEL, LABEL]


def test_what_was_put_into_a_field_is_not_found_again():
    output, findings, _ = redacted(
        sheet(line("@", 104, 144), (40, 100, "jane"), (160, 100, "example.com")), method="realistic"
    )

    [finding] = findings
    assert values(output) == ["", finding.replacement]


def test_fields_that_have_no_text_or_no_place_are_none():
    page = Dictionary(
        Annots=Array(
            [Dictionary(Subtype=Name.Widget, V=said, Rect=Array(rect)) for said, rect in
             ((Name.On, [0, 0, 9, 9]), (String(" "), [0, 0, 9, 9]), (String("a"), [0, 0, 0, 9]), (String("a"), [0, 9]))]
            + [Dictionary(Subtype=Name.Text, Contents=String("a"), Rect=Array([0, 0, 9, 9])), 5]
        )
    )  # fmt: skip
    page.Annots[0].Parent = page.Annots[0]

    assert filled.fields(page) == filled.fields(Dictionary()) == []


def test_of_very_many_letters_of_fields_not_all_are_read_together(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(filled, "_MOST_LETTERS", 10)
    source = sheet(line("a"), *((40, 20, "letters") for _ in range(9)))
    drawing, page = Drawing(), source.pages[0]
    drawn = drawing.glyphs(drawing.reader.read(page, inherited(page.obj, "/Resources")), Matrix())

    assert len(filled.glyphs(filled.fields(page.obj), drawn)) == 14


def test_what_a_field_shows_and_its_other_texts_are_read_before_they_go():
    source = sheet(line("@", 104, 144), (40, 100, "jane"), (160, 100, "example.com"), RV=String("see 219-09-9998"))
    source.Root.Own = String("x2190-9-9998y 219 099998 z")
    output, _, _ = redacted(source)

    with opened(output) as pdf:
        assert str(pdf.Root.Own) == "x2190-9-9998y <US_SSN> z"


def test_a_value_too_short_to_be_looked_for_goes_from_what_shows_it():
    source = sheet(line("First name: ", 104), (110, 60, "Jo"))
    output, findings, _ = redacted(source, entity_types=TYPES)

    assert [(f.text, f.location) for f in findings] == [("Jo", "page 1, annotation 1 (box 110 100 170 116), V")]
    assert values(output) == ["<PERSON>"] and seen(output)[-1] == "<PERSON>"
