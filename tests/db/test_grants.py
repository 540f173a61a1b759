"""What the application's role may do: every table in exactly one group, by how it stands to the log."""

from collections import Counter

from expunct_server.db.base import Audited, Base
from expunct_server.db.migrate import GRANTED
from tests.audit.support import WRITTEN_ONCE
from tests.house.test_census import MODELS

APPEND, AUDITED, OPERATIONAL = "SELECT, INSERT", "SELECT, INSERT, UPDATE", "SELECT, INSERT, UPDATE, DELETE"

LOG = {"audit_event", "audit_entry", "audit_mark", "audit_type", "audit_root"}
OF_THE_LOG = {"audit_log": AUDITED, "audit_home": AUDITED, "audit_pending": "SELECT, INSERT, DELETE"}


def test_every_table_is_granted_once_and_as_its_audit_says() -> None:
    named = [(table, verbs) for verbs, tables in GRANTED.items() for table in tables]
    assert [table for table, times in Counter(table for table, _ in named).items() if times > 1] == []

    def due(table: str) -> str:
        if table in {*LOG, *WRITTEN_ONCE, "deployment"}:
            return APPEND
        if table in OF_THE_LOG:
            return OF_THE_LOG[table]
        return AUDITED if isinstance(MODELS[table].__audit__, Audited) else OPERATIONAL

    assert dict(named) == {table: due(table) for table in Base.metadata.tables}, (
        "A table was added: name it in db.migrate.GRANTED."
    )
