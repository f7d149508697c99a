"""Proposals that workers on other machines measure: the trials that searches wait for, and who is at work on them."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the table of proposals; nothing waits in it yet."""
    op.create_table(
        "proposal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("genotype_key", sa.String(16), nullable=False),
        sa.Column("protocol_key", sa.String(), nullable=False),
        sa.Column("fidelity", sa.BigInteger(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("schedule", sa.String(), nullable=False),
        sa.Column("call", sa.LargeBinary(), nullable=False),
        sa.Column("versions", sa.String(), nullable=False),
        sa.Column("lease_seconds", sa.Double(), nullable=False),
        sa.Column("owner", sa.String()),
        sa.Column("beat", sa.Integer(), nullable=False),
        sa.Column("error", sa.LargeBinary()),
        sa.PrimaryKeyConstraint("id", name="pk_proposal"),
        sa.UniqueConstraint(
            "genotype_key", "protocol_key", "fidelity", "seed", "schedule", name="uq_proposal_genotype_key"
        ),
    )
