"""The search loop: ask, look up or measure, store, tell. A stored trial is never measured again."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from time import perf_counter, process_time
from typing import Any

from nasbench_pose.errors import (
    DataError,
    EvaluatorError,
    InvalidFileError,
    InvalidNumberError,
    MeasurementError,
    NotFiniteError,
    StoreError,
    UnknownNameError,
    one_line,
)
from nasbench_pose.evaluators import Evaluator, Progress, Trial
from nasbench_pose.evaluators.trial import Schedule, check_metrics
from nasbench_pose.genotype import Genotype
from nasbench_pose.metrics import NEVER_NEGATIVE
from nasbench_pose.objective import Objective
from nasbench_pose.scalar import whole
from nasbench_pose.search.spending import Spending
from nasbench_pose.store import Run, Step, Store
from nasbench_pose.strategies import Checkpointed, Exhausted, Proposal, Strategy

USER_ERRORS = (
    DataError,
    EvaluatorError,
    InvalidFileError,
    InvalidNumberError,
    MeasurementError,
    StoreError,
    UnknownNameError,
)
"""Errors that are not the genotype's fault. They are raised: stored, they would fail the genotype for good."""


MEANING: Mapping[Schedule, str] = {"whole": "the whole schedule", "own": "a schedule of its own"}
"""What messages call a schedule."""
OUT_OF_MEMORY = ("out of memory", "not enough memory", "allocate memory")
"""Messages by which a RuntimeError of torch is recognised as lack of memory; torch has no class for it on the CPU."""


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
    started: Callable[[Trial], None] = lambda _: None,
) -> Iterator[Step]:
    """Yield the steps of `run`: first those in the store, then new ones, until there are `budget`,
    or until trainings and asks took `seconds` core seconds (see `Spending`); the last training may take longer.

    `strategy` must be new. If the run has steps, the strategy is restored by replaying them, or from its checkpoint if
    it is `Checkpointed`. Each new trial and its step are stored in one transaction before the next `ask`, so a killed
    process loses at most the current measurement. A measurement that fails is stored as a failed trial with infinite
    losses. The seed of every evaluation is that of the run. `started` is called before each measurement with a trial
    without metrics. The search ends early if the strategy is exhausted.

    Raises UnknownNameError, and stores nothing, if a trial lacks one of `metrics` or of the objectives; StoreError if
    the replayed strategy proposes something else than the run's history; and the errors of `measure`.
    """
    budget = whole(budget, "budget", least=0)
    needed = dict.fromkeys([*(objective.column for objective in run.objectives), *metrics])
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
    _replay(strategy, run, done, store.checkpoint(number))
    saved = strategy if isinstance(strategy, Checkpointed) else None  # asked once: it takes as long as a look-up
    for position in range(len(done) + 1, budget + 1):
        before = process_time()  # core seconds, as those of trainings: waiting on a busy machine is not charged
        try:
            proposal = _ask(strategy, run)
        except Exhausted:
            return
        asked = process_time() - before
        fidelity, schedule = _level(proposal, run)
        found = store.find(proposal.genotype, run.protocol, fidelity, run.seed, schedule)
        if found is None:
            started(Trial(proposal.genotype, run.protocol, fidelity, run.seed, schedule=schedule))
        trial = found or measure(
            evaluator, proposal.genotype, fidelity=fidelity, seed=run.seed, schedule=schedule, progress=progress
        )
        check_metrics(trial, needed)
        trial = store.visit(number, position, trial, asked)
        strategy.tell(proposal, losses(trial, run.objectives))
        if saved is not None:
            store.save_checkpoint(number, position, saved.checkpoint())
        spending.add(step := Step(position, trial, asked))
        yield step
        if spending.seconds >= seconds:
            return


