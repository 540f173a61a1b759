"""Values of which each part stands apart: in marks, structure, patterns, masks, glyphs that are drawings, fonts of one
letter, lines that end inside of a word."""

import io
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, Pdf, String

from expunct_server.redaction.formats.pdf import facsimile, fonts
from expunct_server.redaction.formats.pdf.drawing import Drawing
from expunct_server.redaction.formats.pdf.fonts import UNKNOWN
from expunct_server.redaction.formats.pdf.values import Matrix, inherited
from tests.redaction.formats.pdf.looks import SEEN, image, looked, words
from tests.redaction.formats.pdf.papers import drawn, form, line, nameless, paper, redacted, standard, text, unsaid
from tests.redaction.formats.pdf.test_documents import LABEL, MAIL, opened

LETTERS = "".join(sorted(set(MAIL)))
SHAPES = b"".join(b"%d 0 m %d 0 l %d 9 l h\n" % (x, x + 3 + x % 7, x) for x in range(0, 90, 9)) + b"f\n"
"""Ten shapes that may be letters."""


# --- marks and structure ----------------------------------------------------------------------------------------------


def _marked(said: list[str], shown: list[str], mark: Callable[[int, str], bytes]) -> bytes:
    parts = [
        b"%s BDC (%s) Tj EMC " % (mark(n, each), letter.encode())
        for n, (each, letter) in enumerate(zip(said, shown, strict=True))
    ]
    return b"BT /F1 12 Tf 40 200 Td " + b"".join(parts) + b"ET\n" + line("two", 100)


def _instead(_: int, said: str) -> bytes:
    return b"/Span <</MCID 7 /ActualText (%s)>>" % said.encode()


def test_what_marks_say_of_each_letter_goes_with_the_letters():
    output, findings, _ = redacted(paper(_marked(list(MAIL), list(MAIL), _instead)))

    assert {f.text for f in findings} == {MAIL}
    assert b"ActualText (" not in drawn(output)
    assert drawn(output).count(b"/MCID 7") == len(MAIL)
    assert [each for each in text(output).split() if "@" in each] == []


def test_what_is_in_forms_goes_from_marks_around_them():
    source = paper(b"/Span <</ActualText (so)>> BDC /X Do EMC /Span <</ActualText (too)>> BDC (x) EMC\n")
    source.pages[0].obj.Resources.XObject = Dictionary(X=form(source, line(MAIL)))
    output, _, _ = redacted(source)

    assert b"(so)" not in drawn(output) and b"(too)" in drawn(output)


def test_what_marks_say_among_the_resources_goes_too():
    source = paper(_marked(list(MAIL), list(MAIL), lambda n, _: b"/Span /P%d" % n))
    said = {f"/P{n}": Dictionary(ActualText=String(each), MCID=n) for n, each in enumerate(MAIL)}
    source.pages[0].obj.Resources.Properties = Dictionary(said | {"/Other": Dictionary(ActualText=String("x"))})
    output, _, _ = redacted(source)

    with opened(output) as pdf:
        properties = pdf.pages[0].Resources.Properties
        assert [key for key, each in properties.items() if "/ActualText" in each] == ["/Other"]
        assert len(properties) == len(MAIL) + 1


@pytest.mark.parametrize(("key", "left"), [(b"ActualText", ["to", LABEL]), (b"Alt", ["abc"]), (b"E", ["abc"])])
def test_what_marks_say_together_is_asked_about(key: bytes, left: list[str]):
    said = ["to ", "jane@", "example.com"]
    source = paper(_marked(said, ["a", "b", "c"], lambda *each: _instead(*each).replace(b"ActualText", key)))
    output, findings, _ = redacted(source)

    assert {f.text for f in findings} == {MAIL}
    assert key + b" (to )" in drawn(output) and drawn(output).count(b"/" + key) == 1
    assert [each for each in text(output).split() if each != "two"] == left


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("[" * 200 + f"({MAIL})" + "]" * 200, "[" * 200 + f"({LABEL})" + "]" * 200),
        ("<</A " * 200 + f"/{MAIL}" + ">>" * 200, "<</A " * 200 + "/xxxxxxxxxxxxxxx0" + ">>" * 200),
        (f"[/Indexed /DeviceRGB 1 ({MAIL})]", f"[/Indexed /DeviceRGB 1 ({LABEL})]"),
        ("<</SSN [7 219099998.0]>>", "<</SSN [7 0]>>"),
        ("<</SSN 219099998 /Columns 219099998>>", "<</SSN 0 /Columns 219099998>>"),
    ],
    ids=["deep", "deep name", "like a palette", "numbers", "number"],
)
def test_all_that_marks_say_of_themselves_is_read(said: str, kept: str):
    output, findings, _ = redacted(paper(f"/Span <</Tool {said}>> BDC EMC ".encode() + line("one")))

    assert len(findings) == 1
    with opened(output) as pdf:
        [mark] = pikepdf.parse_content_stream(pdf.pages[0], "BDC")
        assert mark.operands[1].Tool.unparse() == pikepdf.Object.parse(kept.encode()).unparse()


