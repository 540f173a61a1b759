"""A workbook with a value in every place that one has."""

from collections.abc import Mapping

from tests.redaction.formats.cases import Case
from tests.redaction.formats.office.build import OFFICE, PNG, A, C, R, S, check, read, rels, types, zipped

_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_XDR = 'xmlns:xdr="http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing"'
_THREADED = 'xmlns="http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments"'
PLACES = (
    "shared string", "shared string in runs", "unused string", "phonetic", "inline string", "inline in runs",
    "formula string", "cached text", "formula call", "hidden row", "hidden column", "hidden sheet",
    "very hidden sheet", "sheet name", "defined name text", "defined name comment", "table column",
    "table name comment", "validation list", "validation prompt", "validation error", "conditional format",
    "hyperlink", "hyperlink display", "hyperlink tooltip", "hyperlink location", "header", "footer", "comment",
    "comment in runs", "author of a comment", "threaded comment", "person", "user of a person", "pivot item",
    "pivot field", "pivot name", "pivot record", "external cell", "external name", "external target", "connection",
    "connection text", "query table", "drawing text", "alt text", "chart", "chart cache", "chart formula", "XML map",
    "custom view", "scenario", "scenario comment", "protected range", "style name", "number format", "creator",
    "title of parts", "custom property", "printer settings", "calculation chain", "cell attribute",
    "text between rows", "strange element", "error text", "VML text", "image", "embedded text", "file of a picture",
    "slicer", "control", "sheet code name", "ignored extension", "auto filter", "boolean", "sheet of its own",
    "VML text in fonts",
)  # fmt: skip
_DROPPED = frozenset(
    ("unused string", "phonetic", "pivot record", "printer settings", "calculation chain", "cell attribute",
     "text between rows", "strange element")
)  # fmt: skip


def make(planted: Mapping[str, str]) -> bytes:
    v = dict(planted)
    return zipped(
        {
            "[Content_Types].xml": _types(),
            "_rels/.rels": rels(("rId1", "officeDocument", "xl/workbook.xml"),
                                ("rId2", "core-properties", "docProps/core.xml"),
                                ("rId3", "extended-properties", "docProps/app.xml")),
            "xl/workbook.xml": _book(v),
            "xl/_rels/workbook.xml.rels": rels(
                ("rId1", "worksheet", "worksheets/sheet1.xml"), ("rId2", "worksheet", "worksheets/sheet2.xml"),
                ("rId3", "worksheet", "worksheets/sheet3.xml"), ("rId4", "sharedStrings", "sharedStrings.xml"),
                ("rId5", "styles", "styles.xml"), ("rId6", "calcChain", "calcChain.xml"),
                ("rId7", "pivotCacheDefinition", "pivotCache/pivotCacheDefinition1.xml"),
                ("rId8", "externalLink", "externalLinks/externalLink1.xml"), ("rId9", "connections", "connections.xml"),
                ("rId10", "person", "persons/person.xml"),
            ),
            "xl/worksheets/sheet1.xml": _sheet(v),
            "xl/worksheets/_rels/sheet1.xml.rels": rels(
                ("rId1", "hyperlink", f"mailto:{v['hyperlink']}"), ("rId2", "table", "../tables/table1.xml"),
                ("rId3", "comments", "../comments1.xml"), ("rId4", "printerSettings", "../printerSettings/p1.bin"),
                ("rId5", "drawing", "../drawings/drawing1.xml"), ("rId6", "vmlDrawing", "../drawings/vml1.vml"),
            ),
            "xl/worksheets/sheet2.xml": _rows(_inline("A1", v["hidden sheet"])),
            "xl/worksheets/sheet3.xml": _rows(_inline("A1", v["very hidden sheet"])),
            "xl/worksheets/sheet4.xml": _rows(_inline("A1", v["sheet of its own"])),
            "xl/sharedStrings.xml": _strings(v),
            **_more(v),
            **_linked(v),
        }
    )  # fmt: skip


def _types() -> str:
    sheets = {f"xl/worksheets/sheet{n}.xml": f"{_KIND}.worksheet+xml" for n in range(1, 5)}
    return types(
        {
            "xl/workbook.xml": "application/vnd.ms-excel.sheet.macroEnabled.main+xml",
            "xl/sharedStrings.xml": f"{_KIND}.sharedStrings+xml",
            **sheets,
        },
        png="image/png",
        bin="application/octet-stream",
        vml="application/vnd.openxmlformats-officedocument.vmlDrawing",
        txt="text/plain",
    )


