"""What is kept of objects says nothing by itself, and results are told from documents, whoever's they are."""

import re
from copy import copy
from pathlib import Path
from types import SimpleNamespace

import pytest

import expunct_server
from expunct_server.connectors import known
from expunct_server.errors import TooLarge
from expunct_server.redaction.failures import DetectionError
from expunct_server.redaction.formats.isolated import parent
from expunct_server.storage.base import Stat
from expunct_server.storage.folder import FolderStore
from tests.conftest import Api
from tests.connectors.helpers import folder, inputs, make, start, synced, to_its_end, uris, write
from tests.connectors.test_buckets import connect, put
from tests.support.seaweedfs import SeaweedFS
from tests.web.helpers import another_app, on_sqlite, refused, tables_holding


def of_other(api: Api) -> Api:
    """The same application, for a key of another tenant."""
    other = copy(api)
    other.key = api.make_key("other")
    return other


def test_no_etag_is_kept_in_plain_and_an_erased_job_is_not_done_again(api: Api) -> None:
    write(api, "a.txt")
    made = make(api)
    [stat] = FolderStore(folder(api)).list()
    started = start(api, made)
    assert tables_holding(api.database, stat.etag) == []
    to_its_end(api, started)
    assert "job.input_etag" in tables_holding(api.database, stat.etag)
    [job] = api("GET", "/jobs").json()
    eraser = api.make_key(scopes=frozenset({"audit:erase"}))
    assert api("POST", "/audit/erasures", key=eraser, json={"resource_id": job["id"]}).status_code == 201
    assert tables_holding(api.database, stat.etag) == []
    again = synced(api, made)
    assert (again["job_count"], again["unchanged"]) == (0, 1)
    write(api, "a.txt", text="It changed: kim@example.com.\n")
    assert synced(api, made)["job_count"] == 1


@pytest.mark.parametrize("links", [False, True])
def test_tenants_that_share_a_folder_do_not_feed_each_other(api: Api, links: bool) -> None:
    write(api, "in/a.txt")
    (folder(api).with_name("link")).symlink_to(folder(api))
    other, bucket = of_other(api), str(folder(api).with_name("link") if links else folder(api))
    mine = make(api, output_prefix="mine/")
    theirs = make(other, bucket=bucket, output_prefix="theirs/")
    assert synced(api, mine)["job_count"] == 1
    assert synced(other, theirs)["job_count"] == 1
    for who, each in ((api, mine), (other, theirs), (api, mine)):
        found = synced(who, each)
        assert (found["job_count"], found["unchanged"], found["skipped"]) == (0, 1, 2)
    (folder(api) / "theirs" / "in" / "a.txt").write_text("Someone's own text: kim@example.com.\n")
    assert synced(api, mine)["job_count"] == 1


@on_sqlite
def test_to_say_where_one_writes_passes_over_nobody_s_documents(api: Api) -> None:
    write(api, "in/a.txt")
    other = of_other(api)
    claim = make(other, output_prefix="in/")
    assert synced(other, claim)["job_count"] == 0
    assert synced(api, make(api))["job_count"] == 1


@on_sqlite
def test_results_are_known_where_a_folder_is_named_through_a_link(api: Api) -> None:
    write(api, "a.txt")
    link = folder(api).with_name("link")
    link.symlink_to(folder(api))
    assert synced(api, make(api, output_prefix="one/"))["job_count"] == 1
    through = make(api, bucket=str(link), output_prefix="two/")
    assert synced(api, through)["job_count"] == 1
    assert inputs(api) == sorted([*uris(api, "a.txt"), (link / "a.txt").as_uri()])


@on_sqlite
def test_tenants_that_share_a_bucket_do_not_feed_each_other(api: Api, s3: SeaweedFS) -> None:
    bucket = s3.bucket()
    with another_app(api, bucket_endpoints=(s3.endpoint,)) as app:
        put(s3, bucket, "in/a.txt")
        other = of_other(app)
        mine = connect(app, s3, bucket, output_prefix="mine/")
        theirs = connect(other, s3, bucket, output_prefix="theirs/")
        for who, each in ((app, mine), (other, theirs)):
            assert synced(who, each)["job_count"] == 1
        for who, each in ((app, mine), (other, theirs)):
            assert synced(who, each)["job_count"] == 0


@on_sqlite
def test_a_connector_whose_credentials_were_taken_away_can_be_switched_off(
    api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY"):
        monkeypatch.setenv(f"TESTS_{name}", "example-0001-of-a-text-that-is-long")
    file = tmp_path / "credentials.toml"
    file.write_text('[all]\nprovider = "s3"\ntenants = ["default"]\nenvironment = "TESTS"\n')
    with another_app(api, credentials_file=str(file)) as app:
        made = make(app, provider="s3", bucket="letters", credentials="all", schedule_cron="0 0 * * *")
    file.write_text("")
    with another_app(api, credentials_file=str(file)) as app:
        path = f"/connectors/{made['id']}"
        off = app("PUT", path, json={"active": False})
        assert (off.status_code, off.json()["active"], off.json()["next_run_at"]) == (200, False, None)
        assert app("PUT", path, json=off.json() | {"name": "off"}).json()["name"] == "off"
        refused(app("PUT", path, json={"region": "eu-west-1"}), 422, "no_credentials")


def test_every_way_a_document_ends_its_job_is_known() -> None:
    """A new one waits for a change of the document only when it is named."""
    found = {each.code for each in (DetectionError, *_below(DetectionError))} | {TooLarge.default_code, "worker_lost"}
    for file in Path(expunct_server.__file__).parent.rglob("*.py"):
        found |= set(re.findall(r'(?:DocumentError|UnsupportedFormat|CannotSucceed)\(\s*"(\w+)"', file.read_text()))
    found |= parent.ENDS
    places = {
        f"{place}_{what}" for place in ("input", "output") for what in ("not_found", "not_readable", "not_writable")
    }
    of_the_setup = {"model_not_loaded", "llm_timeout", "llm_unavailable", "llm_refused", "llm_bad_answer"}
    of_pages = {"no_such_page"}  # of one that is shown, which ends no job
    assert found - places - of_the_setup - of_pages == known.OF_THE_DOCUMENT


def _below(cls: type[DetectionError]) -> set[type[DetectionError]]:
    return set(cls.__subclasses__()).union(*(_below(each) for each in cls.__subclasses__()))


@pytest.mark.parametrize(
    ("outcome", "code", "is_done"),
    [
        ("failed", "store_unavailable", False),
        ("failed", "worker_lost", True),
        ("error", "wrong_region", False),
        ("error", "endpoint_not_allowed", False),
        ("error", "a_code_of_tomorrow", False),
        ("error", "too_large", True),
        ("completed", None, True),
    ],
)
def test_only_what_the_document_is_to_blame_for_waits_until_it_changes(
    outcome: str, code: str | None, is_done: bool
) -> None:
    seen = SimpleNamespace(outcome=outcome, error_code=code, input_etag="etag", etag_hash=b"")
    assert known.is_unchanged(seen, Stat("a.txt", 1, "etag", 0), b"") is is_done
