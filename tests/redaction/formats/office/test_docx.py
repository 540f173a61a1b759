"""Word documents: what is kept, what is refused, what is said."""

import base64
import io
import re
import struct
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from lxml.etree import Element

from expunct_server.redaction.custom import compile_custom
from expunct_server.redaction.failures import ResidueFound
from expunct_server.redaction.findings import Finding
from expunct_server.redaction.formats import FORMATS, DocumentError, Summary, redact_file
from expunct_server.redaction.formats.isolated.limits import DEFAULT, MIB, Limits
from expunct_server.redaction.formats.isolated.work import Edit
from expunct_server.redaction.formats.office import fields
from expunct_server.redaction.formats.office.names import Names
from expunct_server.redaction.formats.office.streams import Slot, stream
from tests.redaction.formats.office.build import PNG, R, W, check, rels, types, unzipped, zipped
from tests.redaction.formats.unlocking import sealed
from tests.redaction.helpers import plan, redacted_file

TYPES = frozenset({"EMAIL_ADDRESS", "US_SSN", "DATE_TIME"})
INSIDE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"


def document(body: str, more: dict[str, str | bytes] | None = None, *relations: tuple[str, str, str]) -> bytes:
    """A document with this body, other parts, and relationships of its main part."""
    return zipped(
        {
            "[Content_Types].xml": types(
                {"word/document.xml": MAIN}, png="image/png", bin="application/octet-stream", docx=INSIDE
            ),
            "_rels/.rels": rels(("rId1", "officeDocument", "word/document.xml")),
            "word/document.xml": f"<w:document {W} {R}><w:body>{body}</w:body></w:document>",
            "word/_rels/document.xml.rels": rels(*relations),
            **(more or {}),
        }
    )


def redacted(
    source: bytes, limits: Limits = DEFAULT, **changes: Any
) -> tuple[dict[str, bytes], list[Finding], Summary]:
    target, found = io.BytesIO(), list[Finding]()
    wanted = plan(**({"entity_types": TYPES} | changes))
    summary = redact_file(
        io.BytesIO(source), target, FORMATS["docx"], wanted, found.append, lambda _: None, limits=limits
    )
    check(target.getvalue())
    return unzipped(target.getvalue()), found, summary


def body(source: bytes, **changes: Any) -> str:
    """The body of the redacted document."""
    text = redacted(source, **changes)[0]["word/document.xml"].decode()
    return text.partition("<w:body>")[2].partition("</w:body>")[0]


def refused(source: bytes, **limits: Any) -> DocumentError:
    target = io.BytesIO()
    with pytest.raises(DocumentError) as caught:
        redact_file(
            io.BytesIO(source), target, FORMATS["docx"], plan(entity_types=TYPES), lambda _: None, lambda _: None,
            limits=Limits(**limits),
        )  # fmt: skip
    assert target.getvalue() == b""
    assert caught.value.detail.endswith(".")
    return caught.value


def test_a_value_split_over_runs_goes_and_the_runs_keep_their_form():
    split = (
        "<w:r><w:rPr><w:b/></w:rPr><w:t>To ja</w:t></w:r><w:r><w:rPr><w:i/></w:rPr><w:t>ne@example.com now</w:t></w:r>"
    )

    assert body(document(f"<w:p>{split}</w:p>")) == (
        '<w:p><w:r><w:rPr><w:b/></w:rPr><w:t xml:space="preserve">To &lt;EMAIL_ADDRESS&gt;</w:t></w:r>'
        '<w:r><w:rPr><w:i/></w:rPr><w:t xml:space="preserve"> now</w:t></w:r></w:p>'
    ).replace('<w:t xml:space="preserve">To', "<w:t>To")


