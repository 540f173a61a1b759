"""OpenDocument texts, spreadsheets and presentations with a value in every place that they have."""

from collections.abc import Mapping

from tests.redaction.formats.cases import Case
from tests.redaction.formats.office.build import PNG, check_odf, read, zipped

_SPACES = {
    name: f"urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"
    for name in ("office", "text", "table", "meta", "drawing", "style", "config", "manifest", "form", "presentation")
} | {
    "draw": "urn:oasis:names:tc:opendocument:xmlns:drawing:1.0",
    "svg": "urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0",
    "dc": "http://purl.org/dc/elements/1.1/",
    "xlink": "http://www.w3.org/1999/xlink",
    "script": "urn:oasis:names:tc:opendocument:xmlns:script:1.0",
    "loext": "urn:org:documentfoundation:names:experimental:office:xmlns:loext:1.0",
}
NS = " ".join(f'xmlns:{name}="{uri}"' for name, uri in _SPACES.items())
KIND = "application/vnd.oasis.opendocument"
_COMMON = (
    "title", "creator", "keyword", "user field", "name of a user field", "template", "setting", "header",
    "style name", "alt text", "title of a picture", "name of a frame", "file of a picture", "link", "encoded link",
    "note", "author of a note", "object", "thumbnail", "replacement", "macro", "script", "printer", "printer setup",
    "signature", "configuration", "strange part", "comment in XML", "part in the manifest", "event", "data",
)  # fmt: skip
_DROPPED = frozenset(
    ("thumbnail", "replacement", "macro", "script", "printer", "printer setup", "signature", "configuration",
     "strange part", "comment in XML", "part in the manifest", "event")
)  # fmt: skip


def odf(
    kind: str, body: str, v: Mapping[str, str] | None = None, more: Mapping[str, str | bytes] | None = None
) -> bytes:
    """A package with a content of this kind; with a value in all that kinds share, if there are some."""
    content = (
        f"<office:document-content {NS} office:version='1.2'>{_scripts(v)}<office:body><office:{kind}>{body}"
        f"{_frames(v)}</office:{kind}></office:body></office:document-content>"
    )
    entry = "<manifest:file-entry manifest:media-type='text/xml' manifest:full-path='{}'/>"
    manifest = f"<manifest:manifest {NS} manifest:version='1.2'>{entry.format('content.xml')}"
    manifest += entry.format(v["part in the manifest"]) if v else ""
    return zipped(
        {
            "mimetype": f"{KIND}.{kind}",
            "content.xml": content,
            **(_shared(v) if v else {}),
            **(more or {}),
            "META-INF/manifest.xml": f"{manifest}</manifest:manifest>",
        }
    )


def _scripts(v: Mapping[str, str] | None) -> str:
    if v is None:
        return ""
    script = f"<office:script>{v['script']}</office:script>"
    return f"<!-- {v['comment in XML']} --><office:scripts>{script}</office:scripts>"


def _frames(v: Mapping[str, str] | None) -> str:
    if v is None:
        return ""
    return (
        f"<text:p><draw:frame draw:name='{v['name of a frame']}'><draw:image xlink:href='Pictures/"
        f"{v['file of a picture'].replace('@', '%40')}%201.png'/><svg:title>{v['title of a picture']}"
        f"</svg:title><svg:desc>"
        f"{v['alt text']}</svg:desc></draw:frame><draw:frame><draw:object xlink:href='./Object 1'/><draw:image "
        "xlink:href='./ObjectReplacements/Object 1'/></draw:frame><text:a xlink:href='mailto:"
        f"{v['link']}'>a<office:event-listeners><script:event-listener xlink:href='x:{v['event']}'/>"
        f"</office:event-listeners>"
        f"</text:a><text:a xlink:href='http://x.example/?{v['encoded link'].replace('@', '%40')}'>b</text:a></text:p>"
        f"<text:p>x<office:annotation><dc:creator>{v['author of a note']}</dc:creator>"
        f"<dc:date>2024-02-29T10:00:00</dc:date>"
        f"<text:p>{v['note']}</text:p></office:annotation></text:p>"
    )