def _book(v: Mapping[str, str]) -> str:
    name = v["sheet name"]
    return (
        f"<workbook {S} {R}><workbookPr codeName='{v['sheet code name']}'/><sheets><sheet name='{name}' sheetId='1' "
        "r:id='rId1'/><sheet name='Hidden' sheetId='2' state='hidden' r:id='rId2'/><sheet name='Deep' sheetId='3' "
        "state='veryHidden' r:id='rId3'/></sheets><definedNames>"
        f"<definedName name='Kept_Range' comment='{v['defined name comment']}'>'{name}'!$A$1</definedName>"
        f"<definedName name='Mail'>\"{v['defined name text']}\"</definedName></definedNames>"
        f"<customWorkbookViews><customWorkbookView name='{v['custom view']}'/></customWorkbookViews></workbook>"
    )


def _inline(place: str, text: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'


def _rows(cells: str, rest: str = "") -> str:
    return f'<worksheet {S} {R}><sheetData><row r="1">{cells}</row></sheetData>{rest}</worksheet>'


def _sheet(v: Mapping[str, str]) -> str:
    runs = "".join(f"<r><t>{v['inline in runs'][i : i + 7]}</t></r>" for i in range(0, 40, 7))
    rows = [
        f'<row r="1">{_inline("A1", "Name")}{_inline("B1", "Mail")}</row>',
        '<row r="2"><c r="A2" t="s"><v>0</v></c><c r="B2" t="s"><v>1</v></c><c r="C2"><v>12.5</v></c></row>',
        f'<row r="3">{_inline("A3", v["inline string"])}<c r="B3" t="inlineStr"><is>{runs}</is></c></row>',
        f'<row r="4"><c r="A4" t="str"><f>"to {v["formula string"]}"</f><v>{v["cached text"]}</v></c>'
        f'<c r="B4" t="str"><f>HYPERLINK("mailto:{v["formula call"]}","Write")</f><v>Write</v></c></row>',
        f'<row r="5" hidden="1">{_inline("A5", v["hidden row"])}</row>',
        f'<row r="6">{_inline("D6", v["hidden column"])}</row>',
        f'<row r="7" x:note="{v["cell attribute"]}"><c r="A7" s="1"><f>SUM(C2:C3)</f><v>12.5</v></c></row>'
        f"{v['text between rows']}",
        f'<row r="8">{_inline("A8", v["table column"])}<c r="B8" t="inlineStr"><is><t>Kept column</t></is></c></row>',
        f'<row r="9"><c r="A9" t="e"><v>{v["error text"]}</v></c><c r="B9" t="b"><v>{v["boolean"]}</v></c>'
        f"<strange>{v['strange element']}</strange></row>",
    ]
    rest = (
        f'<protectedRanges><protectedRange name="{v["protected range"]}" sqref="A1"/></protectedRanges>'
        f'<scenarios><scenario name="{v["scenario"]}" comment="{v["scenario comment"]}"/></scenarios>'
        f'<autoFilter ref="A1:B3"><filterColumn colId="0"><filters><filter val="{v["auto filter"]}"/></filters>'
        "</filterColumn></autoFilter>"
        f'<conditionalFormatting sqref="A1"><cfRule type="containsText" text="x">'
        f'<formula>A1="{v["conditional format"]}"'
        "</formula></cfRule></conditionalFormatting>"
        f'<dataValidations count="1"><dataValidation type="list" sqref="A1" prompt="{v["validation prompt"]}" '
        f'error="{v["validation error"]}"><formula1>"a,{v["validation list"]}"</formula1></dataValidation>'
        f"</dataValidations>"
        f'<hyperlinks><hyperlink ref="A1" r:id="rId1" display="{v["hyperlink display"]}" tooltip="'
        f'{v["hyperlink tooltip"]}" location="{v["hyperlink location"]}"/></hyperlinks>'
        '<pageSetup orientation="portrait" r:id="rId4"/>'
        f"<headerFooter><oddHeader>&amp;L{v['header']}</oddHeader><oddFooter>{v['footer']}</oddFooter></headerFooter>"
        '<drawing r:id="rId5"/><legacyDrawing r:id="rId6"/>'
        f'<controls><control name="{v["control"]}" shapeId="1"/></controls>'
        '<tableParts count="1"><tablePart r:id="rId2"/></tableParts>'
        f"<extLst><ext uri='{{A8765BA9-456A-4dab-B4F3-ACF838C121DE}}'><x>{v['ignored extension']}</x></ext></extLst>"
    )
    cols = '<cols><col min="4" max="4" hidden="1"/></cols>'
    return (
        f"<worksheet {S} {R} xmlns:x='http://x.example/x'>{cols}<sheetData>{''.join(rows)}</sheetData>{rest}"
        f"</worksheet>"
    )


def _strings(v: Mapping[str, str]) -> str:
    split = v["shared string in runs"]
    return (
        f'<sst {S} count="3" uniqueCount="3"><si><t>Kept words, {v["shared string"]} and more.</t></si>'
        f"<si><r><rPr><b/></rPr><t>{split[:6]}</t></r><r><t>{split[6:]}</t></r><rPh sb='0' eb='1'>"
        f"<t>{v['phonetic']}</t>"
        f"</rPh></si><si><t>{v['unused string']}</t></si></sst>"
    )


def _more(v: Mapping[str, str]) -> dict[str, str | bytes]:
    split = v["comment in runs"]
    return {
        "xl/styles.xml": f'<styleSheet {S}><numFmts><numFmt numFmtId="164"'
        f' formatCode="&quot;{v["number format"]}&quot;"/>'
        f'</numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs><cellStyles><cellStyle name="'
        f'{v["style name"]}"/></cellStyles></styleSheet>',
        "xl/calcChain.xml": f'<calcChain {S}><c r="A4" x="{v["calculation chain"]}"/></calcChain>',
        "xl/tables/table1.xml": f'<table {S} id="1" name="Kept" displayName="Kept" ref="A8:B9" comment="'
        f'{v["table name comment"]}"><tableColumns count="2"><tableColumn id="1" name="{v["table column"]}"/>'
        f"<tableColumn "
        'id="2" name="Kept column"/></tableColumns></table>',
        "xl/comments1.xml": f"<comments {S}><authors><author>{v['author of a comment']}</author></authors><commentList>"
        f'<comment ref="A1" authorId="0"><text><t>{v["comment"]}</t></text></comment><comment ref="A2"'
        f' authorId="0"><text>'
        f"<r><t>{split[:5]}</t></r><r><t>{split[5:]}</t></r></text></comment></commentList></comments>",
        "xl/threadedComments/threadedComment1.xml": f"<ThreadedComments {_THREADED}><threadedComment ref='A1'><text>"
        f"{v['threaded comment']}</text></threadedComment></ThreadedComments>",
        "xl/persons/person.xml": f"<personList {_THREADED}><person displayName='{v['person']}' "
        f"userId='{v['user of a person']}'/></personList>",
        "xl/printerSettings/p1.bin": v["printer settings"].encode("utf-16-le"),
        "docProps/core.xml": '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/'
        f'core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:creator>{v["creator"]}</dc:creator>'
        "</cp:coreProperties>",
        "docProps/app.xml": f'<Properties xmlns="{OFFICE}/extended-properties" xmlns:vt="{OFFICE}/docPropsVTypes">'
        f"<TitlesOfParts><vt:vector><vt:lpstr>{v['title of parts']}</vt:lpstr></vt:vector></TitlesOfParts>"
        f"</Properties>",
        "docProps/custom.xml": f'<Properties xmlns="{OFFICE}/custom-properties" xmlns:vt="{OFFICE}/docPropsVTypes">'
        f'<property pid="2" name="x"><vt:lpwstr>{v["custom property"]}</vt:lpwstr></property></Properties>',
    }


def _linked(v: Mapping[str, str]) -> dict[str, str | bytes]:
    return {
        "xl/pivotCache/pivotCacheDefinition1.xml": f"<pivotCacheDefinition {S} {R} r:id='rId1'><cacheFields>"
        f"<cacheField "
        f"name='{v['pivot field']}'><sharedItems><s v='{v['pivot item']}'/></sharedItems></cacheField></cacheFields>"
        "</pivotCacheDefinition>",
        "xl/pivotCache/_rels/pivotCacheDefinition1.xml.rels": rels(
            ("rId1", "pivotCacheRecords", "pivotCacheRecords1.xml")
        ),
        "xl/pivotCache/pivotCacheRecords1.xml": f"<pivotCacheRecords {S}><r><s v='{v['pivot record']}'/></r>"
        "</pivotCacheRecords>",
        "xl/pivotTables/pivotTable1.xml": f"<pivotTableDefinition {S} name='{v['pivot name']}'/>",
        "xl/externalLinks/externalLink1.xml": f"<externalLink {S} {R}><externalBook r:id='rId1'><sheetNames><sheetName "
        f"val='{v['external name']}'/></sheetNames><sheetDataSet><sheetData sheetId='0'><row r='1'><cell r='A1'"
        f" t='str'>"
        f"<v>{v['external cell']}</v></cell></row></sheetData></sheetDataSet></externalBook></externalLink>",
        "xl/externalLinks/_rels/externalLink1.xml.rels": rels(
            ("rId1", "externalLinkPath", f"file:///C:/{v['external target']}/a.xlsx")
        ),
        "xl/connections.xml": f"<connections {S}><connection id='1' name='{v['connection']}'><dbPr connection='User="
        f"{v['connection text']}'/></connection></connections>",
        "xl/queryTables/queryTable1.xml": f"<queryTable {S} name='{v['query table']}'/>",
        "xl/drawings/drawing1.xml": f"<xdr:wsDr {_XDR} {A} {R}><xdr:from><xdr:col>1</xdr:col></xdr:from>"
        f"<xdr:sp><xdr:cNvPr "
        f"id='1' name='{v['image']}' descr='{v['alt text']}'/><a:p><a:r><a:t>{v['drawing text']}</a:t></a:r>"
        f"</a:p></xdr:sp>"
        "</xdr:wsDr>",
        "xl/drawings/vml1.vml": '<xml xmlns:v="urn:schemas-microsoft-com:vml"><v:shape id="a"><v:textbox><div>'
        f"{v['VML text']}</div><div><font>{v['VML text in fonts'][:5]}</font><font>{v['VML text in fonts'][5:9]}</font>"
        f"<font>{v['VML text in fonts'][9:]}</font></div></v:textbox></v:shape></xml>",
        "xl/charts/chart1.xml": f"<c:chartSpace {C} {A}><c:title><a:p><a:r><a:t>{v['chart']}</a:t></a:r></a:p>"
        f"</c:title>"
        f"<c:f>'{v['chart formula']}'!$A$1</c:f><c:strCache><c:pt idx='0'><c:v>{v['chart cache']}</c:v></c:pt>"
        f"</c:strCache>"
        "</c:chartSpace>",
        "xl/xmlMaps.xml": f"<MapInfo {S}><Map Name='{v['XML map']}'/></MapInfo>",
        "xl/slicers/slicer1.xml": f"<slicers {S}><slicer caption='{v['slicer']}'/></slicers>",
        f"xl/media/{v['file of a picture']} 1.png": PNG,
        "xl/embeddings/note.txt": f"see {v['embedded text']}",
    }


CASES = [
    Case(
        "book.xlsx",
        f"{_KIND}.sheet",
        PLACES,
        make,
        read,
        check,
        (
            "Kept words, &lt;EMAIL_ADDRESS&gt; and more.", "12.5", "SUM(C2:C3)", "'&lt;EMAIL_ADDRESS&gt;'!$A$1", "<b/>",
            "see <EMAIL_ADDRESS>", 'HYPERLINK("mailto:&lt;EMAIL_ADDRESS&gt;","Write")', 'name="Kept column"',
        ),
        {
            "shared string": "sheet <EMAIL_ADDRESS>, cell A2",
            "inline in runs": "sheet <EMAIL_ADDRESS>, cell B3",
            "formula call": "sheet <EMAIL_ADDRESS>, cell B4, formula",
            "hidden sheet": "sheet Hidden, cell A1",
            "sheet name": "name of sheet 1",
            "comment": "comments 1",
        },
        _DROPPED,
    )
]  # fmt: skip
