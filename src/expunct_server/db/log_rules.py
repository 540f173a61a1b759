"""What the tables of the log accept: rules against whoever holds the application's role, the same on both databases.

That role may add events and must be able to give them their places, so it may INSERT into every table of the log. What
it adds past this program must not spoil a log or stall it: an event that no verifier accepts, a place that is never
reached, one more event that waits and never comes, numbers that run out.

- An event has the form that its entry must have (`verifying.checks`, check 6).
- Only an event of this very transaction is put among those that wait. So none waits again that has its place.
- A log's row is changed first: its entries come below the size that it has then, and (PostgreSQL: when the transaction
  commits; SQLite: one after the other) there is one for each index below the size.
- Numbers of types follow one another and end; an event of a type that gets none is refused, so none waits in vain.

These functions only make SQL text, for migrations, as those of `db.guard`: what they make must stay as it is.
"""

MOST_TYPES = 400  # pairs of event type and resource type; listings ask for each in turn
NEW_TYPE = 0x65787072  # the lock that `publishing.sequencer` takes too when it gives a type its number
# Those of version 0002. They have numbers from the start: else who records the first event of a type keeps all others
# of new types waiting until it commits. (A later version's get theirs in this way.)
_TYPES = (
    "api_key: api_key.created api_key.revoked auth.denied auth.failed",
    "audit: audit.erased audit.exported audit.key_rotated audit.rebuilt",
    "connector: connector.created connector.sync_triggered",
    "job: job.cancelled job.completed job.created job.downloaded job.failed job.purged job.report_viewed",
    "policy: policy.created policy.deleted policy.updated",
    "redaction: redaction.performed",
    "tenant: tenant.created tenant.updated",
)
EARLIEST, LATEST = 1_577_836_800_000_000, 4_102_444_800_000_000  # 2020 to 2100 in microseconds
_ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_IN_AN_ID = "0123456789abcdefghjkmnpqrstvwxyz"
_POSTGRESQL = "RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$"


def tenant_form(column: str) -> str:
    """That a column holds what can be the name of a tenant: also the name of a folder, and the end of an origin."""
    return (
        f"length({column}) >= 1 AND length({column}) <= 64 AND ltrim(substr({column}, 1, 1), '{_ALPHANUMERIC}') = ''"
        f" AND ltrim({column}, '{_ALPHANUMERIC}_.-') = ''"
    )


def log_checks() -> dict[str, str]:
    """Checks of `audit_log` by name: whose log it is, and that its origin says so. `*` is the log of logs."""
    return {
        "tenant_id": f"tenant_id = '*' OR ({tenant_form('tenant_id')})",
        "origin": "(tenant_id = '*' AND length(origin) >= 1 AND substr(origin, length(origin)) <> '/')"
        " OR (tenant_id <> '*' AND length(origin) > length(tenant_id) + 1"
        " AND substr(origin, length(origin) - length(tenant_id)) = '/' || tenant_id)",
    }


def event_form(dialect: str) -> str:
    """What must hold of a new event besides its stamp."""
    is_object = {
        "sqlite": "CASE WHEN json_valid(NEW.details) THEN json_type(NEW.details) = 'object' ELSE 0 END",
        "postgresql": "json_typeof(NEW.details::json) = 'object'",
    }
    return f"""length(NEW.id) = 30 AND substr(NEW.id, 1, 4) = 'evt_' AND ltrim(substr(NEW.id, 5), '{_IN_AN_ID}') = ''
             AND {tenant_form("NEW.tenant_id")}
             AND NEW.event_type <> '' AND NEW.resource_type <> '' AND NEW.resource_id <> ''
             AND (NEW.outcome = 'success' OR NEW.outcome = 'failure' OR NEW.outcome = 'denied')
             AND NEW.schema_version >= 1 AND NEW.created_at >= {EARLIEST} AND NEW.created_at < {LATEST}
             AND {is_object[dialect]}"""


def numbered_types() -> list[str]:
    """Statements that give numbers to the types there are, and to any others of events that are there already."""
    pairs = [(each, line.split(": ")[0]) for line in _TYPES for each in line.split(": ")[1].split()]
    rows = ", ".join(f"({number}, '{each}', '{about}')" for number, (each, about) in enumerate(pairs, 1))
    into = "INSERT INTO audit_type (number, event_type, resource_type)"
    return [
        f"{into} VALUES {rows}",
        f"""{into} SELECT {len(pairs)} + row_number() OVER (ORDER BY e.event_type, e.resource_type), e.event_type,
            e.resource_type FROM (SELECT DISTINCT event_type, resource_type FROM audit_event) e
            WHERE NOT EXISTS (SELECT 1 FROM audit_type t WHERE t.event_type = e.event_type
              AND t.resource_type = e.resource_type)""",
    ]


