"""A presentation with a value in every place that one has."""

from collections.abc import Mapping

from tests.redaction.formats.cases import Case
from tests.redaction.formats.office.build import OFFICE, PNG, A, C, P, R, check, read, rels, types, zipped

_KIND = "application/vnd.openxmlformats-officedocument.presentationml"
PLACES = (
    "slide", "split over runs", "hidden slide", "table", "alt text", "name of a shape", "title of a shape", "tooltip",
    "link", "action", "notes", "master", "layout", "notes master", "handout master", "comment", "author of a comment",
    "initials", "modern comment", "modern author", "user of a modern author", "chart", "chart cache", "diagram",
    "diagram connection", "diagram drawing", "tag", "tag name", "section", "custom show", "field", "theme",
    "table style", "name of a slide", "control name", "creator", "title of parts", "last slide", "file of a picture",
    "embedded text", "recording", "font", "font data", "program", "media name", "revision", "slide sync", "transition",
)  # fmt: skip
_DROPPED = frozenset(("recording", "font data", "revision"))


def make(planted: Mapping[str, str]) -> bytes:
    v = dict(planted)
    parts = {**_slides(v), **_masters(v), **_others(v)}
    return zipped(
        {
            "[Content_Types].xml": types(
                {
                    "ppt/presentation.xml": "application/vnd.ms-powerpoint.template.macroEnabled.main+xml",
                    "ppt/slides/slide1.xml": f"{_KIND}.slide+xml",
                },
                png="image/png", mp3="audio/mpeg", fntdata="application/x-fontdata", txt="text/plain",
                bin="application/octet-stream",
            ),
            "_rels/.rels": rels(("a", "officeDocument", "ppt/presentation.xml"), ("b", "x", "docProps/app.xml"),
                                ("c", "core-properties", "docProps/core.xml")),
            "ppt/presentation.xml": _presentation(v),
            "ppt/_rels/presentation.xml.rels": rels(
                ("rId1", "slide", "slides/slide2.xml"), ("rId2", "slide", "slides/slide1.xml"),
                ("rId3", "slideMaster", "slideMasters/slideMaster1.xml"), ("rId4", "font", "fonts/font1.fntdata"),
                ("rId5", "revisionInfo", "changes.bin"),
            ),
            **parts,
        }
    )  # fmt: skip


def _presentation(v: Mapping[str, str]) -> str:
    return (
        f'<p:presentation {P} {R} {A}><p:sldMasterIdLst><p:sldMasterId id="2147483650" r:id="rId3"/>'
        f'</p:sldMasterIdLst><p:sldIdLst><p:sldId id="2147483648" r:id="rId1"/><p:sldId id="257" r:id="rId2"/>'
        f'</p:sldIdLst><p:sldSz cx="9144000" cy="6858000"/>'
        f'<p:embeddedFontLst><p:embeddedFont><p:font typeface="{v["font"]}"/><p:regular r:id="rId4"/>'
        f'</p:embeddedFont></p:embeddedFontLst><p:custShowLst><p:custShow name="{v["custom show"]}" id="0"/>'
        "</p:custShowLst><p:extLst><p:ext uri='{521415D9-36F7-43E2-AB2F-B90AF26B5E84}'><p14:sectionLst "
        f'xmlns:p14="http://schemas.microsoft.com/office/powerpoint/2010/main"><p14:section name="{v["section"]}"/>'
        "</p14:sectionLst></p:ext></p:extLst></p:presentation>"
    )


def _shape(body: str, attributes: str = 'name="s"', inside: str = "") -> str:
    return (
        f'<p:sp><p:nvSpPr><p:cNvPr id="2" {attributes}>{inside}</p:cNvPr></p:nvSpPr><p:txBody>{body}</p:txBody></p:sp>'
    )


def _paragraph(*runs: str) -> str:
    return "<a:p>" + "".join(f"<a:r><a:rPr b='1'/><a:t>{run}</a:t></a:r>" for run in runs) + "</a:p>"


def _slide(root: str, content: str, attributes: str = "") -> str:
    tree = f"<p:spTree><p:nvGrpSpPr/><p:grpSpPr/>{content}</p:spTree>"
    return f"<p:{root} {P} {A} {R} {C} {attributes}><p:cSld>{tree}</p:cSld></p:{root}>"


