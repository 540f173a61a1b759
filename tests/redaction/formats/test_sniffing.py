"""Which kind a document is: by content, then by name."""

import gzip
import io
import tarfile
import zipfile

import pytest

from expunct_server.redaction.formats import FORMATS, HEAD, UnsupportedFormat, sniff
from tests.redaction.formats.mail import outlook
from tests.redaction.formats.unlocking import sealed

CSV = b"id;name;mail\n1;x;y\n2;x;y\n"
ODF = "application/vnd.oasis.opendocument"


def zipped(name: str, data: str | bytes = "x") -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(name, data)
    return target.getvalue()


def gzipped(data: bytes) -> bytes:
    """Without the moment, by which each worker would name its tests otherwise."""
    return gzip.compress(data, mtime=0)


def tarred() -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("a"))
    return target.getvalue()


@pytest.mark.parametrize(
    ("content", "name", "kind"),
    [
        (b"", None, "text"),
        (b"", "a.csv", "csv"),
        (b"just text", None, "text"),
        (b"just text", "upload", "text"),
        (b"just text", "a.bin", "text"),
        (b"# Title", "README.md", "markdown"),
        (b"BEGIN:VCARD\r\nVERSION:3.0\r\n", "a.txt", "vcard"),
        (b"begin:vcalendar\n", None, "calendar"),
        (b"x", "a.vcf", "vcard"),
        (b"[INFO] started", "x.log", "log"),
        (b"[2024] started", None, "text"),
        (b'{"a": 1}', "x.log", "json"),
        (b'{"a": 1}', None, "json"),
        (b'{"a": 1}', "x.jsonl", "jsonl"),
        (b'{"a": 1}\n{"a": 2}\n', "x.json", "jsonl"),
        (b'{"a": 1}\n\n{"a": 2}', None, "jsonl"),
        (b'{"a":\n 1}', None, "json"),
        (b'{"a":', "x.json", "json"),
        (b"nonsense", "x.json", "json"),
        (b"begin 100 things\nthen end\nend\n", "a.txt", "text"),
        (b"about\n-----BEGIN PGP MESSAGE-----\n", "a.md", "markdown"),
        (CSV, None, "csv"),
        (CSV, "x.csv", "csv"),
        (CSV, "x.txt", "text"),
        (b"a\tb\n", "x.tsv", "tsv"),
        (b"Dear all,\nplease, come, now\nand, please, go\n", None, "text"),
        (b"BMW and MM and IDs", None, "text"),
        (b"BM is short for a bitmap, as a text may say of it", None, "text"),
        (b"GIF8 is no mark of a picture", None, "text"),
        (b"\x89PNG\r\n\x1a\n....", "x.txt", "png"),
        (b"\xff\xd8\xff\xe0", "x.csv", "jpeg"),
        (b"RIFF1234WEBPVP8 ", None, "webp"),
        (b"GIF89a....", None, "gif"),
        (b"II*\x00....", None, "tiff"),
        (b"MM\x00*....", None, "tiff"),
        (b"BM" + bytes(12) + b"\x28\0\0\0", None, "bmp"),
        (b"\xef\xbb\xbf[1, 2]", None, "json"),
        ('{"a": "é"}'.encode("utf-16"), None, "json"),
        (b"caf\xe9", "x.txt", "text"),
        (b" <?xml version='1.0'?><a/>", None, "xml"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "x.txt", "xml"),
        (b"<a/>", "x.xml", "xml"),
        (b"<!DOCTYPE html><p>", "x.txt", "html"),
        (b"<?xml version='1.0'?>\n<!DOCTYPE html PUBLIC '-//W3C//DTD XHTML 1.0 Strict//EN' ''>", None, "html"),
        (b"<!-- a --><HTML>", None, "html"),
        (b"{}", "x.html", "html"),
        (b"a <p> b", "x.txt", "text"),
        (b"%PDF-1.7\n\x00", "x.docx", "pdf"),
        (b"anything", "x.PDF", "pdf"),
        (b"a: b\nc: d\n" * 3 + b"%PDF-1.7\n\x00", "x.pdf", "pdf"),
        (b"{\\rtf1 hello}", None, "rtf"),
        (b"{\\rtf1 hello}", "x.doc", "rtf"),
        (b"anything", "x.rtf", "rtf"),
        (zipped("word/document.xml"), None, "docx"),
        (zipped("password/a.txt"), None, "zip"),
        (zipped("a.docx", zipped("word/document.xml")), None, "zip"),
        (zipped("xl.txt"), "x.txt", "zip"),
        (b"PK\x05\x06" + bytes(18), None, "zip"),
        (tarred(), None, "tar"),
        (gzipped(tarred()), "x.gz", "tgz"),
        (bytes(10_240), "x.tar", "tar"),
        (zipped("ppt/presentation.xml"), "x.zip", "pptx"),
        (zipped("xl/workbook.xml"), None, "xlsx"),
        (zipped("mimetype", f"{ODF}.text"), None, "odt"),
        (zipped("mimetype", f"{ODF}.spreadsheet-template"), "x.zip", "ods"),
        (zipped("mimetype", f"{ODF}.presentation"), None, "odp"),
        (zipped("content.xml"), "x.odp", "odp"),
        (zipped("[Content_Types].xml"), "x.xlsm", "xlsx"),
        (zipped("[Content_Types].xml"), "x.docm", "docx"),
        (zipped("[Content_Types].xml"), "x.POTX", "pptx"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "x.docx", "docx"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "x.msg", "msg"),
        (outlook.message({}), None, "msg"),
        (outlook.message({}), "x.docx", "msg"),
        (b"a message", "x.msg", "msg"),
    ],
)
def test_content_decides_and_the_name_helps(content, name, kind):
    assert sniff(content, name, len(content)).name == kind


