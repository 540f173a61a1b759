"""The guard: database rules that make an unrecorded change impossible, the same on SQLite and PostgreSQL.

For each audited table:

1. An INSERT, or an UPDATE that changes a significant column, is refused unless `audit_event_id` names an event of *this
   very transaction* whose resource is *this very row*. Events of other transactions, of other rows or of other kinds do
   not count, so neither forgetting nor re-using an old event goes through.
2. `(audit_event_id, subject)` references `audit_event (id, resource_id)`, so that no row can outlive its event.
3. DELETE is refused: rows are closed and their payload purged, never removed.

`audit_event` itself accepts nothing but INSERT, and each event is stamped with the transaction that made it (`unit`).
On PostgreSQL that is `pg_current_xact_id()`, set by a trigger. SQLite knows no such number, so `db.session` gives every
writing connection a function `audit_unit()`, a fresh random number for each transaction; a connection without that
function (another program) can write to no guarded table at all.

These functions only make SQL text. Migrations call them with literal arguments.
"""

from collections.abc import Sequence

REFUSED = "unrecorded change"  # begins the database's message when rule 1 or 3 refuses


def event_rules(dialect: str) -> list[str]:
    """Statements that make `audit_event` append-only and stamp each event with its transaction."""
    if dialect == "sqlite":
        return [
            """CREATE TRIGGER audit_event_append BEFORE INSERT ON audit_event
            WHEN NEW.unit IS NOT audit_unit() OR EXISTS (SELECT 1 FROM audit_event WHERE id = NEW.id)
              OR (NEW.position > 0 AND EXISTS (SELECT 1 FROM audit_event WHERE position = NEW.position))
            BEGIN SELECT RAISE(ABORT, 'audit_event is append-only: INSERT must be stamped and new'); END""",
            """CREATE TRIGGER audit_event_no_update BEFORE UPDATE ON audit_event
            BEGIN SELECT RAISE(ABORT, 'audit_event is append-only: UPDATE refused'); END""",
            """CREATE TRIGGER audit_event_no_delete BEFORE DELETE ON audit_event
            BEGIN SELECT RAISE(ABORT, 'audit_event is append-only: DELETE refused'); END""",
        ]
    return [
        """CREATE FUNCTION audit_event_stamp() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN NEW.unit := pg_current_xact_id()::text::bigint; RETURN NEW; END $$""",
        """CREATE TRIGGER audit_event_append BEFORE INSERT ON audit_event
        FOR EACH ROW EXECUTE FUNCTION audit_event_stamp()""",
        """CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION '% refused on %: %', TG_OP, TG_TABLE_NAME, TG_ARGV[0] USING ERRCODE = '23514'; END $$""",
        """CREATE TRIGGER audit_event_no_change BEFORE UPDATE OR DELETE ON audit_event
        FOR EACH ROW EXECUTE FUNCTION audit_refuse('audit_event is append-only')""",
        """CREATE TRIGGER audit_event_no_truncate BEFORE TRUNCATE ON audit_event
        FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse('audit_event is append-only')""",
        f"""CREATE FUNCTION audit_guard() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF NOT EXISTS (SELECT 1 FROM audit_event e WHERE e.id = NEW.audit_event_id
                         AND e.resource_id = (to_jsonb(NEW) ->> TG_ARGV[0]) AND e.resource_type = TG_ARGV[1]
                         AND e.unit = pg_current_xact_id()::text::bigint) THEN
            RAISE EXCEPTION '{REFUSED}: % on % needs a % event of this transaction that names this row',
              TG_OP, TG_TABLE_NAME, TG_ARGV[1] USING ERRCODE = '23514';
          END IF;
          RETURN NEW;
        END $$""",
    ]


def table_rules(dialect: str, table: str, subject: str, resource_type: str, significant: Sequence[str]) -> list[str]:
    """Statements that guard one audited table; `significant` are the columns that change only with an event."""
    return (_sqlite_rules if dialect == "sqlite" else _postgresql_rules)(table, subject, resource_type, significant)


def _sqlite_rules(table: str, subject: str, resource_type: str, significant: Sequence[str]) -> list[str]:
    unrecorded = f"""NOT EXISTS (SELECT 1 FROM audit_event e WHERE e.id = NEW.audit_event_id
              AND e.resource_id = NEW.{subject} AND e.resource_type = '{resource_type}' AND e.unit = audit_unit())"""
    changed = " OR ".join(f"NEW.{column} IS NOT OLD.{column}" for column in (*significant, "audit_event_id"))
    refusal = f"needs a {resource_type} event of this transaction that names this row"
    return [
        f"""CREATE TRIGGER {table}_guard_insert BEFORE INSERT ON {table} WHEN {unrecorded}
            BEGIN SELECT RAISE(ABORT, '{REFUSED}: INSERT on {table} {refusal}'); END""",
        f"""CREATE TRIGGER {table}_guard_update BEFORE UPDATE ON {table} WHEN ({changed}) AND {unrecorded}
            BEGIN SELECT RAISE(ABORT, '{REFUSED}: UPDATE on {table} {refusal}'); END""",
        f"""CREATE TRIGGER {table}_guard_delete BEFORE DELETE ON {table}
            BEGIN SELECT RAISE(ABORT, '{REFUSED}: DELETE on {table}: rows are closed, never removed'); END""",
    ]


def _postgresql_rules(table: str, subject: str, resource_type: str, significant: Sequence[str]) -> list[str]:
    changed = " OR ".join(f"NEW.{column} IS DISTINCT FROM OLD.{column}" for column in (*significant, "audit_event_id"))
    guard = f"EXECUTE FUNCTION audit_guard('{subject}', '{resource_type}')"
    refuse = f"EXECUTE FUNCTION audit_refuse('{REFUSED}: rows are closed, never removed')"
    return [
        f"CREATE TRIGGER {table}_guard_insert BEFORE INSERT ON {table} FOR EACH ROW {guard}",
        f"CREATE TRIGGER {table}_guard_update BEFORE UPDATE ON {table} FOR EACH ROW WHEN ({changed}) {guard}",
        f"CREATE TRIGGER {table}_guard_delete BEFORE DELETE ON {table} FOR EACH ROW {refuse}",
        f"CREATE TRIGGER {table}_guard_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT {refuse}",
    ]


def immutable_rules(dialect: str, table: str) -> list[str]:
    """Statements that refuse every UPDATE on a table whose rows are written once."""
    if dialect == "sqlite":
        return [
            f"""CREATE TRIGGER {table}_immutable BEFORE UPDATE ON {table}
            BEGIN SELECT RAISE(ABORT, '{REFUSED}: {table} rows never change'); END"""
        ]
    return [
        f"""CREATE TRIGGER {table}_immutable BEFORE UPDATE ON {table}
        FOR EACH ROW EXECUTE FUNCTION audit_refuse('{REFUSED}: rows never change')"""
    ]
