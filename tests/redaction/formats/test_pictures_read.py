"""Lines on a picture as people read them, column by column and row by row, and what is painted over them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from expunct_server.redaction.formats.isolated.work import Lines
from expunct_server.redaction.formats.pictures import layout, painting, reading
from expunct_server.redaction.formats.pictures.layout import Painted
from expunct_server.redaction.formats.pictures.lines import Line
from expunct_server.redaction.formats.pictures.painting import Mark
from expunct_server.redaction.formats.pictures.seeing import at_first_sight, at_second_sight
from tests.redaction.formats.drawn import line, page, pixels, saved
from tests.redaction.helpers import redacted_file

CARD = "4111 1111 1111 1111"


def shown(text: str, left: float, top: float, size: float = 20.0, turned: float = 0.0) -> Line:
    """A line with letters half as wide as high, of a page that is turned by so many degrees around its corner."""
    width = len(text) * size / 2
    corners = np.array([[left, top], [left + width, top], [left + width, top + size], [left, top + size]])
    c, s = np.cos(np.radians(turned)), np.sin(np.radians(turned))
    centres = tuple((i + 0.5) / len(text) for i in range(len(text)))
    return Line(text, (corners @ np.array([[c, s], [-s, c]])).astype(np.float32), centres, 1.0, size)


def columns(first: Sequence[str], second: Sequence[str], turned: float = 0.0) -> list[Line]:
    """Two columns, in which lines are next to each other, in no order."""
    lines = [
        shown(text, left, 24.0 * i, turned=turned)
        for left, texts in ((0.0, first), (400.0, second))
        for i, text in enumerate(texts)
    ]
    return lines[1::2] + lines[::2]


def drawn(first: Sequence[str], second: Sequence[str] = (), size: int = 20) -> Image.Image:
    """Two columns of text with no more room between their lines than texts have."""
    image = Image.new("RGB", (900 if second else 500, 60 + 24 * max(len(first), len(second))), "white")
    for left, texts in ((20, first), (480, second)):
        for i, text in enumerate(texts):
            place = left, 20 + 24 * i
            ImageDraw.Draw(image).text(place, text, font=ImageFont.load_default(size), fill="black")
    return image


# --- columns and rows -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("turned", [0.0, 3.0, 35.0, 90.0, 180.0, -93.0])
def test_lines_are_read_down_their_columns_and_along_their_rows_whichever_way_they_run(turned: float):
    read = layout.readings(columns(["one two", "three"], ["four", "five six", "seven"], turned))

    assert [each.text for each in read.columns()] == ["one two\nthree", "four\nfive six\nseven"]
    assert [each.text for each in read.sides()] == ["one two\tfour", "three\tfive six"]
    assert [each.text for each in read.in_rows()] == ["one two\tfour", "three\tfive six", "seven"]


def test_what_is_near_in_a_row_is_one_line_of_a_column_and_what_is_far_below_is_another():
    lines = [shown("one", 0, 0), shown("two", 36, 1), shown("three", 0, 24), shown("four", 0, 84)]

    assert [each.text for each in layout.readings(lines).columns()] == ["one two\nthree", "four"]


def test_a_line_in_small_letters_is_read_with_the_large_one_below_it():
    lines = [shown("Document no.", 0, 0, size=12), shown("L01X00T471", 0, 16, size=30)]

    assert [each.text for each in layout.readings(lines).columns()] == ["Document no.\nL01X00T471"]


def test_words_that_go_on_in_the_next_line_of_their_column_are_joined():
    lines = columns(["to jane.miller@exam", "ple.com and to Mar-", "garet"], ["nothing", "of", "note"])

    [block] = layout.readings(lines).broken()

    assert block.text == "to jane.miller@example.com and to Margaret"
    [first, second] = block.parts(3, 26)
    assert [first.shown.line.text[first.start : first.end], second.shown.line.text[: second.end]] == [
        "jane.miller@exam",
        "ple.com",
    ]
    [first, second] = block.parts(block.text.index("Margaret"), len(block.text))
    assert (first.end, second.end) == (len("ple.com and to Mar-"), len("garet"))  # the hyphen goes too


def test_numbers_of_cards_go_on_however_their_groups_were_read():
    for first, second in (("41111111", "1111 1111"), ("4111 1111", "11111111"), ("4111 1111", "1111 1111")):
        lines = columns([f"by card {first}", f"{second} as told"], [])
        assert [each.text for each in layout.readings(lines).broken()] == [f"by card {first}{second} as told"]


def test_the_check_is_told_what_columns_and_rows_say_and_what_goes_on_in_them():
    said = list(layout.texts(columns(["to jane.mil", "ler@a.de"], ["x", "y"])))

    assert said == [
        *("to jane.mil\nler@a.de", "x\ny", "to jane.mil\tx", "ler@a.de\ty"),
        *("to jane.mil\tx\nler@a.de\ty", "to jane.mil\nler@a.de\nx\ny"),
    ]
    assert [isinstance(each, Lines) for each in said] == [False] * 4 + [True] * 2


def test_of_what_is_painted_over_nothing_is_read_but_what_is_said_there():
    call = shown("call <PHON EX> or write", 0, 0)
    over = Painted(call.part(5, 14), "<PHONE_NUMBER>")

    [block] = layout.readings([call], [over]).columns()

    assert block.text == "call <PHONE_NUMBER> or write"
    assert [(each.start, each.end) for each in block.parts(0, len(block.text))] == [(0, 5), (14, 23)]


def test_what_was_taken_out_of_a_line_parts_it():
    names = shown("from Jane to Joan", 0, 0)
    read = layout.readings([names])
    [whole] = read.columns()
    [part] = whole.parts(5, 9)

    part.shown.take(part.start, part.end, "<PERSON>")

    [block] = read.columns()
    assert block.text == "from <PERSON> to Joan"
    assert [(each.start, each.end) for each in whole.parts(0, len(whole.text))] == [(0, 5), (9, 17)]
    assert whole.parts(5, 9) == []


# --- what is removed --------------------------------------------------------------------------------------------------


def redacted(image: Image.Image, *types: str) -> tuple[bytes, list[str]]:
    """The picture redacted, and what was found: its text and the number of its boxes."""
    output, findings, _ = redacted_file(saved(image, "PNG"), None, entity_types=frozenset(types))
    return output, [f"{each.text} {str(each.location).count('box')}" for each in findings]


def read(data: bytes) -> str:
    """What is seen on a picture."""
    views = [pixels(data)[:, :, ::-1].copy()]
    return "\n".join([*at_first_sight(views).texts(), *at_second_sight(views).texts()])


FIRST = ("The deposit is paid by card 4111 1111", "1111 1111 as was told on signing.")
SECOND = ("Each of the parties has a copy", "of all that is written here.")


def test_a_value_that_goes_on_in_the_next_line_of_its_column_is_removed_on_a_page_on_its_head_too():
    output, found = redacted(drawn(FIRST, SECOND).rotate(180), "CREDIT_CARD")

    assert [each.replace(" ", "").replace("\n", "") for each in found] == ["41111111111111112"]
    said = read(output)
    assert "1111" not in said
    assert all(each in said for each in ("The deposit is paid by card", "as was told on signing.", *SECOND))


def test_a_value_that_is_known_is_removed_where_it_goes_on_in_the_next_column():
    image = drawn((f"The card {CARD} is paid", "by this one, which is 4111 1111"), ("1111 1111 and", "no other."))

    output, found = redacted(image, "CREDIT_CARD")

    assert found == [f"{CARD} 1", "4111 1111\n1111 1111 2"]
    assert "1111" not in read(output) and "no other." in read(output)


def test_what_stands_above_and_below_a_value_stays_as_it_was():
    image = drawn(("jumping by night, judge", f"{CARD} was paid", "highly different things"))

    output, [found] = redacted(image, "CREDIT_CARD")

    before, after = pixels(saved(image, "PNG")), pixels(output)
    assert found == f"{CARD} 1"
    assert np.array_equal(before[:44], after[:44]) and np.array_equal(before[73:], after[73:])


def test_letters_at_the_edges_of_a_value_are_covered_whole():
    image = drawn((f"the account {CARD} was paid",), size=24)

    output, _ = redacted(image, "CREDIT_CARD")

    font = ImageFont.load_default(24)
    start, end = (round(20 + font.getlength(text)) for text in ("the account ", f"the account {CARD}"))
    painted = (pixels(output) != pixels(saved(image, "PNG"))).any(axis=(0, 2)).nonzero()[0]
    assert start - 8 < painted[0] <= start + 1 and end - 1 <= painted[-1] < end + 8


# --- what is painted --------------------------------------------------------------------------------------------------


def test_a_box_around_a_line_that_reaches_into_others_is_narrowed_to_its_letters():
    image = drawn(("highly different things", "jumping by night, judge", "highly different things"))
    corners = np.array([[15, 32], [260, 32], [260, 82], [15, 82]], np.float32)

    found = reading.read(np.asarray(image)[:, :, ::-1].copy(), corners)

    assert found is not None and found.text == "jumping by night, judge"
    inked = (np.asarray(image)[44:68] < 128).any(axis=(1, 2)).nonzero()[0] + 44
    assert found.corners[:, 1].min() == pytest.approx(inked[0], abs=2)
    assert found.corners[:, 1].max() == pytest.approx(inked[-1] + 1, abs=2)


@pytest.mark.parametrize("size", [12, 20, 40])
@pytest.mark.parametrize("text", ["mini rium", "münün nöra", "Ü é nö", "i.e. a; b: c", "a-b = c"])
def test_dots_and_signs_above_letters_are_of_their_line(text: str, size: int):
    image = line(text, size)
    where = (np.asarray(image) < 200).any(axis=2).nonzero()
    low, high = where[0].min(), where[0].max()
    left, right, margin = where[1].min() - 3, where[1].max() + 3, size / 5
    top, bottom = low - margin, high + margin

    found = reading.read(
        np.asarray(image)[:, :, ::-1].copy(),
        np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float32),
    )

    assert found is not None
    around = found.part(0, len(found.text))[:, 1]
    assert around.min() <= low + 0.5 and around.max() >= high + 0.5


def written(*marks: Mark, before: Sequence[Mark] = ()) -> tuple[np.ndarray[Any, Any], bool]:
    """Where labels are on a white page, and whether all can be read."""
    image = Image.new("RGB", (600, 200), "white")
    view = np.asarray(image).copy()
    for each in before:
        (left, top), (right, bottom) = each.corners.min(axis=0).astype(int), each.corners.max(axis=0).astype(int)
        view[top : bottom + 1, left : right + 1] = 0
    made, is_legible = painting.painted(Image.fromarray(view), view, marks, before)
    inside = np.zeros((200, 600), bool)
    for each in (*marks, *before):
        (left, top), (right, bottom) = each.corners.min(axis=0).astype(int), each.corners.max(axis=0).astype(int)
        inside[top:bottom, left:right] = True
    return inside & (np.asarray(made)[:, :, 0] > 100), is_legible


def mark(left: float, top: float, right: float, bottom: float, label: str = "<PERSON>") -> Mark:
    corners = np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float32)
    return Mark(corners, label, "mask", "<PERSON>")


def extent(where: np.ndarray[Any, Any]) -> tuple[int, int, int, int]:
    rows, columns = where.nonzero()
    return int(columns.min()), int(rows.min()), int(columns.max()), int(rows.max())


def test_labels_are_as_large_as_the_letters_of_their_lines():
    where, is_legible = written(mark(10, 20, 200, 50), mark(10, 80, 590, 110))

    narrow, wide = extent(where[:60]), extent(where[60:])
    assert is_legible
    assert narrow[3] - narrow[1] == wide[3] - wide[1] and 12 <= narrow[3] - narrow[1] <= 17
    assert narrow[2] - narrow[0] == wide[2] - wide[0]


def test_a_label_is_written_where_no_other_is():
    first, second = mark(10, 20, 300, 50), mark(100, 25, 390, 55)

    where, is_legible = written(first, second)

    alone, _ = written(first)
    assert is_legible and np.array_equal(where[:, :220], alone[:, :220])
    assert 0.9 < (where.sum() - alone.sum()) / alone.sum() < 1.1


def test_what_was_written_stays_when_more_is_painted():
    first, second = mark(10, 20, 300, 50), mark(200, 25, 500, 55)

    where, is_legible = written(second, before=[first])

    assert is_legible and not where[:, :302].any() and where[:, 302:].any()


def test_a_box_without_room_for_its_label_has_none():
    where, is_legible = written(mark(200, 20, 320, 50), before=[mark(180, 20, 315, 50, "")])

    assert not is_legible and not where.any()


def test_a_value_in_two_lines_has_one_label_on_the_wider_part():
    output, found = redacted(page("to someone.or.other@exam", "ple.com as said"), "EMAIL_ADDRESS")

    assert found == ["someone.or.other@example.com 2"]
    seen = at_second_sight([pixels(output)[:, :, ::-1].copy()])
    assert sorted(each.text for each in seen.lines) == ["<EMAIL_ADDRESS>", "as said", "to"]
