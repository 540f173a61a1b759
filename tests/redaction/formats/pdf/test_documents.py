"""What is beside the pages of a PDF, pictures on them, and documents that are broken or hostile."""

import codecs
import io
import random
import re
import tempfile
import zlib
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, Pdf, String
from PIL import Image

from expunct_server.redaction import formats
from expunct_server.redaction.failures import ResidueFound
from expunct_server.redaction.formats.common import DocumentError
from expunct_server.redaction.formats.isolated.limits import DEFAULT
from expunct_server.redaction.formats.isolated.work import Work
from expunct_server.redaction.formats.marks import Placed
from expunct_server.redaction.formats.pdf import (
    contents,
    doubts,
    fonts,
    opening,
    pictures,
    reading,
    redacting,
    scrub,
)
from expunct_server.redaction.formats.pdf.drawing import _A_FORM, Drawing
from expunct_server.redaction.formats.pdf.values import Matrix
from expunct_server.redaction.formats.pictures import looking
from tests.redaction.formats import cases_pdf
from tests.redaction.formats.drawn import below, page
from tests.redaction.formats.mutants import MUTANTS
from tests.redaction.formats.pdf.papers import TYPES, form, line, paper, picture, redacted, saved, text
from tests.redaction.helpers import plan, redacted_file

MAIL = "jane@example.com"
LABEL = "<EMAIL_ADDRESS>"


def refused(pdf: Pdf | bytes) -> DocumentError:
    with pytest.raises(DocumentError) as caught:
        redacted(pdf)
    assert caught.value.detail.endswith(".") and "jane" not in caught.value.detail
    return caught.value


def opened(data: bytes) -> Pdf:
    return pikepdf.open(io.BytesIO(data))


# --- beside the pages -------------------------------------------------------------------------------------------------


def test_links_still_lead_where_they_led_without_the_names_of_places():
    source = paper(line("one"), line("two"))
    there = Array([source.pages[1].obj, Name.XYZ, 0, 300, 0])
    source.Root.Names = Dictionary(Dests=Dictionary(Names=Array([String(MAIL), Dictionary(D=there)])))
    source.Root.Dests = Dictionary(older=there)
    said = ({"Dest": String(MAIL)}, {"A": Dictionary(S=Name.GoTo, D=Name.older)}, {"Dest": String("nowhere")})
    links = [Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=Array([0, 0, 9, 9]), **each) for each in said]
    source.pages[0].obj.Annots = Array(links)
    output, _, _ = redacted(source)

    with opened(output) as pdf:
        first, second, third = pdf.pages[0].Annots
        assert first.Dest[0].objgen == second.A.D[0].objgen == pdf.pages[1].obj.objgen
        assert "/Dest" not in third
        assert "/Names" not in pdf.Root and "/Dests" not in pdf.Root


def test_an_attachment_is_redacted_as_what_it_is_and_one_of_no_known_kind_goes():
    source = paper(line("one"))
    files = [cases_pdf._file(source, "b.csv", b"name,mail\nJo,jane@example.com\n"),
             cases_pdf._file(source, "a.bin", bytes(range(256)))]  # fmt: skip
    names = Array([String("b.csv"), files[0], String("a.bin"), files[1]])
    source.Root.Names = Dictionary(EmbeddedFiles=Dictionary(Names=names))
    output, findings, summary = redacted(source)

    with opened(output) as pdf:
        assert {k: v.get_file().read_bytes() for k, v in pdf.attachments.items()} == {
            "b.csv": b"name,mail\nJo,<EMAIL_ADDRESS>\n"
        }
    assert [f.location for f in findings] == ["attachment 1, row 2, column mail"]
    assert summary.notes == ("A file attached to the document was removed, since it could not be redacted.",)


def test_the_document_is_another_and_has_one_revision():
    source = paper(line(MAIL))
    source.trailer.ID = Array([String(b"0123456789abcdef"), String(b"0123456789abcdef")])
    output, _, _ = redacted(saved(source, linearize=True, object_stream_mode=pikepdf.ObjectStreamMode.generate))

    with opened(output) as pdf:
        assert b"0123456789abcdef" not in [bytes(each) for each in pdf.trailer.ID]
        assert not pdf.is_linearized and not pdf.is_encrypted
        assert not any(each.get("/Type") == "/ObjStm" for each in pdf.objects if isinstance(each, pikepdf.Stream))


