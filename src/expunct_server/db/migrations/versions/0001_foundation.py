"""The first schema: the log, tenants, keys, policies, jobs, and the guard over them."""

import sqlalchemy as sa
from alembic import op

from expunct_server.db import guard

revision = "0001"
down_revision = None


def upgrade() -> None:
    dialect = op.get_bind().dialect.name
    # SQLite stamps by this default, PostgreSQL by a trigger; see db.guard.
    stamp = sa.text("(audit_unit())") if dialect == "sqlite" else None
    op.create_table(
        "audit_event",
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("event_type", sa.String(length=64), nullable=False),
        sa.Column("resource_type", sa.String(length=32), nullable=False),
        sa.Column("resource_id", sa.String(length=128), nullable=False),
        sa.Column("actor", sa.String(length=128), nullable=False),
        sa.Column("actor_id", sa.String(length=64), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("is_truncated", sa.Boolean(), nullable=False),
        sa.Column("schema_version", sa.SmallInteger(), nullable=False),
        sa.Column("request_id", sa.String(length=64), nullable=True),
        sa.Column("ip_address", sa.String(length=45), nullable=True),
        sa.Column("user_agent", sa.String(length=256), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("unit", sa.BigInteger(), server_default=stamp, nullable=False),
        sa.PrimaryKeyConstraint("position", name="pk_audit_event"),
        sa.UniqueConstraint("id", "resource_id", name="uq_audit_event_id_resource_id"),
        sa.UniqueConstraint("id", name="uq_audit_event_id"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_audit_event_actor",
        "audit_event",
        ["tenant_id", "actor", "position", "event_type", "resource_type"],
        unique=False,
    )
    op.create_index("ix_audit_event_order", "audit_event", ["tenant_id", "position"], unique=False)
    op.create_index(
        "ix_audit_event_resource",
        "audit_event",
        ["tenant_id", "resource_type", "resource_id", "position"],
        unique=False,
    )
    op.create_index("ix_audit_event_time", "audit_event", ["tenant_id", "created_at"], unique=False)
    op.create_index(
        "ix_audit_event_type",
        "audit_event",
        ["tenant_id", "event_type", "position", "resource_type", "actor"],
        unique=False,
    )
    op.create_table(
        "idempotent_answer",
        sa.Column("key_id", sa.String(length=40), nullable=False),
        sa.Column("idempotency_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("request_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("status", sa.BigInteger(), nullable=False),
        sa.Column("sealed_body", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key_id", "idempotency_hash", name="pk_idempotent_answer"),
    )
    op.create_index("ix_idempotent_answer_created_at", "idempotent_answer", ["created_at"], unique=False)
    op.create_table(
        "rate_window",
        sa.Column("key_id", sa.String(length=40), nullable=False),
        sa.Column("minute", sa.BigInteger(), nullable=False),
        sa.Column("used", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key_id", "minute", name="pk_rate_window"),
    )
    op.create_table(
        "worker_process",
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("version", sa.String(length=40), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("heartbeat_at", sa.BigInteger(), nullable=False),
        sa.Column("stopped_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_worker_process"),
    )
    op.create_table(
        "tenant",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("plan", sa.String(length=16), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("audit_event_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["audit_event_id", "id"],
            ["audit_event.id", "audit_event.resource_id"],
            name="fk_tenant_audit_event_id_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name="pk_tenant"),
    )
    op.create_table(
        "api_key",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("key_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("list_mask", sa.String(length=24), nullable=False),
        sa.Column("actor_mask", sa.String(length=24), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("networks", sa.Text(), nullable=False),
        sa.Column("created_by", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.Column("last_used_at", sa.BigInteger(), nullable=True),
        sa.Column("usage_count", sa.BigInteger(), nullable=False),
        sa.Column("audit_event_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["audit_event_id", "id"],
            ["audit_event.id", "audit_event.resource_id"],
            name="fk_api_key_audit_event_id_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name="fk_api_key_tenant_id"),
        sa.PrimaryKeyConstraint("id", name="pk_api_key"),
        sa.UniqueConstraint("key_hash", name="uq_api_key_key_hash"),
    )
    op.create_index("ix_api_key_tenant_id_created_at", "api_key", ["tenant_id", "created_at"], unique=False)
    op.create_table(
        "job",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("actor", sa.String(length=128), nullable=False),
        sa.Column("actor_id", sa.String(length=64), nullable=False),
        sa.Column("request_id", sa.String(length=64), nullable=True),
        sa.Column("ip_address", sa.String(length=45), nullable=True),
        sa.Column("user_agent", sa.String(length=256), nullable=True),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("input_uri", sa.Text(), nullable=False),
        sa.Column("output_uri", sa.Text(), nullable=True),
        sa.Column("filename", sa.String(length=255), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=True),
        sa.Column("language", sa.String(length=20), nullable=False),
        sa.Column("policy_id", sa.String(length=40), nullable=True),
        sa.Column("policy_version", sa.Integer(), nullable=True),
        sa.Column("config", sa.Text(), nullable=False),
        sa.Column("metadata", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=True),
        sa.Column("progress_pct", sa.Integer(), nullable=False),
        sa.Column("retry_count", sa.Integer(), nullable=False),
        sa.Column("max_retries", sa.Integer(), nullable=False),
        sa.Column("runner", sa.String(length=200), nullable=True),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.Column("completed_at", sa.BigInteger(), nullable=True),
        sa.Column("error_code", sa.String(length=64), nullable=True),
        sa.Column("error_message", sa.String(length=500), nullable=True),
        sa.Column("findings_count", sa.Integer(), nullable=False),
        sa.Column("report", sa.Text(), nullable=True),
        sa.Column("input_sha256", sa.String(length=64), nullable=True),
        sa.Column("output_sha256", sa.String(length=64), nullable=True),
        sa.Column("output_bytes", sa.BigInteger(), nullable=True),
        sa.Column("result_key", sa.String(length=200), nullable=True),
        sa.Column("purged_at", sa.BigInteger(), nullable=True),
        sa.Column("audit_event_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["audit_event_id", "id"],
            ["audit_event.id", "audit_event.resource_id"],
            name="fk_job_audit_event_id_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name="fk_job_tenant_id"),
        sa.PrimaryKeyConstraint("id", name="pk_job"),
    )
    op.create_index("ix_job_tenant_id_created_at_id", "job", ["tenant_id", "created_at", "id"], unique=False)
    op.create_index("ix_job_tenant_id_outcome_created_at", "job", ["tenant_id", "outcome", "created_at"], unique=False)
    op.create_table(
        "policy",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("deleted_at", sa.BigInteger(), nullable=True),
        sa.Column("audit_event_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["audit_event_id", "id"],
            ["audit_event.id", "audit_event.resource_id"],
            name="fk_policy_audit_event_id_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name="fk_policy_tenant_id"),
        sa.PrimaryKeyConstraint("id", name="pk_policy"),
    )
    op.create_index("ix_policy_tenant_id_created_at", "policy", ["tenant_id", "created_at"], unique=False)
    op.create_index(
        "uq_policy_default",
        "policy",
        ["tenant_id"],
        unique=True,
        sqlite_where=sa.text("is_default AND deleted_at IS NULL"),
        postgresql_where=sa.text("is_default AND deleted_at IS NULL"),
    )
    op.create_table(
        "job_finding",
        sa.Column("job_id", sa.String(length=40), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("entity_type", sa.String(length=64), nullable=False),
        sa.Column("span_start", sa.BigInteger(), nullable=False),
        sa.Column("span_end", sa.BigInteger(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("recognizer", sa.String(length=128), nullable=False),
        sa.Column("check_passed", sa.String(length=64), nullable=True),
        sa.Column("location", sa.Text(), nullable=True),
        sa.Column("masked", sa.Text(), nullable=False),
        sa.Column("redacted", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name="fk_job_finding_job_id"),
        sa.PrimaryKeyConstraint("job_id", "ordinal", name="pk_job_finding"),
    )
    op.create_table(
        "policy_version",
        sa.Column("policy_id", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("sealed_salt", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("audit_event_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["audit_event_id", "policy_id"],
            ["audit_event.id", "audit_event.resource_id"],
            name="fk_policy_version_audit_event_id_policy_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(["policy_id"], ["policy.id"], name="fk_policy_version_policy_id"),
        sa.PrimaryKeyConstraint("policy_id", "version", name="pk_policy_version"),
    )

    for statement in (*guard.event_rules(dialect), *_guards(dialect)):
        op.execute(statement)


def _guards(dialect: str) -> list[str]:
    return [
        *guard.table_rules(dialect, "tenant", "id", "tenant", TENANT, owner="id", looks=LOOKS),
        *guard.table_rules(dialect, "api_key", "id", "api_key", API_KEY, looks=LOOKS),
        *guard.table_rules(dialect, "policy", "id", "policy", POLICY, looks=LOOKS),
        *guard.table_rules(dialect, "policy_version", "policy_id", "policy", POLICY_VERSION, owner="", looks=LOOKS),
        *guard.immutable_rules(dialect, "policy_version"),
        *guard.table_rules(dialect, "job", "id", "job", JOB, looks=LOOKS),
    ]


LOOKS = guard.LOOKS_0001

# Significant columns as of this revision.
JOB = (
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
)
POLICY = ("id", "tenant_id", "version", "is_default", "created_at", "updated_at", "deleted_at")
TENANT = ("id", "plan", "created_at")
API_KEY = (
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
)
POLICY_VERSION = ("policy_id", "version", "document", "sealed_salt", "created_at")