def test_a_mark_that_says_all_of_a_value_keeps_the_rest_of_what_it_says():
    output, _, _ = redacted(paper(_marked([f"to {MAIL} now"], [f"to {MAIL} now"], _instead)))

    assert f"ActualText (to {LABEL} now)".encode() in drawn(output)


@pytest.mark.parametrize(
    ("shown", "values", "left"),
    [
        ("(to mr.) Tj /Span <</ActualText (ffi)>> BDC (*) Tj EMC (n@example.com now) Tj", {"mr.ffin@example.com"},
         f"to {LABEL} now"),
        ("(to mr.) Tj /Span <</ActualText (ffi)>> BDC (*+) Tj /Span <</MCID 1>> BDC (-) Tj EMC EMC (n@example.com) Tj",
         {"mr.ffin@example.com"}, f"to {LABEL}"),
        ("(to jane) Tj /Span <</ActualText (x y)>> BDC (@ex) Tj EMC (ample.com now) Tj", {MAIL}, f"to {LABEL} now"),
        (f"(to ) Tj /Span <</ActualText ({MAIL})>> BDC (219-09) Tj EMC (-9998 now) Tj", {MAIL, "219-09-9998"},
         f"to <US_SSN> {LABEL} now"),
        ("/Span <</ActualText (To all that have asked us for it, write to jane@exa)>> BDC (x) Tj EMC 0 -14 Td "
         "/Span <</ActualText (mple.com, where we shall read it in a day or two)>> BDC (y) Tj EMC", {MAIL}, LABEL),
        ("(to ) Tj /Span <</ActualText (one)>> BDC (ond) Tj EMC (ly now) Tj", set(), "to onely now"),
    ],
    ids=["ligature", "several", "lie", "two values", "lines", "nothing"],
)  # fmt: skip
def test_glyphs_are_read_as_what_their_marks_say_too(shown: str, values: set[str], left: str):
    output, findings, _ = redacted(paper(f"BT /F1 12 Tf 40 200 Td {shown} ET".encode()))

    assert {f.text for f in findings} == values
    assert text(output).split() == left.split()


def test_what_marks_say_on_one_page_hides_nothing_on_the_next():
    shown = b"/X Do BT /F1 12 Tf 40 100 Td /Span <</ActualText (fi)>> BDC (*) Tj EMC ET"
    source = paper(shown, shown)
    logo = form(source, line(MAIL))
    for page in source.pages:
        page.obj.Resources.XObject = Dictionary(X=logo)
    output, findings, _ = redacted(source)

    assert [f.location.partition(",")[0] for f in findings] == ["page 1", "page 2"]
    assert [text(output, page).split() for page in (0, 1)] == [["fi", LABEL]] * 2


def test_elements_of_structure_lose_what_they_say_of_parts_of_a_value():
    source = paper(_marked(["", "", ""], ["jane@", "example.com", " x"], lambda n, _: b"/Span <</MCID %d>>" % n))
    page = source.pages[0].obj

    def element(kids: Any, said: str, **more: Any) -> Any:
        return source.make_indirect(Dictionary(S=Name.Span, K=kids, ActualText=String(said), **more))

    above = source.make_indirect(Dictionary(S=Name.P, Pg=page, Alt=String("all")))
    above.K = Array([element(0, "jane@", P=above), element(Array([Dictionary(MCID=1, Pg=page)]), "example.com"),
                     element(2, "two", P=above), element(1, f"to {MAIL}", Pg=page)])  # fmt: skip
    source.Root.StructTreeRoot = source.make_indirect(Dictionary(K=above))
    output, _, _ = redacted(source)

    with opened(output) as pdf:
        kept = pdf.Root.StructTreeRoot.K
        assert [str(each.get("/ActualText", "")) for each in kept.K] == ["", "", "two", f"to {LABEL}"]
        assert str(kept.Alt) == "all"