def test_a_field_and_what_is_drawn_for_it_say_the_same():
    source = paper(line("one"))
    field_ = Dictionary(
        Type=Name.Annot, Subtype=Name.Widget, FT=Name.Tx, T=String("mail"), V=String(MAIL), F=4,
        Rect=Array([100, 100, 300, 120]), AP=Dictionary(N=Dictionary(On=form(source, line(MAIL, 5, 2)))),
    )  # fmt: skip
    source.pages[0].obj.Annots = Array([source.make_indirect(field_)])
    source.Root.AcroForm = Dictionary(Fields=Array(list(source.pages[0].obj.Annots)))
    output, findings, _ = redacted(source)

    assert sorted(f.location or "" for f in findings) == [
        "page 1, annotation 1 (box 100 100 300 120)",
        "page 1, annotation 1 (box 100 100 300 120), V",
    ]
    with opened(output) as pdf:
        [widget] = pdf.Root.AcroForm.Fields
        assert str(widget.V) == LABEL
        assert b"jane" not in widget.AP.N.On.read_bytes()


def test_the_second_reader_sees_every_place_where_something_can_be():
    case = cases_pdf.CASES[0]
    planted = case.planted()
    data = case.make(planted)
    said = "\n".join(reading.texts(_Work(io.BytesIO(data)))).lower()

    assert [place for place, value in planted.items() if value.split("@")[0] not in said] == []


def test_what_the_other_reader_alone_sees_is_learned_and_then_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(fonts, "_legible", lambda text: text and codecs.encode(text, "rot13"))  # as if ours were wrong
    wire = _Wire()
    source = io.BytesIO(saved(paper(line(f"to {MAIL}") + line("also", 100))))
    redacting.run(Work(source, io.BytesIO(), None, DEFAULT, wire, surveying=True))  # type: ignore[arg-type]

    assert wire.asked[-1] == [f"to {MAIL}\nalso"]


def test_words_that_one_reader_has_in_pieces_are_asked_about():
    assert doubts.unseen("one TWO-three\nfour", "two - three one Four") == []
    assert doubts.unseen("one three\nfour five\nsix", "thr ee fou five") == ["one three", "four five"]


def test_the_content_of_a_page_that_is_in_no_tree_of_pages_goes():
    source = paper(line("one"), line("two"))
    lost = source.make_indirect(
        Dictionary(Type=Name.Page, Contents=source.make_stream(line(MAIL)), Parent=source.Root.Pages)
    )
    link = Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=Array([0, 0, 9, 9]), Dest=Array([lost, Name.Fit]))
    source.pages[0].obj.Annots = Array([link])
    output, _, summary = redacted(source)

    assert summary.notes == (redacting.UNKNOWN,)
    with opened(output) as pdf:
        assert not any(b"jane" in each.read_bytes() for each in pdf.objects if isinstance(each, pikepdf.Stream))


def test_a_coordinate_that_looks_like_a_removed_value_is_none():
    source = paper(line("SSN: 219-09-9998") + b"219 09 9998 m 219099998 0 l S " + line("x", 50))
    output, findings, _ = redacted(source)

    assert [f.text for f in findings] == ["219-09-9998"]
    assert "<US_SSN>" in text(output)


def test_pages_are_shown_with_a_frame_where_something_was_removed():
    source = paper(line(MAIL))
    source.pages[0].obj.MediaBox = Array([10, 10, 410, 310])
    source.pages[0].obj.Rotate = 90
    output, findings, _ = redacted(source)
    row = formats.FORMATS["pdf"]
    placed = [Placed(f.location, f.replacement) for f in findings]

    with tempfile.TemporaryFile() as file:
        file.write(output)
        file.flush()
        plain, framed = (formats.preview(file, row, 1, each) for each in ([], placed))
        with pytest.raises(DocumentError) as caught:
            formats.preview(file, row, 2, placed)
    assert caught.value.code == "no_such_page"
    images = [Image.open(io.BytesIO(each)) for each in (plain, framed)]
    assert images[0].size == (600, 800)
    red = [(x, y) for x in range(600) for y in range(800) if images[1].getpixel((x, y)) == (200, 0, 0)]
    xs, ys = zip(*red, strict=True)
    assert (min(xs), max(xs), min(ys), max(ys)) == (374, 400, 60, 272)


