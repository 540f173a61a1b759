"""Proofs, receipts and the log's files over HTTP: verified with the formats' own code, as a stranger would."""

import base64
import hashlib
import json
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from expunct_server.audit import openings
from expunct_server.audit.entry import commitment
from expunct_server.publishing.promised import log_folder
from expunct_server.publishing.publisher import Publisher
from expunct_server.tenants.scopes import ERASE
from expunct_server.tlog.checkpoint import open_checkpoint
from expunct_server.tlog.merkle import leaf_hash, verify_consistency, verify_inclusion
from expunct_server.tlog.note import VerifierKey, parse_verifier_key
from expunct_server.tlog.proof import parse_proof
from expunct_server.tlog.tiles import decode_bundle, tiles_of
from expunct_server.trail import proofs
from expunct_server.verifying.verify import verify_receipt
from tests.attacks.support import Scene
from tests.conftest import Api
from tests.tlog.support import verify
from tests.web.helpers import on_sqlite, operator, refused

PLAIN = {"Accept": "text/plain"}


def publish(api: Api) -> None:
    """Sequence and sign all there is."""
    publisher = Publisher(api.settings, api.database)
    while publisher.step(now=True):
        with api.database.reading() as session:
            if not session.scalar(text("SELECT count(*) FROM audit_pending")):
                break


def keys(api: Api, path: str = "/audit/log/key", **more: Any) -> list[VerifierKey]:
    return [parse_verifier_key(line) for line in api("GET", path, **more).text.splitlines()]


def test_an_event_is_proven_once_it_is_published(api: Api) -> None:
    event = api.events()[-1]
    before = refused(api("GET", f"/audit/{event['id']}/proof"), 409, "not_published")
    publish(api)
    shown = api("GET", f"/audit/{event['id']}/proof").json()
    file = api("GET", f"/audit/{event['id']}/proof", headers=PLAIN).content

    [key] = keys(api)
    verified = verify_receipt(file, [key], origin=key.name)
    entry = json.loads(shown["entry"])
    assert "wait=published" in before["detail"]
    assert (verified.index, verified.size) == (shown["index"], shown["size"])
    assert {name: entry[name] for name in ("id", "event_type", "resource_id", "tenant_id", "created_at")} == {
        name: event[name] for name in ("id", "event_type", "resource_id", "tenant_id", "created_at")
    }
    assert openings.parse(parse_proof(file).extra or b"") == (shown["entry"].encode(), {})
    hashes = [base64.b64decode(each) for each in shown["hashes"]]
    checkpoint, _ = open_checkpoint(shown["checkpoint"].encode(), [key], key.name)
    verify_inclusion(leaf_hash(shown["entry"].encode()), shown["index"], shown["size"], hashes, checkpoint.root)


def test_a_409_says_when_to_ask_again(api: Api) -> None:
    response = api("GET", f"/audit/{api.events()[-1]['id']}/proof")
    assert (response.status_code, response.headers["retry-after"]) == (409, "1")


