"""Messages of Outlook: what becomes of each kind of property, what is refused, and that nothing made up breaks more."""

import base64
import io
import random
import struct
from collections.abc import Mapping, Sequence
from typing import Any

import olefile
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expunct_server.redaction.formats import DocumentError
from expunct_server.redaction.formats.isolated.limits import DEFAULT
from expunct_server.redaction.formats.isolated.work import Work
from expunct_server.redaction.formats.mail import msgs
from expunct_server.redaction.formats.mail.msgs import named, people, rtf
from tests.redaction.formats.cases_msg import CASES
from tests.redaction.formats.mail import outlook
from tests.redaction.helpers import redacted_file

TYPES = frozenset({"EMAIL_ADDRESS", "US_SSN"})
MAIL = "jo@example.com"
SSN = "219-09-9998"


def redacted(values: outlook.Values, *more: Any, **others: Any) -> tuple[dict[str, bytes], tuple[str, ...]]:
    """The streams of the redacted message, and the notes."""
    output, _, summary = redacted_file(outlook.message(values, *more, **others), "a.msg", entity_types=TYPES)
    outlook.check(output)
    found = outlook.streams(output)
    return {path: raw for path, raw in found.items() if not path.startswith("__nameid")}, summary.notes


def properties(values: outlook.Values, **others: Any) -> dict[int, bytes]:
    """What the redacted message has by tag: streams, and of numbers their eight bytes."""
    found, _ = redacted(values, **others)
    raw = found.pop(outlook.STREAM)
    made = {int(path[12:20], 16): stream for path, stream in found.items() if len(path) == 20}
    for at in range(32, len(raw), 16):
        tag = struct.unpack_from("<I", raw, at)[0]
        made.setdefault(tag, raw[at + 8 : at + 16])
    return made


def wide(text: str) -> bytes:
    return text.encode("utf-16-le")


EACH = [
    (0x0037001F, f"of {MAIL}", wide("of <EMAIL_ADDRESS>")),
    (0x0037001F, f"of {MAIL}\0\0", wide("of <EMAIL_ADDRESS>")),
    (0x0037001F, "kept", wide("kept")),
    (0x0037001F, wide(MAIL) + b"x", wide("<EMAIL_ADDRESS>\ufffd")),
    (0x0037001E, f"é {MAIL}", "é <EMAIL_ADDRESS>".encode("cp1252")),
    (0x1000001F, f"a\nbegin 644 jo.txt\n#0V%T\n`\nend\nb {MAIL}", wide("a\n\nb <EMAIL_ADDRESS>")),
    (0x001A001F, "IPM.Note", wide("IPM.Note")),
    (0x001A001F, f"IPM.{MAIL}", wide("IPM.Note")),
    (0x1035001F, f"<{MAIL}>", wide("<EMAIL_ADDRESS>")),
    (0x1039001F, f"<{MAIL}> =?utf-8?Q?x?=", wide("<<EMAIL_ADDRESS>> =?utf-8?Q?x?=")),
    (0x3707001F, f"{MAIL} x.txt", wide("EMAIL_ADDRESS x.txt")),
    (0x00710102, b"\1" + bytes(21), b"\1" + bytes(21)),
    (0x00710102, b"\1" + MAIL.encode(), None),
    (0x00710102, b"\1" + wide(MAIL), None),
    (0x00710102, outlook.Storage({"a": b"b"}), None),
    (0x0070001F, outlook.Storage({"a": b"b"}), None),
    (0x12340102, b"whatever", None),
    (0x00520102, b"EX:/O=A", None),
    (0x80010048, b"g" * 16, b"g" * 16),
    (0x80010048, SSN.encode().ljust(16, b"\0"), None),
    (0x00390040, 133_500_000_000_000_000, struct.pack("<Q", 133_500_000_000_000_000)),
    (0x0E080003, 5, None),
    (0x10060003, 5, None),
    (0x0E070003, 219099998, struct.pack("<Q", 219099998)),
    (0x80010003, 7, struct.pack("<Q", 7)),
    (0x8001101F, ["a", MAIL], b"\4\0\0\0\x20\0\0\0"),
    (0x80011102, b"x", None),
    (0x8001000D, outlook.Storage({"a": b"b"}), None),
    (0x800100FD, b"x", None),
    (0x10130102, f"<p>{MAIL}\0".encode(), b"<p>&lt;EMAIL_ADDRESS&gt;"),
    (0x10130102, b"<p>kept \xe9", b"<p>kept \xe9"),
    (0x10130102, b"\xef\xbb\xbf<p>\xc3\xa9", b"\xef\xbb\xbf<p>\xc3\xa9"),
    (0x1013001F, f"<p>é {MAIL}", wide("<p>é &lt;EMAIL_ADDRESS&gt;")),
    (0x1013001E, f"<p>é {MAIL}", "<p>é &lt;EMAIL_ADDRESS&gt;".encode("cp1252")),
    (0x10130102, b"", b""),
    (0x1009001F, MAIL, wide("<EMAIL_ADDRESS>")),
    (0x10090048, b"g" * 16, b"g" * 16),
    (0x10091003, b"\1\0\0\0", b"\1\0\0\0"),
    (0x1013101F, [MAIL], b"\x20\0\0\0"),
    (0x007D0102, MAIL.encode(), None),
    (0x37010048, b"g" * 16, b"g" * 16),
    (0x10090102, b"", b""),
    (0x007D001E, f"A: b\r\nTo: {MAIL}\r\n\r\n", b"A: b\r\nTo: <EMAIL_ADDRESS>\r\n\r\n"),
]
"""A property, and what is left of it."""


