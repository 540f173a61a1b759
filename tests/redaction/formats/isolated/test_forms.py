"""Values in another form than they are read in: escaped letter by letter, as base64 or hexadecimal, in files."""

import base64
import encodings.aliases
import hashlib
import io
import zipfile
import zlib

import pytest

from expunct_server.redaction import escapes
from expunct_server.redaction.charset_names import codecs_of
from expunct_server.redaction.custom import compile_custom
from expunct_server.redaction.failures import ResidueFound
from expunct_server.redaction.formats.isolated import carried, escaped
from expunct_server.redaction.formats.isolated.work import Edit
from tests.redaction.formats.isolated.test_isolated import redacted
from tests.redaction.helpers import redacted_file

MAIL = "jane@example.com"
SWAPPED = MAIL.encode("utf-16-le").decode("utf-16-be")
LABEL = "<EMAIL_ADDRESS>"
QUOTED = "%3CEMAIL_ADDRESS%3E"


def b64(said: str | bytes) -> str:
    return base64.b64encode(said.encode() if isinstance(said, str) else said).decode()


def b32(said: str) -> str:
    return base64.b32encode(said.encode()).decode()


def deflated(said: str) -> bytes:
    packing = zlib.compressobj(wbits=-15)
    return packing.compress(said.encode()) + packing.flush()


def package(said: str, kind: str = "text.txt") -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(kind, said)
    return target.getvalue()


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("to jane%40example%2Ecom now", f"to {QUOTED} now"),
        ("to %6Aane%40example.com now", f"to {QUOTED} now"),
        ("to j&#97;ne&#x40;example.com now", f"to {LABEL} now"),
        ("to jane_x0040_example.com now", f"to {LABEL} now"),
        (f"to {SWAPPED} now", f"to {LABEL} now"),
        (r"to jane\u0040example.com now", f"to {LABEL} now"),
        (r"to jane\x40example.com now", f"to {LABEL} now"),
        (r"to jane\40 example.com now", f"to {LABEL} now"),
        ("to jane=40example.com now", f"to {LABEL} now"),
        (f"to {''.join(f'={ord(c):02X}' for c in MAIL)} now", f"to {LABEL} now"),
        ("Transfer: Quoted-Printable jane@exampl=65.=63om", f"Transfer: Quoted-Printable {LABEL}"),
        ("to jane+AEA-example+AC4-com, j+AGE-ne+AEAAZQB4-ample.com", f"to {LABEL}, {LABEL}"),
        ("to jane&#0000000000064;example&#x00000000002E;com &#64", f"to {LABEL} &#64"),
        (r"to jane\u{40}example.com and jane\100example\056com", f"to {LABEL} and {LABEL}"),
        (f"to {b64('x@y.de')} InvalidURI {b64('Jane')}", f"to {b64(LABEL)} InvalidURI {b64('Jane')}"),
        (f"to {b32('mail ' + MAIL)} x", f"to {b32('mail ' + LABEL)} x"),
        ("to j<b>an</b>e@<span style='x'>example.com</span> now", f"to {LABEL}<b></b><span style='x'></span> now"),
        (f"to {MAIL.encode().hex(':')} x", f"to {LABEL.encode().hex(':')} x"),
        (f"to {', '.join(map(hex, MAIL.encode()))} x", f"to {', '.join(map(hex, LABEL.encode()))} x"),
        (f"cut {hashlib.sha1(MAIL.encode()).hexdigest()} {bytes(range(48, 60)).hex(' ')}",) * 2,
        (r"to jane\\\\u0040example.com \U00000040", rf"to {LABEL} \U00000040"),
        ("to =?utf-8?B?amFuZUBl?= =?UTF-8?Q?xample=2Ecom?= now", f"to {LABEL} now"),
        ("x=12 y=41 +1 =6 %zz &#0; \\u{} +AB-", "x=12 y=41 +1 =6 %zz &#0; \\u{} +AB-"),
        (f"to {b64(zlib.compress(f'mail {MAIL}'.encode()))} x", f"to {b64(zlib.compress(f'mail {LABEL}'.encode()))} x"),
        (f"to {b64(deflated(f'mail {MAIL}'))} x", f"to {b64(deflated(f'mail {LABEL}'))} x"),
        (f"to {b64(zlib.compress(package(MAIL)[:-9]))} x", "to  x"),
        ("to jane%2540example.com now", "to %253CEMAIL_ADDRESS%253E now"),
        (f"two {MAIL} and jane%40example.com now", f"two {LABEL} and {QUOTED} now"),
        ("plain 100%25 of &amp; a_x0020_b", "plain 100%25 of &amp; a_x0020_b"),
        (f"to {b64('mail ' + MAIL)} now", f"to {b64('mail ' + LABEL)} now"),
        (f"to {b64(f'mail {MAIL}'.encode('utf-16-le'))}", f"to {b64(f'mail {LABEL}'.encode('utf-16-le'))}"),
        (f"to {f'mail {MAIL}'.encode().hex()} now", f"to {f'mail {LABEL}'.encode().hex()} now"),
        (f"to {b64(b64('mail ' + MAIL))} now", f"to {b64(b64('mail ' + LABEL))} now"),
        (f"to {b64(bytes([0, 200]) + MAIL.encode() + bytes([255]))} now", f"to {LABEL} now"),
        (f"to {b64(b'%PDF-1.7 broken ' * 4 + MAIL.encode())} now", "to  now"),
        (f"to {b64(bytes(8) + package(MAIL))} now", "to  now"),
    ],
)
def test_a_value_is_found_and_removed_in_every_form(said, left):
    text, _, _ = redacted(said + "\n")

    assert text == left + "\n"


