"""The search loop: ask, look up or measure, store, tell. A stored trial is never measured again."""

import math
from collections.abc import Callable, Generator, Sequence
from time import process_time

from nasbench_pose.errors import InvalidFileError, StoreError
from nasbench_pose.evaluators import Evaluator, Progress, Trial
from nasbench_pose.evaluators.trial import Schedule, check_metrics
from nasbench_pose.genotype import Genotype
from nasbench_pose.objective import Limit, Objective
from nasbench_pose.scalar import whole
from nasbench_pose.search.keeping import Keeper
from nasbench_pose.search.measuring import measure
from nasbench_pose.search.spending import Spending
from nasbench_pose.store import Run, Step, Store
from nasbench_pose.strategies import Checkpointed, Exhausted, Proposal, Strategy
from nasbench_pose.strategies.limits import limited_losses


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

    Raises UnknownNameError, and stores nothing, if a trial lacks one of `metrics`, objectives or limits; StoreError if
    the replayed strategy proposes something else than the run's history; and the errors of `measure`.
    """
    budget = whole(budget, "budget", least=0)
    needed = dict.fromkeys([*(aim.column for aim in run.objectives), *(limit.column for limit in limits), *metrics])
    number = store.run(run, budget=budget)
    spending, done = Spending(), list[Step]()
    for step in store.steps(number)[:budget]:
        if spending.seconds >= seconds:
            return
        spending.add(step)
        done.append(step)
        yield step
    if len(done) == budget or spending.seconds >= seconds:
        return
    _replay(strategy, run, limits, done, store.checkpoint(number))
    saved = strategy if isinstance(strategy, Checkpointed) else None  # asked once: it takes as long as a look-up
    keeper = Keeper(store, number, run, immediate=immediate and saved is None)

    def trial_of(genotype: Genotype, fidelity: int, schedule: Schedule) -> Trial:
        if (found := keeper.find(genotype, fidelity, schedule)) is None:
            started(Trial(genotype, run.protocol, fidelity, run.seed, schedule=schedule))
            found = measure(evaluator, genotype, fidelity=fidelity, seed=run.seed, schedule=schedule, progress=progress)
        check_metrics(found, needed)
        return found

    try:
        while len(done) < budget and spending.seconds < seconds:
            before = process_time()  # core seconds, as those of trainings: waiting on a busy machine is not charged
            proposal = _ask(strategy, run)
            asked = process_time() - before
            trial = trial_of(proposal.genotype, *_level(proposal, run))
            step = keeper.keep(Step(len(done) + 1, trial, asked))
            strategy.tell(proposal, losses(step.trial, run.objectives, limits))
            if saved is not None:
                store.save_checkpoint(number, step.number, saved.checkpoint())
            spending.add(step)
            done.append(step)
            yield step
    except Exhausted:
        return
    finally:
        keeper.flush()


def losses(trial: Trial, objectives: Sequence[Objective], limits: Sequence[Limit] = ()) -> Sequence[float]:
    """Return one loss per objective; the losses of a failed trial are infinite. See `limited_losses` for `limits`.

    >>> trial = Trial(Genotype("x", []), "p", 1, 0, {"val_pckh": 60.0, "macs": 5e6})
    >>> losses(trial, [Objective("val_pckh", maximise=True), Objective("macs")])
    [-60.0, 5000000.0]
    """
    if trial.error is not None:
        return [math.inf] * len(objectives)
    return limited_losses([objective.loss(trial.metrics) for objective in objectives], trial.metrics, limits)


def _replay(
    strategy: Strategy,
    run: Run,
    limits: Sequence[Limit],
    done: list[Step],
    checkpoint: tuple[int, bytes] | None,
) -> None:
    """Restore a new strategy to its state after the steps `done`: from the checkpoint, then by asking and telling."""
    restored = 0
    if checkpoint is not None and isinstance(strategy, Checkpointed) and checkpoint[0] <= len(done):
        restored, state = checkpoint
        strategy.restore(state)
    for step in done[restored:]:
        proposal = _ask_again(strategy, run, step)
        strategy.tell(proposal, losses(step.trial, run.objectives, limits))


def _ask_again(strategy: Strategy, run: Run, step: Step) -> Proposal:
    """Return the proposal of the strategy; raise StoreError if it is not that of `step`."""
    was = _described(step.trial.genotype, step.trial.fidelity, step.trial.schedule)
    try:
        proposal = _ask(strategy, run)
        now = _described(proposal.genotype, *_level(proposal, run))
    except Exhausted:
        now = "nothing more"
    if now == was:
        return proposal
    raise StoreError(
        f"Step {step.number} of this run of {run.strategy!r} (seed {run.seed}) was {was}, but the strategy now "
        f"proposes {now}: its code has changed since, or the machine computes otherwise. A new run needs another "
        "database."
    )


def _ask(strategy: Strategy, run: Run) -> Proposal:
    """Ask for a proposal; raise InvalidFileError for what is none."""
    proposal = strategy.ask()
    if not isinstance(proposal, Proposal):
        raise InvalidFileError(
            f"The strategy {run.strategy!r} proposed {type(proposal).__name__}; ask() returns a Proposal of a "
            "genotype, or raises Exhausted."
        )
    return proposal


def _level(proposal: Proposal, run: Run) -> tuple[int, Schedule]:
    """Return fidelity and schedule of a proposal; a full training is that of the whole schedule."""
    if proposal.fidelity is None or proposal.fidelity == run.fidelity:
        return run.fidelity, "whole"
    return proposal.fidelity, proposal.schedule


def _described(genotype: Genotype, fidelity: int, schedule: Schedule) -> str:
    return f"{genotype.key} with fidelity {fidelity}{' on a schedule of its own' if schedule == 'own' else ''}"
