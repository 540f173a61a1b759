"""Plain text, Markdown, logs, and the encodings that all formats share."""

import base64
import hashlib
import io
import quopri
import textwrap
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expunct_server.redaction import engine
from expunct_server.redaction.formats import FORMATS, DocumentError, redact_file
from expunct_server.redaction.formats import encoding as encodings
from expunct_server.redaction.formats import text as plain_texts
from tests.redaction.helpers import few, plan, redacted_file, texts

MAIL = "jane@example.com"


@pytest.mark.parametrize("name", ["x.txt", "x.md", "x.log"])
def test_findings_have_global_offsets_and_the_rest_stays(name):
    text = "é \U0001f600\r\n" + "line\r\n" * 30_000 + f"to {MAIL}\r\n"
    content, findings, summary = redacted_file(text.encode(), name)

    assert content.decode() == text.replace(MAIL, "<EMAIL_ADDRESS>")
    assert [(f.start, f.end, f.location) for f in findings] == [(text.index(MAIL), text.index(MAIL) + len(MAIL), None)]
    assert (summary.findings_count, summary.counts, summary.encoding) == (1, {"EMAIL_ADDRESS": 1}, "utf-8")


def test_an_empty_file_succeeds_with_an_empty_result():
    for kind in FORMATS.values():
        target = io.BytesIO()
        summary = redact_file(io.BytesIO(b""), target, kind, plan(), print, lambda _: None)
        assert (target.getvalue(), summary.findings_count, summary.media_type) == (b"", 0, kind.media_type)


def test_progress_rises_to_the_size_of_the_source():
    content = b"some words, nothing more\n" * 14_000
    lines = b'{"a": "some words"}\n' * 14_000
    document = "\ufeff[{}1]".format(f'"{"söme words " * 50}", ' * 500).encode()
    for kind, source in (("text", content), ("csv", content), ("jsonl", lines), ("json", document)):
        seen: list[int] = []
        redact_file(io.BytesIO(source), io.BytesIO(), FORMATS[kind], plan(), print, seen.append)
        assert seen == sorted(seen)
        assert len(seen) > 3
        assert seen[-1] == len(source)


@pytest.mark.parametrize(
    ("codec", "mark", "name"),
    [
        ("utf-8", b"", "utf-8"),
        ("utf-8", b"\xef\xbb\xbf", "utf-8 with byte order mark"),
        ("utf-16-le", b"\xff\xfe", "utf-16-le with byte order mark"),
        ("utf-16-be", b"\xfe\xff", "utf-16-be with byte order mark"),
        ("utf-32-le", b"\xff\xfe\x00\x00", "utf-32-le with byte order mark"),
        ("utf-32-be", b"\x00\x00\xfe\xff", "utf-32-be with byte order mark"),
        ("cp1252", b"", "cp1252"),
    ],
)
@pytest.mark.parametrize("kind", ["text", "csv", "json"])
def test_a_document_keeps_its_encoding_and_mark(codec, mark, name, kind):
    text = {
        "text": "Grüße “an” jane@example.com\r\n",
        "csv": "müller,jane@example.com\r\n",
        "json": '["é", "jane@example.com"]',
    }[kind]
    target = io.BytesIO()
    summary = redact_file(io.BytesIO(mark + text.encode(codec)), target, FORMATS[kind], plan(), id, lambda _: None)

    assert target.getvalue() == mark + text.replace(MAIL, "<EMAIL_ADDRESS>").encode(codec)
    assert (summary.encoding, summary.findings_count) == (name, 1)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("é".encode() * 20 + b"\xff", "invalid_encoding"),
        (b"\xef\xbb\xbfabc\xff", "invalid_encoding"),
        (b"\xff\xfea", "invalid_encoding"),
        (b"\xff\xfe\x00\xd8a\x00", "invalid_encoding"),
        (b"a\x81b", "invalid_encoding"),
        (b"a\xe9\x01b", "invalid_encoding"),
        (b"ab\x00c", "binary_content"),
        (b"\xe9b\x00c", "binary_content"),
        ("a\0b".encode("utf-16"), "binary_content"),
    ],
)
@pytest.mark.parametrize("kind", ["text", "csv", "json", "jsonl"])
def test_bytes_that_are_no_text_are_refused_before_anything_is_written(content, code, kind):
    target = io.BytesIO()
    with pytest.raises(DocumentError) as caught:
        redact_file(io.BytesIO(content), target, FORMATS[kind], plan(), print, lambda _: None)
    assert caught.value.code == code
    assert target.getvalue() == b""


@few
@given(
    texts.map(lambda t: t.encode("utf-8", "replace").decode().replace("\0", "")),
    st.sampled_from(["text", "csv", "tsv"]),
)
def test_a_document_without_findings_comes_out_byte_for_byte(text, kind):
    target = io.BytesIO()
    nothing = plan(entity_types=frozenset())
    redact_file(io.BytesIO(text.encode()), target, FORMATS[kind], nothing, print, lambda _: None)

    assert target.getvalue() == text.encode()


@few
@given(st.text(alphabet=st.characters(codec="cp1252", exclude_characters="\0"), max_size=60))
def test_any_text_of_windows_is_read_or_refused_but_never_changed(text):
    source, target = io.BytesIO(text.encode("cp1252")), io.BytesIO()
    with suppress_code("invalid_encoding"):
        redact_file(source, target, FORMATS["text"], plan(entity_types=frozenset()), print, lambda _: None)

    assert target.getvalue() in (source.getvalue(), b"")


