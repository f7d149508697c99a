"""What a fidelity below the full one may mean to an evaluator."""

from collections.abc import Mapping

from nasbench_pose.evaluators.trial import Evaluator, Schedule

MEANING: Mapping[Schedule, str] = {"whole": "the whole schedule", "own": "a schedule of its own"}
"""What messages call a schedule."""


def schedules_of(evaluator: Evaluator) -> tuple[Schedule, ...]:
    """Return the schedules of partial trainings that an evaluator has."""
    return getattr(evaluator, "schedules", ("whole",))
