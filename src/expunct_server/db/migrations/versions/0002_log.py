"""The log: what may be erased of an event and how, indices, and what publishing needs to know.

Events that are there already get a salt and wait to be sequenced.
"""

import sqlalchemy as sa
from alembic import op

from expunct_server.db import guard, log_rules

revision = "0002"
down_revision = "0001"

LOOKS = ("audit.exported", *guard.LOOKS_0001)
_STAY = "events are never changed or removed"
_LASTS = "the log only grows"
_CORE = (
    "position",
    "id",
    "tenant_id",
    "event_type",
    "resource_type",
    "resource_id",
    "outcome",
    "is_truncated",
    "schema_version",
    "request_id",
    "created_at",
    "unit",
)
# What an erasure may empty, by parts, in the order in which salts and commitments stand: columns and their empty forms.
_PARTS = {
    "actor": {"actor": "'erased'", "actor_id": "'erased'"},
    "client": {"ip_address": "NULL", "user_agent": "NULL"},
    "metadata": {"details": "'{}'"},
}
_ERASABLE = tuple(name for columns in _PARTS.values() for name in columns)
_GONE = {"sqlite": f"x'{'00' * 32}'", "postgresql": "decode(repeat('00', 32), 'hex')"}  # a salt that was erased
# Of no use to any query, and samples of values would outlive the values. By table, on PostgreSQL.
_NO_SAMPLES = {
    "audit_event": (*_ERASABLE, "salt", "commitments"),
    "job": ("actor", "actor_id", "ip_address", "user_agent", "input_uri", "output_uri", "filename", "metadata"),
    "job_finding": ("masked", "redacted", "location"),
}
_KEPT = ("audit_log", "audit_entry", "audit_mark", "audit_type", "audit_root")
_KEYS = {  # of what another program must not write over on SQLite, whose REPLACE removes without a DELETE trigger
    "audit_log": "number = NEW.number OR tenant_id = NEW.tenant_id OR origin = NEW.origin",
    "audit_entry": "(log = NEW.log AND seq = NEW.seq) OR position = NEW.position",
    "audit_mark": "log = NEW.log AND number = NEW.number",
    "audit_type": "number = NEW.number OR (event_type = NEW.event_type AND resource_type = NEW.resource_type)",
    "audit_root": "seq = NEW.seq",
}


def upgrade() -> None:
    dialect = op.get_bind().dialect.name
    for name in ("actor", "order", "resource", "time", "type"):
        op.drop_index(f"ix_audit_event_{name}", "audit_event")
    op.add_column("audit_event", sa.Column("salt", sa.LargeBinary(length=96), nullable=True))
    op.add_column("audit_event", sa.Column("commitments", sa.LargeBinary(length=96), nullable=True))
    op.add_column("audit_event", sa.Column("erased_by", sa.String(length=40), nullable=True))
    op.add_column("idempotent_answer", sa.Column("erased_with", sa.String(length=64), nullable=True))
    op.execute("UPDATE idempotent_answer SET erased_with = (SELECT k.tenant_id FROM api_key k WHERE k.id = key_id)")
    _make_tables()
    old = ("audit_event_append", "audit_event_no_update" if dialect == "sqlite" else "audit_event_no_change")
    for trigger in old:
        op.execute(f"DROP TRIGGER {trigger}" + ("" if dialect == "sqlite" else " ON audit_event"))
    fresh = "randomblob(16)" if dialect == "sqlite" else "uuid_send(gen_random_uuid())"
    op.execute(f"UPDATE audit_event SET salt = {fresh}")
    op.execute("INSERT INTO audit_pending (tenant_id, position) SELECT tenant_id, position FROM audit_event")
    for statement in (*log_rules.numbered_types(), *(_sqlite() if dialect == "sqlite" else _postgresql())):
        op.execute(statement)


