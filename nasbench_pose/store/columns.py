"""The columns that every frame has: what it says of a fact, and of the step that visited it."""

from typing import Any

from nasbench_pose.store import tables

FACT: tuple[Any, ...] = (
    tables.Genotype.key,
    tables.Genotype.text.label("genotype"),
    tables.Genotype.space.label("genotype_space"),
    tables.Evaluation.protocol_key.label("protocol"),
    tables.Evaluation.fidelity,
    tables.Evaluation.seed,
    tables.Evaluation.seconds,
    tables.Evaluation.error,
)
STEP: tuple[Any, ...] = (
    tables.Run.id.label("run"),
    tables.Run.strategy,
    tables.Run.seed.label("run_seed"),
    tables.Run.space,
    tables.Run.fidelity.label("full_fidelity"),
    tables.Step.number.label("step"),
    tables.Step.ask_seconds,
)
NAMES = frozenset((*(str(column.key) for column in (*FACT, *STEP)), "label"))
"""Metrics become columns too, so none may have one of these names."""
