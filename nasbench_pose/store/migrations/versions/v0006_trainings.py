"""Trainings that are under way, with their learning curves so far."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the table of trainings; none is under way yet."""
    op.create_table(
        "training",
        sa.Column("genotype_key", sa.String(16), nullable=False),
        sa.Column("protocol_key", sa.String(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("loss", sa.Double()),
        sa.Column("curve", sa.JSON(), nullable=False),
        sa.Column("seen", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("genotype_key", "protocol_key", "seed", name="pk_training"),
    )
