"""fsck: finds nothing in what is whole, changes nothing, and names what is not. Attacks have tests of their own."""

from collections import Counter

import pytest
from sqlalchemy import text

from expunct_server.audit.catalog import AuditErased
from expunct_server.audit.erasure import erase
from expunct_server.audit.recorder import writing
from expunct_server.db.session import Database
from expunct_server.verifying import fsck
from expunct_server.verifying.fsck_guard import check_rules
from expunct_server.verifying.fsck_postgresql import expected_rules, plain
from tests.attacks.support import Scene, told
from tests.conftest import TESTER, run_sql


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


def test_of_each_kind_some_problems_are_kept_and_all_are_counted(scene: Scene) -> None:
    """However many there are of one, the others are told."""
    ghosts = ", ".join(f"('default', {-1 - n})" for n in range(150))
    scene.record(50)
    scene.by_hand("audit_pending", "DELETE FROM audit_pending", f"INSERT INTO audit_pending VALUES {ghosts}")
    scene.by_hand("audit_log", "UPDATE audit_log SET regress = regress + 5 WHERE tenant_id = 'default'")
    report = fsck.check(scene.database, scene.settings)
    kinds = [each.rpartition(": ")[2] for each in report.problems]
    assert report.count == 150 + 50 + 1
    assert Counter(kinds) == {
        "it has no place in its log and does not wait for one": 20,
        "an event waits for its place, but it is gone from the database": 20,
        "its stored bounds of created_at are not those of its events": 1,
    }


def test_no_more_than_a_hundred_problems_are_kept() -> None:
    report = fsck.Report()
    words = [first + second for first in "abcdefghijklm" for second in "abcdefghijklm"]
    for word in words:
        report.add(f"event evt_1: {word}")
    assert (len(report.problems), report.count) == (100, 169)


def test_a_log_that_is_not_its_tenants(scene: Scene) -> None:
    """Its origin is another's, or that of no tenant; and a folder that no log of the database wrote."""
    scene.record(1, "acme")
    scene.publish()
    (scene.folder.parent / "ghost" / "tile").mkdir(parents=True)
    (scene.folder.parent / "begun").mkdir()  # as a publisher leaves it that has not made its log yet
    (scene.folder.parent / "begun" / ".lock").touch()
    assert scene.fsck() == ["folder log/tenants/ghost: the database has no such log"]
    origin, other = scene.origin, scene.origin.replace("/default", "/acme")
    drop = "ALTER TABLE audit_log DROP CONSTRAINT"
    if scene.database.dialect == "postgresql":
        run_sql(scene.database.url, *(f"{drop} {name}" for name in ("ck_audit_log_origin", "uq_audit_log_origin")))
        scene.by_hand("audit_log", f"UPDATE audit_log SET origin = '{other}' WHERE tenant_id = 'default'")
        problems = scene.fsck()
        told(problems, f"tenant default: its log has the origin {other}, which is not its own")
        told(problems, "tenant acme: its log has the origin of the log of tenant default")
    assert origin.endswith("/default")


def test_an_entry_that_no_verifier_accepts(scene: Scene) -> None:
    position = scene.position(3)
    scene.by_hand("audit_event", f"UPDATE audit_event SET id = 'nonsense' WHERE position = {position}")
    told(scene.fsck(), "event nonsense: no verifier accepts its entry: id is not that of an event")
    scene.by_hand("audit_event", f"UPDATE audit_event SET created_at = 9000000000000000000 WHERE position = {position}")
    told(scene.fsck(), "event nonsense: its row makes no entry")


def test_no_more_events_name_an_erasure_than_it_tells_of(scene: Scene) -> None:
    """Whoever holds the application's role can record an erasure of none and erase what it likes."""
    one = AuditErased(parts=["actor"], selected_by=["event_id"], event_count=1, job_count=0, reason="")
    for count, said in ((1, []), (2, ["2 events name this erasure, which is more than it says"])):
        with writing(scene.database, TESTER) as unit:
            by = unit.record(one, resource_id="ers_1")
            erase(unit.session, [scene.position(n) for n in range(count, 2 * count)], frozenset({"actor"}), by)
        scene.publish()
        assert scene.fsck() == [f"tenant default: event {by.id}: {each}" for each in said]


def test_the_guard_as_migrated_has_no_problem(database: Database) -> None:
    problems: list[str] = []
    check_rules(database, problems.append)
    assert problems == []
    wanted = expected_rules()
    assert len(wanted.triggers) > 30 and {"audit_guard()", "audit_refuse()", "audit_unit()"} <= wanted.functions.keys()


def test_what_postgresql_prints_is_compared_without_its_additions() -> None:
    printed = (
        "CREATE TRIGGER a BEFORE UPDATE ON public.t FOR EACH ROW WHEN (((new.x)::text IS DISTINCT FROM 'y'::text))"
    )
    assert plain(printed) == plain(
        "CREATE TRIGGER a BEFORE UPDATE ON t\n FOR EACH ROW WHEN (NEW.x IS DISTINCT FROM 'y')"
    )
    assert plain(printed) != plain(printed.replace("'y'", "'z'"))
