"""Headers, cards and whole messages in charsets and forms that programs write and few standards allow."""

import base64
import io
from types import SimpleNamespace

import pytest

from expunct_server.redaction.custom import compile_custom
from expunct_server.redaction.entities import resolve_types
from expunct_server.redaction.formats.mail import cards, emls
from tests.redaction.helpers import redacted_file

NAMES = ("Jane Doe", "Jürgen Müller", "田中太郎", "Иван Петров")
TYPES = resolve_types(["EMAIL_ADDRESS", "CUSTOM"])


def redacted(source: bytes, name: str = "a.eml") -> bytes:
    return redacted_file(source, name, custom=compile_custom(None, list(NAMES)), entity_types=TYPES)[0]


@pytest.mark.parametrize(
    ("field", "result"),
    [
        ("Subject: Иван Петров, x".encode("koi8-r"), b"Subject: <CUSTOM>, x"),
        ("Subject: é 田中太郎 é".encode("gb18030"), "Subject: é <CUSTOM> é".encode("gb18030")),
        ("Subject: 田中太郎 様".encode("iso-2022-jp"), "Subject: <CUSTOM> 様".encode("iso-2022-jp")),
        ("Subject: 田中太郎".encode("cp932"), b"Subject: <CUSTOM>"),
        ("Subject: é Jürgen Müller".encode("latin-1"), "Subject: é <CUSTOM>".encode("latin-1")),
        (b"Subject: =?utf-8?B?SsM=?= =?utf-8?B?vHJnZW4gTcO8bGxlcg==?= x", b"Subject: <CUSTOM> x"),
        (
            b"""Content-Disposition: attachment; filename="Jane Doe"; filename*=utf-8''Jane%20Doe""",
            b"""Content-Disposition: attachment; filename="<CUSTOM>"; filename*=utf-8''%3CCUSTOM%3E""",
        ),
        (
            b"""Content-Type: text/plain; name="of Jane Doe"; name*0*=utf-8''of%20Jane; name*1="%20x"; name=b""",
            b"""Content-Type: text/plain; name="of <CUSTOM>"; name*0*=utf-8''of%20Jane; name*1="%20x"; name=b""",
        ),
        (
            b'Content-Type: text/plain; name="Jane Doe"; name="Jane Doe"',
            b'Content-Type: text/plain; name="<CUSTOM>"; name="<CUSTOM>"',
        ),
        (
            'Content-Type: text/plain; name="é Иван Петров"'.encode("koi8-r", "replace"),
            b'Content-Type: text/plain; name="? <CUSTOM>"',
        ),
    ],
)
def test_a_field_is_read_in_the_charset_that_older_programs_wrote_it_in(field, result):
    output = redacted(b"%s\nX-A: %s\n\nx\n" % (field, b"kept"))

    assert output.replace(b"\n ", b" ") == result + b"\nX-A: kept\n\nx\n"


def test_the_check_reads_fields_of_parts_in_other_charsets_too():
    part = b"--B\nX-A: " + "é 田中太郎".encode("gb18030") + b"\n\nx\n--B--\n"
    source = b"Content-Type: multipart/mixed; boundary=B\n\n" + part

    said = emls.texts(SimpleNamespace(source=io.BytesIO(source)))  # type: ignore[arg-type]

    assert "田中太郎" in "\n".join(said)


@pytest.mark.parametrize("codec", ["utf-16", "utf-32", "utf-8-sig"])
def test_a_message_that_an_editor_saved_is_read_as_the_text_that_it_is(codec):
    head = "Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\n"
    body, made = (base64.b64encode(each.encode()).decode() for each in ("é Jane Doe", "é <CUSTOM>"))

    assert redacted(f"{head}{body}".encode(codec)) == f"{head}{made}".encode(codec)
    assert redacted(f"{head}{body[:4]}".encode(codec)) == f"{head}{body[:4]}".encode(codec)