def test_what_was_deleted_and_what_was_added_are_read_as_two_texts():
    changed = (
        "<w:p><w:r><w:t>jane@</w:t></w:r><w:del><w:r><w:delText>old.example.com</w:delText></w:r></w:del>"
        "<w:ins><w:r><w:t>new.example.com</w:t></w:r></w:ins></w:p>"
    )

    _, found, _ = redacted(document(changed))
    assert [(f.text, f.location) for f in found] == [
        ("jane@new.example.com", "body, paragraph 1"),
        ("jane@old.example.com", "body, paragraph 1, as it was"),
    ]
    assert body(document(changed)) == (
        "<w:p><w:r><w:t>&lt;EMAIL_ADDRESS&gt;</w:t></w:r><w:del><w:r><w:delText/></w:r></w:del>"
        "<w:ins><w:r><w:t/></w:r></w:ins></w:p>"
    ).replace("<w:delText/>", "<w:delText></w:delText>").replace("<w:t/>", "<w:t></w:t>")


def test_tabs_and_line_ends_between_runs_separate_words():
    text = "<w:p><w:r><w:t>219-09</w:t><w:tab/><w:t>x jane@example.com</w:t><w:br/><w:t>more</w:t></w:r></w:p>"

    assert body(document(text)) == (
        "<w:p><w:r><w:t>219-09</w:t><w:tab/><w:t>x &lt;EMAIL_ADDRESS&gt;</w:t><w:br/><w:t>more</w:t></w:r></w:p>"
    )


def test_the_first_row_of_a_table_names_its_columns():
    def row(*cells: str) -> str:
        return f"<w:tr>{''.join(f'<w:tc><w:p><w:r><w:t>{cell}</w:t></w:r></w:p></w:tc>' for cell in cells)}</w:tr>"

    table = f"<w:tbl>{row('Item', 'SSN')}{row('219099998', '219099998')}</w:tbl><w:p><w:r><w:t>123</w:t></w:r></w:p>"

    _, found, _ = redacted(document(table))
    assert {(f.entity_type, f.location) for f in found} == {
        ("US_SSN", "body, paragraph 3"),
        ("US_SSN", "body, paragraph 4"),
    }


def test_what_is_found_once_is_removed_from_attributes_properties_and_links():
    text = "<w:p><w:r><w:t>SSN: 219-09-9998</w:t></w:r><w:bookmarkStart w:id='0' w:name='n219099998'/></w:p>"
    text += "<w:p><w:hyperlink r:id='rId1'/><w:bookmarkStart w:id='1' w:name='_219099998'/></w:p>"
    members, _, _ = redacted(document(text, None, ("rId1", "hyperlink", "http://x.example/219099998")))

    assert b'w:name="_&lt;US_SSN&gt;"' in members["word/document.xml"]
    assert b'w:name="n219099998"' in members["word/document.xml"]  # part of a longer word
    assert b"http://x.example/%3CUS_SSN%3E" in members["word/_rels/document.xml.rels"]


def test_dates_that_go_take_the_attribute_or_element_along_that_must_be_a_date():
    core = "http://schemas.openxmlformats.org/package/2006/metadata/core-properties"
    properties = (
        f'<cp:coreProperties xmlns:cp="{core}" xmlns:dcterms="http://purl.org/dc/terms/"><dcterms:created>'
        "2024-02-29T10:00:00Z</dcterms:created><cp:category>c</cp:category></cp:coreProperties>"
    )
    text = '<w:p><w:ins w:id="1" w:author="A" w:date="2024-02-29T10:00:00Z"><w:r><w:t>x</w:t></w:r></w:ins></w:p>'

    members, found, _ = redacted(
        document(text, {"docProps/core.xml": properties}), entity_types=frozenset({"DATE_TIME"})
    )
    assert b"created" not in members["docProps/core.xml"]
    assert b'<w:ins w:id="1" w:author="A">' in members["word/document.xml"]
    assert len(found) == 2


