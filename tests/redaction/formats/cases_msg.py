"""A message of Outlook with a value in every place that one has, and one of the older kind in a code page."""

from collections.abc import Mapping

from tests.redaction.formats.cases import Case
from tests.redaction.formats.mail import outlook

ONE_OFF = bytes.fromhex("00000000812b1fa4bea310199d6e00dd010f540200000180")
HEADERS = """Microsoft Mail Internet Headers Version 2.0
Received: from host by mx for <{received}>; Mon, 1 Jan 2024 00:00:00 +0000
DKIM-Signature: v=1; i={dkim}; b=AAAA
From: "Kept header" <{header_from}>
Subject: =?utf-8?Q?{header_words}?=
Content-Type: multipart/mixed; boundary="of {boundary}"

after {after_headers}
"""
PAGE = '<html><body><p title="{html_title}">Kept café {html_a}<b>{html_b}</b></p><!-- {html_comment} --></body></html>'
RTF = (
    r"{{\rtf1\ansi\ansicpg1252\fromhtml1 {{\*\htmltag64 <a href='mailto:{rtf_tag}'>}}Kept rtf {rtf_a}{{\b {rtf_b}}}"
    r"{{\*\unknown of {rtf_unknown}}}}}"
)
PLACES = (
    *("subject", "normalized", "topic", "body", "html", "html_title", "html_comment", "rtf", "rtf_tag", "rtf_unknown"),
    *("received", "dkim", "header_from", "header_words", "boundary", "after_headers", "sender_name", "sender_address"),
    *("sender_id", "sender_key", "to", "message_id", "class_name", "report", "unknown_text", "unknown_binary"),
    *("keyword", "property_name", "named_text", "named_binary", "named_guid", "conversation"),
    *("no_entry", "extra_stream", "extra_storage", "recipient_name", "recipient_address", "recipient_id"),
    *("file_name", "short_name", "file_text", "file_binary", "content_id", "rendering", "table", "page"),
    *("nested_subject", "nested_body", "nested_recipient", "nested_file", "deep", "object", "object_name"),
    *("slack", "behind", "data_twice"),
)
DROPPED = frozenset({
    "sender_id", "sender_key", "unknown_binary", "named_binary", "extra_stream", "extra_storage", "recipient_id",
    "file_binary", "rendering", "object", "object_name", "slack", "behind", "data_twice",
})  # fmt: skip


def made(planted: Mapping[str, str]) -> bytes:
    p = {**planted, "header_words": planted["header_words"].replace("@", "=40")}
    for name in ("html", "rtf"):
        p |= {f"{name}_a": p[name][:9], f"{name}_b": p[name][9:]}
    data = outlook.message(
        {**texts(p), **binaries(p)},
        [recipient(p), {0x3001001F: "Kept recipient", 0x0C150003: 1}],
        [*attachments(p), {0x37050003: 5, 0x3701000D: nested(p), 0x3001001F: "Kept nested"}],
        names(p),
        **{"of extra": p["extra_stream"].encode(), "extra": outlook.Storage({"a": p["extra_storage"].encode()})},
        **{"__substg1.0_1234001F": p["no_entry"].encode("utf-16-le")},
    )
    slack = p["slack"].encode("utf-16-le").ljust(512, b"\0")  # in a sector that belongs to nobody
    return data + slack + p["behind"].encode("utf-16-le")


def texts(p: Mapping[str, str]) -> outlook.Values:
    return {
        0x001A001F: f"IPM.Note.of {p['class_name']}",
        0x0037001F: f"Kept subject {p['subject']}",
        0x0070001F: f"of {p['topic']}",
        0x007D001F: HEADERS.format(**p).replace("\n", "\r\n"),
        0x0C1A001F: f"Kept sender {p['sender_name']}",
        0x0C1E001F: "SMTP",
        0x0C1F001F: p["sender_address"],
        0x0E04001F: f"Kept to; {p['to']}\0",
        0x0E1D001F: f"of {p['normalized']}",
        0x1000001F: f"Kept body\r\nis {p['body']} \U0001f600\r\n",
        0x1001001F: f"of {p['report']}",
        0x1035001F: f"<{p['message_id']}>",
        0x6789001F: f"of {p['unknown_text']}",
        0x8001001F: f"Kept named {p['named_text']}",
        0x8000101F: ["Kept keyword", f"of {p['keyword']}"],
    }


def binaries(p: Mapping[str, str]) -> outlook.Values:
    return {
        0x00390040: 133_500_000_000_000_000,
        0x00710102: b"\1" + p["conversation"].encode(),
        0x0C190102: ONE_OFF + f"{p['sender_id']}\0SMTP\0x\0".encode("utf-16-le"),
        0x0C1D0102: f"SMTP:{p['sender_key']}\0".encode(),
        0x0E080003: 1234,
        0x10130102: PAGE.format(**p).encode("cp1252"),
        0x10090102: outlook.compressed(RTF.format(**p).encode("latin-1")),
        0x3FDE0003: 1252,
        0x67890102: p["unknown_binary"].encode("utf-16-le"),
        0x80030102: p["named_binary"].encode("utf-16-le"),
        0x80040048: p["named_guid"].encode(),
    }


