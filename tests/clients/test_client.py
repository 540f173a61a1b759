"""The published Python client, expunct 0.2.0, unchanged, against the real server."""

import asyncio
import io
import time
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from expunct import (
    ApiError,
    ApiKeyCreate,
    AsyncExpunct,
    AuthenticationError,
    Expunct,
    NotFoundError,
    RateLimitError,
    ValidationError,
)
from expunct.models import PolicyCreate, PolicyUpdate

from expunct_server.audit.recorder import writing
from expunct_server.db.session import Database
from expunct_server.tenants import service
from tests.conftest import TESTER
from tests.support import canary
from tests.support.server import Server


@pytest.fixture
def client(server: Server) -> Any:
    with Expunct(api_key=server.api_key or "", base_url=server.url) as made:
        yield made


def test_it_is_the_published_client() -> None:
    assert version("expunct") == version("expunct-cli") == "0.2.0"


def test_texts_files_and_uris_are_redacted(client: Expunct, files: Path, tmp_path: Path) -> None:
    redacted = client.sanitize_text(canary.LETTER)
    assert redacted.startswith("Dear <PERSON>,") and canary.found_in(redacted) == []

    table = tmp_path / "people.csv"
    table.write_text(f"id,email\n1,{canary.EMAIL}\n")
    written = client.sanitize_file(table, dest=tmp_path / "out.csv")
    assert written == (tmp_path / "out.csv").read_bytes() == b"id,email\n1,<EMAIL_ADDRESS>\n"

    source = files / "letter.txt"
    source.write_text(canary.LETTER)
    job = client.sanitize_uri(source.as_uri(), output_uri=(files / "redacted.txt").as_uri())
    assert (job.status, job.progress_pct, job.input_uri) == ("completed", 100, source.as_uri())
    assert job.findings_count == len(job.findings) == 4
    assert canary.found_in((files / "redacted.txt").read_text()) == []
    assert canary.found_in(job.model_dump_json()) == []

    report = client.jobs.report(job.id)
    assert report["entity_count"] == 4
    assert client.jobs.download(job.id) == (files / "redacted.txt").read_bytes()
    listed = client.jobs.list(page=1, page_size=2, status="completed")
    assert (len(listed.jobs), listed.page, listed.page_size) == (2, 1, 2) and listed.total >= 3
    assert listed.jobs[0].id == job.id

    logs = client.audit.list(page=1, page_size=50, event_type="job.completed")
    newest = logs.audit_logs[0]
    assert (newest.resource_id, newest.resource_type) == (job.id, "job")
    assert newest.details is not None and newest.details["entity_count"] == 4
    assert newest.ip_address == "127.0.0.1" and newest.request_id
    assert newest.actor is not None and newest.actor.startswith("pk_live_") and "..." in newest.actor
    assert client.audit.list().total > logs.total


def test_a_document_that_cannot_be_read_is_an_error_with_a_sentence(client: Expunct) -> None:
    with pytest.raises(ApiError) as refused:
        client.sanitize_file(io.BytesIO(b"%!PS-Adobe-3.0 not a word"))
    assert refused.value.status_code == 415 and "PostScript" in str(refused.value)
    broken = io.BytesIO(b'{"a": ')
    broken.name = "broken.json"
    with pytest.raises(ApiError, match="not valid JSON") as failed:
        client.sanitize_file(broken)
    assert failed.value.body is not None and failed.value.body["status"] == "error"


def test_a_batch_is_sent_and_followed_to_its_end(client: Expunct, files: Path) -> None:
    source, absent = files / "in a batch.txt", files / "absent.txt"
    source.write_text(canary.LETTER)
    sent = client.redact.batch(
        [source.as_uri(), absent.as_uri()], config={"pii_types": ["EMAIL_ADDRESS"]}, metadata={"case": "7"}
    )
    assert (sent.total_jobs, sent.completed_jobs, sent.failed_jobs, len(sent.job_ids)) == (2, 0, 0, 2)
    assert sent.status in ("queued", "processing")
    batch = sent
    for _ in range(600):
        batch = client.batch.get(sent.id)
        if batch.status not in ("queued", "processing"):
            break
        time.sleep(0.05)
    assert (batch.status, batch.completed_jobs, batch.failed_jobs) == ("completed", 1, 1)
    assert batch.job_ids == sent.job_ids and batch.updated_at >= batch.created_at
    well, badly = (client.jobs.get(each) for each in batch.job_ids)
    assert (well.status, well.findings_count, badly.status) == ("completed", 1, "error")
    found = [e for e in client.audit.list(page_size=100).audit_logs if e.resource_id == batch.id]
    assert [each.event_type for each in found] == ["batch.completed", "batch.created"]
    assert found[0].actor == found[1].actor
    with pytest.raises(ValidationError, match=r"input_uris\.1"):
        client.redact.batch([source.as_uri(), source.as_uri()])