@pytest.mark.parametrize(
    ("source", "result"),
    [
        ("NOTE:J\xc3\n \xbcrgen M\xc3\xbcller\r\n", "NOTE:<CUSTOM>\r\n"),  # a fold within a letter
        ("NOTE:kept J\xc3\n \xbcrg\r\n", "NOTE:kept J\xc3\n \xbcrg\r\n"),
        (r"NOTE:Hi\nJane Doe\NDoe\, Jane\njo@example.com\\n", r"NOTE:Hi\n<CUSTOM>\NDoe\, Jane\n<EMAIL_ADDRESS>\\n"),
        ("N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:J=C3=\n=BCrgen M=C3=BCller\n",
         "N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:<CUSTOM>\n"),
        ("N;CHARSET=windows-1251;ENCODING=QUOTED-PRINTABLE:=C8=E2=E0=ED =CF=E5=F2=F0=EE=E2\n",
         "N;CHARSET=windows-1251;ENCODING=QUOTED-PRINTABLE:<CUSTOM>\n"),
        ("X-ALT-DESC;FMTTYPE=text/html:<p>Ja<b>ne</b> <i>Doe</i></p>\n",
         "X-ALT-DESC;FMTTYPE=text/html:<p><CUSTOM><b></b><i></i></p>\n"),
    ],
)  # fmt: skip
def test_cards_are_read_without_folds_and_escapes(source, result):
    data, made = (f"BEGIN:VCARD\n{each}END:VCARD\n".encode("latin-1") for each in (source, result))
    head = b"Subject: x\nContent-Type: text/vcard; charset=utf-8\n\n"

    assert redacted(data, "a.vcf") == made
    assert redacted(head + data) == head + made


@pytest.mark.parametrize(
    ("line", "left"),
    [
        ("PHOTO;TYPE=jpeg;ENCODING=b:AAAA", "PHOTO;TYPE=jpeg:"),
        ("PHOTO;BASE64;TYPE=jpeg:AAAA", "PHOTO:"),
        ("A;BASE64;BASE64;X:AAAA", "A;BASE64:"),
        ("A;BASE64", "A;BASE64"),
        ("ATTACH;X=1:data:AAAA", "ATTACH;X=1:"),
        ("A" + ";BASE64" * 100_000, "A" + ";BASE64" * 100_000),
        ("A" * 100_000, "A" * 100_000),
    ],
    ids=range(7),
)
def test_pictures_in_cards_go_and_long_lines_of_parameters_take_no_time(line, left):
    """Where a line was read anew for each of its parameters, these took minutes."""
    source = f"BEGIN:VCARD\n{line}\nEND:VCARD\n"
    made = cards._BINARY.sub(lambda m: f"{m[1]}:" if m[1] else "", source)
    assert made == source.replace(line, left)


def test_the_check_of_a_card_takes_folds_out_of_letters():
    assert "J\xfcrg" in "\n".join(cards.said("J\xfc".encode()[:2] + b"\r\n\t" + "\xfcrg".encode()[1:], ()))


def test_the_check_takes_long_fields_apart_without_the_parser_that_is_slow():
    words = " ".join(f"=?utf-8?B?{base64.b64encode(f'a{n} Jane '.encode()).decode()}?=" for n in range(2_000))
    source = f"Subject: {words}\nContent-Type: text/plain{'; a*0=b' * 4_000}\n\nx\n".encode()

    said = list(emls.texts(SimpleNamespace(source=io.BytesIO(source))))  # type: ignore[arg-type]

    assert any("a1998 Jane a1999 Jane" in text for text in said)
    assert emls._Short().header_fetch_parse("To", "a@b.example, " * 2_000) == "a@b.example, " * 2_000


@pytest.mark.parametrize("value", ["Content-Type", "Received", "X-MS-Jane-Doe", "Subject"])
def test_what_is_removed_elsewhere_goes_from_the_names_of_fields_but_those_that_programs_know(value):
    source = (
        "Received: by a\nSubject: é\nX-MS-Jane-Doe: 1\nContent-Type: multipart/mixed; boundary=B\n\n"
        f"--B\nContent-Type: text/plain\n\n{value}: of {value}\n--B--\n"
    )

    output, _, _ = redacted_file(
        source.encode(), "a.eml", custom=compile_custom(None, [value]), entity_types=resolve_types(["CUSTOM"])
    )

    made = source.replace(f"{value}: of {value}", "<CUSTOM>: of <CUSTOM>")
    assert output.decode() == (made.replace("X-MS-Jane-Doe", "X-CUSTOM") if value[0] == "X" else made)
