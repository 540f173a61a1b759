"""Detection profiles: one table, and what each of them does to a plan."""

import pytest

from expunct_server.policies.document import Document
from expunct_server.policies.plans import Overrides, plan
from expunct_server.redaction import plan as plans
from expunct_server.redaction.engine import redact
from expunct_server.redaction.names.mentions import Mention
from expunct_server.redaction.profiles import NOT_BY_MODEL, PROFILES, Profile
from expunct_server.settings import Settings

MASTER = bytes(32)
TEXT = "Jane Doe, weak 1, jane@example.com"
WEAK = [
    {"name": "weak", "pattern": r"weak \d", "entity_type": "US_SSN", "score": 0.2},
    {"name": "faint", "pattern": r"faint \d", "entity_type": "CREDIT_CARD", "score": 0.2},
]


def planned(request=None, **policy):
    document = Document(name="p", **policy)
    asked = Overrides(**(request or {}))
    return plan(
        document, asked, language="en", tenant_id="t", salt=None, master=MASTER, models=Settings().detection_models
    )


@pytest.mark.parametrize(
    ("profile", "text", "notes", "model"),
    [
        ("balanced", "<PERSON>, weak 1, <EMAIL_ADDRESS>", (), True),
        ("strict", "<PERSON>, <US_SSN>, <EMAIL_ADDRESS>", (), True),
        ("fast", "Jane Doe, weak 1, <EMAIL_ADDRESS>", (NOT_BY_MODEL,), False),
    ],
)
def test_a_profile_decides_about_the_model_and_about_what_only_context_would_confirm(profile, text, notes, model):
    types = ["PERSON", "US_SSN", "EMAIL_ADDRESS"]
    wanted = planned(detection_profile=profile, pii_types=types, custom_patterns=WEAK)
    result = redact(TEXT, wanted)
    assert (result.text, result.notes, result.model_used) == (text, notes, model)


def test_the_fast_profile_says_nothing_of_names_where_none_were_wanted():
    assert redact(TEXT, planned(detection_profile="fast", pii_types=["EMAIL_ADDRESS"])).notes == ()


def test_every_profile_of_the_table_can_be_chosen_and_no_other():
    for name, profile in PROFILES.items():
        assert planned(detection_profile=name).threshold == profile.threshold
    with pytest.raises(ValueError, match="balanced, strict, fast"):
        planned().__class__(**(planned().__dict__ | {"profile": "slow"}))


@pytest.mark.parametrize(
    ("policy", "request_", "threshold", "thresholds"),
    [
        ({}, {}, 0.5, {}),
        ({"detection_profile": "strict"}, {}, PROFILES["strict"].threshold, dict(PROFILES["strict"].thresholds)),
        ({"detection_profile": "strict", "confidence_threshold": 0.5}, {}, 0.5, {}),
        ({"detection_profile": "strict"}, {"confidence_threshold": 0.7}, 0.7, {}),
        ({"confidence_threshold": 0.7}, {"detection_profile": "strict"}, 0.7, {}),
        ({"detection_profile": "strict"}, {"detection_profile": "balanced"}, 0.5, {}),
        ({"confidence_thresholds": {"ssn": 0.3}}, {"confidence_threshold": 0.9}, 0.9, {"US_SSN": 0.3}),
        (
            {"confidence_thresholds": {"ssn": 0.3, "PERSON": 0.6}},
            {"confidence_thresholds": {"US_SSN": 0.2, "Address": 1}},
            0.5,
            {"US_SSN": 0.2, "PERSON": 0.6, "LOCATION": 1.0},
        ),
    ],
)
def test_what_was_set_goes_before_the_profile_a_type_before_all_and_a_request_before_its_policy(
    policy, request_, threshold, thresholds
):
    wanted = planned(request_, **policy)
    assert (wanted.threshold, dict(wanted.thresholds)) == (threshold, thresholds)


def test_a_threshold_that_was_set_goes_before_what_a_profile_says_of_single_types(monkeypatch):
    monkeypatch.setitem(PROFILES, "strict", Profile(True, 0.1, {"US_SSN": 0.2, "PERSON": 0.3}))

    def thresholds(**policy):
        return dict(planned(detection_profile="strict", **policy).thresholds)

    assert thresholds() == {"US_SSN": 0.2, "PERSON": 0.3}
    assert thresholds(confidence_thresholds={"ssn": 0.9}) == {"US_SSN": 0.9, "PERSON": 0.3}
    assert thresholds(confidence_threshold=0.4) == {}
    assert thresholds(confidence_threshold=0.4, confidence_thresholds={"ssn": 0.9}) == {"US_SSN": 0.9}


def test_a_types_own_threshold_counts_for_that_type_alone():
    text = "weak 1 and faint 1"
    assert redact(text, planned(custom_patterns=WEAK)).text == text
    for thresholds, left in (
        ({"SSN": 0.1}, "<US_SSN> and faint 1"),
        ({"CREDIT_CARD": 0.2}, "weak 1 and <CREDIT_CARD>"),
        ({"CREDIT_CARD": 0.2, "US_SSN": 0.21}, "weak 1 and <CREDIT_CARD>"),
    ):
        assert redact(text, planned(custom_patterns=WEAK, confidence_thresholds=thresholds)).text == left


class Marks:
    """A model that marks `word` as a person."""

    languages, entity_types, window, version = frozenset(), frozenset({"PERSON"}), 2_000, "1"

    def __init__(self, word, score):
        self.word, self.score, self.name = word, score, f"model:{word}"

    def read(self, pieces):
        return [[Mention("PERSON", p.index(self.word), p.index(self.word) + 3, self.score, self.name)] for p in pieces]


@pytest.mark.parametrize(("profile", "text"), [("balanced", "<PERSON>; Bob"), ("strict", "<PERSON>; <PERSON>")])
def test_what_a_follower_alone_marks_counts_in_strict_however_unsure(monkeypatch, profile, text):
    monkeypatch.setattr(plans, "readers_for", lambda *_: [Marks("Ann", 0.8), Marks("Bob", 0.1)])

    assert redact("Ann; Bob", planned(detection_profile=profile, pii_types=["PERSON"])).text == text