def log_grows() -> str:
    """What must hold of an update of `audit_log`. What stays may be beyond a bound: such a log can be stopped."""
    bounds = {
        "anchored_size": "NEW.anchored_size <= NEW.size",
        "latest": f"NEW.latest < {LATEST}",
        "regress": "NEW.regress <= NEW.latest",
        "published_at": f"coalesce(NEW.published_at, 0) < {LATEST}",
        "anchored_at": f"coalesce(NEW.anchored_at, 0) < {LATEST}",
    }
    bounded = [f"(coalesce(NEW.{name}, 0) = coalesce(OLD.{name}, 0) OR {bound})" for name, bound in bounds.items()]
    return " AND ".join((_GROWS, *bounded))


_GROWS = (
    "NEW.number = OLD.number AND NEW.tenant_id = OLD.tenant_id AND NEW.origin = OLD.origin AND NEW.blind = OLD.blind"
    " AND NEW.size >= OLD.size AND NEW.published_size >= OLD.published_size AND NEW.published_size <= NEW.size"
    " AND NEW.regress >= OLD.regress AND NEW.latest >= OLD.latest AND NEW.anchored_size >= OLD.anchored_size"
    " AND (NEW.size > OLD.size OR (NEW.root = OLD.root AND NEW.peaks = OLD.peaks AND NEW.latest = OLD.latest"
    " AND NEW.regress = OLD.regress))"
)
_IS_NEW = (
    "NEW.size = 0 AND length(NEW.peaks) = 0 AND NEW.latest = 0 AND NEW.regress = 0 AND NEW.published_size = 0"
    " AND NEW.anchored_size = 0 AND NEW.published_at IS NULL AND NEW.anchored_at IS NULL AND length(NEW.blind) = 32"
)
_NUMBERED = (
    f"NEW.number <= {MOST_TYPES} AND NEW.number = (SELECT coalesce(max(t.number), 0) + 1 FROM {{public}}audit_type t)"
)
_WAITS = """EXISTS (SELECT 1 FROM {public}audit_event e WHERE e.position = NEW.position
               AND e.tenant_id = NEW.tenant_id AND e.unit = {public}audit_unit())
             AND NOT EXISTS (SELECT 1 FROM {public}audit_entry n WHERE n.position = NEW.position)"""
_PLACED = """NEW.seq >= 0 AND EXISTS (SELECT 1 FROM {public}audit_log l
               JOIN {public}audit_pending p ON p.tenant_id = l.tenant_id
               JOIN {public}audit_event e ON e.position = p.position AND e.tenant_id = p.tenant_id
               WHERE l.number = NEW.log AND p.position = NEW.position AND NEW.seq < l.size)"""
_MARKED = """NEW.number >= 0 AND EXISTS (SELECT 1 FROM {public}audit_log l
               WHERE l.number = NEW.log AND NEW.number * 256 < l.size)"""
_FOLLOWS = """NEW.seq = 0 OR (NEW.seq > 0
               AND EXISTS (SELECT 1 FROM {public}audit_root r WHERE r.seq = NEW.seq - 1))"""
_NEXT_ENTRY = """(NEW.seq = 0 OR EXISTS (SELECT 1 FROM audit_entry b WHERE b.log = NEW.log AND b.seq = NEW.seq - 1))"""
# By table: the rule's name, what must hold of a row, and why it is refused.
_INSERTS = (
    ("audit_pending", "waits", _WAITS, "no such event of this transaction waits"),
    ("audit_entry", "placed", _PLACED, "no such event waits in this log, or the log has no such place"),
    ("audit_mark", "placed", _MARKED, "the log has no such place"),
    ("audit_root", "placed", _FOLLOWS, "the log of logs has no such place"),
    ("audit_type", "numbered", _NUMBERED, "it is not the next number, or there are too many types"),
)
_FRESH = "a new log is empty"


def sqlite_rules() -> list[str]:
    """Statements for SQLite, where one writer at a time makes what must hold at a commit hold at once."""
    rules = [(table, name, rule.format(public=""), why) for table, name, rule, why in _INSERTS]
    rules = [
        (t, name, f"{rule} AND {_NEXT_ENTRY}" if t == "audit_entry" else rule, why) for t, name, rule, why in rules
    ]
    rules.append(("audit_log", "fresh", _IS_NEW, _FRESH))
    rules.append(("audit_event", "form", event_form("sqlite"), "it has not the form of an event"))
    made = [
        f"""CREATE TRIGGER {table}_{name} BEFORE INSERT ON {table} WHEN NOT ({rule})
            BEGIN SELECT RAISE(ABORT, 'append-only: INSERT on {table}: {why}'); END"""
        for table, name, rule, why in rules
    ]
    made.append("""CREATE TRIGGER audit_event_pending AFTER INSERT ON audit_event BEGIN
              INSERT INTO audit_pending (tenant_id, position) VALUES (NEW.tenant_id, NEW.position);
              INSERT INTO audit_type (number, event_type, resource_type)
                SELECT (SELECT coalesce(max(number), 0) + 1 FROM audit_type), NEW.event_type, NEW.resource_type
                WHERE NOT EXISTS (SELECT 1 FROM audit_type t WHERE t.event_type = NEW.event_type
                  AND t.resource_type = NEW.resource_type);
            END""")
    return made


