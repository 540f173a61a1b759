"""POST /redact with JSON: redacted at once, recorded before the answer, and nothing of the text kept."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as bounded
from hypothesis import strategies as st

from expunct_server.db.session import Database
from expunct_server.redaction.pool import TextBusy, TextFailed, TextStopped
from tests.conftest import Api
from tests.support import canary
from tests.web.helpers import another_app, on_sqlite, refused, tables_holding

ANSWER = {"id", "redacted_text", "findings", "entity_count", "policy_id", "policy_version", "notes"}
FINDING = {"entity_type", "start", "end", "score", "original", "redacted", "recognizer", "check"}


def redact(api: Api, text: str, **more: Any) -> dict[str, Any]:
    response = api("POST", "/redact", json={"text": text, **more})
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


def test_a_text_is_redacted_and_the_act_recorded_without_it(api: Api, database: Database) -> None:
    body = redact(api, canary.LETTER)
    assert body.keys() == ANSWER
    assert canary.found_in(body["redacted_text"]) == []
    assert "<PERSON>" in body["redacted_text"] and "<US_SSN>" in body["redacted_text"]
    assert body["entity_count"] == len(body["findings"]) >= 4
    for finding in body["findings"]:
        assert finding.keys() == FINDING
        assert canary.LETTER[finding["start"] : finding["end"]] == finding["original"]
        assert 0 <= finding["score"] <= 1
    event = api.events(event_type="redaction.performed")[0]
    assert (event["resource_type"], event["resource_id"]) == ("redaction", body["id"])
    counts: dict[str, int] = {}
    for finding in body["findings"]:
        counts[finding["entity_type"]] = counts.get(finding["entity_type"], 0) + 1
    assert event["metadata"] == {
        "policy_id": None, "policy_version": None, "language": "en", "overrides": [],
        "entity_count": len(body["findings"]), "entity_counts": counts, "characters": len(canary.LETTER),
        "llm_model": None, "llm_host": None,
    }  # fmt: skip
    assert tables_holding(database, "social security number") == []
    assert api("GET", "/jobs").json() == []


PIECES = [
    "a@b.example", "219-09-9999", "John Smith lives in Paris", "4111 1111 1111 1111", "😀", "👩\u200d👩\u200d👧", "é",
    "e\u0301", "\u0301", "\u200f", "\u2028", "ß", "İ", "ǆ", "\ufb01", "𝄞", "日本", "\0",
    "\t", "\n", "\r\n", " ", ".", "<PERSON>", "[/x]", "\ufeff",
]  # fmt: skip


@on_sqlite
@bounded(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None)
@given(pieces=st.lists(st.sampled_from(PIECES) | st.text(max_size=6), min_size=1, max_size=8))
def test_offsets_count_code_points_in_any_text(api: Api, pieces: list[str]) -> None:
    text = "".join(pieces).encode("utf-8", "replace").decode() or "x"
    body = redact(api, text)
    rebuilt, position = "", 0
    for finding in body["findings"]:
        assert text[finding["start"] : finding["end"]] == finding["original"] != ""
        assert finding["start"] >= position
        rebuilt += text[position : finding["start"]] + finding["redacted"]
        position = finding["end"]
    assert rebuilt + text[position:] == body["redacted_text"]


@on_sqlite
def test_what_a_request_asks_for_goes_before_the_policy_and_is_recorded_by_name(api: Api) -> None:
    text = f"Dear {canary.NAME}, write to {canary.EMAIL}"
    policy = api("POST", "/policies", json={"name": "p", "pii_types": ["EMAIL_ADDRESS"]}).json()
    assert redact(api, text)["redacted_text"] == "Dear <PERSON>, write to <EMAIL_ADDRESS>"
    body = redact(api, text, policy_id=policy["id"])
    assert body["redacted_text"] == f"Dear {canary.NAME}, write to <EMAIL_ADDRESS>"
    assert (body["policy_id"], body["policy_version"]) == (policy["id"], 1)
    body = redact(api, text, policy_id=policy["id"], pii_types=["PERSON"], redaction_method="hash")
    assert body["redacted_text"].startswith("Dear <PERSON_h:") and body["redacted_text"].endswith(canary.EMAIL)
    assert redact(api, text, pii_types=["person"], confidence_threshold=1)["findings"] == []
    assert [e["metadata"]["overrides"] for e in api.events(event_type="redaction.performed")] == [
        [], [], ["pii_types", "redaction_method"], ["confidence_threshold", "pii_types"],
    ]  # fmt: skip
    api("PUT", f"/policies/{policy['id']}", json={"is_default": True, "redaction_method": "hash"})
    assert redact(api, text)["policy_version"] == 2  # the default is in force when none is named


@on_sqlite
def test_a_hash_is_the_same_in_one_tenant_and_another_in_the_next(api: Api) -> None:
    def hashed(key: str) -> str:
        body = {"text": canary.EMAIL, "redaction_method": "hash"}
        return str(api("POST", "/redact", key=key, json=body).json()["redacted_text"])

    other = api.make_key("acme")
    assert hashed(api.key) == hashed(api.key) != hashed(other)
    salted = api("POST", "/policies", json={"name": "s", "pseudonymization_salt": "grain of salt"}).json()
    with_salt = redact(api, canary.EMAIL, policy_id=salted["id"], redaction_method="hash")["redacted_text"]
    assert with_salt not in (hashed(api.key), hashed(other))


@on_sqlite
def test_other_languages_are_searched_by_patterns_and_the_answer_says_so(api: Api) -> None:
    body = redact(api, "ミラーさん a@b.example", language="ja-JP")
    assert "<EMAIL_ADDRESS>" in body["redacted_text"]
    assert len(body["notes"]) == 1 and "reads the language ja:" in body["notes"][0]
    assert redact(api, "Frau Müller", language="de")["notes"] == []
    assert redact(api, "Mrs Miller", language="en-GB")["notes"] == []
    assert redact(api, "a@b.example", language="ja", pii_types=["EMAIL_ADDRESS"])["notes"] == []


@on_sqlite
def test_the_language_is_the_requests_else_the_policys_else_english(api: Api) -> None:
    german = api("POST", "/policies", json={"name": "p", "language": "de-CH"}).json()["id"]
    (letter := api.settings.file_roots[0] / "letter.txt").write_text("Frau Müller")
    asked: list[tuple[dict[str, Any], str]] = [
        ({}, "en"),
        ({"language": "fr"}, "fr"),
        ({"policy_id": german}, "de-CH"),
        ({"policy_id": german, "language": "zh-Hant-TW"}, "zh-Hant-TW"),
    ]
    for fields, effective in asked:
        body = redact(api, "Frau Müller", **fields)
        assert bool(body["notes"]) is effective.startswith("zh")
        assert api.events(event_type="redaction.performed")[-1]["metadata"]["language"] == effective
        for answer in (
            api.upload("Frau Müller", data=fields),
            api("POST", "/redact/uri", json={"input_uri": letter.as_uri()} | fields),
        ):
            assert api("GET", f"/jobs/{answer.json()['id']}").json()["language"] == effective
            assert api.events(event_type="job.created")[-1]["metadata"]["language"] == effective
    for fields in ({"language": "en-219-09-9999"}, {"language": "en-2190999"}):
        refused(api.upload("x", data=fields), 422, "invalid")
        refused(api("POST", "/redact/uri", json={"input_uri": letter.as_uri()} | fields), 422, "invalid")


@on_sqlite
@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b'{"text": ""}', 422, "invalid"),
        (b"{}", 422, "invalid"),
        (b'{"text": null}', 422, "invalid"),
        (b'{"text": 5}', 422, "invalid"),
        (b'{"text": ["a"]}', 422, "invalid"),
        (b'"text"', 422, "invalid"),
        (b"null", 422, "invalid"),
        (b"[]", 422, "invalid"),
        (b"", 400, "invalid_json"),
        (b"{", 400, "invalid_json"),
        (b'{"text": "a"} x', 400, "invalid_json"),
        (b"{'text': 'a'}", 400, "invalid_json"),
        (b'{"text": "a", "text": "b"}', 400, "duplicate_key"),
        (b'{"text": "\\ud800"}', 422, "lone_surrogate"),
        (b'{"text": "a", "\\udfff": 1}', 422, "lone_surrogate"),
        (b'{"text": "\xed\xa0\x80"}', 400, "invalid_encoding"),
        (b'{"text": "caf\xe9"}', 400, "invalid_encoding"),
        ('{"text": "a"}'.encode("utf-16"), 400, "invalid_encoding"),
        (b'{"text": "a", "n": NaN}', 400, "invalid_json"),
        (b'{"text": "a", "n": -Infinity}', 400, "invalid_json"),
        (b'{"text": "a", "n": 1e999}', 400, "invalid_json"),
        (b'{"text": "a", "n": 99999999999999999999}', 400, "invalid_json"),
        (b'{"text": "a", "n": ' + b"9" * 5000 + b"}", 400, "invalid_json"),
        (b'{"text": "a", "n": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", 400, "json_too_deep"),
        (b'{"a":' * 100_000, 400, "json_too_deep"),
        (b'{"text": "a", "pii_types": ["SHOE_SIZE"]}', 422, "invalid"),
        (b'{"text": "a", "confidence_threshold": 1.5}', 422, "invalid"),
        (b'{"text": "a", "confidence_threshold": "high"}', 422, "invalid"),
        (b'{"text": "a", "redaction_method": "shred"}', 422, "invalid"),
        (b'{"text": "a", "language": "klingon!"}', 422, "invalid"),
        (b'{"text": "a", "language": "en-219-09-9999"}', 422, "invalid"),
        (b'{"text": "a", "language": "en-2190999"}', 422, "invalid"),
        (b'{"text": "a", "language": "en-GB\\n"}', 422, "invalid"),
        (b'{"text": "a", "language": ""}', 422, "invalid"),
        (b'{"text": "a", "redaction_mehtod": "hash"}', 422, "unknown_field"),
        (b'{"text": "a", "Redaction-Method": "hash"}', 422, "unknown_field"),
        (b'{"text": "a", "policy_id": "pol_nobody"}', 404, "not_found"),
        (b'{"text": "a", "policy_id": "a\\u0000b"}', 422, "invalid"),
        (b'{"text": "a", "tenant_id": "acme"}', 403, "wrong_tenant"),
    ],
)
def test_a_bad_body_is_refused_and_not_recorded_as_done(api: Api, body: bytes, status: int, code: str) -> None:
    answer = api("POST", "/redact", content=body, headers={"Content-Type": "application/json"})
    refused(answer, status, code)
    assert "redaction.performed" not in api.event_types()


@on_sqlite
def test_a_byte_order_mark_and_a_charset_do_no_harm(api: Api) -> None:
    for kind in ("application/json; charset=utf-8", "Application/JSON", "application/json;charset=UTF-8 ; x=y"):
        content = b'\xef\xbb\xbf{"text": "a@b.example"}'
        answer = api("POST", "/redact", content=content, headers={"Content-Type": kind})
        assert answer.json()["redacted_text"] == "<EMAIL_ADDRESS>"


@on_sqlite
def test_a_text_beyond_the_limit_is_refused_declared_or_streamed(api: Api) -> None:
    with another_app(api, max_text_bytes=2000) as small:
        assert small("POST", "/redact", json={"text": "y" * 1980}).status_code == 200
        refused(small("POST", "/redact", json={"text": "y" * 2000}), 413, "too_large")
        parts = iter([b'{"text": "'] + [b"y" * 500] * 50)
        kind = {"Content-Type": "application/json"}
        refused(small("POST", "/redact", content=parts, headers=kind), 413, "too_large")


@on_sqlite
def test_a_custom_pattern_that_explodes_is_stopped_and_named(api: Api) -> None:
    rule = {"name": "slow one", "pattern": "(?:a|aa|aaa)+!"}
    policy = api("POST", "/policies", json={"name": "p", "custom_patterns": [rule]})
    assert policy.status_code == 201, policy.text
    text = "a" * 5_000
    body = refused(
        api("POST", "/redact", json={"text": text, "policy_id": policy.json()["id"]}), 422, "pattern_timeout"
    )
    assert "slow_one" in body["detail"]
    job = api.redacted(text, data={"policy_id": policy.json()["id"]})
    assert (job["status"], job["error_code"]) == ("error", "pattern_timeout")
    assert "redaction.performed" not in api.event_types()


@on_sqlite
@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (TextStopped(), 503, "redaction_stopped"),
        (TextBusy(), 503, "redaction_busy"),
        (TextFailed("residue_found", "It was thrown away."), 422, "residue_found"),
    ],
)
def test_a_process_that_stops_is_a_clear_answer(
    api: Api, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int, code: str
) -> None:
    def stopped(*_: Any) -> Any:
        raise error

    monkeypatch.setattr(api.client.app.state.text_pool, "redact", stopped)
    refused(api("POST", "/redact", json={"text": canary.LETTER}), status, code)
    assert "redaction.performed" not in api.event_types()


def test_no_answer_without_its_event(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    from expunct_server.errors import Unavailable
    from expunct_server.tenants import auth

    def away(*_: Any, **__: Any) -> Any:
        raise Unavailable("The database cannot be reached.")

    with monkeypatch.context() as broken:
        broken.setattr(auth, "writing", away)
        answer = api("POST", "/redact", json={"text": "Dear Jane Miller"})
    assert "redacted_text" not in json.dumps(refused(answer, 503))
