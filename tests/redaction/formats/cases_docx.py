"""A Word document with a value in every place that one has."""

from collections.abc import Mapping

from tests.redaction.formats.cases import Case
from tests.redaction.formats.office.build import (
    MC,
    OFFICE,
    PNG,
    WP,
    WPS,
    A,
    C,
    R,
    V,
    W,
    check,
    read,
    rels,
    types,
    zipped,
)

_KIND = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_PARTS = ("header1", "footer1", "footnotes", "endnotes", "comments", "glossary")

PLACES = (
    "body", "split over runs", "split with formats", "deleted", "author of a deletion", "inserted",
    "split by a deletion", "before a deletion", "moved", "field code", "split field code", "simple field", "bookmark",
    "alt text", "title of a picture", "name of a picture", "tooltip", "anchor of a link", "link", "encoded link",
    "text box", "text box of old programs", "control alias", "control tag", "control text", "data binding",
    "placeholder of a control", "list of a control", "form field", "table", "header", "footer", "footnote", "endnote",
    "comment", "author of a comment", "initials", "glossary", "style", "document variable", "custom XML",
    "custom XML attribute", "custom XML mixed", "namespace", "creator", "title", "keywords", "application", "manager",
    "custom property", "name of a custom property", "chart", "chart cache", "chart title", "people", "math",
    "file of a picture", "name of a part", "embedded text", "comment in XML", "instruction in XML",
    "comment of the archive", "thumbnail", "printer settings", "macros", "unknown part", "CDATA", "hidden text",
    "percent in text", "OLE text", "watermark", "extension attribute", "settings", "mail merge", "type of a link",
    "relationship attribute", "content types comment", "added and deleted", "moved from what was added",
    "added and deleted in runs", "text box that was added", "its copy for old programs", "deleted in a text box",
    "Choice in a Fallback", "custom XML in runs",
)  # fmt: skip
DROPPED = frozenset(
    ("comment in XML", "instruction in XML", "comment of the archive", "thumbnail", "printer settings", "macros",
     "unknown part", "relationship attribute", "content types comment")
)  # fmt: skip


def make(planted: Mapping[str, str]) -> bytes:
    v = dict(planted)
    return zipped(
        {
            "[Content_Types].xml": _types().replace("<Default", f"<!-- {v['content types comment']} --><Default", 1),
            "_rels/.rels": rels(
                ("rId1", "officeDocument", "word/document.xml"),
                ("rId2", "core-properties", "docProps/core.xml"),
                ("rId3", "extended-properties", "docProps/app.xml"),
                ("rId4", "custom-properties", "docProps/custom.xml"),
                ("rId5", "thumbnail", "docProps/thumbnail.jpeg"),
            ),
            **_properties(v),
            "docProps/thumbnail.jpeg": v["thumbnail"].encode(),
            "word/document.xml": _document(v),
            "word/_rels/document.xml.rels": _relations(v),
            **_others(v),
            f"word/media/{v['file of a picture']} 1.png": PNG,
            f"word/{v['name of a part']} 1.xml": f"<w:hdr {W}><w:p/></w:hdr>",
            "word/embeddings/note.txt": f"see {v['embedded text']}",
            "word/embeddings/ole.bin": b"\xd0\xcf\x11\xe0" + v["unknown part"].encode("utf-16-le"),
            "word/vbaProject.bin": v["macros"].encode(),
            "word/printerSettings/printerSettings1.bin": v["printer settings"].encode("utf-16-le"),
        },
        comment=v["comment of the archive"].encode(),
    )


def _types() -> str:
    overrides = {f"word/{part}.xml": f"{_KIND}.{part.rstrip('1')}+xml" for part in _PARTS}
    return types(
        {
            "word/document.xml": "application/vnd.ms-word.document.macroEnabled.main+xml",
            "docProps/core.xml": "application/vnd.openxmlformats-package.core-properties+xml",
            **overrides,
        },
        png="image/png",
        bin="application/octet-stream",
        jpeg="image/jpeg",
        txt="text/plain",
    )