def _slides(v: Mapping[str, str]) -> dict[str, str | bytes]:
    split = v["split over runs"]
    rows = "".join(
        f"<a:tr>{''.join(f'<a:tc><a:txBody>{_paragraph(cell)}</a:txBody></a:tc>' for cell in row)}</a:tr>"
        for row in (("Name", "Mail"), ("Kept cell", v["table"]))
    )
    shapes = (
        _shape(
            _paragraph(f"Kept words, {v['slide']} and more.") + _paragraph(split[:4], split[4:8], split[8:])
            + f"<a:p><a:fld type='slidenum'><a:t>{v['field']}</a:t></a:fld></a:p>",
            f'name="{v["name of a shape"]}" descr="{v["alt text"]}" title="{v["title of a shape"]}"',
            f'<a:hlinkClick r:id="rId1" tooltip="{v["tooltip"]}" action="ppaction://{v["action"]}"/>',
        )
        + f"<p:graphicFrame><a:graphic><a:graphicData><a:tbl>{rows}</a:tbl></a:graphicData></a:graphic>"
            f"</p:graphicFrame>"
        + f'<p:control name="{v["control name"]}" spid="1"/><p:pic><p:nvPr><a:audioFile r:link="rId6"/></p:nvPr>'
        '<p:blipFill><a:blip r:embed="rId2"/></p:blipFill></p:pic>'
        f'<p:graphicFrame><a:graphicData><p:oleObj r:id="rId7" progId="{v["program"]}"/></a:graphicData>'
        f'</p:graphicFrame>'
    )  # fmt: skip
    slide = _slide("sld", shapes).replace(
        "</p:sld>", f'<p:transition><p:sndAc><p:snd name="{v["transition"]}"/></p:sndAc></p:transition></p:sld>'
    )
    return {
        "ppt/slides/slide1.xml": slide.replace("<p:cSld>", f'<p:cSld name="{v["name of a slide"]}">'),
        "ppt/slides/_rels/slide1.xml.rels": rels(
            ("rId1", "hyperlink", f"mailto:{v['link']}"),
            ("rId2", "image", f"../media/{v['file of a picture']} 1.png"),
            ("rId3", "notesSlide", "../notesSlides/notesSlide1.xml"),
            ("rId4", "comments", "../comments/comment1.xml"),
            ("rId5", "package", "../embeddings/note.txt"),
            ("rId6", "audio", "../media/media1.mp3"),
            ("rId7", "package", "../embeddings/note.txt"),
            ("rId8", "slideLayout", "../slideLayouts/slideLayout1.xml"),
        ),
        "ppt/slides/_rels/slide2.xml.rels": rels(("rId1", "slideLayout", "../slideLayouts/slideLayout1.xml")),
        "ppt/slides/slide2.xml": _slide("sld", _shape(_paragraph(v["hidden slide"])), 'show="0"'),
        "ppt/slides/slide3.xml": _slide("sld", _shape(_paragraph(v["last slide"]))),
        "ppt/notesSlides/notesSlide1.xml": _slide("notes", _shape(_paragraph(v["notes"]))),
        f"ppt/media/{v['file of a picture']} 1.png": PNG,
        "ppt/media/media1.mp3": b"ID3" + v["recording"].encode(),
        f"ppt/media/{v['media name']} 1.mp3": b"ID3",
        "ppt/embeddings/note.txt": f"see {v['embedded text']}",
        "ppt/fonts/font1.fntdata": v["font data"].encode("utf-16-le"),
        "ppt/changes.bin": v["revision"].encode(),
    }