def rounds(rows: Sequence[tuple[Any, ...]]) -> list[list[tuple[Any, ...]]]:
    """In as few messages as there are rows for one tag."""
    made: list[list[tuple[Any, ...]]] = []
    for row in rows:
        free = next((each for each in made if row[0] not in [other[0] for other in each]), None)
        if free is None:
            made.append([row])
        else:
            free.append(row)
    return made


@pytest.mark.parametrize("rows", rounds(EACH), ids=lambda rows: str(len(rows)))
def test_a_property_is_redacted_or_dropped_or_stays(rows):
    made = properties({0x3FFD0003: 1252, **{tag: value for tag, value, _ in rows}})
    del made[0x3FFD0003]
    assert made == {tag: result for tag, _, result in rows if result is not None}


def test_a_number_that_says_something_goes():
    number = 219099998
    said = {
        0x80000003: number, 0x80010014: number, 0x80020005: float(number), 0x80030006: number * 10_000,
        0x80041003: struct.pack("<2i", 5, number), 0x67010003: number,
    }  # fmt: skip
    others = {0x80050003: 219, 0x80060005: 0.5, 0x80071003: struct.pack("<2i", 5, 6), 0x0E070003: number}
    names = outlook.named(["SSN"] * 8)

    made = properties({**said, **others, 0x0037001F: f"SSN: {SSN}"}, names=names)

    assert set(made) == {*others, 0x0037001F}


def test_times_stay_but_those_that_are_of_a_person():
    born = 120_000_000_000_000_000
    times = dict.fromkeys((0x00390040, 0x3A420040, 0x80000040, 0x80010040, 0x80020040), born)
    source = outlook.message(
        {**times, 0x0037001F: "born 1981-04-10"}, names=outlook.named([0x80DE, "Birthday", 0x820D])
    )

    output, _, _ = redacted_file(source, "a.msg", entity_types=frozenset({"DATE_TIME"}))

    raw = outlook.streams(output)[outlook.STREAM]
    assert [struct.unpack_from("<I", raw, at)[0] for at in range(32, len(raw), 16)] == [
        0x0037001F, 0x00390040, 0x80020040,
    ]  # fmt: skip


def test_what_an_entry_has_no_use_for_is_not_written():
    """Flags beyond three bits, and what stands behind a number that is shorter than its place."""
    source = outlook.inside({0x0E070003: 5, 0x0037001F: "kept"}, is_root=True)
    raw = bytearray(source.entries[outlook.STREAM])
    raw[:8], raw[24:32], raw[36:40], raw[44:48], raw[60:64] = b"8 bytes!", b"8 bytes!", b"flag", b"rest", b"none"
    source.entries[outlook.STREAM] = bytes(raw)

    output, _, _ = redacted_file(outlook.written(source), "a.msg", entity_types=TYPES)

    made = outlook.streams(output)[outlook.STREAM]
    entries = struct.pack("<4I", 0x0037001F, 6, 10, 0) + struct.pack("<4I", 0x0E070003, ord("f") & 7, 5, 0)
    assert made == bytes(32) + entries