def names(p: Mapping[str, str]) -> outlook.Storage:
    return outlook.named(["Keywords", f"of {p['property_name']}", 0x8216, "x", "y"])


def recipient(p: Mapping[str, str]) -> outlook.Values:
    return {
        0x0C150003: 1,
        0x0FFF0102: ONE_OFF + f"{p['recipient_id']}\0SMTP\0x\0".encode("utf-16-le"),
        0x3001001F: f"Kept name {p['recipient_name']}",
        0x3002001F: "SMTP",
        0x3003001F: p["recipient_address"],
    }


def attachments(p: Mapping[str, str]) -> list[outlook.Values]:
    return [
        {
            0x0E200003: 1, 0x0E210003: 0, 0x37010102: f"Kept file {p['file_text']}".encode(), 0x37050003: 1,
            0x3704001F: f"of {p['short_name']} a.txt", 0x3707001F: f"Kept {p['file_name']} a.txt",
            0x3712001F: f"{p['content_id']}", 0x37090102: p["rendering"].encode(),
            0x37020102: p["file_binary"].encode(), 0x3701001F: p["data_twice"],
        },
        {
            0x0E210003: 1, 0x37010102: f"name,mail\nKept cell,{p['table']}\n".encode(), 0x37050003: 1,
            0x370E001F: "text/csv",
        },
        {
            0x0E210003: 2, 0x37050003: 6, 0x3701000D: outlook.Storage({"\1Ole10Native": p["object"].encode()}),
            0x3001001F: f"of {p['object_name']}",
        },
        {0x0E210003: 3, 0x37010102: f"<p>Kept page {p['page']}".encode(), 0x37050003: 1, 0x3707001F: "a.html"},
    ]  # fmt: skip


def nested(p: Mapping[str, str]) -> outlook.Storage:
    deep = outlook.inside({0x0037001F: f"of {p['deep']}", 0x001A001F: "IPM.Note"})
    return outlook.inside(
        {0x0037001F: f"of {p['nested_subject']}", 0x1000001F: f"of {p['nested_body']}"},
        [{0x3003001F: p["nested_recipient"]}],
        [
            {0x37010102: f"Kept inner {p['nested_file']}".encode(), 0x37050003: 1, 0x3707001F: "a.txt"},
            {0x37050003: 5, 0x3701000D: deep},
        ],
    )


def made_in_a_code_page(planted: Mapping[str, str]) -> bytes:
    """As programs before 2003 write them."""
    page = f"<p>Привет Kept {planted['html']}".encode("koi8-r")
    return outlook.message(
        {
            0x0037001E: f"Kept {planted['subject']}",
            0x1000001E: f"Привет, Kept body\n{planted['body']}".encode("cp1251"),
            0x007D001E: f"Subject: {planted['header']}\n\n",
            0x1013001E: b"",
            0x10130102: page,
            0x8000101E: ["Kept keyword", planted["keyword"]],
            0x3FFD0003: 1251,
            0x3FDE0003: 20866,
        },
        [{0x3001001E: planted["name"].encode()}],
        [{0x37050003: 1, 0x3704001E: f"{planted['file']} a.txt", 0x37010102: b"Kept file"}],
        outlook.named(["Keywords"]),
    )


def said(data: bytes) -> str:
    whole = outlook.said(data)
    return f"{whole}\n{whole.replace('=40', '@')}"


CASES = [
    Case(
        "message.msg",
        "application/vnd.ms-outlook",
        PLACES,
        made,
        said,
        outlook.check,
        (
            "Kept subject",
            "Kept body",
            "\U0001f600",
            "Kept café",
            "Kept rtf",
            "Kept header",
            "Kept sender",
            "Kept to",
            "Kept named",
            "Kept keyword",
            "Kept name",
            "Kept recipient",
            "Kept file",
            "Kept cell",
            "Kept page",
            "Kept inner",
            "Kept nested",
            "<EMAIL_ADDRESS>",
            "&lt;EMAIL_ADDRESS&gt;",
            "IPM.Note",
        ),
        {
            "subject": "subject",
            "body": "body, line 2",
            "html": "HTML body, line 1",
            "rtf": "RTF body, body, paragraph 1",
            "received": "transport header Received",
            "after_headers": "transport headers, what follows",
            "sender_name": "sender name",
            "unknown_text": "property 6789",
            "keyword": "named property 1 2",
            "property_name": "name of property 2",
            "conversation": "property 0071",
            "recipient_address": "recipient 1, address",
            "file_name": "attachment 1, file name",
            "file_text": "attachment 1",
            "table": "attachment 2, row 2, column mail",
            "nested_subject": "message 1, subject",
            "nested_recipient": "message 1, recipient 1, address",
            "nested_file": "message 1, attachment 6",
            "deep": "message 1, message 2, subject",
        },
        DROPPED,
    ),
    Case(
        "older.msg",
        "application/vnd.ms-outlook",
        ("subject", "body", "header", "html", "keyword", "name", "file"),
        made_in_a_code_page,
        said,
        outlook.check,
        ("Kept body", "Kept keyword", "Kept file"),
        {"body": "body, line 2", "html": "HTML body, line 1", "name": "recipient 1, display name"},
    ),
]
