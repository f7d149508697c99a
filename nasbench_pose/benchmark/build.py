"""Making a benchmark table: trainings in several processes, kept one by one."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from itertools import islice
from multiprocessing.connection import Connection, wait
from pathlib import Path

import numpy as np

from nasbench_pose.benchmark.description import continued, description, extended
from nasbench_pose.benchmark.plan import Job, Order, Plan, check_size
from nasbench_pose.benchmark.rows import TableFile
from nasbench_pose.errors import NasbenchPoseError
from nasbench_pose.evaluators import Trial
from nasbench_pose.evaluators.training import Training
from nasbench_pose.search.processes import start, worker_pool
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
    """Add to the table at `path` what it lacks and return how many trainings were made.

    At most `limit`, and none is begun when `go_on()` no longer says so; `tell` hears of each one and of how many are
    still to come by what is near the front then. Raises InvalidFileError for a table of another space or protocol, one
    that was edited or that another process is adding to, and for a space too large to train; ShapeError for pictures
    that fit no network.
    """
    check_size(space)
    file = TableFile(path)

    order = Order.of(space, plan, np.random.default_rng(0))
    under_way: set[Job] = set()

    def lacking() -> list[Job]:
        return order.lacking(file.read())

    def begun() -> Iterator[Job]:
        while job := next((job for job in lacking() if job not in under_way), None):
            under_way.add(job)
            yield job

    with file.lines.lock():
        evaluator = training()
        evaluator.network(next(space.enumerate()), 0)  # pictures that fit no network are no reason for a failure each
        about = description(space, evaluator, plan)
        known = continued(file, about)
        file.begin()
        file.describe(known)
        about, made, most = extended(known, about), 0, limit if limit is not None else sys.maxsize
        # What ends last may move the front when nobody is left to ask what is near it now: then others are asked.
        while made < most and go_on() and lacking():
            for trial in trained(training, islice(begun(), most - made), workers, go_on):
                file.append(trial)
                file.describe(about)
                under_way.remove((trial.genotype, trial.seed))
                made += 1
                tell(trial, min(len(under_way.union(lacking())), most - made))
    return made


def trained(training: Training, jobs: Iterator[Job], workers: int, go_on: Callable[[], bool]) -> Iterator[Trial]:
    """Yield the trials of `jobs` as they end, from `workers` processes of one thread each, while `go_on()`.

    When it no longer says so, what is under way is finished and nothing else begun. Raises NasbenchPoseError if a
    process dies or the people cannot be loaded; the processes end with the iterator, whatever happens.
    """
    with worker_pool() as pool:
        busy: dict[Connection, Job] = {}
        for job in islice(jobs, workers):
            _send(start(pool, partial(_work, training)), job, busy)
        while busy:
            for member in [member for member in busy if member in wait(list(busy))]:
                yield _heard(member, busy)
                if go_on() and (following := next(jobs, None)) is not None:
                    _send(member, following, busy)


def _send(member: Connection, job: Job, busy: dict[Connection, Job]) -> None:
    busy[member] = job
    member.send(job)


def _heard(member: Connection, busy: dict[Connection, Job]) -> Trial:
    genotype, seed = busy.pop(member)
    try:
        answer = member.recv()
    except (EOFError, OSError):
        raise NasbenchPoseError(f"The process that trained {genotype.text} with seed {seed} has died.") from None
    if isinstance(answer, NasbenchPoseError):
        raise answer
    trial: Trial = answer
    return trial


def _work(training: Training, parent: Connection) -> None:
    """Train what comes, until nobody sends any more."""
    try:
        evaluator = training()
        while True:
            genotype, seed = parent.recv()
            trial = evaluator.evaluate(genotype, fidelity=evaluator.full_fidelity, seed=seed)
            parent.send(replace(trial, metrics=dict(trial.metrics)))  # a view of a mapping cannot be sent
    except NasbenchPoseError as error:
        parent.send(error)
    except (EOFError, OSError):
        return
