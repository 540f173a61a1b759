"""A document's own consistency: a name found once is found everywhere in it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expunct_server.redaction.engine import Value, redact_values
from expunct_server.redaction.findings import Finding
from expunct_server.redaction.lists import Allowed
from expunct_server.redaction.names import known
from expunct_server.redaction.names.known import KnownNames
from tests.redaction.helpers import few, plan
from tests.redaction.names.tiny import onnx_folder


def repeated(name: str, text: str, entity_type: str = "PERSON", recognizer: str = "model:names") -> list[str]:
    """What is found in `text` once `name` has been found elsewhere in the document."""
    names = KnownNames()
    names.learn([Finding(entity_type, 0, len(name), 0.8, name, recognizer)])
    names.learn_words(text)
    found = names.find(text)
    assert all(text[f.start : f.end] == f.text for f in found)
    assert {(f.entity_type, f.score, f.recognizer, f.check) for f in found} <= {
        (entity_type, 0.7, "document:repeated_name", "repeated")
    }
    return [f.text for f in found]


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("John Smith", "then J. Smith left", ["J. Smith"]),
        ("John Smith", "signed: Smith, John", ["Smith, John"]),
        ("John Smith", "JOHN SMITH, above", ["JOHN SMITH"]),
        ("John Smith", "Mr Smith and John's dog", ["Smith", "John"]),
        ("John\nSmith", "and John Smith", ["John Smith"]),
        ("Mary-Jane O'Neil", "O'Neil wrote; Mary-Jane too", ["O'Neil", "Mary-Jane"]),
        ("Ludwig van Beethoven", "Beethoven; van der; Ludwig van Beethoven", ["Beethoven", "Ludwig van Beethoven"]),
        ("Rubija", "Rubija was there. RUBIJA!", ["Rubija", "RUBIJA"]),
        ("John Smith", "Blacksmith Smithson smith Johnny", []),
        ("Rose Young", "The young rose. Rose Young. Rose, Young! Rose.", ["Rose Young", "Rose, Young"]),
        ("Will Hunt", "Will they hunt? Will Hunt will.", ["Will Hunt"]),
        ("José Muñoz", "Mu\u00f1oz y Mun\u0303oz", ["Mu\u00f1oz"]),
        ("Li Wu", "Li Wu, Wu Li, Wu, Li", ["Li Wu", "Wu Li", "Wu, Li"]),
        ("john smith", "smith John Smith", []),
        ("王小明", "王小明说", []),
    ],
)
def test_people_are_found_again_in_the_forms_in_which_they_are_mentioned(name, text, found):
    assert repeated(name, text) == found


def test_places_and_organizations_repeat_as_a_whole_alone():
    assert repeated("Acme Widgets", "Acme said; Acme Widgets said", "ORGANIZATION") == ["Acme Widgets"]
    assert repeated("Springfield", "Springfield", "LOCATION") == []


@pytest.mark.parametrize(
    ("recognizer", "found"),
    [
        ("model:names", ["John Smith"]),
        ("header:person", ["John Smith"]),
        ("llm:x", ["John Smith"]),
        ("pattern:named_person", ["John Smith"]),
        ("custom:x", []),
        ("phrase:1", []),
    ],
)
def test_what_a_policys_own_rules_found_is_not_looked_for_again(recognizer, found):
    assert repeated("John Smith", "John Smith", recognizer=recognizer) == found


def test_addresses_are_no_names_that_are_mentioned_again():
    assert repeated("12 Main Street", "12 Main Street", "LOCATION") == []
    assert repeated("New Harlow", "New Harlow", "LOCATION") == ["New Harlow"]


def test_thousands_of_people_who_share_a_name_are_looked_up_and_not_tried_one_by_one(monkeypatch):
    asked = 0
    stands = KnownNames._stands

    def counted(self, text, words):
        nonlocal asked
        asked += 1
        return stands(self, text, words)

    monkeypatch.setattr(KnownNames, "_stands", counted)
    names = KnownNames()
    names.learn(
        Finding(
            "PERSON",
            0,
            1,
            0.8,
            f"Maria Nach{'abcdefghij'[i % 10]}{chr(97 + i // 10 % 26)}{chr(97 + i // 260)}",
            "model:names",
        )
        for i in range(4_000)
    )
    found = names.find("Maria went. " * 1_000)

    assert len(found) == 1_000
    assert asked == 1_000


def test_the_longest_form_at_a_place_counts_and_none_overlap():
    names = KnownNames()
    names.learn([Finding("PERSON", 0, 10, 0.8, name, "model:names") for name in ("John Smith", "John Smith Miller")])

    assert [f.text for f in names.find("John Smith Miller, John Smith-Miller, John Smith")] == [
        "John Smith Miller", "John", "John Smith",
    ]  # fmt: skip


def test_a_document_with_too_many_names_says_so(monkeypatch):
    monkeypatch.setattr(known, "MOST", 10)
    names = KnownNames()
    names.learn([Finding("PERSON", 0, 1, 0.8, "Ann Borg", "model:names")])
    assert not names.full
    names.learn([Finding("PERSON", 0, 1, 0.8, "Cern Domm", "model:names")])
    assert names.full


@few
@given(
    st.lists(
        st.sampled_from(["John Smith", "Smith", "J. Smith", "rose", "Rose", ", ", " ", "\n", "-", "é"]), max_size=20
    )
)
def test_found_names_never_overlap_and_their_places_are_true(parts):
    text = "".join(parts)
    names = KnownNames()
    names.learn([Finding("PERSON", 0, 1, 0.8, "John Smith", "model:names")])
    names.learn_words(text)
    position = 0
    for finding in names.find(text):
        assert finding.start >= position
        assert text[finding.start : finding.end] == finding.text
        position = finding.end


@pytest.mark.parametrize(
    ("allowed", "expected"),
    [
        ((), ["<PERSON>", "Later <PERSON> left"]),
        ((Allowed("Jane Doe", "exact"),), ["Jane Doe", "Later Doe left"]),
        ((Allowed("Doe", "exact"),), ["<PERSON>", "Later Doe left"]),
    ],
)
def test_a_name_that_a_policy_lets_stand_is_not_looked_for_elsewhere(tmp_path, allowed, expected):
    model = f"onnx:{onnx_folder(tmp_path / 'm', {})}"
    values = [Value("Jane Doe", ("customer_name",)), Value("Later Doe left")]
    results = redact_values(values, plan(models=(model,), use_model=True, allowed=allowed))

    assert [each.text for each in results] == expected


def test_a_name_in_an_address_or_an_identifier_is_no_ordinary_word():
    text = "laura.bennett@mail.example bennett_l /home/bennett/x x.bennett o'bennett. Bennett"

    assert repeated("Laura Bennett", text) == ["Bennett"]


def test_a_word_written_small_once_may_be_a_slip_and_twice_is_a_word():
    assert repeated("Laura Harrow", "a harrow. Harrow!") == ["Harrow"]
    assert repeated("Laura Harrow", "a harrow, the harrow. Harrow!") == []


def test_a_repr_shows_no_names():
    names = KnownNames()
    names.learn([Finding("PERSON", 0, 1, 0.8, "Laura Harrow", "model:names")])
    names.learn_words("meadow")

    assert "arrow" not in repr(names)
    assert "meadow" not in repr(names)


def test_labels_say_no_name_that_is_known():
    texts = ["PHONE", "call <PHONE_NUMBER>, <PHONE_NUMBER_2> or PHONE", "<PHONE>, <PHONES_NUMBER>"]
    values = [Value(texts[0], ("surname",)), *map(Value, texts[1:])]

    assert [each.text for each in redact_values(values, plan())] == [
        "<PERSON>", "call <PHONE_NUMBER>, <PHONE_NUMBER_2> or <PERSON>", "<<PERSON>>, <PHONES_NUMBER>",
    ]  # fmt: skip