def test_what_cannot_be_read_goes_with_all_that_refers_to_it_and_is_said():
    text = (
        '<w:p><w:r><w:object><w:control r:id="rId1"/></w:object></w:r></w:p><w:altChunk r:id="rId3"/>'
        '<w:p><w:r><w:t>x</w:t></w:r></w:p><w:sectPr><w:printerSettings r:id="rId2"/></w:sectPr>'
    )
    parts: dict[str, str | bytes] = {
        "word/activeX/activeX1.bin": b"\0jane@example.com",
        "word/printerSettings/p1.bin": b"\0jane@example.com",
        "word/chunk.bin": b"\0jane@example.com",
        "word/media/image1.png": PNG,
        "word/vbaProject.bin": b"x",
        "_xmlsignatures/sig1.xml": "<a/>",
    }
    relations = (
        ("rId1", "control", "activeX/activeX1.bin"), ("rId2", "printerSettings", "printerSettings/p1.bin"),
        ("rId3", "aFChunk", "chunk.bin"), ("rId4", "vbaProject", "vbaProject.bin"),
    )  # fmt: skip

    members, _, summary = redacted(document(text, parts, *relations))
    assert set(members) == {"[Content_Types].xml", "_rels/.rels", "word/document.xml", "word/media/image1.png"}
    assert b"r:id" not in members["word/document.xml"]
    assert [note for note in summary.notes if not note.startswith("Pictures")] == [
        "Macros were removed.",
        "Digital signatures were removed: the document is another one now.",
        "Parts that could not be read, such as controls, recordings and embedded fonts, were removed.",
        "Embedded files that could not be read were removed.",
    ]


def test_a_document_inside_is_redacted_as_what_it_is():
    inside = document("<w:p><w:r><w:t>jane@example.com</w:t></w:r></w:p>")
    outside = document(
        '<w:p><w:r><w:object r:id="rId1"/></w:r></w:p>', {"word/embeddings/a.docx": inside},
        ("rId1", "package", "embeddings/a.docx"),
    )  # fmt: skip

    members, found, _ = redacted(outside)
    assert b"&lt;EMAIL_ADDRESS&gt;" in unzipped(members["word/embeddings/a.docx"])["word/document.xml"]
    assert [f.location for f in found] == ["embedded file 1, body, paragraph 1"]


def test_custom_xml_whose_names_hold_a_value_goes_whole():
    text = "<w:p><w:r><w:t>SSN: 219-09-9998</w:t></w:r></w:p>"
    data = "<d><_219099998>x</_219099998></d>"

    members, _, summary = redacted(document(text, {"customXml/item1.xml": data}))
    assert "customXml/item1.xml" not in members
    assert summary.notes == ("XML data whose names held what was to be removed was removed whole.",)


def test_a_value_that_is_a_word_of_a_name_that_packages_must_have_does_not_fail_the_document():
    text = "<w:p><w:r><w:t>{} of it</w:t></w:r></w:p>"

    changes = {"custom": compile_custom(None, ["Content"]), "entity_types": frozenset({"CUSTOM"})}
    assert body(document(text.format("Content")), **changes) == text.format("&lt;CUSTOM&gt;")


def test_measures_are_left_alone_even_if_they_look_like_a_value():
    text = '<w:p><w:pPr><w:ind w:left="12240"/></w:pPr><w:r><w:t>{}</w:t></w:r></w:p>'
    custom = compile_custom(None, ["12240"])

    assert body(document(text.format("zip 12240")), custom=custom, entity_types=frozenset({"CUSTOM"})) == text.format(
        "zip &lt;CUSTOM&gt;"
    )


def test_a_value_that_is_a_measure_for_whom_writes_is_none_for_whom_checks():
    text = '<w:p><w:pPr><w:ind w:left="219099998"/></w:pPr><w:r><w:t>SSN: 219-09-9998</w:t></w:r></w:p>'

    with pytest.raises(ResidueFound, match=r"removed \(US_SSN; body, in its text\)"):
        redacted(document(text))


def test_numbers_in_attributes_are_found():
    card = "4111111111111111"
    smart = '<w:smartTagPr><w:attr w:name="n" w:val="{0}"/></w:smartTagPr>'
    art = (
        '<w:r><w:pict><v:shape xmlns:v="urn:schemas-microsoft-com:vml"><v:textpath string="{0}"/></v:shape></w:pict>'
        "</w:r>"
    )
    text = f'<w:p><w:smartTag w:element="cc">{smart}<w:r><w:t>{{0}}</w:t></w:r></w:smartTag>{art}</w:p>'

    said = body(document(text.format(card)), entity_types=frozenset({"CREDIT_CARD"}))
    assert said == text.format("&lt;CREDIT_CARD&gt;")


