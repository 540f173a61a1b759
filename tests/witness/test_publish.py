"""The publisher with a real witness: what is published verifies under the policy; what may not be is not."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from expunct_server.audit.catalog import JobReportViewed
from expunct_server.audit.recorder import writing
from expunct_server.db.session import Database
from expunct_server.errors import Invalid
from expunct_server.publishing import log_keys, sequencer
from expunct_server.publishing.promised import log_folder
from expunct_server.publishing.publisher import Publisher
from expunct_server.publishing.witnesses import cosigner
from expunct_server.settings import Settings
from expunct_server.tlog.checkpoint import Checkpoint, open_checkpoint
from expunct_server.tlog.note import Opened
from expunct_server.tlog.policy import parse_policy
from expunct_server.tlog.signer import Ed25519Signer
from expunct_server.witness.logs import Logs
from expunct_server.witness.service import Witness
from expunct_server.witness.state import State
from tests.conftest import TESTER
from tests.witness.support import CLASSIC, HOST, QUANTUM, policy_text, serving

SEED = b"\x01" * 32


class Deployment:
    """A server's data folder, which may be copied and put back; each use is a new process to it."""

    def __init__(self, folder: Path, template: Path) -> None:
        self.folder = folder
        folder.mkdir()
        shutil.copy(template, folder / "expunct.db")
        self.policy = folder.with_suffix(".policy")
        self.settings = Settings(data=folder, log_key=SEED.hex(), log_origin=HOST, witness_policy=str(self.policy))

    def publish(self, events: int) -> None:
        database = Database(self.settings.url)
        try:
            publisher = Publisher(self.settings, database, cosigner(self.settings))
            with writing(database, TESTER) as unit:
                for number in range(events):
                    unit.record(JobReportViewed(), resource_id=f"job_{number}")
            publisher.step(now=True)
        finally:
            database.close()

    def stopped(self) -> str | None:
        database = Database(self.settings.url)
        try:
            head = sequencer.head(database, "default")
            return head.stopped if head is not None else None
        finally:
            database.close()

    def published(self) -> tuple[Checkpoint, Opened]:
        note = (log_folder(self.folder, "default") / "checkpoint").read_bytes()
        policy = parse_policy(self.policy.read_bytes())
        keys = log_keys.public_keys(self.settings).verifiers(f"{HOST}/default")
        return open_checkpoint(note, (*keys, *policy.keys), f"{HOST}/default")


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine under load answers late: that is not what these tests are about."""
    monkeypatch.setattr("expunct_server.publishing.witnesses.TIMEOUT_SECONDS", 30.0)


@pytest.fixture
def deployment(tmp_path: Path, sqlite_template: Path) -> Deployment:
    return Deployment(tmp_path / "data", sqlite_template)


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    logs = Logs([], [Ed25519Signer(HOST, SEED).verifier_key])
    with serving(Witness([CLASSIC, QUANTUM], logs, State(tmp_path / "witness"))) as prefix:
        yield prefix


def test_what_is_published_satisfies_the_policy(deployment: Deployment, url: str) -> None:
    lines = (("classic", CLASSIC, url), ("quantum", QUANTUM, url))
    text = policy_text(*lines, quorum="both").replace(b"quorum", b"group both all classic quantum\nquorum")
    deployment.policy.write_bytes(text)
    sizes = []
    for events in (3, 300, 1):
        deployment.publish(events)
        checkpoint, opened = deployment.published()
        sizes.append(checkpoint.size)
        assert parse_policy(text).satisfied(opened)
        assert not parse_policy(text).satisfied(Opened(opened.text, opened.by[:-1]))
    assert sizes[1] - sizes[0] >= 300 and sizes[2] - sizes[1] >= 1


def test_a_verifiers_policy_names_the_log_too(deployment: Deployment, url: str) -> None:
    deployment.policy.write_bytes(policy_text(("w", CLASSIC, url), quorum="w"))
    deployment.publish(3)
    log = Ed25519Signer(f"{HOST}/default", SEED).verifier_key.encode()
    policy = parse_policy(f"log {log}\n".encode() + deployment.policy.read_bytes())
    assert policy.satisfied(deployment.published()[1])


def test_a_witness_that_is_down_delays_no_publishing(deployment: Deployment) -> None:
    deployment.policy.write_bytes(policy_text(("w", CLASSIC, "http://127.0.0.1:1"), quorum="w"))
    deployment.publish(3)
    checkpoint, opened = deployment.published()
    assert checkpoint.size >= 3
    assert [key.name for key, _ in opened.by] == [f"{HOST}/default"]


@pytest.mark.parametrize("more", [0, 20], ids=["as it was", "grown past the witness"])
def test_a_backup_that_a_witness_knows_better_is_stopped(
    deployment: Deployment, url: str, tmp_path: Path, more: int
) -> None:
    deployment.policy.write_bytes(policy_text(("notary", CLASSIC, url)))
    deployment.publish(3)
    backup = tmp_path / "backup"
    shutil.copytree(deployment.folder, backup)
    deployment.publish(5)
    newest, _ = deployment.published()
    current = tmp_path / "current"
    deployment.folder.rename(current)
    shutil.copytree(backup, deployment.folder)
    restored, _ = deployment.published()
    deployment.publish(1 + more)
    assert "witness notary" in str(deployment.stopped())
    assert deployment.published()[0] == restored  # nothing of the fork was published
    # The right one is put back: the log goes on, and the witness cosigns it.
    shutil.rmtree(deployment.folder)
    current.rename(deployment.folder)
    deployment.publish(1)
    assert deployment.stopped() is None
    checkpoint, opened = deployment.published()
    assert checkpoint.size > newest.size
    assert CLASSIC.verifier_key in {key for key, _ in opened.by}


@pytest.mark.parametrize("text", [None, b"", b"quorum none\n", b"witness w nonsense http://localhost\nquorum w\n"])
def test_a_policy_that_cannot_be_used_is_refused_at_start(deployment: Deployment, text: bytes | None) -> None:
    if text is not None:
        deployment.policy.write_bytes(text)
    with pytest.raises(Invalid):
        cosigner(deployment.settings)


def test_without_a_policy_nobody_is_asked(tmp_path: Path) -> None:
    assert cosigner(Settings(data=tmp_path)) is None