def test_a_long_json_document_is_known_by_its_beginning():
    content = b'[{"a": "' + b"x" * 100 + b'"},\n' + b'{"b": 12345},\n' * 10_000

    assert sniff(content[:HEAD], None, len(content)).name == "json"
    assert all(sniff(content[:n], None, len(content)).name == "json" for n in range(2, 160))


@pytest.mark.parametrize(
    ("content", "name", "code", "looks"),
    [
        (
            zipped("mimetype", "application/vnd.oasis.opendocument.chart"),
            "x.odt",
            "unsupported_format",
            "an OpenDocument",
        ),
        (gzipped(b"a log"), "x.log.gz", "unsupported_format", "a gzip archive"),
        (b"x\n> begin 644 a.txt\n> #0V%T\n", "x.txt", "unsupported_format", "a file that uuencode wrote"),
        (b"=ybegin line=128 size=2 name=a\nxx\n", None, "unsupported_format", "a file that yEnc wrote"),
        (b"(This file must be converted with BinHex 4.0)\n:A", "a.hqx", "unsupported_format", "a file that BinHex"),
        (b"\n-----BEGIN PGP MESSAGE-----\n", "a.asc", "unsupported_format", "a message that PGP encrypted"),
        (b"From x", "x.mbox", "unsupported_format", "a mailbox"),
        (b"a\x00b", "x.txt", "binary_content", "NUL bytes"),
        (bytes(range(1, 32)) * 9, None, "binary_content", "binary data of an unknown kind"),
    ],
)
def test_what_is_not_read_is_refused_and_named(content, name, code, looks):
    with pytest.raises(UnsupportedFormat) as caught:
        sniff(content, name, len(content))
    assert caught.value.code == code
    assert looks in caught.value.detail
    assert caught.value.detail.endswith(
        "Plain text, Markdown, logs, CSV, TSV, JSON, JSON Lines, HTML, XML, EML, MSG, VCF, ICS, DOCX, XLSX, PPTX, ODT, "
        "ODS, ODP, RTF, PDF, ZIP, TAR and pictures are read."
    )
    assert not set(caught.value.detail) & set("[]")


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("scan.PNG", "a PNG picture"),
        ("a.pdf", "a PDF"),
        ("a.docx", "an office document"),
        ("a.tar", "a TAR archive"),
    ],
)
@pytest.mark.parametrize("content", [b"a\0b", bytes(range(1, 32)) * 9])
def test_binary_data_that_does_not_begin_as_its_name_says_is_refused_as_that(name, what, content):
    with pytest.raises(UnsupportedFormat) as caught:
        sniff(content, name, len(content))
    assert (caught.value.code, caught.value.detail) == (
        "binary_content",
        f"By its name this is {what}, but it does not begin as one: it is damaged, cut off or encrypted by another "
        "program. Open it, save it again and send that.",
    )


def compound(stream: str = "") -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1000) + stream.encode("utf-16-le") + bytes(100)


@pytest.mark.parametrize(
    ("content", "name", "says"),
    [
        (compound(), None, "save it as DOCX, XLSX or PPTX and send that."),
        (compound("WordDocument"), "upload", "save it as DOCX and send that."),
        (compound("Workbook"), None, "save it as XLSX and send that."),
        (compound("PowerPoint Document"), None, "save it as PPTX and send that."),
        (compound(), "A.DOC", "save it as DOCX and send that."),
        (compound(), "a.xls", "save it as XLSX and send that."),
        (compound(), "a.pps", "save it as PPTX and send that."),
        (
            sealed.AGILE,
            "upload",
            "send it with a file name that ends in its kind, such as .docx, and with its password.",
        ),
    ],
)
def test_older_and_nameless_encrypted_office_documents_are_told_what_to_become(content, name, says):
    with pytest.raises(UnsupportedFormat) as caught:
        sniff(content, name, len(content))
    assert (caught.value.code, caught.value.detail.endswith(says)) == ("unsupported_format", True)


def test_every_row_of_the_table_says_what_it_is():
    assert {f.name: (f.media_type, f.suffix) for f in FORMATS.values()} == {
        "text": ("text/plain", ".txt"),
        "markdown": ("text/markdown", ".md"),
        "log": ("text/plain", ".log"),
        "csv": ("text/csv", ".csv"),
        "tsv": ("text/tab-separated-values", ".tsv"),
        "json": ("application/json", ".json"),
        "jsonl": ("application/x-ndjson", ".jsonl"),
        "html": ("text/html", ".html"),
        "xml": ("application/xml", ".xml"),
        "pdf": ("application/pdf", ".pdf"),
        "rtf": ("application/rtf", ".rtf"),
        "docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", ".docx"),
        "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ".xlsx"),
        "pptx": ("application/vnd.openxmlformats-officedocument.presentationml.presentation", ".pptx"),
        "odt": ("application/vnd.oasis.opendocument.text", ".odt"),
        "ods": ("application/vnd.oasis.opendocument.spreadsheet", ".ods"),
        "odp": ("application/vnd.oasis.opendocument.presentation", ".odp"),
        "eml": ("message/rfc822", ".eml"),
        "msg": ("application/vnd.ms-outlook", ".msg"),
        "vcard": ("text/vcard", ".vcf"),
        "calendar": ("text/calendar", ".ics"),
        "zip": ("application/zip", ".zip"),
        "tar": ("application/x-tar", ".tar"),
        "tgz": ("application/gzip", ".tar.gz"),
        "png": ("image/png", ".png"),
        "jpeg": ("image/jpeg", ".jpg"),
        "tiff": ("image/tiff", ".tiff"),
        "webp": ("image/webp", ".webp"),
        "gif": ("image/gif", ".gif"),
        "bmp": ("image/bmp", ".bmp"),
    }
