"""What results say, in order, with their places, and a frame or a word for all that was removed."""

import base64
import io
import tempfile
import zipfile
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from expunct_server.redaction import formats
from expunct_server.redaction.findings import Finding
from expunct_server.redaction.formats import DocumentError
from expunct_server.redaction.formats.isolated.limits import DEFAULT, Limits
from expunct_server.redaction.formats.marks import Placed
from expunct_server.redaction.formats.views import collecting, layout, showing
from expunct_server.redaction.formats.views.collecting import Picture
from expunct_server.redaction.formats.views.rows import Row
from expunct_server.redaction.formats.views.showing import Pages, View
from tests.redaction.formats.isolated.test_isolated import MODULE, ROW
from tests.redaction.formats.views.helpers import named, placed, rows_after, rows_of, said

FRAME = (200, 0, 0)
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR").decode()


def test_text_has_its_lines_with_their_numbers_and_frames_where_something_was():
    text = "<EMAIL_ADDRESS> is none.\r\n\r\nTo jane@corp.example, bob@corp.example\nEnd joe@corp.example"

    assert said(rows_after(text.encode(), "a.txt")) == [
        "line 1 | <EMAIL_ADDRESS> is none.",
        "line 2 | ",
        "line 3 | To {<EMAIL_ADDRESS>}, {<EMAIL_ADDRESS>}",
        "line 4 | End {<EMAIL_ADDRESS>}",
    ]
    assert said(rows_after(text.encode("utf-16"), "a.txt", "drop"))[2:] == ["line 3 | To {}, {}", "line 4 | End {}"]


def test_very_long_lines_are_shown_whole():
    text = "jane@corp.example " + "x " * 80_000 + "\nto bob@corp.example"

    first, second = rows_after(text.encode(), "a.txt")

    assert (len(first.text), first.frames) == (len(text.partition("\n")[0]) - 2, [(0, 15)])
    assert (second.caption, second.frames) == ("line 2", [(3, 18)])


def test_tables_have_their_rows_and_quotes():
    text = b'name,mail,note\nA,jane@corp.example,"a ""b"" joe@corp.example\nand bob@corp.example"\nB,,\n'

    assert said(rows_after(text, "a.csv")) == [
        "line 1 | name,mail,note",
        'line 2 | A,{<EMAIL_ADDRESS>},"a ""b"" {<EMAIL_ADDRESS>}',
        'line 3 | and {<EMAIL_ADDRESS>}"',
        "line 4 | B,,",
    ]
    dropped = b'name,mail\n"a jane@corp.example b","c joe@corp.example d"\n,bob@corp.example\n'
    assert said(rows_after(dropped, "a.csv", "drop"))[1:] == ['line 2 | "a {} b","c {} d"', "line 3 | ,{}"]


def test_json_has_its_keys_and_values():
    text = b'{"jane@corp.example": [1, {"mail": "a \\u00e4 joe@corp.example"}],\n "n": 123456}'

    assert said(rows_after(text, "a.json")) == [
        'line 1 | {"{<EMAIL_ADDRESS>}": [1, {"mail": "a \\u00e4 {<EMAIL_ADDRESS>}"}],',
        'line 2 |  "n": 123456}',
    ]
    assert said(rows_after(b'{"m": "jane@corp.example"}\n{"m": "joe@corp.example"}\n', "a.jsonl")) == [
        'line 1 | {"m": "{<EMAIL_ADDRESS>}"}',
        'line 2 | {"m": "{<EMAIL_ADDRESS>}"}',
    ]


def test_a_message_begins_with_who_wrote_to_whom_and_has_its_attachments():
    source = (
        "Received: by mx for <joe@corp.example>\r\nFrom: jane@corp.example\r\nSubject: Hello\r\n"
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n"
        "Write to\r\njane@corp.example\r\n--b\r\nContent-Type: text/csv\r\n"
        "Content-Disposition: attachment; filename=a.csv\r\n\r\nmail\r\nbob@corp.example\r\n--b--\r\n"
    )

    assert said(rows_after(source.encode(), "a.eml")) == [
        "header From |  {<EMAIL_ADDRESS>}",
        "header Subject |  Hello",
        "= body =",
        "line 1 | Write to",
        "line 2 | {<EMAIL_ADDRESS>}",
        "=  =",
        "header Content-Type |  text/plain",
        "= attachment 1 =",
        "line 1 | mail",
        "line 2 | {<EMAIL_ADDRESS>}",
        "=  =",
        "header Content-Type |  text/csv",
        "header Content-Disposition |  attachment",
        " | a.csv",
        "header Received |  by mx for <{<EMAIL_ADDRESS>}>",
        "header Content-Type |  multipart/mixed",
        " | b",
    ]


def test_what_went_whole_is_named_at_the_end_of_its_part():
    source = b"<!doctype html><p>Kept</p>\n<!-- jane@corp.example --><p>More</p>\n"

    assert said(rows_after(source, "a.html"))[-2:] == [
        "line 2 | More",
        "* Also removed: EMAIL_ADDRESS at line 2, comment.",
    ]


