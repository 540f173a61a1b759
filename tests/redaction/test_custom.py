"""A policy's own patterns and phrases."""

import pickle
from typing import Any

import pytest

from expunct_server.redaction import custom
from expunct_server.redaction.custom import InvalidPattern, UnknownKey, compile_custom
from expunct_server.redaction.engine import detect, redact
from expunct_server.redaction.failures import PatternTimeout
from tests.redaction.helpers import plan


def found(text, patterns=(), phrases=()):
    rules = compile_custom(patterns, phrases)
    return [(f.entity_type, f.text, f.recognizer, f.score) for f in detect(text, plan(custom=rules))]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"name": "employee id", "pattern": r"E-\d{4}"}, ("EMPLOYEE_ID", "E-1234", "custom:employee_id", 0.85)),
        ({"name": "e", "regex": r"e-\d{4}", "flags": ["IGNORECASE"]}, ("E", "E-1234", "custom:e", 0.85)),
        ({"name": "e", "pattern": r"e-\d+", "ignore_case": True, "score": 1}, ("E", "E-1234", "custom:e", 1.0)),
        (
            {"name": "e", "pattern": r"E-\d+", "entity_type": "Staff no", "confidence": 0.6},
            ("STAFF_NO", "E-1234", "custom:e", 0.6),
        ),
        ({"pattern": r"E-\d+$"}, ("CUSTOM", "E-1234", "custom:1", 0.85)),
    ],
)
def test_a_pattern_finds_its_text_under_any_accepted_spelling(row, expected):
    assert found("is E-1234\nnext", [row]) == [expected]


@pytest.mark.parametrize(
    ("phrase", "texts"),
    [
        ("Project Falcon", ["Project Falcon", "Project\n  Falcon"]),
        ({"phrase": "Project Falcon", "match": "folded"}, ["Project Falcon", "PROJECT falcon", "Project\n  Falcon"]),
        (
            {"text": "Project Falcon", "case_sensitive": False},
            ["Project Falcon", "PROJECT falcon", "Project\n  Falcon"],
        ),
        ({"value": "(a+b)"}, ["(a+b)"]),
    ],
)
def test_a_phrase_matches_whole_words_exactly_or_folded(phrase, texts):
    text = "Project Falcon, PROJECT falcon, Project\n  Falcon; Project Falcons (a+b)"

    assert [t for _, t, _, _ in found(text, [], [phrase])] == texts


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"name": "n", "pattern": "(zebra"}, r"the expression is not valid at character \d+\."),
        ({"name": "n", "pattern": "zebra*|"}, "the expression matches empty text, so it would match everywhere."),
        ({"name": "n", "pattern": "z" * 1001}, "pattern is longer than 1000 characters."),
        ({"name": "n"}, "pattern must be a text that is not empty."),
        ({"name": "n", "pattern": 7}, "pattern must be a text that is not empty."),
        ({"name": "n", "pattern": "zebra", "score": 2}, "score must be a number above 0 and at most 1."),
        ({"name": "n", "pattern": "zebra", "score": True}, "score must be a number above 0 and at most 1."),
        ({"name": "n", "pattern": "zebra", "flags": "q"}, "flags may hold i .*"),
        ({"name": "n", "pattern": "zebra", "entity_type": "9"}, "entity_type must be .*"),
        ({"name": "n", "pattern": "zebra", "ignore_case": "yes"}, "ignore_case must be true or false."),
    ],
)
def test_a_pattern_that_cannot_be_used_is_refused_with_its_place_and_never_echoed(row, reason):
    with pytest.raises(InvalidPattern, match=rf"^Custom pattern 2 \(n\): {reason}$") as caught:
        compile_custom([{"name": "fine", "pattern": "ok"}, row], [])
    assert (caught.value.index, caught.value.name) == (1, "n")
    assert "zebra" not in str(caught.value)


@pytest.mark.parametrize(
    "rows", [["text"], [7], [{"phrase": ""}], [{"phrase": "a", "match": "fuzzy"}], [{"phrase": "a"}] * 101]
)
def test_a_phrase_that_cannot_be_used_is_refused(rows):
    rows = [7] if rows == ["text"] else rows

    with pytest.raises(InvalidPattern, match=r"^Custom phrase "):
        compile_custom([], rows)


def test_more_than_a_hundred_patterns_are_refused():
    compile_custom([{"name": "n", "pattern": "a"}] * 100, [])
    with pytest.raises(InvalidPattern, match="at most 100"):
        compile_custom([{"name": "n", "pattern": "a"}] * 101, [])


class Recorder:
    """Stands in for the module `regex`: an expression that says how long it was allowed to take."""

    error = custom.regex.error
    I = F = M = S = X = V0 = 0  # noqa: E741

    def __init__(self) -> None:
        self.timeouts: list[float] = []

    def compile(self, *_: Any) -> "Recorder":
        return self

    def search(self, text: str, timeout: float) -> None:
        self.timeouts.append(timeout)