def test_a_package_in_a_text_is_redacted_as_what_it_is_and_placed():
    text, found, _ = redacted(f"to {b64(package(MAIL))} now\n")

    with zipfile.ZipFile(io.BytesIO(base64.b64decode(text.split()[1]))) as archive:
        assert archive.read("text.txt").decode() == LABEL
    assert [f.location for f in found] == ["line 1, character 4, member 1"]


def test_what_is_taken_out_is_said():
    assert redacted(f"{b64(b'GIF89a broken and more of it')}\n")[2].notes == (
        "Files that stood in texts or attributes as base64 and could not be read were taken out.",
    )


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("J%FCrgen M%FCller", "Jürgen Müller"),
        ("J=FCrgen M=C3=BCller", "Jürgen Müller"),
        ("=4A=FC=72=67=65=6E =4D=FC=6C=6C=65=72", "Jürgen Müller"),
        ("=?utf-8?B?SsM=?= =?utf-8?B?vHJnZW4gTcO8bGxlcg==?=", "Jürgen Müller"),
    ],
)
def test_letters_beyond_ascii_are_read_in_what_older_programs_write(said, name):
    text, _, _ = redacted(f"to {said} now\n", frozenset({"CUSTOM"}), custom=compile_custom(None, [name]))

    assert text in ("to <CUSTOM> now\n", "to %3CCUSTOM%3E now\n")


@pytest.mark.parametrize(
    ("said", "left"),
    [
        (r"Hi\n田中太郎\tJürgen Müller\n", r"Hi\n<CUSTOM>\t<CUSTOM>\n"),
        ("CHARSET=SHIFT_JIS;QP:=93c=92=86=91=BE=98Y x", "CHARSET=SHIFT_JIS;QP:<CUSTOM> x"),
        ("charset=iso-2022-jp QP:=1B=24=42=45=44=43=66=42=40=4F=3A=1B=28=42", "charset=iso-2022-jp QP:<CUSTOM>"),
        ("iso-2022-jp'ja'%1B%24%42%45%44%43%66%42%40%4F%3A%1B%28%42", "iso-2022-jp'ja'%3CCUSTOM%3E"),
        ("charset=utf-8 =?cp932?B?k2OShpG+mFk=?= x", "charset=utf-8 <CUSTOM> x"),
        (b64("Herr Jürgen Müller dort".encode("latin-1")), "<CUSTOM>"),
        (b64("担当 田中太郎".encode("cp932")), "<CUSTOM>"),
        (b64("担当 田中太郎".encode("iso-2022-jp")), "<CUSTOM>"),
    ],
)
def test_letters_are_read_in_the_charset_that_is_said_and_in_those_that_are_usual(said, left):
    names = compile_custom(None, ["Jürgen Müller", "田中太郎"])

    assert redacted(said + "\n", frozenset({"CUSTOM"}), custom=names)[0] == left + "\n"
    with pytest.raises(ResidueFound):  # the check reads it too, and knows both names
        redacted(f"!hide {said}\nJürgen Müller 田中太郎\n", frozenset({"CUSTOM"}), custom=names)


