"""Whether anything was committed: by whomever, never missed, and what may be left out by it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from expunct_server.db import changes
from expunct_server.db.changes import Changes, Rest
from expunct_server.db.session import Database

ROW = "INSERT INTO rate_window (key_id, minute, used) VALUES ('{}', 1, 1)"


@pytest.fixture
def seen(database: Database) -> Iterator[Changes]:
    made = Changes(database.read_engine)
    yield made
    made.close()


def quiet(seen: Changes) -> object:
    """What is told while nothing is committed; PostgreSQL's server has other tests' databases too."""
    for _ in range(1000):
        if (version := seen.version()) == seen.version():
            return version
    return pytest.fail("it never came to rest")


def test_only_a_commit_changes_it(database: Database, seen: Changes) -> None:
    before = quiet(seen)
    with database.reading() as session:
        session.connection().exec_driver_sql("SELECT count(*) FROM rate_window")
    with database.write_engine.connect() as connection, connection.begin() as transaction:
        connection.exec_driver_sql(ROW.format("Peregrine"))
        transaction.rollback()
    if database.dialect == "sqlite":
        assert seen.version() == before

    with database.write_engine.begin() as connection:
        connection.exec_driver_sql(ROW.format("Peregrine"))

    assert seen.version() not in (before, object())
    quiet(seen)


def test_a_commit_is_told_whenever_its_transaction_began(database: Database, seen: Changes) -> None:
    if database.dialect == "sqlite":
        return  # one writer at a time
    with database.write_engine.begin() as early:
        early.exec_driver_sql(ROW.format("Peregrine"))
        with database.write_engine.begin() as late:
            late.exec_driver_sql(ROW.format("Quentin"))
        before = quiet(seen)
    assert seen.version() != before


def test_where_it_cannot_be_told_nothing_is_equal_and_another_connection_is_made(seen: Changes) -> None:
    quiet(seen)
    seen._connection.close()
    assert seen.version() != seen.version()
    quiet(seen)


def test_a_look_is_left_out_until_something_is_committed_or_some_seconds_are_over(
    monkeypatch: pytest.MonkeyPatch, database: Database
) -> None:
    now = [100.0]
    version: list[Any] = [1]
    monkeypatch.setattr(changes.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(Changes, "version", lambda _: version[0])
    rest = Rest(Changes(database.read_engine))

    def asked(*after: Callable[[], object]) -> bool:
        for each in after:
            each()
        return rest.goes_on()

    assert [asked(), asked(), asked(rest.found_nothing), asked()] == [False, False, True, True]
    version[0] = 2
    assert [asked(), asked(), asked(rest.found_nothing)] == [False, False, True]
    now[0] += changes.AT_REST_SECONDS - 0.1
    assert asked()
    now[0] += 0.2
    assert not asked()