@pytest.mark.parametrize("unit", [1, 0.5])
def test_what_was_found_on_a_page_as_it_is_seen_has_its_frame_there(unit: float):
    source = paper(b"")
    page = source.pages[0].obj
    page.MediaBox, page.CropBox, page.Rotate = Array([10, 10, 410, 310]), Array([60, 60, 360, 260]), 270
    page.UserUnit = unit
    left, bottom, right, top = 72, 36, 180, 108  # from the corner of what is seen, which is 200 high
    pixels = [round(each * unit * 200 / 72) for each in (left, 200 - top, right, 200 - bottom)]
    places = [f"page 1, as it is seen, box {' '.join(map(str, pixels))}",
              f"page 1, box {left + 50} {bottom + 50} {right + 50} {top + 50}"]  # fmt: skip

    with tempfile.TemporaryFile() as file:
        file.write(saved(source))
        file.flush()
        shown = [formats.preview(file, formats.FORMATS["pdf"], 1, [Placed(place, "x")]) for place in places]
    seen, placed = (np.asarray(Image.open(io.BytesIO(each))) == (200, 0, 0) for each in shown)
    extents = [[np.flatnonzero(each.all(2).any(axis))[[0, -1]] for axis in (0, 1)] for each in (seen, placed)]
    assert np.abs(np.subtract(*extents)).max() <= 2 and extents[0][0][1] - extents[0][0][0] > 100


def framed(data: bytes, *places: str | None) -> list[list[list[int]]]:
    """For each place the least and greatest row and column of the frame that the first page has for it."""
    extents = []
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.flush()
        for place in places:
            shown = formats.preview(file, formats.FORMATS["pdf"], 1, [Placed(place, "x")])
            red = (np.asarray(Image.open(io.BytesIO(shown))) == (200, 0, 0)).all(2)
            extents.append([np.flatnonzero(red.any(axis))[[0, -1]].tolist() for axis in (1, 0)])
    return extents


def test_pixels_of_a_picture_have_their_frame_where_they_are_on_the_page():
    drawn = b"q 0 100 -200 0 390 110 cm /X1 Do Q q 200 0 0 100 60 110 cm /X1 Do Q"
    source = paper(drawn)
    page = source.pages[0].obj
    page.MediaBox = Array([10, 10, 410, 310])
    page.Resources.XObject = Dictionary(X1=image(source, bytes(5000), Width=100, Height=50))

    turned, upright, gone, *plain = framed(
        saved(source),
        "page 1, picture (box 180 100 380 200), box 10 5 60 25",
        "page 1, picture (box 50 100 250 200), code, box 10 5 60 25",
        "page 1, picture (box 20 30 40 50), box 10 5 60 25",
        "page 1, box 200 110 280 160",
        "page 1, box 70 150 170 190",
        "page 1, box 20 30 40 50",
    )

    assert [turned, upright, gone] == plain


def test_what_an_annotation_says_has_its_frame_around_it():
    """Whatever stands in it, by its place on the page: the result may have fewer annotations."""
    places = ("page 1, annotation 3 (box 100 100 300 120), Contents", "page 1, annotation 1 (box 100 100 300 120)")
    source = saved(paper(line("one")))

    assert framed(source, *places) == framed(source, "page 1, box 100 100 300 120") * 2