def measure(
    evaluator: Evaluator,
    genotype: Genotype,
    *,
    fidelity: int,
    seed: int,
    schedule: Schedule = "whole",
    progress: Progress | None = None,
) -> Trial:
    """Return the trial of `genotype`. An exception caused by the network becomes the `error` of the trial.

    Other exceptions are raised and nothing is stored, so that the next attempt measures again: MeasurementError if the
    disk, the memory or an import failed, EvaluatorError for an evaluator that returns another trial than requested, and
    the `USER_ERRORS`.
    """
    known: tuple[Schedule, ...] = getattr(evaluator, "schedules", ("whole",))
    full = fidelity == evaluator.full_fidelity
    if not full and schedule not in known:
        raise InvalidFileError(
            f"A fidelity of {fidelity} on {MEANING[schedule]} was asked for; this measurement has only "
            f"{' and '.join(MEANING[each] for each in known)}: set the strategy's schedule to {known[0]}."
        )
    more: Mapping[str, Any] = {} if full or known == ("whole",) else {"schedule": schedule}
    started = perf_counter()

    def failed(error: str) -> Trial:
        spent = perf_counter() - started
        return Trial(genotype, evaluator.protocol_key, fidelity, seed, seconds=spent, error=error, schedule=schedule)

    try:
        trial = evaluator.evaluate(genotype, fidelity=fidelity, seed=seed, progress=progress, **more)
    except NotFiniteError as error:
        return failed(str(error))
    except USER_ERRORS:
        raise
    except Exception as error:
        if _is_machine_failure(error):
            raise MeasurementError(
                f"The measurement of {genotype.text} (seed {seed}) was ended by {one_line(error)}. Nothing of it is "
                "kept: the same command tries it again."
            ) from error
        return failed(one_line(error))
    _check_answer(evaluator, trial, genotype, fidelity, seed, schedule)
    return trial


def _is_machine_failure(error: BaseException) -> bool:
    """Return whether the machine failed, so that the same measurement may succeed elsewhere or later.

    The OutOfMemoryError of an accelerator is recognised by name, without importing torch.
    """
    if isinstance(error, (OSError, MemoryError, ImportError)):
        return True
    if any(kind.__name__ == "OutOfMemoryError" for kind in type(error).__mro__):
        return True
    said = " ".join(str(error).lower().split())
    return isinstance(error, RuntimeError) and any(sign in said for sign in OUT_OF_MEMORY)


def _check_answer(
    evaluator: Evaluator, trial: object, genotype: Genotype, fidelity: int, seed: int, schedule: Schedule
) -> None:
    """Raise EvaluatorError if a trial is not the requested one: it would be stored under a wrong key."""
    if not isinstance(trial, Trial):
        raise EvaluatorError(
            f"The evaluator returned {type(trial).__name__} for {genotype.text}; expected an evaluators.Trial."
        )
    asked = {
        "genotype": genotype.text, "protocol": evaluator.protocol_key, "fidelity": fidelity, "seed": seed,
        "schedule": schedule,
    }  # fmt: skip
    answered = {
        "genotype": trial.genotype.text, "protocol": trial.protocol, "fidelity": trial.fidelity, "seed": trial.seed,
        "schedule": trial.schedule,
    }  # fmt: skip
    for name, value in asked.items():
        if answered[name] != value:
            raise EvaluatorError(
                f"The evaluator was asked for {name} {value!r} of {genotype.text} and answered with {name} "
                f"{answered[name]!r}; it must measure what it is asked for."
            )
    for name, value in trial.metrics.items():
        if value < 0 and name in NEVER_NEGATIVE:
            raise EvaluatorError(f"The evaluator answered with {name} {value:g} for {genotype.text}; it is 0 or more.")


def losses(trial: Trial, objectives: Sequence[Objective]) -> list[float]:
    """Return one loss per objective; the losses of a failed trial are infinite.

    >>> trial = Trial(Genotype("x", []), "p", 1, 0, {"val_pckh": 60.0, "macs": 5e6})
    >>> losses(trial, [Objective("val_pckh", maximise=True), Objective("macs")])
    [-60.0, 5000000.0]
    """
    if trial.error is not None:
        return [math.inf] * len(objectives)
    return [objective.loss(trial.metrics) for objective in objectives]


def _replay(strategy: Strategy, run: Run, done: list[Step], checkpoint: tuple[int, bytes] | None) -> None:
    """Restore a new strategy to its state after the steps `done`: from the checkpoint, then by asking and telling."""
    restored = 0
    if checkpoint is not None and isinstance(strategy, Checkpointed) and checkpoint[0] <= len(done):
        restored, state = checkpoint
        strategy.restore(state)
    for step in done[restored:]:
        proposal = _ask_again(strategy, run, step)
        strategy.tell(proposal, losses(step.trial, run.objectives))


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
