"""Every error has one shape, says one sentence, and repeats nothing of what was sent."""

import asyncio
import json
import re
from typing import Any

import pytest

from expunct_server.policies import service as policies
from expunct_server.trail import api as trail_api
from tests.conftest import Api
from tests.support import canary
from tests.web.helpers import asgi, refused, rows

pytestmark = pytest.mark.parametrize("url", ["sqlite"], indirect=True)
MADE = re.compile(r"req_[0-9a-z]{26}\Z")


# --- paths and verbs --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "/", "", "/nothing", "/policies/", "/audit/", "/jobs/", "/api-keys/", "/redact/", "/health/", "//policies",
        "/Policies", "/policies//versions", "/jobs/a/b/c", "/jobs/a/result/", "/../policies", "/policies%2F", "/docs",
        "/redoc", "/webhooks/", "/batch/", f"/{canary.SSN}",
    ],
)  # fmt: skip
def test_an_unknown_path_is_404_and_nothing_is_ever_redirected(api: Api, path: str) -> None:
    for key in ("", api.key):
        [(status, body)] = asgi(api.client.app, [("GET", path, {"X-API-Key": key})])
        assert status == 404
        assert json.loads(body)["code"] == "no_such_endpoint"
        assert canary.found_in(body) == []


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/policies", "GET, POST"),
        ("/policies/pol_1", "DELETE, GET, PUT"),
        ("/policies/pol_1/versions", "GET"),
        ("/api-keys", "GET, POST"),
        ("/api-keys/key_1", "DELETE"),
        ("/jobs", "GET"),
        ("/jobs/job_1/result", "GET"),
        ("/jobs/job_1/cancel", "POST"),
        ("/redact", "POST"),
        ("/audit", "GET"),
        ("/health", "GET, HEAD"),
    ],
)
def test_a_verb_that_is_not_taken_is_told_all_that_are(api: Api, path: str, allowed: str) -> None:
    for verb in {"GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"} - set(allowed.split(", ")):
        response = api(verb, path)
        refused(response, 405, "method_not_allowed")
        assert response.headers["allow"] == allowed


def test_a_url_with_a_nul_is_refused(api: Api) -> None:
    for path in ("/policies/a%00b", "/audit?actor=a%00b", "/jobs?status=%00", "/jobs?tenant_id=a%00"):
        refused(api("GET", path), 400, "nul_in_url")


def test_odd_bytes_in_a_url_do_no_harm(api: Api) -> None:
    for query in ("%ff", "%ed%a0%80", "%", "%zz", "a=%f0%9f%92%a9", "&&&===", "x" * 5000):
        assert api("GET", f"/audit?actor={query}").status_code in (200, 422)
        assert api("GET", f"/jobs/{query[:200]}").status_code == 404


# --- the request id ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("given", ["abc", "a", "x" * 64, "0b9d-44:7/a+b=c._", "req_1"])
def test_a_well_formed_request_id_is_kept(api: Api, given: str) -> None:
    headers = {"X-Request-ID": given}
    made = api("POST", "/policies", json={"name": "p"}, headers=headers)
    assert made.headers.get_list("x-request-id") == [given]
    assert refused(api("GET", "/nothing", headers=headers), 404)["request_id"] == given
    event = api("GET", "/audit", params={"fields": "full", "event_type": "policy.created"}).json()[0]
    assert event["request_id"] == given


@pytest.mark.parametrize(
    "given",
    ["", " ", "x" * 65, "a b", "a\r\nX-Evil: 1", "a\nb", "é", "<script>", "-a", "a;b", "a\0", "[/x]", f"{canary.NAME}"],
)
def test_another_request_id_is_replaced_and_never_repeated(api: Api, given: str) -> None:
    headers = {"X-API-Key": "", "X-Request-ID": given}
    [(status, body)] = asgi(api.client.app, [("GET", "/jobs", headers)])
    assert status == 401
    assert MADE.match(json.loads(body)["request_id"])
    assert not given.strip() or given.encode("latin-1") not in body


def test_each_request_has_an_id_of_its_own_and_safe_headers(api: Api) -> None:
    answers = [api("GET", "/jobs") for _ in range(3)] + [api("GET", "/nothing"), api("GET", "/health", key="")]
    assert len({each.headers["x-request-id"] for each in answers}) == 5
    for each in answers:
        assert each.headers["cache-control"] == "no-store"
        assert each.headers["x-content-type-options"] == "nosniff"
        assert "server" not in each.headers


def test_a_user_agent_is_cut_cleaned_and_screened(api: Api) -> None:
    for given, kept in (
        ("tests/1.0 (x; y)", "tests/1.0 (x; y)"),
        ("a\tb\x07c", "abc"),
        ("x" * 1000, "x" * 256),
        (f"agent of {canary.EMAIL} with {canary.SECRET_KEY}", "agent of <EMAIL_ADDRESS> with <SECRET>"),
    ):
        made = api("POST", "/policies", json={"name": "p"}, headers={"User-Agent": given})
        event = api("GET", "/audit", params={"fields": "full", "resource_id": made.json()["id"]}).json()[0]
        assert event["user_agent"] == kept