def _tagged(source: Pdf, said: dict[str, str], make: Callable[[int, Any], Any]) -> list[Any]:
    """Elements that have a part of a value each; their kids are made from the number of the mark and the element."""
    root = source.make_indirect(Dictionary(Type=Name.StructTreeRoot))
    elements = []
    for n, letter in enumerate(MAIL):
        texts = {key: String(letter) for key in said}
        each = source.make_indirect(Dictionary(S=Name.Span, P=root, Pg=source.pages[0].obj, **texts))
        each.K = make(n, each)
        elements.append(each)
    root.K = Array(elements)
    source.Root.StructTreeRoot = root
    return elements


def _numbered(n: int, _: str) -> bytes:
    return b"/Span <</MCID %d>>" % n


@pytest.mark.parametrize("key", ["ActualText", "Alt", "E"])
@pytest.mark.parametrize("levels", [1, 2, 60])
def test_elements_lose_what_they_say_of_what_is_in_elements_below_them(key: str, levels: int):
    source = paper(_marked(list(MAIL), list(MAIL), _numbered))

    def below(n: int, above: Any) -> Any:
        kid: Any = n
        for _ in range(levels):
            kid = Array([Dictionary(S=Name.NonStruct, Pg=source.pages[0].obj, K=kid)])
        return kid

    elements = _tagged(source, {key: ""}, below)
    kept = source.make_indirect(Dictionary(S=Name.Span, K=99, Pg=source.pages[0].obj, ActualText=String("kept")))
    source.Root.StructTreeRoot.K = Array([*elements, kept])
    output, findings, _ = redacted(source)

    assert {f.text for f in findings} == {MAIL}
    with opened(output) as pdf:
        said = [str(each.get("/" + key, each.get("/ActualText", ""))) for each in pdf.Root.StructTreeRoot.K]
    assert said == [""] * len(MAIL) + ["kept"]


def test_elements_without_marks_lose_what_they_say_together():
    source = paper(line("plain"))
    elements = _tagged(source, {"Alt": ""}, lambda n, _: Array([]))
    source.Root.StructTreeRoot.K = Array([*elements, Dictionary(S=Name.Figure, Alt=String(" a map"))])
    output, findings, _ = redacted(source)

    assert [(f.text, f.location) for f in findings] == [(MAIL, "structure")]
    with opened(output) as pdf:
        assert [str(each.get("/Alt", "")) for each in pdf.Root.StructTreeRoot.K] == [""] * len(MAIL) + [" a map"]


def test_an_element_in_itself_ends():
    source = paper(_marked(list(MAIL), list(MAIL), _numbered))
    elements = _tagged(source, {"ActualText": ""}, lambda n, each: Array([Dictionary(K=each), n]))
    elements[0].K = Array([elements[1]])
    elements[1].K = Array([elements[0]])
    output, _, _ = redacted(source)

    with opened(output) as pdf:
        assert not any("/ActualText" in each for each in pdf.Root.StructTreeRoot.K)


def test_the_number_of_a_mark_may_be_any_that_is_whole():
    source = paper(_marked(list(MAIL), list(MAIL), lambda n, _: b"/Span <</MCID %d.0>>" % n))
    _tagged(source, {"ActualText": ""}, lambda n, _: Array([Dictionary(MCID=Decimal(f"{n}.0"))]))
    output, _, _ = redacted(source)

    with opened(output) as pdf:
        assert not any("/ActualText" in each for each in pdf.Root.StructTreeRoot.K)


def test_a_mark_keeps_nothing_that_is_no_value_of_its_own():
    said = b"/Span <</ActualText (jane) /Alt (other@example.com) /Tool (third@example.com)>> BDC (jane) Tj EMC"
    output, findings, _ = redacted(paper(b"BT /F1 12 Tf 40 200 Td " + said + b" (@example.com) Tj ET"))

    assert {f.text for f in findings} == {MAIL, "other@example.com", "third@example.com"}
    assert b"/Span << /Alt (<EMAIL_ADDRESS>) /Tool (<EMAIL_ADDRESS>) >> BDC" in drawn(output)