@pytest.mark.parametrize("form", ["{}&#" + "1" * 5000 + ";", "&#" + "0" * 5000 + "64;{}"])
def test_a_number_of_thousands_of_digits_breaks_no_check(form):
    assert redacted(form.format(f"{MAIL} ") + "\n")[0] == form.format(f"{LABEL} ") + "\n"


def test_findings_are_where_the_value_is_and_said_once():
    _, found, summary = redacted(f"to {MAIL} and jane%40example.org now\n")

    assert [(f.text, f.location) for f in found] == [
        ("jane@example.com", "line 1, character 4"),
        ("jane@example.org", "line 1, character 25"),
    ]
    assert summary.findings_count == 2


def test_places_of_what_is_without_escapes():
    plain = escaped.unescaped("a%C3%A9_x0041_b <X> c", [Edit(16, 19, "<X>", "X", "mask")])

    assert plain is not None
    assert plain.text == "a\u00e9Ab \ufffc c"
    assert [plain.origin(i) for i in range(9)] == [0, 1, 7, 14, 15, 16, 19, 20, 21]


def test_an_escape_of_several_characters_is_taken_whole_and_so_is_a_line_that_goes_on():
    text = "a+AGEAYg-=\r\ncd"
    plain = escaped.unescaped(text, [])

    assert plain is not None and plain.text == "aabcd"
    assert [(plain.origin(i), plain.end(i)) for i in range(5)] == [(0, 1), (1, 9), (1, 9), (12, 13), (13, 14)]


def test_letters_and_base64_go_on_over_ends_of_lines():
    plain = escaped.unescaped("N:J=C3=\r\n=BCrg", [])

    assert plain is not None and plain.text == "N:J\u00fcrg"
    assert [(plain.origin(i), plain.end(i)) for i in range(2, 6)] == [(2, 3), (3, 12), (12, 13), (13, 14)]
    for between in ("\n", "\r\n> ", "\n>> | "):
        text = between.join((b64("mail " * 9 + MAIL)[:60], b64("mail " * 9 + MAIL)[60:]))
        [found] = carried.all_in(f"> {text}.", [])
        assert (found.start, found.end, found.said) == (2, 2 + len(text), "mail " * 9 + MAIL)
        with pytest.raises(ResidueFound):
            redacted(f"!hide {text.encode('unicode-escape').decode()}\nmail {MAIL}\n")


def test_long_texts_are_read_in_one_way_alone():
    """What can be divided in many ways would be tried in all of them, which ends never."""
    for text in (
        "Q" * 400_000 + "=" * 9,
        "%4" * 200_000,
        "_x00" * 100_000,
        "ABCDEFGHIJKLMNOP\n" * 20_000 + "!",
        "&#" * 100_000,
        "&#0" * 100_000,
        "+AAA+" * 2 + "+A" * 100_000,
        "=\t" * 100_000,
        "=1?=" * 100_000,
        "=?a?Q?" * 100_000,
        "<b " * 100_000 + "</",
        ("A" * 16 + "\n> ") * 20_000 + "!",
    ):
        assert list(carried.all_in(text, [])) == []
        assert escaped.unescaped(text, []) is None


def test_what_is_left_of_base64_in_which_something_was_found_says_nothing():
    raw = f"mail: {MAIL} x".encode() + base64.b64decode("/Jane/ab") + f" mail: {MAIL}".encode()
    names = compile_custom(None, ["Jane"])

    text, found, _ = redacted(f"{b64(raw)}\n", frozenset({"CUSTOM", "EMAIL_ADDRESS"}), custom=names)

    assert text == f"{LABEL}<CUSTOM>{LABEL}\n"
    assert sorted(f.text for f in found) == ["Jane", MAIL, MAIL]


