"""Messages: what stays, how headers are written, what is refused, and that nothing made up breaks more than itself."""

import base64
import email
import io
from types import SimpleNamespace
from typing import Any

import pytest

from expunct_server.redaction.custom import compile_custom
from expunct_server.redaction.entities import resolve_types
from expunct_server.redaction.formats import DocumentError, charsets, sniff
from expunct_server.redaction.formats.isolated.limits import Limits
from expunct_server.redaction.formats.mail import emls, entities, params, pointers, transfer, words
from tests.redaction.helpers import redacted_file

TYPES = frozenset({"EMAIL_ADDRESS", "US_SSN"})
HEAD = "From: a\nMIME-Version: 1.0\n"


def redacted(source: str | bytes) -> str:
    data = source if isinstance(source, bytes) else source.encode()
    return redacted_file(data, "a.eml", entity_types=TYPES)[0].decode()


@pytest.mark.parametrize(
    ("field", "result"),
    [
        ("From: Jo <jo@example.com>", "From: Jo <EMAIL_ADDRESS>"),
        ("To: jo@example.com,\n\ta@example.com (x)", "To: <EMAIL_ADDRESS>,\t<EMAIL_ADDRESS> (x)"),
        ('To: "jo@example.com" <x@[1.2.3.4]>', 'To: "<EMAIL_ADDRESS>" <x@[1.2.3.4]>'),
        ("Subject: =?utf-8?Q?a_jo=40exam?=\n =?utf-8?Q?ple=2Ecom_z?= y", "Subject: a <EMAIL_ADDRESS> z y"),
        ("Subject: =?iso-8859-1?Q?=E9_jo=40example.com?=", "Subject: =?utf-8?B?w6kgPEVNQUlMX0FERFJFU1M+?="),
        ("Subject: =?utf-8?Q?=C3=A9?= jo@example.com", "Subject: =?utf-8?Q?=C3=A9?= <EMAIL_ADDRESS>"),
        ("Subject: é jo@example.com", "Subject: é <EMAIL_ADDRESS>"),
        ("X-SSN: 219099998", "X-SSN: <US_SSN>"),
        ("Subject: =?x-none?B?am9AZXhhbXBsZS5jb20=?=", "Subject: <EMAIL_ADDRESS>"),
        ("Subject: =?utf-8?B?am9AZXhhbXBsZS5jb23?= x", "Subject: <EMAIL_ADDRESS> x"),
        ("Content-Type: text/plain; jo@example.com=1; x=y", "Content-Type: text/plain; x=y"),
        ("jo@example.com: x", "X-EMAIL_ADDRESS: x"),
        ("no field jo@example.com", "no field <EMAIL_ADDRESS>"),
        ("Content-Type: text/plain; name*=utf-8''jo%40example.com", 'Content-Type: text/plain; name="<EMAIL_ADDRESS>"'),
        ("Content-Type: text/plain; name=jo@example.com; x=y", 'Content-Type: text/plain; name="<EMAIL_ADDRESS>"; x=y'),
        (
            "Content-Type: text/plain; charset=utf-8;\n name*0*=''%C3%A9%20; name*1=jo; name*2=\"@example.com\"",
            "Content-Type: text/plain; charset=utf-8; name*=utf-8''%C3%A9%20%3CEMAIL_ADDRESS%3E",
        ),
        ("MIME-Version: 1.0 (jo@example.com)", "MIME-Version: 1.0 (<EMAIL_ADDRESS>)"),
        ("Content-Transfer-Encoding: 7bit; jo@example.com", "Content-Transfer-Encoding: 7bit; <EMAIL_ADDRESS>"),
    ],
)
def test_a_field_changes_where_something_was(field, result):
    output = redacted(f"{field}\nSubject: kept  as =?utf-8?Q?it?= is\n\nx\n")
    assert output.replace("\n ", " ") == f"{result}\nSubject: kept  as =?utf-8?Q?it?= is\n\nx\n"


