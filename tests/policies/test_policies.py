"""Policies over HTTP: what goes in comes out, every change is a version, and nothing secret comes out at all."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.conftest import Api
from tests.support import canary
from tests.web.helpers import on_sqlite, refused, rows, tables_holding

DEFAULTS: dict[str, Any] = {
    "description": "", "is_default": False, "language": "en", "languages": ["en"],
    "pii_categories": ["PII", "PCI", "PHI"], "pii_types": None, "redaction_method": "black_box",
    "redaction_mode": "redact", "confidence_threshold": 0.5, "preserve_labels": True, "hitl_enabled": False,
    "hitl_threshold": 0.7, "hitl_entity_types": None, "pseudonymization_provider": "built_in",
    "pseudonymization_endpoint": None, "pseudonymization_salt": None, "llm_detection_enabled": False,
    "llm_endpoint": None, "llm_model": None, "custom_patterns": None, "custom_phrases": None, "category_actions": None,
}  # fmt: skip
MADE = {"id", "tenant_id", "version", "created_at", "updated_at", "name"}
OTHER: dict[str, Any] = {
    "name": "Ä policy ☃ 𝄞", "description": "several\nlines", "is_default": True, "language": "de-CH",
    "languages": ["de", "en-GB"], "pii_categories": ["PCI"], "pii_types": ["SSN", "ADDRESS", "all", "person"],
    "redaction_method": "pseudonymization", "redaction_mode": "pseudonymize", "confidence_threshold": 0.123456789,
    "preserve_labels": False, "hitl_threshold": 0, "hitl_entity_types": ["PERSON"],
    "pseudonymization_endpoint": "https://x.example", "llm_endpoint": "https://y.example", "llm_model": "m",
    "custom_patterns": [
        {"name": "order", "pattern": r"ORD-\d{6}", "score": 0.9, "case_sensitive": False, "n": 3, "none": None}
    ],
    "custom_phrases": [{"phrase": "Project Bluebird", "match": "folded"}],
    "category_actions": {"PCI": "mask", "PERSON": "hash"},
}  # fmt: skip


def create(api: Api, **fields: Any) -> dict[str, Any]:
    response = api("POST", "/policies", json={"name": "p"} | fields)
    assert response.status_code == 201, response.text
    made: dict[str, Any] = response.json()
    return made


def change(api: Api, policy: dict[str, Any], **fields: Any) -> dict[str, Any]:
    response = api("PUT", f"/policies/{policy['id']}", json=fields)
    assert response.status_code == 200, response.text
    changed: dict[str, Any] = response.json()
    return changed


def versions(api: Api, policy: dict[str, Any]) -> list[dict[str, Any]]:
    response = api("GET", f"/policies/{policy['id']}/versions")
    assert response.status_code == 200, response.text
    return list(response.json())


# --- fields -----------------------------------------------------------------------------------------------------------


def test_only_the_name_is_needed_and_the_rest_has_defaults(api: Api) -> None:
    made = create(api)
    assert made == DEFAULTS | {name: made[name] for name in MADE}
    assert made.keys() == DEFAULTS.keys() | MADE
    assert (made["name"], made["version"], made["tenant_id"]) == ("p", 1, "default")
    assert made["created_at"] == made["updated_at"]
    assert api("GET", f"/policies/{made['id']}").json() == made
    assert api("GET", "/policies").json() == [made]


def test_every_field_comes_back_as_it_was_sent(api: Api) -> None:
    made = create(api, **OTHER)
    assert {name: made[name] for name in OTHER} == OTHER
    assert api("GET", f"/policies/{made['id']}").json() == made
    assert versions(api, made) == [made]
    changed = change(api, create(api), **(OTHER | {"is_default": False}))
    assert {name: changed[name] for name in OTHER} == OTHER | {"is_default": False}


def test_a_partial_change_leaves_the_rest_alone(api: Api) -> None:
    made = create(api, **OTHER)
    for name, value in DEFAULTS.items():
        if made[name] == value:
            continue
        before = api("GET", f"/policies/{made['id']}").json()
        after = change(api, made, **{name: value})
        assert after[name] == value
        ignored = {"version", "updated_at", name}
        assert {k: v for k, v in after.items() if k not in ignored} == {
            k: v for k, v in before.items() if k not in ignored
        }, name
    changed = [e["metadata"]["changed"] for e in api.events(event_type="policy.updated")]
    assert all(len(each) == 1 for each in changed) and len(changed) >= 16


@on_sqlite
@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"name": ""}, "name"),
        ({"name": "  "}, "name"),
        ({"name": None}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"name": "a\0b"}, "name"),
        ({"name": ["x"]}, "name"),
        ({"pii_types": ["SSN", "SHOE_SIZE", "HAT"]}, "HAT, SHOE_SIZE"),
        ({"pii_types": [5]}, "pii_types"),
        ({"pii_types": ["SSN"] * 201}, "pii_types"),
        ({"hitl_entity_types": ["SHOE_SIZE"]}, "SHOE_SIZE"),
        ({"pii_categories": ["SHOES"]}, "pii_categories"),
        ({"redaction_method": "shred"}, "pseudonymize"),
        ({"redaction_mode": "hide"}, "redaction_mode"),
        ({"category_actions": {"PII": "shred"}}, "pseudonymize"),
        ({"category_actions": {"SHOE_SIZE": "mask"}}, "SHOE_SIZE"),
        ({"category_actions": {canary.SSN: 5}}, "category_actions: "),
        ({"category_actions": {canary.NAME: "mask"}}, "category_actions: "),
        ({"confidence_threshold": 1.01}, "confidence_threshold"),
        ({"confidence_threshold": -0.01}, "confidence_threshold"),
        ({"confidence_threshold": "high"}, "confidence_threshold"),
        ({"hitl_threshold": 2}, "hitl_threshold"),
        ({"language": "English"}, "language"),
        ({"languages": []}, "languages"),
        ({"is_default": "perhaps"}, "is_default"),
        ({"hitl_enabled": True}, "not available in this version"),
        ({"llm_detection_enabled": True}, "not available in this version"),
        ({"pseudonymization_provider": "vault"}, "built_in"),
        ({"pseudonymization_salt": "short"}, "pseudonymization_salt"),
        ({"pseudonymization_salt": "x" * 1001}, "pseudonymization_salt"),
        ({"custom_patterns": [{"name": "n", "pattern": "("}]}, "not valid"),
        ({"custom_patterns": [{"name": "n", "pattern": "a*"}]}, "matches empty text"),
        ({"custom_patterns": [{"name": "n"}]}, "pattern must be a text"),
        ({"custom_patterns": [{"name": "n", "pattern": "x" * 1001}]}, "longer than"),
        ({"custom_patterns": [{"name": "n", "pattern": "x", "score": 7}]}, "score"),
        ({"custom_patterns": [{"name": "n", "pattern": {"a": 1}}]}, "custom_patterns"),
        ({"custom_patterns": ["x"]}, "custom_patterns"),
        ({"custom_patterns": [{"name": "n", "pattern": "x"}] * 101}, "custom_patterns"),
        ({"custom_patterns": [{"name": "n", "pattern": "x", "é": 1}]}, "not ASCII"),
        ({"custom_patterns": [{"name": "n", "pattern": "x", "n": 2**60}]}, "2^53"),
        ({"custom_phrases": [{"phrase": "  "}]}, "phrase"),
        ({"custom_phrases": [{"phrase": "x", "match": "fuzzy"}]}, "match"),
    ],
)
def test_a_setting_that_cannot_be_carried_out_is_refused_with_a_sentence(
    api: Api, fields: dict[str, Any], says: str
) -> None:
    policy = create(api)
    for response in (
        api("POST", "/policies", json={"name": "p"} | fields),
        api("PUT", f"/policies/{policy['id']}", json=fields),
    ):
        assert says in refused(response, 422)["detail"]
    assert api("GET", "/policies").json() == [policy]
    assert [e for e in api.event_types() if e.startswith("policy.")] == ["policy.created"]


@on_sqlite
def test_unknown_fields_of_other_clients_are_ignored(api: Api) -> None:
    made = create(api, blur_kernel_size=51, id="pol_mine", version=9, created_at="1999-01-01")
    assert made["id"] != "pol_mine" and made["version"] == 1 and "blur_kernel_size" not in made
    assert change(api, made, id="pol_mine", version=9)["version"] == 1


# --- versions ---------------------------------------------------------------------------------------------------------


def test_each_change_is_a_version_and_old_ones_stay_as_they_were(api: Api) -> None:
    policy = create(api, confidence_threshold=0.1)
    history = [policy]
    for threshold in (0.2, 0.3, 0.4):
        history.append(change(api, policy, confidence_threshold=threshold))
        assert versions(api, policy) == history[::-1]
    assert [each["version"] for each in history] == [1, 2, 3, 4]
    assert len({each["created_at"] for each in history}) == 1
    assert [each["updated_at"] for each in history] == sorted({each["updated_at"] for each in history})
    events = api.events(resource_id=policy["id"])
    assert [e["created_at"] for e in events] == [each["updated_at"] for each in history]
    assert [e["metadata"] for e in events[1:]] == [
        {"name": "p", "from_version": n, "version": n + 1, "changed": ["confidence_threshold"]} for n in (1, 2, 3)
    ]
    for verb in ("PUT", "POST", "DELETE", "PATCH"):
        refused(api(verb, f"/policies/{policy['id']}/versions", json={}), 405)


def test_a_change_of_nothing_makes_neither_version_nor_event(api: Api) -> None:
    policy = create(api, **OTHER)
    for same in ({}, {"name": OTHER["name"]}, {"name": f"  {OTHER['name']} "}, OTHER, {"hitl_threshold": 0.0}):
        assert change(api, policy, **same) == policy
    assert api.event_types(resource_id=policy["id"]) == ["policy.created"]
    assert len(rows(api.database, "policy_version")) == 1


def test_changes_at_the_same_moment_are_all_kept_in_some_order(api: Api) -> None:
    policy = create(api)

    def rename(n: int) -> int:
        return int(api("PUT", f"/policies/{policy['id']}", json={"name": f"name {n}"}).status_code)

    with ThreadPoolExecutor(6) as threads:
        assert set(threads.map(rename, range(12))) == {200}
    found = versions(api, policy)
    assert [each["version"] for each in found] == list(range(13, 0, -1))
    assert len({each["name"] for each in found}) == 13


def test_a_deleted_policy_is_gone_for_new_work_and_its_versions_stay(api: Api) -> None:
    policy = change(api, create(api), name="q")
    answer = api("DELETE", f"/policies/{policy['id']}")
    assert (answer.status_code, answer.json()) == (200, {"detail": "Policy deleted"})
    for verb in ("GET", "PUT", "DELETE"):
        refused(api(verb, f"/policies/{policy['id']}", json={"name": "r"}), 404)
    refused(api.upload("Dear Sir", data={"policy_id": policy["id"]}), 404)
    refused(api("POST", "/redact", json={"text": "x", "policy_id": policy["id"]}), 404)
    assert api("GET", "/policies").json() == []
    assert [each["version"] for each in versions(api, policy)] == [2, 1]
    deleted = api.events(event_type="policy.deleted")[0]
    assert deleted["metadata"] == {"name": "q", "version": 2} and deleted["resource_id"] == policy["id"]


# --- the default ------------------------------------------------------------------------------------------------------


def test_there_is_one_default_and_the_old_one_stops_by_a_version_of_its_own(api: Api) -> None:
    first = create(api, is_default=True)
    second = create(api, is_default=True)
    third = create(api)
    change(api, third, is_default=True)

    def standing() -> dict[str, tuple[bool, int]]:
        return {each["id"]: (each["is_default"], each["version"]) for each in api("GET", "/policies").json()}

    assert standing() == {first["id"]: (False, 2), second["id"]: (False, 2), third["id"]: (True, 2)}
    assert api.event_types(resource_id=first["id"]) == ["policy.created", "policy.updated"]
    assert api.upload("x").json()["policy_id"] == third["id"]
    api("DELETE", f"/policies/{third['id']}")
    assert api.upload("x").json()["policy_id"] is None
    change(api, first, is_default=True)
    assert api.upload("x").json()["policy_id"] == first["id"]
    acme = api.make_key("acme")
    assert api("POST", "/policies", key=acme, json={"name": "theirs", "is_default": True}).status_code == 201
    assert standing()[first["id"]][0] is True


def test_many_defaults_at_once_leave_one(api: Api) -> None:
    policies = [create(api) for _ in range(4)]

    def make_default(n: int) -> Any:
        if n % 2:
            return api("POST", "/policies", json={"name": f"{n}", "is_default": True})
        return api("PUT", f"/policies/{policies[n // 2]['id']}", json={"is_default": True})

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(make_default, range(8)))
    assert {each.status_code for each in answers} <= {200, 201, 409}, [each.text for each in answers]
    for each in answers:
        if each.status_code == 409:
            refused(each, 409)
    assert sum(each["is_default"] for each in api("GET", "/policies").json()) == 1


# --- what jobs run under ----------------------------------------------------------------------------------------------


def test_a_job_keeps_the_version_it_began_with(api: Api) -> None:
    policy = create(api, pii_types=["EMAIL_ADDRESS"])
    job = api.upload(f"{canary.NAME} {canary.EMAIL}", data={"policy_id": policy["id"]}).json()
    change(api, policy, pii_types=["PERSON"], redaction_method="hash")
    api("DELETE", f"/policies/{policy['id']}")
    api.work()
    assert api("GET", f"/jobs/{job['id']}/result").text == f"{canary.NAME} <EMAIL_ADDRESS>"
    assert api("GET", f"/jobs/{job['id']}").json()["policy_version"] == 1
    assert api("GET", f"/jobs/{job['id']}/report").json()["policy_version"] == 1
    assert api.events(event_type="job.completed")[0]["metadata"]["policy_version"] == 1


@on_sqlite
@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"redaction_method": "mask"}, "<EMAIL_ADDRESS> and <PERSON>"),
        ({"redaction_method": "black_box"}, "<EMAIL_ADDRESS> and <PERSON>"),
        ({"redaction_method": "blur"}, "<EMAIL_ADDRESS> and <PERSON>"),
        ({"preserve_labels": False}, "<REDACTED> and <REDACTED>"),
        ({"pii_types": ["EMAIL_ADDRESS"]}, f"<EMAIL_ADDRESS> and {canary.NAME}"),
        ({"pii_categories": ["PCI"]}, f"{canary.EMAIL} and {canary.NAME}"),
        ({"pii_types": []}, f"{canary.EMAIL} and {canary.NAME}"),
        ({"category_actions": {"PERSON": "mask"}, "redaction_method": "hash"}, "<EMAIL_ADDRESS_h: and <PERSON>"),
        ({"redaction_mode": "pseudonymize"}, "<EMAIL_ADDRESS_p: and <PERSON_p:"),
        ({"custom_phrases": [{"phrase": "and", "entity_type": "WORD"}]}, "<EMAIL_ADDRESS> <WORD> <PERSON>"),
        ({"custom_patterns": [{"name": "glue", "pattern": r"\band\b"}]}, "<EMAIL_ADDRESS> <GLUE> <PERSON>"),
    ],
)
def test_a_policy_does_what_it_says(api: Api, fields: dict[str, Any], expected: str) -> None:
    policy = create(api, **fields)
    text = f"{canary.EMAIL} and {canary.NAME}"
    body = api("POST", "/redact", json={"text": text, "policy_id": policy["id"]}).json()
    shown = body["redacted_text"]
    for piece in expected.split(" and ") if "_h:" in expected or "_p:" in expected else [expected]:
        assert piece in shown


# --- salts ------------------------------------------------------------------------------------------------------------


def test_a_salt_goes_in_and_never_comes_out(api: Api) -> None:
    salt = f"grain {canary.SECRET_KEY}"  # the watch over tables, logs and errors looks for it
    policy = create(api, pseudonymization_salt=salt)
    changed = change(api, policy, pseudonymization_salt=salt + "2", name="q")
    cleared = change(api, policy, pseudonymization_salt=None)
    assert [each["version"] for each in (policy, changed, cleared)] == [1, 2, 3]
    for each in (policy, changed, cleared, *versions(api, policy), *api("GET", "/policies").json()):
        assert each["pseudonymization_salt"] is None
    assert [e["metadata"].get("changed") for e in api.events(resource_id=policy["id"])] == [
        None, ["name", "pseudonymization_salt"], ["pseudonymization_salt"],
    ]  # fmt: skip
    assert "grain" not in json.dumps(api.events())
    assert tables_holding(api.database, "grain") == []


def test_a_salt_changes_hashes_and_a_version_keeps_its_own(api: Api) -> None:
    policy = create(api, pseudonymization_salt="first salt", redaction_method="hash")

    def hashed() -> str:
        answer = api("POST", "/redact", json={"text": canary.EMAIL, "policy_id": policy["id"]})
        return str(answer.json()["redacted_text"])

    first, again = hashed(), hashed()
    waiting = api.upload(canary.EMAIL, data={"policy_id": policy["id"]}).json()["id"]
    change(api, policy, pseudonymization_salt="second salt")
    second = hashed()
    assert first == again != second
    change(api, policy, name="renamed")
    assert hashed() == second
    api.work()
    assert api("GET", f"/jobs/{waiting}/result").text == first