def _relations(v: Mapping[str, str]) -> str:
    made = rels(
        *((f"rId{n}", part.rstrip("1"), f"{part}.xml") for n, part in enumerate(_PARTS, start=1)),
        ("rId10", "hyperlink", f"mailto:{v['link']}"),
        ("rId11", "hyperlink", f"https://example.org/?to={v['encoded link'].replace('@', '%40')}"),
        ("rId12", "image", f"media/{v['file of a picture']} 1.png"),
        ("rId13", "header", f"{v['name of a part']} 1.xml"),
        ("rId14", "package", "embeddings/note.txt"),
        ("rId15", "oleObject", "embeddings/ole.bin"),
        ("rId16", "chart", "charts/chart1.xml"),
        ("rId17", "customXml", "../customXml/item1.xml"),
        ("rId18", "settings", "settings.xml"),
        ("rId19", "styles", "styles.xml"),
        ("rId20", "vbaProject", "vbaProject.bin"),
        ("rId21", "people", "people.xml"),
        ("rId22", "hyperlink", "missing.xml"),
    )
    strange = f'<Relationship Id="rId30" Type="http://x.example/{v["type of a link"]}" Target="http://x.example/a" '
    return made.replace(
        "</Relationships>", f'{strange} TargetMode="External" Note="{v["relationship attribute"]}"/></Relationships>'
    )


def _run(text: str, properties: str = "") -> str:
    return f'<w:r>{properties}<w:t xml:space="preserve">{text}</w:t></w:r>'


def _document(v: Mapping[str, str]) -> str:
    bold = "<w:rPr><w:b/></w:rPr>"
    one, two, three = v["split over runs"], v["split with formats"], v["split by a deletion"]
    four, code = v["before a deletion"], v["split field code"]
    paragraphs = [
        _run(f"Kept words, {v['body']} and more."),
        _run(one[:3]) + _run(one[3:9]) + _run(one[9:]),
        _run(two[:5]) + '<w:proofErr w:type="spellStart"/>' + _run(two[5:12], bold) + _run(two[12:]),
        f'<w:del w:id="1" w:author="{v["author of a deletion"]}" w:date="2024-02-29T10:00:00Z"><w:r><w:delText>'
        f"{v['deleted']}</w:delText></w:r></w:del>",
        f'<w:ins w:id="2" w:author="A">{_run(v["inserted"])}</w:ins>',
        _run(three[:6]) + "<w:del><w:r><w:delText>qqq.</w:delText></w:r></w:del>" + _run(three[6:]),
        f"{_run(four[:13])}<w:del><w:r><w:delText>@</w:delText></w:r></w:del><w:ins>{_run(' at ')}</w:ins>"
        + _run(four[14:]),
        f"<w:moveFrom>{_run(v['moved'])}</w:moveFrom>",
        f'<w:r><w:fldChar w:fldCharType="begin"/><w:instrText> HYPERLINK "mailto:{v["field code"]}" '
        f"</w:instrText></w:r>",
        f'<w:r><w:instrText>HYPERLINK "{code[:7]}</w:instrText></w:r>{_run("seen")}<w:r><w:instrText>{code[7:]}"'
        "</w:instrText></w:r>",
        f'<w:fldSimple w:instr="AUTHOR {v["simple field"]}">{_run("x")}</w:fldSimple>',
        f'<w:bookmarkStart w:id="3" w:name="{v["bookmark"]}"/><w:bookmarkEnd w:id="3"/>',
        f'<w:hyperlink r:id="rId10" w:tooltip="{v["tooltip"]}" w:anchor="{v["anchor of a link"]}">{_run("link")}'
        "</w:hyperlink>",
        _picture(v),
        f"<w:r><mc:AlternateContent><mc:Choice Requires='wps'><wps:txbx><w:txbxContent><w:p>{_run(v['text box'])}</w:p>"
        "</w:txbxContent></wps:txbx></mc:Choice><mc:Fallback><w:pict><v:shape><v:textbox><w:txbxContent><w:p>"
        f"{_run(v['text box of old programs'])}</w:p></w:txbxContent></v:textbox>"
        f'<v:textpath string="{v["watermark"]}"/></v:shape></w:pict></mc:Fallback></mc:AlternateContent></w:r>',
        _control(v),
        _run(v["hidden text"], "<w:rPr><w:vanish/></w:rPr>"),
        f"<w:r><w:t><![CDATA[{v['CDATA']}]]></w:t></w:r>",
        _run(v["percent in text"]),
        f'<m:oMath xmlns:m="{OFFICE}/math"><m:r><m:t>{v["math"]}</m:t></m:r></m:oMath>',
        f'<w:r><w:object><v:shape alt="{v["OLE text"]}"/><o:OLEObject ProgID="Package" r:id="rId15"/></w:object></w:r>',
        '<w:r><w:object><o:OLEObject ProgID="Package" r:id="rId14"/></w:object></w:r>',
        '<w:r><w:drawing><c:chart r:id="rId16"/></w:drawing></w:r>',
        *_changed_twice(v),
    ]
    rows = "".join(
        f"<w:tr>{''.join(f'<w:tc><w:p>{_run(cell)}</w:p></w:tc>' for cell in row)}</w:tr>"
        for row in (("Name", "Mail"), ("Kept cell", v["table"]))
    )
    return (
        f"<?xml version='1.0'?><?note {v['instruction in XML']}?>"
        f"<w:document {W} {R} {A} {C} {WP} {MC} {V} {WPS} xmlns:x='http://x.example/x'"
        f" x:note='{v['extension attribute']}'>"
        f"<!-- {v['comment in XML']} --><w:body>"
        + "".join(f"<w:p>{each}</w:p>" for each in paragraphs)
        + f"<w:tbl>{rows}</w:tbl><w:sectPr><w:headerReference r:id='rId1'/></w:sectPr></w:body></w:document>"
    )


