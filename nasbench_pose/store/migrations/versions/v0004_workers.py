"""Searches with several workers: the order of their asks, and when each step was measured."""

from typing import Any, Literal

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

TURN: tuple[tuple[str, Any], ...] = (
    ("ask_number", sa.Integer()),
    ("start_seconds", sa.Double()),
    ("end_seconds", sa.Double()),
)
"""The new columns of steps, NULL in searches with one worker."""


def upgrade() -> None:
    """Add the columns of steps and the table of asks; the searches so far had one worker."""
    # SQLite would leave the old rows shorter than the new ones, and `db check --salvage` could not tell what they are.
    recreate: Literal["always", "auto"] = "always" if op.get_bind().dialect.name == "sqlite" else "auto"
    with op.batch_alter_table("step", recreate=recreate) as table:
        for name, kind in TURN:
            table.add_column(sa.Column(name, kind))
    op.create_table(
        "ask",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("genotype_key", sa.String(16), nullable=False),
        sa.Column("fidelity", sa.BigInteger(), nullable=False),
        sa.Column("schedule", sa.String(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "number", name="pk_ask"),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name="fk_ask_run_id"),
        sa.ForeignKeyConstraint(["genotype_key"], ["genotype.key"], name="fk_ask_genotype_key"),
    )
