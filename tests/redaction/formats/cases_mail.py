"""A message with a value in every place that one has."""

import base64
import email
import quopri
from collections.abc import Iterator, Mapping
from email import policy

from tests.redaction.formats.cases import Case

MESSAGE = """Return-Path: <{return_path}>
Received: from host (host [192.0.2.1]) by mx with ESMTP
 for <{received}>; Mon, 1 Jan 2024 00:00:00 +0000
DKIM-Signature: v=1; a=rsa-sha256; d=example.org; i={dkim}; b=AAAA
Message-ID: <{message_id}>
Date: Mon, 1 Jan 2024 00:00:00 +0000
From: "Kept Name" <{from_}>
To: =?utf-8?Q?Kept_=C3=A9?= <{to}>, {to_alone}
Subject: Of =?utf-8?B?{subject_words}?= and {subject}
X-Folded: a very long line that goes on and on until it has to be folded somewhere
 {folded}
{name}: 1
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="of {boundary}"

Before {preamble}
--of {boundary}
Content-Type: multipart/alternative; boundary=inner

--inner
Content-Type: text/plain; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable

Kept caf=E9 and
{quoted}
--inner
Content-Type: text/html; charset=utf-8
Content-Transfer-Encoding: base64

{html}
--inner--
{inner_epilogue}
--of {boundary}
Content-Type: text/csv; name="{type_name} a.csv"
Content-Disposition: attachment; filename*0*=utf-8''{file_name_a}; filename*1="{file_name_b} a.csv"
Content-Description: of {description}
Content-ID: <{content_id}>

name,mail
Kept cell,{csv}
--of {boundary}
Content-Type: message/rfc822

From: {nested_from}
Subject: nested
Content-Type: text/plain

{nested}
--of {boundary}
Content-Type: text/calendar

BEGIN:VCALENDAR
ATTENDEE;CN=Kept:mailto:{calendar_a}
 {calendar_b}
END:VCALENDAR
--of {boundary}
Content-Type: text/plain; charset=utf-16le
Content-Transfer-Encoding: base64
Content-Disposition: attachment; filename="{plain_name} a.txt"

{utf16}
--of {boundary}--
After {epilogue}
"""
PLACES = (
    "return_path", "received", "dkim", "message_id", "from_", "to", "to_alone", "subject_words", "subject", "folded",
    "name", "boundary", "preamble", "quoted", "html", "inner_epilogue", "type_name", "file_name", "description",
    "content_id", "csv", "nested_from", "nested", "calendar", "plain_name", "utf16", "epilogue",
)  # fmt: skip


def made(planted: Mapping[str, str]) -> bytes:
    values = dict(planted)
    file_name, calendar = values.pop("file_name"), values.pop("calendar")
    values |= {"file_name_a": file_name[:9].replace("x", "%78"), "file_name_b": file_name[9:]}
    values |= {"calendar_a": calendar[:9], "calendar_b": calendar[9:]}
    values["subject_words"] = base64.b64encode(f"é {values['subject_words']}".encode()).decode()
    values["quoted"] = quopri.encodestring(values["quoted"].encode()).decode().replace("@", "=40")
    page = f"<p>é Kept html {values['html'][:3]}<b>{values['html'][3:]}</b></p>"
    values["html"] = base64.encodebytes(page.encode()).decode().strip()
    values["utf16"] = base64.encodebytes(f"Kept wide {values['utf16']}".encode("utf-16-le")).decode().strip()
    return MESSAGE.format(**values).replace("\n", "\r\n").encode()


def said(data: bytes) -> str:
    return "\n".join(_said(data))


def _said(data: bytes) -> Iterator[str]:
    yield data.decode().replace("\r\n ", "")
    for part in email.message_from_bytes(data, policy=policy.default).walk():
        yield from (f"{name}: {value}" for name, value in part.items())
        yield part.get_filename() or ""
        if not part.is_multipart():
            payload = part.get_payload(decode=True)
            assert isinstance(payload, bytes)
            text = payload.decode(part.get_content_charset() or "utf-8", "replace")
            yield text
            yield text.replace("<b>", "").replace("\r\n ", "")


def check(data: bytes) -> None:
    message = email.message_from_bytes(data, policy=policy.default)
    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/mixed", "multipart/alternative", "text/plain", "text/html", "text/csv", "message/rfc822",
        "text/plain", "text/calendar", "text/plain",
    ]  # fmt: skip
    assert [defect for part in message.walk() for defect in part.defects] == []
    assert message["From"].addresses[0].display_name == "Kept Name"
    assert message["DKIM-Signature"] is None


CASES = [
    Case(
        "mail.eml",
        "message/rfc822",
        PLACES,
        made,
        said,
        check,
        ("Kept Name", "Kept é", "Kept café and", "Kept html", "Kept cell", "Kept wide", "EMAIL_ADDRESS", "=E9 and"),
        {
            "from_": "header From",
            "subject_words": "header Subject",
            "quoted": "body, line 2",
            "html": "body 2, line 1",
            "csv": "attachment 1, row 2, column mail",
            "file_name": "header Content-Disposition",
            "nested_from": "message 1, header From",
            "nested": "message 1, body, line 1",
            "calendar": "body 3, line 2",
            "boundary": "boundary",
            "content_id": "header Content-ID",
            "preamble": "before the first part, line 1",
            "utf16": "attachment 2, line 1",
        },
    )
]