@pytest.mark.parametrize(
    ("source", "result"),
    [
        ("\njo@example.com", "\n<EMAIL_ADDRESS>"),
        (f"{HEAD}\r\n\r\njo@example.com\r\n\r\n", f"{HEAD}\r\n\r\n<EMAIL_ADDRESS>\r\n\r\n"),
        (
            f"{HEAD}Content-Transfer-Encoding: quoted-printable\n\njo@exam=\nple.com =C3=A9\n",
            f"{HEAD}Content-Transfer-Encoding: quoted-printable\n\n<EMAIL_ADDRESS> =C3=A9\n",
        ),
        (
            f"{HEAD}Content-Type: multipart/mixed; boundary=b\n\n--b\n\njo@example.com\n--b--\n",
            f"{HEAD}Content-Type: multipart/mixed; boundary=b\n\n--b\n\n<EMAIL_ADDRESS>\n--b--\n",
        ),
        (
            f"{HEAD}Content-Type: multipart/mixed; boundary=b\n\n--b\n--b\n\njo@example.com",
            f"{HEAD}Content-Type: multipart/mixed; boundary=b\n\n--b\n--b\n\n<EMAIL_ADDRESS>",
        ),
        (f"{HEAD}Content-Type: multipart/mixed\n\njo@example.com",
         f"{HEAD}Content-Type: multipart/mixed\n\n<EMAIL_ADDRESS>"),
        (
            f"{HEAD}Content-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: jo@example.com\n\n--b--\n",
            f"{HEAD}Content-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: <EMAIL_ADDRESS>\n\n--b--\n",
        ),
        (
            f"{HEAD}\na\nbegin 644 jo.txt\n#0V%T\n`\nend\nb\n",
            f"{HEAD}\na\n\nb\n",
        ),
        (
            f"{HEAD}\na\nbegin 644 jo.txt\n#0V%T\nb\n> begin 644 jo.txt\n> #0V%T\n> end\n> b\n"
            "begin-base64 644 x\nam9A\n",
            f"{HEAD}\na\n\nb\n\n> b\n\n",
        ),
        (
            f"{HEAD}\na\n=ybegin line=128 size=2 name=a\nxx\n=yend size=2\nb\n=ybegin line=9\nxx\n",
            f"{HEAD}\na\n\nb\n",
        ),
        (
            f"{HEAD}\na\n(This file must be converted with BinHex 4.0)\n\n:#d&X3@eP\nAA:\nb\n",
            f"{HEAD}\na\n\nb\n",
        ),
        (f"{HEAD}\nbegin 100 things\nthen end\nend\n", f"{HEAD}\nbegin 100 things\nthen end\nend\n"),
        (
            f"{HEAD}Content-Type: text/vcard\n\nEMAIL:jo@exam\n ple.com\nPHOTO;ENCODING=b:AAAA\n AAAA\n",
            f"{HEAD}Content-Type: text/vcard\n\nEMAIL:<EMAIL_ADDRESS>\nPHOTO:\n",
        ),
    ],
)  # fmt: skip
def test_bodies_change_where_something_was(source, result):
    assert redacted(source) == result


def test_what_base64_passes_over_is_not_passed_on():
    head = "Content-Transfer-Encoding: base64\n\n"

    assert redacted(f"{head}!jo@!YWJj\n") == f"{head}joYWJg==\n"


def test_what_held_nothing_stays_byte_for_byte_with_its_seals():
    source = (
        "DKIM-Signature: v=1; b=AAAA;\r\n  c=x\r\nSubject:  odd   spacing \r\n\r\n"
        "odd = body \t\r\n\r\n"
    )  # fmt: skip

    assert redacted(source) == source


def test_a_changed_message_loses_the_seals_of_servers_and_that_is_said():
    source = b"DKIM-Signature: b=AAAA\nARC-Seal: i=1\nARC-Message-Signature: i=1\nSubject: x\n\njo@example.com\n"

    output, _, summary = redacted_file(source, "a.eml", entity_types=TYPES)

    assert output == b"Subject: x\n\n<EMAIL_ADDRESS>\n"
    assert len(summary.notes) == 1 and summary.notes[0].startswith("Signatures of mail servers")