def test_people_are_identified_anew_by_what_is_left_of_them():
    ids = {0x0C190102: b"x" * 40, 0x0C1A001F: "Kept", 0x0C1E001F: "SMTP", 0x0C1F001F: MAIL, 0x003F0102: b"x"}
    to = {0x0FFF0102: b"x", 0x5FF70102: b"x", 0x3001001F: MAIL, 0x3002001F: "SMTP", 0x3003001F: "kept"}

    found, notes = redacted(ids, [to])

    head = bytes.fromhex("00000000812b1fa4bea310199d6e00dd010f540200000180")
    assert found["__substg1.0_0C190102"] == head + wide("Kept\0SMTP\0<EMAIL_ADDRESS>\0")
    folder = "__recip_version1.0_#00000000/__substg1.0_"
    assert found[f"{folder}0FFF0102"] == found[f"{folder}5FF70102"] == head + wide("<EMAIL_ADDRESS>\0SMTP\0kept\0")
    assert "__substg1.0_003F0102" not in found
    assert notes == ()


def test_an_identifier_says_what_a_reader_finds_in_it():
    made = people.one_off("n\0ame", "SMTP", "address")
    assert made[24:].decode("utf-16-le").split("\0") == ["name", "SMTP", "address", ""]


def test_names_of_properties_are_redacted_and_found_by_the_streams_for_that():
    """MS-OXMSG, 2.2.3.2: the bucket of `x-mailer` in the first set of its own is 0x100F."""
    table = outlook.named(["x-mailer", f"of {MAIL}", f"of {MAIL}", 0x8233], SSN.encode().ljust(16, b"\0") + b"g" * 16)

    output, findings, _ = redacted_file(outlook.message({}, names=table), "a.msg", entity_types=TYPES)

    found = {path[-8:]: raw for path, raw in outlook.streams(output).items() if path.startswith("__nameid")}
    assert found["00020102"] == bytes(16) + b"g" * 16
    texts = found["00040102"]
    said = [texts[at + 4 : at + 4 + length] for at, length in lengths(texts)]
    assert said == [wide(name) for name in ("x-mailer", "of <EMAIL_ADDRESS>", "of <EMAIL_ADDRESS> 2")]
    assert found["100F0102"] == struct.pack("<I2H", 0xFF504E89, 7, 0)
    numeric = 0x1000 + (0x8233 ^ 6) % 31
    assert found[f"{numeric:04X}0102"].endswith(struct.pack("<I2H", 0x8233, 6, 3))
    assert [f.location for f in findings] == ["name of property 2", "name of property 3", "set of properties 1"]


def lengths(texts: bytes) -> list[tuple[int, int]]:
    found, at = [], 0
    while at < len(texts):
        length = struct.unpack_from("<I", texts, at)[0]
        found.append((at, length))
        at += 4 + length + -length % 4
    return found


def test_what_only_outlook_reads_goes_and_that_is_said():
    found, notes = redacted({0x80000102: b"x", 0x12340102: b"x", 0x00520102: b"x"}, names=outlook.named([0x8216]))

    assert list(found) == [outlook.STREAM]
    assert notes == (
        "What only Outlook reads of a message, such as rules of recurrence and voting buttons, was taken out.",
    )


def test_parts_that_belong_to_no_message_go_and_that_is_said():
    found, notes = redacted({}, other=b"x", more=outlook.Storage({"a": b"b"}))

    assert list(found) == [outlook.STREAM]
    assert notes == ("Parts of the file that belong to no message were taken out.",)


def test_a_message_attached_to_one_of_mail_is_read_too():
    head = "Content-Type: application/vnd.ms-outlook\nContent-Transfer-Encoding: base64\n\n"
    inner = base64.encodebytes(outlook.message({0x0037001F: MAIL})).decode()

    output, findings, _ = redacted_file(
        f"From: a\nMIME-Version: 1.0\n{head}{inner}".encode(), "a.eml", entity_types=TYPES
    )

    data = base64.b64decode(output.decode().partition("\n\n")[2])
    assert outlook.streams(data)["__substg1.0_0037001F"] == wide("<EMAIL_ADDRESS>")
    assert [f.location for f in findings] == ["attachment 1, subject"]


def test_a_name_says_what_its_property_is():
    table = outlook.named(["SSN"])
    assert properties({0x8000001F: "219099998"}, names=table)[0x8000001F] == wide("<US_SSN>")


