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
        ("Rose Young", "The young rose. Rose Young. Rose, Young!", ["Rose Young", "Rose, Young"]),
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


def test_what_patterns_and_phrases_found_is_not_looked_for_again():
    assert repeated("John Smith", "John Smith", recognizer="pattern:card_holder") == []


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
