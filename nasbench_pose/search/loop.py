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
from nasbench_pose.search.states import States
from nasbench_pose.store import Run, Step, Store
from nasbench_pose.strategies import Checkpointed, Exhausted, Proposal, Strategy


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
    checkpoint_minutes: float = 10.0,
    started: Callable[[Trial], None] = lambda _: None,
) -> Generator[Step, None, None]:
    """Yield the steps of `run`: first those in the store, then new ones, until there are `budget`,
    or until trainings and asks took `seconds` core seconds (see `Spending`); the last training may take longer.

    `strategy` must be new. If the run has steps, the strategy is restored by replaying them, or from its checkpoint if
    it is `Checkpointed`. Each new trial and its step are stored in one transaction before the next `ask`, so a killed
    process loses at most the current measurement, and of a long ask (see `Interruptible`) the `checkpoint_minutes`
    since its last checkpoint. If measurements are `immediate` (look-ups), many steps are stored in
    one transaction, the last of them when the iterator is exhausted or closed. A measurement that fails is stored as a
    failed trial with infinite losses; of a trial beyond `limits` the strategy is told the losses of `limited_losses`.
    The seed of every evaluation is that of the run. `started` is called before each measurement with a trial without
    metrics. The search ends early if the strategy is exhausted.

    With a `crew` of several workers the strategy is asked again before it is told, and steps follow in the order in
    which trainings end. The order of asks and tells is stored, so that an interrupted search goes on as it was. A
    `Checkpointed` strategy has one worker.

    Raises StoppedError after a signal during an ask (see `States`); UnknownNameError, and stores nothing, if a trial
    lacks one of `metrics`, objectives or limits; StoreError if the replayed strategy proposes something else than the
    run's history; and the errors of `measure`.
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
    saved = isinstance(strategy, Checkpointed)
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

        states = None
        if isinstance(strategy, Checkpointed):
            states = States(strategy, store, course.number, run, checkpoint_minutes)
        _replay(strategy, course, states)
        yield from _one_by_one(strategy, course, keeper, trial_of, states)


def _one_by_one(
    strategy: Strategy,
    course: Course,
    keeper: Keeper,
    trial_of: Callable[[Genotype, int, Schedule], Trial],
    states: States | None,
) -> Generator[Step, None, None]:
    """Yield new steps of a search with one worker; `states` saves the state of its strategy."""
    while not course.ended:
        try:
            proposal, asked = _timed_ask(strategy, course, states)
        except Exhausted:
            return
        trial = trial_of(proposal.genotype, *level(proposal, course.run))
        step = keeper.keep(Step(len(course.done) + 1, trial, asked))
        strategy.tell(proposal, course.losses(step.trial))
        if states is not None:
            states.save(step.number)
        yield course.add(step)


def _timed_ask(strategy: Strategy, course: Course, states: States | None) -> tuple[Proposal, float]:
    """Return the next proposal and its core seconds: as of trainings, waiting on a busy machine is not charged."""
    if states is not None:
        with states.during_ask(len(course.done)) as seconds:
            return ask(strategy, course.run), seconds()
    before = process_time()
    return ask(strategy, course.run), process_time() - before


def _replay(strategy: Strategy, course: Course, states: States | None) -> None:
    """Restore a new strategy to its state after the steps so far: from its checkpoint, then by asking and telling."""
    restored = 0 if states is None else states.restore(len(course.done))
    for step in course.done[restored:]:
        was = step.trial
        again = ask_again(strategy, course.run, f"Step {step.number}", was.genotype, was.fidelity, was.schedule)
        strategy.tell(again, course.losses(was))