def test_names_that_lead_nowhere_are_empty():
    table = outlook.named([])
    table.entries["__substg1.0_00030102"] = struct.pack("<I2H", 0xFFFFFFF0, 7, 0)
    assert [each.text for each in named.names_of(outlook.Storage({named.STORAGE: table})).entries] == [""]


@pytest.mark.parametrize(
    ("tag", "value", "pages", "result"),
    [
        (0x0037001E, f"é {MAIL}", {}, "é <EMAIL_ADDRESS>"),
        (0x0037001E, f"é {MAIL}", {0x3FFD0003: 1200}, "é <EMAIL_ADDRESS>"),
        (0x0037001E, f"é {MAIL}", {0x3FDE0003: 50220}, "é <EMAIL_ADDRESS>"),
        (0x10130102, f"<p>é {MAIL}", {}, "<p>é &lt;EMAIL_ADDRESS&gt;"),
        (0x10130102, f"<p>é {MAIL}", {0x3FDE0003: 1200}, "<p>é &lt;EMAIL_ADDRESS&gt;"),
        (0x10130102, f"<p>é {MAIL}", {0x3FDE0003: 65001}, "<p>é &lt;EMAIL_ADDRESS&gt;"),
    ],
)
@pytest.mark.parametrize("codec", ["utf-8", "cp1252"])
def test_a_text_is_read_as_what_it_looks_like_where_its_code_page_is_not_said_or_wrong(
    tag, value, pages, result, codec
):
    source = {tag: value.encode(codec), **pages}
    found = properties(source)
    assert found[tag] == result.encode(codec)


def test_a_page_in_utf_16_is_read_as_such():
    page = wide(f"<p>{MAIL}")
    assert properties({0x10130102: page, 0x3FDE0003: 1200})[0x10130102] == wide("<p>&lt;EMAIL_ADDRESS&gt;")


# --- attachments ------------------------------------------------------------------------------------------------------

FILE = {0x37050003: 1, 0x3707001F: "a.txt", 0x37010102: MAIL.encode(), 0x0E200003: 1, 0x0E210003: 7}


def test_attachments_are_counted_anew_where_one_goes():
    found, notes = redacted({}, [], [{0x37050003: 6, 0x37010102: b"x"}, {0x3701000D: outlook.Storage()}, FILE])

    assert {path.partition("/")[0] for path in found if "attach" in path} == {"__attach_version1.0_#00000000"}
    raw = found["__attach_version1.0_#00000000/__properties_version1.0"]
    numbers = dict(struct.unpack_from("<I4xI", raw, at) for at in range(8, len(raw), 16))
    assert numbers[0x0E200003] == len("<EMAIL_ADDRESS>") and numbers[0x0E210003] == 0
    assert found["__attach_version1.0_#00000000/__substg1.0_37010102"] == b"<EMAIL_ADDRESS>"
    assert notes == ("Objects of other programs inside the message were taken out.",)


def test_a_message_inside_another_file_is_read_too():
    inner = outlook.message({0x0037001F: MAIL})
    found, _ = redacted({}, [], [{**FILE, 0x3707001F: "a.msg", 0x37010102: inner}])

    data = found["__attach_version1.0_#00000000/__substg1.0_37010102"]
    assert outlook.streams(data)["__substg1.0_0037001F"] == wide("<EMAIL_ADDRESS>")


def refused(data: bytes) -> DocumentError:
    with pytest.raises(DocumentError) as caught:
        redacted_file(data, "a.msg", entity_types=TYPES)
    assert caught.value.detail.endswith(".")
    return caught.value


GONE = "A part that could not be read was taken out here.\n"


def test_what_cannot_be_read_is_taken_out_where_the_rest_can_be():
    sealed = outlook.inside({0x001A001F: "IPM.Note.SMIME"})
    files = [{**FILE, 0x37010102: b"MZ\x90\0"}, FILE, {0x37050003: 5, 0x3701000D: sealed}]
    values = {0x1000001F: "kept", 0x10090102: b"LZFu", 0x10130102: b"<p>kept"}

    found, notes = redacted(values, [], files)

    names = [found[f"__attach_version1.0_#{i:08X}/__substg1.0_3707001F"] for i in range(3)]
    assert names == [wide("removed.txt"), wide("a.txt"), wide("removed.txt")]
    texts = [found[f"__attach_version1.0_#{i:08X}/__substg1.0_37010102"] for i in range(3)]
    assert texts == [GONE.encode(), b"<EMAIL_ADDRESS>", GONE.encode()]
    assert found["__substg1.0_10130102"] == b"<p>kept" and "__substg1.0_10090102" not in found
    assert notes == (
        "RTF body could not be read and was taken out of the message (unreadable).",
        "Attachment 1 could not be read and was taken out of the message (unsupported_format).",
        "Attachment 3 could not be read and was taken out of the message (encrypted).",
    )


