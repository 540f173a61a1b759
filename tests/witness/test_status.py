"""What operators are told of the witnesses, by another process than the one that asks them."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from expunct_server import ids
from expunct_server.audit.catalog import JobReportViewed
from expunct_server.audit.recorder import writing
from expunct_server.jobs import workers
from expunct_server.publishing import sequencer
from expunct_server.publishing.publisher import Publisher
from expunct_server.publishing.witness_status import Board, Round, Said
from expunct_server.publishing.witnesses import cosigner
from expunct_server.settings import Settings
from expunct_server.tlog.signer import Ed25519Signer
from expunct_server.witness.logs import Logs
from expunct_server.witness.service import Witness
from expunct_server.witness.state import State
from tests.conftest import TESTER, Api
from tests.web.helpers import another_app, on_sqlite, operator
from tests.witness.support import CLASSIC, HOST, TIME, policy_text, serving

SEED = b"\x01" * 32
AT = ids.iso(TIME * ids.SECOND)
NOBODY: dict[str, Any] = {"quorum_met": None, "logs_without_quorum": 0, "witnesses": []}


@pytest.fixture
def configured(api: Api, tmp_path: Path) -> Iterator[Api]:
    """The application, with a witness policy that is still to be written."""
    options = {"log_key": SEED.hex(), "log_origin": HOST, "witness_policy": str(tmp_path / "policy")}
    with another_app(api, **options) as other:
        publish(replace(other.settings, witness_policy=""), api)  # the events of the fixtures may be old
        yield other


def publish(settings: Settings, api: Api) -> int:
    """What a worker does that starts now; the size of the tenant's log then."""
    with writing(api.database, TESTER) as unit:
        unit.record(JobReportViewed(), resource_id="job_1")
    publisher = Publisher(settings, api.database, cosigner(settings))
    while publisher.step(now=True):
        pass
    head = sequencer.head(api.database, "default")
    assert head is not None and head.published_size == head.size
    return head.size


def told(api: Api) -> tuple[str, Any]:
    workers.beat(api.database, "host:worker-1")
    body = api("GET", "/health", key=operator(api)).json()
    return body["status"], body["audit_log"]["witnesses"]


def test_operators_see_each_witness_and_whether_the_quorum_was_met(
    configured: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A witness that is away is someone else's outage: it is shown, and the server is not called degraded for it."""
    monkeypatch.setattr("expunct_server.publishing.witnesses.TIMEOUT_SECONDS", 30.0)
    settings = replace(configured.settings, log_checkpoint_seconds=1)
    logs = Logs([], [Ed25519Signer(HOST, SEED).verifier_key])
    with serving(Witness([CLASSIC], logs, State(tmp_path / "witness"))) as url:
        (tmp_path / "policy").write_bytes(policy_text(("notary", CLASSIC, url), quorum="notary"))
        assert told(configured) == ("ok", NOBODY)
        size = publish(settings, configured)
        status, well = told(configured)
    notary = well["witnesses"][0]
    assert (status, well["quorum_met"], well["logs_without_quorum"], len(well["witnesses"])) == ("ok", True, 0, 1)
    assert (notary["name"], notary["last_cosigned_at"], notary["last_error"]) == ("notary", AT, None)
    assert notary["contradicted_logs"] == [] and notary["last_origin"].startswith(HOST)
    assert publish(settings, configured) > size  # with the witness away
    status, ill = told(configured)
    assert (status, ill["quorum_met"], ill["logs_without_quorum"] > 0) == ("ok", False, True)
    assert ill["witnesses"] == [
        notary | {"last_error": "cannot be reached, or gives no answer (ConnectionRefusedError)"}
    ]
    assert configured("GET", "/health", key="").json().keys() == {"status", "version"}


@on_sqlite
def test_without_a_policy_there_is_nothing_to_tell(api: Api) -> None:
    Board(api.settings.data).tell(a_round("log.example/acme", met=True))
    assert told(api)[1] is None


# --- the file ---------------------------------------------------------------------------------------------------------


def a_round(origin: str, *, met: bool | None, time: int | None = TIME, **changed: Any) -> Round:
    said = {"origin": time and origin, "size": time and 8, "time": time, "error": None, "was_asked": True}
    return Round(origin, 8, met, {"key": Said("notary", **(said | {"contradicts": False} | changed))})


def test_several_workers_tell_what_each_knows_better(tmp_path: Path) -> None:
    one, other = Board(tmp_path), Board(tmp_path)
    notary = {"name": "notary", "last_origin": "a", "last_size": 8, "last_cosigned_at": AT, "last_error": None}
    one.tell(a_round("a", met=True))
    assert other.shown() == {
        "quorum_met": True, "logs_without_quorum": 0, "witnesses": [notary | {"contradicted_logs": []}],
    }  # fmt: skip
    # One that has just begun has had no cosignature yet, and one that did not ask has no news of an error.
    other.tell(a_round("b", met=False, time=None, error="of long ago", was_asked=False))
    assert one.shown() == {
        "quorum_met": False, "logs_without_quorum": 1, "witnesses": [notary | {"contradicted_logs": []}],
    }  # fmt: skip
    other.tell(a_round("b", met=None, time=TIME - 1, error="knows a larger tree", contradicts=True))
    one.tell(a_round("a", met=True, time=TIME - 1, error="knows a larger tree"))
    assert one.shown()["witnesses"] == [
        notary | {"last_error": "knows a larger tree", "contradicted_logs": ["b"]}
    ]  # fmt: skip
    one.tell(a_round("b", met=True))
    assert one.shown() == {
        "quorum_met": True,
        "logs_without_quorum": 0,
        "witnesses": [notary | {"last_origin": "b", "contradicted_logs": []}],
    }


def test_a_file_that_nothing_changes_is_not_written_again(tmp_path: Path) -> None:
    board, path = Board(tmp_path), tmp_path / "log" / ".witnesses.json"
    board.tell(a_round("a", met=True))
    written = path.stat().st_ino
    board.tell(a_round("a", met=True))
    assert path.stat().st_ino == written
    board.tell(a_round("a", met=False))
    assert path.stat().st_ino != written


@pytest.mark.parametrize("damage", [b"", b"[]", b'{"witnesses": [1]}', b'{"witnesses": {"key": {}}}', b"\xff"])
def test_a_damaged_file_is_one_that_says_nothing(tmp_path: Path, damage: bytes) -> None:
    board = Board(tmp_path)
    board.tell(a_round("a", met=True))
    whole = board.shown()
    (tmp_path / "log" / ".witnesses.json").write_bytes(damage)
    assert board.shown() == NOBODY
    board.tell(a_round("a", met=True))
    assert board.shown() == whole


def test_where_nothing_can_be_kept_the_publisher_hears_of_no_error(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "log").write_bytes(b"")
    with caplog.at_level(logging.WARNING):
        Board(tmp_path).tell(a_round("a", met=True))
    assert "could not be kept for health" in caplog.text


def test_a_time_that_no_calendar_has_is_not_shown(tmp_path: Path) -> None:
    Board(tmp_path).tell(a_round("a", met=True, time=1 << 62))
    assert Board(tmp_path).shown()["witnesses"][0]["last_cosigned_at"] is None
