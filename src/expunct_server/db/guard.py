"""The guard: database rules that make an unrecorded change impossible, the same on SQLite and PostgreSQL.

For each audited table:

1. An INSERT, or an UPDATE that changes a significant column, is refused unless `audit_event_id` names an event of *this
   very transaction* whose resource is *this very row*, in the log of the row's own tenant. Events of other
   transactions, rows, kinds of resource or tenants do not count, so neither forgetting nor re-using an old event goes
   through.
2. `(audit_event_id, subject)` references `audit_event (id, resource_id)`, so that no row can outlive its event.
3. DELETE is refused: rows are closed and their payload purged, never removed. So is a new id or tenant, which would
   remove the row from where its history is.

`audit_event` itself accepts nothing but INSERT, and each event is stamped with the transaction that made it (`unit`).
On PostgreSQL a trigger sets what its function `audit_unit()` makes of the transaction's own number and the moment at
which this server started: in a cluster to which a dump was restored the number alone would come again. SQLite knows no
such number, so `db.session` gives every writing connection a function `audit_unit()`, a fresh random number for each
transaction; a connection without that function (another program) can write to no guarded table at all. Positions are
the database's to give: PostgreSQL replaces what was sent; SQLite refuses one that does not follow the newest.

On PostgreSQL the functions say `public.audit_event`: a temporary table of that name would otherwise come first.

These functions only make SQL text. Migrations call them with literal arguments, so what they make for given arguments
must stay as it is: a rule that changes is a new function (or argument) and a new migration that puts it in place.
"""

from collections.abc import Sequence

REFUSED = "unrecorded change"  # begins the database's message when rule 1 or 3 refuses
_APPEND = "append-only"
_EVENTS_STAY = "events are never changed or removed"
_STAYS = "rows are closed, never removed"
_KEEPS = "a row keeps its id and its tenant"
_NEVER_CHANGES = "rows are written once"


# Events that tell of looking or of a refusal, not of a change: they permit none. (A test holds the newest of these to
# the catalog.) Each migration that adds such an event puts its own list in place.
LOOKS_0001 = ("auth.denied", "auth.failed", "job.downloaded", "job.report_viewed")
LOOKS = (
    "audit.exported",
    "auth.denied",
    "auth.failed",
    "connector.tested",
    "job.downloaded",
    "job.output_started",
    "job.output_unresolved",
    "job.output_written",
    "job.report_viewed",
    "webhook.redelivered",
)


def _no_look(looks: Sequence[str]) -> str:
    return "e.event_type NOT IN (" + ", ".join(f"'{each}'" for each in looks) + ")"


