"""Values in another form (escaped, base64, in files) in the kinds that are read in this process, also inside others."""

import base64
import gc
import io
import json
import zipfile
import zlib

import pytest

from expunct_server.redaction.formats import DocumentError
from expunct_server.redaction.formats.common import Job
from expunct_server.redaction.formats.isolated import escaped
from expunct_server.redaction.formats.isolated.forms import Edit
from expunct_server.redaction.formats.isolated.limits import Limits
from expunct_server.redaction.removed import Removed
from tests.redaction.helpers import redacted_file

MAIL = "jane@example.com"
LABEL = "<EMAIL_ADDRESS>"
TYPES = frozenset({"EMAIL_ADDRESS"})


def b64(said: str | bytes) -> str:
    return base64.b64encode(said.encode() if isinstance(said, str) else said).decode()


def package(*said: str) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for number, text in enumerate(said):
            archive.writestr(f"{number}.txt", text)
    return target.getvalue()


def inside(package: str) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(base64.b64decode(package))) as archive:
        return [archive.read(name).decode() for name in archive.namelist()]


FORMS = [
    (f"to {b64('mail ' + MAIL)} x", f"to {b64('mail ' + LABEL)} x"),
    (f"to {b64(b64('mail ' + MAIL))} x", f"to {b64(b64('mail ' + LABEL))} x"),
    ("to jane&#64;example.com x", f"to {LABEL} x"),
    ("to jane%40example.com x", "to %3CEMAIL_ADDRESS%3E x"),
    (r"to\njane%40example.com x", r"to\n%3CEMAIL_ADDRESS%3E x"),
    ('to <b style="x">jane</b>@example.com x', f'to <b style="x">{LABEL}</b> x'),
    ('to ja<b style="x">ne</b>@example.com x', f'to {LABEL}<b style="x"></b> x'),
    (f"to {MAIL} and jane=40example.com x", f"to {LABEL} and {LABEL} x"),
    (f"to {b64(b'GIF89a broken ' + MAIL.encode())} x", "to  x"),
]


@pytest.mark.parametrize(("said", "left"), FORMS)
def test_values_in_another_form_are_removed_from_what_holds_them(said, left):
    quoted, redacted = (each.replace('"', '""') for each in (said, left))
    for name, source, result in (
        ("a.txt", said, left),
        ("a.csv", f'id,note\n1,"{quoted}"\n', f'id,note\n1,"{redacted}"\n'),
        ("a.json", json.dumps({"note": said}), json.dumps({"note": left})),
        ("a.jsonl", json.dumps([said]) + "\n[]\n", json.dumps([left]) + "\n[]\n"),
    ):
        assert redacted_file(source.encode(), name, entity_types=TYPES)[0].decode() == result


def test_they_are_removed_inside_other_documents_too():
    head = "From: a\nMIME-Version: 1.0\nContent-Type: {}; name=a.{}\n\n"
    for kind, suffix, body in (("text/csv", "csv", "a,b\n1,{}\n"), ("application/json", "json", '{{"a": "{}"}}')):
        start = head.format(kind, suffix)
        for said, left in FORMS[:2]:
            output = redacted_file((start + body.format(said)).encode(), "a.eml", entity_types=TYPES)[0]
            assert output.decode() == start + body.format(left)


def test_findings_have_places_of_the_text_that_holds_them():
    text = f"{MAIL} {b64('mail ' + MAIL)}"
    for name, source, places in (
        ("a.txt", text, [None, None]),
        ("a.csv", f"mail,note\nx,{text}\n", ["row 2, column note"] * 2),
        ("a.json", json.dumps({"note": text}), ["/note"] * 2),
    ):
        _, found, summary = redacted_file(source.encode(), name, entity_types=TYPES)
        assert [(f.start, f.end, f.text) for f in found] == [(0, 16, MAIL), (17, 45, MAIL)]
        assert [f.location for f in found] == places
        assert summary.findings_count == 2