# --- bodies -----------------------------------------------------------------------------------------------------------

JSON_ROUTES = [("POST", "/policies"), ("PUT", "/policies/pol_1"), ("POST", "/api-keys"), ("POST", "/redact/uri")]


@pytest.mark.parametrize(("verb", "path"), JSON_ROUTES)
def test_a_body_that_is_no_json_object_is_refused(api: Api, verb: str, path: str) -> None:
    def send(content: bytes, kind: str = "application/json") -> Any:
        return api(verb, path, content=content, headers={"Content-Type": kind})

    for content in (b"", b"{", b"nonsense", b"{'a': 1}", b'{"a": 1,}', b"\xff", b'{"a": NaN}', b'{"a":' * 500):
        refused(send(content), 400)
    for content in (b"[]", b"null", b'"x"', b"5", b'{"name": "\\ud800"}'):
        refused(send(content), 422)
    for kind in ("text/plain", "", "application/xml", "multipart/form-data", "application/x-www-form-urlencoded"):
        refused(send(b'{"name": "p"}', kind), 415, "unsupported_media_type")
    hidden = '{"a":"\u2200","b":' + "[" * 5000 + "]" * 5000 + "}"  # half of U+2200 is a quote, read as one-byte text
    refused(send(hidden.encode("utf-16-le")), 400)


@pytest.mark.parametrize(("verb", "path"), JSON_ROUTES)
def test_a_body_beyond_the_limit_is_refused_declared_or_streamed(api: Api, verb: str, path: str) -> None:
    limit = api.settings.max_text_bytes
    kind = {"Content-Type": "application/json", "X-API-Key": api.key}
    [(status, body)] = asgi(api.client.app, [(verb, path, kind | {"Content-Length": str(limit + 1)})])
    assert (status, json.loads(body)["code"]) == (413, "too_large")
    endless = [{"type": "http.request", "body": b"x" * 70_000, "more_body": True} for _ in range(100)]
    [(status, body)] = asgi(api.client.app, [(verb, path, kind)], endless)
    assert (status, json.loads(body)["code"]) == (413, "too_large")


def test_a_refusal_names_fields_and_never_values_or_a_callers_own_keys(api: Api) -> None:
    sent = {
        "name": [canary.NAME],
        "pii_types": canary.SSN,
        "category_actions": {canary.SSN: 5, canary.EMAIL: ["x"]},
        "custom_patterns": [{canary.SECRET_KEY: [1]}],
        "redaction_mode": canary.NAME,
        "languages": [canary.NAME, canary.EMAIL],
    }
    body = refused(api("POST", "/policies", json=sent), 422)
    fields = {each["field"] for each in body["errors"]}
    assert {"name", "pii_types", "category_actions", "languages.0", "redaction_mode"} <= fields
    assert "more in errors" in body["detail"]


# --- what nobody expected ---------------------------------------------------------------------------------------------


def test_an_unexpected_error_is_a_plain_500_that_says_nothing(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise RuntimeError(f"could not handle {canary.LETTER}")

    monkeypatch.setattr(policies, "create", broken)
    monkeypatch.setattr(policies, "count", broken)
    monkeypatch.setattr(trail_api, "_listed", broken)
    for response in (
        api("POST", "/policies", json={"name": canary.NAME}),
        api("GET", "/policies", params={"page": 1}),
        api("GET", "/audit"),
        api("GET", "/audit", params={"actor": "x"}),
    ):
        body = refused(response, 500, "internal_error")
        assert "could not handle" not in response.text and "Traceback" not in response.text
        assert MADE.match(body["request_id"])
    assert api("GET", "/policies").json() == []  # and nothing was half done
    assert [row for row in rows(api.database, "audit_event") if row["event_type"] == "policy.created"] == []


def test_an_error_after_the_answer_began_breaks_it_off(api: Api) -> None:
    job = api.redacted("Dear Sir")
    sent: list[Any] = []

    async def call() -> None:
        async def receive() -> Any:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message["type"])
            if message["type"] == "http.response.body":
                raise RuntimeError(canary.NAME)

        path = f"/api/v1/jobs/{job['id']}/result"
        await api.client.app(
            {
                "type": "http", "asgi": {"version": "3.0", "spec_version": "2.4"}, "http_version": "1.1",
                "method": "GET", "scheme": "http", "path": path, "raw_path": path.encode(), "query_string": b"",
                "root_path": "", "headers": [(b"x-api-key", api.key.encode())], "client": None, "server": None,
            },
            receive,
            send,
        )  # fmt: skip

    with pytest.raises(ConnectionAbortedError):
        asyncio.run(call())
    assert sent == ["http.response.start", "http.response.body"]