def preview(source: bytes, page: int = 1, limits: Limits = DEFAULT) -> bytes:
    findings = [Placed("line 1, character 1", "<PERSON>", "PERSON", 0, 9)]
    with tempfile.TemporaryFile() as file:
        file.write(source)
        file.flush()
        return formats.preview(file, replace(ROW, module=MODULE), page, findings, limits)


def test_a_page_is_drawn_with_a_red_frame_around_what_was_removed():
    shown = np.asarray(Image.open(io.BytesIO(preview(b"<PERSON> wrote this\nplain"))))

    assert shown.shape == (1600, 1131, 3)
    rows, columns = (np.flatnonzero((shown == FRAME).all(2).any(axis)) for axis in (1, 0))
    assert (rows.min(), rows.max(), columns.min()) == (50, 76, 228)
    assert 300 < columns.max() < 350, "the words after it are not framed"


def test_letters_of_most_scripts_are_drawn_and_none_ends_the_process():
    plain, others = (
        np.asarray(Image.open(io.BytesIO(preview(said.encode("utf-8", "surrogatepass")))))
        for said in ("????? ??????", "Grüße Привет")
    )
    assert (plain != others).any()
    assert preview("\u200b\u0001 \U0001f600 \U0010ffff \u0905\u0301\u202e".encode())


def test_there_is_no_page_beyond_the_last():
    full = b"one\n" * (layout.LINES + 1)
    assert preview(full, 2) != preview(full, 1)
    with pytest.raises(DocumentError) as caught:
        preview(full, 3)
    assert caught.value.code == "no_such_page"


def test_documents_that_say_nothing_say_so():
    assert said(rows_of(b"", "a.txt", [])) == ["* The document says nothing that can be shown."]


@pytest.mark.parametrize(
    ("source", "code", "limits"),
    [
        (b"!crash", "reader_crashed", {}),
        (b"!spin", "took_too_long", {"seconds": 0.5}),
        (b"!swallow", "too_much_memory", {"memory": 256 << 20}),
        (b"!raise", "unreadable", {}),
        (b'!say {"shown": [["place", "text", "1", "", "", false]]}', "reader_crashed", {}),
        (b'!say {"shown": [[1]]}', "reader_crashed", {}),
        (b'!say {"shown": 1}', "reader_crashed", {}),
        (b'!say {"redacted": []}', "reader_crashed", {}),
    ],
)
def test_a_reader_that_misbehaves_costs_its_view_alone(source: bytes, code: str, limits: dict[str, float]):
    with pytest.raises(DocumentError) as caught:
        preview(source, limits=Limits(**limits))  # type: ignore[arg-type]
    assert caught.value.code == code