@contextmanager
def suppress_code(code):
    try:
        yield
    except DocumentError as error:
        if error.code != code:
            raise


@few
@given(st.text(max_size=60).map(lambda t: t.encode("utf-8", "replace").decode()), st.integers(1, 9))
def test_reading_in_pieces_gives_the_text(text, step):
    read = encodings.reader(io.BytesIO(text.encode()), encodings.Encoding("utf-8"))
    parts = []
    while part := read(step):
        assert len(part) <= step
        parts.append(part)

    assert "".join(parts) == text


def in_lines(data: bytes) -> str:
    return "\n".join(textwrap.wrap(base64.b64encode(data).decode(), 76))


def percent(data: bytes) -> str:
    return "".join(f"%{each:02X}" for each in data)


DATA = [
    lambda data: base64.b64encode(data).decode(),
    in_lines,
    lambda data: in_lines(data).replace("\n", "\r\n> "),
    bytes.hex,
    lambda data: ", ".join(map(str, data)),
    lambda data: ",".join(map(str, data)),
    lambda data: " ".join(f"0x{each:02x}" for each in data),
    percent,
    lambda data: quopri.encodestring(data.replace(b" ", b"=")).decode(),
]


@pytest.mark.parametrize("written", DATA, ids=range(len(DATA)))
@pytest.mark.parametrize("before", ["a: ", "begin: "])
def test_data_is_read_whole_wherever_segments_end(written, before, monkeypatch):
    """Values stand at all places, so that some are where a segment ends; the result is read in one."""
    said = " ".join(f"{MAIL.replace('j', 'j' * (n % 7))} no" for n in range(200)).encode()
    source = f"Some words.\n{before}{written(said)}\n\nMore words.\n"

    with monkeypatch.context() as small:
        small.setattr(engine, "SEGMENT", 1_000)
        small.setattr(engine, "MARGIN", 100)
        output, found, _ = redacted_file(source.encode(), "a.txt", entity_types=frozenset({"EMAIL_ADDRESS"}))

    again = redacted_file(output, "a.txt", entity_types=frozenset({"EMAIL_ADDRESS"}))
    assert len(found) > 150
    assert again[:2] == (output, [])
    assert output.startswith(f"Some words.\n{before}".encode())
    assert output.endswith(b"\n\nMore words.\n")


@pytest.mark.parametrize("between", [" ", "\n"])
@pytest.mark.parametrize(
    "escaped",
    [
        r"jane\40 example.com",
        "jane<b class='x'>@example.com</b>",
        "=?utf-8?Q?jane?= =?utf-8?Q?@example.com?=",
        "=?utf-8?B?amFuZUBleGFt?=\n =?utf-8?B?cGxlLmNvbQ==?=",
        "4111&nbsp;1111 1111&nbsp;1111",
    ],
)
def test_escapes_are_read_whole_wherever_segments_end(escaped, between, monkeypatch):
    source = between.join(f"{'some words ' * 12}{'x' * n} {escaped} and" for n in range(60)).encode()
    types = frozenset({"EMAIL_ADDRESS", "CREDIT_CARD"})
    whole = redacted_file(source, "a.txt", entity_types=types)

    monkeypatch.setattr(engine, "SEGMENT", 1_000)
    monkeypatch.setattr(engine, "MARGIN", 500)

    assert redacted_file(source, "a.txt", entity_types=types) == whole
    assert len(whole[1]) == 60


def test_escapes_that_are_too_much_to_be_held_are_read_in_parts(monkeypatch):
    monkeypatch.setattr(engine, "SEGMENT", 1_000)
    monkeypatch.setattr(engine, "MARGIN", 100)
    monkeypatch.setattr(plain_texts, "MOST_DATA", 5_000)
    source = f"caf&eacute; and {MAIL.replace('@', '&#64;')} and " * 500

    output, found, _ = redacted_file(source.encode(), "a.txt", entity_types=frozenset({"EMAIL_ADDRESS"}))

    assert output.decode() == "caf&eacute; and <EMAIL_ADDRESS> and " * 500
    assert len(found) == 500


def test_data_that_is_too_much_to_be_held_is_refused_and_lines_of_hashes_are_not(monkeypatch):
    monkeypatch.setattr(engine, "SEGMENT", 1_000)
    monkeypatch.setattr(engine, "MARGIN", 100)
    monkeypatch.setattr(plain_texts, "MOST_DATA", 5_000)
    said = b"words that go on and on " * 200
    file = in_lines(b"%PDF-1.7\n" + bytes(4_000))
    for data in (in_lines(said), file, f"{'a7' * 20}\n{file}", base64.b64encode(said).decode(), said.hex()):
        with pytest.raises(DocumentError, match=r"^A text may have 5,000 characters of data in one piece") as caught:
            redacted_file(f"a: {data}\n".encode(), "a.txt")
        assert caught.value.code == "too_large"
    hashes = "".join(f"{hashlib.sha256(bytes([n])).hexdigest()}\n" for n in range(200))

    assert redacted_file(f"{hashes}{MAIL}".encode(), "a.txt")[0].decode() == f"{hashes}<EMAIL_ADDRESS>"