@pytest.mark.parametrize(
    ("broken", "begins"),
    [
        (b"/X BDC", b"/X BMC"), (b"BDC", b"/Span BMC"), (b"/X (jane) BDC", b"/X BMC"), (b"(jane) /X BDC", b"/X BMC"),
        (b"(jane) BMC", b"/Span BMC"), (b"<<>> /X BMC", b"/X BMC"),
    ],
)  # fmt: skip
def test_what_a_broken_mark_ends_is_no_other(broken: bytes, begins: bytes):
    shown = b"/Span <</ActualText (jane)>> BDC " + broken + b" EMC (jane) Tj EMC (@example.com) Tj"
    output, findings, _ = redacted(paper(b"BT /F1 12 Tf 40 200 Td " + shown + b" ET"))

    assert [f.text for f in findings] == [MAIL]
    content = drawn(output)
    assert b"jane" not in content and b"/Span <<\n>> BDC" in content.replace(b"<< >>", b"<<\n>>")
    assert begins in content
    assert content.count(b"EMC") == content.count(b"BDC") + content.count(b"BMC") == 2


def test_marks_and_states_end_whatever_stands_before_their_ends():
    content = b"/OC /Off BDC (a) q (b) Q /X BDC (c) EMC BT /F1 12 Tf 40 200 Td (hidden) Tj (d) ET [(e)] EMC EMC\n"
    source = paper(content + line(MAIL, 100) + b"/A BMC\n")
    layer = source.make_indirect(Dictionary(Type=Name.OCG, Name=String("Off")))
    source.Root.OCProperties = Dictionary(OCGs=Array([layer]), D=Dictionary(OFF=Array([layer])))
    source.pages[0].obj.Resources.Properties = Dictionary(Off=layer)
    output, _, _ = redacted(source)

    with opened(output) as pdf:
        said = [str(each.operator) for each in pikepdf.parse_content_stream(pdf.pages[0])]
    assert said[:13] == ["q", "BDC", "q", "Q", "BMC", "EMC", "BT", "Tf", "Td", "Tj", "ET", "EMC", "q"]
    marks = [each for each in said if each in ("BMC", "BDC", "EMC")]
    assert marks == ["BDC", "BMC", "EMC", "EMC", "BMC", "EMC"]
    assert said.count("q") == said.count("Q") == 3


@pytest.mark.parametrize("is_object", [True, False])
def test_a_list_that_several_marks_have_is_taken_from_those_alone_that_lose_something(is_object: bool):
    marks = b"/Span /P0 BDC (jane@example.com) Tj EMC 0 -40 Td /Span /P0 BDC (fi) Tj EMC"
    marks += b" 0 -40 Td /Span /P1 BDC (219-09-9998) Tj EMC"
    source = paper(b"BT /F1 12 Tf 40 200 Td " + marks + b" ET", line("219-09-9998") + b"/Span /P1 BDC EMC")
    listed: Any = Dictionary(
        ActualText=String("fi"), MCID=3, Lang=String("en"), Own=Array([1, Name.A]), Sub=Dictionary()
    )
    other = source.make_indirect(Dictionary(ActualText=String("x")))
    for page in source.pages:
        page.obj.Resources.Properties = Dictionary(P0=source.make_indirect(listed) if is_object else listed, P1=other)
    output, _, _ = redacted(source)

    assert b"/Span /P0 BDC" in drawn(output) and b"/Span /P1 BDC" in drawn(output, 1)
    with opened(output) as pdf:
        begun = [i.operands[1] for i in pikepdf.parse_content_stream(pdf.pages[0]) if str(i.operator) == "BDC"]
        assert dict(begun[0].items()) == {"/MCID": 3, "/Lang": String("en"), "/Own": Array([1, Name.A])}
        assert begun[1] == Name.P0 and dict(begun[2].items()) == {}
        assert [str(each.ActualText) for each in pdf.pages[0].Resources.Properties.values()] == ["fi", "x"]


