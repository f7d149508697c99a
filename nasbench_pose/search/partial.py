"""Whether a measurement has the partial trainings that strategies of several fidelities ask for."""

from collections.abc import Sequence

from nasbench_pose.errors import InvalidFileError, UnknownNameError
from nasbench_pose.evaluators import Evaluator
from nasbench_pose.evaluators.measurement import MeasurementInfo
from nasbench_pose.evaluators.schedules import MEANING, schedules_of
from nasbench_pose.search.jobs import Job
from nasbench_pose.strategies.registry import declaration, default_of


def check_partial_trainings(jobs: Sequence[Job], evaluator: Evaluator, info: MeasurementInfo) -> None:
    """Raise for a strategy whose partial trainings the measurement lacks, or lacks a metric of.

    InvalidFileError names the schedule, UnknownNameError the metric. A measurement of one fidelity has no partial ones.
    """
    if info.fidelities is not None and len(info.fidelities) < 2:
        return
    for job in (job for job in jobs if "fidelities" in declaration(job.strategy).needs):
        schedule = job.settings.get("schedule", default_of(job.strategy, "schedule"))
        known = schedules_of(evaluator)
        if schedule not in known:
            raise InvalidFileError(
                f"{job.label} asks for partial trainings on {MEANING[schedule]}; {info.title} has only "
                f"{' and '.join(MEANING[each] for each in known)}: set its schedule to {known[0]}."
            )
        lacking = [metric for metric in job.metrics if metric not in info.partial_metrics]
        if schedule == "whole" and info.partial_metrics and lacking:
            raise UnknownNameError(
                f"{job.label} compares partial trainings, of which {info.title} has no {lacking[0]!r}; it has "
                f"{', '.join(info.partial_metrics)}. Leave out {lacking[0]} or {job.strategy}."
            )
