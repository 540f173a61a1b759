"""Business cards and calendars with a value in every place that they have."""

from collections.abc import Iterator, Mapping
from email import message_from_string

from tests.redaction.formats.cases import Case

CARD = """BEGIN:VCARD
VERSION:2.1
N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=4B=65=70=74;=C3=A9
FN:Of {name}
EMAIL;TYPE={kind}:{mail}
item1.EMAIL:{folded_a}
 {folded_b}
NOTE;ENCODING=QUOTED-PRINTABLE:=20{quoted}=20=
=20 end
URL:https://host.invalid/{percent}
X-ITEM;VALUE=uri:mailto:{unknown}
PHOTO;ENCODING=BASE64;TYPE=GIF:R0lGODlhAQ
 {photo}
END:VCARD
"""
CALENDAR = """BEGIN:VCALENDAR
PRODID:-//Kept//EN
BEGIN:VEVENT
UID:{uid}
SUMMARY;LANGUAGE=en:Kept and {name}
ORGANIZER;CN="{kind}":mailto:{mail}
ATTENDEE:mailto:{folded_a}
 {folded_b}
DESCRIPTION:of {quoted}
ATTACH;VALUE=BINARY;ENCODING=BASE64:AAAA
 {photo}
END:VEVENT
END:VCALENDAR
"""


def filled(template: str, planted: Mapping[str, str]) -> bytes:
    values = dict(planted)
    values |= {"folded_a": values["folded"][:9], "folded_b": values["folded"][9:]}
    if template is CARD:
        values["quoted"] = "".join(f"={byte:02X}" for byte in values["quoted"].encode())
        values["percent"] = values["percent"].replace("@", "%40")
    return template.format(**values).replace("\n", "\r\n").encode()


def said(data: bytes) -> str:
    return "\n".join(_said(data.decode()))


def _said(text: str) -> Iterator[str]:
    yield text
    yield text.replace("\r\n ", "").replace("%40", "@")
    quoted = message_from_string(f"Content-Transfer-Encoding: quoted-printable\n\n{text}").get_payload(decode=True)
    assert isinstance(quoted, bytes)
    yield quoted.decode("utf-8", "replace")


def check(data: bytes) -> None:
    lines = data.decode().split("\r\n")
    assert lines[0].startswith("BEGIN:") and lines[-2].startswith("END:") and lines[-1] == ""
    assert [line for line in lines[:-1] if ":" not in line and not line.startswith("=20")] == []


CASES = [
    Case(
        "people.vcf",
        "text/vcard",
        ("name", "kind", "mail", "folded", "quoted", "percent", "unknown", "photo"),
        lambda planted: filled(CARD, planted),
        said,
        check,
        ("FN:Of <EMAIL_ADDRESS>", "=4B=65=70=74;=C3=A9", "EMAIL_ADDRESS"),
        {"name": "line 4", "folded": "line 6"},
        frozenset({"photo"}),
    ),
    Case(
        "days.ics",
        "text/calendar",
        ("uid", "name", "kind", "mail", "folded", "quoted", "photo"),
        lambda planted: filled(CALENDAR, planted),
        said,
        check,
        ("SUMMARY;LANGUAGE=en:Kept and <EMAIL_ADDRESS>", "PRODID:-//Kept//EN"),
        {"uid": "line 4", "folded": "line 7"},
        frozenset({"photo"}),
    ),
]