def test_a_signature_is_taken_out_with_the_names_in_it():
    source = (
        f"{HEAD}Content-Type: multipart/signed; boundary=b; micalg=x\n\n--b\n\nkept\n--b\n"
        "Content-Type: application/pkcs7-signature; name=smime.p7s\nContent-Transfer-Encoding: base64\n\nAAAA\n--b--\n"
    )

    output, _, summary = redacted_file(source.encode(), "a.eml", entity_types=TYPES)

    assert output.decode() == f"{HEAD}Content-Type: multipart/mixed; boundary=b; micalg=x\n\n--b\n\nkept\n--b--\n"
    assert summary.notes == (
        "The signature of a message was taken out; it would not be right for the redacted message.",
    )


def part(kind: str, body: str, more: str = "") -> str:
    return f"{HEAD}Content-Type: {kind}\n{more}\n{body}\n"


@pytest.mark.parametrize(
    ("source", "code"),
    [
        (part("multipart/encrypted; boundary=b", "--b\n\nx\n--b--"), "encrypted"),
        (part("application/pkcs7-mime; smime-type=enveloped-data", "AAAA"), "encrypted"),
        (part("text/plain", "-----BEGIN PGP MESSAGE-----\n\nAAAA\n"), "encrypted"),
        (part("application/pkcs7-mime; smime-type=signed-data", "AAAA"), "unsupported_format"),
        (part("application/ms-tnef", "AAAA"), "unsupported_format"),
        (part("message/partial; id=x", "AAAA"), "unsupported_format"),
        (part("application/octet-stream", "AAEC", "Content-Transfer-Encoding: base64\n"), "binary_content"),
        (part("text/plain", "AAEC", "Content-Transfer-Encoding: x-own\n"), "unreadable"),
        (part("text/plain", "YQ==\nYQ==\n", "Content-Transfer-Encoding: base64\n"), "unreadable"),
        (part("text/plain", "YQ==YQ==", "Content-Transfer-Encoding: base64\n"), "unreadable"),
        (part("text/plain", "jo@ex-ample", "Content-Transfer-Encoding: base64\n"), "unreadable"),
        (part("application/octet-stream; name=a.uue", "begin 644 a\n#0V%T\n`\nend"), "unsupported_format"),
        (part("text/plain; name=a.uue", "x\nbegin 644 a\n#0V%T\n`\nend"), "unsupported_format"),
        (part("application/octet-stream", "-----BEGIN PGP MESSAGE-----\n\nAAAA\n"), "unsupported_format"),
        ("Content-Type: message/rfc822\n\n" * 30 + "x", "nested_too_deep"),
        (part("text/xml", "<a"), "unreadable"),
    ],
)
def test_what_cannot_be_read_is_refused_in_a_sentence(source, code):
    with pytest.raises(DocumentError) as caught:
        redacted(source)
    assert caught.value.code == code
    assert caught.value.detail.endswith(".")


def test_the_number_of_an_attachment_is_said_and_not_its_name():
    with pytest.raises(DocumentError) as caught:
        redacted(part('text/xml; name="jane.xml"', "<a"))
    assert (
        caught.value.detail == "Attachment 1 of the message cannot be redacted. "
        "The document is not well-formed XML at line 1: mend it and send it again."
    )


MIXED = (
    f"{HEAD}Content-Type: multipart/mixed; boundary=b\n\n"
    "--b\n\nto jo@example.com\n"
    "--b\nContent-Type: application/octet-stream; name=jo@example.com.exe\n"
    "Content-Transfer-Encoding: base64\n\nTVqQAA==\n"
    "{}"
    "--b\nContent-Type: application/xml\n\n<a>\n--b--\n"
)
GONE = "Content-Type: text/plain; charset=us-ascii\n\nA part that could not be read was taken out here.\n"