def test_a_line_stands_for_bodies_of_which_none_can_be_read():
    found, _ = redacted({0x10090102: b"LZFu"}, [], [FILE])
    assert found["__substg1.0_1000001F"] == wide(GONE)


def deep(levels: int) -> outlook.Values:
    made = outlook.inside({})
    for _ in range(levels):
        made = outlook.inside({}, [], [{0x37050003: 5, 0x3701000D: made}])
    return {0x37050003: 5, 0x3701000D: made}


@pytest.mark.parametrize(
    ("values", "files", "code", "detail"),
    [
        ({0x001A001F: "IPM.Note.SMIME"}, [], "encrypted", "The message is encrypted"),
        ({0x001A001F: "IPM.Note.SMIME.MultipartSigned"}, [], "unsupported_format", "The message is inside a signature"),
        ({0x1000001F: "-----BEGIN PGP MESSAGE-----\n"}, [], "encrypted", "The message is encrypted"),
        ({}, [{**FILE, 0x3707001F: "message.rpmsg"}], "encrypted", "The message is encrypted"),
        ({}, [{**FILE, 0x37010102: b"MZ\x90\0"}], "unsupported_format", "Attachment 1 of the message cannot be"),
        ({}, [deep(25)], "nested_too_deep", "Messages may be 20 deep"),
        ({0x10090102: b"LZFu"}, [], "unreadable", "The RTF body of the message is damaged"),
        ({0x10090102: rtf.packed(b"no document")}, [], "unreadable", "RTF body of the message cannot be redacted"),
    ],
)
def test_what_cannot_be_read_is_refused_in_a_sentence(values, files, code, detail):
    error = refused(outlook.message(values, [], files))
    assert (error.code, error.detail[: len(detail)]) == (code, detail)


@pytest.mark.parametrize("data", [b"a text", outlook.written(outlook.Storage({"WordDocument": b"x"}))])
def test_what_is_no_message_is_refused(data):
    assert refused(data).detail.startswith("This is no Outlook message")


def test_an_empty_file_stays_empty():
    assert redacted_file(b"", "a.msg", entity_types=TYPES)[0] == b""


def test_what_was_not_redacted_is_as_it_was_but_for_what_is_made_anew():
    source = outlook.message({0x0037001F: "kept", 0x1000001E: "é kept", 0x10130102: b"<p>kept"}, [{0x3001001F: "kept"}])

    output, _, summary = redacted_file(source, "a.msg", entity_types=TYPES)

    assert outlook.streams(output) == outlook.streams(source)
    assert redacted_file(output, "a.msg", entity_types=TYPES)[0] == output
    assert summary.notes == ()


def test_nothing_that_olefile_finds_wrong_is_written():
    case = CASES[1]
    output, _, _ = redacted_file(case.make(case.planted()), "a.msg", entity_types=TYPES)
    with olefile.OleFileIO(io.BytesIO(output)) as file:
        assert file.parsing_issues == []


@pytest.mark.parametrize("tag", [0x0037001F, 0x0071001E, 0x67010102, 0x37010102, 0x10130102, 0x10090102, 0x007D001F])
def test_what_is_left_in_a_written_message_is_seen(tag):
    value = {
        0x37010102: MAIL.encode(),
        0x10130102: MAIL.encode(),
        0x10090102: rtf.packed(b"{\\rtf1 %s}" % MAIL.encode()),
    }
    text = value.get(tag, wide(MAIL) if tag & 0x100F != 0xE else MAIL.encode())
    assert any(MAIL in said for said in texts_of(outlook.message({tag: text})))


@pytest.mark.parametrize(
    "more", [{"other": b"x"}, {"__substg1.0_0037001F-x": b"x"}, {"__substg1.0_10090102": b"x" * 20}], ids=str
)
def test_what_is_no_part_of_a_message_is_not_released(more):
    with pytest.raises(ValueError, match=r"beside the message|cannot be read"):
        texts_of(outlook.message({}, **more))


