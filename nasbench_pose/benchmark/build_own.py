"""Building the trainings on schedules of their own, beside a table: every genotype with each number of steps."""

import sys
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np

from nasbench_pose.benchmark.build import trained
from nasbench_pose.benchmark.description import begun, description
from nasbench_pose.benchmark.plan import Job, Plan, check_size, drawn
from nasbench_pose.benchmark.rows import OwnScheduleFile
from nasbench_pose.errors import InvalidFileError
from nasbench_pose.evaluators import Trial
from nasbench_pose.evaluators.training import Training
from nasbench_pose.spaces import SearchSpace


def build_own(
    space: SearchSpace,
    training: Training,
    path: Path,
    lengths: Sequence[int],
    *,
    workers: int,
    limit: int | None,
    go_on: Callable[[], bool],
    tell: Callable[[Trial, int], None],
) -> int:
    """Train every genotype of a space with seed 0 and each of `lengths` steps; return the number of trainings made.

    The rows are in the file beside the table at `path`, which need not exist; trainings that it has are not made again.
    The lengths are built one after the other, each in random order, so an unfinished file is a random sample. Raises
    InvalidFileError for a length that is not below the protocol's, and the errors of `build_table`.
    """
    check_size(space)
    file = OwnScheduleFile.beside(path)
    order = [(genotype, 0) for genotype in drawn(space, 0, np.random.default_rng(0))[0]]
    with file.lines.lock():
        evaluator = training()
        if wrong := [steps for steps in lengths if not 0 < steps < evaluator.full_fidelity]:
            raise InvalidFileError(
                f"A schedule of its own of {wrong[0]} steps: the whole one has {evaluator.full_fidelity}; use fewer."
            )
        about = begun(file, description(space, evaluator, Plan(1, 0), made_by=file.WRITTEN_BY))
        done = set(file.read()[["genotype", "seed", "steps"]].itertuples(index=False, name=None))
        lacking = {n: [job for job in order if (job[0].text, job[1], n) not in done] for n in sorted(set(lengths))}
        left, made = min(sum(map(len, lacking.values())), limit if limit is not None else sys.maxsize), 0
        for trial in _each(training, lacking, left, workers, go_on):
            file.append(trial)
            file.describe(about)
            made += 1
            tell(trial, left - made)
    return made


def _each(
    training: Training, lacking: dict[int, list[Job]], most: int, workers: int, go_on: Callable[[], bool]
) -> Iterator[Trial]:
    """Yield at most `most` trials, the shortest first."""
    for steps, jobs in lacking.items():
        part = list(islice(jobs, most))
        most -= len(part)
        if part and go_on():
            yield from trained(training, iter(part), workers, go_on, own_steps=steps)