def _make_tables() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "audit_log",
        sa.Column("number", number, autoincrement=True, nullable=False),
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("origin", sa.String(length=200), nullable=False),
        sa.Column("blind", sa.LargeBinary(length=32), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.LargeBinary(length=32), nullable=False),
        sa.Column("peaks", sa.LargeBinary(), nullable=False),
        sa.Column("latest", sa.BigInteger(), nullable=False),
        sa.Column("regress", sa.BigInteger(), nullable=False),
        sa.Column("published_size", sa.BigInteger(), nullable=False),
        sa.Column("published_at", sa.BigInteger(), nullable=True),
        sa.Column("anchored_size", sa.BigInteger(), nullable=False),
        sa.Column("anchored_at", sa.BigInteger(), nullable=True),
        sa.Column("stopped", sa.String(length=500), nullable=True),
        sa.PrimaryKeyConstraint("number", name="pk_audit_log"),
        sa.UniqueConstraint("tenant_id", name="uq_audit_log_tenant_id"),
        sa.UniqueConstraint("origin", name="uq_audit_log_origin"),
        *(sa.CheckConstraint(check, f"ck_audit_log_{name}") for name, check in log_rules.log_checks().items()),
    )
    op.create_table(
        "audit_entry",
        sa.Column("log", sa.Integer(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("event_type", sa.SmallInteger(), nullable=False),
        sa.Column("actor", sa.BigInteger(), nullable=True),
        sa.Column("resource", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("log", "seq", name="pk_audit_entry"),
        sa.UniqueConstraint("position", name="uq_audit_entry_position"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_audit_entry_type", "audit_entry", ["log", "event_type", "seq"])
    op.create_index("ix_audit_entry_actor", "audit_entry", ["log", "actor", "event_type", "seq"])
    op.create_index("ix_audit_entry_resource", "audit_entry", ["log", "resource", "event_type", "seq"])
    if op.get_bind().dialect.name == "postgresql":
        # Plans are made without values. Where one actor did nearly all so far, or one type is nearly all there is, the
        # planner would think that to look for it leaves nothing out, and read a whole log for the rare ones.
        for column, values in (("event_type", 20), ("actor", 1000), ("resource", -0.5)):  # below 0: a share of the rows
            op.execute(f"ALTER TABLE audit_entry ALTER COLUMN {column} SET (n_distinct = {values})")
    op.create_table(
        "audit_pending",
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "position", name="pk_audit_pending"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "audit_mark",
        sa.Column("log", sa.Integer(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("latest", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("log", "number", name="pk_audit_mark"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_audit_mark_latest", "audit_mark", ["log", "latest", "number"])
    op.create_table(
        "audit_type",
        sa.Column("number", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("event_type", sa.String(length=64), nullable=False),
        sa.Column("resource_type", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_audit_type"),
        sa.UniqueConstraint("event_type", "resource_type", name="uq_audit_type_event_type_resource_type"),
    )
    op.create_table(
        "audit_root",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("log", sa.Integer(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("entry", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_audit_root"),
    )
    op.create_index("ix_audit_root_log", "audit_root", ["log", "seq"])


def _sqlite_erasure() -> str:
    """What must hold of an UPDATE of an event: it is an erasure, and its leaf can be made as before."""
    gone = _GONE["sqlite"]
    values = {
        "actor": """'{"id":' || audit_json(OLD.actor_id) || ',"label":' || audit_json(OLD.actor) || '}'""",
        "client": """'{"ip_address":' || audit_json(OLD.ip_address) || ',"user_agent":' ||
                audit_json(OLD.user_agent) || '}'""",
        "metadata": "OLD.details",
    }
    rules = [f"NEW.{name} IS OLD.{name}" for name in _CORE]
    rules += ["OLD.event_type IS NOT 'audit.erased'", "length(NEW.commitments) IS 96", "OLD.salt IS NOT NULL"]
    rules += ["(OLD.commitments IS NULL OR NEW.commitments IS OLD.commitments)"]
    taken = []
    for place, (part, columns) in enumerate(_PARTS.items()):
        cut = f"{place * 32 + 1}, 32"
        was = f"CASE length(OLD.salt) WHEN 16 THEN audit_hmac(OLD.salt, '{part}') ELSE substr(OLD.salt, {cut}) END"
        left = f"CASE WHEN NEW.salt IS NULL THEN {gone} ELSE substr(NEW.salt, {cut}) END"
        stays = " AND ".join(f"NEW.{name} IS OLD.{name}" for name in columns)
        emptied = " AND ".join(f"NEW.{name} IS {value}" for name, value in columns.items())
        rules.append(f"""(({left} IS {was} AND {stays})
              OR ({left} IS {gone} AND {emptied} AND EXISTS (SELECT 1 FROM audit_event e
                JOIN json_each(e.details, '$.parts') said WHERE e.id = NEW.erased_by AND said.value = '{part}')))""")
        rules.append(f"""(OLD.commitments IS NOT NULL OR substr(NEW.commitments, {cut}) IS
                audit_hmac({was}, {values[part]}))""")
        taken.append(f"{left} IS NOT {was}")
    rules.append(f"(NEW.salt IS NULL OR (length(NEW.salt) = 96 AND NEW.salt IS NOT x'{'00' * 96}'))")
    rules.append("(" + " OR ".join(taken) + ")")
    rules.append("""EXISTS (SELECT 1 FROM audit_event e WHERE e.id = NEW.erased_by AND e.event_type = 'audit.erased'
                AND e.tenant_id = OLD.tenant_id AND e.unit = audit_unit())""")
    return "\n              AND ".join(rules)


def _sqlite() -> list[str]:
    erasure = _sqlite_erasure()
    grows = log_rules.log_grows()
    statements = [
        """CREATE TRIGGER audit_event_append BEFORE INSERT ON audit_event
            WHEN NEW.unit IS NOT audit_unit() OR EXISTS (SELECT 1 FROM audit_event WHERE id = NEW.id)
              OR (NEW.position > 0 AND EXISTS (SELECT 1 FROM audit_event WHERE position = NEW.position))
              OR length(NEW.salt) IS NOT 16 OR NEW.commitments IS NOT NULL OR NEW.erased_by IS NOT NULL
            BEGIN SELECT RAISE(ABORT, 'append-only: INSERT on audit_event: must be stamped and new'); END""",
        f"""CREATE TRIGGER audit_event_no_update BEFORE UPDATE ON audit_event WHEN NOT ({erasure})
            BEGIN SELECT RAISE(ABORT, 'append-only: UPDATE on audit_event: {_STAY}'); END""",
        """CREATE TRIGGER audit_pending_no_delete BEFORE DELETE ON audit_pending
            WHEN NOT EXISTS (SELECT 1 FROM audit_entry WHERE position = OLD.position)
            BEGIN SELECT RAISE(ABORT, 'append-only: DELETE on audit_pending: the event has no index yet'); END""",
        f"""CREATE TRIGGER audit_log_no_update BEFORE UPDATE ON audit_log WHEN NOT ({grows})
            BEGIN SELECT RAISE(ABORT, 'append-only: UPDATE on audit_log: {_LASTS}'); END""",
        f"""CREATE TRIGGER audit_entry_no_update BEFORE UPDATE ON audit_entry
            WHEN NOT (NEW.log IS OLD.log AND NEW.seq IS OLD.seq AND NEW.position IS OLD.position
              AND NEW.event_type IS OLD.event_type AND NEW.resource IS OLD.resource
              AND NEW.created_at IS OLD.created_at AND NEW.actor IS NULL
              AND EXISTS (SELECT 1 FROM audit_event t JOIN audit_event e ON e.id = t.erased_by
                WHERE t.position = OLD.position AND t.actor = 'erased' AND e.unit = audit_unit()))
            BEGIN SELECT RAISE(ABORT, 'append-only: UPDATE on audit_entry: {_LASTS}'); END""",
    ]
    for table in ("audit_mark", "audit_type", "audit_root", "audit_pending"):
        statements.append(
            f"""CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table}
            BEGIN SELECT RAISE(ABORT, 'append-only: UPDATE on {table}: {_LASTS}'); END"""
        )
    statements += log_rules.sqlite_rules()
    for table, key in _KEYS.items():
        statements.append(
            f"""CREATE TRIGGER {table}_append BEFORE INSERT ON {table}
            WHEN audit_unit() IS NULL OR EXISTS (SELECT 1 FROM {table} WHERE {key})
            BEGIN SELECT RAISE(ABORT, 'append-only: INSERT on {table}: {_LASTS}'); END"""
        )
    for table in _KEPT:
        statements.append(
            f"""CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table}
            BEGIN SELECT RAISE(ABORT, 'append-only: DELETE on {table}: {_LASTS}'); END"""
        )
    for table, subject, kind, significant, owner in _GUARDED:
        for rule in ("insert", "update", "identity", "delete"):
            statements.append(f"DROP TRIGGER {table}_guard_{rule}")
        statements += guard.table_rules("sqlite", table, subject, kind, significant, owner=owner, looks=LOOKS)
    return statements


def _postgresql_commitments() -> list[str]:
    """Functions that make of an event's row what `audit.entry` makes: salts of its parts, and commitments."""
    settled = "LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$"
    return [
        # RFC 2104 with keys of up to 32 bytes: eight of them at a time, as numbers, against 0x36... and 0x5c...
        f"""CREATE FUNCTION audit_hmac(key bytea, data bytea) RETURNS bytea {settled}
        DECLARE
          digits text := rpad(encode(key, 'hex'), 64, '0');
          word bigint;
          within bytea := '';
          without bytea := '';
        BEGIN
          FOR n IN 0..3 LOOP
            word := ('x' || substr(digits, n * 16 + 1, 16))::bit(64)::bigint;
            within := within || int8send(word # 3906369333256140342);
            without := without || int8send(word # 6655295901103053916);
          END LOOP;
          within := sha256(within || decode(repeat('36', 32), 'hex') || data);
          RETURN sha256(without || decode(repeat('5c', 32), 'hex') || within);
        END $$""",
        f"""CREATE FUNCTION audit_salts(salt bytea) RETURNS bytea {settled}
        BEGIN
          IF length(salt) = 16 THEN
            RETURN public.audit_hmac(salt, 'actor') || public.audit_hmac(salt, 'client')
              || public.audit_hmac(salt, 'metadata');
          END IF;
          RETURN coalesce(salt, decode(repeat('00', 96), 'hex'));
        END $$""",
        # to_json escapes a text as RFC 8785 does (a test compares them character by character).
        f"""CREATE FUNCTION audit_commitments(e public.audit_event) RETURNS bytea {settled}
        DECLARE
          salts bytea := public.audit_salts(e.salt);
        BEGIN
          RETURN coalesce(e.commitments,
            public.audit_hmac(substr(salts, 1, 32), convert_to('{{"id":' || to_json(e.actor_id)
              || ',"label":' || to_json(e.actor) || '}}', 'UTF8'))
            || public.audit_hmac(substr(salts, 33, 32), convert_to('{{"ip_address":'
              || coalesce(to_json(e.ip_address)::text, 'null') || ',"user_agent":'
              || coalesce(to_json(e.user_agent)::text, 'null') || '}}', 'UTF8'))
            || public.audit_hmac(substr(salts, 65, 32), convert_to(e.details, 'UTF8')));
        END $$""",
    ]


def _postgresql_erasure(function: str) -> str:
    """The function behind UPDATE of an event: lets pass what is an erasure, and with which its leaf can be made."""
    gone = _GONE["postgresql"]
    erasable = "ARRAY['" + "','".join((*_ERASABLE, "salt", "commitments", "erased_by")) + "']"
    parts = []
    for place, (part, columns) in enumerate(_PARTS.items()):
        cut = f"{place * 32 + 1}, 32"
        stays = " AND ".join(f"NEW.{name} IS NOT DISTINCT FROM OLD.{name}" for name in columns)
        emptied = " AND ".join(f"NEW.{name} IS NOT DISTINCT FROM {value}" for name, value in columns.items())
        parts.append(f"""((substr(remain, {cut}) = substr(salts, {cut}) AND {stays})
               OR (substr(remain, {cut}) = {gone} AND {emptied} AND said ? '{part}'))""")
    each_part = "\n             AND ".join(parts)
    return f"""CREATE FUNCTION audit_event_erase() {function}
        DECLARE
          salts bytea := public.audit_salts(OLD.salt);
          remain bytea := public.audit_salts(NEW.salt);
          said jsonb := (SELECT e.details::jsonb -> 'parts' FROM public.audit_event e WHERE e.id = NEW.erased_by
            AND e.event_type = 'audit.erased' AND e.tenant_id = OLD.tenant_id
            AND e.unit = public.audit_unit());
        BEGIN
          IF (to_jsonb(NEW) - {erasable}) = (to_jsonb(OLD) - {erasable})
             AND OLD.event_type <> 'audit.erased'
             AND NEW.commitments IS NOT DISTINCT FROM public.audit_commitments(OLD)
             AND (NEW.salt IS NULL OR (length(NEW.salt) = 96 AND NEW.salt <> decode(repeat('00', 96), 'hex')))
             AND remain <> salts
             AND said IS NOT NULL
             AND {each_part} THEN
            RETURN NEW;
          END IF;
          RAISE EXCEPTION 'append-only: UPDATE on audit_event: {_STAY}' USING ERRCODE = '23514';
        END $$"""


def _postgresql() -> list[str]:
    function = "RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$"
    grows = log_rules.log_grows()
    statements = [
        log_rules.postgresql_unit(),
        f"""CREATE OR REPLACE FUNCTION audit_event_stamp() {function}
        BEGIN
          IF length(NEW.salt) IS DISTINCT FROM 16 OR NEW.commitments IS NOT NULL OR NEW.erased_by IS NOT NULL THEN
            RAISE EXCEPTION 'append-only: INSERT on audit_event: must be stamped and new' USING ERRCODE = '23514';
          END IF;
          IF NOT ({log_rules.event_form("postgresql")}) THEN
            RAISE EXCEPTION 'append-only: INSERT on audit_event: it has not the form of an event'
              USING ERRCODE = '23514';
          END IF;
          NEW.unit := public.audit_unit();
          NEW.position := nextval('public.audit_event_position_seq');
          RETURN NEW;
        END $$""",
        """CREATE TRIGGER audit_event_append BEFORE INSERT ON audit_event
        FOR EACH ROW EXECUTE FUNCTION audit_event_stamp()""",
        *_postgresql_commitments(),
        _postgresql_erasure(function),
        """CREATE TRIGGER audit_event_no_update BEFORE UPDATE ON audit_event
        FOR EACH ROW EXECUTE FUNCTION audit_event_erase()""",
        f"""CREATE TRIGGER audit_event_no_delete BEFORE DELETE ON audit_event
        FOR EACH ROW EXECUTE FUNCTION audit_refuse('append-only', '{_STAY}')""",
        f"""CREATE FUNCTION audit_pending_keep() {function}
        BEGIN
          IF EXISTS (SELECT 1 FROM public.audit_entry WHERE position = OLD.position) THEN RETURN OLD; END IF;
          RAISE EXCEPTION 'append-only: DELETE on audit_pending: the event has no index yet' USING ERRCODE = '23514';
        END $$""",
        """CREATE TRIGGER audit_pending_no_delete BEFORE DELETE ON audit_pending
        FOR EACH ROW EXECUTE FUNCTION audit_pending_keep()""",
        f"""CREATE TRIGGER audit_log_no_update BEFORE UPDATE ON audit_log FOR EACH ROW WHEN (NOT ({grows}))
        EXECUTE FUNCTION audit_refuse('append-only', '{_LASTS}')""",
        f"""CREATE FUNCTION audit_entry_erase() {function}
        BEGIN
          IF (to_jsonb(NEW) - 'actor') = (to_jsonb(OLD) - 'actor') AND NEW.actor IS NULL
             AND EXISTS (SELECT 1 FROM public.audit_event t JOIN public.audit_event e ON e.id = t.erased_by
               WHERE t.position = OLD.position AND t.actor = 'erased'
                 AND e.unit = public.audit_unit()) THEN
            RETURN NEW;
          END IF;
          RAISE EXCEPTION 'append-only: UPDATE on audit_entry: {_LASTS}' USING ERRCODE = '23514';
        END $$""",
        """CREATE TRIGGER audit_entry_no_update BEFORE UPDATE ON audit_entry
        FOR EACH ROW EXECUTE FUNCTION audit_entry_erase()""",
        # The application's role may not UPDATE events at all: this function, run as its owner, is the one way to erase,
        # and the triggers above hold for it too.
        # It makes commitments and salts itself: whoever calls it says which parts go, and nothing else.
        f"""CREATE FUNCTION audit_erase(at bigint, parts text[], by_event text) RETURNS boolean
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
        DECLARE
          e public.audit_event;
          gone bytea := {_GONE["postgresql"]};
          salts bytea;
          kept bytea;
        BEGIN
          SELECT * INTO e FROM public.audit_event WHERE position = at FOR UPDATE;
          salts := public.audit_salts(e.salt);
          kept := CASE WHEN 'actor' = ANY (parts) THEN gone ELSE substr(salts, 1, 32) END
            || CASE WHEN 'client' = ANY (parts) THEN gone ELSE substr(salts, 33, 32) END
            || CASE WHEN 'metadata' = ANY (parts) THEN gone ELSE substr(salts, 65, 32) END;
          IF kept = salts THEN RETURN false; END IF;
          UPDATE public.audit_event SET
            actor = CASE WHEN 'actor' = ANY (parts) THEN 'erased' ELSE e.actor END,
            actor_id = CASE WHEN 'actor' = ANY (parts) THEN 'erased' ELSE e.actor_id END,
            ip_address = CASE WHEN 'client' = ANY (parts) THEN NULL ELSE e.ip_address END,
            user_agent = CASE WHEN 'client' = ANY (parts) THEN NULL ELSE e.user_agent END,
            details = CASE WHEN 'metadata' = ANY (parts) THEN '{{}}' ELSE e.details END,
            salt = nullif(kept, gone || gone || gone), commitments = public.audit_commitments(e), erased_by = by_event
          WHERE position = at;
          IF 'actor' = ANY (parts) THEN
            UPDATE public.audit_entry SET actor = NULL WHERE position = at;
          END IF;
          RETURN true;
        END $$""",
        "REVOKE ALL ON FUNCTION audit_erase FROM PUBLIC",
        guard.guard_function(LOOKS, unit="public.audit_unit()"),
        *log_rules.postgresql_rules(),
    ]
    refuse = f"EXECUTE FUNCTION audit_refuse('append-only', '{_LASTS}')"
    for table in ("audit_mark", "audit_type", "audit_root", "audit_pending"):
        statements.append(f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} FOR EACH ROW {refuse}")
    for table in _KEPT:
        statements.append(f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} FOR EACH ROW {refuse}")
    for table in (*_KEPT, "audit_pending"):
        statements.append(f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT {refuse}")
    for table, columns in _NO_SAMPLES.items():
        statements += [f"ALTER TABLE {table} ALTER COLUMN {name} SET STATISTICS 0" for name in columns]
    return statements


# The guarded tables as of 0001: name, subject, kind of resource, significant columns, owner.
_JOB = [
    "id",
    "tenant_id",
    "actor",
    "actor_id",
    "request_id",
    "ip_address",
    "user_agent",
    "source",
    "input_uri",
    "output_uri",
    "filename",
    "language",
    "policy_id",
    "policy_version",
    "config",
    "metadata",
    "created_at",
    "max_retries",
    "outcome",
    "completed_at",
    "error_code",
    "error_message",
    "findings_count",
    "report",
    "input_sha256",
    "output_sha256",
    "output_bytes",
    "result_key",
    "purged_at",
]
_KEY = [
    "id",
    "tenant_id",
    "name",
    "key_hash",
    "list_mask",
    "actor_mask",
    "scopes",
    "networks",
    "created_by",
    "created_at",
    "expires_at",
    "revoked_at",
]
_POLICY = ["id", "tenant_id", "version", "is_default", "created_at", "updated_at", "deleted_at"]
_VERSION = ["policy_id", "version", "document", "sealed_salt", "created_at"]
_GUARDED = (
    ("tenant", "id", "tenant", ["id", "plan", "created_at"], "id"),
    ("api_key", "id", "api_key", _KEY, "tenant_id"),
    ("policy", "id", "policy", _POLICY, "tenant_id"),
    ("policy_version", "policy_id", "policy", _VERSION, ""),
    ("job", "id", "job", _JOB, "tenant_id"),
)
