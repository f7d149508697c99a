"""Trials say what their fidelity means: a point of a whole schedule, or a schedule of its own."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

NAME = "uq_evaluation_genotype_key"
KEY = ["genotype_key", "protocol_key", "fidelity", "seed"]


def upgrade() -> None:
    """Add the schedule to what identifies a trial. So far shorter trainings ran a schedule of their own."""
    with op.batch_alter_table("evaluation") as table:
        table.add_column(sa.Column("schedule", sa.String(), nullable=False, server_default="whole"))
        table.drop_constraint(NAME, type_="unique")
        table.create_unique_constraint(NAME, [*KEY, "schedule"])
    connection = op.get_bind()
    for key, protocol in connection.execute(sa.text('SELECT "key", text FROM protocol WHERE text IS NOT NULL')).all():
        if (steps := full_steps(protocol)) is not None:
            own = "UPDATE evaluation SET schedule = 'own' WHERE protocol_key = :key AND fidelity <> :steps"
            connection.execute(sa.text(own), {"key": key, "steps": steps})


def full_steps(protocol: str) -> int | None:
    """Return the steps of a full training, of a network or of a supernet; None for any other measurement.

    >>> full_steps('{"steps":800}'), full_steps('{"combined":[{"one_shot":"sandwich","protocol":{"steps":400}},{}]}')
    (800, 400)
    >>> full_steps('{"table":"t","protocol":{"steps":800}}')
    """
    try:
        about = json.loads(protocol)
    except json.JSONDecodeError:  # a plug-in's protocol may be any text
        return None
    if isinstance(about, dict) and isinstance(about.get("combined"), list) and about["combined"]:
        about = about["combined"][0]
    if isinstance(about, dict) and "one_shot" in about:
        about = about.get("protocol")
    steps = about.get("steps") if isinstance(about, dict) else None
    return steps if isinstance(steps, int) else None