def test_policies_are_made_changed_listed_and_deleted(client: Expunct) -> None:
    made = client.policies.create(
        PolicyCreate(name="letters", pii_types=["SSN", "PERSON"], pseudonymization_salt="a secret salt")
    )
    assert (made.version, made.redaction_method, made.pseudonymization_salt) == (1, "black_box", None)
    assert made.pii_types == ["SSN", "PERSON"]
    by_name = client.policies.create(name="by name", custom_phrases=[{"phrase": "Project X"}])
    assert client.policies.get(by_name.id) == by_name
    assert {made.id, by_name.id} <= {each.id for each in client.policies.list()}
    changed = client.policies.update(made.id, PolicyUpdate(redaction_method="hash"))
    assert (changed.version, changed.redaction_method, changed.pii_types) == (2, "hash", ["SSN", "PERSON"])
    assert client.policies.update(made.id, name="renamed").name == "renamed"
    client.policies.delete(made.id)
    with pytest.raises(NotFoundError):
        client.policies.get(made.id)
    types = [e.event_type for e in client.audit.list(page_size=200).audit_logs if e.resource_id == made.id]
    assert types == ["policy.deleted", "policy.updated", "policy.updated", "policy.created"]


def test_keys_are_issued_used_and_revoked(client: Expunct, server: Server) -> None:
    made = client.api_keys.create(ApiKeyCreate(tenant_id="default", name="second", created_by="tests"))
    assert made.key.startswith(made.key_prefix.removesuffix("...")) and made.created_by == "tests"
    with Expunct(api_key=made.key, base_url=server.url) as second:
        assert second.policies.list() is not None
    listed = {each.id: each for each in client.api_keys.list()}
    assert listed[made.id].usage_count == 1 and listed[made.id].last_used_at is not None
    assert client.api_keys.revoke(made.id) == {"detail": "API key revoked"}
    assert {each.id: each.is_active for each in client.api_keys.list()}[made.id] is False
    with Expunct(api_key=made.key, base_url=server.url) as revoked, pytest.raises(AuthenticationError, match="revoked"):
        revoked.jobs.list()


def test_errors_are_of_the_clients_own_classes_and_hold_one_sentence(client: Expunct, server: Server) -> None:
    nobody = Expunct(api_key=canary.SECRET_KEY, base_url=server.url)
    with nobody, pytest.raises(AuthenticationError) as unknown:
        nobody.jobs.list()
    assert unknown.value.status_code == 401
    elsewhere = Expunct(api_key=server.api_key or "", base_url=server.url, tenant_id="acme")
    with elsewhere, pytest.raises(AuthenticationError) as denied:
        elsewhere.jobs.list()
    assert denied.value.status_code == 403
    with pytest.raises(NotFoundError):
        client.jobs.get("job_nobody")
    with pytest.raises(ValidationError) as invalid:
        client.policies.create(name="x", pii_types=["SHOE_SIZE"])
    assert "SHOE_SIZE" in str(invalid.value)
    with pytest.raises(ValidationError):
        client.jobs.list(page=0)
    with pytest.raises(NotFoundError, match="no such batch"):
        client.batch.get("batch_1")
    for error in (unknown, denied, invalid):
        assert isinstance(error.value.args[0], str) and error.value.body is not None
        assert error.value.body["request_id"]


def test_a_limited_plan_makes_a_rate_limit_error(server: Server) -> None:
    """The client would wait for the minute to end; without retries it says so at once."""
    database = Database(server.env["EXPUNCT_SERVER_DATABASE_URL"])
    with writing(database, replace(TESTER, tenant_id="small")) as unit:
        service.set_plan(unit, service.ensure_tenant(unit, "small"), "free")
        key = service.issue_key(unit, name="k").key
    database.close()
    refused = []
    with Expunct(api_key=key, base_url=server.url, max_retries=0) as limited:
        for _ in range(12):  # the limit is 4 a minute, and a minute may end in between
            try:
                limited.policies.list()
            except RateLimitError as error:
                refused.append(error.retry_after)
    assert refused and all(1 <= (each or 0) <= 60 for each in refused)


def test_the_asynchronous_client_does_the_same(server: Server) -> None:
    async def use() -> None:
        async with AsyncExpunct(api_key=server.api_key or "", base_url=server.url) as client:
            redacted = await client.sanitize_text(canary.LETTER)
            assert redacted.startswith("Dear <PERSON>,") and canary.found_in(redacted) == []
            made = await client.policies.create(name="async")
            changed = await client.policies.update(made.id, confidence_threshold=0.75)
            assert (changed.version, changed.confidence_threshold) == (2, 0.75)
            assert made.id in {each.id for each in await client.policies.list()}
            await client.policies.delete(made.id)
            with pytest.raises(NotFoundError):
                await client.policies.get(made.id)
            key = await client.api_keys.create(ApiKeyCreate(tenant_id="default", name="a", created_by="b"))
            assert await client.api_keys.revoke(key.id) == {"detail": "API key revoked"}
            assert (await client.audit.list(event_type="api_key.revoked")).audit_logs[0].resource_id == key.id
            jobs = await client.jobs.list(page_size=1)
            assert jobs.jobs[0].status == "completed"
            with pytest.raises(NotFoundError, match="no such batch"):
                await client.batch.get("batch_1")
            detail = await client.jobs.get(jobs.jobs[0].id)
            assert (await client.jobs.report(detail.id))["entity_count"] == detail.findings_count
            assert (await client.jobs.download(detail.id)).decode() == redacted

    asyncio.run(use())