def _masters(v: Mapping[str, str]) -> dict[str, str | bytes]:
    return {
        "ppt/slideMasters/slideMaster1.xml": _slide("sldMaster", _shape(_paragraph(v["master"]))),
        "ppt/slideMasters/_rels/slideMaster1.xml.rels": rels(
            ("rId1", "slideLayout", "../slideLayouts/slideLayout1.xml"), ("rId2", "theme", "../theme/theme1.xml")
        ),
        "ppt/slideLayouts/_rels/slideLayout1.xml.rels": rels(
            ("rId1", "slideMaster", "../slideMasters/slideMaster1.xml")
        ),
        "ppt/slideLayouts/slideLayout1.xml": _slide("sldLayout", _shape(_paragraph(v["layout"]))),
        "ppt/notesMasters/notesMaster1.xml": _slide("notesMaster", _shape(_paragraph(v["notes master"]))),
        "ppt/handoutMasters/handoutMaster1.xml": _slide("handoutMaster", _shape(_paragraph(v["handout master"]))),
        "ppt/theme/theme1.xml": f'<a:theme {A} name="{v["theme"]}"/>',
        "ppt/tableStyles.xml": f'<a:tblStyleLst {A} def="x"><a:tblStyle styleName="{v["table style"]}"/>'
        f"</a:tblStyleLst>",
        "ppt/slideUpdateInfo/slideUpdateInfo1.xml": f'<p:sldSyncPr {P} serverSldId="{v["slide sync"]}"/>',
    }


def _others(v: Mapping[str, str]) -> dict[str, str | bytes]:
    modern = 'xmlns:p188="http://schemas.microsoft.com/office/powerpoint/2018/8/main"'
    dgm = 'xmlns:dgm="http://schemas.openxmlformats.org/drawingml/2006/diagram"'
    dsp = 'xmlns:dsp="http://schemas.microsoft.com/office/drawing/2008/diagram"'
    return {
        "ppt/comments/comment1.xml": f'<p:cmLst {P}><p:cm authorId="0"><p:text>{v["comment"]}</p:text></p:cm>'
        f"</p:cmLst>",
        "ppt/commentAuthors.xml": f'<p:cmAuthorLst {P}><p:cmAuthor id="0" name="{v["author of a comment"]}" '
        f'initials="{v["initials"]}"/></p:cmAuthorLst>',
        "ppt/comments/modernComment1.xml": f"<p188:cmLst {modern} {A}><p188:cm><p188:txBody>"
        f"{_paragraph(v['modern comment'])}</p188:txBody></p188:cm></p188:cmLst>",
        "ppt/authors.xml": f'<p188:authorLst {modern}><p188:author name="{v["modern author"]}" '
        f'userId="S::{v["user of a modern author"]}::1"/></p188:authorLst>',
        "ppt/charts/chart1.xml": f"<c:chartSpace {C} {A}><c:title><c:rich>{_paragraph(v['chart'])}</c:rich></c:title>"
        f"<c:strCache><c:pt idx='0'><c:v>{v['chart cache']}</c:v></c:pt></c:strCache></c:chartSpace>",
        "ppt/diagrams/data1.xml": f"<dgm:dataModel {dgm} {A}><dgm:pt><dgm:prSet"
        f" phldrT='{v['diagram connection']}'/><dgm:t>"
        f"{_paragraph(v['diagram'])}</dgm:t></dgm:pt></dgm:dataModel>",
        "ppt/diagrams/drawing1.xml": f"<dsp:drawing {dsp} {A}><dsp:txBody>{_paragraph(v['diagram drawing'])}"
        f"</dsp:txBody>"
        "</dsp:drawing>",
        "ppt/tags/tag1.xml": f'<p:tagLst {P}><p:tag name="{v["tag name"]}" val="{v["tag"]}"/></p:tagLst>',
        "docProps/core.xml": '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/'
        f'core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:creator>{v["creator"]}</dc:creator>'
        "</cp:coreProperties>",
        "docProps/app.xml": f'<Properties xmlns="{OFFICE}/extended-properties" xmlns:vt="{OFFICE}/docPropsVTypes">'
        f"<TitlesOfParts><vt:vector><vt:lpstr>{v['title of parts']}</vt:lpstr></vt:vector></TitlesOfParts>"
        f"</Properties>",
    }


CASES = [
    Case(
        "talk.pptx",
        f"{_KIND}.presentation",
        PLACES,
        make,
        read,
        check,
        ("Kept words, &lt;EMAIL_ADDRESS&gt; and more.", "Kept cell", 'b="1"', 'id="2147483648"', "see <EMAIL_ADDRESS>"),
        {
            "slide": "slide 2, paragraph 1",
            "hidden slide": "slide 1, paragraph 1",
            "notes": "slide 2, notes, paragraph 1",
            "comment": "slide 2, comments",
            "creator": "properties",
        },
        _DROPPED,
    )
]