def texts_of(data: bytes) -> list[str]:
    with io.BytesIO(data) as source:
        return list(msgs.texts(Work(source, io.BytesIO(), "a.msg", DEFAULT, None)))  # type: ignore[arg-type]


# --- RTF --------------------------------------------------------------------------------------------------------------

EXAMPLES: Mapping[str, bytes] = {
    "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0": (
        b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"
    ),
    "1a0000001c0000004c5a4675e2d44b51410004205758595a0d6e7d010eb0": b"{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}",
}


@pytest.mark.parametrize(("packed", "document"), EXAMPLES.items(), ids=["simple", "overlapping"])
def test_the_examples_of_the_specification_are_unpacked(packed, document):
    """MS-OXRTFCP, 3.1 and 3.2."""
    assert rtf.unpacked(bytes.fromhex(packed)) == document
    assert outlook.compressed(document).hex() == packed


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.sampled_from([b"abc", b"{\\rtf1 ", b"\\par\r\n", b"\0", b"x" * 40, b"1", bytes(range(200))]), max_size=90
    )
)
def test_what_is_packed_is_unpacked_the_same(parts):
    document = b"".join(parts)

    assert rtf.unpacked(rtf.packed(document)) == document
    assert rtf.unpacked(outlook.compressed(document)) == document


def test_the_dictionary_is_a_ring():
    document = random.Random(2).randbytes(3_000) * 3 + bytes(range(256)) * 30
    assert rtf.unpacked(outlook.compressed(document)) == document


PACKED = bytes.fromhex(next(iter(EXAMPLES)))


@pytest.mark.parametrize(
    "data",
    [
        b"", PACKED[:10], PACKED[:-1], PACKED[:20] + b"x" + PACKED[21:], PACKED[:8] + b"LZFx" + PACKED[12:],
        rtf.packed(b"abc")[:-1], struct.pack("<2I4sI", 14, 9, b"LZFu", outlook.crc(b"\1a")) + b"\1a",
    ],
)  # fmt: skip
def test_what_is_damaged_is_refused(data):
    with pytest.raises(DocumentError) as caught:
        rtf.unpacked(data)
    assert caught.value.code == "unreadable"


def test_what_says_that_it_is_large_is_refused_before_it_is_unpacked():
    with pytest.raises(DocumentError) as caught:
        rtf.unpacked(struct.pack("<2I4sI", 12, rtf.MAX + 1, b"LZFu", 0))
    assert caught.value.code == "too_large"


def test_no_more_is_unpacked_than_was_said():
    reference = (0 << 4 | 15).to_bytes(2, "big")
    data = (b"\xff" + reference * 8) * 1_000
    head = struct.pack("<2I4sI", len(data) + 12, 10, b"LZFu", outlook.crc(data))
    assert rtf.unpacked(head + data) == b"{\\rtf1\\ans"


PAGE = rb"{\rtf1\fromhtml1 {\*\htmltag84 <a title='%s'>}%s\htmlrtf  %s \{\htmlrtf0  <OLD>}"


def test_labels_in_rtf_that_carries_html_are_no_elements_there():
    """MS-OXRTFEX, 2.1: what is in no tag and not beside the page is a text of the page, as it stands there."""
    mail, label = MAIL.encode(), b"<EMAIL_ADDRESS>"
    shown = rb"{\*\htmltag84 &lt;}\htmlrtf <\htmlrtf0 EMAIL_ADDRESS{\*\htmltag84 &gt;}\htmlrtf >\htmlrtf0 "

    made = properties({0x10090102: outlook.compressed(PAGE % (mail, mail, mail))})

    assert rtf.unpacked(made[0x10090102]) == PAGE % (label, shown, label)


def test_labels_in_other_rtf_stay_as_they_are():
    document = rb"{\rtf1 " + MAIL.encode() + b"}"
    made = properties({0x10090102: outlook.compressed(document)})
    assert rtf.unpacked(made[0x10090102]) == rb"{\rtf1 <EMAIL_ADDRESS>}"


def test_what_only_the_page_in_an_rtf_says_is_seen_in_the_written_message():
    document = rb"{\rtf1\fromhtml1 jo@exam\htmlrtf xyz\htmlrtf0 ple.com}"
    assert any(MAIL in said for said in texts_of(outlook.message({0x10090102: rtf.packed(document)})))