def test_a_view_ends_where_it_is_full_and_then_nothing_is_said_to_have_no_frame(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(collecting, "_ROOM", 260)
    findings = [Finding("PERSON", 0, 4, 1.0, "Jane", "x", location="somewhere", replacement="<PERSON>")]

    assert said(rows_of(b"one\n" * 6, "a.txt", findings)) == [
        *(f"line {n} | one" for n in range(1, 5)),
        "* More is said here than can be shown: the view ends.",
    ]


def test_findings_beyond_what_is_framed_are_told(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(showing, "MOST_FINDINGS", 1)
    findings = [Finding("PERSON", at, at + 4, 1.0, "Jane", "x", replacement="<PERSON>") for at in (0, 5)]

    assert said(rows_of(b"<PERSON> <PERSON>", "a.txt", findings)) == [
        "line 1 | {<PERSON>} <PERSON>",
        "* More was removed than is framed or named here.",
    ]


def test_long_lists_of_what_has_no_frame_end_with_a_count():
    findings = [Finding("PERSON", 0, 4, 1.0, "Jane", "x", location=f"row {n % 23}") for n in range(26)]

    [_, told] = rows_of(b"one", "a.txt", findings)

    assert told.text.startswith(
        "Also removed: PERSON at row 0 (2); PERSON at row 1 (2); PERSON at row 2 (2); PERSON at row 3;"
    )
    assert told.text.endswith("PERSON at row 19; and 3 more.")
    assert named([told]) == 26


def test_files_that_stand_in_texts_are_shown_after_the_line():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as made:
        made.writestr("a.txt", "to jane@corp.example")
    data = base64.b64encode(packed.getvalue()).decode()

    for name, source, place in (
        ("a.txt", "file {} so\nmore", "a file in the text"),
        ("a.csv", "name,note,n\nA,{},1\nB,,2\n", "row 2, column note"),
        ("a.html", "<!doctype html><p title='{}'>x</p>", "line 1, attribute title"),
    ):
        rows = rows_after(source.format(data).encode(), name)
        assert [row.frames for row in rows if row.text == "to <EMAIL_ADDRESS>"] == [[(3, 18)]]
        assert f"= {place}, member 1 =" in said(rows)
        assert named(rows) == 0
    assert [row.caption for row in rows_after(f"a,b\n{data},1\nB,2\n".encode(), "a.csv")][:2] == ["line 1", "line 2"]


def test_which_of_two_pictures_in_one_place_was_meant_is_not_guessed():
    kind = formats.FORMATS["png"]
    finding = Placed("picture, box 1 2 3 4", "<PERSON>")
    one, other = Picture(kind, "picture", b"1"), Picture(kind, "picture", b"2")

    assert showing._pages([one], [finding]) == ([Pages(one, [1], [finding._replace(location="box 1 2 3 4")])], [])
    assert showing._pages([one, other], [finding]) == ([Pages(one, [1], []), Pages(other, [1], [])], [finding])


def test_the_last_page_that_may_be_shows_whether_there_is_more():
    look = showing.Showing(DEFAULT, DEFAULT.budget())
    rows = [Row("text", "", "x", [])] * (layout.LINES * layout.MOST_PAGES + 1)

    assert look.drawn(View(rows[:-1], []), layout.MOST_PAGES) != look.drawn(View(rows, []), layout.MOST_PAGES)


def test_captions_that_are_too_long_are_in_two_lines_or_cut():
    look = showing.Showing(DEFAULT, DEFAULT.budget())
    captions = ("line 5", "line 5, element people/person/address, attribute owner", "x" * 90, "line 5, " + "x" * 90)
    rows = [Row("text", caption, "", []) for caption in captions]

    ink = np.asarray(Image.open(io.BytesIO(look.drawn(View(rows, []), 1)))).min(2) < 200

    above = [bool(ink[50 + 29 * n : 57 + 29 * n].any()) for n in range(len(rows))]  # where one line does not reach
    assert above == [False, True, False, True]
    assert not ink[:1500, 228:].any() and ink[:1500, :228].any(), "none reaches into the text"


def test_pages_inside_are_drawn_with_the_frames_of_what_was_removed_there():
    """Of a document with pages those where something was removed; two pictures in one place are shown, unframed."""
    paged, picture = io.BytesIO(), io.BytesIO()
    pictures = [Image.new("L", (300, 150), grey) for grey in (50, 100, 150)]
    pictures[0].save(paged, "TIFF", save_all=True, append_images=pictures[1:])
    pictures[0].save(picture, "PNG")
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr("a.tiff", paged.getvalue())
        made.writestr("b.png", picture.getvalue())
    places = (
        "member 1, page 3, box 30 20 90 60",
        "member 1, page 2, box 30 20 90 60",
        "member 2, box 1 2 3 4",
        "member 2",
    )
    findings = [Finding("PERSON", 0, 4, 1.0, "Jane", "x", location=place, replacement="<PERSON>") for place in places]

    assert said(rows_of(archive.getvalue(), "a.zip", findings)) == [
        "* A picture.",
        "page (0, 2, 24)",
        "page (0, 3, 24)",
        "* A picture.",
        "page (1, 1, 24)",
        "* Also removed: PERSON at member 2.",
    ]
    with tempfile.TemporaryFile() as file:
        file.write(archive.getvalue())
        file.flush()
        pages = [formats.preview(file, formats.FORMATS["zip"], n, placed(findings)) for n in (1, 2)]
    first, second = (np.asarray(Image.open(io.BytesIO(page))) for page in pages)
    shown = [[bool((page == grey).all(2).sum() > 40_000) for grey in (50, 100, 150)] for page in (first, second)]
    assert shown == [[False, True, True], [True, False, False]]
    assert (first == FRAME).all(2).sum() > 2 * 500, "both pages have a frame of 60 by 40"


def test_of_many_files_inside_not_all_are_read(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(collecting, "_MOST_FILES", 2)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as made:
        for number in range(3):
            made.writestr(f"{number}.txt", f"text {number}")

    assert said(rows_of(archive.getvalue(), "a.zip", [])) == [
        "= member 1 =",
        "line 1 | text 0",
        "= member 2 =",
        "line 1 | text 1",
        "=  =",
        "* A file that is not shown: there are too many.",
    ]


def test_files_inside_that_cannot_be_shown_are_told():
    deep = base64.b64encode(b"text").decode()
    source = (
        f"!inner a.bin {base64.b64encode(bytes(9)).decode()}\n!inner a.txt \n!inner a.png {PNG}\n!inner b.txt {deep}"
    )
    with tempfile.TemporaryFile() as file:
        file.write(source.encode())
        file.flush()
        kind = replace(ROW, module=MODULE)
        whole, flat = (
            said(
                showing.Showing(replace(DEFAULT, depth=depth), DEFAULT.budget())
                .view(file, kind, [], formats.sniff)
                .rows
            )
            for depth in (1, 0)
        )

    assert whole == [
        "* A file that cannot be shown here.",
        "* A file that is empty, or too large to be shown.",
        "* A picture.",
        "page (0, 1, 24)",
        "= part 4 =",
        "line 1 | text",
    ]
    assert flat[-1] == "* A file that is too deep inside others to be shown."
