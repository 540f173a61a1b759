"""What made-up values stand for, sealed; events of their being undone get numbers."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_TYPES = ("pseudonym.forgotten", "pseudonym.reveal_refused", "pseudonym.revealed")


def upgrade() -> None:
    op.create_table(
        "pseudonym",
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(length=16), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=16), nullable=False),
        sa.Column("entity_type", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("first_seen", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name="fk_pseudonym_tenant_id"),
        sa.PrimaryKeyConstraint("tenant_id", "fingerprint", "digest", name="pk_pseudonym"),
    )
    for name in _TYPES:  # else who records the first event of one keeps all others of new types waiting
        op.execute(
            f"""INSERT INTO audit_type (number, event_type, resource_type)
            SELECT (SELECT coalesce(max(number), 0) + 1 FROM audit_type), '{name}', 'pseudonym'
            WHERE NOT EXISTS (SELECT 1 FROM audit_type WHERE event_type = '{name}' AND resource_type = 'pseudonym')"""
        )
