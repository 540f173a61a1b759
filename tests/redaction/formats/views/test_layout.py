"""Where rows break, and what is on which page."""

from expunct_server.redaction.formats.views import layout
from expunct_server.redaction.formats.views.layout import Line, page
from expunct_server.redaction.formats.views.rows import Drawn, Row


def text(said: str, *frames: tuple[int, int]) -> Row:
    return Row("text", "line 1", said, list(frames))


def lines(rows: list[Row], room: int = 10) -> list[Line] | None:
    return page(rows, 1, len, room)


def test_rows_break_after_blanks_and_long_words_where_they_must():
    assert lines([text("one two three"), text("x" * 12), text("")]) == [
        Line("text", "line 1", "one two ", []),
        Line("text", "", "three", []),
        Line("text", "line 1", "x" * 10, []),
        Line("text", "", "xx", []),
        Line("text", "line 1", "", []),
    ]


def test_frames_go_over_lines_and_those_of_nothing_are_in_one():
    found = lines([text("aaaa bbbb cccc", (2, 12), (12, 14)), text("aaaa bbbb cccc", (0, 0), (10, 10), (14, 14))])
    assert found is not None
    assert [line.frames for line in found] == [[(2, 10)], [(0, 2), (2, 4)], [(0, 0)], [(0, 0), (4, 4)]]


def test_what_takes_no_room_does_not_make_a_line_without_end():
    found = lines([text("\u200b" * 25_000)])
    assert found is not None
    assert [len(line.text) for line in found] == [10_000, 10_000, 5_000]


def test_pages_are_full_and_no_heading_stands_last():
    heading = Row("heading", "", "body", [])
    rows = [*[text("x")] * (layout.LINES - 1), heading, text("y")]

    assert [len(page(rows, n, len, 10) or []) for n in (1, 2, 3)] == [layout.LINES - 1, 2, 0]
    assert page(rows, 3, len, 10) is None


def test_a_picture_takes_its_lines_and_is_on_one_page():
    picture = Row("picture", "page 1", "", [], Drawn(0, 1, 24))
    rows = [text("x"), picture, picture, picture]

    assert [[line.kind for line in page(rows, n, len, 10) or []] for n in (1, 2, 3)] == [
        ["text", "picture", "picture"],
        ["picture"],
        [],
    ]


def test_a_view_has_a_last_page_which_says_so(monkeypatch):
    monkeypatch.setattr(layout, "MOST_PAGES", 2)
    rows = [text("x")] * (3 * layout.LINES)

    last = page(rows, 2, len, 10)

    assert last is not None
    assert (len(last), last[-1]) == (layout.LINES, Line("note", "", "A view has at most 500 pages: it ends here.", []))
    assert page(rows, 3, len, 10) is None


def test_nothing_at_all_is_one_empty_page():
    assert (page([], 1, len, 10), page([], 2, len, 10)) == ([], None)


def test_what_nobody_sees_or_what_turns_lines_around_is_not_drawn():
    assert layout.legible("a\u202eb\u00adc\x07\t\ud800e\u0301") == "abc     \N{REPLACEMENT CHARACTER}\u00e9"