def test_checking_an_expression_may_take_a_moment_only(monkeypatch):
    recorder = Recorder()
    monkeypatch.setattr(custom, "regex", recorder)
    compile_custom([{"pattern": "a"}] * 100, [])
    assert len(recorder.timeouts) == 100 and 0 < max(recorder.timeouts) <= 0.05


def test_an_expression_that_explodes_on_nothing_is_refused():
    with pytest.raises(InvalidPattern, match=r"^Custom pattern 2 \(n\): the expression is too complex\.$"):
        compile_custom([{"pattern": "a"}, {"name": "n", "pattern": "(?:(?!x)|(?!y)){60}(?<=x)"}], [])


def test_checking_all_rules_together_is_bounded_and_the_rule_where_it_stops_is_named(monkeypatch):
    clock = iter(n * 0.3 for n in range(1000))
    monkeypatch.setattr(custom.time, "thread_time", lambda: next(clock))
    patterns = [{"name": f"n{n}", "pattern": "a"} for n in range(100)]
    with pytest.raises(InvalidPattern, match=r"^Custom pattern 3 \(n2\): .* too complex together\.$"):
        compile_custom(patterns, [])
    clock = iter(n * 0.3 for n in range(1000))
    with pytest.raises(InvalidPattern, match=r"^Custom phrase 4: .* too complex together\.$"):
        compile_custom([], ["a"] * 100)


def test_rules_that_were_checked_before_are_not_checked_again(monkeypatch):
    monkeypatch.setattr(custom, "CHECK_TIMEOUT", -1.0)
    rules = compile_custom([{"pattern": "a", "old_key": 1}], [{"phrase": "b", "old_key": 1}], checked=True)
    assert (len(rules.rules), len(rules.phrases)) == (1, 1)


@pytest.mark.parametrize(
    ("patterns", "phrases", "says"),
    [
        ([{"pattern": "a", "ignorecase": True}], [], "Custom pattern 1: ignorecase is not known here."),
        ([{"pattern": "a", "match": "folded"}], [], "Custom pattern 1: match is not known here."),
        ([{"pattern": "a", "Laura 219-09-9999": True}], [], "Custom pattern 1: a field is not known here."),
        ([], ["a", {"phrase": "a", "mach": "folded", "B": 1}], "Custom phrase 2: mach is not known here."),
        ([], [{"phrase": "a", "ignore_case": True}], "Custom phrase 1: ignore_case is not known here."),
    ],
)
def test_a_key_that_means_nothing_is_refused(patterns, phrases, says):
    with pytest.raises(UnknownKey) as refused:
        compile_custom(patterns, phrases)
    assert str(refused.value) == says


@pytest.mark.parametrize(
    ("phrase", "name", "recognizer"),
    [
        ("Laura Bennett", "Laura Bennett", "phrase:1"),
        ("Laura Bennett", "who is LAURA", "phrase:1"),
        ("Laura Bennett", "bennett_l", "phrase:1"),
        ("Laura Bennett", "LauraBennett", "phrase:1"),
        ("Zoë Müller", "muller", "phrase:1"),
        ("O'Neil", "oneil", "phrase:1"),
        ("219-09-9999", "n219099999", "phrase:1"),
        ("Li Wu", "case of li", "phrase:1"),
        ("Li Wu", "client list", "phrase:client_list"),
        ("Laura Bennett", "client 7", "phrase:client_7"),
        ("Laura Bennett", None, "phrase:1"),
    ],
)
def test_a_phrase_is_neither_its_type_nor_its_recognizer(phrase, name, recognizer):
    [rule] = compile_custom([], [{"phrase": phrase, "name": name}]).phrases
    assert (rule.entity_type, rule.recognizer) == ("CUSTOM", recognizer)
    [rule] = compile_custom([], [{"phrase": phrase, "name": name, "entity_type": "client"}]).phrases
    assert (rule.entity_type, rule.recognizer) == ("CLIENT", recognizer)


def test_an_expression_that_explodes_stops_the_search_and_names_itself():
    rules = compile_custom([{"name": "boom", "pattern": "(?:a|aa|aaa)+!"}], [])

    with pytest.raises(PatternTimeout) as caught:
        detect("a" * 5_000, plan(custom=rules))
    assert caught.value.recognizer == "custom:boom"
    assert "aaa" not in str(caught.value)


def test_rules_hide_their_expressions_and_travel_between_processes():
    rules = compile_custom([{"name": "n", "pattern": "zebra+"}], ["gnu herd"])

    assert "zebra" not in repr(rules)
    assert "gnu" not in repr(plan(custom=rules))
    assert redact("a zebraa, a gnu herd", plan(custom=pickle.loads(pickle.dumps(rules)))).text == "a <N>, a <CUSTOM>"


def test_lookarounds_that_match_nothing_give_no_findings():
    assert found("a,b", [{"name": "n", "pattern": "(?<=a)(?=,)"}]) == []
