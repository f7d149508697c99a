"""The columns of the frames: those of a trial and its genotype, of the step that made it, and of the step's run."""

from typing import Any

from sqlalchemy import func

from nasbench_pose.store import tables

GENOTYPE_COLUMNS: tuple[Any, ...] = (
    tables.Genotype.key,
    tables.Genotype.text.label("genotype"),
    tables.Genotype.space.label("genotype_space"),
)
EVALUATION_COLUMNS: tuple[Any, ...] = (
    tables.Evaluation.protocol_key.label("protocol"),
    tables.Evaluation.fidelity,
    tables.Evaluation.schedule,
    tables.Evaluation.seed,
    tables.Evaluation.seconds,
    tables.Evaluation.error,
)
RUN_COLUMNS: tuple[Any, ...] = (
    tables.Run.id.label("run"),
    tables.Run.strategy,
    tables.Run.seed.label("run_seed"),
    tables.Run.space,
    tables.Run.fidelity.label("full_fidelity"),
)
STEP_COLUMNS: tuple[Any, ...] = (
    tables.Step.number.label("step"),
    tables.Step.ask_seconds,
    func.coalesce(tables.Step.ask_number, tables.Step.number).label("ask_number"),
    tables.Step.start_seconds,
    tables.Step.end_seconds,
)
COLUMNS = (*RUN_COLUMNS, *STEP_COLUMNS, *GENOTYPE_COLUMNS, *EVALUATION_COLUMNS)
RESERVED_NAMES = frozenset((*(str(column.key) for column in COLUMNS), "label"))
"""Metrics become columns too, so no metric may have one of these names."""