def test_no_key_waits_so_often_that_others_cannot(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waits holds a thread: a key has its share of them, and then it alone is refused until one has waited."""
    entered, enough = threading.Semaphore(0), threading.Event()

    def wait(*_: Any) -> None:
        entered.release()
        enough.wait(30)

    def ask(key: str | None = None) -> httpx.Response:
        params = {"wait": "published", "tenant_id": "default"}
        return api("GET", f"/audit/{event['id']}/proof", params=params, key=key)

    event, other = api.events()[-1], operator(api, "acme")  # who may ask for other tenants
    monkeypatch.setattr(proofs, "_waited_for", wait)
    with ThreadPoolExecutor(4) as threads:
        try:
            waiting = [threads.submit(ask) for _ in range(2)]
            assert all(entered.acquire(timeout=30) for _ in waiting)
            told = threads.submit(ask).result(30)
            waiting.append(threads.submit(ask, other))
            assert entered.acquire(timeout=30)
        finally:
            enough.set()
    detail = refused(told, 503, "too_many_waiting")["detail"]
    assert detail == "Too many requests by this key wait for the log to be published; ask again without wait."
    assert [refused(each.result(), 409, "not_published")["code"] for each in waiting] == ["not_published"] * 3
    assert refused(ask(), 409, "not_published") and not proofs._waiters._taken


def test_what_a_proof_opens_is_what_the_entry_commits_to(api: Api) -> None:
    event = api.events(fields="full")[-1]
    publish(api)
    response = api("GET", f"/audit/{event['id']}/proof", headers=PLAIN, params={"open": "metadata,actor,client"})
    entry, opened = openings.parse(parse_proof(response.content).extra or b"")

    assert {part: json.loads(value) for part, (_, value) in opened.items()} == {
        "actor": {"id": event["actor_id"], "label": event["actor"]},
        "client": {"ip_address": event["ip_address"], "user_agent": event["user_agent"]},
        "metadata": event["metadata"],
    }
    stated = json.loads(entry)
    for part, (salt, value) in opened.items():
        assert base64.b64decode(stated[part]) == commitment(salt, value)


@on_sqlite
def test_text_is_for_who_rather_has_it_than_json(api: Api) -> None:
    event = api.events()[-1]
    publish(api)
    publish(api)  # what the log of logs was told
    for path in (f"/audit/{event['id']}/proof", "/audit/log/anchor"):
        for accept in ("application/json, text/plain, */*", "text/plain;q=0", "*/*"):
            response = api("GET", path, headers={"Accept": accept})
            assert (response.headers["content-type"], response.headers["vary"]) == ("application/json", "Accept")
            assert response.json()["size"] > 0
        for accept in ("text/*", "application/json;q=0.5, text/plain"):
            response = api("GET", path, headers={"Accept": accept})
            assert (response.headers["content-type"], response.headers["vary"]) == (
                "text/plain; charset=utf-8", "Accept",
            )  # fmt: skip
            assert parse_proof(response.content).hashes is not None


@pytest.mark.parametrize("query", [{"open": "secrets"}, {"wait": "forever"}])
def test_a_proof_is_asked_for_plainly(api: Api, query: dict[str, str]) -> None:
    refused(api("GET", f"/audit/{api.events()[-1]['id']}/proof", params=query), 422)


@on_sqlite
def test_another_tenants_event_and_log_stay_hidden(api: Api) -> None:
    other = api.make_key("acme")
    publish(api)
    event = api.events()[-1]
    refused(api("GET", f"/audit/{event['id']}/proof", key=other), 404, "not_found")
    own, theirs = (api("GET", "/audit/log/checkpoint", key=key).text.splitlines()[0] for key in (api.key, other))
    assert (own.rpartition("/")[2], theirs.rpartition("/")[2]) == ("default", "acme")


def test_the_whole_log_can_be_fetched_and_recomputed(api: Api) -> None:
    for _ in range(3):
        assert api("POST", "/redact", json={"text": "nothing"}).status_code == 200
    publish(api)
    [key] = keys(api)
    response = api("GET", "/audit/log/checkpoint")
    checkpoint, _ = open_checkpoint(response.content, [key], key.name)
    tiles = {tile: api("GET", f"/audit/log/{tile.path()}") for tile in tiles_of(checkpoint.size)}
    [bundle] = [decode_bundle(each.content, tile.width) for tile, each in tiles.items() if tile.level is None]
    [hashes] = [each.content for tile, each in tiles.items() if tile.level == 0]

    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    assert response.headers["cache-control"] == "no-cache"
    assert {each.headers["content-type"] for each in tiles.values()} == {"application/octet-stream"}
    assert hashes == b"".join(map(leaf_hash, bundle))
    assert [json.loads(each)["id"] for each in bundle] == [event["id"] for event in api.events()]
    wider = next(tile for tile in tiles if tile.level is None)
    narrow = api("GET", f"/audit/log/tile/entries/000.p/{wider.width - 1}")
    assert decode_bundle(narrow.content, wider.width - 1) == bundle[:-1]


@on_sqlite
def test_a_tile_may_be_kept_for_good(api: Api) -> None:
    from expunct_server.audit.catalog import JobReportViewed
    from expunct_server.audit.recorder import writing
    from tests.conftest import TESTER

    with writing(api.database, TESTER) as unit:
        for _ in range(256):
            unit.record(JobReportViewed(), resource_id="job_1")
    publish(api)
    publish(api)
    full, partial = api("GET", "/audit/log/tile/0/000"), api("GET", "/audit/log/tile/0/000.p/7")
    assert len(full.content) == 8192 and partial.content == full.content[: 7 * 32]
    for each in (
        full,
        partial,
        api("GET", "/audit/log/tile/entries/000"),
        api("GET", "/audit/log/super/tile/0/000.p/1"),
    ):
        assert {name: each.headers[name] for name in ("cache-control", "content-type", "vary")} == {
            "cache-control": "private, max-age=31536000, immutable",
            "content-type": "application/octet-stream",
            "vary": "X-API-Key, X-Tenant-ID",
        }


@on_sqlite
def test_a_checkpoint_is_asked_for_each_time(api: Api) -> None:
    publish(api)
    first = api("GET", "/audit/log/checkpoint")
    api.make_key()
    publish(api)
    conditional = {"If-None-Match": "*", "If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"}
    later = api("GET", "/audit/log/checkpoint", headers=conditional)  # conditions are not looked at: it is small
    assert later.status_code == 200 and later.content != first.content and "etag" not in later.headers
    for each in (later, api("GET", "/audit/log/super/checkpoint")):
        assert {name: each.headers[name] for name in ("cache-control", "content-type", "vary")} == {
            "cache-control": "no-cache",
            "content-type": "text/plain; charset=utf-8",
            "vary": "X-API-Key, X-Tenant-ID",
        }
    for path in ("checkpoint", "tile/0/000.p/1", "key", "super/checkpoint"):  # GET is all that the format has
        response = api("HEAD", f"/audit/log/{path}")
        assert (response.status_code, response.headers["allow"]) == (405, "GET")


@pytest.mark.parametrize("path", ["0/7", "0/000.p/256", "0/000.p/0", "64/000", "entries/001", "0/../../keys/log.key"])
@on_sqlite
def test_what_is_no_tile_is_not_found(api: Api, path: str) -> None:
    publish(api)
    refused(api("GET", f"/audit/log/tile/{path}"), 404)


def test_the_log_is_shown_to_have_only_grown(api: Api) -> None:
    publish(api)
    [key] = keys(api)
    old, _ = open_checkpoint(api("GET", "/audit/log/checkpoint").content, [key], key.name)
    for _ in range(5):
        api("POST", "/redact", json={"text": "nothing"})
    publish(api)
    new, _ = open_checkpoint(api("GET", "/audit/log/checkpoint").content, [key], key.name)
    answer = api("GET", "/audit/log/consistency", params={"from": old.size, "to": new.size}).json()

    assert (answer["from"], answer["to"]) == (old.size, new.size) and new.size > old.size
    hashes = [base64.b64decode(each) for each in answer["hashes"]]
    verify_consistency(old.size, new.size, hashes, old.root, new.root)
    for wrong in ({"from": 0, "to": 1}, {"from": 2, "to": 1}, {"from": 1, "to": new.size + 1}, {"from": "x", "to": 1}):
        refused(api("GET", "/audit/log/consistency", params=wrong), 422)
    refused(api("GET", "/audit/log/consistency"), 422)


def test_the_log_of_logs_holds_the_tenants_root_under_a_blind(api: Api) -> None:
    publish(api)
    publish(api)
    answer = api("GET", "/audit/log/anchor").json()
    file = api("GET", "/audit/log/anchor", headers=PLAIN).content
    [key] = keys(api, "/audit/log/super/key")
    said = json.loads(answer["entry"])
    origin = api("GET", "/audit/log/checkpoint").text.splitlines()[0]
    verify(file, answer["entry"].encode(), [key], key.name)
    blinded = __import__("hmac").digest(base64.b64decode(answer["blind"]), origin.encode(), "sha256")
    assert base64.b64decode(said["log"]) == blinded
    assert said.keys() == {"log", "root", "size", "time"} and "default" not in answer["entry"]
    own = api("GET", "/audit/log/checkpoint").text.splitlines()
    assert (str(said["size"]), said["root"]) == (own[1], own[2])


def test_a_log_that_is_not_published_yet_says_so(api: Api) -> None:
    for path in ("checkpoint", "key", "anchor", "super/checkpoint", "super/key"):
        refused(api("GET", f"/audit/log/{path}"), 404, "not_published")


# --- what was damaged -------------------------------------------------------------------------------------------------


def by_hand(api: Api, table: str, change: str) -> None:
    """Change rows with the rules out of the way; bytes are written `<00ff>`."""
    of_bytes = r"decode('\1', 'hex')" if api.database.dialect == "postgresql" else r"X'\1'"
    Scene(api.database, api.settings).by_hand(table, f"UPDATE {table} SET {re.sub('<([0-9a-f]+)>', of_bytes, change)}")


@pytest.mark.parametrize(
    ("erased", "change"),
    [
        ([], "outcome = 'denied'"),
        ([], "actor = 'somebody else'"),
        ([], "salt = <00>"),
        ([], "salt = NULL"),
        ([], "created_at = 9000000000000000000"),
        (["metadata"], "actor = 'somebody else'"),
        (["metadata"], "user_agent = 'another'"),
        (["actor"], "actor_id = 'somebody else'"),
        (["actor", "client"], "ip_address = '192.0.2.78'"),
        (["actor"], "details = 'no JSON'"),
        (["actor"], "salt = <00>"),
        (["actor"], "commitments = <00>"),
    ],
)
def test_a_proof_that_would_not_verify_is_not_handed_out(api: Api, erased: list[str], change: str) -> None:
    """A row that was edited by hand no longer is the leaf that was signed, or shows what that does not commit to."""
    event, key = api.events()[-1], api.make_key(scopes=frozenset({ERASE}))
    if erased:
        sent = {"event_ids": [event["id"]], "parts": erased}
        assert api("POST", "/audit/erasures", key=key, json=sent).status_code == 201
    publish(api)
    path, opened = f"/audit/{event['id']}/proof", {"open": "actor,client,metadata"}
    assert api("GET", path, params=opened).status_code == 200
    by_hand(api, "audit_event", f"{change} WHERE id = '{event['id']}'")
    for params in ({}, opened):
        refused(api("GET", path, params=params), 503, "log_damaged")


def test_an_event_with_damaged_salts_is_listed_all_the_same(api: Api) -> None:
    event, key = api.events()[-1], api.make_key(scopes=frozenset({ERASE}))
    assert api("POST", "/audit/erasures", key=key, json={"event_ids": [event["id"]]}).status_code == 201
    by_hand(api, "audit_event", f"salt = <00> WHERE id = '{event['id']}'")
    [listed] = [each for each in api.events(fields="full") if each["id"] == event["id"]]
    assert listed["erased"] == ["actor", "client", "metadata"]


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("audit_root", """entry = replace(entry, '"size":', '"size":1')"""),
        ("audit_root", "entry = 'no JSON'"),
        ("audit_log", "blind = <00> WHERE tenant_id = 'default'"),
        ("audit_log", "origin = 'other.example/default' WHERE tenant_id = 'default'"),
    ],
)
def test_an_anchor_that_would_not_verify_is_not_handed_out(api: Api, table: str, change: str) -> None:
    publish(api)
    publish(api)
    assert api("GET", "/audit/log/anchor").status_code == 200
    by_hand(api, table, change)
    for headers in ({}, PLAIN):
        refused(api("GET", "/audit/log/anchor", headers=headers), 503, "log_damaged")


@on_sqlite
def test_an_anchors_size_is_that_of_its_own_checkpoint(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """However the log of logs grows meanwhile."""
    real = proofs.published

    def published(*asked: Any) -> proofs.Published:
        found = real(*asked)
        api.make_key("acme" if found.checkpoint.size < 3 else "beta")
        publish(api)
        publish(api)
        return found

    publish(api)
    publish(api)
    monkeypatch.setattr(proofs, "published", published)
    answer = api("GET", "/audit/log/anchor").json()
    assert answer["size"] == int(answer["checkpoint"].splitlines()[1])
    assert answer["size"] < int(api("GET", "/audit/log/super/checkpoint").text.splitlines()[1])


@on_sqlite
def test_a_consistency_proof_that_would_not_verify_is_not_handed_out(api: Api) -> None:
    for _ in range(5):
        api("POST", "/redact", json={"text": "nothing"})
    publish(api)
    size = int(api("GET", "/audit/log/checkpoint").text.splitlines()[1])
    pairs = [{"from": old, "to": new} for new in range(1, size + 1) for old in range(1, new + 1)]
    assert {api("GET", "/audit/log/consistency", params=each).status_code for each in pairs} == {200}
    path = log_folder(api.settings.data, "default") / f"tile/0/000.p/{size}"
    path.write_bytes(bytes(32) + path.read_bytes()[32:])
    for each in pairs:
        refused(api("GET", "/audit/log/consistency", params=each), 503, "log_damaged")


@on_sqlite
def test_no_tile_is_cut_from_a_damaged_one(api: Api) -> None:
    publish(api)
    size = int(api("GET", "/audit/log/checkpoint").text.splitlines()[1])
    path = log_folder(api.settings.data, "default") / f"tile/entries/000.p/{size}"
    path.write_bytes(path.read_bytes()[:-1])
    refused(api("GET", f"/audit/log/tile/entries/000.p/{size - 1}"), 503, "log_damaged")


# --- receipts ---------------------------------------------------------------------------------------------------------


def test_a_receipt_states_what_was_done_and_verifies_offline(api: Api) -> None:
    policy = api("POST", "/policies", json={"name": "letters"}).json()
    content = b"Dear Anna Smith, write to anna@example.com."
    job = api.redacted(content, data={"policy_id": policy["id"]})
    refused(api("GET", f"/jobs/{job['id']}/receipt"), 409, "not_published")
    publish(api)
    response = api("GET", f"/jobs/{job['id']}/receipt")
    result = api("GET", f"/jobs/{job['id']}/result").content

    entry, opened = openings.parse(parse_proof(response.content).extra or b"")
    [key] = keys(api)
    verify_receipt(response.content, [key], origin=key.name)
    salt, value = opened["metadata"]
    said = json.loads(value)
    assert response.headers["content-disposition"] == f'attachment; filename="{job["id"]}.tlog-proof"'
    assert opened.keys() == {"metadata"}
    assert base64.b64decode(json.loads(entry)["metadata"]) == commitment(salt, value)
    assert (said["input_sha256"], said["output_sha256"]) == (_sha256(content), _sha256(result))
    assert (said["policy_id"], said["policy_version"], said["entity_count"]) == (policy["id"], 1, job["findings_count"])
    with api.database.reading() as session:
        document = session.scalar(text("SELECT document FROM policy_version"))
    assert said["policy_sha256"] == _sha256(str(document).encode())
    assert said["engine"] and said["models"] and said["submitted_at"] == job["created_at"]
    assert json.loads(entry)["created_at"] == job["completed_at"]
    assert api("GET", f"/jobs/{job['id']}/report").json()["receipt"] == f"/api/v1/jobs/{job['id']}/receipt"


def test_there_is_no_receipt_of_what_was_not_done(api: Api) -> None:
    waiting = api.upload("text").json()
    refused(api("GET", f"/jobs/{waiting['id']}/receipt"), 409, "not_finished")
    failed = api.upload("text").json()
    assert api("POST", f"/jobs/{failed['id']}/cancel").status_code == 200
    refused(api("GET", f"/jobs/{failed['id']}/receipt"), 409, "no_result")
    refused(api("GET", "/jobs/job_none/receipt"), 404)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