def test_a_layer_is_still_found_by_its_name():
    source = paper(b"/OC /Off BDC " + line(MAIL) + b"EMC\n")
    layer = source.make_indirect(Dictionary(Type=Name.OCG, Name=String("Off"), ActualText=String("jane")))
    source.Root.OCProperties = Dictionary(OCGs=Array([layer]), D=Dictionary(OFF=Array([layer])))
    source.pages[0].obj.Resources.Properties = Dictionary(Off=layer)
    output, _, _ = redacted(source)

    assert b"/OC /Off BDC" in drawn(output)
    with opened(output) as pdf:
        assert set(pdf.Root.OCProperties.OCGs[0].keys()) == {"/Name", "/Type"}


# --- drawings ---------------------------------------------------------------------------------------------------------


def _pattern(source: Pdf, content: bytes, **resources: Any) -> Any:
    return source.make_stream(
        content, PatternType=1, PaintType=1, TilingType=1, BBox=Array([0, 0, 400, 300]), XStep=400, YStep=300,
        Resources=Dictionary(Font=Dictionary(F1=standard("Helvetica")), **resources),
    )  # fmt: skip


def _filled(content: bytes) -> Pdf:
    source = paper(b"/Pattern cs /P1 scn 40 200 300 40 re f\n")
    source.pages[0].obj.Resources.Pattern = Dictionary(P1=_pattern(source, content))
    return source


def _stroked(content: bytes) -> Pdf:
    source = paper(
        b"/C CS 0 0 0 /P1 SCN 40 200 300 40 re S\n", ColorSpace=Dictionary(C=Array([Name.Pattern, Name.RGB]))
    )
    source.pages[0].obj.Resources.Pattern = Dictionary(P1=_pattern(source, content))
    return source


def _masked(content: bytes) -> Pdf:
    source = paper(b"", b"/G gs 40 200 300 40 re f\n", b"/G gs 40 200 300 40 re f\n")
    mask = form(source, content)
    mask.Group = Dictionary(S=Name.Transparency, CS=Name.DeviceGray)
    state = source.make_indirect(Dictionary(SMask=Dictionary(S=Name.Luminosity, G=mask)))
    for page in list(source.pages)[1:]:
        page.obj.Resources.ExtGState = Dictionary(G=state)
    return source


def _lettered(content: bytes, **resources: Any) -> Pdf:
    """In a glyph that is said to be an A."""
    source = paper(b"BT /F3 1 Tf 40 200 Td (A) Tj ET\n")
    table = b"begincmap 1 begincodespacerange <00> <ff> endcodespacerange 1 beginbfchar <41> <0041> endbfchar endcmap"
    source.pages[0].obj.Resources.Font.F3 = Dictionary(
        Type=Name.Font, Subtype=Name.Type3, FontBBox=Array([0, 0, 0, 0]), FirstChar=65, LastChar=65,
        FontMatrix=Array([1, 0, 0, 1, 0, 0]), Widths=Array([300]), ToUnicode=source.make_stream(table),
        Resources=Dictionary(Font=Dictionary(F1=standard("Helvetica")), **resources),
        CharProcs=Dictionary(A=source.make_stream(b"300 0 d0 " + content)),
        Encoding=Dictionary(Differences=Array([65, Name.A])),
    )  # fmt: skip
    return source


@pytest.mark.parametrize("make", [_filled, _stroked, _masked, _lettered])
@pytest.mark.parametrize("content", [SHAPES, line("jane")])
def test_a_page_is_looked_at_whose_patterns_masks_or_letters_may_have_words(make: Any, content: bytes):
    source = make(content)
    _, wire = looked(source)

    assert [name for name, _ in wire.read] == ["page.png"] * max(len(source.pages) - 1, 1)


@pytest.mark.parametrize("make", [_filled, _stroked, _masked, _lettered])
def test_a_page_is_not_looked_at_for_a_pattern_a_mask_or_a_letter_that_is_one(make: Any):
    _, wire = looked(make(b"0 0 m 9 0 l 9 9 l h f\n"))

    assert wire.read == []


def test_a_letter_that_is_a_wide_picture_is_looked_at():
    source = _lettered(b"200 0 0 30 0 0 cm /I Do")
    source.pages[0].obj.Resources.Font.F3.Resources.XObject = Dictionary(I=image(source, words()))
    _, wire = looked(source)

    assert [name for name, _ in wire.read] == ["page.png", "picture.png"]