def test_a_value_in_a_picture_is_placed_by_the_picture_and_framed_there():
    shown = below([page("Kept", "plain"), page(MAIL)])
    source = paper(line("text") + b"q 300 0 0 %d 50 50 cm /X1 Do Q" % (300 * shown.height // shown.width))
    pixels = image(source, shown.tobytes(), Width=shown.width, Height=shown.height, ColorSpace=Name.DeviceRGB)
    source.pages[0].obj.Resources.XObject = Dictionary(X1=pixels)
    output, [finding], _ = redacted(source)

    top = 50 + 300 * shown.height // shown.width
    assert (finding.location or "").startswith(f"page 1, picture (box 50 50 350 {top}), box ")
    [[rows, columns]] = framed(output, finding.location)
    assert 600 - (50 + top) < rows[0] < rows[1] <= 600 - 2 * 50, "it is in the lower half of the picture"
    assert 100 < columns[0] < columns[1] < 700


# --- pictures ---------------------------------------------------------------------------------------------------------


@dataclass
class _Work:
    """What a format is given, in this process; pictures become `inner`."""

    source: Any = None
    answer: Any = None
    limits: Any = DEFAULT
    sent: list[tuple[str, bytes]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    surveying: bool = False

    def inner(self, name: str, data: bytes, place: str) -> bytes:
        self.sent.append((name, data))
        if isinstance(self.answer, DocumentError):
            raise self.answer
        return data if self.answer is None else bytes(self.answer)

    def look(self, how: str, pixels: bytes) -> bytes:
        return looking.look(how, pixels)

    def note(self, sentence: str) -> None:
        self.notes.append(sentence)


class _Wire:
    """A parent in this process, who removes e-mail addresses and reads no files inside, or takes them as they are."""

    def __init__(self, *, reads: bool = False) -> None:
        self._next: dict[str, Any] = {}
        self._data = b""
        self._reads = reads
        self.notes: list[str] = []
        self.asked: list[list[str]] = []

    def send(self, message: dict[str, Any], data: bytes = b"") -> None:
        self._data = b""
        if "ask" in message:
            self.asked.append([said for said, _, _ in message["ask"]])
            self._next = {"redacted": [self._redacted(said) for said, _, _ in message["ask"]]}
        elif "note" in message:
            self.notes.append(message["note"])
        elif "inner" in message:
            self._next = {"redacted": True} if self._reads else {"refused": ["unsupported_format", "No."]}
            self._data = data

    def receive(self) -> tuple[dict[str, Any], bytes]:
        return self._next, self._data

    def _redacted(self, said: str) -> list[Any]:
        edits = [[*m.span(), LABEL, "EMAIL_ADDRESS", "mask"] for m in re.finditer(r"[\w.]+@[\w.]+", said)]
        return [re.sub(r"[\w.]+@[\w.]+", LABEL, said), edits]


def here(data: bytes, *, reads: bool = False) -> tuple[bytes, list[str]]:
    """A document as it is redacted in this process, and what is noted. Raises what goes wrong."""
    target, wire = io.BytesIO(), _Wire(reads=reads)
    redacting.run(Work(io.BytesIO(data), target, None, DEFAULT, wire))  # type: ignore[arg-type]
    return target.getvalue(), wire.notes


def encoded(image: Image.Image, kind: str, **how: Any) -> bytes:
    target = io.BytesIO()
    image.save(target, kind, **how)
    return target.getvalue()


def image(pdf: Pdf, data: bytes, **more: Any) -> Any:
    usual = {"Subtype": Name.Image, "Width": 8, "Height": 8, "BitsPerComponent": 8, "ColorSpace": Name.DeviceGray}
    return pdf.make_stream(data, **(usual | more))


def test_what_is_said_in_a_photograph_file_beside_its_picture_goes():
    exif = Image.Exif()
    exif[0x010E] = MAIL
    photograph = encoded(Image.new("RGB", (8, 8), "red"), "JPEG", exif=exif, comment=MAIL.encode()) + MAIL.encode()
    assert photograph.count(b"jane") == 3
    source = paper(line(MAIL) + b"q 50 0 0 50 100 20 cm /X1 Do Q")
    stream = image(source, photograph, Width=8, Height=8, ColorSpace=Name.DeviceRGB, Filter=Name.DCTDecode)
    source.pages[0].obj.Resources.XObject = Dictionary(X1=stream)
    output, notes = here(saved(source))

    assert b"jane" not in output
    assert picture(output).getpixel((250, 500))[0] > 240
    assert notes == [pictures.UNREAD]


def alone(work: Any, pdf: Pdf, stream: Any) -> None:
    """Redact one picture."""
    held = pictures.Pictures(work, pdf)
    held.add(stream, "page 1", 1)
    held.redact()


def test_a_picture_comes_back_as_it_was_redacted():
    pdf = Pdf.new()
    stream = image(pdf, b"\xff" * 64)
    work = _Work(answer=encoded(Image.new("RGB", (8, 8), "blue"), "PNG"))
    alone(work, pdf, stream)

    assert work.sent[0][0] == "picture.png"
    assert stream.read_bytes() == b"\0\0\xff" * 64 and stream.ColorSpace == Name.DeviceRGB


@pytest.mark.parametrize(
    ("answer", "kept", "note"),
    [
        (DocumentError("unsupported_format", "No."), True, [pictures.UNREAD]),
        (DocumentError("unreadable", "No."), False, [pictures.PAINTED]),
        (b"no picture", False, [pictures.PAINTED]),
        (None, True, []),
    ],
)
def test_a_picture_that_cannot_be_redacted_is_blank_and_one_that_nobody_reads_is_told(answer, kept, note):
    pdf = Pdf.new()
    stream = image(pdf, b"\xff\x00" * 32)
    work = _Work(answer=answer)
    alone(work, pdf, stream)

    assert (stream.read_bytes() == b"\xff\x00" * 32) is kept
    assert work.notes == note


def test_an_inline_picture_that_nobody_reads_is_told_and_kept():
    content = line(MAIL) + b"q 50 0 0 50 100 20 cm BI /W 8 /H 8 /CS /G /BPC 8 ID " + b"\x80" * 64 + b" EI Q"
    output, notes = here(saved(paper(content)))

    assert abs(picture(output).getpixel((250, 500))[0] - 0x80) < 3
    assert notes == [pictures.UNREAD]


# --- broken and hostile -----------------------------------------------------------------------------------------------


def test_an_encrypted_document_is_refused_unless_anybody_can_open_it():
    data = saved(paper(line(MAIL)), encryption=pikepdf.Encryption(user="secret", owner="other"))
    assert refused(data).code == "encrypted"

    data = saved(paper(line(MAIL)), encryption=pikepdf.Encryption(user="", owner="other"))
    output, findings, summary = redacted(data)
    assert len(findings) == 1 and summary.notes == (opening.DECRYPTED,)
    with opened(output) as pdf:
        assert not pdf.is_encrypted


@pytest.mark.parametrize("data", [b"%PDF-1.7\n", b"%PDF-1.7\n" + bytes(5000), b"%PDF-1.4 jane@example.com"])
def test_what_is_no_document_is_refused(data):
    assert refused(data).code == "unreadable"


def test_a_document_without_its_end_is_read_as_far_as_it_goes():
    data = saved(paper(line(MAIL)))
    output, findings, _ = redacted(data[: data.rindex(b"xref\n") + 2])

    assert len(findings) == 1 and text(output).strip() == LABEL


def test_a_document_without_a_table_of_its_objects_and_with_odd_pages_comes_out_sound():
    data = saved(paper(line(MAIL)), compress_streams=False)
    bare = re.sub(rb"/Size \d+", b"", data[: data.rindex(b"xref\n")] + b"trailer" + data.rpartition(b"trailer")[2])
    bare = bare.replace(b"/Type /Pages", b"/Type /Pages /Parent 2 0 R")
    assert b"/Parent 2 0 R" in bare and b"/Size" not in bare
    output, findings, _ = redacted(b"what mail programs add\n" + bare)

    assert len(findings) == 1 and text(output).strip() == LABEL
    assert b"/Size" in output


def test_forms_that_draw_themselves_are_drawn_once():
    source = paper(b"/X1 Do")
    one = source.make_indirect(form(source, line(MAIL) + b"/X1 Do"))
    one.Resources.XObject = Dictionary(X1=one)
    source.pages[0].obj.Resources.XObject = Dictionary(X1=one)

    assert [f.text for f in redacted(source)[1]] == [MAIL]


def nested(depth: int, each: bytes) -> Pdf:
    source = paper(b"/X1 Do")
    inner = form(source, line(MAIL))
    for _ in range(depth):
        inner = form(source, each, XObject=Dictionary(X1=inner))
    source.pages[0].obj.Resources.XObject = Dictionary(X1=inner)
    return source


def test_forms_are_followed_to_a_depth():
    assert [f.text for f in redacted(nested(10, b"/X1 Do"))[1]] == [MAIL]
    assert refused(nested(40, b"/X1 Do")).code == "nested_too_deep"


def test_forms_that_multiply_are_too_much(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(contents, "MOST_INSTRUCTIONS", 50_000)
    drawing = Drawing()
    source = nested(20, b"/X1 Do " * 10)
    content = drawing.reader.read(source.pages[0], source.pages[0].Resources)
    with pytest.raises(DocumentError) as caught:
        drawing.glyphs(content, Matrix())
    assert caught.value.code == "too_large"


def test_drawing_a_form_takes_more_than_one_instruction():
    source = paper(b"/X1 Do " * 10)
    source.pages[0].obj.Resources.XObject = Dictionary(X1=form(source, b""))
    drawing = Drawing()
    drawing.glyphs(drawing.reader.read(source.pages[0], source.pages[0].Resources), Matrix())

    assert drawing.reader.instructions == 10 + 10 + 10 * _A_FORM


def test_a_stream_that_unpacks_without_end_is_refused():
    source = paper(b"")
    packed = zlib.compress(zlib.compress(bytes(1 << 20) * 150, 9), 9)
    source.pages[0].Contents = source.make_stream(packed, Filter=Array([Name.FlateDecode, Name.FlateDecode]))
    target, found = io.BytesIO(), list[Any]()
    with pytest.raises(DocumentError) as caught:
        formats.redact_file(
            io.BytesIO(saved(source)),
            target,
            formats.FORMATS["pdf"],
            plan(entity_types=TYPES),
            found.append,
            lambda _: None,
            limits=formats.Limits(memory=96 << 20),
        )
    assert caught.value.code in ("too_much_memory", "unreadable", "reader_crashed")
    assert target.getvalue() == b""


def test_huge_pictures_and_tables_of_codes_are_refused():
    source = paper(line(MAIL))
    source.pages[0].obj.Resources.XObject = Dictionary(X1=image(source, b"", Width=100_000, Height=100_000))
    assert refused(source).code == "too_large"

    source = paper(line(MAIL))
    source.pages[0].obj.Resources.Font.F1.ToUnicode = source.make_stream(
        b"begincmap 1 beginbfrange <00000000> <ffffffff> <0041> endbfrange endcmap"
    )
    output, findings, _ = redacted(source)
    assert [f.text for f in findings] == [MAIL] and b"/ToUnicode" not in output


def test_pages_have_a_limit(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(opening, "MOST_PAGES", 1)
    with pytest.raises(DocumentError) as caught:
        opening.opened(_Work(io.BytesIO(saved(paper(b"", b"")))))  # type: ignore[arg-type]
    assert caught.value.code == "too_large"


def test_trees_of_names_that_bite_their_tails_end():
    pdf = Pdf.new()
    node = pdf.make_indirect(Dictionary(Names=Array([String("a"), 1])))
    node.Kids = Array([node, node])

    assert [(str(k), int(v)) for k, v in scrub.leaves(node)] == [("a", 1)]


@pytest.mark.mutants
def test_damage_ends_in_a_sound_document_or_a_refusal():
    case = cases_pdf.CASES[0]
    whole = cases_pdf.made(case.planted(), drawn=False)
    chance = random.Random(7)
    outcomes = [_outcome(_damaged(whole, chance)) for _ in range(MUTANTS)]

    assert outcomes.count("sound") > MUTANTS // 3
    assert (
        outcomes.count("residue") <= 2 + MUTANTS // 50
    )  # names of keys, which a document that has them does not survive
    assert set(outcomes) <= {
        "sound",
        "residue",
        "unreadable",
        "unreadable_text",
        "too_large",
        "nested_too_deep",
        "encrypted",
    }


def _damaged(whole: bytes, chance: random.Random) -> bytes:
    data = bytearray(whole)
    for _ in range(chance.choice([1, 4, 30])):
        at = chance.randrange(20, len(data))
        data[at : at + chance.choice([0, 1, 8])] = chance.randbytes(chance.choice([0, 1, 4]))
    return bytes(data)


def _outcome(data: bytes) -> str:
    try:
        output, _ = here(data)
    except DocumentError as error:
        return error.code
    said = "\n".join(reading.texts(Work(io.BytesIO(output), io.BytesIO(), None, DEFAULT, _Wire())))  # type: ignore[arg-type]
    return "residue" if "planted@" in said else "sound"


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_damage_is_survived_by_those_who_started_the_reader(seed):
    case = cases_pdf.CASES[0]
    try:
        whole = cases_pdf.made(case.planted(), drawn=False)
        redacted_file(_damaged(whole, random.Random(seed)), "a.pdf", entity_types=TYPES)
    except (DocumentError, ResidueFound) as error:
        assert str(error).endswith(".")  # noqa: PT017 - there may be none
