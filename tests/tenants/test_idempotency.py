"""Idempotency-Key: nothing is made twice, and the first answer is given again."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from expunct_server import ids
from expunct_server.buckets.reaching import Reach
from expunct_server.tenants import idempotency
from expunct_server.worker import tidy_up
from tests.conftest import Api
from tests.web.helpers import on_sqlite, operator, refused, rows, tables_holding

ONCE = {"Idempotency-Key": "7f9c24e5-1f9b"}


def creations(api: Api, root: Any) -> dict[str, dict[str, Any]]:
    """Each request that creates something."""
    (root / "a.txt").write_text("Dear Sir")
    return {
        "/policies": {"json": {"name": "p"}},
        "/api-keys": {"json": {"name": "k"}},
        "/redact": {"files": {"file": ("a.txt", b"Dear Sir")}, "data": {"language": "en"}},
        "/redact/uri": {"json": {"input_uri": (root / "a.txt").as_uri()}},
    }


def test_the_same_request_again_gets_the_first_answer_and_makes_nothing(api: Api) -> None:
    for path, sent in creations(api, api.settings.file_roots[0]).items():
        headers = {"Idempotency-Key": f"once for {path}".replace(" ", "-")}
        first = api("POST", path, headers=headers, **sent)
        again = api("POST", path, headers=headers, **sent)
        assert (first.status_code, first.content) == (again.status_code, again.content), path
        assert "idempotency-replayed" not in first.headers and again.headers["idempotency-replayed"] == "true"
        assert first.headers.get("location") == again.headers.get("location")
        assert first.headers["x-request-id"] != again.headers["x-request-id"]
        without = api("POST", path, **sent)
        assert without.json()["id"] != first.json()["id"], path
    kinds = [each for each in api.event_types() if each.endswith(".created")]
    assert sorted(kinds[2:]) == sorted(["policy.created"] * 2 + ["api_key.created"] * 2 + ["job.created"] * 4)
    uploads = sorted(each.name for each in (api.settings.data / "uploads").iterdir())
    assert uploads == sorted(row["id"] for row in rows(api.database, "job") if row["source"] == "upload")


def test_another_request_with_the_same_key_is_a_conflict(api: Api) -> None:
    assert api("POST", "/policies", headers=ONCE, json={"name": "p"}).status_code == 201
    for path, sent in (
        ("/policies", {"json": {"name": "q"}}),
        ("/policies", {"content": b'{"name":  "p"}', "headers": {"Content-Type": "application/json"}}),
        ("/api-keys", {"json": {"name": "p"}}),
        ("/redact", {"files": {"file": ("a.txt", b"Dear Sir")}}),
    ):
        headers = ONCE | sent.pop("headers", {})  # type: ignore[operator]
        refused(api("POST", path, headers=headers, **sent), 409, "idempotency_mismatch")  # type: ignore[arg-type]
    refused(
        api("POST", "/policies", key=operator(api), params={"tenant_id": "x"}, headers=ONCE, json={"name": "p"}), 404
    )
    assert len(rows(api.database, "policy")) == 1
    assert list((api.settings.data / "uploads").glob("*")) == []


@on_sqlite
def test_an_upload_is_the_same_only_with_the_same_bytes_name_and_fields(api: Api) -> None:
    def upload(content: bytes = b"Dear Sir", name: str = "a.txt", **fields: str) -> Any:
        return api("POST", "/redact", files={"file": (name, content)}, data=fields, headers=ONCE)

    first = upload(language="en")
    assert upload(language="en").json() == first.json()
    for other in (upload(b"Dear Madam", language="en"), upload(name="b.txt", language="en"), upload(language="de")):
        refused(other, 409, "idempotency_mismatch")
    assert [each.name for each in (api.settings.data / "uploads").iterdir()] == [first.json()["id"]]


def test_another_keys_caller_has_answers_of_its_own(api: Api) -> None:
    for other in (api.make_key(), api.make_key("acme")):
        first = api("POST", "/policies", headers=ONCE, json={"name": "p"}).json()
        theirs = api("POST", "/policies", key=other, headers=ONCE, json={"name": "p"})
        assert theirs.status_code == 201 and theirs.json()["id"] != first["id"]


def test_an_operators_key_is_kept_apart_by_tenant(api: Api) -> None:
    api.make_key("acme")
    key = operator(api)
    assert api("POST", "/policies", key=key, headers=ONCE, json={"name": "p"}).status_code == 201
    elsewhere = api("POST", "/policies", key=key, headers=ONCE, json={"name": "p"}, params={"tenant_id": "acme"})
    refused(elsewhere, 409, "idempotency_mismatch")


def test_a_new_keys_answer_is_given_again_and_no_table_holds_the_key(api: Api) -> None:
    first = api("POST", "/api-keys", headers=ONCE, json={"name": "k"}).json()
    assert api("POST", "/api-keys", headers=ONCE, json={"name": "k"}).json()["key"] == first["key"]
    assert tables_holding(api.database, first["key"]) == []
    assert tables_holding(api.database, first["key"][8:]) == []
    [kept] = rows(api.database, "idempotent_answer")
    assert b"pk_live_" not in bytes(kept["sealed_body"]) and ONCE["Idempotency-Key"].encode() not in bytes(
        kept["idempotency_hash"]
    )


def test_duplicates_at_the_same_moment_make_one_thing(api: Api) -> None:
    def post(_: int) -> Any:
        return api("POST", "/policies", headers=ONCE, json={"name": "p", "is_default": True})

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(post, range(16)))
    assert {each.status_code for each in answers} == {201}, [each.text for each in answers]
    assert len({each.content for each in answers}) == 1
    assert len(rows(api.database, "policy")) == 1
    assert api.event_types().count("policy.created") == 1


def test_uploads_at_the_same_moment_make_one_job_and_keep_one_file(api: Api) -> None:
    def post(_: int) -> Any:
        return api.upload("Dear Sir", headers=ONCE)

    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(post, range(8)))
    assert {each.status_code for each in answers} == {202}
    [job] = {each.json()["id"] for each in answers}
    assert [each.name for each in (api.settings.data / "uploads").iterdir()] == [job]
    api.work()
    assert api("GET", f"/jobs/{job}").json()["status"] == "completed"


def test_after_a_day_the_key_is_free_again(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    first = api("POST", "/policies", headers=ONCE, json={"name": "p"}).json()
    real = ids.now
    monkeypatch.setattr(ids, "now", lambda: real() + idempotency.KEPT - ids.MINUTE)
    assert api("POST", "/policies", headers=ONCE, json={"name": "p"}).json() == first
    monkeypatch.setattr(ids, "now", lambda: real() + idempotency.KEPT + ids.MINUTE)
    later = api("POST", "/policies", headers=ONCE, json={"name": "another"})
    assert later.status_code == 201 and later.json()["id"] != first["id"]
    assert len(rows(api.database, "idempotent_answer")) == 1


def test_a_worker_removes_answers_that_are_older_than_a_day(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether or not anyone sends another key."""
    reach = Reach(api.settings, api.database)
    for path, header in (("/policies", "one"), ("/api-keys", "two")):
        assert api("POST", path, headers={"Idempotency-Key": header}, json={"name": "p"}).status_code == 201
    real, events = ids.now, api.event_types()
    monkeypatch.setattr(ids, "now", lambda: real() + idempotency.KEPT - ids.MINUTE)
    tidy_up(api.database, reach)
    assert len(rows(api.database, "idempotent_answer")) == 2
    assert api("POST", "/policies", headers=ONCE, json={"name": "q"}).status_code == 201
    monkeypatch.setattr(ids, "now", lambda: real() + idempotency.KEPT + ids.MINUTE)
    tidy_up(api.database, reach)
    tidy_up(api.database, reach)
    assert len(rows(api.database, "idempotent_answer")) == 1
    assert api.event_types() == [*events, "policy.created"]