def test_a_text_stands_for_what_cannot_be_read_and_that_is_said():
    inside = (
        "--b\nContent-Type: message/rfc822\n\nSubject: x\nContent-Type: application/pkcs7-mime\n\nMIAG\n"
        "--b\nContent-Type: message/rfc822\n\nContent-Type: multipart/mixed; boundary=c\n\n--c\n\nkept\n"
        "--c\nContent-Type: application/ms-tnef\n\nx\n--c--\n"
        "--b\nContent-Transfer-Encoding: x\n\nx\n"
    )

    output, findings, summary = redacted_file(MIXED.format(inside).encode(), "a.eml", entity_types=TYPES)

    assert output.decode() == (
        f"{HEAD}Content-Type: multipart/mixed; boundary=b\n\n--b\n\nto <EMAIL_ADDRESS>\n--b\n{GONE}\n--b\n{GONE}\n"
        "--b\nContent-Type: message/rfc822\n\nContent-Type: multipart/mixed; boundary=c\n\n--c\n\nkept\n"
        f"--c\n{GONE}\n--c--\n--b\n{GONE}\n--b\n{GONE}\n--b--\n"
    )
    assert [f.location for f in findings] == ["body, line 1"]
    taken = "could not be read and was taken out of the message"
    assert summary.notes == (
        f"Attachment 1 {taken} (unsupported_format).",
        f"Message 1 {taken} (encrypted).",
        f"Message 2, attachment 1 {taken} (unsupported_format).",
        f"A part {taken} (unreadable).",
        f"Attachment 2 {taken} (unreadable).",
    )


def test_one_of_several_forms_of_a_text_goes_without_a_word_in_its_place():
    head = f"{HEAD}Content-Type: multipart/alternative; boundary=b\r\n\r\n"
    text = "--b\r\n\r\nplain\r\n"
    broken = "--b\r\nContent-Type: application/xml\r\n\r\n<a>\r\n"

    assert redacted(f"{head}{text}{broken}--b--\r\n") == f"{head}{text}--b--\r\n"
    mixed = head.replace("alternative", "mixed")
    gone = GONE.replace("\n", "\r\n")
    assert redacted(f"{mixed}{text}{broken}--b--\r\n") == f"{mixed}{text}--b\r\n{gone}\r\n--b--\r\n"


def test_a_message_of_which_nothing_can_be_read_is_refused():
    head = f"{HEAD}Content-Type: multipart/mixed; boundary=b\n\n"
    with pytest.raises(DocumentError) as caught:
        redacted(f"{head}--b\n\n\n--b\nContent-Type: application/xml\n\n<a>\n--b--\n")
    assert caught.value.code == "unreadable"
    with pytest.raises(DocumentError) as caught:
        redacted(f"{head}--b\n\n-----BEGIN PGP MESSAGE-----\n--b--\n")
    assert caught.value.code == "encrypted"


@pytest.mark.parametrize("codec", ["iso-8859-1", "utf-8", "koi8-r", "iso-2022-jp"])
def test_a_page_keeps_the_charset_of_its_part_whatever_it_declares_itself(codec):
    word = {"koi8-r": "Привет", "iso-2022-jp": "日本"}.get(codec, "é")
    page = f'<meta charset="iso-8859-5"><p>{word} jo@example.com'
    head = f"{HEAD}Content-Type: text/html; charset={codec}\nContent-Transfer-Encoding: base64\n\n".encode()

    output, _, _ = redacted_file(head + base64.encodebytes(page.encode(codec)), "a.eml", entity_types=TYPES)

    assert base64.b64decode(output.removeprefix(head)).decode(codec) == page.replace(
        "jo@example.com", "&lt;EMAIL_ADDRESS&gt;"
    )


def test_a_page_is_searched_in_the_charset_of_its_part():
    page = '<meta charset="iso-8859-5"><p>éjo@example.com'
    head = f"{HEAD}Content-Type: text/html; charset=utf-8\n\n"

    _, findings, _ = redacted_file((head + page).encode(), "a.eml", entity_types=TYPES)

    assert [f.text for f in findings] == ["éjo@example.com"]


def in_charsets(texts: list[tuple[str, str, bytes]]) -> bytes:
    """A message with a part for each: its kind and charset, and what it says."""
    parts = []
    for kind, name, data in texts:
        said = f"; charset={name}" if name else ""
        parts.append(f"--b\nContent-Type: {kind}{said}\nContent-Transfer-Encoding: base64\n\n".encode())
        parts.append(base64.encodebytes(data))
    return f"{HEAD}Content-Type: multipart/mixed; boundary=b\n\n".encode() + b"".join(parts) + b"--b--\n"


