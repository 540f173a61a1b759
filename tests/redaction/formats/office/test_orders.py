"""What goes on down a column, or over what stands between two paragraphs: boxes, notes, comments, what was deleted."""

import re
from typing import Any

import pytest
from lxml import etree

from expunct_server.redaction.custom import compile_custom
from expunct_server.redaction.engine import Redacted
from expunct_server.redaction.failures import ResidueFound
from expunct_server.redaction.formats.isolated import parent
from expunct_server.redaction.formats.office import reading
from expunct_server.redaction.formats.office.walking import Walk
from tests.redaction.formats.cases_odf import odf
from tests.redaction.formats.office import test_docx
from tests.redaction.formats.office.build import MC, WPS, A, P, R, V, W, check, rels, types, unzipped, zipped
from tests.redaction.formats.office.test_pptx import MAIN
from tests.redaction.helpers import redacted_file

RULES: dict[str, Any] = {"custom": compile_custom(None, ["Jane Doe", "Ann Fox"]), "entity_types": frozenset({"CUSTOM"})}
GONE = "<CUSTOM>"
_TEXT = re.compile(r"<(?:w:t|w:delText|a:t)\b[^>]*?(?:/>|>(.*?)</)|<text:p\b[^>]*?(?:/>|>([^<]*))")


def said(xml: bytes) -> str:
    """The texts of a part, in order."""
    texts = (
        (found[1] or found[2] or "").replace("&lt;", "<").replace("&gt;", ">") for found in _TEXT.finditer(xml.decode())
    )
    return "|".join(texts)


# --- DOCX -------------------------------------------------------------------------------------------------------------


def p(text: str, inside: str = "", properties: str = "") -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr><w:r><w:t>{text}</w:t></w:r>{inside}</w:p>"


def deleted(text: str) -> str:
    return f'<w:p><w:del w:id="1"><w:r><w:delText>{text}</w:delText></w:r></w:del></w:p>'


def inserted(text: str) -> str:
    return f'<w:p><w:ins w:id="1"><w:r><w:t>{text}</w:t></w:r></w:ins></w:p>'


def box(*paragraphs: str) -> str:
    return (
        f"<w:r><w:pict><v:shape {V}><v:textbox><w:txbxContent>{''.join(paragraphs)}</w:txbxContent></v:textbox>"
        "</v:shape></w:pict></w:r>"
    )


def shape(choice: str, fallback: str) -> str:
    """A box for newer programs, and for others."""
    newer = (
        f"<w:drawing><wps:wsp {WPS}><wps:txbx><w:txbxContent>{choice}</w:txbxContent></wps:txbx></wps:wsp></w:drawing>"
    )
    return (
        f'<w:r><mc:AlternateContent {MC}><mc:Choice Requires="wps">{newer}</mc:Choice>'
        f"<mc:Fallback>{box(fallback)[5:-6]}</mc:Fallback></mc:AlternateContent></w:r>"
    )


def either(choice: str, fallback: str) -> str:
    return (
        f'<mc:AlternateContent {MC}><mc:Choice Requires="wps">{choice}</mc:Choice><mc:Fallback>{fallback}'
        "</mc:Fallback></mc:AlternateContent>"
    )


def cell(text: str, properties: str = "") -> str:
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{text if text.startswith('<') else p(text)}</w:tc>"


def table(*rows: str) -> str:
    return f"<w:tbl>{''.join(f'<w:tr>{row}</w:tr>' for row in rows)}</w:tbl>"