def _changed_twice(v: Mapping[str, str]) -> list[str]:
    """What one author added and another deleted, and text boxes that were added or changed."""
    split, added, old = v["added and deleted in runs"], v["text box that was added"], v["its copy for old programs"]
    runs = f"{_run(added[:5])}{_run(added[5:])}", f"{_run(old[:5])}{_run(old[5:])}"
    deleted = _deleted(v["deleted in a text box"])
    return [
        f'{_run("x ")}<w:ins w:id="9" w:author="A">{_deleted(v["added and deleted"])}</w:ins>',
        f'<w:ins w:id="10" w:author="A"><w:moveFrom>{_run(v["moved from what was added"])}</w:moveFrom></w:ins>',
        f'<w:ins w:id="11" w:author="A">{_deleted(split[:5], split[5:12], split[12:])}</w:ins>',
        f'<w:ins w:id="12" w:author="A">{_text_box(*runs)}</w:ins>',
        _text_box(deleted, deleted),
        _text_box("", _text_box(_run(v["Choice in a Fallback"]), "")),
    ]


def _deleted(*texts: str) -> str:
    runs = "".join(f"<w:r><w:delText>{each}</w:delText></w:r>" for each in texts)
    return f'<w:del w:id="8" w:author="B">{runs}</w:del>'


def _text_box(now: str, old: str) -> str:
    """With what is in it for programs that know it, and for others."""
    return (
        f"<w:r><mc:AlternateContent><mc:Choice Requires='wps'><wps:txbx><w:txbxContent><w:p>{now}</w:p></w:txbxContent>"
        f"</wps:txbx></mc:Choice><mc:Fallback><w:pict><v:shape><v:textbox><w:txbxContent><w:p>{old}</w:p>"
        "</w:txbxContent></v:textbox></v:shape></w:pict></mc:Fallback></mc:AlternateContent></w:r>"
    )


def _picture(v: Mapping[str, str]) -> str:
    return (
        '<w:r><w:drawing><wp:inline><wp:extent cx="12700" cy="12700"/>'
        f'<wp:docPr id="1" name="{v["name of a picture"]}" descr="{v["alt text"]}" title="{v["title of a picture"]}"/>'
        '<a:blip r:embed="rId12"/></wp:inline></w:drawing></w:r>'
    )


def _control(v: Mapping[str, str]) -> str:
    return (
        f'<w:sdt><w:sdtPr><w:alias w:val="{v["control alias"]}"/><w:tag w:val="{v["control tag"]}"/>'
        f"<w:dataBinding w:xpath=\"/a[.='{v['data binding']}']\"/>"
        f'<w:placeholder><w:docPart w:val="{v["placeholder of a control"]}"/></w:placeholder>'
        f'<w:dropDownList><w:listItem w:displayText="{v["list of a control"]}" w:value="1"/></w:dropDownList></w:sdtPr>'
        f"<w:sdtContent>{_run(v['control text'])}</w:sdtContent></w:sdt>"
        f'<w:r><w:fldChar w:fldCharType="begin"><w:ffData><w:textInput><w:default w:val="{v["form field"]}"/>'
        "</w:textInput></w:ffData></w:fldChar></w:r>"
    )


