"""The bytes of a document read by plain code: whatever they say of themselves, and no drawing as a number."""

import io
import random
import zlib
from base64 import a85encode
from itertools import pairwise

import pytest
from pikepdf import Array, Dictionary, Name, String

from expunct_server.redaction.findings import Finding
from expunct_server.redaction.formats.common import DocumentError
from expunct_server.redaction.formats.isolated.limits import DEFAULT
from expunct_server.redaction.formats.isolated.work import Noise, Work
from expunct_server.redaction.formats.pdf import raw, reading, unpacking
from expunct_server.redaction.removed import LEAST_IN_NOISE, Removed
from tests.redaction.formats.pdf.papers import line, paper, saved

MAIL = "jane@example.com"
SAID = f"see {MAIL}".encode()
WIDE = MAIL.encode("utf-16-be")
PIXELS = b"\xff" + random.Random(5).randbytes(2_000) + b"\xff"


def stream(data: bytes, head: str = "") -> bytes:
    return b"9 0 obj\n<< /Length %d %s >>\nstream\n%s\nendstream\nendobj\n" % (len(data), head.encode(), data)


def texts(data: bytes) -> list[str]:
    """What is neither noise nor the words around a stream."""
    return [each.strip() for each in raw.said(data) if not isinstance(each, Noise) and each.strip()]


def says(data: bytes, value: str = MAIL) -> bool:
    """What the check makes of it."""
    removed = Removed()
    removed.learn([Finding("X", 0, len(value), 1.0, value, "test")])
    return any(removed.is_in(each, LEAST_IN_NOISE if isinstance(each, Noise) else 0) for each in raw.said(data))


def lzw(data: bytes) -> bytes:
    """Packed by LZW (ISO 32000-2, 7.4.4), each code as long as that wants it."""
    table = {bytes([each]): each for each in range(256)}
    codes, word, bits = [256], b"", ""
    for each in data:
        if word + bytes([each]) not in table:
            codes.append(table[word])
            table[word + bytes([each])] = len(table) + 2
            word = b""
        word += bytes([each])
    for number, code in enumerate([*codes, table[word], 257]):
        bits += f"{code:0{max((256 + number + 1).bit_length(), 9)}b}"
    return bytes(int(bits[at : at + 8].ljust(8, "0"), 2) for at in range(0, len(bits), 8))


@pytest.mark.parametrize(
    "data",
    [
        stream(SAID),
        stream(SAID, "/Subtype /Image"),
        stream(SAID, "/Type /EmbeddedFile"),
        stream(SAID, "/Filter /FlateDecode"),
        stream(PIXELS + SAID + PIXELS, "/Subtype /Image"),
        stream(PIXELS + b"\0" + WIDE + PIXELS),
        stream(PIXELS + MAIL.encode("utf-16-le") + PIXELS),
        stream(zlib.compress(SAID)),
        stream(zlib.compress(zlib.compress(SAID)), "/ShadingType 4"),
        stream(zlib.compress(PIXELS) + b"\0" + SAID + b"\0", "/Filter /FlateDecode /Subtype /Image"),
        stream(zlib.compress(SAID + PIXELS)[:500], "/Filter /FlateDecode"),
        stream(zlib.compress(PIXELS)[:500] + b"\0" + SAID + b"\0", "/Filter /FlateDecode"),
        stream(zlib.compress(SAID, 0) + b"\nendstream\n"),
        stream(SAID.hex().encode() + b">", "/Filter /ASCIIHexDecode"),
        stream(SAID.hex().encode()),
        stream(b"00> " + SAID, "/Filter [/AHx]"),
        stream(a85encode(zlib.compress(SAID)) + b"~>", "/Filter [ /ASCII85Decode /FlateDecode ]"),
        stream(bytes([len(SAID) - 1]) + SAID + b"\x80", "/Filter /RunLengthDecode"),
        stream(bytes([255]) + b"x" + b"\x80" + SAID, "/Filter /RunLengthDecode"),
        stream(lzw(SAID * 40 + b" " + SAID + PIXELS), "/Filter /LZWDecode"),
        stream(b"BT (ja) Tj [(jane@) -30 (exam) 20.5 (ple.com)] TJ ET"),
        stream(b"[<" + SAID.hex().encode() + b">]TJ"),
        stream(b"(\\152ane\\100exam\\\nple.com) Tj"),
        stream(b"(to (" + SAID + b") it) Tj"),
        stream(b"BI /W 2 ID \xff\xfe" + SAID + b" EI"),
        stream(b"{ " + SAID + b" exch }"),
        stream(b"% " + SAID + b"\n1 0 0 rg"),
        b"<< /A (" + SAID + b") >>",
        b"<< /A <feff" + WIDE.hex().encode() + b"> >>",
        b"<< /jane#40example.com 1 >>",
        b"<< /A [/I 1 2 (x) (" + SAID + b")] >>",
        b"%%EOF\n" + SAID,
        b"%%EOF\n" + PIXELS + SAID,
    ],
)
def test_whatever_it_stands_in_a_value_is_seen(data: bytes):
    assert says(b"%PDF-1.7\n" + data + b"\ntrailer\n<< /Size 1 >>\n")