def event_rules(dialect: str) -> list[str]:
    """Statements that make `audit_event` append-only and stamp each event with its transaction."""
    if dialect == "sqlite":
        return [
            f"""CREATE TRIGGER audit_event_append BEFORE INSERT ON audit_event
            WHEN NEW.unit IS NOT audit_unit() OR EXISTS (SELECT 1 FROM audit_event WHERE id = NEW.id)
              OR (NEW.position > 0 AND EXISTS (SELECT 1 FROM audit_event WHERE position = NEW.position))
            BEGIN SELECT RAISE(ABORT, '{_APPEND}: INSERT on audit_event: must be stamped and new'); END""",
            # Not an exact successor: INSERT OR IGNORE can burn numbers, and that must not stop the log for good.
            f"""CREATE TRIGGER audit_event_in_order AFTER INSERT ON audit_event
            WHEN EXISTS (SELECT 1 FROM audit_event WHERE position > NEW.position) OR NEW.position - 1000000 >
              (SELECT position FROM audit_event WHERE position < NEW.position ORDER BY position DESC LIMIT 1)
            BEGIN SELECT RAISE(ABORT, '{_APPEND}: INSERT on audit_event: positions are given by the database'); END""",
            f"""CREATE TRIGGER audit_event_no_update BEFORE UPDATE ON audit_event
            BEGIN SELECT RAISE(ABORT, '{_APPEND}: UPDATE on audit_event: {_EVENTS_STAY}'); END""",
            f"""CREATE TRIGGER audit_event_no_delete BEFORE DELETE ON audit_event
            BEGIN SELECT RAISE(ABORT, '{_APPEND}: DELETE on audit_event: {_EVENTS_STAY}'); END""",
        ]
    return [
        "ALTER TABLE audit_event ALTER COLUMN position DROP DEFAULT",
        """CREATE FUNCTION audit_event_stamp() RETURNS trigger LANGUAGE plpgsql
        SET search_path = pg_catalog, pg_temp AS $$
        BEGIN
          NEW.unit := pg_current_xact_id()::text::bigint;
          NEW.position := nextval('public.audit_event_position_seq');
          RETURN NEW;
        END $$""",
        """CREATE TRIGGER audit_event_append BEFORE INSERT ON audit_event
        FOR EACH ROW EXECUTE FUNCTION audit_event_stamp()""",
        """CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql
        SET search_path = pg_catalog, pg_temp AS $$
        BEGIN
          RAISE EXCEPTION '%: % on %: %', TG_ARGV[0], TG_OP, TG_TABLE_NAME, TG_ARGV[1] USING ERRCODE = '23514';
        END $$""",
        f"""CREATE TRIGGER audit_event_no_change BEFORE UPDATE OR DELETE ON audit_event
        FOR EACH ROW EXECUTE FUNCTION audit_refuse('{_APPEND}', '{_EVENTS_STAY}')""",
        f"""CREATE TRIGGER audit_event_no_truncate BEFORE TRUNCATE ON audit_event
        FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse('{_APPEND}', '{_EVENTS_STAY}')""",
        guard_function(LOOKS_0001),
    ]


def guard_function(looks: Sequence[str], *, unit: str = "pg_current_xact_id()::text::bigint") -> str:
    """PostgreSQL: the function behind every table's guard; replaces the one that is there.

    `unit`: the number of the transaction that runs, as events are stamped with it.
    """
    return f"""CREATE OR REPLACE FUNCTION audit_guard() RETURNS trigger LANGUAGE plpgsql
        SET search_path = pg_catalog, pg_temp AS $$
        BEGIN
          IF NOT EXISTS (SELECT 1 FROM public.audit_event e WHERE e.id = NEW.audit_event_id
                         AND e.resource_id = (to_jsonb(NEW) ->> TG_ARGV[0]) AND e.resource_type = TG_ARGV[1]
                         AND (TG_ARGV[2] = '' OR e.tenant_id = (to_jsonb(NEW) ->> TG_ARGV[2]))
                         AND e.unit = {unit} AND {_no_look(looks)}) THEN
            RAISE EXCEPTION '{REFUSED}: % on % needs a % event of this transaction that names this row and its tenant',
              TG_OP, TG_TABLE_NAME, TG_ARGV[1] USING ERRCODE = '23514';
          END IF;
          RETURN NEW;
        END $$"""


def table_rules(
    dialect: str,
    table: str,
    subject: str,
    resource_type: str,
    significant: Sequence[str],
    *,
    owner: str = "tenant_id",
    looks: Sequence[str] = LOOKS,
) -> list[str]:
    """Statements that guard one audited table.

    `significant` are the columns that change only with an event; `owner` is the column that says in whose tenant's log
    that event must be (empty: the table has none and is guarded through the row it refers to); events of the types
    `looks` permit nothing (PostgreSQL: as `guard_function` says).
    """
    if dialect == "sqlite":
        return _sqlite_rules(table, subject, resource_type, significant, owner, _no_look(looks))
    return _postgresql_rules(table, subject, resource_type, significant, owner)


