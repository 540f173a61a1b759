"""Where a text says a value that was removed elsewhere: plainly, differently written, or encoded."""

import base64
import zlib
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expunct_server.redaction import removed
from expunct_server.redaction.findings import Finding
from expunct_server.redaction.removed import Removed, TooManyValues
from tests.redaction.helpers import few

VALUES = ("John Smith", "Rose", "123-45-6789", "+49 (30) 1234567", "李明", "Zoë Müller", "jane.doe@example.com", "042")


def of(*values: str) -> Removed:
    made = Removed()
    made.learn(Finding("PERSON", 0, len(value), 1.0, value, "test") for value in values)
    return made


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("john  SMITH and John\nSmith", ["john  SMITH", "John\nSmith"]),
        ("J\u200bohn Smith, JohnSmith, J-o-h-n Smith", ["J\u200bohn Smith", "JohnSmith", "J-o-h-n Smith"]),
        ("Johnny Smith, John Smithson, xJohn Smith", []),
        ("Roses and rose; Rose", ["Rose"]),
        ("123456789, 9123456789, 1234567890, 123 45 6789", ["123456789", "123 45 6789"]),
        ("tel. 0049, +4930 12 34567", ["4930 12 34567"]),
        ("李明在这里", ["李明"]),
        ("ZOE\u0308 MULLER", ["ZOE\u0308 MULLER"]),
        ("<jane.doe@example.com>", ["jane.doe@example.com"]),
        ("١٢٣-٤٥-٦٧٨٩ and १२३४५६७८९", ["١٢٣-٤٥-٦٧٨٩", "१२३४५६७८९"]),
        ("042", []),
        ("", []),
    ],
)
def test_a_value_is_found_however_it_is_written_but_not_inside_another(text, said):
    assert [text[start:end] for start, end, _ in of(*VALUES).find(text)] == said


@pytest.mark.parametrize(
    "text",
    [
        "John%20Smith",
        "&#74;ohn&nbsp;Smith",
        "%26%2374%3Bohn Smith",
        "Zo=C3=AB M=C3=BCl=\r\nler",
        r"\112ohn Smith",
        r"\u004aohn Smith",
        base64.b64encode(b"of John Smith only").decode(),
        base64.urlsafe_b64encode("of Zoë Müller only??>>".encode()).decode(),
        b"of John Smith only".hex().upper(),
        "FEFF" + "John Smith".encode("utf-16-be").hex(),
        "John+ACA-Smith",
        r"John\u{20}Smith",
        "John_x0020_Smith",
        "&#000000000000074;ohn Smith",
        base64.b64encode(zlib.compress(b"of John Smith")).decode(),
        base64.encodebytes(b"x" * 60 + b" John Smith " + b"y" * 60).decode(),
    ],
)
def test_other_encodings_hide_nothing(text):
    assert of(*VALUES).is_in(text)
    assert not of("Jill Jones").is_in(text)


def test_values_of_few_letters_are_found_in_noise_by_chance():
    made = of("Rose", "10.0.0.7", "Martha", "12-34-56")

    assert [made.is_in(said) for said in ("x Rose", "10 0 0 7", "Martha", "123456")] == [True] * 4
    least = removed.LEAST_IN_NOISE
    assert [made.is_in(said, least) for said in ("x Rose", "10 0 0 7", "Martha", "123456")] == [
        False,
        False,
        True,
        True,
    ]


def test_a_document_with_too_many_values_is_not_searched_for_some(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(removed, "MOST", 2)

    with pytest.raises(TooManyValues):
        of("John Smith", "Jane Doe", "Rose")


@few
@given(st.lists(st.text(min_size=1, max_size=12), max_size=5), st.text(max_size=40), st.text(max_size=40))
def test_places_are_true_and_apart_and_a_value_that_stands_alone_is_found(values, before, after):
    made = of(*values)
    text = "\n".join([before, *values, after])

    found = made.find(text)

    assert all(0 <= a < b <= len(text) for a, b, _ in found)
    assert all(b <= c for (_, b, _), (c, _, _) in pairwise(found))
    for value in values:
        if of(value):
            assert of(value).find(f"x {value} x")


@pytest.mark.parametrize(
    ("text", "is_left"),
    [
        ("on &lt;DATE_TIME_last:2024&gt;", False),
        ("on <DATE_TIME_last:2024>, 2024", True),
        ("2024 <DATE_TIME_last:2024>", True),
        ("on 13 March 2024", False),
        ("on 13 March  2024 and 14 March 2024", True),
        ("Rosa", False),
        ("Rosa Rose", True),
        (base64.b64encode(b"on <DATE_TIME_last:2024>").decode(), False),
        (base64.b64encode(b"on <DATE_TIME_2024>").decode(), True),
    ],
)
def test_what_was_put_in_the_place_of_a_value_is_not_left_over(text, is_left):
    """Else a document with two dates in one year could never be redacted by what keeps or makes a year."""
    made = of("2024", "13 March 2024", "Rose")
    for replacement in ("<DATE_TIME_last:2024>", "13 March 2024", "Rosa", "<PERSON>"):
        made.gave(replacement)

    assert made.is_in(text) is is_left


def test_texts_in_base32_and_in_charsets_that_nobody_names_are_read_by_the_check():
    found = of("Jürgen Müller")
    for said in ("to Jürgen Müller now", "to Juergen now"):
        expected = said.startswith("to Jü")
        assert found.is_in(base64.b32encode(said.encode()).decode()) is expected
        assert found.is_in(base64.b64encode(said.encode("latin-1")).decode()) is expected
