"""The why of a finding in words: whole sentences, complete for the table, and never the value."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expunct_server.redaction import explain
from expunct_server.redaction.custom import compile_custom
from expunct_server.redaction.engine import Value, redact, redact_values
from expunct_server.redaction.findings import Finding, Rival, settle
from expunct_server.redaction.patterns import PATTERNS
from expunct_server.redaction.patterns.row import Pattern, expression, words
from expunct_server.redaction.rivals import with_rivals
from tests.redaction.helpers import few, plan, texts

ROW = Pattern("made_up", "DEVICE_ID", expression("x"), 0.3, (), (), None, "luhn", words("serial", "device number"), 0.9)


def found(entity_type="DEVICE_ID", start=10, end=20, score=0.9, recognizer="pattern:made_up", check="luhn", **more):
    return Finding(entity_type, start, end, score, "v" * (end - start), recognizer, check, **more)


def test_every_check_of_the_table_has_a_sentence_of_its_own():
    unsaid = {
        row.check_name for row in PATTERNS if row.check_name and not explain.is_national(row)
    } - explain.CHECKS.keys()
    assert unsaid == set()


def test_a_national_number_is_said_to_keep_the_rules_of_its_country():
    row = Pattern("pl_pesel", "NATIONAL_ID", expression("x"), 0.3, (), (), None, "pesel", countries=("PL",))
    assert explain.is_national(row) and not explain.is_national(ROW)
    assert (
        explain.check_said("pesel", row)
        == "the rules of pl_pesel (PL): form, ranges, and check digits where it has any"
    )
    assert explain.check_said("unheard_of", None) == "unheard_of"


LUHN = "Check passed: Luhn check digit (ISO/IEC 7812-1), with the ranges of its issuers."


@pytest.mark.parametrize(
    ("finding", "around", "said"),
    [
        (
            found(), ("its device number: ", ""),
            ["The pattern made_up matched.", LUHN,
             "Score 0.90, threshold 0.50 for DEVICE_ID; a context word ‘device number’ raised it from 0.30."],
        ),
        (
            found(), ("serial 1, device number 2 ", "serial"),
            ["The pattern made_up matched.", LUHN,
             "Score 0.90, threshold 0.50 for DEVICE_ID; a context word ‘device number’ raised it from 0.30."],
        ),
        (
            found(), ("serial\0", " (Serial)"),
            ["The pattern made_up matched.", LUHN,
             "Score 0.90, threshold 0.50 for DEVICE_ID; a context word ‘Serial’ raised it from 0.30."],
        ),
        (
            found(score=0.3), ("", ""),
            ["The pattern made_up matched.", LUHN,
             "Score 0.30, threshold 0.50 for DEVICE_ID; no context word nearby, or it would be 0.90."],
        ),
        (
            found("PERSON", recognizer="model:en_core_web_sm", check=None, score=0.85), ("", ""),
            ["The model en_core_web_sm read it in its sentence.", "Score 0.85, threshold 0.50 for PERSON."],
        ),
        (
            found("PERSON", recognizer="header:person", check=None), ("name", ""),
            ["The name of its column or key says what it is, and it looks the part.",
             "Score 0.90, threshold 0.50 for PERSON."],
        ),
        (
            found("CUSTOM", recognizer="deny:3", check="fuzzy", score=1.0), ("", ""),
            ["Entry 3 of the policy's deny list stands here.",
             "Check passed: the same but for one edit (up to 7 characters) or two, after folding.",
             "Score 1.00, threshold 0.50 for CUSTOM."],
        ),
        (
            found(recognizer="oracle:x", check=None), ("", ""),
            ["The recognizer oracle:x found it.", "Score 0.90, threshold 0.50 for DEVICE_ID."],
        ),
    ],
)  # fmt: skip
def test_a_finding_says_what_found_it_its_check_and_its_score(monkeypatch, finding, around, said):
    monkeypatch.setattr(explain, "rows", lambda: {ROW.recognizer: ROW})
    assert explain.lines(finding, 0.5, *around) == said


@pytest.mark.parametrize(
    ("rival", "said"),
    [
        (Rival("DEVICE_ID", "a", None, 0.2, 0, 10), "found the same characters too; of one type, they are joined."),
        (Rival("URL", "a", None, 0.2, 0, 9), "found some of these characters and lost: its score is lower."),
        (
            Rival("URL", "a", None, 1.0, -3, 5),
            "took what both had found, for its score is higher; this is what it left.",
        ),
        (
            Rival("URL", "a", None, 0.9, 0, 10),
            "found the same characters and lost: of equal scores the longer wins, then the earlier, then by name.",
        ),
    ],
)
def test_it_says_what_it_was_settled_against(rival, said):
    named = f"Settled: a ({rival.entity_type}, score {rival.score:.2f})"
    assert explain.lines(found(rivals=(rival,)), 0.5)[-1] == f"{named} {said}"


def test_rivals_are_what_overlapped_before_settling_with_places_that_stay_true_when_it_moves():
    patterns = [
        {"name": "long", "pattern": "ab cd", "score": 0.6},
        {"name": "part", "pattern": "ab c", "score": 0.7},
        {"name": "other", "pattern": "zz", "score": 0.6},
    ]
    custom = compile_custom(patterns, [{"phrase": "ab cd", "entity_type": "LONG", "score": 0.5}])
    wanted = plan(custom=custom, explain=True)
    long, part = Rival("LONG", "custom:long", None, 0.6, 0, 5), Rival("PART", "custom:part", None, 0.7, -4, 4)
    phrase = Rival("LONG", "phrase:1", "exact", 0.5, 0, 5)
    left = (part, replace(phrase, shift=-4))  # of the long one its last letter is left
    expected = [("PART", (long, phrase)), ("LONG", left)]

    found_in_text = redact("x ab cd zz", wanted).findings
    assert [(f.entity_type, f.rivals) for f in found_in_text] == [*expected, ("OTHER", ())]
    [value, _] = redact_values([Value("ab cd"), Value("zz")], wanted)
    assert [(f.entity_type, f.rivals) for f in value.findings] == expected
    assert all(f.rivals == () for f in redact("x ab cd zz", plan(custom=custom)).findings)


spans = st.builds(
    lambda kind, start, length, score, by: found(kind, start, start + length, score, by, None),
    st.sampled_from(["URL", "PERSON"]), st.integers(0, 20), st.integers(1, 8), st.sampled_from([0.5, 0.7]),
    st.sampled_from(["a", "b"]),
)  # fmt: skip


@few
@given(st.lists(spans, max_size=8))
def test_every_finding_that_overlapped_is_a_rival_but_its_own(candidates):
    settled = settle(candidates)
    for finding in with_rivals(candidates, settled):
        rivals = [(r.entity_type, r.recognizer, r.score, finding.start + r.shift, r.length) for r in finding.rivals]
        everyone = {(c.entity_type, c.recognizer, c.score, c.start, c.end - c.start) for c in candidates}
        touching = {
            (t, by, score, s, n) for t, by, score, s, n in everyone if s < finding.end and finding.start < s + n
        }
        why = (finding.entity_type, finding.recognizer, finding.score)
        assert len(set(rivals)) == len(rivals) and set(rivals) <= everyone
        assert [each[:3] for each in touching - set(rivals)] == [why]


@few
@given(texts)
def test_explaining_changes_nothing_and_no_sentence_holds_a_long_value(text):
    plain, explained = redact(text, plan()), redact(text, plan(explain=True))
    assert (plain.text, plain.findings) == (explained.text, explained.findings)
    for finding in explained.findings:
        said = " ".join(explain.lines(finding, 0.5, text[: finding.start], text[finding.end :]))
        assert len(finding.text) < 12 or finding.text not in said
