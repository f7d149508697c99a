"""The first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create every table, each after those it refers to."""
    for create in (_genotype, _protocol, _evaluation, _run, _step, _checkpoint):
        create()


def _genotype() -> None:
    op.create_table(
        "genotype",
        sa.Column("key", sa.String(16), nullable=False),
        sa.Column("space", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_genotype"),
    )
    op.create_index("ix_genotype_space", "genotype", ["space"])


def _protocol() -> None:
    op.create_table(
        "protocol",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("text", sa.String()),
        sa.PrimaryKeyConstraint("key", name="pk_protocol"),
    )


def _evaluation() -> None:
    op.create_table(
        "evaluation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("genotype_key", sa.String(16), nullable=False),
        sa.Column("protocol_key", sa.String(), nullable=False),
        sa.Column("fidelity", sa.BigInteger(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("metrics", sa.JSON(), nullable=False),
        sa.Column("curve", sa.JSON(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("error", sa.String()),
        sa.PrimaryKeyConstraint("id", name="pk_evaluation"),
        sa.ForeignKeyConstraint(["genotype_key"], ["genotype.key"], name="fk_evaluation_genotype_key"),
        sa.ForeignKeyConstraint(["protocol_key"], ["protocol.key"], name="fk_evaluation_protocol_key"),
        sa.UniqueConstraint("genotype_key", "protocol_key", "fidelity", "seed", name="uq_evaluation_genotype_key"),
    )


def _run() -> None:
    op.create_table(
        "run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("identity", sa.String(16), nullable=False),
        sa.Column("strategy", sa.String(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("space", sa.String(), nullable=False),
        sa.Column("space_digest", sa.String(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("protocol_key", sa.String(), nullable=False),
        sa.Column("fidelity", sa.BigInteger(), nullable=False),
        sa.Column("objectives", sa.JSON(), nullable=False),
        sa.Column("budget", sa.Integer(), nullable=False),
        sa.Column("started", sa.String(), nullable=False),
        sa.Column("versions", sa.JSON(), nullable=False),
        sa.Column("machine", sa.JSON(), nullable=False),
        sa.Column("git_commit", sa.String()),
        sa.Column("command", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_run"),
        sa.ForeignKeyConstraint(["protocol_key"], ["protocol.key"], name="fk_run_protocol_key"),
        sa.UniqueConstraint("identity", name="uq_run_identity"),
    )


def _step() -> None:
    op.create_table(
        "step",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("evaluation_id", sa.Integer(), nullable=False),
        sa.Column("ask_seconds", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "number", name="pk_step"),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name="fk_step_run_id"),
        sa.ForeignKeyConstraint(["evaluation_id"], ["evaluation.id"], name="fk_step_evaluation_id"),
    )
    op.create_index("ix_step_evaluation_id", "step", ["evaluation_id"])


def _checkpoint() -> None:
    op.create_table(
        "checkpoint",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", name="pk_checkpoint"),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name="fk_checkpoint_run_id"),
    )