NAMES = ("田中太郎", "Иван Петров", "Jürgen Müller", "jane doe")
TEXTS = [
    ("text/plain", "utf-7", b"to jane+ACA-doe now"),
    ("text/plain", "", b"to jane+ACA-doe now"),
    ("text/plain", "utf-16", "to jane doe".encode("utf-16-le")),
    ("text/plain", "", "to jane doe".encode("utf-16-le")),
    ("text/plain", "utf-32", "to jane doe".encode("utf-32-le")),
    ("text/plain", "iso-2022-jp", "担当 田中太郎 です".encode("iso2022_jp").replace(b"\x1b(B", b"\x1b(J")),
    ("text/plain", "", "担当 田中太郎 です".encode("cp932")),
    ("text/plain", "iso-8859-1", "to Jürgen Müller".encode()),
    ("text/plain", "utf-8", "to Jürgen Müller".encode("latin-1")),
    ("text/plain", "", "to Иван Петров".encode("koi8-r")),
    ("text/vcard", "iso-8859-1", "FN:Jürgen Müller".encode()),
    ("text/html", "", '<meta charset=koi8-r><p title="to">Иван <b>Петров'.encode("koi8-r")),
    ("text/html", "", "<meta charset=shift_jis><p>田中<b>太郎".encode("cp932")),
    ("text/html", "iso-8859-1", "<meta charset=utf-8><p>Jürgen <b>Müller".encode()),
    ("text/csv", "koi8-r", "name\nИван Петров\n".encode("koi8-r")),
]


def test_a_text_is_read_in_each_charset_that_somebody_may_see_it_in():
    custom = compile_custom(None, list(NAMES))

    output, findings, _ = redacted_file(
        in_charsets(TEXTS), "a.eml", custom=custom, entity_types=resolve_types(["CUSTOM"])
    )

    assert len(findings) == len(TEXTS)
    for part in email.message_from_bytes(output).walk():
        if not part.is_multipart():
            said = part.get_payload(decode=True)
            assert b"CUSTOM" in said.replace(b"\0", b"")
            assert not any(name.partition(" ")[0] in each for name in NAMES for each in charsets.readings(said))


def test_the_check_reads_each_part_in_more_charsets_than_those_in_which_it_was_written():
    """A value that whoever writes has not read must fail the document."""
    wrong = [(kind, "us-ascii", data) for kind, _, data in TEXTS]
    work: Any = SimpleNamespace(source=io.BytesIO(in_charsets(wrong)))

    said = "\n".join(emls.texts(work)).replace("<b>", "")

    assert [name for name in (*NAMES[:3], "jane+ACA-doe", "jane doe") if said.count(name) == 0] == []
    assert said.count("田中太郎") >= 3 and said.count("Иван Петров") >= 3 and said.count("Jürgen Müller") >= 4


def test_a_text_whose_charset_nobody_knows_is_not_passed_on():
    source = in_charsets([("text/plain", "", b"kept"), ("text/plain", "IBM-1047", "jo@example.com".encode("cp037"))])

    output, _, summary = redacted_file(source, "a.eml", entity_types=TYPES)

    assert len(email.message_from_bytes(output).get_payload()) == 2
    assert summary.notes == ("Body 2 could not be read and was taken out of the message (invalid_encoding).",)


def test_a_word_of_a_field_is_read_as_what_it_is_and_not_as_what_it_says():
    source = b"Subject: =?iso-8859-1?Q?J=C3=BCrgen_M=C3=BCller?= and =?utf-7?Q?jane+ACA-doe?=\n\nx\n"
    custom = compile_custom(None, list(NAMES))

    output, _, _ = redacted_file(source, "a.eml", custom=custom, entity_types=resolve_types(["CUSTOM"]))

    assert words.of(output.partition(b"\n")[0].removeprefix(b"Subject: ").decode(), "").text == "<CUSTOM> and <CUSTOM>"