WIDE = '<w:gridSpan w:val="2"/>'
MAIL = "<EMAIL_ADDRESS>"
CAP = '<w:framePr w:dropCap="drop" w:lines="3"/>'
LATER = '<w:trPr><w:gridBefore w:val="1"/></w:trPr>'
FORMER = f'<w:tcPrChange w:id="1" w:author="x"><w:tcPr>{WIDE}</w:tcPr></w:tcPrChange>'
FORMER_ROW = f'<w:trPr><w:trPrChange w:id="1" w:author="x">{LATER}</w:trPrChange></w:trPr>'
DOCX = [
    (table(cell("Jane") + cell("x"), cell("Doe") + cell("y")), f"{GONE}|x||y"),
    (table(cell("x") + cell("Jane"), cell("y") + cell("Doe")), f"x|{GONE}|y|"),
    (table(cell("x", WIDE) + cell("Jane"), cell("y") + cell("z") + cell("Doe")), f"x|{GONE}|y|z|"),
    (table(cell("x") + cell("Jane"), LATER + cell("Doe") + cell("z")), f"x|{GONE}||z"),
    (table(cell("x", FORMER) + cell("Jane"), cell("y") + cell("Doe") + cell("z")), f"x|{GONE}|y||z"),
    (table(FORMER_ROW + cell("x") + cell("Jane"), cell("y") + cell("Doe") + cell("z")), f"x|{GONE}|y||z"),
    (table(cell("x") + cell("Jane"), cell("Doe") + cell("z")), f"x|{GONE}||z"),  # the cells follow each other too
    (table(cell("Jane") + cell("x"), cell("y") + cell("Doe")), "Jane|x|y|Doe"),
    (table(cell("x") + cell("Jane"), cell("Jane") + cell("Doe"), cell("y") + cell("Doe")), f"x|{GONE}|{GONE}||y|Doe"),
    (p("Ann Fox") + table(cell("x") + cell("Ann") + cell("y"), cell("Jane") + cell("Fox") + cell("Doe")),
     f"{GONE}|x|{GONE}|y|{GONE}||"),
    (table(cell(p("a") + p("Jane")) + cell("x"), cell(p("Doe") + p("b")) + cell("y")), f"a|{GONE}|x||b|y"),
    (table(cell(table(cell("Jane") + cell("x"), cell("Doe") + cell("y")) + p("z")) + cell("w")), f"{GONE}|x||y|z|w"),
    (table(cell(table(cell("a")) + p("Jane")) + cell("x"), cell("Doe") + cell("y")), f"a|{GONE}|x||y"),
    (table(cell("Jane") + cell("x")) + table(cell("Doe") + cell("y")), "Jane|x|Doe|y"),
    (p("Jane", box(p("x"), p("y"))) + p("Doe"), f"{GONE}|x|y|"),
    (p("a", box(p("Jane", box(p("x"))), p("Doe"))), f"a|{GONE}|x|"),
    (p("Jane", box(p("Doe"))), f"{GONE}|"),
    (p("Jane", shape(p("x"), p("x"))) + p("Doe"), f"{GONE}|x|x|"),
    (p("a", shape(p("Jane") + p("Doe"), p("Jane") + p("Doe"))), f"a|{GONE}||{GONE}|"),
    (p("Jane") + p("x", properties='<w:framePr w:w="1"/>') + p("Doe"), f"{GONE}|x|"),
    (p("Jane") + either(p("x"), p("y")) + p("Doe"), "Jane|x|y|Doe"),
    (either(p("Jane"), p("y")) + p("Doe"), f"{GONE}|y|"),
    (either(p("x"), p("Jane")) + p("Doe"), f"x|{GONE}|"),
    (p("Jane") + deleted("x") + p("Doe"), f"{GONE}|x|"),
    (p("Jane") + inserted("x") + p("Doe"), f"{GONE}|x|"),
    (deleted("Jane") + inserted("x") + deleted("Doe"), f"{GONE}|x|"),
    (p("Jane") + p("x") + p("Doe"), "Jane|x|Doe"),
    (f"<w:sdt><w:sdtPr/><w:sdtContent>{p('Jane')}</w:sdtContent></w:sdt>" + p("Doe"), f"{GONE}|"),
    (p("Jane", '<w:r><w:footnoteReference w:id="2"/></w:r><w:r><w:commentReference w:id="1"/></w:r>') + p("Doe"),
     f"{GONE}|"),
]  # fmt: skip


@pytest.mark.parametrize(("source", "result"), DOCX)
def test_in_a_document_it_goes_down_columns_and_over_what_stands_between(source: str, result: str):
    members = test_docx.redacted(test_docx.document(p("Jane Doe") + source), **RULES)[0]
    assert said(members["word/document.xml"]) == f"{GONE}|{result}"


