"""Documents in which nobody has written anything, with what programs name themselves, as these write it."""

from tests.redaction.formats.cases_odf import odf
from tests.redaction.formats.office.build import OFFICE, A, P, R, S, V, W, rels, types, zipped

_STYLES = (
    "Normal", "heading 1", "Title", "Subtitle", "Emphasis", "List Bullet", "List Number 3", "Dark List Accent 6",
    "Placeholder Text", "Default Paragraph Font", "Hyperlink", "Light Shading", "Bibliography", "Body Text",
)  # fmt: skip
_FONTS = (
    "Times New Roman",
    "Calibri",
    "Cambria",
    "Courier",
    "DejaVu Serif",
    "Noto Sans",
    "Microsoft Yi Baiti",
    "Symbol",
)
_THEME = (
    f'<a:theme {A} name="Office Theme"><a:themeElements><a:clrScheme name="Civic"><a:dk1><a:sysClr val="windowText" '
    'lastClr="000000"/></a:dk1></a:clrScheme><a:fontScheme name="Georgia Paul"><a:majorFont>'
    '<a:latin typeface="Calibri"/><a:font script="Yiii" typeface="Microsoft Yi Baiti"/></a:majorFont></a:fontScheme>'
    '<a:fmtScheme name="Paris"/></a:themeElements></a:theme>'
)
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_CELLS = "application/vnd.openxmlformats-officedocument.spreadsheetml"
SLIDES = "application/vnd.openxmlformats-officedocument.presentationml"


def properties(application: str, more: str = "") -> str:
    return (
        f'<Properties xmlns="{OFFICE}/extended-properties" xmlns:vt="{OFFICE}/docPropsVTypes"><Template>Normal.dotm'
        f"</Template><Application>{application}</Application><HeadingPairs><vt:vector size='2' baseType='variant'>"
        "<vt:variant><vt:lpstr>Theme</vt:lpstr></vt:variant><vt:variant><vt:i4>1</vt:i4></vt:variant></vt:vector>"
        "</HeadingPairs><TitlesOfParts><vt:vector size='2' baseType='lpstr'><vt:lpstr>Office Theme</vt:lpstr>"
        f"<vt:lpstr>Calibri</vt:lpstr></vt:vector></TitlesOfParts>{more}</Properties>"
    )


def package(folder: str, main: str, kind: str, parts: dict[str, str], *relations: tuple[str, str, str]) -> bytes:
    path = f"{folder}/{main}.xml"
    return zipped(
        {
            "[Content_Types].xml": types({path: kind}),
            "_rels/.rels": rels(("rId1", "officeDocument", path), ("rId2", "extended-properties", "docProps/app.xml")),
            f"{folder}/_rels/{main}.xml.rels": rels(*relations),
            f"{folder}/theme/theme1.xml": _THEME,
            **parts,
        }
    )


def letter() -> bytes:
    """As Word writes one."""
    styles = "".join(
        f'<w:style w:type="paragraph" w:styleId="{name.replace(" ", "")}"><w:name w:val="{name}"/>'
        f'<w:basedOn w:val="Normal"/></w:style>'
        for name in _STYLES
    )
    latent = "".join(f'<w:lsdException w:name="{name}" w:uiPriority="9"/>' for name in _STYLES)
    fonts = "".join(f'<w:font w:name="{name}"><w:altName w:val="Courier"/></w:font>' for name in _FONTS)
    body = (
        '<w:p><w:pPr><w:pStyle w:val="ListBullet"/></w:pPr><w:bookmarkStart w:id="0" w:name="_GoBack"/>'
        '<w:bookmarkStart w:id="1" w:name="_Toc123456"/><w:r><w:rPr><w:rFonts w:ascii="Calibri"/></w:rPr></w:r></w:p>'
        '<w:sdt><w:sdtPr><w:docPartObj><w:docPartGallery w:val="Table of Contents"/></w:docPartObj></w:sdtPr></w:sdt>'
    )
    return package(
        "word",
        "document",
        f"{WORD}.document.main+xml",
        {
            "word/document.xml": f"<w:document {W}><w:body>{body}</w:body></w:document>",
            "word/styles.xml": f"<w:styles {W}><w:latentStyles>{latent}</w:latentStyles>{styles}</w:styles>",
            "word/fontTable.xml": f"<w:fonts {W}>{fonts}</w:fonts>",
            "word/settings.xml": f'<w:settings {W}><w:compat><w:compatSetting w:name="overrideTableStyleFontSizeAnd'
            'Justification" w:val="1"/></w:compat><w:attachedSchema w:val="Normal"/></w:settings>',
            "word/glossary/document.xml": f"<w:glossaryDocument {W}><w:docParts><w:docPart><w:docPartPr>"
            '<w:name w:val="DefaultPlaceholder Rome"/><w:category><w:name w:val="General"/><w:gallery '
            'w:val="placeholder"/></w:category></w:docPartPr></w:docPart></w:docParts></w:glossaryDocument>',
            "docProps/app.xml": properties("Microsoft Macintosh Word"),
        },
        ("rId1", "styles", "styles.xml"), ("rId2", "theme", "theme/theme1.xml"), ("rId3", "settings", "settings.xml"),
        ("rId4", "fontTable", "fontTable.xml"), ("rId5", "glossaryDocument", "glossary/document.xml"),
    )  # fmt: skip