def test_a_blank_before_the_colon_of_a_field_changes_nothing():
    """RFC 5322, section 4.5."""
    head = f"{HEAD}Content-Transfer-Encoding : quoted-printable\n\n"

    assert redacted(f"{head}j=6F@exampl=65.=63om\n") == f"{head}<EMAIL_ADDRESS>\n"


def test_pictures_that_a_page_points_to_are_told_apart_by_new_names():
    """RFC 2392."""
    image = "Content-Type: image/png\nContent-ID:{}\n\n\n"
    source = (
        f"{HEAD}Content-Type: multipart/related; boundary=b\n\n--b\nContent-Type: text/html\n\n"
        '<img src="cid:{}"><img src="cid:{}"><img src="cid:plain-1"><img src="cid:part-2@redacted">\n'
        f"--b\n{image}--b\n{image}--b\n{image}--b\n{image}--b--\n"
    )
    kept = (" <plain-1>", "<part-2@redacted>")
    data = source.format(
        "jo.1@example.com", "jo.2%40example.com", " <jo.1@example.com>", " \n <jo.2@example.com>", *kept
    )

    output, findings, _ = redacted_file(data.encode(), "a.eml", entity_types=TYPES)

    one, two = "part-1@redacted", "part-3@redacted"
    assert output.decode() == source.format(one, two, f" <{one}>", f" \n <{two}>", *kept)
    assert [f.location for f in findings] == ["header Content-ID"] * 2


@pytest.mark.parametrize("name", ["8-bit", "utf-8", "7bit (x)", "'8bit'", "8BIT;"])
def test_a_transfer_encoding_is_known_by_what_older_programs_call_it(name):
    head = f"{HEAD}Content-Transfer-Encoding: {name}\n\n"

    assert redacted(f"{head}jo@example.com\n") == f"{head}<EMAIL_ADDRESS>\n"


def test_what_a_list_puts_behind_the_end_of_base64_goes():
    head = f"{HEAD}Content-Transfer-Encoding: base64\n\n"
    source = f"{head}a2VwdA==\n\n____\nlist jo@example.com\n"

    output, findings, summary = redacted_file(source.encode(), "a.eml", entity_types=TYPES)

    assert (output.decode(), findings) == (f"{head}a2VwdA==\n", [])
    assert len(summary.notes) == 1 and "mailing list" in summary.notes[0]


INSIDE = "--b\nContent-Type: text/plain; charset=utf-16le\nContent-Transfer-Encoding: base64\n\n{}\n--b--\n"


@pytest.mark.parametrize(
    "parameters",
    ['boundary="b"\\bin3 "x.csv"', "boundary=b x; name=y", "x; boundary", 'boundary="c"', "boundary=b; boundary=c"],
)
def test_parts_are_parts_however_their_boundary_is_understood(parameters):
    said, label = ("kept jo@example.com".encode("utf-16-le"), "kept <EMAIL_ADDRESS>".encode("utf-16-le"))
    source = f"{HEAD}Content-Type: multipart/mixed; {parameters}\n\n{INSIDE}"

    output = redacted(source.format(base64.b64encode(said).decode()))

    assert output.endswith(f"\n\n{INSIDE.format(base64.b64encode(label).decode())}")


def test_a_value_found_in_one_place_is_removed_from_all():
    source = "Subject: SSN: 219-09-9998\nX-219099998: 1\n\nabout 219099998\n"

    assert redacted(source) == "Subject: SSN: <US_SSN>\nX-US_SSN: 1\n\nabout <US_SSN>\n"


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"Received: from a\n by b\nMessage-ID: <a>\n\nx", "eml"),
        (b"From: a\r\nTo: b\r\nMIME-Version: 1.0\r\n\r\nx", "eml"),
        (b"From: a\nTo: b\n\nx", "text"),
        (b"Subject: a note\n\nMessage-ID: x", "text"),
    ],
)
def test_a_message_without_a_name_is_known_by_its_fields(content, kind):
    assert sniff(content, None, len(content)).name == kind