def _others(v: Mapping[str, str]) -> dict[str, str]:
    def text(root: str, value: str, attributes: str = "") -> str:
        return f"<w:{root} {W}><w:x {attributes}><w:p>{_run(value)}</w:p></w:x></w:{root}>"

    by = f'w:author="{v["author of a comment"]}" w:initials="{v["initials"]}" w:id="0"'
    return {
        "word/header1.xml": text("hdr", v["header"]),
        "word/footer1.xml": text("ftr", v["footer"]),
        "word/footnotes.xml": text("footnotes", v["footnote"]),
        "word/endnotes.xml": text("endnotes", v["endnote"]),
        "word/comments.xml": text("comments", v["comment"], by),
        "word/glossary.xml": text("glossaryDocument", v["glossary"]),
        "word/people.xml": f'<w15:people xmlns:w15="http://schemas.microsoft.com/office/word/2012/wordml"><w15:person '
        f'w15:author="{v["people"]}"/></w15:people>',
        "word/styles.xml": f'<w:styles {W}><w:style w:styleId="a"><w:name w:val="{v["style"]}"/></w:style></w:styles>',
        "word/settings.xml": f'<w:settings {W}><w:docVars><w:docVar w:name="x" w:val="{v["document variable"]}"/>'
        f'</w:docVars><w:mailMerge><w:connectString w:val="{v["mail merge"]}"/></w:mailMerge>'
        f'<w:themeFontLang w:val="{v["settings"]}"/></w:settings>',
        "customXml/item1.xml": f'<d xmlns="http://x.example/{v["namespace"]}" a="{v["custom XML attribute"]}">'
        f"<p><r>{v['custom XML in runs'][:4]}</r><r><t>{v['custom XML in runs'][4:9]}</t></r>"
        f"<r>{v['custom XML in runs'][9:]}</r></p><e>{v['custom XML']}</e>"
        f"<f>one {v['custom XML mixed'][:5]}<b>{v['custom XML mixed'][5:]}</b> kept words</f></d>",
        "word/charts/chart1.xml": f"<c:chartSpace {C} {A}><c:title><c:tx><c:rich><a:p><a:r>"
        f"<a:t>{v['chart title']}</a:t>"
        f"</a:r></a:p></c:rich></c:tx></c:title><c:strRef><c:f>'{v['chart']}'!A1</c:f><c:strCache><c:pt idx='0'>"
        f"<c:v>{v['chart cache']}</c:v></c:pt></c:strCache></c:strRef></c:chartSpace>",
    }


def _properties(v: Mapping[str, str]) -> dict[str, str]:
    core = "http://schemas.openxmlformats.org/package/2006/metadata/core-properties"
    return {
        "docProps/core.xml": f'<cp:coreProperties xmlns:cp="{core}" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<dc:creator>{v['creator']}</dc:creator><dc:title>{v['title']}</dc:title><cp:keywords>{v['keywords']}"
        "</cp:keywords></cp:coreProperties>",
        "docProps/app.xml": f'<Properties xmlns="{OFFICE}/extended-properties"><Application>{v["application"]}'
        f"</Application><Manager>{v['manager']}</Manager><Pages>1</Pages></Properties>",
        "docProps/custom.xml": f'<Properties xmlns="{OFFICE}/custom-properties" xmlns:vt="{OFFICE}/docPropsVTypes">'
        f'<property fmtid="{{D5CDD505-2E9C-101B-9397-08002B2CF9AE}}" pid="2" name="{v["name of a custom property"]}">'
        f"<vt:lpwstr>{v['custom property']}</vt:lpwstr></property></Properties>",
    }


CASES = [
    Case(
        "letter.docx",
        f"{_KIND}.document",
        PLACES,
        make,
        read,
        check,
        (
            "Kept words, &lt;EMAIL_ADDRESS&gt; and more.",
            "Kept cell",
            "<w:b/>",
            "kept words",
            "see <EMAIL_ADDRESS>",
            "<Pages>1</Pages>",
            'cx="12700"',
            "mailto:%3CEMAIL_ADDRESS%3E",
        ),
        {
            "body": "body, paragraph 1",
            "split over runs": "body, paragraph 2",
            "header": "header 1, paragraph 1",
            "comment": "comments, paragraph 1",
            "creator": "properties",
            "field code": "body, paragraph 9, field",
            "link": "body, link",
            "embedded text": "embedded file 2",
        },
        DROPPED,
    )
]
