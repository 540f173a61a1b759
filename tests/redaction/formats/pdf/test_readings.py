"""Values that are written in pieces: over lines, a letter in a box, below each other, along a curve, in two modes."""

import math
from typing import Any

import pytest
from pikepdf import Dictionary, String

from expunct_server.redaction.formats import columns
from expunct_server.redaction.formats.pdf import layout
from expunct_server.redaction.formats.pdf.drawing import Drawing
from expunct_server.redaction.formats.pdf.values import Matrix
from tests.redaction.formats.pdf.papers import line, paper, redacted, text

MAIL = "jane@example.com"
SSN = "219-09-9998"
LABEL = "<EMAIL_ADDRESS>"


def found(content: bytes, **changes: Any) -> tuple[list[str], str]:
    """What is found on a page, and what is left of it."""
    output, findings, _ = redacted(paper(content), **changes)
    return ["".join(f.text.split()) for f in findings], text(output).replace("\ufffe", "-")


def placed(said: str, place: Any, size: int = 12) -> bytes:
    """Letters that stand each in a place of its own: a matrix by its number."""
    shown = b"".join(b"%.4f %.4f %.4f %.4f %.2f %.2f Tm (%c) Tj\n" % (*place(i), ord(c)) for i, c in enumerate(said))
    return b"BT /F1 %d Tf\n" % size + shown + b"ET\n"


def arc(i: int) -> tuple[float, ...]:
    turn = math.radians(160 - 9 * i)
    c, s = math.cos(turn - math.pi / 2), math.sin(turn - math.pi / 2)
    return c, s, -s, c, 200 + 90 * math.cos(turn), 100 + 90 * math.sin(turn)


@pytest.mark.parametrize(
    ("said", "place"),
    [
        (SSN, lambda i: (1, 0, 0, 1, 30 + 20 * i, 200)),
        (SSN, lambda i: (1, 0, 0, 1, 30 + 26 * i, 200)),
        (MAIL, lambda i: (1, 0, 0, 1, 30 + 12 * i, 200)),
        (MAIL, lambda i: (1, 0, 0, 1, 30 + 16 * i, 200)),
        (MAIL, lambda i: (1, 0, 0, 1, 200, 280 - 14 * i)),
        (MAIL, lambda i: (1, 0, 0, 1, 30 + 8 * i, 100 + 4 * i)),
        (MAIL, arc),
    ],
    ids=["boxes", "wide boxes", "spaced", "more spaced", "stacked", "rising", "curve"],
)
def test_letters_in_places_of_their_own_are_a_word(said: str, place: Any):
    values, left = found(line("before", 20) + placed(said, place) + line("behind", 20, 200))

    assert values == [said]
    assert "before" in left and "behind" in left and "jane" not in left and "9998" not in left


def test_letters_that_one_instruction_moves_into_boxes_are_a_word():
    shown = b" -1500 ".join(b"(%c)" % each for each in SSN.encode())

    assert found(b"BT /F1 12 Tf 30 200 Td [" + shown + b"] TJ ET")[0] == [SSN]


def test_letters_far_from_each_other_are_none():
    values, left = found(placed("219099998", lambda i: (1, 0, 0, 1, 30 + 40 * i, 200), 8))

    assert values == [] and left.split() == list("219099998")


@pytest.mark.parametrize(
    "content",
    [
        b"q BT /F1 12 Tf 40 200 Td (jane@exa) Tj 7 Tr (mple.com) Tj ET 0 0 400 300 re f Q\n",
        b"BT /F1 12 Tf 40 200 Td (jane@exa) Tj 3 Tr (mple.com) Tj ET\n",
        b"BT /F1 12 Tf 3 Tr 40 200 Td (jane@) Tj 0 Tr (exa) Tj 3 Tr (mple.com) Tj ET\n",
    ],
)
def test_a_value_half_of_which_is_not_seen_is_one(content: bytes):
    values, left = found(content)

    assert values == [MAIL] and left.split() == [LABEL]


