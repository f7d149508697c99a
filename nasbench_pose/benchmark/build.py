"""Building a benchmark table: trainings in several processes, appended to the file one by one."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from itertools import islice
from multiprocessing.connection import Connection, wait
from pathlib import Path

import numpy as np

from nasbench_pose.benchmark.description import begun, description
from nasbench_pose.benchmark.plan import Job, Order, Plan, check_size
from nasbench_pose.benchmark.rows import TableFile
from nasbench_pose.errors import NasbenchPoseError
from nasbench_pose.evaluators import Trial
from nasbench_pose.evaluators.training import Training
from nasbench_pose.evaluators.trial import Schedule
from nasbench_pose.executors.processes import start, worker_pool
from nasbench_pose.spaces import SearchSpace


def build_table(
    space: SearchSpace,
    training: Training,
    path: Path,
    *,
    workers: int,
    plan: Plan,
    limit: int | None,
    go_on: Callable[[], bool],
    tell: Callable[[Trial, int], None],
) -> int:
    """Make the trainings that the table at `path` lacks, at most `limit`; return their number.

    No training starts once `go_on()` is false. `tell` is called after each training with the trial and the number of
    trainings left; new results may change that number, since networks near the front are trained with more seeds.
    Raises InvalidFileError for a table of another space or protocol, for a table that was edited or that another
    process writes to, and for a space too large to train; ShapeError for an image size that fits no network.
    """
    check_size(space)
    file = TableFile(path)
    order = Order.of(space, plan, np.random.default_rng(0))
    under_way: set[Job] = set()

    def lacking() -> list[Job]:
        return order.lacking(file.read())

    def following() -> Iterator[Job]:
        while job := next((job for job in lacking() if job not in under_way), None):
            under_way.add(job)
            yield job

    with file.lines.lock():
        evaluator = training()
        evaluator.network(next(space.enumerate()), 0)  # raises for an unsuitable image size, before every training does
        about = begun(file, description(space, evaluator, plan))
        made, most = 0, limit if limit is not None else sys.maxsize
        # The last results may move the front, so that further networks are near it: hence the outer loop.
        while made < most and go_on() and lacking():
            for trial in trained(training, islice(following(), most - made), workers, go_on):
                file.append(trial)
                file.describe(about)
                under_way.remove((trial.genotype, trial.seed))
                made += 1
                tell(trial, min(len(under_way.union(lacking())), most - made))
    return made


def trained(
    training: Training, jobs: Iterator[Job], workers: int, go_on: Callable[[], bool], *, own_steps: int | None = None
) -> Iterator[Trial]:
    """Yield the trials of `jobs` in the order in which they finish, from `workers` single-threaded processes.

    With `own_steps` the trainings have a schedule of their own of so many steps; None: the protocol's.

    Once `go_on()` is false, the running trainings finish and no other starts. Raises NasbenchPoseError if a process
    dies or the data set cannot be loaded. The processes end with the iterator, also if it is closed early.
    """
    with worker_pool() as pool:
        busy: dict[Connection, Job] = {}
        for job in islice(jobs, workers):
            _send(start(pool, partial(_work, training, own_steps)), job, busy)
        while busy:
            for member in [member for member in busy if member in wait(list(busy))]:
                yield _received(member, busy)
                if go_on() and (following := next(jobs, None)) is not None:
                    _send(member, following, busy)


def _send(member: Connection, job: Job, busy: dict[Connection, Job]) -> None:
    busy[member] = job
    member.send(job)


def _received(member: Connection, busy: dict[Connection, Job]) -> Trial:
    genotype, seed = busy.pop(member)
    try:
        answer = member.recv()
    except (EOFError, OSError):
        raise NasbenchPoseError(f"The process that trained {genotype.text} with seed {seed} has died.") from None
    if isinstance(answer, NasbenchPoseError):
        raise answer
    trial: Trial = answer
    return trial


def _work(training: Training, own_steps: int | None, parent: Connection) -> None:
    """Run the trainings that the parent sends, until it closes the connection."""
    try:
        evaluator = training()
        schedule: Schedule = "own" if own_steps else "whole"
        while True:
            genotype, seed = parent.recv()
            steps = own_steps or evaluator.full_fidelity
            trial = evaluator.evaluate(genotype, fidelity=steps, seed=seed, schedule=schedule)
            parent.send(replace(trial, metrics=dict(trial.metrics)))  # a mapping proxy cannot be pickled
    except NasbenchPoseError as error:
        parent.send(error)
    except (EOFError, OSError):
        return