@pytest.mark.parametrize(
    ("name", "before", "after", "place"),
    [("a.txt", "to ", " now", "a file in the text, "), ("a.json", '{"note": "', '"}', "/note, ")],
)
def test_a_file_in_a_text_is_surveyed_redacted_and_placed(name, before, after, place):
    """What is found in one of its members is removed from another, where no pattern finds it."""
    source = f"{before}{b64(package('no 219/09/9998', 'SSN: 219-09-9998'))}{after}".encode()

    output, found, _ = redacted_file(source, name, entity_types=frozenset({"US_SSN"}))

    made = output.decode().removeprefix(before).removesuffix(after)
    assert inside(made) == ["no <US_SSN>", "SSN: <US_SSN>"]
    assert [(f.text, f.location) for f in found] == [
        ("219/09/9998", f"{place}member 1"),
        ("219-09-9998", f"{place}member 2"),
    ]


def test_a_key_that_held_something_is_not_shown_in_the_place_of_a_file():
    source = json.dumps({MAIL: {"note": b64(package(MAIL))}}).encode()

    _, found, _ = redacted_file(source, "a.json", entity_types=TYPES)

    assert [f.location for f in found] == [f"/{LABEL}", f"/{LABEL}/note, member 1"]


@pytest.mark.parametrize("name", ["a.txt", "a.csv", "a.json", "a.jsonl", "a.html"])
def test_nothing_of_a_document_waits_for_the_collector(name):
    """What is in a cycle when the patterns are made ready is frozen, and stays in the process for good."""
    source = {"a.txt": f"to {b64(MAIL)} x", "a.csv": f"id,to\n1,{MAIL}\n", "a.html": f"<p>{MAIL}</p>"}

    def held() -> int:
        return sum(isinstance(each, Job | Removed) for each in gc.get_objects())

    gc.collect()
    gc.disable()
    try:
        before = held()
        redacted_file(source.get(name, json.dumps({"to": MAIL})).encode(), name, entity_types=TYPES)
        assert held() == before
    finally:
        gc.enable()


def test_what_is_packed_into_a_text_is_bounded(monkeypatch: pytest.MonkeyPatch):
    packed = b64(zlib.compress(b"plain words " * 1_000))
    for limits in ({"asked": 10_000}, {}):
        monkeypatch.setattr("expunct_server.redaction.formats.isolated.forms._MOST", 11_999 if not limits else 1 << 20)
        with pytest.raises(DocumentError) as caught:
            redacted_file(f"to {packed} x".encode(), "a.txt", entity_types=TYPES, limits=Limits(**limits))
        assert caught.value.code == "too_large"


def test_many_findings_in_data_among_escapes_take_no_time():
    """Where the data was looked through for each of them, this took minutes."""
    said, left = (f"mail {each} " * 1_500 for each in (MAIL, LABEL))

    output, found, _ = redacted_file(f"a&amp;b {b64(said)} &lt;".encode(), "a.txt", entity_types=TYPES)

    assert output.decode() == f"a&amp;b {b64(left)} &lt;"
    assert {(f.start, f.end, f.text) for f in found} == {(8, 8 + len(b64(said)), MAIL)}
    assert len(found) == 1_500


@pytest.mark.parametrize(
    "before", ["attachment-of-the-message", ("a7" * 38 + "\n") * 2 + "a7" * 16, ("a7" * 38 + "\n") + "a7" * 38]
)
def test_a_file_is_read_whatever_lines_that_look_like_data_stand_before_it(before):
    file = base64.encodebytes(package(f"mail {MAIL}", "and more words " * 9)).decode()

    output, found, summary = redacted_file(f"file:\n{before}\n{file}end\n".encode(), "a.txt", entity_types=TYPES)

    head, body = output.decode().removesuffix("\nend\n").rsplit("\n", 1)
    assert (head, inside(body)) == (f"file:\n{before}", [f"mail {LABEL}", "and more words " * 9])
    assert (len(found), summary.notes) == (1, ())


@pytest.mark.parametrize("between", ["\n", "\n\n", "\n> \n> ", " "])
@pytest.mark.parametrize("encoded", [base64.encodebytes, base64.b64encode])
def test_files_one_after_the_other_are_read_each_on_its_own(encoded, between):
    first = next(each for n in range(3) if len(each := package(f"mail {MAIL}" + "x" * n)) % 3 == 0)
    files = [encoded(each).decode().strip() for each in (first, package(f"to {MAIL}"))]

    output, found, summary = redacted_file(between.join(files).encode(), "a.txt", entity_types=TYPES)

    assert [inside(each)[0][:20] for each in output.decode().split(between)] == [f"mail {LABEL}", f"to {LABEL}"]
    assert (len(found), summary.notes) == (2, ())