def _sqlite_rules(
    table: str, subject: str, resource_type: str, significant: Sequence[str], owner: str, no_look: str
) -> list[str]:
    in_its_log = f" AND e.tenant_id = NEW.{owner}" if owner else ""
    unrecorded = f"""NOT EXISTS (SELECT 1 FROM audit_event e WHERE e.id = NEW.audit_event_id
              AND e.resource_id = NEW.{subject} AND e.resource_type = '{resource_type}'{in_its_log}
              AND e.unit = audit_unit() AND {no_look})"""
    changed = _any_changed("IS NOT", (*significant, "audit_event_id"))
    moved = _any_changed("IS NOT", _identity(subject, owner))
    refusal = f"needs a {resource_type} event of this transaction that names this row and its tenant"
    return [
        f"""CREATE TRIGGER {table}_guard_insert BEFORE INSERT ON {table} WHEN {unrecorded}
            BEGIN SELECT RAISE(ABORT, '{REFUSED}: INSERT on {table} {refusal}'); END""",
        f"""CREATE TRIGGER {table}_guard_update BEFORE UPDATE ON {table} WHEN ({changed}) AND {unrecorded}
            BEGIN SELECT RAISE(ABORT, '{REFUSED}: UPDATE on {table} {refusal}'); END""",
        f"""CREATE TRIGGER {table}_guard_identity BEFORE UPDATE ON {table} WHEN {moved}
            BEGIN SELECT RAISE(ABORT, '{REFUSED}: UPDATE on {table}: {_KEEPS}'); END""",
        f"""CREATE TRIGGER {table}_guard_delete BEFORE DELETE ON {table}
            BEGIN SELECT RAISE(ABORT, '{REFUSED}: DELETE on {table}: {_STAYS}'); END""",
    ]


def _postgresql_rules(
    table: str, subject: str, resource_type: str, significant: Sequence[str], owner: str
) -> list[str]:
    changed = _any_changed("IS DISTINCT FROM", (*significant, "audit_event_id"))
    moved = _any_changed("IS DISTINCT FROM", _identity(subject, owner))
    guard = f"EXECUTE FUNCTION audit_guard('{subject}', '{resource_type}', '{owner}')"
    refuse = f"EXECUTE FUNCTION audit_refuse('{REFUSED}', '{_STAYS}')"
    keep = f"EXECUTE FUNCTION audit_refuse('{REFUSED}', '{_KEEPS}')"
    return [
        f"CREATE TRIGGER {table}_guard_insert BEFORE INSERT ON {table} FOR EACH ROW {guard}",
        f"CREATE TRIGGER {table}_guard_update BEFORE UPDATE ON {table} FOR EACH ROW WHEN ({changed}) {guard}",
        f"CREATE TRIGGER {table}_guard_identity BEFORE UPDATE ON {table} FOR EACH ROW WHEN ({moved}) {keep}",
        f"CREATE TRIGGER {table}_guard_delete BEFORE DELETE ON {table} FOR EACH ROW {refuse}",
        f"CREATE TRIGGER {table}_guard_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT {refuse}",
    ]


def _any_changed(differs: str, columns: Sequence[str]) -> str:
    return " OR ".join(f"NEW.{column} {differs} OLD.{column}" for column in columns)


def _identity(subject: str, owner: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(column for column in (subject, owner) if column))


def immutable_rules(dialect: str, table: str) -> list[str]:
    """Statements that refuse every UPDATE on a table whose rows are written once."""
    if dialect == "sqlite":
        return [
            f"""CREATE TRIGGER {table}_immutable BEFORE UPDATE ON {table}
            BEGIN SELECT RAISE(ABORT, '{REFUSED}: UPDATE on {table}: {_NEVER_CHANGES}'); END"""
        ]
    return [
        f"""CREATE TRIGGER {table}_immutable BEFORE UPDATE ON {table}
        FOR EACH ROW EXECUTE FUNCTION audit_refuse('{REFUSED}', '{_NEVER_CHANGES}')"""
    ]