def workbook() -> bytes:
    """As Excel writes one, with a chart's number format and a note's settings."""
    cells = "".join(f'<cellStyle name="{name}" xfId="0"/>' for name in ("Normal", "Comma", "Explanatory Text", "Total"))
    return package(
        "xl",
        "workbook",
        f"{_CELLS}.sheet.main+xml",
        {
            "xl/workbook.xml": f'<workbook {S} {R} xmlns:loext="http://schemas.libreoffice.org/"><sheets>'
            '<sheet name="Sheet8" sheetId="1" r:id="rId1"/><sheet '
            'name="Tabelle15" sheetId="2" r:id="rId2"/></sheets><definedNames><definedName name="_xlnm.Print_Area" '
            'localSheetId="0">Sheet8!$A$1</definedName></definedNames></workbook>',
            "xl/worksheets/sheet1.xml": f"<worksheet {S}><sheetData/></worksheet>",
            "xl/worksheets/sheet2.xml": f"<worksheet {S}><sheetData/></worksheet>",
            "xl/styles.xml": f'<styleSheet {S}><numFmts><numFmt numFmtId="164" formatCode="General Paul"/></numFmts>'
            f'<fonts><font><name val="Calibri"/></font></fonts><cellStyles>{cells}</cellStyles><tableStyles '
            'defaultTableStyle="TableStyleMedium9"><tableStyle name="Paris Style"/></tableStyles></styleSheet>',
            "xl/drawings/vmlDrawing1.vml": f'<xml {V} xmlns:x="urn:schemas-microsoft-com:office:excel"><v:shape>'
            '<x:ClientData ObjectType="Note"><x:TextHAlign>Center</x:TextHAlign></x:ClientData></v:shape></xml>',
            "docProps/app.xml": properties("Microsoft Excel"),
        },
        ("rId1", "worksheet", "worksheets/sheet1.xml"), ("rId2", "worksheet", "worksheets/sheet2.xml"),
        ("rId3", "styles", "styles.xml"), ("rId4", "theme", "theme/theme1.xml"),
    )  # fmt: skip


def talk() -> bytes:
    """As PowerPoint writes one, with the prompts of LibreOffice in its layout."""
    names = ((2, "Title 1"), (3, "Content Placeholder 2"), (4, "Ellipse von Paris 3"), (5, "Google Shape;5;p1"))
    shapes = "".join(
        f'<p:sp><p:nvSpPr><p:cNvPr id="{number}" name="{name}"/></p:nvSpPr></p:sp>' for number, name in names
    )
    prompts = ("Click to edit Master title style", "Third Outline Level", "Footer", "<footer>", "Second level")
    said = "".join(f"<a:p><a:r><a:t>{each.replace('<', '&lt;')}</a:t></a:r></a:p>" for each in prompts)
    layout = f'<p:cSld name="Title Slide"><p:spTree><p:sp><p:txBody>{said}</p:txBody></p:sp></p:spTree></p:cSld>'
    return package(
        "ppt",
        "presentation",
        f"{SLIDES}.presentation.main+xml",
        {
            "ppt/presentation.xml": f'<p:presentation {P} {R}><p:sldIdLst><p:sldId id="256" r:id="rId1"/>'
            "</p:sldIdLst></p:presentation>",
            "ppt/slides/slide1.xml": f"<p:sld {P} {A}><p:cSld><p:spTree>{shapes}</p:spTree></p:cSld></p:sld>",
            "ppt/slideLayouts/slideLayout1.xml": f"<p:sldLayout {P} {A}>{layout}</p:sldLayout>",
            "ppt/tableStyles.xml": f'<a:tblStyleLst {A}><a:tblStyle styleName="Medium Style 2 - Accent 1"/>'
            "</a:tblStyleLst>",
            "docProps/app.xml": properties(
                "Microsoft Office PowerPoint", "<PresentationFormat>On-screen Show (4:3)</PresentationFormat>"
            ),
        },
        ("rId1", "slide", "slides/slide1.xml"), ("rId2", "slideLayout", "slideLayouts/slideLayout1.xml"),
        ("rId3", "theme", "theme/theme1.xml"), ("rId4", "tableStyles", "tableStyles.xml"),
    )  # fmt: skip