def test_the_main_part_is_called_something_else_if_its_name_held_something():
    source = unzipped(document("<w:p/>"))
    name = "word/jane@example.com.xml"
    source[name] = source.pop("word/document.xml")
    source["word/_rels/jane@example.com.xml.rels"] = source.pop("word/_rels/document.xml.rels")
    for each in ("[Content_Types].xml", "_rels/.rels"):
        source[each] = source[each].replace(b"word/document.xml", name.encode())

    members, found, _ = redacted(zipped(source))
    assert [f.location for f in found] == ["name of a part"]
    assert sorted(members) == ["[Content_Types].xml", "_rels/.rels", "word/renamed/part1.xml"]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.docx", MAIN),
        (None, MAIN),
        ("a.DOCM", "application/vnd.ms-word.document.macroEnabled.main+xml"),
        ("a.dotx", MAIN.replace("document.main", "template.main")),
    ],
)
def test_the_main_part_has_the_type_that_the_name_of_the_document_says(name: str | None, kind: str):
    target = io.BytesIO()
    redact_file(
        io.BytesIO(document("<w:p/>")), target, FORMATS["docx"], plan(), lambda _: None, lambda _: None, name=name
    )

    assert kind.encode() in unzipped(target.getvalue())["[Content_Types].xml"]


def test_handwriting_goes_and_what_is_for_other_programs_takes_its_place():
    mc = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    part = '<w14:contentPart xmlns:w14="urn:y" r:id="rId1"/>'
    ink = f'<w:drawing><a:graphicData xmlns:a="urn:x">{part}</a:graphicData></w:drawing>'
    both = (
        f"<mc:AlternateContent {mc}><mc:Choice Requires='wpi'>{ink}</mc:Choice><mc:Fallback>{{}}</mc:Fallback>"
        "</mc:AlternateContent>"
    )
    strokes = '<ink xmlns="http://www.w3.org/2003/InkML"><trace>1 2, 3 4</trace></ink>'
    source = document(
        f"<w:p><w:r>{both.format('<w:t>Kept</w:t>')}</w:r><w:r>{ink}</w:r></w:p>",
        {"word/ink/ink1.xml": strokes},
        ("rId1", "customXml", "ink/ink1.xml"),
    )

    members, _, summary = redacted(source)
    assert members["word/document.xml"].endswith(
        b"<w:body><w:p><w:r><w:t>Kept</w:t></w:r><w:r/></w:p></w:body></w:document>"
    )
    assert "word/ink/ink1.xml" not in members
    assert summary.notes == ("Handwriting with a pen was removed: nothing can read it.",)


def test_binary_data_of_a_field_go():
    said = base64.b64encode("\xff\xff田中太郎".encode("utf-16-le")).decode()
    field = "<w:p><w:r><w:fldChar>{}</w:fldChar></w:r><w:r><w:t>Kept</w:t></w:r></w:p>"

    members, _, summary = redacted(document(field.format(f"<w:fldData>{said}</w:fldData>")))
    assert field.format("").replace("></w:fldChar>", "/>").encode() in members["word/document.xml"]
    assert summary.notes == (
        "Data that other programs keep in fields were removed; what the fields show is still there.",
    )


def test_a_document_type_is_text_in_a_quotation_and_refused_where_it_is_one():
    quoted = "<d><!-- <!DOCTYPE a> --><![CDATA[<!DOCTYPE html><html>x</html>]]></d>"
    members, _, _ = redacted(document("<w:p/>", {"customXml/item1.xml": quoted}))
    assert members["customXml/item1.xml"].endswith(b"<d>&lt;!DOCTYPE html&gt;&lt;html&gt;x&lt;/html&gt;</d>")

    hidden = '<?x <!-- ?><!DOCTYPE d [<!ENTITY a "b">]><!-- --><d/>'
    assert refused(document("<w:p/>", {"customXml/item1.xml": hidden})).code == "unreadable"


# --- hostile documents ------------------------------------------------------------------------------------------------


