"""Pseudonyms undone: what they stand for, by whom, recorded before it is told, and forgotten for good."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from expunct_server.policies.plans import operator_key
from expunct_server.pseudonyms import service
from expunct_server.redaction.operators import fingerprint, pseudonymize
from expunct_server.redaction.vault import sealed_for
from expunct_server.settings import load
from expunct_server.tenants import sealing
from expunct_server.tenants.scopes import ERASE, REVEAL, TENANT_SCOPES
from tests.cli.helpers import here
from tests.conftest import Api
from tests.support.server import environment
from tests.web.helpers import on_sqlite, refused, rows, tables_holding

MAIL, OTHER_MAIL = "planted.person@corp.test", "planted.other@corp.test"
UNKNOWN = {"entity_type": None, "value": None, "candidates": [], "reason": "unknown"}


@pytest.fixture
def revealer(api: Api) -> str:
    return api.make_key(scopes=frozenset({REVEAL}))


def known(value: str, kind: str = "EMAIL_ADDRESS") -> dict[str, Any]:
    return {"entity_type": kind, "value": value, "candidates": [], "reason": None}


def redacted(api: Api, text: str, method: str = "realistic", **more: Any) -> str:
    response = api("POST", "/redact", json={"text": text, "redaction_method": method, **more})
    assert response.status_code == 200, response.text
    return str(response.json()["redacted_text"])


def reveal(api: Api, key: str, *pseudonyms: str, **more: Any) -> list[dict[str, Any]]:
    response = api("POST", "/pseudonyms/reveal", key=key, json={"pseudonyms": list(pseudonyms), **more})
    assert response.status_code == 200, response.text
    body = response.json()
    [event] = api("GET", f"/audit?resource_id={body['id']}").json()
    assert event["id"] == body["audit_event_id"]
    found: list[dict[str, Any]] = body["results"]
    return found


def test_tokens_and_made_up_values_are_undone_and_the_event_tells_neither(api: Api, revealer: str) -> None:
    token, made = redacted(api, MAIL, "pseudonymize"), redacted(api, OTHER_MAIL)

    found = reveal(api, revealer, token, made, "nobody@example.com", made, reason="request 17")

    assert found == [known(MAIL), known(OTHER_MAIL), UNKNOWN, known(OTHER_MAIL)]
    [event] = api.events(event_type="pseudonym.revealed")
    assert event["resource_type"] == "pseudonym"
    assert event["metadata"] == {
        "policy_id": None, "asked": 4, "revealed": 3, "ambiguous": 0, "unknown": 1,
        "entity_counts": {"EMAIL_ADDRESS": 3}, "reason": "request 17",
    }  # fmt: skip
    for secret in (MAIL, OTHER_MAIL, made, token):
        assert tables_holding(api.database, secret) == []


def test_what_a_job_made_up_is_kept_with_its_completion(api: Api, revealer: str) -> None:
    policy = api("POST", "/policies", json={"name": "p", "category_actions": {"EMAIL_ADDRESS": "realistic"}}).json()
    job = api.redacted(f"{MAIL}\n{OTHER_MAIL}\n{MAIL}\nSSN 219-09-9998\n" * 3, data={"policy_id": policy["id"]})
    lines = api("GET", f"/jobs/{job['id']}/result").text.splitlines()

    assert lines[0] == lines[2] == lines[4] != lines[1]
    assert lines[3] == "SSN <US_SSN>"
    assert reveal(api, revealer, lines[0], lines[1]) == [known(MAIL), known(OTHER_MAIL)]
    assert len(rows(api.database, "pseudonym")) == 2


def test_a_job_that_fails_keeps_nothing(api: Api) -> None:
    content = json.dumps({"mail": MAIL}) + "\n{broken"
    job = api.upload(content, "a.jsonl", data={"config": '{"redaction_method": "realistic"}'}).json()
    api.work()

    assert api("GET", f"/jobs/{job['id']}").json()["status"] == "error"
    assert rows(api.database, "pseudonym") == []


def test_another_policys_salt_makes_other_pseudonyms_and_each_is_found(api: Api, revealer: str) -> None:
    salted = {"name": "s", "redaction_method": "realistic", "pseudonymization_salt": "first-salt-of-two"}
    policy = api("POST", "/policies", json=salted).json()["id"]
    first = redacted(api, MAIL, policy_id=policy)
    api("PUT", f"/policies/{policy}", json={"pseudonymization_salt": "second-salt-of-two"})
    second, without = redacted(api, MAIL, policy_id=policy), redacted(api, MAIL)
    token = redacted(api, MAIL, "pseudonymize", policy_id=policy)
    api("DELETE", f"/policies/{policy}")

    assert len({first, second, without}) == 3
    assert reveal(api, revealer, first, second, without, token) == [known(MAIL)] * 4
    assert reveal(api, revealer, first, without, token, policy_id=policy) == [known(MAIL), UNKNOWN, known(MAIL)]
    events = api.events(event_type="pseudonym.revealed")
    assert {each["metadata"]["policy_id"] for each in events} == {None, policy}


def test_of_another_tenant_nothing_is_told(api: Api, revealer: str) -> None:
    token, made = redacted(api, MAIL, "pseudonymize"), redacted(api, MAIL)
    stranger = api.make_key("other", scopes=frozenset({REVEAL, "audit:read", "redact"}))
    theirs = api("POST", "/redact", key=stranger, json={"text": MAIL, "redaction_method": "realistic"}).json()
    body = {"pseudonyms": [token, made, "nobody@example.com"], "reason": "curious"}
    response = api("POST", "/pseudonyms/reveal", key=stranger, json=body)

    assert theirs["redacted_text"] != made
    assert response.json()["results"] == [UNKNOWN] * 3
    [event] = api("GET", "/audit?event_type=pseudonym.reveal_refused", key=stranger).json()
    assert event["metadata"] == {"asked": 3, "cause": "unknown_pseudonyms", "reason": "curious"}
    assert api("GET", f"/audit/{event['id']}", key=stranger).json()["outcome"] == "failure"
    assert reveal(api, revealer, theirs["redacted_text"]) == [UNKNOWN]
    body = {"pseudonyms": [made], "tenant_id": "default"}
    refused(api("POST", "/pseudonyms/reveal", key=stranger, json=body), 403, "wrong_tenant")


def test_a_policy_that_is_not_there_is_recorded_and_refused(api: Api, revealer: str) -> None:
    body = {"pseudonyms": ["x"], "policy_id": "pol_none"}

    refused(api("POST", "/pseudonyms/reveal", key=revealer, json=body), 404)
    [event] = api.events(event_type="pseudonym.reveal_refused")
    assert event["metadata"] == {"asked": 1, "cause": "no_such_policy", "reason": ""}


@on_sqlite
def test_the_scope_is_given_by_name_alone(api: Api) -> None:
    assert REVEAL not in TENANT_SCOPES
    refused(api("POST", "/pseudonyms/reveal", json={"pseudonyms": ["x"]}), 403, "missing_scope")
    refused(api("POST", "/pseudonyms/forget", json={"pseudonyms": ["x"]}), 403, "missing_scope")
    refused(api("POST", "/api-keys", json={"name": "x", "scopes": [REVEAL]}), 403)


@on_sqlite
@pytest.mark.parametrize(
    "body",
    [
        {},
        {"pseudonyms": []},
        {"pseudonyms": [""]},
        {"pseudonyms": ["x"] * 101},
        {"pseudonyms": [1]},
        {"pseudonyms": ["x"], "reason": "a\nb"},
        {"pseudonyms": ["x"], "reason": "x" * 501},
        {"pseudonyms": ["x"], "more": 1},
    ],
)
@pytest.mark.parametrize("verb", ["reveal", "forget"])
def test_what_is_wrong_is_refused_and_no_event(api: Api, body: dict[str, Any], verb: str) -> None:
    key = api.make_key(scopes=frozenset({REVEAL, ERASE}))

    refused(api("POST", f"/pseudonyms/{verb}", key=key, json=body), 422)
    assert [each for each in api.event_types() if each.startswith("pseudonym.")] == []


@on_sqlite
def test_nothing_is_told_when_it_cannot_be_recorded(api: Api, revealer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made = redacted(api, MAIL)

    def fails(*_: Any) -> Any:
        raise DBAPIError("x", None, Exception("away"))

    monkeypatch.setattr(service, "record", fails)
    response = api("POST", "/pseudonyms/reveal", key=revealer, json={"pseudonyms": [made]})
    assert response.status_code >= 500
    assert MAIL not in response.text


def test_values_that_came_to_share_one_are_all_told(api: Api, revealer: str, act: Any) -> None:
    key = _key(api)
    entries = [sealed_for("Same Name", "PERSON", each, key) for each in ("Ann", "Bo")]
    with act() as unit:
        service.keep(unit, entries[:1])
    with act() as unit:
        service.keep(unit, [*entries, *entries])
    [found] = reveal(api, revealer, "Same Name")

    assert sorted(found.pop("candidates")) == ["Ann", "Bo"]
    assert found == {"entity_type": "PERSON", "value": None, "reason": "ambiguous"}
    assert api.events(event_type="pseudonym.revealed")[0]["metadata"]["ambiguous"] == 1


@on_sqlite
def test_a_value_with_half_a_surrogate_pair_is_told_as_it_was(api: Api, revealer: str) -> None:
    token = pseudonymize("PERSON", "a\ud800", _key(api))

    assert reveal(api, revealer, token) == [known("a\ud800", "PERSON")]


@on_sqlite
def test_too_many_policies_to_try_ask_for_one(api: Api, revealer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made = redacted(api, MAIL)
    ids = [
        api("POST", "/policies", json={"name": "p", "pseudonymization_salt": f"salt-number-{n}"}).json()["id"]
        for n in range(3)
    ]
    monkeypatch.setattr(service, "MOST_KEYS", 4)
    assert reveal(api, revealer, made) == [known(MAIL)]
    monkeypatch.setattr(service, "MOST_KEYS", 3)
    refused(api("POST", "/pseudonyms/reveal", key=revealer, json={"pseudonyms": [made]}), 422, "name_policy")
    assert reveal(api, revealer, made, policy_id=ids[0]) == [UNKNOWN]


@on_sqlite
def test_policies_without_a_salt_and_with_the_same_one_count_once(
    api: Api, revealer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    salted = {"name": "p", "pseudonymization_salt": "the-salt-of-many", "redaction_method": "realistic"}
    for body in ({"name": "p"}, {"name": "p"}, {"name": "p"}, salted, salted, salted):
        policy = api("POST", "/policies", json=body).json()["id"]
    first, second = redacted(api, MAIL), redacted(api, OTHER_MAIL, policy_id=policy)
    monkeypatch.setattr(service, "MOST_KEYS", 2)

    assert reveal(api, revealer, first, second) == [known(MAIL), known(OTHER_MAIL)]
    eraser = api.make_key(scopes=frozenset({ERASE}))
    answer = api("POST", "/pseudonyms/forget", key=eraser, json={"pseudonyms": [first, second]})
    assert answer.json()["forgotten"] == 2


@on_sqlite
def test_all_salts_of_a_named_policy_are_tried(api: Api, revealer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    policy = api("POST", "/policies", json={"name": "p", "redaction_method": "realistic"}).json()["id"]
    made = [redacted(api, MAIL, policy_id=policy)]
    for number in range(4):
        api("PUT", f"/policies/{policy}", json={"pseudonymization_salt": f"salt-number-{number}"})
        made.append(redacted(api, MAIL, policy_id=policy))
    token = redacted(api, MAIL, "pseudonymize", policy_id=policy)
    monkeypatch.setattr(service, "MOST_KEYS", 2)

    assert reveal(api, revealer, *made, token, "x", policy_id=policy) == [*[known(MAIL)] * 6, UNKNOWN]
    eraser = api.make_key(scopes=frozenset({ERASE}))
    body = {"pseudonyms": [made[0], made[4], "x"], "policy_id": policy}
    assert api("POST", "/pseudonyms/forget", key=eraser, json=body).json()["forgotten"] == 2
    found = reveal(api, revealer, *made, policy_id=policy)
    assert found == [UNKNOWN, *[known(MAIL)] * 3, UNKNOWN]


@on_sqlite
@pytest.mark.parametrize("columns", ["sealed, digest", "sealed", "digest"])
def test_of_a_row_that_was_changed_nothing_is_told(api: Api, revealer: str, columns: str) -> None:
    made, other = redacted(api, MAIL), redacted(api, OTHER_MAIL)
    one, two = (fingerprint(each, _key(api)) for each in (made, other))
    with api.database.write_engine.begin() as connection:
        connection.execute(
            text(
                f"UPDATE pseudonym SET ({columns}) = (SELECT {columns} FROM pseudonym WHERE fingerprint = :two) "
                "WHERE fingerprint = :one"
            ),
            {"one": one, "two": two},
        )

    assert reveal(api, revealer, made, other) == [UNKNOWN, known(OTHER_MAIL)]


def test_what_is_forgotten_cannot_be_undone(api: Api, revealer: str) -> None:
    eraser = api.make_key(scopes=frozenset({ERASE}))
    made, other = redacted(api, MAIL), redacted(api, OTHER_MAIL)
    body = {"pseudonyms": [made, made, "nobody@example.com"], "reason": "request of the person"}
    answer = api("POST", "/pseudonyms/forget", key=eraser, json=body)

    assert answer.status_code == 200
    assert answer.json()["forgotten"] == 1
    assert reveal(api, revealer, made, other) == [UNKNOWN, known(OTHER_MAIL)]
    [event] = api.events(event_type="pseudonym.forgotten")
    assert (event["id"], event["resource_id"]) == (answer.json()["audit_event_id"], answer.json()["id"])
    assert event["metadata"] == {"asked": 3, "forgotten": 1, "reason": "request of the person"}
    body["policy_id"] = "pol_none"
    refused(api("POST", "/pseudonyms/forget", key=eraser, json=body), 404)


def _key(api: Api) -> bytes:
    return operator_key(sealing.master_key(api.settings), "default", None)


def test_the_command_prints_no_escape_that_a_document_held(tmp_path: Path) -> None:
    value = "Jane\nDoe\x1b]0;owned\x07\u202e\ud800 \u00e4"
    assert here(tmp_path, "keys", "create", "--name", "x").returncode == 0
    master = sealing.master_key(load(environment(tmp_path)))
    token = pseudonymize("PERSON", value, operator_key(master, "default", None))

    shown = here(tmp_path, "pseudonyms", "reveal", token)
    assert (shown.returncode, shown.stdout) == (0, "Jane\\nDoe\\x1b]0;owned\\x07\\u202e\\ud800 \u00e4\n")
    shown = here(tmp_path, "pseudonyms", "reveal", token, "--json")
    assert json.loads(shown.stdout) == [known(value, "PERSON")]


def test_the_command_does_the_same(tmp_path: Path) -> None:
    made = here(tmp_path, "keys", "create", "--name", "x")
    assert made.returncode == 0
    document = tmp_path / "a.txt"
    document.write_text(f"{MAIL}\n{OTHER_MAIL}\n")
    result = here(tmp_path, "redact", str(document), "--method", "realistic")
    first, second = result.stdout.splitlines()

    shown = here(tmp_path, "pseudonyms", "reveal", first, second, "--reason", "request 17")
    assert (shown.returncode, shown.stdout) == (0, f"{MAIL}\n{OTHER_MAIL}\n")
    shown = here(tmp_path, "pseudonyms", "reveal", "--json", stdin=f"{second}\nnobody\n".encode())
    assert (shown.returncode, json.loads(shown.stdout)) == (1, [known(OTHER_MAIL), UNKNOWN])
    assert shown.stderr == "Of 2 pseudonyms: 1 unknown, 0 ambiguous.\n"
    gone = here(tmp_path, "pseudonyms", "forget", first)
    assert (gone.returncode, gone.stderr) == (0, "Forgot 1 of 1 pseudonym.\n")
    assert here(tmp_path, "pseudonyms", "reveal", first).stdout == "\n"
    for words, code in ((("x", "--tenant", "none"), 1), (("x", "--policy", "pol_none"), 1), ((), 2)):
        assert here(tmp_path, "pseudonyms", "reveal", *words).returncode == code
    listed = here(tmp_path, "audit", "list", "--json").stdout
    assert [each["event_type"] for each in json.loads(listed) if each["resource_type"] == "pseudonym"] == [
        "pseudonym.reveal_refused", "pseudonym.reveal_refused", "pseudonym.forgotten", "pseudonym.revealed",
        "pseudonym.revealed",
    ]  # fmt: skip