def test_a_page_with_words_in_a_letter_becomes_a_picture_once_something_is_found():
    output, _ = looked(_lettered(SHAPES), SEEN)

    with pikepdf.open(io.BytesIO(output)) as pdf:
        assert "/Font" not in pdf.pages[0].Resources
        assert not any("/CharProcs" in each for each in pdf.objects if isinstance(each, Dictionary))


def test_patterns_and_glyphs_in_themselves_end():
    source = _filled(b"/Pattern cs /P1 scn 0 0 9 9 re f")
    pattern = source.pages[0].obj.Resources.Pattern.P1
    pattern.Resources.Pattern = Dictionary(P1=pattern)
    assert looked(source)[1].read == []

    source = _lettered(b"0 0 9 9 re f BT /F3 1 Tf (A) Tj ET")
    font = source.make_indirect(source.pages[0].obj.Resources.Font.F3)
    source.pages[0].obj.Resources.Font.F3 = font
    font.Resources.Font.F3 = font
    assert [name for name, _ in looked(source)[1].read] == ["page.png"]


def test_letters_that_are_drawings_are_looked_at_where_only_their_names_say_what_they_are():
    source = paper(unsaid(MAIL, LETTERS))
    font = nameless(source, LETTERS)
    drawings = list(font.CharProcs.values())
    font.CharProcs = Dictionary({f"/{chr(97 + n)}": each for n, each in enumerate(drawings)})
    font.Encoding.Differences = Array([1, *(Name(f"/{chr(97 + n)}") for n in range(len(drawings)))])
    source.pages[0].obj.Resources.Font.F3 = font

    assert [name for name, _ in looked(source)[1].read] == ["page.png"]


# --- letters apart ----------------------------------------------------------------------------------------------------


def _unsaid(place: Callable[[int], tuple[int, int]], *, many: bool = False, known: bool = False) -> Pdf:
    source = paper(b"")
    fonts = source.pages[0].obj.Resources.Font
    fonts.F3 = nameless(source, LETTERS)
    content = b""
    for n, letter in enumerate(MAIL):
        x, y = place(n)
        if many:
            fonts[f"/G{n}"] = nameless(source, letter)
            content += f"BT /G{n} 14 Tf {x} {y} Td <01> Tj ET\n".encode()
        else:
            content += line(letter, y, x) if known and n % 2 else unsaid(letter, LETTERS, y, x)
    source.pages[0].obj.Contents = source.make_stream(content)
    return source


@pytest.mark.parametrize("source", [_unsaid(lambda n: (40 + 9 * n, 200), many=True),
                                    _unsaid(lambda n: (40 + 9 * n, 200 + 8 * n)),
                                    _unsaid(lambda n: (40 + 7 * n, 200), known=True)])  # fmt: skip
def test_letters_of_which_nobody_says_what_they_are_make_the_page_a_picture(source: Pdf):
    output, wire = looked(source)

    assert len(wire.notes) == 1 and wire.notes[0].startswith("Page 1 became a picture")
    with opened(output) as pdf:
        assert "/Font" not in pdf.pages[0].Resources


def test_a_row_of_the_same_signs_or_a_few_in_a_word_make_no_picture():
    source = paper(
        unsaid(LETTERS[0] * 9, LETTERS) + line("a", 100) + unsaid(LETTERS[:2], LETTERS, 100, 47) + line("b", 100, 64)
    )
    source.pages[0].obj.Resources.Font.F3 = nameless(source, LETTERS)

    assert looked(source)[1].notes == []


def _called(*names: str, **more: Any) -> Dictionary:
    """A font of which only the names of its glyphs say what they are."""
    font = standard("Made")
    font.FirstChar, font.LastChar, font.Widths = 1, len(names), Array([700] * len(names))
    font.Encoding = Dictionary(Differences=Array([1, *(Name(f"/{each}") for each in names)]))
    return Dictionary(font, **more)


def _said(source: Pdf) -> str:
    drawing = Drawing()
    content = drawing.reader.read(source.pages[0], inherited(source.pages[0].obj, "/Resources"))
    return "".join("?" if glyph.text >= chr(UNKNOWN) else glyph.text for glyph in drawing.glyphs(content, Matrix()))