@pytest.mark.parametrize(
    "body", [b"", b"--b", b"x\n--b\n\n--b\n--b--\nz", b"--b\r\n\r\na\r\n--b--", b"--b\na\n--bb\n--b", b"--b--\n"]
)
def test_a_body_is_the_sum_of_its_parts(body):
    whole = entities.split(body, "b")
    assert whole is None or bytes(whole) == body


@pytest.mark.parametrize("body", [b"", b"a", b"a\r\nb", bytes(range(256)) * 3])
def test_what_is_encoded_is_decoded_the_same(body):
    for encoding in ("7bit", "base64"):
        assert transfer.decoded(transfer.encoded(body, encoding, b"\n"), encoding) == body


def test_long_words_are_written_in_words_of_at_most_75_characters():
    written = words.encoded_words("é" * 100)

    assert max(map(len, written.split())) <= 75
    assert words.of(written, "").text == "é" * 100


def test_parameters_that_say_nothing_are_left_as_they_stand():
    said = params.parsed(' a/b; x="1;2\\"3"; y*0=a; y*1=b;;')

    assert said.said == {"x": '1;2"3', "y": "ab"}
    assert said.written(said.main, {}) == ' a/b; x="1;2\\"3"; y*0=a; y*1=b'


def test_lines_that_go_on_without_a_blank_are_read_as_one():
    """RFC 3676, section 4.2: DelSp."""
    head = f"{HEAD}Content-Type: text/plain; format=flowed; delsp="

    assert redacted(f"{head}yes\n\nto jo@exam \nple.com  \nkept \nlines\n") == (
        f"{head}yes\n\nto <EMAIL_ADDRESS>  \nkept \nlines\n"
    )
    assert redacted(f"{head}no\n\nto jo@example.com \nkept\n") == f"{head}no\n\nto <EMAIL_ADDRESS> \nkept\n"


@pytest.mark.parametrize("is_nested", [False, True])
def test_a_message_has_so_many_parts_those_of_messages_inside_included(is_nested):
    def of(count: int, boundary: str) -> str:
        parts = f"--{boundary}\n\njo@example.com\n" * count
        return f"Content-Type: multipart/mixed; boundary={boundary}\n\n{parts}--{boundary}--\n"

    source = of(3, "c")
    if is_nested:
        source = of(1, "b").replace("\njo@example.com\n", f"Content-Type: message/rfc822\n\n{of(2, 'c')}\n")

    output, *_ = redacted_file(source.encode(), "a.eml", entity_types=TYPES, limits=Limits(members=3))
    assert output.decode() == source.replace("jo@example.com", "<EMAIL_ADDRESS>")
    with pytest.raises(DocumentError, match=r"^A message may have 2 parts: send its attachments on their own\.$") as no:
        redacted_file(source.encode(), "a.eml", entity_types=TYPES, limits=Limits(members=2))
    assert no.value.code == "too_large"


def test_a_pointer_is_looked_up_however_many_ids_there_are():
    class Ids(dict[str, str]):
        def __iter__(self) -> Any:
            raise AssertionError("all ids are gone through for one part")

        items = keys = values = __iter__

    ids = Ids({"jo.1@example.com": "part-1@redacted", "plain": "plain"})
    said = b"cid:jo.1@example.com CID:jo.1%40example.com cid:plain cid:jo%2e1@example.com cid:\xe9"

    followed = pointers.followed(said, ids)

    new = b"part-1@redacted"
    assert followed == b"cid:%b CID:%b cid:plain cid:%b cid:\xe9" % (new, new, new)


def test_signatures_go_but_for_one_that_is_all_there_is():
    made = "Content-Type: application/pgp-signature\n\nx\n"
    head, text = "Content-Type: multipart/mixed; boundary=b\n\n", "\nx\n"

    assert redacted(f"{head}--b\n{made}--b\n{text}--b\n{made}--b--\n") == f"{head}\n--b\n{text}--b--\n"
    assert redacted(f"{head}--b\n{made}--b\n{made}--b--\n") == f"{head}--b\n{made[:-2]}\n--b--\n"
