"""The engine: whole results, and what must hold for any text."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expunct_server.redaction import engine, rewrite
from expunct_server.redaction.custom import compile_custom
from expunct_server.redaction.engine import (
    ENGINE_VERSION,
    RecognizerFailed,
    ResidueFound,
    SpanTooLong,
    Value,
    detect,
    redact,
    redact_stream,
    redact_values,
)
from expunct_server.redaction.findings import Finding
from tests.redaction.helpers import ALL, DATA, KEY, NOISE, few, plan, sentences, texts

LETTER = """Dear Ms. Jane Doe,

your card 4111 1111 1111 1111 was charged on 2024-02-29 in Berlin.
Write to jane.doe@example.com or call +1 212-555-2368 within three days.
"""


def test_a_letter_is_redacted_and_everything_else_stays():
    result = redact(LETTER, plan(use_model=True))

    assert result.text == (
        "Dear Ms. <PERSON>,\n\nyour card <CREDIT_CARD> was charged on <DATE_TIME> in <LOCATION>.\n"
        "Write to <EMAIL_ADDRESS> or call <PHONE_NUMBER> within three days.\n"
    )
    assert result.model_used
    assert result.notes == ()
    assert result.findings == detect(LETTER, plan(use_model=True))
    assert result.findings[1] == Finding(
        "CREDIT_CARD", 30, 49, 1.0, "4111 1111 1111 1111", "pattern:credit_card", "luhn", None, "<CREDIT_CARD>"
    )


def test_redacting_the_letter_again_with_the_model_changes_nothing():
    once = redact(LETTER, plan(use_model=True)).text

    assert redact(once, plan(use_model=True)).text == once


def test_methods_follow_the_type_then_its_category_then_the_plan():
    wanted = plan(method="mask", category_methods={"PCI": "hash", "EMAIL_ADDRESS": "pseudonymize"})
    found = detect("jane@example.com 4111111111111111 219-09-9998", wanted)

    assert [f.replacement.rpartition(":")[0] for f in found] == ["<EMAIL_ADDRESS_p", "<CREDIT_CARD_h", ""]


def test_without_labels_the_text_does_not_say_what_was_there():
    assert redact("mail jane@example.com", plan(preserve_labels=False)).text == "mail <REDACTED>"


def test_a_language_that_no_model_reads_is_searched_by_patterns_and_the_result_says_so():
    result = redact("私はジェーンです jane@example.jp", plan(use_model=True, language="ja-JP"))

    assert [f.entity_type for f in result.findings] == ["EMAIL_ADDRESS"]
    assert not result.model_used
    assert [note[:53] for note in result.notes] == ["No model that is in use reads the language ja: this t"]
    assert redact("x", plan(use_model=True, language="en-GB")).notes == ()
    assert redact("x", plan(use_model=True, language="de")).notes == ()
    assert redact("x", plan(use_model=False, language="ja")).notes == ()


def test_a_name_is_found_before_the_place_that_gives_it_away():
    filler = "\n".join(["nothing happened that day, and nothing the next."] * 2_000)
    text = f"Fenwick: ill.\n{filler}\nDear Mr. Arthur Fenwick, and\n{filler}\nFENWICK"
    result = redact(text, plan(use_model=True, entity_types=frozenset({"PERSON"})))

    assert len(text) > 2 * engine.SEGMENT
    assert [f.text for f in result.findings] == ["Fenwick", "Arthur Fenwick", "FENWICK"]
    assert all(text[f.start : f.end] == f.text for f in result.findings)


def test_the_threshold_counts():
    text = "the number 2125552368"

    assert detect(text, plan(threshold=0.5)) == []
    assert [f.entity_type for f in detect(text, plan(threshold=0.3))] == ["PHONE_NUMBER"]


@pytest.mark.parametrize(
    "wrong", [{"method": "shred"}, {"key": b"short"}, {"threshold": 2}, {"category_methods": {"PII": "x"}}]
)
def test_a_plan_that_makes_no_sense_is_refused(wrong):
    with pytest.raises(ValueError, match=r"."):
        plan(**wrong)


def test_a_plan_hides_its_key_and_versions_are_named():
    assert str(KEY) not in repr(plan())
    assert ENGINE_VERSION
    assert plan(use_model=True).readers[1].version.startswith("en_core_web_sm 3.8.0, spaCy 3.")


def assert_only_findings_are_replaced(text, result):
    rebuilt, position = [], 0
    for finding in result.findings:
        assert finding.start >= position
        assert text[finding.start : finding.end] == finding.text
        rebuilt += [text[position : finding.start], finding.replacement]
        position = finding.end

    assert "".join([*rebuilt, text[position:]]) == result.text


@few
@given(texts)
def test_offsets_are_true_and_findings_never_overlap_and_all_else_is_untouched(text):
    assert_only_findings_are_replaced(text, redact(text, plan()))


@few
@given(texts | sentences, st.sampled_from(["mask", "hash", "pseudonymize"]), st.booleans())
def test_redacting_twice_changes_nothing_more(text, method, labels):
    wanted = plan(method=method, preserve_labels=labels)
    once = redact(text, wanted)
    again = redact(once.text, wanted)

    assert again.text == once.text
    assert again.findings == []


@few
@given(
    st.lists(st.sampled_from(DATA), min_size=1, max_size=5),
    st.sampled_from(["\n", " and ", "\u05e9 ", "\U0001f600 ", "\t"]),
)
def test_every_value_that_stands_alone_is_gone(values, between):
    result = redact(between.join(values), plan()).text

    assert not any(value in result for value in values)


@few
@given(sentences, st.integers(1, 7))
def test_how_much_is_read_at_a_time_never_changes_the_result(text, step):
    source = io.StringIO(text, newline="")
    parts = list(redact_stream(lambda n: source.read(min(n, step)), plan()))

    assert "".join(part.text for _, part in parts) == redact(text, plan()).text


@pytest.mark.parametrize("between", ["\n", "\n\n", " ", "; "])
def test_segments_of_any_size_give_the_same_pattern_findings(monkeypatch, between):
    """Values stand everywhere, so some stand where a small segment would end."""
    text = between.join(f"{i} {DATA[i % len(DATA)]}" for i in range(400))
    whole = redact(text, plan())
    monkeypatch.setattr(engine, "SEGMENT", 700)
    monkeypatch.setattr(engine, "MARGIN", 300)
    small = redact(text, plan())

    assert small.text == whole.text
    assert small.findings == whole.findings


def test_a_run_without_any_break_is_searched_in_segments_and_loses_nothing():
    text = ("a" * 70_000 + "/" + "jane@example.com" + "/") * 3

    result = redact(text, plan())

    assert result.text.replace("<EMAIL_ADDRESS>", "jane@example.com") == text
    assert [f.text for f in result.findings] == ["jane@example.com"] * 3


def test_a_long_text_is_read_in_segments_that_make_up_the_text():
    text = ("Some words about nothing at all.\n" * 10 + "\n") * 1_000
    segments = [source for source, _ in redact_stream(io.StringIO(text, newline="").read, plan())]

    assert "".join(segments) == text
    assert len(segments) > 4
    assert max(map(len, segments)) <= engine.SEGMENT
    assert all(segment.endswith("\n\n") for segment in segments)


def test_a_finding_longer_than_a_segment_is_removed_whole_or_the_text_refused(monkeypatch):
    rules = compile_custom([{"name": "x", "pattern": "x+"}], [])

    assert redact("ab " + "x" * 200_000 + " cd", plan(custom=rules)).text == "ab <X> cd"
    monkeypatch.setattr(engine, "LONGEST", 70_000)
    with pytest.raises(SpanTooLong, match=r"^One finding of custom:x is longer than 70000 characters.$"):
        redact("ab " + "x" * 300_000 + " cd", plan(custom=rules))


def test_values_side_by_side_never_mix_and_their_names_are_context():
    values = [
        Value("219-09", ("ssn",)),
        Value("-9998"),
        Value("123", ("card", "cvv")),
        Value("123"),
        Value("jane", ("first_name",)),
        Value("jane", ("product",)),
        Value(""),
        Value("ssn"),
        Value("536228145"),
        Value("a jane@example.com b", ("notes",)),
    ]

    results = redact_values(values, plan())

    assert [r.text for r in results] == [
        "219-09", "-9998", "<CVV>", "123", "<PERSON>", "jane", "", "ssn", "536228145", "a <EMAIL_ADDRESS> b",
    ]  # fmt: skip
    assert [(f.start, f.end) for f in results[-1].findings] == [(2, 18)]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (ALL, ["<LOCATION>", "<PERSON>", "<LOCATION>", "<PERSON>"]),
        ({"PERSON", "EMAIL_ADDRESS"}, ["Austin", "<PERSON>", "Lyon", "<PERSON>"]),
        ({"LOCATION"}, ["<LOCATION>", "Austin", "<LOCATION>", "Austin"]),
        ({"ORGANIZATION"}, ["Austin", "Austin", "Lyon", "Austin"]),
    ],
)
def test_what_a_column_says_decides_what_a_model_means_whether_it_is_wanted_or_not(wanted, expected):
    values = [Value("Austin", ("City",)), Value("Austin", ("First name",)), Value("Lyon", ("City",)), Value("Austin")]
    results = redact_values(values, plan(use_model=True, entity_types=frozenset(wanted)))

    assert [r.text for r in results] == expected


@pytest.mark.parametrize("column", [(), ("Period",)])
def test_months_in_a_row_are_no_people(column):
    values = [Value(month, column) for month in ("Jan", "Feb", "Mar", "Apr", "May", "Jun")]

    assert [r.text for r in redact_values(values, plan(use_model=True))] == [v.text for v in values]
    assert [r.text for r in redact_values([Value("Jan"), Value("Jun")], plan(use_model=True))] == ["<PERSON>"] * 2


def test_words_of_contracts_and_bills_stay():
    text = (
        "1. The Employee shall serve as manager. The Employer pays GBP 52,000 a year. Her doctor is Jane Doe, MD.\n"
        "2. Confidential Information means information about the business of the Employer.\n"
        "Bill to: John Smith\nPos Description\tQty Unit\tTotal\n"
    )

    assert redact(text, plan(use_model=True)).text == text.replace("Jane Doe", "<PERSON>").replace(
        "John Smith", "<PERSON>"
    )


@pytest.mark.parametrize("kind", ["PERSON", "LOCATION", "ORGANIZATION", "DATE_TIME", "NRP"])
def test_what_is_found_of_a_type_does_not_depend_on_what_else_is_wanted(kind):
    text = (
        "Anna Berg, a German engineer of Siemens, moved from Gütersloh to 12 Main Street, Springfield, IL 62704\n"
        "in March 1999. Her brother, Jordan Berg, plays in Jordan Hall near Lake Como for the Red Cross.\n"
    )
    found = detect(text, plan(use_model=True))

    assert detect(text, plan(use_model=True, entity_types=frozenset({kind}))) == [
        f for f in found if f.entity_type == kind
    ]
    assert {f.entity_type for f in found} == {"PERSON", "LOCATION", "ORGANIZATION", "DATE_TIME", "NRP"}


@few
@given(st.lists(texts, max_size=6))
def test_values_keep_what_is_not_found_and_twice_changes_nothing(values):
    once = redact_values([Value(v, ("note",)) for v in values], plan())
    again = redact_values([Value(r.text, ("note",)) for r in once], plan())

    assert [r.text for r in again] == [r.text for r in once]
    for value, result in zip(values, once, strict=True):
        assert all(value[f.start : f.end] == f.text for f in result.findings)


def test_many_and_long_values_come_back_in_order():
    values = [Value(str(i) + "x" * (i % 7) * 9_000) for i in range(60)] + [Value("y" * 70_000), Value("z")]

    assert [r.text for r in redact_values(values, plan())] == [v.text for v in values]


def test_what_the_second_search_bares_is_removed_too():
    """Without the address before it the number begins where a number may begin."""
    result = redact("jane@example.com:212-555-2368 219-09-9998", plan())

    assert result.text == "<EMAIL_ADDRESS>:<PHONE_NUMBER> <US_SSN>"


def test_a_result_that_never_comes_clean_is_refused(monkeypatch):
    monkeypatch.setattr(rewrite, "apply", lambda text, _: (text, [(0, 0, len(text))]))

    with pytest.raises(ResidueFound, match=r"^The result still held something that had to be removed"):
        redact("jane@example.com", plan())


def test_a_model_that_crashes_fails_the_search_without_its_message(monkeypatch):
    def crash(*args, **kwargs):
        raise ValueError("Jane Doe")

    reader = plan(use_model=True).readers[1]
    monkeypatch.setattr(reader, "read", crash)

    with pytest.raises(
        RecognizerFailed, match=r"^The recognizer model:en_core_web_sm stopped with an error.$"
    ) as caught:
        redact("Jane Doe", plan(use_model=True))
    assert caught.value.recognizer == "model:en_core_web_sm"
    assert caught.value.__suppress_context__


def test_what_was_not_looked_for_is_said_together_with_what_was_left_out(monkeypatch):
    monkeypatch.setattr("expunct_server.redaction.names.known.MOST", 2)
    text = "name: Jane Harlow, Ann Borg"

    assert [note[:30] for note in redact(text, plan(use_model=True)).notes] == ["This document holds more names"]
    assert [note[:30] for note in redact(text, plan(use_model=True, language="ja")).notes] == [
        "No model that is in use reads ", "This document holds more names",
    ]  # fmt: skip


ODD = (
    "Jose\u0301 Mun\u0303oz", "\u05d3\u05d5\u05d3 \u05db\u05d4\u05df", "\U0001f600 Angela Merkel \U0001f3fd",
    "Berlin\r\n", "\tJane Doe\t", "jane@example.com", "ﬁne Zoë ﬂow", "ＪＡＮＥ", "\ud800",
    "Dr. Anna-Lena Müller-Lüdenscheidt", "5 rue de la Paix, 75002 Paris",
)  # fmt: skip


@few
@given(st.lists(st.sampled_from(ODD + NOISE), min_size=1, max_size=8), st.sampled_from([" ", "\r\n", "", "\t"]))
def test_with_the_models_too_offsets_are_true_and_all_else_is_untouched(parts, between):
    text = between.join(parts)

    assert_only_findings_are_replaced(text, redact(text, plan(use_model=True)))