_FORMULA = (
    b"BT /F1 10 Tf 40 150 Td (x=) Tj /F5 10 Tf (\\001\\002) Tj /F1 10 Tf (k) Tj /F5 10 Tf (\\003) Tj "
    b"/F1 9 Tf (a) Tj ET\n"
)


def test_signs_of_formulas_are_no_lost_letters():
    source = paper(_FORMULA + line("of a paper"))
    source.pages[0].obj.Resources.Font.F5 = _called("summationdisplay", "parenleftbigg", "bracelefttp")
    assert (looked(source)[1].notes, _said(source)) == ([], "x=∑(k{aof a paper")

    font = _called()
    del font["/Encoding"]
    program = b"/Encoding 256 array dup 1 /summationdisplay put dup 2/parenleftbigg put dup 3 /bracelefttp put"
    font.FontDescriptor = Dictionary(Flags=4, FontFile=source.make_stream(program, Length1=len(program)))
    source.pages[0].obj.Resources.Font.F5 = font
    assert (looked(source)[1].notes, _said(source)) == ([], "x=∑(k{aof a paper")

    source.pages[0].obj.Resources.Font.F5 = _called("x1", "x2", "x3")
    assert looked(source)[1].notes == [facsimile._told([1])]


def test_what_programs_of_fonts_call_signs_is_known():
    names = (
        b"summationdisplay",
        "parenlefttp",
        "radicalBigg",
        "hatwidest",
        "arrowdblvertex",
        "a",
        "g1",
        "radicand",
        None,
    )

    assert [fonts._named(each) for each in names] == ["∑", "(", "√", "^", "⇕", "a", None, None, None]


@pytest.mark.parametrize(
    ("shown", "is_picture"),
    [(b"(\\001\\002\\003) Tj", False), (b"(\\001) Tj /F1 9 Tf (,) Tj /F5 9 Tf (\\002\\003) Tj", False),
     (b"(\\001\\002\\003\\004) Tj", True), (b"(\\001\\002) Tj /F1 9 Tf (b) Tj /F5 9 Tf (\\003) Tj", True)],
)  # fmt: skip
def test_three_icons_are_no_word(shown: bytes, is_picture: bool):
    source = paper(b"BT /F5 10 Tf 40 150 Td " + shown + b" ET\n" + line("of a paper"))
    source.pages[0].obj.Resources.Font.F5 = _called("phone", "in2", "tw", "fb")

    assert looked(source)[1].notes == [facsimile._told([1])] * is_picture


@pytest.mark.parametrize(
    ("first", "second"), [("jane@exam", "ple.com"), ("jane@example", ".com"), ("jane@example.", "com")]
)
def test_an_address_that_goes_on_in_the_next_line_is_one(first: str, second: str):
    output, findings, _ = redacted(paper(line(f"to {first}", 200) + line(second, 187) + line("two", 174)))

    assert [f.text for f in findings] == [MAIL]
    assert text(output).split()[:1] == ["to"] and "two" in text(output)


@pytest.mark.parametrize("end", ["a@example.org", "at 5 @ home", "to"])
def test_a_line_that_ends_otherwise_does_not_go_on(end: str):
    _, findings, _ = redacted(paper(line(f"by {end}", 200) + line("xy.com", 187)))

    assert [f.text for f in findings] == ([end] if end.startswith("a@") else [])


def test_a_text_without_end_is_ended_before_labels_are_drawn():
    output, _, _ = redacted(paper(b"q BT /F1 12 Tf 40 200 Td (jane@example.com) Tj"))

    words = drawn(output).split()
    assert words[-3:] == [b"ET", b"Q", b"Q"]
    assert (words.count(b"BT"), words.count(b"ET"), words.count(b"q"), words.count(b"Q")) == (1, 1, 3, 3)


def test_marks_without_end_and_ends_without_marks_are_none():
    source = paper(b"EMC EMC /A BMC /Span <</ActualText (x)>> BDC " + line(MAIL) + b"EMC EMC EMC")
    drawing = Drawing()
    content = drawing.reader.read(source.pages[0], inherited(source.pages[0].obj, "/Resources"))
    for glyph in drawing.glyphs(content, Matrix()):
        glyph.cut()

    assert content.silent == {3}