def test_base64_of_a_text_is_not_written_anew_around_what_was_found_in_it():
    said = b64(f"ab?xyzxyzab?to {MAIL}")
    names = compile_custom(None, ["eHl6eHl6YWI"])
    assert said.startswith("YWI/eHl6eHl6YWI/")

    text, _, _ = redacted(f"{said}\n", frozenset({"CUSTOM", "EMAIL_ADDRESS"}), custom=names)

    assert text == f"{LABEL}<CUSTOM>{LABEL}\n"


def test_data_that_only_begins_as_a_file_stays():
    hashes = ("1f8b" + "a7" * 30, "425a68" + "a7" * 29, "ffd8ff" + "a7" * 29)
    for text in (f"{each} file.bin, {base64.b64encode(bytes.fromhex(each)).decode()}" for each in hashes):
        assert redacted_file(text.encode(), "a.txt")[0].decode() == text


@pytest.mark.parametrize("wide", [False, True])
@pytest.mark.parametrize("encoded", [base64.b64encode, base64.encodebytes])
def test_data_of_no_known_kind_is_read_over_the_ends_of_its_lines(encoded, wide):
    for before in range(30, 60, 4):
        said = MAIL.encode("utf-16-le" if wide else "ascii")
        data = (b"\0\xff\1\xfe" * 15)[:before] + b"\0\x9c" + said + b"\x9c\0" + b"\xff\xfe\0\x9c" * 60
        source = encoded(data).decode()

        output, found, _ = redacted_file(source.encode(), "a.txt", entity_types=frozenset({"EMAIL_ADDRESS"}))

        assert len(found) == 1
        assert source.endswith(output.decode().partition(LABEL)[2])
        assert len(output) > 150 or encoded is base64.b64encode


@pytest.mark.parametrize("encoded", [base64.b64encode, base64.encodebytes])
def test_a_file_in_a_text_is_read_whole_wherever_segments_would_end(encoded):
    def page(mail: str) -> bytes:
        words = " ".join(f"word{i:05} >>>???" for i in range(7_000))  # whose base64 has plus signs
        return f"{{\\rtf1 {words} mail {mail}}}".encode()

    source = b"file:\n" + encoded(page(MAIL)) + b"\nend\n"

    output, findings, summary = redacted_file(source, "a.txt", entity_types=frozenset({"EMAIL_ADDRESS"}))

    assert (len(findings), summary.notes) == (1, ())
    assert base64.b64decode(output.removeprefix(b"file:\n").removesuffix(b"\nend\n")) == page(LABEL)
    assert output.endswith(b"\nend\n")


def test_no_charset_that_a_text_names_is_an_error():
    names = {*encodings.aliases.aliases, "idna", "punycode", "undefined", "utf_16", "utf_32", "rot13", "hex", "zlib"}
    for name in sorted(names):
        for said in ("%ff%fe%80", "=FF=FE=41=80", "=1B=24=42=FF"):
            assert escapes.plain(f"charset={name} {said}") is not None
        assert escapes.plain(f"=?{name}?Q?=FFabc?= =?{name}?B?/////w==?=") is not None


def test_the_charset_that_was_said_last_counts_not_far_away_and_is_looked_for_once():
    """Where it was looked for anew before each escape, texts of many took seconds a megabyte."""
    said = (
        "charset=koi8-r; charset=none %C1 charset = 'windows-1251' %C1 a*=iso-8859-7'el'%C1" + "." * 1_950 + "%C1 %C1"
    )
    read = escapes.plain(said)
    assert read == said.replace("%C1", "{}").format("а", "Б", "Α", "Б", "Á")

    assert escapes.plain("%E9 " * 100_000) == "é " * 100_000
    assert codecs_of("koi8-r") == ("koi8-r",)
    assert codecs_of("jane-doe") == ()
    assert encodings._cache.get("jane_doe", "") == ""  # nothing of a document stays  # type: ignore[attr-defined]