def opened(kind: str, body: str) -> bytes:
    """As LibreOffice writes one."""
    space = "urn:oasis:names:tc:opendocument:xmlns"
    spaces = (
        f'xmlns:office="{space}:office:1.0" xmlns:style="{space}:style:1.0" xmlns:meta="{space}:meta:1.0" '
        f'xmlns:number="{space}:datastyle:1.0" xmlns:config="{space}:config:1.0" xmlns:draw="{space}:drawing:1.0" '
        f'xmlns:text="{space}:text:1.0" xmlns:svg="{space}:svg-compatible:1.0" xmlns:fo="{space}:xsl-fo-compatible:1.0"'
    )
    fonts = "".join(f'<style:font-face style:name="{name}" svg:font-family="{name}"/>' for name in _FONTS)
    styles = "".join(
        f'<style:style style:name="{name.replace(" ", "_20_")}" style:display-name="{name}" style:family="paragraph" '
        f'style:parent-style-name="Standard"/>'
        for name in _STYLES
    )
    items = "".join(
        f'<config:config-item config:name="{name}" config:type="string">Rome</config:config-item>'
        for name in ("VisibleAreaTop", "SaveThumbnail", "PrinterIndependentLayout", "Rsid")
    )
    return odf(
        kind,
        body,
        None,
        {
            "styles.xml": f"<office:document-styles {spaces}><office:font-face-decls>{fonts}</office:font-face-decls>"
            f'<office:styles><draw:gradient draw:name="Gradient Paris"/>{styles}'
            '<text:list-style style:name="Numbering Paris"/>'
            '<number:date-style style:name="N37"/></office:styles><office:master-styles><style:master-page '
            'style:name="Mpr15"/></office:master-styles></office:document-styles>',
            "settings.xml": f"<office:document-settings {spaces}><config:config-item-set config:name='Rome'>{items}"
            "</config:config-item-set></office:document-settings>",
            "meta.xml": f"<office:document-meta {spaces}><meta:generator>LibreOffice/7.4.7.2</meta:generator>"
            '<meta:user-defined meta:name="AppVersion">15.0</meta:user-defined></office:document-meta>',
        },
    )


def rich() -> bytes:
    """RTF as LibreOffice writes it."""
    fonts = "".join(f"{{\\f{number} {name};}}" for number, name in enumerate(_FONTS))
    styles = "".join(f"{{\\s{number} {name};}}" for number, name in enumerate(_STYLES))
    return (
        f"{{\\rtf1\\ansi{{\\fonttbl{fonts}}}{{\\stylesheet{styles}}}{{\\*\\listtable{{\\list{{\\listname Rome;}}}}}}"
        "{\\*\\generator LibreOffice Rome;}{\\*\\userprops{\\propname AppVersion}{\\staticval 15}}"
        "{\\*\\pgdsctbl{\\pgdsc0 Default Page Style;}}"
        "{\\field{\\*\\fldinst NUMPAGES MERGEFORMAT}{\\fldrslt 1}}\\pard\\s5\\f3\\par}"
    ).encode()


ALL = {
    "letter.docx": letter(),
    "workbook.xlsx": workbook(),
    "talk.pptx": talk(),
    "letter.odt": opened("text", '<text:p text:style-name="List_20_Bullet"/>'),
    "workbook.ods": opened(
        "spreadsheet",
        '<table:table table:name="Sheet8"><table:table-row><table:table-cell/></table:table-row></table:table>'
        '<table:table table:name="Tabelle15"/>',
    ),
    "talk.odp": opened("presentation", '<draw:page draw:name="page1"><draw:rect draw:name="TextBox 3"/></draw:page>'),
    "letter.rtf": rich(),
}