@pytest.mark.parametrize(
    "content",
    [
        b"123 45 6789 re f",
        b"1 0 0 1 123 45 cm 6789 0 m",
        b"[123 45] 6789 d",
        b"[(a) 123 (b) 45 (c) 6789 (d)] TJ",
        b"[(Total 123) -2000 (45) -2000 (6789)] TJ",
        b"[(123) (45) (6789)]",
        b"<01> <02> 123 <03> <04> 45 <05> <06> 6789",
        b"/F1 123 Tf 45 6789 Td",
        b"<< /A 123 /B 45 /C 6789 >>",
        b"[123 45 6789]",
        b"123 45 R",
        b"<0001> <0012> <0345> <6789> <0123>",
    ],
)
def test_numbers_that_draw_are_none(content: bytes):
    assert not says(stream(content), "123-45-6789")


def test_numbers_beside_words_and_large_ones_of_objects_are_seen():
    for data in (stream(b"SSN 123 45 6789 of him"), stream(b"123-45-6789"), stream(b"it is (123 45 6789) Tj")):
        assert says(data, "123-45-6789")
    assert says(b"<< /A 123456789 >>", "123-45-6789")
    assert not says(b"xref\n0 1\n0123456789 00000 n \ntrailer", "0123456789")


def test_a_table_in_an_attachment_is_read_by_its_cells():
    table = stream(b"123,45,6789\n1;jane@example.com;2\n", "/Type /EmbeddedFile")

    assert not says(table, "123-45-6789") and says(table)


def test_short_words_in_pixels_are_chance():
    data = PIXELS + b"Rose" + PIXELS
    for said in (stream(data), stream(zlib.compress(data)), stream(b"\x30 Rose " * 99, "/Subtype /Image")):
        assert not says(said, "Rose")
    assert says(stream(b"(Rose) Tj"), "Rose")


def test_texts_are_told_once_and_the_formats_own_names_never():
    data = b"<< /Type /Helvetica /Subtype /F123 /Jane#20Roe /Jane#20Roe (Rose) (Rose) >>" + stream(b"(Rose) Tj")

    assert [each for each in texts(data) if each[0] in "/HFJR"] == ["Jane Roe", "Rose"]


def test_long_streams_are_read_in_blocks_that_overlap(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(raw, "_BLOCK", 1_000)
    monkeypatch.setattr(raw, "_OVERLAP", 100)
    for before in range(900, 1_020, 7):
        assert says(stream(b"x" * before + b" " + SAID + b" " * 2_000))
        assert not says(stream(b"1 0 0 rg\n" * (before // 9) + b"123 45 6789 re\n" * 200), "123-45-6789")


@pytest.mark.parametrize(
    "data",
    [
        b"(" * 50_000, b"1 " * 100_000, b"<" * 50_000, b"\\(" * 100_000, b"[" * 50_000, b"1 0 obj stream " * 9_000,
        b"stream\nendstream" * 9_000, b"/" * 50_000, b"<<" * 50_000, b"(\\" * 99_999, b"1.1.1" * 50_000,
        b"stream\nx\x9c" * 20_000, b"#" * 200_000,
    ],
    ids=lambda data: repr(data[:6]),
)  # fmt: skip
def test_hostile_bytes_are_read_in_one_go(data: bytes):
    assert sum(map(len, raw.said(data))) < 3 * len(data)
    assert sum(map(len, raw.said(stream(data)))) < 3 * len(data) + 100


def test_what_unpacks_without_end_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(unpacking, "MOST", 1 << 20)
    bomb = zlib.compress(zlib.compress(bytes(1 << 22), 9), 9)
    with pytest.raises(DocumentError) as caught:
        list(raw.said(stream(bomb, "/ShadingType 4")))
    assert caught.value.code == "too_large"


def test_a_document_that_stays_as_it_is_has_all_of_its_strings():
    """What the writer asks about is what is looked for: nothing of it is lost on the way."""
    source = paper(line("Total 1234") + b"[(ja) -20 (ne)] TJ 1 0 0 rg 20 30 40 50 re f\n" + line("end", 20))
    source.Root.Foo = Dictionary(A=String("Müller"), B=Array([String("x"), String("a (b) c")]), C=Name("/Jane Roe"))
    said = texts(saved(source))

    assert [each for each in said if each in ("Total 1234", "Müller", "Jane Roe", "jane", "(b", "c")] == [
        "Müller", "Jane Roe", "Total 1234", "jane",
    ]  # fmt: skip
    assert all(one < other for one, other in pairwise(map(said.index, ("Müller", "Total 1234"))))


# --- in the check -----------------------------------------------------------------------------------------------------


def test_the_check_reads_the_bytes(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(raw, "said", lambda data: iter([f"all {len(data)}"]))
    data = saved(paper(line("x")))
    work = Work(io.BytesIO(data), io.BytesIO(), None, DEFAULT, None)  # type: ignore[arg-type]

    assert f"all {len(data)}" in list(reading.texts(work))
