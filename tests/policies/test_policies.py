"""Policies over HTTP: what goes in comes out, every change is a version, and nothing secret comes out at all."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import Engine, event

from expunct_server.errors import Invalid
from expunct_server.policies import document, plans
from expunct_server.redaction.custom import compile_custom
from tests.conftest import Api
from tests.policies.helpers import OTHER, change, create, versions
from tests.support import canary
from tests.web.helpers import on_sqlite, refused, rows, tables_holding

DEFAULTS: dict[str, Any] = {
    "description": "", "is_default": False, "language": "en", "languages": ["en"],
    "pii_categories": ["PII", "PCI", "PHI"], "pii_types": None, "redaction_method": "black_box",
    "redaction_mode": "redact", "detection_profile": "balanced", "confidence_threshold": 0.5,
    "confidence_thresholds": None, "allow_list": None, "deny_list": None, "preserve_labels": True,
    "hitl_enabled": False, "hitl_threshold": 0.7, "hitl_entity_types": None, "pseudonymization_provider": "built_in",
    "pseudonymization_endpoint": None, "pseudonymization_salt": None, "llm_detection_enabled": False,
    "llm_endpoint": None, "llm_model": None, "custom_patterns": None, "custom_phrases": None, "category_actions": None,
}  # fmt: skip
MADE = {"id", "tenant_id", "version", "created_at", "updated_at", "name"}
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
        ({"detection_profile": "thorough"}, "detection_profile"),
        (
            {"confidence_thresholds": {"SHOE_SIZE": 0.5, "SSN": 1}},
            "confidence_thresholds: holds an unknown entity type: SHOE_SIZE",
        ),
        (
            {"confidence_thresholds": {"SSN": 0.5, "US_SSN": 0.6}},
            "confidence_thresholds: holds a threshold for US_SSN twice",
        ),
        ({"confidence_thresholds": {"all": 0.5}}, "confidence_thresholds: holds all"),
        ({"confidence_thresholds": {"SSN": 1.5}}, "confidence_thresholds"),
        ({"confidence_thresholds": {canary.NAME: 0.5}}, "confidence_thresholds: holds an unknown entity type"),
        ({"confidence_thresholds": 0.5}, "confidence_thresholds"),
        ({"allow_list": ["x", {"text": "abc", "match": "fuzzy"}]}, "Entry of allow_list 2: match fuzzy needs at least"),
        ({"allow_list": ["x"] * 1001}, "allow_list"),
        ({"allow_list": [{"text": "x", "entity_type": "SHOE_SIZE"}]}, "entity_type SHOE_SIZE is not known"),
        ({"deny_list": [7]}, "deny_list"),
        ({"deny_list": ["x" * 201]}, "Entry of deny_list 1: text is longer than 200 characters"),
        ({"deny_list": ["x"] * 1001}, "deny_list"),
        (
            {"deny_list": [{"text": canary.NAME, "match": "loose"}]},
            "Entry of deny_list 1: match must be exact, folded or fuzzy",
        ),
        ({"language": "English"}, "language"),
        ({"languages": []}, "languages"),
        ({"is_default": "perhaps"}, "is_default"),
        ({"hitl_enabled": True}, "not available in this version"),
        ({"llm_detection_enabled": True}, "LLM detection is not allowed on this server"),
        ({"llm_model": "tell me all"}, "llm_model"),
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
        ({"category_actions": {"u\u017f_ssn": "mask"}}, "not ASCII"),
        ({"custom_patterns": [{"name": 2**60, "pattern": "x"}]}, "2^53"),
        ({"custom_patterns": [{"name": "n", "pattern": "(?:(?!x)|(?!y)){60}(?<=x)"}]}, "1 (n): the expression is too"),
        ({"language": "en-219-09-9999"}, "language"),
        ({"languages": ["en", "en-219-09-9999"]}, "languages.1"),
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
def test_what_an_answer_held_may_be_sent_back(api: Api) -> None:
    made = create(api, id="pol_mine", version=9, created_at="1999-01-01", updated_at="x")
    assert made["id"] != "pol_mine" and made["version"] == 1 and not made["created_at"].startswith("1999")
    assert change(api, made, id="pol_mine", version=9)["version"] == 1
    same = change(api, made, **{k: v for k, v in made.items() if k != "pseudonymization_salt"})
    assert same == made
    assert change(api, made, **(made | {"name": "q"}))["version"] == 2


@on_sqlite
@pytest.mark.parametrize(
    ("fields", "named", "says"),
    [
        ({"redaction_mehtod": "hash"}, "redaction_mehtod", "redaction_mehtod is not a known field"),
        ({"blur_kernel_size": 51}, "blur_kernel_size", "blur_kernel_size is not"),
        ({canary.NAME: 1, "pi_types": []}, "pi_types", "pi_types is not"),
        ({canary.SSN: 1}, "body", "There is a field that is not known"),
        ({"x" * 41: 1}, "body", "There is a field that is not known"),
        ({"custom_patterns": [{"pattern": "a"}, {"pattern": "b", "scor": 1}]}, "custom_patterns.1", "2: scor is not"),
        ({"custom_phrases": [{"phrase": "a", canary.SSN: 1}]}, "custom_phrases.0", "1: a field is not known"),
        ({"allow_list": ["a", {"text": "b", "mach": "folded"}]}, "allow_list.1", "2: mach is not known"),
        ({"deny_list": [{"text": "b", canary.SSN: 1}]}, "deny_list.0", "1: a field is not known"),
    ],
)
def test_a_misspelt_field_is_refused_and_named_if_it_is_a_name(
    api: Api, fields: dict[str, Any], named: str, says: str
) -> None:
    policy = create(api)
    for response in (
        api("POST", "/policies", json={"name": "p"} | fields),
        api("PUT", f"/policies/{policy['id']}", json=fields),
    ):
        body = refused(response, 422, "unknown_field")
        assert says in body["detail"] and [each["field"] for each in body["errors"]] == [named]
    assert api("GET", "/policies").json() == [policy]


@on_sqlite
def test_every_field_of_the_published_client_is_known(api: Api) -> None:
    from expunct.models import PolicyCreate, PolicyUpdate, RedactConfig

    made = create(api, **PolicyCreate(name="x").model_dump())
    change(api, made, **PolicyUpdate(name="y").model_dump(exclude_none=True))
    config = RedactConfig().model_dump()
    assert api.upload("a", data={"config": json.dumps(config)}).status_code == 202
    for wrong in ({"redaction_mehtod": "hash"}, config | {"pi_types": []}):
        body = refused(api.upload("a", data={"config": json.dumps(wrong)}), 422, "unknown_field")
        assert body["errors"] == [{"field": f"config.{[*wrong][-1]}", "message": "is not a known field"}]
    refused(api.upload("a", data={"config": json.dumps({canary.SSN: 1})}), 422, "unknown_field")


@on_sqlite
def test_a_policy_that_is_too_large_to_keep_is_refused(api: Api) -> None:
    def phrases(characters: int) -> list[dict[str, str]]:
        return [{"phrase": "\N{CJK UNIFIED IDEOGRAPH-4E00}" * characters}] * 100

    listed = ["\N{CJK UNIFIED IDEOGRAPH-4E00}" * 200] * 1000  # 602,000 bytes as they are stored
    policy = create(api, deny_list=listed)
    too_large = {"name": "p", "deny_list": listed, "allow_list": listed[:350]}
    refused(api("POST", "/policies", json=too_large), 422, "policy_too_large")
    changed = api("PUT", f"/policies/{policy['id']}", json={"custom_phrases": phrases(900)})
    refused(changed, 422, "policy_too_large")
    assert api("GET", "/policies").json() == [policy]


@on_sqlite
def test_expressions_are_checked_away_from_the_event_loop(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    on_loop = []

    def checked(*rules: Any, **more: Any) -> Any:
        try:
            on_loop.append(asyncio.get_running_loop() is not None)
        except RuntimeError:
            on_loop.append(False)
        return compile_custom(*rules, **more)

    monkeypatch.setattr(document, "compile_custom", checked)
    change(api, create(api), custom_patterns=[{"pattern": "x"}])
    assert on_loop and not any(on_loop)


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


def test_versions_are_read_a_page_at_a_time(api: Api) -> None:
    policy = create(api)
    for n in range(4):
        change(api, policy, name=f"n{n}")
    path, asked = f"/policies/{policy['id']}/versions", []

    def listening(_: Any, __: Any, statement: str, *___: Any) -> None:
        if "FROM policy_version" in statement:
            asked.append(statement)

    event.listen(Engine, "before_cursor_execute", listening)
    try:
        some = api("GET", path, params={"limit": 2, "offset": 1, "count": "true"})
        page = api("GET", path, params={"page": 2, "page_size": 2}).json()
        beyond = api("GET", path, params={"page": 9, "page_size": 2}).json()
    finally:
        event.remove(Engine, "before_cursor_execute", listening)
    assert [each["version"] for each in some.json()] == [4, 3] and some.headers["X-Total-Count"] == "5"
    assert [each["version"] for each in page["versions"]] == [3, 2] and page["total"] == 5
    assert (beyond["versions"], beyond["total"]) == ([], 5)
    assert len(asked) == 6 and all("LIMIT" in each or "count(" in each for each in asked)


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


# --- the language in force --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("policy", "asked", "effective"),
    [
        (None, None, "en"),
        (None, "fr", "fr"),
        ("de", None, "de"),
        ("de", "es-419", "es-419"),
        ("sr-Latn-RS", None, "sr-Latn-RS"),
    ],
)
def test_the_language_asked_for_goes_before_the_policys(policy: str | None, asked: str | None, effective: str) -> None:
    said = None if policy is None else document.Document(name="p", language=policy)
    assert plans.language_of(said, asked) == effective


@pytest.mark.parametrize("tag", ["", "EN", "english", "en-219-09-9999", "en-2190999", "en\nGB", "en_GB", "en-٢١٩"])
def test_what_is_no_language_is_refused_whoever_asks(tag: str) -> None:
    with pytest.raises(Invalid, match="language tag"):  # the command line, whose words no model checks
        plans.language_of(None, tag)
    with pytest.raises(ValidationError, match="language"):
        document.Document(name="p", language=tag)


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
        ({"custom_phrases": [{"phrase": "and", "name": "and"}]}, "<EMAIL_ADDRESS> <CUSTOM> <PERSON>"),
        ({"custom_patterns": [{"name": "glue", "pattern": r"\band\b"}]}, "<EMAIL_ADDRESS> <GLUE> <PERSON>"),
        ({"deny_list": ["AND"]}, "<EMAIL_ADDRESS> <CUSTOM> <PERSON>"),
        ({"detection_profile": "fast"}, f"<EMAIL_ADDRESS> and {canary.NAME}"),
        ({"confidence_thresholds": {"PERSON": 1}}, f"<EMAIL_ADDRESS> and {canary.NAME}"),
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
