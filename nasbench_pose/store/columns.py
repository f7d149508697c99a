"""The columns of the frames: those of a trial, and those of the step of a run that made it."""

from typing import Any

from sqlalchemy import func

from nasbench_pose.store import tables

EVALUATION_COLUMNS: tuple[Any, ...] = (
    tables.Genotype.key,
    tables.Genotype.text.label("genotype"),
    tables.Genotype.space.label("genotype_space"),
    tables.Evaluation.protocol_key.label("protocol"),
    tables.Evaluation.fidelity,
    tables.Evaluation.schedule,
    tables.Evaluation.seed,
    tables.Evaluation.seconds,
    tables.Evaluation.error,
)
STEP_COLUMNS: tuple[Any, ...] = (
    tables.Run.id.label("run"),
    tables.Run.strategy,
    tables.Run.seed.label("run_seed"),
    tables.Run.space,
    tables.Run.fidelity.label("full_fidelity"),
    tables.Step.number.label("step"),
    tables.Step.ask_seconds,
    func.coalesce(tables.Step.ask_number, tables.Step.number).label("ask_number"),
    tables.Step.start_seconds,
    tables.Step.end_seconds,
)
RESERVED_NAMES = frozenset((*(str(column.key) for column in (*EVALUATION_COLUMNS, *STEP_COLUMNS)), "label"))
"""Metrics become columns too, so no metric may have one of these names."""
