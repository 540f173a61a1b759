"""Findings to where their replacements stand in a view."""

import pytest

from expunct_server.redaction.formats.marks import Placed
from expunct_server.redaction.formats.views import placing
from expunct_server.redaction.formats.views.pieces import Piece
from expunct_server.redaction.formats.views.placing import framed

MASK = "<EMAIL_ADDRESS>"


def piece(place: str, text: str, start: int = 0, *, note: bool = False) -> Piece:
    return Piece(place, text, start, "", place, note)


def at(place: str | None, start: int, end: int, redacted: str = MASK) -> Placed:
    return Placed(place, redacted, "EMAIL_ADDRESS", start, end)


def test_a_finding_is_where_it_was_once_what_came_before_is_counted_as_it_is_now():
    """The text has the same words where nothing was found: those have no frame."""
    before, after = (
        f"{MASK} is none, but {each[0]} and {each[1]}" for each in (("a@b.example", "c@d.org"), (MASK, MASK))
    )
    found = [at("body", before.index(each), before.index(each) + len(each)) for each in ("a@b.example", "c@d.org")]

    assert framed([piece("body", after)], found) == ([[(29, 44), (49, 64)]], [])


def test_what_was_dropped_is_framed_as_nothing_where_it_was():
    lines = [piece("", "to  and", 0), piece("", "from ", 8)]

    assert framed(lines, [at(None, 3, 10, ""), at(None, 20, 25, "")]) == ([[(3, 3)], [(5, 5)]], [])


def test_what_was_dropped_from_a_later_line_is_framed_there():
    lines = [piece("line 1", "a", 0), piece("line 2", "b ", 2)]

    assert framed(lines, [at("line 2", 4, 9, "")]) == ([[], [(2, 2)]], [])


def test_what_was_dropped_from_one_of_several_texts_of_a_place_has_no_frame():
    finding = at("properties", 0, 5, "")

    assert framed([piece("properties", "a"), piece("properties", "b")], [finding]) == ([[], []], [finding])


def test_a_text_that_is_read_otherwise_is_searched_and_each_frame_given_once():
    """Longer replacements first: a number must not be framed in another."""
    found = [at("body", 90, 95, "<PERSON_1>"), at("body", 96, 99, "<PERSON_11>"), at("body", 99, 101, "<PERSON_1>")]

    frames, left = framed([piece("body", "<PERSON_11> and <PERSON_1>")], found)

    assert (frames, left) == ([[(0, 11), (16, 26)]], [found[2]])


def test_what_lies_inside_a_place_is_searched_and_notes_are_not():
    pieces = [piece("row 2", MASK, note=True), piece("row 2, column mail", MASK), piece("row 3", MASK)]

    assert framed(pieces, [at("row 2", 0, 9)]) == ([[], [(0, 15)], []], [])


def test_names_that_may_have_no_brackets_have_none():
    assert framed([piece("name", "x/EMAIL_ADDRESS.png")], [at("name", 2, 9)]) == ([[(2, 15)]], [])
    written = "x/PERSON_habcd.png"
    assert framed([piece("name", written)], [at("name", 2, 9, "<PERSON_h:abcd>")]) == ([[(2, 14)]], [])


def test_places_are_the_same_whatever_stands_for_a_removed_name_in_them():
    pieces = [piece("sheet <PERSON_p:abab>, cell A1", "<PERSON_p:cdcd>")]

    frames, left = framed(pieces, [at("sheet <PERSON>, cell A1", 0, 9, "<PERSON_p:cdcd>")])

    assert (frames, left) == ([[(0, 15)]], [])


def test_what_takes_too_long_to_look_for_has_no_frame(monkeypatch: pytest.MonkeyPatch):
    """What is looked for elsewhere still has one."""
    monkeypatch.setattr(placing, "_MOST_SOUGHT", 1_000)
    large, small = at("body", 5, 9), at("note", 90, 99)

    frames, left = framed([piece("body", "x" * 900 + MASK), piece("note", f"so {MASK}")], [large, small])

    assert (frames, left) == ([[], [(3, 18)]], [large])


def test_many_findings_of_one_line_all_have_their_frames():
    count = 500
    text = f"{MASK} " + f"{MASK} " * count
    found = [at(None, 16 + 10 * i, 16 + 10 * i + 9) for i in range(count)]

    assert framed([piece("", text)], found) == ([[(16 * i, 16 * i + 15) for i in range(1, count + 1)]], [])