def _shared(v: Mapping[str, str]) -> dict[str, str | bytes]:
    item = "<config:config-item config:name='{}' config:type='{}'>{}</config:config-item>"
    return {
        "meta.xml": f"<office:document-meta {NS}><office:meta><dc:title>{v['title']}</dc:title>"
        f"<dc:creator>{v['creator']}"
        f"</dc:creator><meta:keyword>{v['keyword']}</meta:keyword><meta:user-defined"
        f" meta:name='{v['name of a user field']}'>"
        f"{v['user field']}</meta:user-defined><meta:template xlink:href='../{v['template']}'/></office:meta>"
        "</office:document-meta>",
        "settings.xml": f"<office:document-settings {NS}><config:x>{item.format('a', 'string', v['setting'])}"
        f"{item.format('PrinterName', 'string', v['printer'])}"
        f"{item.format('PrinterSetup', 'base64Binary', v['printer setup'])}</config:x></office:document-settings>",
        "styles.xml": f"<office:document-styles {NS}><style:style style:name='a'"
        f" style:display-name='{v['style name']}'/>"
        f"<style:header><text:p>{v['header']}</text:p></style:header></office:document-styles>",
        "Object 1/content.xml": f"<office:document-content {NS}><text:p>{v['object']}</text:p>"
        f"</office:document-content>",
        "Object 1/data.xml": f"<x>{v['data']}</x>",
        f"Pictures/{v['file of a picture']} 1.png": PNG,
        "Thumbnails/thumbnail.png": v["thumbnail"].encode(),
        "ObjectReplacements/Object 1": v["replacement"].encode(),
        "Basic/Standard/Module1.xml": f"<x>{v['macro']}</x>",
        "META-INF/documentsignatures.xml": f"<x>{v['signature']}</x>",
        "Configurations2/a.xml": f"<x>{v['configuration']}</x>",
        "strange.bin": v["strange part"].encode("utf-16-le"),
    }


_TEXT = (
    "body", "split over spans", "heading", "list", "table", "footnote", "bookmark", "variable", "field", "deleted",
    "author of a change", "text box", "hidden text", "section", "form", "control", "link in a table", "index", "ruby",
    "over a deletion", "content control",
)  # fmt: skip


def text(v: Mapping[str, str]) -> bytes:
    split = v["split over spans"]

    def row(*cells: str) -> str:
        made = [f"<table:table-cell>{each}</table:table-cell>" for each in cells]
        return f"<table:table-row>{''.join(made)}</table:table-row>"

    body = (
        f"<office:forms><form:form form:name='{v['form']}'><form:text form:label='{v['control']}'/></form:form>"
        f"</office:forms>"
        f"<text:tracked-changes><text:changed-region><text:deletion><office:change-info><dc:creator>"
        f"{v['author of a change']}</dc:creator></office:change-info><text:p>{v['deleted']}</text:p></text:deletion>"
        "</text:changed-region><text:changed-region text:id='c2'><text:deletion><text:p>"
        f"{v['over a deletion'][13:20]}</text:p></text:deletion></text:changed-region></text:tracked-changes>"
        f"<text:p>{v['over a deletion'][:13]}<text:change text:change-id='c2'/>{v['over a deletion'][20:]}</text:p>"
        f"<text:p>x <loext:content-control><text:span>{v['content control'][:5]}</text:span>"
        f"{v['content control'][5:9]}<text:span>{v['content control'][9:]}</text:span></loext:content-control></text:p>"
        "<text:user-field-decls><text:user-field-decl text:name='u' "
        f"office:string-value='{v['variable']}'/></text:user-field-decls>"
        f"<text:h>{v['heading']}</text:h><text:p>Kept words, {v['body']} and more.</text:p>"
        f"<text:p>{split[:4]}<text:span text:style-name='T1'>{split[4:12]}</text:span>{split[12:]}</text:p>"
        f"<text:list><text:list-item><text:p>{v['list']}</text:p></text:list-item></text:list><table:table>"
        + row("<text:p>Name</text:p>", "<text:p>Mail</text:p>")
        + row(
            "<text:p>Kept cell</text:p>",
            f"<text:p>{v['table']} <text:a xlink:href='{v['link in a table']}'>x</text:a></text:p>",
        )
        + f"</table:table><text:p>a<text:note><text:note-body><text:p>{v['footnote']}</text:p></text:note-body>"
        f"</text:note>"
        f"<text:bookmark text:name='{v['bookmark']}'/> <text:author-name>{v['field']}</text:author-name></text:p>"
        f"<text:p><draw:frame><draw:text-box><text:p>{v['text box']}</text:p></draw:text-box></draw:frame></text:p>"
        f"<text:p><text:hidden-text text:string-value='{v['hidden text']}'/></text:p>"
        f"<text:section text:name='{v['section']}'><text:p/></text:section>"
        f"<text:p><text:alphabetical-index-mark text:string-value='{v['index']}'/><text:ruby><text:ruby-base>x"
        f"</text:ruby-base><text:ruby-text> {v['ruby']}</text:ruby-text></text:ruby></text:p>"
    )
    return odf("text", body, v)


_SHEET = (
    "cell", "split in a cell", "string value", "formula", "formula text", "sheet name", "hidden sheet", "range",
    "validation", "database range", "range address", "note in a cell", "tracked cell", "label",
)  # fmt: skip


