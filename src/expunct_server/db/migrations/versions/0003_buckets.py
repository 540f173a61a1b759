"""Buckets, connectors, batches and webhooks; writes outside of the server; the folder that publishes the logs.

Events of the new types get numbers; the guard learns which of them tell of no change, and a job's new columns.
"""

import sqlalchemy as sa
from alembic import op

from expunct_server.db import guard

revision = "0003"
down_revision = "0002"

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
_TYPES = (
    "batch: batch.completed batch.created",
    "connector: connector.deleted connector.sync_completed connector.sync_failed connector.sync_scheduled"
    " connector.tested connector.updated",
    "job: job.output_started job.output_unresolved job.output_written",
    "webhook: webhook.created webhook.deleted webhook.disabled webhook.redelivered webhook.updated",
)


def upgrade() -> None:
    dialect = op.get_bind().dialect.name
    _make_small()
    _make_connectors()
    _make_webhooks()
    _widen_jobs()
    for statement in (*_numbered(), *(_sqlite() if dialect == "sqlite" else _postgresql())):
        op.execute(statement)


def _numbered() -> list[str]:
    """Numbers for the new types: else who records the first event of one keeps all others of new types waiting."""
    pairs = [(each, line.split(": ")[0]) for line in _TYPES for each in line.split(": ")[1].split()]
    return [
        f"""INSERT INTO audit_type (number, event_type, resource_type)
            SELECT (SELECT coalesce(max(number), 0) + 1 FROM audit_type), '{each}', '{about}'
            WHERE NOT EXISTS (SELECT 1 FROM audit_type WHERE event_type = '{each}' AND resource_type = '{about}')"""
        for each, about in pairs
    ]


def _sqlite() -> list[str]:
    statements = []
    for table, subject, kind, significant, owner in _GUARDED:
        if table in _OLD:
            statements += [f"DROP TRIGGER {table}_guard_{rule}" for rule in ("insert", "update", "identity", "delete")]
        statements += guard.table_rules("sqlite", table, subject, kind, significant, owner=owner, looks=LOOKS)
    return statements


def _postgresql() -> list[str]:
    statements = [guard.guard_function(LOOKS, unit="public.audit_unit()")]
    for table, subject, kind, significant, owner in _GUARDED:
        rules = guard.table_rules("postgresql", table, subject, kind, significant, owner=owner, looks=LOOKS)
        if table == "job":
            statements.append("DROP TRIGGER job_guard_update ON job")
            rules = [each for each in rules if " job_guard_update " in each]
        statements += rules if table == "job" or table not in _OLD else []
    return statements


def _widen_jobs() -> None:
    op.add_column("job", sa.Column("batch_id", sa.String(length=40), nullable=True))
    op.add_column("job", sa.Column("connector_id", sa.String(length=40), nullable=True))
    op.add_column("job", sa.Column("sync_id", sa.String(length=40), nullable=True))
    op.add_column("job", sa.Column("sealed_query", sa.LargeBinary(), nullable=True))
    op.add_column("job", sa.Column("input_etag", sa.String(length=200), nullable=True))
    op.add_column("job", sa.Column("output_etag", sa.String(length=200), nullable=True))
    op.create_index(
        "ix_job_batch",
        "job",
        ["batch_id", "outcome"],
        unique=False,
        sqlite_where=sa.text("batch_id IS NOT NULL"),
        postgresql_where=sa.text("batch_id IS NOT NULL"),
    )
    op.create_index(
        "ix_job_open",
        "job",
        ["tenant_id", "connector_id"],
        unique=False,
        sqlite_where=sa.text("outcome IS NULL"),
        postgresql_where=sa.text("outcome IS NULL"),
    )
    op.create_index(
        "ix_job_sync",
        "job",
        ["sync_id", "outcome"],
        unique=False,
        sqlite_where=sa.text("sync_id IS NOT NULL"),
        postgresql_where=sa.text("sync_id IS NOT NULL"),
    )


