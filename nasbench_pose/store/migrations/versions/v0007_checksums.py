"""Rows have checksums, so that a flipped bit in one of their numbers is noticed."""

import zlib
from typing import Any

import sqlalchemy as sa
from alembic import op

from nasbench_pose.store.checksums import checksum

revision = "0007"
down_revision = "0006"

FACT = "genotype_key, protocol_key, fidelity, seed"
TABLES = {
    "protocol": ('"key"', '"key", text', "protocol"),
    "evaluation": (
        "id", f"{FACT}, CAST(metrics AS TEXT), CAST(curve AS TEXT), seconds, error, schedule", "evaluation"
    ),
    "run": (
        "id",
        "identity, strategy, CAST(settings AS TEXT), space, space_digest, seed, protocol_key, fidelity, "
        "CAST(objectives AS TEXT), budget, started, CAST(versions AS TEXT), CAST(machine AS TEXT), git_commit, "
        "command",
        "run",
    ),
    "step": (
        "run_id, number",
        f"run_id, number, ask_seconds, ask_number, start_seconds, end_seconds, {FACT}, schedule",
        "step LEFT JOIN evaluation ON evaluation.id = step.evaluation_id",
    ),
    "ask": ("run_id, number", "run_id, number, told, genotype_key, fidelity, schedule, seconds", "ask"),
    "checkpoint": ("run_id", "run_id, number, state", "checkpoint"),
}  # fmt: skip
"""Table -> its primary key, the values that its checksum is of, and where they are selected from."""
AT_ONCE = 5_000


def upgrade() -> None:
    """Add a checksum to every row, of what it is now."""
    for name in TABLES:
        op.add_column(name, sa.Column("checksum", sa.BigInteger()))
        _fill(op.get_bind(), name)
        with op.batch_alter_table(name) as table:
            table.alter_column("checksum", existing_type=sa.BigInteger(), nullable=False)


def _fill(connection: sa.Connection, name: str) -> None:
    """Store the checksums of a table, some rows at a time, in the order of the primary key."""
    keys, values, source = TABLES[name]
    places = [f"k{place}" for place, _ in enumerate(keys.split(", "))]
    given = ", ".join(f":{place}" for place in places)
    some = f"SELECT {keys}, {values} FROM {source} {{}} ORDER BY {keys} LIMIT {AT_ONCE}"
    first, more = sa.text(some.format("")), sa.text(some.format(f"WHERE ({keys}) > ({given})"))
    fill = sa.text(f"UPDATE {name} SET checksum = :checksum WHERE ({keys}) = ({given})")
    rows = connection.execute(first).all()
    while rows:
        parts = [(dict(zip(places, row, strict=False)), row[len(places) :]) for row in rows]
        connection.execute(fill, [key | {"checksum": checksum(*map(_plain, row))} for key, row in parts])
        rows = connection.execute(more, parts[-1][0]).all()


def _plain(value: Any) -> Any:
    return zlib.crc32(value) if isinstance(value, bytes | memoryview) else value
