"""One job of a comparison: a strategy with a seed, run to its budget in whatever process."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from nasbench_pose.evaluators import Evaluator, Progress, Trial
from nasbench_pose.objective import Objective
from nasbench_pose.search.loop import search
from nasbench_pose.spaces import SearchSpace
from nasbench_pose.store import Run, Store
from nasbench_pose.strategies import make
from nasbench_pose.strategies.registry import accepts

BASELINES = "baselines"
"""The strategy that measures a space's hand-made neighbours; every comparison runs it."""


@dataclass(frozen=True)
class Job:
    """What a worker needs to know; it can be pickled."""

    space: SearchSpace
    strategy: str
    seed: int
    budget: int
    store: str
    """URL of the database."""
    make_evaluator: Callable[[], Evaluator]
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Of the strategy."""
    data: str = "synthetic"
    """The people a strategy that trains may train on."""
    objectives: tuple[Objective, ...] = (Objective("val_pckh", maximise=True), Objective("macs"))

    @property
    def name(self) -> str:
        """What a progress bar calls it."""
        return f"{self.strategy}, seed {self.seed}"

    def run(self, evaluator: Evaluator) -> Run:
        """Return what the database calls this job, measured by `evaluator`."""
        return Run(
            strategy=self.strategy,
            space=self.space.name,
            space_digest=self.space.digest,
            seed=self.seed,
            protocol=evaluator.protocol_key,
            fidelity=evaluator.full_fidelity,
            settings=self.settings,
            objectives=self.objectives,
            protocol_text=evaluator.protocol_text,
        )


@dataclass(frozen=True)
class Event:
    """What a job has to tell: a training step, a finished trial, or that it has ended."""

    job: str
    steps: tuple[int, int] | None = None
    """(training steps done, in all) of the trial under way."""
    trials: int | None = None
    """Trials finished so far."""
    trial: Trial | None = None
    ended: bool = False
    error: str | None = None
    """Why it failed, in one line; None if it did not."""
    details: str = ""
    """The traceback of a failure that nobody foresaw."""


def work(job: Job, tell: Callable[[Event], None]) -> None:
    """Run `job` to its end, telling of every step."""
    evaluator = job.make_evaluator()
    # What a strategy trains on follows from the protocol, which is part of the run; only the folder may differ. Where
    # trainings are looked up, it is the protocol by which they were made.
    context = {"protocol": getattr(evaluator, "training_text", evaluator.protocol_text), "data": job.data}
    taken = {name: value for name, value in context.items() if accepts(job.strategy, name)}
    strategy = make(job.strategy, job.space, job.seed, {**taken, **job.settings})
    with Store(job.store) as store:
        run = job.run(evaluator)
        steps = search(strategy, evaluator, store, run, budget=job.budget, progress=_telling(job, tell))
        for count, step in enumerate(steps, start=1):
            tell(Event(job.name, trials=count, trial=step.trial))


def _telling(job: Job, tell: Callable[[Event], None]) -> Progress:
    def progress(done: int, total: int) -> None:
        if done % 10 == 0 or done == total:
            tell(Event(job.name, steps=(done, total)))

    return progress