@pytest.mark.parametrize(
    ("lines", "value"),
    [
        (["mail to jane@exam-", "ple.com today"], "jane@exam-ple.com"),
        (["to jane@exam\\255", "ple.com."], "jane@exam\u00adple.com"),
        (["to jane@exam\\255ple.com."], MAIL),
        (["to jan-", "e@exam-", "ple.com."], MAIL),
    ],
)
def test_a_hyphen_at_the_end_of_a_line_is_none(lines: list[str], value: str):
    content = b"".join(line(each, 200 - 14 * i) for i, each in enumerate(lines))
    values, after = found(content + line("Post-", 100) + line("Scriptum", 86))

    assert values == [MAIL]
    assert not any(part in after for part in ("jan", "exam", "ple.com"))
    assert "Post-" in after and "Scriptum" in after


def test_a_visible_soft_hyphen_is_still_one():
    assert found(line("219\\25509\\2559998"))[0] == [SSN.replace("-", "")]  # as in the reading without


@pytest.mark.parametrize(
    "raw",
    [
        MAIL.encode("utf-16-be"),
        MAIL.encode("utf-16-le"),
        b"ja\xadne@exam\xadple.com",
        ("\ufeff" + MAIL.replace("n", "\x1ben\x1bn")).encode("utf-16-be"),
        ("\ufeff" + MAIL.replace("n", "\u200bn\u2060")).encode("utf-16-be"),
    ],
    ids=["big", "little", "soft", "language", "unseen"],
)
def test_strings_are_read_as_viewers_show_them(raw: bytes):
    source = paper(line("x"))
    source.trailer.Info = source.make_indirect(Dictionary(Title=String(raw)))
    output, findings, _ = redacted(source)

    assert len(findings) == 1 and str(findings[0].location) == "properties, Title"
    assert b"jane" not in output.replace(b"\0", b"") and LABEL.encode() in output


# --- bounds -----------------------------------------------------------------------------------------------------------


def work_for(count: int, content: bytes) -> tuple[int, layout.Readings]:
    """How often columns are compared, and the readings."""
    source = paper(content)
    drawing = Drawing()
    glyphs = drawing.glyphs(drawing.reader.read(source.pages[0], source.pages[0].Resources), Matrix())
    calls = 0
    before = columns._is_below

    def counting(*args: Any) -> bool:
        nonlocal calls
        calls += 1
        return before(*args)

    columns._is_below = counting  # type: ignore[assignment]
    try:
        return calls, layout.readings(glyphs)
    finally:
        columns._is_below = before
        assert calls < 100 * count
        assert len(glyphs) == count


def test_a_line_of_many_letters_far_from_each_other_takes_no_longer_than_others():
    _, read = work_for(
        4_000, b"BT /F1 1 Tf " + 2 * (b"0 -1 Td " + 2_000 * b"3 0 Td (a) Tj\n" + b"-6000 0 Td\n") + b"ET\n"
    )

    assert len(read.blocks) == 2_000 and len(read.rows) == 2


@pytest.mark.parametrize(
    "broken",
    [
        b"Tm", b"1 0 0 1 180 Tm", b"1 0 0 1 180 (200) Tm", b"(200) Td", b"/F1 Tf", b"(12) /F1 Tf", b"true Ts",
        b"(3) Tr", b"1 0 0 1 9 cm",
    ],
)  # fmt: skip
def test_what_says_too_little_of_where_letters_stand_moves_none(broken: bytes):
    places = range(40, 400, 7)
    spelled = [
        b"1 0 0 1 %d 200 Tm (%c) Tj" % (x, letter) for x, letter in zip(places, b"jane@example.com", strict=False)
    ]
    spelled[6] = broken + b" (x) Tj"

    written, _, _ = redacted(paper(b"BT /F2 12 Tf " + b"\n".join(spelled) + b" ET"))

    assert text(written) == "<EMAIL_ADDRESS>"
