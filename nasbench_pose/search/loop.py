"""The search loop: ask, look up or measure, store, tell. A stored trial is never measured again."""

import math
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from time import process_time

from nasbench_pose.errors import NasbenchPoseError
from nasbench_pose.evaluators import Evaluator, Progress, Trial
from nasbench_pose.evaluators.trial import Schedule, check_metrics
from nasbench_pose.executors.measuring import measure
from nasbench_pose.genotype import Genotype
from nasbench_pose.objective import Limit
from nasbench_pose.scalar import whole
from nasbench_pose.search.asking import ask, ask_again, level
from nasbench_pose.search.course import Course
from nasbench_pose.search.crews import Crew
from nasbench_pose.search.keeping import Keeper
from nasbench_pose.search.parallel import steps_of_a_crew
from nasbench_pose.store import Run, Step, Store
from nasbench_pose.strategies import Checkpointed, Exhausted, Strategy


def search(
    strategy: Strategy,
    evaluator: Evaluator,
    store: Store,
    run: Run,
    *,
    budget: int,
    seconds: float = math.inf,
    progress: Progress | None = None,
    metrics: Sequence[str] = (),
    limits: Sequence[Limit] = (),
    immediate: bool = False,
    crew: Crew | None = None,
    started: Callable[[Trial], None] = lambda _: None,
) -> Generator[Step, None, None]:
    """Yield the steps of `run`: first those in the store, then new ones, until there are `budget`,
    or until trainings and asks took `seconds` core seconds (see `Spending`); the last training may take longer.

    `strategy` must be new. If the run has steps, the strategy is restored by replaying them, or from its checkpoint if
    it is `Checkpointed`. Each new trial and its step are stored in one transaction before the next `ask`, so a killed
    process loses at most the current measurement. If measurements are `immediate` (look-ups), many steps are stored in
    one transaction, the last of them when the iterator is exhausted or closed. A measurement that fails is stored as a
    failed trial with infinite losses; of a trial beyond `limits` the strategy is told the losses of `limited_losses`.
    The seed of every evaluation is that of the run. `started` is called before each measurement with a trial without
    metrics. The search ends early if the strategy is exhausted.

    With a `crew` of several workers the strategy is asked again before it is told, and steps follow in the order in
    which trainings end. The order of asks and tells is stored, so that an interrupted search goes on as it was. A
    `Checkpointed` strategy has one worker.

    Raises UnknownNameError, and stores nothing, if a trial lacks one of `metrics`, objectives or limits; StoreError if
    the replayed strategy proposes something else than the run's history; and the errors of `measure`.
    """
    budget = whole(budget, "budget", least=0)
    needed = dict.fromkeys([*(aim.column for aim in run.objectives), *(limit.column for limit in limits), *metrics])
    course = Course(run, store.run(run, budget=budget), budget, seconds, tuple(limits))
    for step in store.steps(course.number)[:budget]:
        if course.ended:
            return
        yield course.add(step)
    if course.ended:
        return
    saved = isinstance(strategy, Checkpointed)  # asked once: it takes as long as a look-up
    if saved and crew is not None:
        raise NasbenchPoseError(f"The strategy {run.strategy!r} has checkpoints, so its search has one worker.")
    with closing(Keeper(store, course.number, run, immediate=immediate and not saved)) as keeper:
        if crew is not None:
            asks = store.asks(course.number)
            yield from steps_of_a_crew(strategy, course, crew, keeper, asks, lambda trial: check_metrics(trial, needed))
            return

        def trial_of(genotype: Genotype, fidelity: int, schedule: Schedule) -> Trial:
            if (found := keeper.find(genotype, fidelity, schedule)) is None:
                started(Trial(genotype, run.protocol, fidelity, run.seed, schedule=schedule))
                found = measure(
                    evaluator, genotype, fidelity=fidelity, seed=run.seed, schedule=schedule, progress=progress
                )
            check_metrics(found, needed)
            return found

        _replay(strategy, course, store.checkpoint(course.number) if saved else None)
        yield from _one_by_one(strategy, course, keeper, trial_of, store if saved else None)


def _one_by_one(
    strategy: Strategy,
    course: Course,
    keeper: Keeper,
    trial_of: Callable[[Genotype, int, Schedule], Trial],
    checkpoints: Store | None,
) -> Generator[Step, None, None]:
    """Yield new steps of a search with one worker; the state of its strategy is stored in `checkpoints`."""
    while not course.ended:
        before = process_time()  # core seconds, as those of trainings: waiting on a busy machine is not charged
        try:
            proposal = ask(strategy, course.run)
        except Exhausted:
            return
        asked = process_time() - before
        trial = trial_of(proposal.genotype, *level(proposal, course.run))
        step = keeper.keep(Step(len(course.done) + 1, trial, asked))
        strategy.tell(proposal, course.losses(step.trial))
        if checkpoints is not None:
            assert isinstance(strategy, Checkpointed)
            checkpoints.save_checkpoint(course.number, step.number, strategy.checkpoint())
        yield course.add(step)


def _replay(strategy: Strategy, course: Course, checkpoint: tuple[int, bytes] | None) -> None:
    """Restore a new strategy to its state after the steps so far: from the checkpoint, then by asking and telling."""
    restored = 0
    if checkpoint is not None and checkpoint[0] <= len(course.done):
        restored, state = checkpoint
        assert isinstance(strategy, Checkpointed)
        strategy.restore(state)
    for step in course.done[restored:]:
        was = step.trial
        again = ask_again(strategy, course.run, f"Step {step.number}", was.genotype, was.fidelity, was.schedule)
        strategy.tell(again, course.losses(was))