@pytest.mark.parametrize("between", ["\n", "\r\n> "])
@pytest.mark.parametrize("left", range(0, 13, 3))
def test_the_last_line_of_data_is_read_however_short_it_is(left, between):
    for said, kind in ((" ".join(["words"] * 40), ""), ("{\\rtf1 " + " ".join(["words"] * 40), "}")):
        length = 57 * 3 + left - len(f" {MAIL}{kind}")
        data, label = (f"{said[:length].ljust(length, 'x')} {each}{kind}" for each in (MAIL, LABEL))
        source = f"file:\n{base64.encodebytes(data.encode()).decode().strip()}\n".replace("\n", between)

        output, found, summary = redacted_file(f"{source}\nend\n".encode(), "a.txt", entity_types=TYPES)

        assert output.decode() == f"file:{between}{b64(label)}{between}\nend\n"
        assert (len(found), summary.notes) == (1, ())


@pytest.mark.parametrize("left", [1, 3])
def test_a_word_below_data_is_none_of_it(left):
    lines = base64.encodebytes(f"{MAIL} {'some words ' * 20}"[: 57 * 3 - 3 + left].encode()).decode()

    output, found, _ = redacted_file(f"{lines}done\n".encode(), "a.txt", entity_types=TYPES)

    assert (output.decode().partition("\n")[2], len(found)) == ("done\n", 1)


def test_many_findings_in_one_escape_are_one_edit_and_take_no_time():
    """Where the rest of the escape was looked through for each of them, this took a minute."""
    words = f"=?utf-8?Q?{MAIL.replace('@', '=40')}_and_?= " * 3_000

    output, found, _ = redacted_file(json.dumps({"a": words}).encode(), "a.json", entity_types=TYPES)

    assert output.decode() == json.dumps({"a": LABEL * 3_000 + " "})
    assert {(f.start, f.end, f.text) for f in found} == {(0, len(words) - 1, MAIL)}
    assert len(found) == 3_000
    plain = escaped.unescaped(words, [])
    assert plain is not None
    edits = [Edit(at, at + 3, "<X>", "X", "mask") for at in (0, 9, 30)]
    assert escaped.written(words, edits, plain) == [Edit(0, len(words) - 1, "<X><X><X>", "X", "mask")]


@pytest.mark.parametrize("name", ["a.txt", "a.csv", "a.json", "a.html", "b.html"])
def test_files_in_texts_are_as_many_as_members_of_an_archive(name):
    files = [b64(b"GIF89a that is broken, number %d" % n) for n in range(4)]
    source = {
        "a.txt": "\n\n".join(files),
        "a.csv": "id,note\n" + "\n".join(f"{n},{each}" for n, each in enumerate(files)),
        "a.json": json.dumps(files),
        "a.html": "".join(f"<p>{each}</p>" for each in files),
        "b.html": "".join(f'<img src="data:image/gif;base64,{each}">' for each in files),
    }[name]

    output, _, summary = redacted_file(source.encode(), name, entity_types=TYPES, limits=Limits(members=4))
    with pytest.raises(DocumentError, match=r"^The texts of a document may hold 3 files: split it.$") as caught:
        redacted_file(source.encode(), name, entity_types=TYPES, limits=Limits(members=3))

    assert not any(each in output.decode() for each in files)
    assert [note[:12] for note in summary.notes] == ["Files inside" if name == "b.html" else "Files that s"]
    assert caught.value.code == "too_large"


def test_what_is_shorter_than_any_file_of_its_kind_is_read_as_it_is():
    short = [
        b"%PDF-1.4\n",
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8\xff\xe0",
        b"\x1f\x8b\x08\0",
        b"PK\3\4",
        b"II*\0",
        b"GIF89a12",
    ]
    source = "; ".join(b64(each + bytes(8)) for each in short)

    assert redacted_file(source.encode(), "a.txt")[::2] == (source.encode(), redacted_file(b"x", "a.txt")[2])
    assert redacted_file(b64(b"%PDF-1.4 " + MAIL.encode()).encode(), "a.txt")[0] == b64(f"%PDF-1.4 {LABEL}").encode()
