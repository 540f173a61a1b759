"""Where that stands which a model named, and how the text is laid out for it: rules that hold for every text."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expunct_server.redaction.entities import ALIASES, ENTITY_TYPES
from expunct_server.redaction.folding import folded
from expunct_server.redaction.llm.align import LONGEST, Window, is_datum
from expunct_server.redaction.llm.sheet import OVERLAP, laid_out, overlapping
from expunct_server.redaction.llm.types import asked_for, described, known
from expunct_server.redaction.wanted import Wanted
from tests.redaction.helpers import few, texts

PIECES = (
    "Zoë", "Zoe\u0308", "ZOE", "Müller", "muller", "佐藤", "佐藤さん", "김철수는", "राम", "\u05e9\u05dc", "😀", "a",
    " ", "\n", "\r\n", "\t", "-", "O'Neill", "O’Neill", "ﬁn", "ß", "İ", "\u0301", "\u200b", "x1", ".",
)  # fmt: skip
mixed = st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=12).map("".join)


@pytest.mark.parametrize(
    ("text", "named", "places"),
    [
        ("Ann and Annual Ann", "Ann", ["Ann", "Ann"]),
        ("JOSÉ  GARCÍA\tcame", "José García", ["JOSÉ  GARCÍA"]),
        ("Jose\u0301 came", "José", ["Jose\u0301"]),
        ("Jose\u0301 came", "Jose", ["Jose\u0301"]),
        ("O’Neill came", "O'Neill", ["O’Neill"]),
        ("Kovácsnak adta", "Kovács", ["Kovácsnak"]),
        ("Annual", "Ann", []),
        ("preKovács", "Kovács", []),
        ("佐藤さんが来た", "佐藤", ["佐藤"]),
        ("김철수는 왔다", "김철수", ["김철수"]),
        ("राम आया", "राम", ["राम"]),
        ("रामा आया", "राम", []),
        ("john_smith@x", "john", ["john"]),
        ("a b", "a\nb", ["a b"]),
        ("\U0001f600Bob\U0001f600", "Bob", ["Bob"]),
        ("x", "x", []),
        ("abab abab", "abab", ["abab", "abab"]),
    ],
)
def test_a_named_text_is_found_as_whole_words(text: str, named: str, places: list[str]) -> None:
    assert [text[start:end] for start, end in Window(text, 0, len(text)).places(named)] == places


@few
@given(text=mixed, named=mixed | st.text(max_size=8), low=st.integers(0, 10), high=st.integers(0, 40))
def test_whatever_is_named_only_what_stands_there_is_found(text: str, named: str, low: int, high: int) -> None:
    high = min(high, len(text))
    for start, end in Window(text, low, high).places(named):
        assert low <= start < end <= len(text)
        there, sought = text[start:end], named.strip()
        assert is_datum(sought)
        assert folded(there).text.startswith(folded(sought).text.strip()) or there.startswith(sought)
        assert not unicodedata.category((text + " ")[end]).startswith("M")


@few
@given(before=mixed, named=st.sampled_from(["Zoë Müller", "佐藤 花子", "O'Neill-Ray", "x1 y2"]), after=mixed)
def test_what_stands_between_spaces_is_always_found(before: str, named: str, after: str) -> None:
    text = f"{before} {named} {after}"
    start = len(before) + 1
    assert (start, start + len(named)) in Window(text, 0, len(text)).places(named)


def test_offsets_are_those_of_the_whole_text() -> None:
    window = Window("josé and  JOSÉ and josé", 9, 15)
    assert window.places("José") == [(10, 14)]
    assert window.places("JOSÉ") == [(10, 14)]


def test_a_sheet_shows_no_stop_and_knows_what_lies_in_two_values() -> None:
    sheet = laid_out("\0name:\na\0b\n\0\nc\n", [(7, 10), (13, 14)])
    assert (sheet.text, sheet.areas, sheet.places) == ("name: a b\nc\n", [(6, 9), (10, 11)], [[7], [13]])
    assert [sheet.area_of(*span) for span in ((6, 9), (10, 11), (8, 11), (0, 7), (9, 10))] == [0, 1, None, None, None]


def test_what_can_be_somebodys() -> None:
    assert all(is_datum(each) for each in ("Bo", "42", "x" * LONGEST, "山田"))
    assert not any(is_datum(each) for each in ("", "B", "-", "She", "N/A", "Date  of birth:", "x" * (LONGEST + 1)))


@few
@given(text=st.lists(st.sampled_from(PIECES), min_size=60, max_size=300).map("".join), size=st.integers(8, 80))
def test_windows_cover_all_and_hold_all_that_is_short_whole(text: str, size: int) -> None:
    spans = list(overlapping(text, (0, len(text)), size))
    overlap = min(OVERLAP, size // 4)
    assert all(0 <= start < end <= len(text) and end - start <= size + 2 * overlap for start, end in spans)
    for start in range(len(text)):
        end = min(len(text), start + overlap)
        assert any(low <= start and end <= high for low, high in spans)


@few
@given(values=st.lists(texts, max_size=8), names=st.lists(st.sampled_from(["", "\0name:\n", "\0a b:\n"]), min_size=8))
def test_every_value_stands_on_the_sheet_and_is_known_to_all_its_places(values: list[str], names: list[str]) -> None:
    text, areas = "", []
    for name, value in zip(names, values, strict=False):
        text += name
        areas.append((len(text), len(text) + len(value)))
        text += value + "\n"
    sheet = laid_out(text, areas)
    assert sorted(place for places in sheet.places for place in places) == [start for start, _ in areas]
    for (start, end), places in zip(sheet.areas, sheet.places, strict=True):
        shown = sheet.text[start:end]
        assert shown.encode("utf-8") is not None and "\0" not in shown
        for place in places:
            value = text[place : place + end - start]
            assert [a == b for a, b in zip(shown, value, strict=True) if a not in " \ufffd"].count(False) == 0
        for inner in range(start, end):
            assert sheet.areas[sheet.area_of(inner, inner + 1) or 0] == (start, end)


def test_every_type_is_described_and_known_by_its_own_name_and_aliases() -> None:
    assert {known(name) for name in ENTITY_TYPES} == set(ENTITY_TYPES)
    assert {name: known(name) for name in ALIASES} == ALIASES
    assert known("e-mail") == known(" Email address ") == "EMAIL_ADDRESS"
    assert known("SHOE_SIZE") is None and known("") is None
    assert all(described(name).startswith(f"{name}: ") for name in ENTITY_TYPES)


def test_only_what_counts_is_asked_for() -> None:
    wanted = Wanted.of(["PERSON", "LOCATION", "MY_OWN"], 0.5, {"LOCATION": 0.7})
    assert asked_for(wanted) == ("PERSON",)