def with_member(name: str, data: bytes = b"<a/>") -> bytes:
    target = io.BytesIO(document("<w:p/>"))
    with zipfile.ZipFile(target, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return target.getvalue()


def with_flags(*, flags: int = 0, method: int | None = None) -> bytes:
    """A document whose last member says that it is encrypted, or compressed in another way."""
    data = bytearray(document("<w:p/>"))
    place = data.rfind(b"PK\x01\x02")
    data[place + 8] |= flags
    if method is not None:
        data[place + 10 : place + 12] = struct.pack("<H", method)
    return bytes(data)


def with_main(text: str | bytes) -> bytes:
    members = unzipped(document(""))
    return zipped({**members, "word/document.xml": text})


BOMB = f"<w:document {W}><w:body><w:p><w:r><w:t>{'a' * 6_000_000}</w:t></w:r></w:p></w:body></w:document>"
ENTITIES = f"<!DOCTYPE d [<!ENTITY a 'aaaa'>]><w:document {W}><w:body><w:p><w:r><w:t>&a;</w:t></w:r></w:p></w:body>"
ENTITIES += "</w:document>"


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(
    ("make", "limits", "code"),
    [
        (lambda: with_member("word/DOCUMENT.xml"), {}, "unreadable"),
        (lambda: with_member("word/document.xml", f"<w:document {W}/>".encode()), {}, "unreadable"),
        (lambda: with_member("/etc/passwd"), {}, "unreadable"),
        (lambda: with_member("word/../../a.xml"), {}, "unreadable"),
        (lambda: with_flags(flags=1), {}, "encrypted"),
        (lambda: with_flags(method=12), {}, "unreadable"),
        (lambda: with_flags(method=99), {}, "unreadable"),
        (lambda: with_main(BOMB), {}, "too_large"),
        (lambda: with_main(BOMB), {"unpacked": MIB}, "too_large"),
        (lambda: document("<w:p/>"), {"members": 3}, "too_large"),
        (lambda: with_main(ENTITIES), {}, "unreadable"),
        (lambda: with_main(ENTITIES.encode("utf-16")), {}, "unreadable"),
        (lambda: document("<w:x>" * 5_000 + "</w:x>" * 5_000), {}, "unreadable"),
        (lambda: with_main("<w:document"), {}, "unreadable"),
        (lambda: with_main(""), {}, "unreadable"),
        (lambda: document("<w:p/>")[:-30], {}, "unreadable"),
        (lambda: document("<w:p/>")[:200], {}, "unreadable"),
        (lambda: b"no archive", {}, "unreadable"),
        (lambda: zipped({"word/document.xml": "<a/>"}), {}, "unreadable"),
        (lambda: sealed.AGILE, {}, "encrypted"),
        (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 older", {}, "unreadable"),
    ],
)  # fmt: skip
def test_hostile_and_broken_documents_are_refused(make: Callable[[], bytes], limits: dict[str, int], code: str):
    assert refused(make(), **limits).code == code


def test_a_page_of_html_inside_is_redacted_as_one_and_read_as_one():
    page = "<!DOCTYPE html><html><body>kept<br>jane@example.com</body></html>"
    source = document("<w:altChunk r:id='rId1'/>", {"word/chunk.html": page}, ("rId1", "aFChunk", "chunk.html"))
    members = unzipped(source)
    members["[Content_Types].xml"] = members["[Content_Types].xml"].replace(
        b"</Types>", b'<Default Extension="html" ContentType="text/html"/></Types>'
    )

    written, _, summary = redacted_file(zipped(members), "a.docx", entity_types=TYPES)
    assert unzipped(written)["word/chunk.html"].decode() == page.replace("jane@example.com", "&lt;EMAIL_ADDRESS&gt;")
    assert summary.notes == ()


def test_a_name_under_its_pronunciation_goes_with_that():
    def ruby(base: str, sound: str) -> str:
        return (
            f"<w:r><w:ruby><w:rt><w:r><w:t>{sound}</w:t></w:r></w:rt><w:rubyBase><w:r><w:t>{base}</w:t></w:r>"
            "</w:rubyBase></w:ruby></w:r>"
        )

    name = ruby("田", "た") + ruby("中", "なか") + ruby("太", "た") + ruby("郎", "ろう")
    kept = ruby("本", "ほん")
    custom = compile_custom(None, ["田中太郎"])

    said = body(document(f"<w:p>{name}{kept}</w:p>"), custom=custom, entity_types=frozenset({"CUSTOM"}))
    assert "".join(re.findall("<w:t[^>]*>([^<]*)", said)) == "&lt;CUSTOM&gt;ほん本"


def test_what_is_taken_again_goes_with_what_was_taken_before_and_no_other_is_touched():
    one, two = Slot(Element("t")), Slot(Element("t"))
    one.element.text, two.element.text = "0123456789", "abcdefgh"
    read = stream([one, "\n", two])

    def edit(start: int, end: int, new: str) -> Edit:
        return Edit(start, end, new, "", "")

    read.take((edit(1, 3, "A"), edit(5, 6, "B"), edit(9, 13, "C"), edit(17, 18, "D")))
    read.take((edit(2, 7, "E"), edit(14, 16, "F")))
    one.write()
    two.write()
    assert (one.element.text, two.element.text) == ("0AB78C", "cFfDh")


def test_what_is_taken_is_not_read_again_but_as_a_part_of_a_longer_word():
    one, two = Slot(Element("t"), edits=[(0, 2, "A"), (3, 5, "B")]), Slot(Element("t"), edits=[(0, 1, ""), (4, 5, "C")])
    one.element.text, two.element.text = "ab cd", "e fgh"

    assert stream([one, two], mask="\ufffc").text == "\ufffc\ufffc \ufffc\ufffc\ufffc fgh"


def test_an_address_or_a_number_is_read_by_itself_where_runs_touch():
    """Together they are `jo@example.com1` and `SSN219-09-9998b`, which are none."""
    runs = "".join(f"<w:r><w:t>{each}</w:t></w:r>" for each in ("a jo@example.com", "1", "SSN", "219-09-9998", "b"))

    said = body(document(f"<w:p>{runs}</w:p>"))

    assert re.findall("<w:t[^>]*>([^<]*)", said) == ["a &lt;EMAIL_ADDRESS&gt;", "1", "SSN", "&lt;US_SSN&gt;", "b"]


def test_names_that_lose_the_same_stay_unlike_each_other_and_what_refers_to_them_follows():
    style = '<w:style w:styleId="{0}"><w:name w:val="{0}"/></w:style>'
    styles = f"<w:styles {W}>{style.format('jane@example.com')}{style.format('john@example.com')}</w:styles>"
    source = document(
        '<w:p><w:pPr><w:pStyle w:val="john@example.com"/></w:pPr><w:bookmarkStart w:id="1" w:name="jo@example.com"/>'
        '<w:bookmarkStart w:id="2" w:name="jane@example.com"/><w:hyperlink w:anchor="jane@example.com"/>'
        '<w:hyperlink w:anchor="jo@example.com" w:tooltip="jane@example.org"/></w:p>',
        {"word/styles.xml": styles},
        ("rId1", "styles", "styles.xml"),
    )

    members, _, _ = redacted(source)

    names = re.findall(r' w:(\w+)="&lt;EMAIL_ADDRESS&gt;(_\d)?"', members["word/document.xml"].decode())
    assert names == [
        ("val", "_2"), ("name", "_3"), ("name", ""), ("anchor", ""), ("anchor", "_3"), ("tooltip", "")
    ]  # fmt: skip
    ids = re.findall(r' w:(\w+)="&lt;EMAIL_ADDRESS&gt;(_\d)?"', members["word/styles.xml"].decode())
    assert ids == [("styleId", ""), ("val", ""), ("styleId", "_2"), ("val", "_2")]


def test_a_style_that_somebody_named_after_a_person_gets_another_name_and_identifier_everywhere():
    style = '<w:style w:styleId="{}"><w:name w:val="{}"/><w:basedOn w:val="JaneDoes"/><w:link w:val="Style"/></w:style>'
    parts = (("JaneDoes", "Jane Doe's"), ("Style", "Style"), ("JaneDoesChar", "Jane Doe's Char"), ("Normal", "Normal"))
    paragraph = '<w:p><w:pPr><w:pStyle w:val="{}"/></w:pPr><w:bookmarkStart w:id="0" w:name="JaneDoes"/></w:p>'
    source = document(
        paragraph.format("JaneDoes") + "<w:p><w:r><w:t>Jane Doe</w:t></w:r></w:p>",
        {
            "word/styles.xml": f"<w:styles {W}>{''.join(style.format(*each) for each in parts)}</w:styles>",
            "word/header1.xml": f"<w:hdr {W}>{paragraph.format('JaneDoesChar')}</w:hdr>",
        },
        ("rId1", "styles", "styles.xml"), ("rId2", "header", "header1.xml"),
    )  # fmt: skip

    members, found, _ = redacted(source, custom=compile_custom(None, ["Jane Doe"]), entity_types=frozenset({"CUSTOM"}))

    said = {name: members[f"word/{name}.xml"].decode() for name in ("styles", "document", "header1")}
    ids = re.findall(
        'styleId="([^"]*)"><w:name w:val="([^"]*)"/><w:basedOn w:val="([^"]*)"/><w:link w:val="([^"]*)"', said["styles"]
    )
    assert ids == [
        ("Style_2", "&lt;CUSTOM&gt;'s", "Style_2", "Style"), ("Style", "Style", "Style_2", "Style"),
        ("Style_3", "&lt;CUSTOM&gt;'s Char", "Style_2", "Style"), ("Normal", "Normal", "Style_2", "Style"),
    ]  # fmt: skip
    assert '<w:pStyle w:val="Style_2"/></w:pPr><w:bookmarkStart w:id="0" w:name="JaneDoes"/>' in said["document"]
    assert '<w:pStyle w:val="Style_3"/>' in said["header1"]
    assert sorted(f.location for f in found) == ["body, paragraph 2", "styles, attribute val", "styles, attribute val"]


def test_many_names_in_the_codes_of_a_paragraph_take_no_time_and_edits_keep_their_order():
    count = 20_000
    code = "REF Jane x REF AnnDoe \\* Jo " * count
    edits = [Edit(found.start(), found.end(), "<X>", "CUSTOM", "mask") for found in re.finditer("Jane x|Ann|Jo", code)]

    made = fields.named(code, edits, Names())

    assert [(code[edit.start : edit.end], edit.replacement) for edit in made] == [
        ("Jane x", "<X>"), ("AnnDoe", "<X>Doe"), ("Jo", "<X>"),
    ] * count  # fmt: skip


def test_codes_of_fields_follow_the_numbers_that_names_get_beside_those_that_are_there():
    """The code comes before its bookmark, the second of which could get the name that a third has."""
    code = '<w:r><w:instrText xml:space="preserve">{}</w:instrText></w:r>'
    codes = (
        " PAGEREF b1@example.com \\h ",
        ' REF "b1@example.com" \\h',
        "HYPERLINK \\l a1@example.com",
        " ref a1@example.com",
        ' HYPERLINK "#c1@example.com"',
        " NOTEREF c1@example.com see b1@example.com",
        "PREF a1@example.com",
    )
    marks = "".join(
        f'<w:bookmarkStart w:id="{number}" w:name="{name}"/>'
        for number, name in enumerate(("a1@example.com", "b1@example.com", "&lt;EMAIL_ADDRESS&gt;_2", "c1@example.com"))
    )
    simple = '<w:fldSimple w:instr=" REF c1@example.com "/>'
    link = '<w:hyperlink r:id="rId1"/>'
    paragraphs = "".join(f"<w:p>{code.format(each)}</w:p>" for each in codes)
    source = document(
        f"<w:p>{marks}</w:p>{paragraphs}<w:p>{simple}{link}</w:p>", None, ("rId1", "hyperlink", "#a1@example.com")
    )

    members, _, _ = redacted(source)

    said = members["word/document.xml"].decode().replace("&lt;EMAIL_ADDRESS&gt;", "X")
    assert re.findall('w:name="([^"]*)"', said) == ["X_3", "X", "X_2", "X_4"]
    assert re.findall("<w:instrText[^>]*>([^<]*)", said) == [
        " PAGEREF X \\h ",
        ' REF "X" \\h',
        "HYPERLINK \\l X_3",
        " ref X_3",
        ' HYPERLINK "#X_4"',
        " NOTEREF X_4 see X",
        "PREF X",
    ]
    assert re.findall('w:instr="([^"]*)"', said) == [" REF X_4 "]
    assert b'Target="#%3CEMAIL_ADDRESS%3E_3"' in members["word/_rels/document.xml.rels"]
