"""The password of an encrypted document, sealed in its job's row until the job ends; the guard learns that column."""

import sqlalchemy as sa
from alembic import op

from expunct_server.db import guard

revision = "0005"
down_revision = "0004"

LOOKS = (  # as of 0003
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


def upgrade() -> None:
    dialect = op.get_bind().dialect.name
    op.add_column("job", sa.Column("sealed_password", sa.LargeBinary(), nullable=True))
    op.execute("DROP TRIGGER job_guard_update" if dialect == "sqlite" else "DROP TRIGGER job_guard_update ON job")
    rules = guard.table_rules(dialect, "job", "id", "job", _SIGNIFICANT, owner="tenant_id", looks=LOOKS)
    for statement in (each for each in rules if " job_guard_update " in each):
        op.execute(statement)


# The significant columns of a job as of this revision.
_SIGNIFICANT = (
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
    "sealed_password",
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
)