@on_sqlite
def test_whoever_has_the_database_cannot_test_a_guess_at_a_request(api: Api) -> None:
    """The body of an erasure by address has 256 spellings for who knows the network, and its answer stays."""
    headers = {"Idempotency-Key": "erase-192.0.2.77"}
    sent = {"ip_address": "192.0.2.77", "before": api.events()[-1]["created_at"]}
    for key in (operator(api), operator(api)):
        first, again = (api("POST", "/audit/erasures", key=key, headers=headers, json=sent) for _ in range(2))
        assert (first.status_code, again.content) == (201, first.content)
        other = sent | {"ip_address": "192.0.2.78"}
        refused(api("POST", "/audit/erasures", key=key, headers=headers, json=other), 409, "idempotency_mismatch")
    kept = rows(api.database, "idempotent_answer")
    for column in ("idempotency_hash", "request_hash"):  # what could be made without a key would be the same twice
        assert len({bytes(row[column]) for row in kept}) == 2


def test_a_refused_request_does_not_use_the_key_up(api: Api) -> None:
    refused(api("POST", "/policies", headers=ONCE, json={"name": ""}), 422)
    refused(api("POST", "/redact", headers=ONCE, files={"file": ("a", b"x")}, data={"policy_id": "pol_no"}), 404)
    assert rows(api.database, "idempotent_answer") == []
    assert api("POST", "/policies", headers=ONCE, json={"name": "p"}).status_code == 201


@on_sqlite
@pytest.mark.parametrize("header", ["", " ", "a b", "é", "x" * 256, "a\tb", "\x7f"])
def test_a_malformed_key_is_refused(api: Api, header: str) -> None:
    response = api("POST", "/policies", headers={"Idempotency-Key": header.encode("latin-1")}, json={"name": "p"})
    assert refused(response, 422)["errors"][0]["field"] == "Idempotency-Key"
    assert api("GET", "/policies").json() == []
