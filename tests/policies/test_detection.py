"""What a policy and a request say of detection: profile, thresholds, lists."""

import json

from expunct_server.policies import document
from expunct_server.redaction.profiles import NOT_BY_MODEL, PROFILES
from tests.conftest import Api
from tests.policies.helpers import OTHER, change, create
from tests.support import canary
from tests.web.helpers import on_sqlite, refused


def test_the_threshold_in_force_is_the_profiles_until_one_is_set(api: Api) -> None:
    """What an answer held, sent back, sets none; unless the profile changes with it: then it counts as it was sent."""
    policy = create(api, detection_profile="strict")
    strict = PROFILES["strict"].threshold
    assert policy["confidence_threshold"] == strict
    assert change(api, policy, **{k: v for k, v in policy.items() if k != "pseudonymization_salt"}) == policy
    assert change(api, policy, detection_profile="balanced")["confidence_threshold"] == 0.5
    assert change(api, policy, detection_profile="strict")["confidence_threshold"] == strict
    kept = change(api, policy, confidence_threshold=strict, detection_profile="balanced")
    assert (kept["confidence_threshold"], kept["version"]) == (strict, 4)
    assert change(api, policy, confidence_threshold=None)["confidence_threshold"] == 0.5
    assert change(api, policy, confidence_threshold=0.5)["version"] == 5
    assert change(api, policy, confidence_threshold=0.6)["confidence_threshold"] == 0.6


def test_documents_of_versions_before_profiles_and_lists_are_read_with_defaults() -> None:
    old = {
        "name": "old", "confidence_threshold": {"$decimal": "0.5"}, "custom_phrases": [{"phrase": "x"}],
        "redaction_method": "mask", "hitl_threshold": {"$decimal": "0.7"},
    }  # fmt: skip
    read = document.Document.read(json.dumps(old))
    assert read == document.Document(name="old", custom_phrases=[{"phrase": "x"}], redaction_method="mask")
    assert (read.least, read.detection_profile, read.allow_list, read.deny_list) == (0.5, "balanced", None, None)
    assert read.model_copy(update={"detection_profile": "strict"}).least == PROFILES["strict"].threshold
    set_on_purpose = document.Document.read(json.dumps(old | {"confidence_threshold": {"$decimal": "0.6"}}))
    assert set_on_purpose.least == 0.6
    new = document.Document(name="new", **{k: v for k, v in OTHER.items() if k not in ("name", "hitl_enabled")})
    assert document.Document.read(new.canonical().decode()) == new


def test_what_lists_name_is_found_or_left_and_is_in_no_event(api: Api) -> None:
    policy = create(api, deny_list=[{"text": "Operation Nightjar", "match": "fuzzy"}])
    change(api, policy, allow_list=["press@quietriver.example"])
    text = "press@quietriver.example and legal@quietriver.example on operation nightjars"
    job = api.upload(text, data={"policy_id": policy["id"]}).json()
    api.work()
    assert api("GET", f"/jobs/{job['id']}/result").text == "press@quietriver.example and <EMAIL_ADDRESS> on <CUSTOM>"
    found = api("GET", f"/jobs/{job['id']}").json()["findings"]
    assert [(f["recognizer"], f["check"]) for f in found] == [("pattern:email", None), ("deny:1", "fuzzy")]
    assert [e["metadata"].get("changed") for e in api.events(resource_id=policy["id"])] == [None, ["allow_list"]]
    events = json.dumps(api.events()).lower()
    assert "nightjar" not in events and "quietriver" not in events


@on_sqlite
def test_a_request_sets_profile_and_thresholds_itself_and_its_event_names_them(api: Api) -> None:
    policy = create(api, detection_profile="fast")
    text = f"{canary.EMAIL} and {canary.NAME}"
    fast = api("POST", "/redact", json={"text": text, "policy_id": policy["id"]}).json()
    assert (fast["redacted_text"], fast["notes"]) == (f"<EMAIL_ADDRESS> and {canary.NAME}", [NOT_BY_MODEL])
    asked = {"detection_profile": "balanced", "confidence_thresholds": {"EMAIL_ADDRESS": 1}}
    own = api("POST", "/redact", json={"text": text, "policy_id": policy["id"]} | asked).json()
    assert (own["redacted_text"], own["notes"]) == (f"{canary.EMAIL} and <PERSON>", [])
    job = api.upload(text, data={"policy_id": policy["id"], "config": json.dumps(asked)}).json()
    api.work()
    assert api("GET", f"/jobs/{job['id']}/result").text == own["redacted_text"]
    assert api("GET", f"/jobs/{job['id']}/report").json()["overrides"] == asked
    overrides = [e["metadata"]["overrides"] for e in api.events() if "overrides" in e["metadata"]]
    assert sorted(overrides) == [[], sorted(asked), sorted(asked)]
    for wrong in ({"detection_profile": "slow"}, {"confidence_thresholds": {"SHOE_SIZE": 1}}):
        [name] = wrong
        assert refused(api("POST", "/redact", json={"text": "x"} | wrong), 422)["errors"][0]["field"] == name
        answer = refused(api.upload("x", data={"config": json.dumps(wrong)}), 422)
        assert answer["errors"][0]["field"] == f"config.{name}"