@pytest.mark.parametrize(
    ("source", "result"),
    [
        (p("J", properties=CAP) + p("ane Doe x"), f"|{GONE} x"),
        (p("J", properties=CAP) + '<w:bookmarkStart w:id="1" w:name="a"/>' + p("im") + p("im"), f"|{GONE}|im"),
        (p("J", box(p("x")), CAP) + p("im") + p("x", properties=CAP) + p("y"), f"|x|{GONE}|x|y"),
        (p("J", properties=CAP) + table(cell("im")), "J|im"),
        (table(cell(p("J", properties=CAP)) + cell("im")), "J|im"),
        (p("J", properties=CAP) + table(cell("x")) + p("im"), "J|x|im"),
        (p("J", properties=CAP) + inserted("im") + deleted("x"), f"|{GONE}|x"),
        (p("Jim", properties=CAP) + p("x"), f"{GONE}|x"),
        (p("\u201cJi", properties=CAP) + p("m"), f"\u201c|{GONE}"),
        (p("Jane", properties=CAP) + p("Doe@example.com is it"), f"Jane|{MAIL} is it"),
        (p("to jane@example.com", properties=CAP) + p("Doe at nine"), f"to {MAIL}|Doe at nine"),
        (p("J", properties=CAP) + "<w:h/>" + p("im"), "J|im"),
        (p("Jim", properties=CAP), GONE),
        (p("A", properties=CAP) + p("Jim"), f"A|{GONE}"),
        (p("J", properties='<w:framePr w:w="1"/>') + p("im"), "J|im"),
    ],
)
def test_the_first_letter_of_a_paragraph_is_read_with_it(source: str, result: str):
    custom = compile_custom(None, ["Jane Doe", "Jim"])
    rules = {"custom": custom, "entity_types": frozenset(("CUSTOM", "EMAIL_ADDRESS"))}
    output, found, _ = redacted_file(test_docx.document(source), "a.docx", **rules)
    document = unzipped(output)["word/document.xml"]
    assert said(document) == result
    assert len(found) == result.count(GONE) + result.count(MAIL)
    assert len(re.findall("framePr", document.decode())) == source.count("framePr")


def test_the_check_reads_first_letters_so_too():
    source = (
        f"<w:body {W}>{p('x', properties=CAP)}{table(cell('y'))}{p('J', properties=CAP)}{p('im z')}{p('im')}</w:body>"
    )
    reader = reading._Reader()
    assert "Jim z" in reader.read(source.encode())
    assert [each.now() for each in reader.paragraphs] == ["x", "y", "", "Jim z", "im"]
    reader = reading._Reader()
    reader.read(f"<w:body {W}>{p('Jim', properties=CAP)}{p('im')}</w:body>".encode())
    assert [each.now() for each in reader.paragraphs] == ["Jim", "im"]


def test_a_first_letter_waits_for_the_next_paragraph_alone():
    """Else each paragraph behind it would be asked whether it stands before that one."""
    walk = Walk(None, "x")  # type: ignore[arg-type]
    for between in (table(cell("x")), p("x"), "<w:h/>", box("<w:x/>")):
        walk._visit(etree.fromstring(f"<w:body {W}>{p('j', properties=CAP)}{between}<w:h/></w:body>"), None, ())
        assert walk._caps == {}


# --- ODF --------------------------------------------------------------------------------------------------------------


def t(text: str, inside: str = "") -> str:
    return f"<text:p>{text}{inside}</text:p>"


def odf_cell(text: str, attributes: str = "", before: str = "") -> str:
    return f"<table:table-cell {attributes}>{before}{t(text)}</table:table-cell>"


def odf_table(*rows: str) -> str:
    return f"<table:table>{''.join(f'<table:table-row>{row}</table:table-row>' for row in rows)}</table:table>"


def note(text: str) -> str:
    body = f"<text:note-body>{t(text)}</text:note-body>"
    return f"<text:note><text:note-citation>1</text:note-citation>{body}</text:note>"


FRAME = f"<draw:frame><draw:text-box>{t('x')}</draw:text-box></draw:frame>"
COMMENT = f"<office:annotation>{t('x')}</office:annotation>"
COVERED = "<table:covered-table-cell/>"
TWICE = "table:number-columns-repeated='2'"
ODT = [
    (odf_table(odf_cell("Jane") + odf_cell("x"), odf_cell("Doe") + odf_cell("y")), f"{GONE}|x||y"),
    (odf_table(odf_cell("x", TWICE) + odf_cell("Jane"), odf_cell("y") + odf_cell("z") + odf_cell("Doe")),
     f"x|{GONE}|y|z|"),
    (odf_table(odf_cell("x") + COVERED + odf_cell("Jane"), odf_cell("y", TWICE) + odf_cell("Doe")),
     f"x|{GONE}|y|"),
    (odf_table(odf_cell("Jane") + odf_cell("Doe", before=COMMENT)), f"{GONE}|x|"),
    (odf_table(odf_cell("Jane") + odf_cell("Doe", before=FRAME)), f"{GONE}|x|"),
    (t("Jane", note("x")) + t("Doe"), f"{GONE}|x|"),
    (t("Jane", FRAME) + t("Doe"), f"{GONE}|x|"),
    (t("Jane", COMMENT) + t("Doe"), f"{GONE}|x|"),
    (t("Jane", f"<draw:custom-shape>{t('x')}</draw:custom-shape>") + t("Doe"), f"{GONE}|x|"),
    (t("a", note("Jane")) + t("b", note("Doe")), f"a|{GONE}|b|"),
    (t("Jane") + t("x") + t("Doe"), "Jane|x|Doe"),
]  # fmt: skip