def _make_small() -> None:
    op.create_table(
        "audit_home",
        sa.Column("number", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("home", sa.String(length=64), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_audit_home"),
    )
    op.create_table(
        "deployment",
        sa.Column("number", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("master_check", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_deployment"),
    )
    op.create_table(
        "output_write",
        sa.Column("job_id", sa.String(length=40), nullable=False),
        sa.Column("event_id", sa.String(length=40), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name="fk_output_write_job_id"),
        sa.PrimaryKeyConstraint("job_id", name="pk_output_write"),
    )
    op.create_table(
        "batch",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("completed_at", sa.BigInteger(), nullable=True),
        sa.Column("audit_event_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["audit_event_id", "id"],
            ["audit_event.id", "audit_event.resource_id"],
            name="fk_batch_audit_event_id_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name="fk_batch_tenant_id"),
        sa.PrimaryKeyConstraint("id", name="pk_batch"),
    )
    op.create_index(
        "ix_batch_open",
        "batch",
        ["created_at"],
        unique=False,
        sqlite_where=sa.text("completed_at IS NULL"),
        postgresql_where=sa.text("completed_at IS NULL"),
    )
    op.create_index("ix_batch_tenant_id_created_at_id", "batch", ["tenant_id", "created_at", "id"], unique=False)


def _make_connectors() -> None:
    op.create_table(
        "bucket",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("provider", sa.String(length=16), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("endpoint", sa.String(length=400), nullable=True),
        sa.Column("region", sa.String(length=64), nullable=True),
        sa.Column("credentials", sa.String(length=100), nullable=True),
        sa.Column("sealed_secret", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.Column("audit_event_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["audit_event_id", "id"],
            ["audit_event.id", "audit_event.resource_id"],
            name="fk_bucket_audit_event_id_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name="fk_bucket_tenant_id"),
        sa.PrimaryKeyConstraint("id", name="pk_bucket"),
    )
    op.create_index(
        "ix_bucket_tenant_id_provider_created_at", "bucket", ["tenant_id", "provider", "created_at"], unique=False
    )
    op.create_table(
        "connector",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=True),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("output_prefix", sa.Text(), nullable=False),
        sa.Column("schedule_cron", sa.String(length=100), nullable=True),
        sa.Column("schedule_timezone", sa.String(length=64), nullable=False),
        sa.Column("policy_id", sa.String(length=40), nullable=True),
        sa.Column("language", sa.String(length=20), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("deleted_at", sa.BigInteger(), nullable=True),
        sa.Column("next_run_at", sa.BigInteger(), nullable=True),
        sa.Column("last_sync_at", sa.BigInteger(), nullable=True),
        sa.Column("audit_event_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["audit_event_id", "id"],
            ["audit_event.id", "audit_event.resource_id"],
            name="fk_connector_audit_event_id_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name="fk_connector_tenant_id"),
        sa.PrimaryKeyConstraint("id", name="pk_connector"),
    )
    op.create_index(
        "ix_connector_due",
        "connector",
        ["next_run_at"],
        unique=False,
        sqlite_where=sa.text("next_run_at IS NOT NULL"),
        postgresql_where=sa.text("next_run_at IS NOT NULL"),
    )
    op.create_index(
        "ix_connector_tenant_id_created_at_id", "connector", ["tenant_id", "created_at", "id"], unique=False
    )
    op.create_table(
        "connector_object",
        sa.Column("connector_id", sa.String(length=40), nullable=False),
        sa.Column("key_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("etag_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("job_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["connector_id"], ["connector.id"], name="fk_connector_object_connector_id"),
        sa.PrimaryKeyConstraint("connector_id", "key_hash", name="pk_connector_object"),
    )
    op.create_table(
        "connector_sync",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("connector_id", sa.String(length=40), nullable=False),
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("trigger", sa.String(length=16), nullable=False),
        sa.Column("actor", sa.String(length=128), nullable=True),
        sa.Column("actor_id", sa.String(length=64), nullable=True),
        sa.Column("request_id", sa.String(length=64), nullable=True),
        sa.Column("ip_address", sa.String(length=45), nullable=True),
        sa.Column("user_agent", sa.String(length=256), nullable=True),
        sa.Column("cursor", sa.Text(), nullable=True),
        sa.Column("listed_at", sa.BigInteger(), nullable=True),
        sa.Column("seen", sa.BigInteger(), nullable=False),
        sa.Column("unchanged", sa.BigInteger(), nullable=False),
        sa.Column("skipped", sa.BigInteger(), nullable=False),
        sa.Column("made", sa.BigInteger(), nullable=False),
        sa.Column("expected", sa.BigInteger(), nullable=True),
        sa.Column("progress_pct", sa.SmallInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("lease", sa.String(length=40), nullable=True),
        sa.Column("lease_until", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", sa.BigInteger(), nullable=False),
        sa.Column("trouble_code", sa.String(length=64), nullable=True),
        sa.Column("trouble_message", sa.String(length=500), nullable=True),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("error_code", sa.String(length=64), nullable=True),
        sa.Column("error_message", sa.String(length=500), nullable=True),
        sa.Column("audit_event_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["audit_event_id", "connector_id"],
            ["audit_event.id", "audit_event.resource_id"],
            name="fk_connector_sync_audit_event_id_connector_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(["connector_id"], ["connector.id"], name="fk_connector_sync_connector_id"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name="fk_connector_sync_tenant_id"),
        sa.PrimaryKeyConstraint("id", name="pk_connector_sync"),
    )
    op.create_index(
        "ix_connector_sync_connector_id_created_at_id",
        "connector_sync",
        ["connector_id", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        "uq_connector_sync_open",
        "connector_sync",
        ["connector_id"],
        unique=True,
        sqlite_where=sa.text("outcome IS NULL"),
        postgresql_where=sa.text("outcome IS NULL"),
    )


def _make_webhooks() -> None:
    op.create_table(
        "webhook",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("description", sa.String(length=200), nullable=False),
        sa.Column("event_types", sa.Text(), nullable=False),
        sa.Column("sealed_secret", sa.LargeBinary(), nullable=True),
        sa.Column("sealed_previous_secret", sa.LargeBinary(), nullable=True),
        sa.Column("previous_until", sa.BigInteger(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("disabled_reason", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("deleted_at", sa.BigInteger(), nullable=True),
        sa.Column("cursor", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("failing_since", sa.BigInteger(), nullable=True),
        sa.Column("next_attempt_at", sa.BigInteger(), nullable=False),
        sa.Column("last_success_at", sa.BigInteger(), nullable=True),
        sa.Column("lease", sa.String(length=40), nullable=True),
        sa.Column("lease_until", sa.BigInteger(), nullable=True),
        sa.Column("audit_event_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["audit_event_id", "id"],
            ["audit_event.id", "audit_event.resource_id"],
            name="fk_webhook_audit_event_id_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name="fk_webhook_tenant_id"),
        sa.PrimaryKeyConstraint("id", name="pk_webhook"),
    )
    op.create_index(
        "ix_webhook_active",
        "webhook",
        ["next_attempt_at"],
        unique=False,
        sqlite_where=sa.text("active AND deleted_at IS NULL"),
        postgresql_where=sa.text("active AND deleted_at IS NULL"),
    )
    op.create_index("ix_webhook_tenant_id_created_at_id", "webhook", ["tenant_id", "created_at", "id"], unique=False)
    op.create_table(
        "webhook_delivery",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("webhook_id", sa.String(length=40), nullable=False),
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("event_id", sa.String(length=40), nullable=False),
        sa.Column("event_type", sa.String(length=64), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.Column("status_code", sa.Integer(), nullable=True),
        sa.Column("error_code", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name="fk_webhook_delivery_tenant_id"),
        sa.ForeignKeyConstraint(["webhook_id"], ["webhook.id"], name="fk_webhook_delivery_webhook_id"),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_delivery"),
    )
    op.create_index(
        "ix_webhook_delivery_open",
        "webhook_delivery",
        ["created_at"],
        unique=False,
        sqlite_where=sa.text("outcome IS NULL"),
        postgresql_where=sa.text("outcome IS NULL"),
    )
    op.create_index(
        "ix_webhook_delivery_webhook_id_created_at_id",
        "webhook_delivery",
        ["webhook_id", "created_at", "id"],
        unique=False,
    )


_OLD = ("tenant", "api_key", "policy", "policy_version", "job")
# The guarded tables as of this revision: name, subject, kind of resource, significant columns, owner.
_GUARDED = (
    ("tenant", "id", "tenant", ["id", "plan", "created_at"], "id"),
    (
        "api_key",
        "id",
        "api_key",
        [
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
        ],
        "tenant_id",
    ),
    (
        "policy",
        "id",
        "policy",
        ["id", "tenant_id", "version", "is_default", "created_at", "updated_at", "deleted_at"],
        "tenant_id",
    ),
    ("policy_version", "policy_id", "policy", ["policy_id", "version", "document", "sealed_salt", "created_at"], ""),
    (
        "job",
        "id",
        "job",
        [
            "id",
            "tenant_id",
            "actor",
            "actor_id",
            "request_id",
            "ip_address",
            "user_agent",
            "source",
            "batch_id",
            "connector_id",
            "sync_id",
            "input_uri",
            "sealed_query",
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
            "input_etag",
            "output_etag",
            "result_key",
            "purged_at",
        ],
        "tenant_id",
    ),
    ("batch", "id", "batch", ["id", "tenant_id", "total", "created_at", "completed_at"], "tenant_id"),
    (
        "bucket",
        "id",
        "connector",
        [
            "id",
            "tenant_id",
            "provider",
            "name",
            "endpoint",
            "region",
            "credentials",
            "sealed_secret",
            "created_at",
            "closed_at",
        ],
        "tenant_id",
    ),
    (
        "connector",
        "id",
        "connector",
        [
            "id",
            "tenant_id",
            "name",
            "prefix",
            "output_prefix",
            "schedule_cron",
            "schedule_timezone",
            "policy_id",
            "language",
            "active",
            "created_at",
            "updated_at",
            "deleted_at",
        ],
        "tenant_id",
    ),
    (
        "connector_sync",
        "connector_id",
        "connector",
        [
            "id",
            "connector_id",
            "tenant_id",
            "trigger",
            "created_at",
            "outcome",
            "ended_at",
            "error_code",
            "error_message",
        ],
        "tenant_id",
    ),
    (
        "webhook",
        "id",
        "webhook",
        [
            "id",
            "tenant_id",
            "url",
            "description",
            "event_types",
            "sealed_secret",
            "sealed_previous_secret",
            "previous_until",
            "active",
            "disabled_reason",
            "created_at",
            "updated_at",
            "deleted_at",
        ],
        "tenant_id",
    ),
)