def sheet(v: Mapping[str, str]) -> bytes:
    split = v["split in a cell"]
    body = (
        f"<table:tracked-changes><table:cell-content-change><table:previous><table:change-track-table-cell "
        f"office:value-type='string'><text:p>{v['tracked cell']}</text:p></table:change-track-table-cell>"
        f"</table:previous>"
        f"</table:cell-content-change></table:tracked-changes><table:content-validations><table:content-validation "
        f"table:name='v' table:condition='cell-content-is-in-list(\"{v['validation']}\")'/></table:content-validations>"
        f"<table:table table:name='{v['sheet name']}'><table:table-row><table:table-cell><text:p>Name</text:p>"
        "</table:table-cell><table:table-cell><text:p>Mail</text:p></table:table-cell><table:table-cell "
        "table:number-columns-repeated='1000'/></table:table-row>"
        f"<table:table-row><table:table-cell table:number-columns-repeated='2'/><table:table-cell><text:p>Kept words, "
        f"{v['cell']}</text:p></table:table-cell><table:table-cell><text:p>{split[:5]}<text:span>{split[5:]}"
        f"</text:span>"
        f"</text:p></table:table-cell></table:table-row><table:table-row table:number-rows-repeated='7'>"
        f"<table:table-cell office:value-type='string' office:string-value='{v['string value']}'/><table:table-cell "
        f"table:formula='of:=&quot;{v['formula']}&quot;' office:value-type='string'><text:p>{v['formula text']}"
        f"</text:p>"
        "</table:table-cell><table:table-cell office:value-type='float' office:value='12.5'><text:p>12.50</text:p>"
        f"</table:table-cell></table:table-row><table:table-row><table:table-cell><office:annotation><text:p>"
        f"{v['note in a cell']}</text:p></office:annotation></table:table-cell></table:table-row></table:table>"
        f"<table:table table:name='Hidden' table:display='false'><table:table-row><table:table-cell><text:p>"
        f"{v['hidden sheet']}</text:p></table:table-cell></table:table-row></table:table><table:named-expressions>"
        f"<table:named-range table:name='{v['range']}' table:cell-range-address=\"$'{v['range address']}'.$A$1\"/>"
        f"</table:named-expressions><table:database-ranges><table:database-range table:name='{v['database range']}'/>"
        f"</table:database-ranges><table:label-ranges><table:label-range table:x='{v['label']}'/></table:label-ranges>"
    )
    return odf("spreadsheet", body, v)


_SLIDES = ("slide", "notes", "name of a slide", "hidden slide", "shape", "footer", "header text", "layer", "animation")


def slides(v: Mapping[str, str]) -> bytes:
    body = (
        f"<presentation:footer-decl presentation:name='f'>{v['footer']}</presentation:footer-decl>"
        f"<presentation:header-decl presentation:name='h'>{v['header text']}</presentation:header-decl>"
        f"<draw:page draw:name='{v['name of a slide']}'><draw:frame><draw:text-box><text:p>Kept words,"
        f" {v['slide']}</text:p>"
        f"</draw:text-box></draw:frame><draw:rect draw:layer='{v['layer']}'><text:p>{v['shape']}</text:p></draw:rect>"
        f"<presentation:notes><draw:frame><draw:text-box><text:p>{v['notes']}</text:p></draw:text-box></draw:frame>"
        f"</presentation:notes><presentation:animations x='{v['animation']}'/></draw:page>"
        f"<draw:page draw:visibility='hidden'><draw:rect><text:p>{v['hidden slide']}</text:p></draw:rect></draw:page>"
    )
    return odf("presentation", body, v)


_LABEL = "&lt;EMAIL_ADDRESS&gt;"
_EVERYWHERE = {"creator": "meta", "header": "styles, paragraph 1"}
CASES = [
    Case(
        "letter.odt", f"{KIND}.text", (*_COMMON, *_TEXT), text, read, check_odf,
        (f"Kept words, {_LABEL} and more.", "Kept cell", "mailto:%3CEMAIL_ADDRESS%3E",
         '<text:span text:style-name="T1">'),
        {"body": "body, paragraph 6", "heading": "body, paragraph 5", **_EVERYWHERE}, _DROPPED,
    ),
    Case(
        "book.ods", f"{KIND}.spreadsheet", (*_COMMON, *_SHEET), sheet, read, check_odf,
        (f"Kept words, {_LABEL}", 'office:value="12.5"', "12.50"),
        {
            "cell": "sheet <EMAIL_ADDRESS>, cell C2", "formula text": "sheet <EMAIL_ADDRESS>, cell B3",
            "note in a cell": "sheet <EMAIL_ADDRESS>, cell A10", "hidden sheet": "sheet Hidden, cell A1", **_EVERYWHERE,
        },
        _DROPPED,
    ),
    Case(
        "talk.odp", f"{KIND}.presentation", (*_COMMON, *_SLIDES), slides, read, check_odf, (f"Kept words, {_LABEL}",),
        {"slide": "slide 1", "notes": "slide 1", "hidden slide": "slide 2", **_EVERYWHERE}, _DROPPED,
    ),
]  # fmt: skip