@pytest.mark.parametrize(("source", "result"), ODT)
def test_in_opendocument_too(source: str, result: str):
    output = redacted_file(odf("text", t("Jane Doe") + source), "a.odt", **RULES)[0]
    assert said(unzipped(output)["content.xml"]) == f"{GONE}|{result}"


def test_what_was_deleted_in_opendocument_is_read_before_and_not_now():
    region = (
        "<text:tracked-changes><text:changed-region text:id='{0}'><text:deletion><office:change-info/>{1}"
        "</text:deletion></text:changed-region></text:tracked-changes>"
    )
    source = t("Jane Doe") + region.format("a", t("Jane") + t("Doe")) + t("x", "<text:change text:change-id='a'/>")
    output = redacted_file(odf("text", source), "a.odt", **RULES)[0]
    assert said(unzipped(output)["content.xml"]) == f"{GONE}|{GONE}||x"


def test_what_was_deleted_does_not_go_on_in_what_was_added():
    source = t("Jane Doe") + (
        "<text:tracked-changes><text:changed-region text:id='b'><text:insertion/></text:changed-region>"
        f"<text:changed-region text:id='a'><text:deletion>{t('Jane')}</text:deletion></text:changed-region>"
        "</text:tracked-changes><text:p><text:change-start text:change-id='b'/>Doe<text:change-end text:change-id='b'/>"
        "</text:p>"
    )
    output = redacted_file(odf("text", source), "a.odt", **RULES)[0]
    assert re.findall("Jane|Doe", unzipped(output)["content.xml"].decode()) == ["Jane", "Doe"]


def test_the_notes_of_slides_are_read_by_themselves():
    frame = f"<draw:frame><draw:text-box>{t('{}')}</draw:text-box></draw:frame>"
    page = f"<draw:page>{frame}<presentation:notes>{frame}</presentation:notes></draw:page>"
    source = page.format("Jane Doe", "Jane") + page.format("Jane", "Doe") + page.format("Doe", "z")
    output = redacted_file(odf("presentation", source), "a.odp", **RULES)[0]
    assert said(unzipped(output)["content.xml"]) == f"{GONE}|{GONE}|{GONE}|||z"


# --- PPTX -------------------------------------------------------------------------------------------------------------


def slide(*rows: tuple[str, ...]) -> bytes:
    cell = "<a:tc><a:txBody><a:p><a:r><a:t>{}</a:t></a:r></a:p></a:txBody></a:tc>"
    made = "".join(f"<a:tr>{''.join(map(cell.format, row))}</a:tr>" for row in rows)
    return zipped(
        {
            "[Content_Types].xml": types({"ppt/presentation.xml": MAIN}),
            "_rels/.rels": rels(("rId1", "officeDocument", "ppt/presentation.xml")),
            "ppt/presentation.xml": f'<p:presentation {P} {R}><p:sldId r:id="rId1"/></p:presentation>',
            "ppt/_rels/presentation.xml.rels": rels(("rId1", "slide", "slides/slide1.xml")),
            "ppt/slides/slide1.xml": f"<p:sld {P} {A}><p:graphicFrame><a:graphic><a:graphicData><a:tbl>{made}</a:tbl>"
            "</a:graphicData></a:graphic></p:graphicFrame></p:sld>",
        }
    )


def test_in_tables_of_slides_too():
    output, found, _ = redacted_file(slide(("Jane Doe", "a"), ("x", "Jane"), ("y", "Doe")), "a.pptx", **RULES)
    check(output)
    assert said(unzipped(output)["ppt/slides/slide1.xml"]) == f"{GONE}|a|x|{GONE}|y|"
    assert [each.location for each in found] == ["slide 1, paragraph 1", "slide 1, paragraph 4"]


# --- the check --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "source"),
    [("a.docx", test_docx.document(p("Jane Doe") + source)) for source, result in DOCX if GONE in result]
    + [("a.odt", odf("text", t("Jane Doe") + source)) for source, result in ODT if GONE in result]
    + [("a.pptx", slide(("Jane Doe", "a"), ("x", "Jane"), ("y", "Doe")))],
)
def test_the_check_reads_so_too(name: str, source: bytes, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(parent, "redact_lines", lambda text, _: Redacted(text, []))
    with pytest.raises(ResidueFound):
        redacted_file(source, name, **RULES)
