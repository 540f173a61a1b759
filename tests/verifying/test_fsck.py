"""fsck: finds nothing in what is whole, changes nothing, and names what is not. Attacks have tests of their own."""

import pytest
from sqlalchemy import text

from expunct_server.audit.catalog import AuditErased
from expunct_server.audit.erasure import erase
from expunct_server.audit.recorder import writing
from expunct_server.db.session import Database
from expunct_server.verifying import fsck
from expunct_server.verifying.fsck_guard import check_rules, expected_postgresql, plain
from tests.attacks.support import Scene, told
from tests.conftest import TESTER


@pytest.fixture
def scene(database: Database, settings: object) -> Scene:
    """Twelve events, published; nothing is read from the folder but what publishing wrote."""
    made = Scene(database, settings)  # type: ignore[arg-type]
    made.record(12)
    made.publish()
    return made


def _erased(scene: Scene, index: int, parts: set[str]) -> None:
    position = scene.position(index)
    with writing(scene.database, TESTER) as unit:
        erased = AuditErased(parts=sorted(parts), selected_by=["event_id"], event_count=1, job_count=0, reason="asked")
        erase(unit.session, [position], frozenset(parts), unit.record(erased, resource_id="ers_1"))


def test_what_is_whole_has_no_problem_and_stays_as_it_is(scene: Scene) -> None:
    for parts in ({"actor"}, {"client", "metadata"}):
        _erased(scene, len(parts), parts)
    scene.publish()
    scene.record(3)  # these wait for their place
    before = {each: each.read_bytes() for each in scene.folder.parents[1].rglob("*") if each.is_file()}
    report = fsck.check(scene.database, scene.settings)
    assert (report.problems, report.count, report.logs, report.events) == ([], 0, 3, scene.checkpoint.size + 1)
    assert before == {each: each.read_bytes() for each in scene.folder.parents[1].rglob("*") if each.is_file()}


def test_one_tenant_at_a_time(scene: Scene) -> None:
    report = fsck.check(scene.database, scene.settings, "default")
    assert (report.problems, report.logs, report.events) == ([], 2, scene.checkpoint.size)
    assert fsck.check(scene.database, scene.settings, "nobody").problems == ["tenant nobody: it has no log"]


def test_entries_that_are_not_published_are_compared_with_the_databases_root(scene: Scene) -> None:
    event_id = scene.event_id(3)
    (scene.folder / "checkpoint").unlink()
    problems = scene.fsck()
    told(problems, "tenant default", "entries were published, but the checkpoint there tells of 0")
    with scene.database.reading() as session:
        position = session.scalar(text("SELECT position FROM audit_event WHERE id = :id"), {"id": event_id})
    scene.by_hand("audit_event", f"UPDATE audit_event SET outcome = 'denied' WHERE position = {position}")
    told(scene.fsck(), "entries do not give the root that the database has")


def test_an_erasure_that_left_something(scene: Scene) -> None:
    event_id, position = scene.event_id(3), scene.position(3)
    _erased(scene, 3, {"actor", "metadata"})
    for change, says in (
        ("actor = 'someone'", "actor was erased, but a value is there"),
        ("""details = '{"a":1}'""", "metadata was erased, but a value is there"),
        ("user_agent = 'other/2'", "its client was changed"),
        ("commitments = NULL", "its row makes no entry"),
        ("erased_by = 'evt_none'", "the erasure that it names is no event of this log"),
        ("erased_by = NULL", "it is half erased"),
    ):
        if change == "erased_by = NULL":
            _restored(scene, position)
        scene.by_hand("audit_event", f"UPDATE audit_event SET {change} WHERE position = {position}")
        told(scene.fsck(), event_id, says)


def _restored(scene: Scene, position: int) -> None:
    """Commitments of some kind are there again."""
    zeros = "x'" + "01" * 96 + "'" if scene.database.dialect == "sqlite" else "'\\x" + "01" * 96 + "'"
    scene.by_hand("audit_event", f"UPDATE audit_event SET commitments = {zeros} WHERE position = {position}")


def test_marks_and_bounds(scene: Scene) -> None:
    of_log = "(SELECT number FROM audit_log WHERE tenant_id = 'default')"
    scene.by_hand("audit_mark", f"UPDATE audit_mark SET latest = latest + 1 WHERE log = {of_log}")
    scene.by_hand("audit_log", "UPDATE audit_log SET regress = regress + 5 WHERE tenant_id = 'default'")
    problems = scene.fsck()
    told(problems, "index 0", "the mark that finds it by date is missing or wrong")
    told(problems, "bounds of created_at")
    assert len(problems) == 2


def test_the_log_of_logs(scene: Scene) -> None:
    scene.by_hand("audit_root", "UPDATE audit_root SET size = size + 1")
    told(scene.fsck(), "the log of logs", "index 0", "another log or size than its row")
    scene.by_hand("audit_root", "UPDATE audit_root SET entry = '{}'")
    problems = scene.fsck()
    told(problems, "the log of logs", "index 0", "makes another entry than was published")
    told(problems, "check 17 failed")


def test_no_more_than_a_hundred_problems_are_kept(scene: Scene) -> None:
    scene.record(150)
    scene.by_hand("audit_pending", "DELETE FROM audit_pending")
    report = fsck.check(scene.database, scene.settings)
    assert (len(report.problems), report.count) == (100, 150)


def test_the_guard_as_migrated_has_no_problem(database: Database) -> None:
    problems: list[str] = []
    check_rules(database, problems.append)
    assert problems == []
    wanted = expected_postgresql()
    assert len(wanted.triggers) > 30 and {"audit_guard", "audit_refuse", "audit_event_stamp"} <= wanted.functions.keys()


def test_what_postgresql_prints_is_compared_without_its_additions() -> None:
    printed = (
        "CREATE TRIGGER a BEFORE UPDATE ON public.t FOR EACH ROW WHEN (((new.x)::text IS DISTINCT FROM 'y'::text))"
    )
    assert plain(printed) == plain(
        "CREATE TRIGGER a BEFORE UPDATE ON t\n FOR EACH ROW WHEN (NEW.x IS DISTINCT FROM 'y')"
    )
    assert plain(printed) != plain(printed.replace("'y'", "'z'"))