def postgresql_unit() -> str:
    """`audit_unit()`: the number of the transaction that runs, of this start of this very server.

    A transaction's own number is unique within one cluster only: in another, to which a dump was restored, the number
    of an old event would come again. Every name is said in full: so it runs as part of what calls it.
    """
    return """CREATE FUNCTION audit_unit() RETURNS bigint LANGUAGE sql STABLE AS $$
        SELECT pg_catalog.hashtextextended(pg_catalog.pg_current_xact_id()::pg_catalog.text,
          pg_catalog.hashfloat8extended(pg_catalog.date_part('epoch', pg_catalog.pg_postmaster_start_time()), 0))
        $$"""


def postgresql_rules() -> list[str]:
    """Statements for PostgreSQL; `audit_unit`, `audit_refuse` and the tables are there."""
    made: list[str] = []
    for table, name, rule, why in _INSERTS:
        made.append(f"""CREATE FUNCTION {table}_{name}() {_POSTGRESQL}
        BEGIN
          IF {rule.format(public="public.")} THEN RETURN NEW; END IF;
          RAISE EXCEPTION 'append-only: INSERT on {table}: {why}' USING ERRCODE = '23514';
        END $$""")
        made.append(f"""CREATE TRIGGER {table}_{name} BEFORE INSERT ON {table}
        FOR EACH ROW EXECUTE FUNCTION {table}_{name}()""")
    # Its number is the next whatever was sent or drawn from the sequence: an entry's column for it has 32 bits.
    made.append(f"""CREATE FUNCTION audit_log_fresh() {_POSTGRESQL}
        BEGIN
          IF NOT ({_IS_NEW}) THEN
            RAISE EXCEPTION 'append-only: INSERT on audit_log: {_FRESH}' USING ERRCODE = '23514';
          END IF;
          NEW.number := (SELECT coalesce(max(l.number), 0) + 1 FROM public.audit_log l);
          RETURN NEW;
        END $$""")
    made.append("""CREATE TRIGGER audit_log_fresh BEFORE INSERT ON audit_log
        FOR EACH ROW EXECUTE FUNCTION audit_log_fresh()""")
    return [*made, *_postgresql_waiting(), *_postgresql_at_commit()]


def _postgresql_waiting() -> list[str]:
    return [
        f"""CREATE FUNCTION audit_event_pend() {_POSTGRESQL}
        BEGIN
          INSERT INTO public.audit_pending (tenant_id, position) VALUES (NEW.tenant_id, NEW.position);
          IF NOT EXISTS (SELECT 1 FROM public.audit_type t WHERE t.event_type = NEW.event_type
                         AND t.resource_type = NEW.resource_type) THEN
            PERFORM pg_advisory_xact_lock({NEW_TYPE});
            INSERT INTO public.audit_type (number, event_type, resource_type)
              SELECT coalesce(max(t.number), 0) + 1, NEW.event_type, NEW.resource_type FROM public.audit_type t
              ON CONFLICT (event_type, resource_type) DO NOTHING;
          END IF;
          RETURN NULL;
        END $$""",
        """CREATE TRIGGER audit_event_pending AFTER INSERT ON audit_event
        FOR EACH ROW EXECUTE FUNCTION audit_event_pend()""",
    ]


def _postgresql_at_commit() -> list[str]:
    """Of a log that grew: it has an entry for each index. Of an entry of the log of logs: it lies below the size."""
    counted = """(SELECT count(*) FROM public.{} WHERE {}seq >= OLD.size AND seq < NEW.size)"""
    entries = counted.format("audit_entry", "log = NEW.number AND ")
    roots = counted.format("audit_root", "")
    at_commit = "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW"
    return [
        f"""CREATE FUNCTION audit_log_dense() {_POSTGRESQL}
        BEGIN
          IF NEW.tenant_id = '*' AND {roots} = NEW.size - OLD.size
             OR NEW.tenant_id <> '*' AND {entries} = NEW.size - OLD.size THEN
            RETURN NULL;
          END IF;
          RAISE EXCEPTION 'append-only: UPDATE on audit_log: it has not an entry for each index'
            USING ERRCODE = '23514';
        END $$""",
        f"""CREATE CONSTRAINT TRIGGER audit_log_dense AFTER UPDATE ON audit_log {at_commit}
        WHEN (NEW.size > OLD.size) EXECUTE FUNCTION audit_log_dense()""",
        f"""CREATE FUNCTION audit_root_counted() {_POSTGRESQL}
        BEGIN
          IF EXISTS (SELECT 1 FROM public.audit_log WHERE tenant_id = '*' AND NEW.seq < size) THEN RETURN NULL; END IF;
          RAISE EXCEPTION 'append-only: INSERT on audit_root: the log of logs has no such place'
            USING ERRCODE = '23514';
        END $$""",
        f"""CREATE CONSTRAINT TRIGGER audit_root_counted AFTER INSERT ON audit_root {at_commit}
        EXECUTE FUNCTION audit_root_counted()""",
    ]
