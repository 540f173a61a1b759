"""What programs name themselves is not read by models; what people write is."""

import html
import re
from collections.abc import Sequence
from xml.etree import ElementTree

import pytest

from expunct_server.redaction import plan as plans
from expunct_server.redaction.names.mentions import Mention
from tests.redaction.formats.office import blank
from tests.redaction.formats.office.build import WP, C, P, W, unzipped
from tests.redaction.helpers import redacted_file


class Greedy:
    """A model that takes every text that it is given for an organization."""

    name, version, window = "greedy", "1", 100_000
    languages, entity_types = frozenset[str](), frozenset({"ORGANIZATION"})

    def read(self, pieces: Sequence[str]) -> list[list[Mention]]:
        return [[Mention("ORGANIZATION", 0, len(piece), 0.9, "model:greedy")] for piece in pieces]


@pytest.fixture
def greedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plans, "readers_for", lambda *_: [Greedy()])


def parts(data: bytes) -> dict[str, str]:
    """What a package says, each part in the form that equal ones share; the lists of parts are made anew."""
    return {
        name: ElementTree.canonicalize(content.decode()) if content[:1] == b"<" else content.decode("latin-1")
        for name, content in unzipped(data).items()
        if not name.endswith((".rels", "[Content_Types].xml", "manifest.xml"))
    }


@pytest.mark.usefixtures("greedy")
@pytest.mark.parametrize("name", blank.ALL)
def test_a_blank_document_has_no_finding_and_comes_out_with_the_same_styles(name: str):
    source = blank.ALL[name]

    output, found, summary = redacted_file(source, name, use_model=True)

    assert [(f.location, f.text) for f in found] == []
    assert summary.notes == ()
    if name.endswith(".rtf"):
        assert output == source
    else:
        assert parts(output) == parts(source)


WRITTEN = {
    "letter.docx": blank.package(
        "word",
        "document",
        f"{blank.WORD}.document.main+xml",
        {
            "word/document.xml": f"<w:document {W} {WP} {C}><w:body><w:p><w:bookmarkStart w:id='0' w:name='JaneDoe'/>"
            "<w:r><w:drawing><wp:docPr id='7' name='Jane.jpg' descr='Jane at work'/></w:drawing></w:r></w:p><w:sdt>"
            "<w:sdtPr><w:alias w:val='Jane alias'/><w:tag w:val='Jane tag'/></w:sdtPr></w:sdt><w:tbl><w:tblPr>"
            "<w:tblCaption w:val='Jane table'/><w:tblDescription w:val='Jane told'/></w:tblPr></w:tbl>"
            "<c:ser><c:tx><c:v>Jane series</c:v></c:tx></c:ser></w:body></w:document>",
            "docProps/app.xml": blank.properties("Word", "<Company>Jane Ltd</Company><Manager>Jane M</Manager>"),
        },
    ),
    "talk.pptx": blank.package(
        "ppt",
        "presentation",
        f"{blank.SLIDES}.presentation.main+xml",
        {
            "ppt/presentation.xml": f"<p:presentation {P}><p:custShow name='Jane show'/></p:presentation>",
            "ppt/slides/slide1.xml": f"<p:sld {P}><p:cSld name='Jane slide'><p:cNvPr id='4' name='Jane 9'/></p:cSld>"
            "</p:sld>",
            "ppt/commentAuthors.xml": f"<p:cmAuthorLst {P}><p:cmAuthor name='Jane D' initials='Jay'/></p:cmAuthorLst>",
            "docProps/app.xml": blank.properties("PowerPoint"),
        },
    ),
    "letter.odt": blank.opened(
        "text",
        "<text:section text:name='Jane section'><text:user-field-decls><text:user-field-decl text:name='Jane field'/>"
        "</text:user-field-decls></text:section><draw:frame draw:name='Jane frame'/>",
    ),
    "workbook.ods": blank.opened("spreadsheet", "<table:table table:name='Jane sheet'/>"),
    "letter.rtf": rb"{\rtf1{\*\bkmkstart Jane}{\info{\title Jane title}{\author Jane}}"
    rb"{\*\userprops{\propname Jane Doe}{\staticval Jane value}}}",
}
READ = {
    "letter.docx": [
        "Jane Ltd", "Jane M", "Jane alias", "Jane at work", "Jane series", "Jane table", "Jane tag",
        "Jane told", "Jane.jpg", "JaneDoe",
    ],
    "talk.pptx": ["Jane 9", "Jane D", "Jane show", "Jane slide", "Jay"],
    "letter.odt": ["Jane field", "Jane frame", "Jane section"],
    "workbook.ods": ["Jane sheet"],
    "letter.rtf": ["Jane", "Jane", "Jane Doe", "Jane title", "Jane value"],
}  # fmt: skip


@pytest.mark.usefixtures("greedy")
@pytest.mark.parametrize("name", WRITTEN)
def test_what_people_write_is_read_by_models(name: str):
    _, found, _ = redacted_file(WRITTEN[name], name, use_model=True)

    assert sorted(f.text for f in found) == sorted(READ[name])


@pytest.mark.usefixtures("greedy")
def test_of_codes_of_fields_models_read_the_words_alone_that_people_write():
    codes = (
        "NUMPAGES MERGEFORMAT",
        "HYPERLINK \\l _Toc1",
        'DATE \\@ "MMMM Paris"',
        'IF 1 = 1 "Jane Doe" "Mail j@example.com"',
        "FILENAME j@example.com",
        "AUTHOR Jane Doe",
    )
    code = "<w:p><w:r><w:instrText>{}</w:instrText></w:r></w:p>"
    body = "".join(code.format(each.replace('"', "&quot;")) for each in codes)
    body += "<w:p><w:fldSimple w:instr='QUOTE \"Ann Roe j@example.com\" \\* CHARFORMAT'/></w:p>"
    source = blank.package(
        "word", "document", f"{blank.WORD}.document.main+xml",
        {
            "word/document.xml": f"<w:document {W}><w:body>{body}</w:body></w:document>",
            "docProps/app.xml": blank.properties("Word"),
        },
    )  # fmt: skip

    output, found, _ = redacted_file(source, "letter.docx", use_model=True)

    document = unzipped(output)["word/document.xml"].decode()
    said = re.findall("<w:instrText[^>]*>([^<]*)", document) + re.findall('w:instr="([^"]*)', document)
    assert [html.unescape(each) for each in said] == [
        "NUMPAGES MERGEFORMAT", "HYPERLINK \\l _Toc1", 'DATE \\@ "MMMM Paris"',
        'IF 1 = 1 "<ORGANIZATION>" "<ORGANIZATION> <EMAIL_ADDRESS>"', "FILENAME <EMAIL_ADDRESS>",
        "AUTHOR <ORGANIZATION>", 'QUOTE "<ORGANIZATION> <EMAIL_ADDRESS>" \\* CHARFORMAT',
    ]  # fmt: skip
    assert sorted(f.text for f in found) == [
        "Ann Roe", "Jane Doe", "Jane Doe", "Mail", "j@example.com", "j@example.com", "j@example.com",
    ]  # fmt: skip
