"""POST /audit/erasures: values and salts are gone, on disk too, and every proof passes as before."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from expunct_server.audit import openings
from expunct_server.audit.catalog import JobReportViewed
from expunct_server.audit.models import AuditEvent
from expunct_server.audit.recorder import Origin, writing
from expunct_server.tenants.scopes import ERASE, TENANT_SCOPES
from expunct_server.tlog.proof import parse_proof
from expunct_server.verifying.verify import verify_receipt
from tests.conftest import TESTER, Api
from tests.connectors.helpers import make, start, to_its_end, write
from tests.trail.test_proofs import PLAIN, keys, publish
from tests.web.helpers import on_sqlite, refused

AGENT = "planted-agent/7.31"
FILE = "planted-file-of-a-person.txt"


@pytest.fixture
def eraser(api: Api) -> str:
    return api.make_key(scopes=frozenset({ERASE}))


def erase(api: Api, key: str, **body: Any) -> dict[str, Any]:
    response = api("POST", "/audit/erasures", key=key, json=body)
    assert response.status_code == 201, response.text
    answer: dict[str, Any] = response.json()
    return answer


def event_row(api: Api, event_id: str) -> dict[str, Any]:
    with api.database.reading() as session:
        found = session.connection().execute(select(AuditEvent.__table__).where(AuditEvent.id == event_id))
        return dict(found.mappings().one())


def test_what_is_erased_is_gone_and_the_old_proof_still_passes(api: Api, eraser: str) -> None:
    event = api.events(fields="full")[-1]
    publish(api)
    path = f"/audit/{event['id']}/proof"
    before = api("GET", path, headers=PLAIN, params={"open": "actor,client,metadata"}).content
    salt = event_row(api, event["id"])["salt"]

    answer = erase(api, eraser, event_ids=[event["id"]], reason="request of the person")
    publish(api)

    row, shown = event_row(api, event["id"]), api("GET", f"/audit/{event['id']}").json()
    after = api("GET", path, headers=PLAIN, params={"open": "actor,client,metadata"}).content
    entry, opened = openings.parse(parse_proof(before).extra or b"")
    [key] = keys(api)
    assert (answer["event_count"], answer["more"], answer["parts"]) == (1, False, ["actor", "client", "metadata"])
    assert {shown[name] for name in ("actor", "actor_id")} == {"erased"}
    assert (shown["metadata"], shown["ip_address"], shown["user_agent"]) == ({}, None, None)
    assert row["salt"] is None and salt not in row["commitments"]
    assert verify_receipt(before, [key], origin=key.name).index == verify_receipt(after, [key], origin=key.name).index
    assert opened.keys() == {"actor", "client", "metadata"}
    assert openings.parse(parse_proof(after).extra or b"") == (entry, {})


def test_the_erasure_is_an_event_that_tells_no_value(api: Api, eraser: str) -> None:
    event = api.events()[-1]
    answer = erase(api, eraser, actor=event["actor"], parts=["actor"], reason="left the company")
    [said] = api.events(event_type="audit.erased")
    assert (said["id"], said["resource_id"]) == (answer["audit_event_id"], answer["id"])
    assert api("GET", f"/audit/{said['id']}").json()["state"] == answer["state"] == "recorded"
    assert said["metadata"] == {
        "event_count": answer["event_count"],
        "job_count": 0,
        "parts": ["actor"],
        "reason": "left the company",
        "selected_by": ["actor"],
    }
    assert event["actor"] not in json.dumps(said["metadata"])
    assert api.events(actor=event["actor"]) == []


def test_one_part_can_be_erased_and_the_others_still_open(api: Api, eraser: str) -> None:
    with writing(api.database, TESTER, Origin("req_1", "192.0.2.77", AGENT)) as unit:
        event = unit.record(JobReportViewed(), resource_id="job_1")
    erase(api, eraser, ip_address="192.0.2.77", parts=["client"])
    publish(api)
    proof = api("GET", f"/audit/{event.id}/proof", headers=PLAIN, params={"open": "actor,client,metadata"}).content
    _, opened = openings.parse(parse_proof(proof).extra or b"")
    [key] = keys(api)
    verify_receipt(proof, [key], origin=key.name)
    assert opened.keys() == {"actor", "metadata"}
    assert json.loads(opened["actor"][1]) == {"id": TESTER.id, "label": TESTER.label}
    erase(api, eraser, event_ids=[event.id], parts=["actor", "metadata"])
    assert event_row(api, event.id)["salt"] is None


def test_twice_is_once(api: Api, eraser: str) -> None:
    event = api.events()[-1]
    assert erase(api, eraser, event_ids=[event["id"]])["event_count"] == 1
    row = event_row(api, event["id"])
    assert erase(api, eraser, event_ids=[event["id"]])["event_count"] == 0
    assert event_row(api, event["id"]) == row


def test_a_job_forgets_with_its_events(api: Api, eraser: str) -> None:
    job = api.redacted("Anna Smith lives here", filename=FILE, headers={"User-Agent": AGENT})
    publish(api)
    assert api("GET", f"/jobs/{job['id']}/receipt").status_code == 200
    answer = erase(api, eraser, resource_id=job["id"])
    publish(api)

    forgotten = api("GET", f"/jobs/{job['id']}").json()
    assert answer["job_count"] == 1
    assert (forgotten["input_uri"], forgotten["findings"], forgotten["status"]) == ("erased:", [], "completed")
    assert forgotten["findings_count"] == job["findings_count"]
    refused(api("GET", f"/jobs/{job['id']}/result"), 410, "purged")
    refused(api("GET", f"/jobs/{job['id']}/receipt"), 410, "erased")
    assert list((api.settings.data / "results").glob("*")) == []
    assert api.event_types(resource_id=job["id"])[-1] == "job.purged"
    with api.database.reading() as session:
        row = session.execute(text("SELECT * FROM job")).mappings().one()
    assert not {FILE, AGENT} & {str(value) for value in row.values()}


@on_sqlite
def test_no_hash_of_a_document_is_left_not_even_an_etag(api: Api, eraser: str) -> None:
    source = api.settings.file_roots[0] / "letter.txt"
    source.write_text("Anna Smith lives here")
    target = source.with_name("out.txt").as_uri()
    job = api("POST", "/redact/uri", json={"input_uri": source.as_uri(), "output_uri": target}).json()
    api.work()
    hashes = ("input_etag", "output_etag", "input_sha256", "output_sha256")
    report = api("GET", f"/jobs/{job['id']}/report").json()
    assert all(report[each] for each in hashes)
    erase(api, eraser, resource_id=job["id"])
    report = api("GET", f"/jobs/{job['id']}/report").json()
    assert [report[each] for each in hashes] == [None] * 4


def test_a_job_that_has_not_ended_keeps_what_it_needs(api: Api, eraser: str) -> None:
    job = api.upload("Anna Smith").json()
    before = api.events(fields="full")
    response = api("POST", "/audit/erasures", key=eraser, json={"resource_id": job["id"]})
    refused(response, 409, "job_not_ended")
    assert api.events(fields="full") == before


def test_a_sync_that_has_not_ended_keeps_whom_it_acts_for(api: Api, eraser: str) -> None:
    write(api, "a.txt")
    made = make(api)
    started = start(api, made)
    api.work()  # so that no job keeps the erasure away
    before = api.events(fields="full")
    [began] = [each for each in before if each["event_type"] == "connector.sync_triggered"]
    for which in ({"event_ids": [began["id"]]}, {"actor": began["actor"]}, {"resource_id": made["id"]}):
        refused(api("POST", "/audit/erasures", key=eraser, json=which), 409, "sync_not_ended")
    assert api.events(fields="full") == before
    erase(api, eraser, event_ids=[before[0]["id"]])
    to_its_end(api, started)
    assert erase(api, eraser, event_ids=[began["id"]])["event_count"] == 1


@on_sqlite
def test_nothing_of_it_is_left_in_the_files_of_the_database(api: Api, eraser: str, tmp_path: Path) -> None:
    job = api.redacted("Anna Smith lives here", filename=FILE, headers={"User-Agent": AGENT})
    salts = [event_row(api, each["id"])["salt"] for each in api.events(resource_id=job["id"])]
    planted = [FILE.encode(), AGENT.encode(), *salts]

    def left() -> list[str]:
        files = [each for each in tmp_path.rglob("*") if each.is_file() and not each.name.endswith("-shm")]
        return [f"{each.name}: {n}" for each in files for n, value in enumerate(planted) if value in each.read_bytes()]

    assert left() != []
    erase(api, eraser, resource_id=job["id"])
    assert left() == []


@on_sqlite
def test_it_needs_a_scope_of_its_own(api: Api) -> None:
    assert ERASE not in TENANT_SCOPES
    refused(api("POST", "/audit/erasures", json={"actor": "x"}), 403, "missing_scope")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"reason": "all of it"},
        {"before": "2026-01-01"},
        {"event_ids": []},
        {"parts": [], "actor": "x"},
        {"parts": ["outcome"], "actor": "x"},
        {"actor": "x", "before": "yesterday"},
        {"actor": "x", "everything": True},
    ],
    ids=json.dumps,
)
@on_sqlite
def test_what_is_to_be_erased_must_be_said(api: Api, eraser: str, body: dict[str, Any]) -> None:
    before = api.events(fields="full")
    refused(api("POST", "/audit/erasures", key=eraser, json=body), 422)
    assert api.events(fields="full") == before


@on_sqlite
def test_another_tenants_events_are_not_found(api: Api, eraser: str) -> None:
    other = api.make_key("acme")
    theirs = api("GET", "/audit", key=other).json()[0]
    response = api("POST", "/audit/erasures", key=eraser, json={"event_ids": [theirs["id"]]})
    refused(response, 404, "not_found")
    assert api("GET", "/audit", key=other).json()[0] == theirs


def test_the_same_request_again_erases_once(api: Api, eraser: str) -> None:
    event = api.events()[-1]
    body = {"event_ids": [event["id"]]}
    first, again = (
        api("POST", "/audit/erasures", key=eraser, json=body, headers={"Idempotency-Key": "one"}) for _ in range(2)
    )
    assert first.json() == again.json() and len(api.events(event_type="audit.erased")) == 1
