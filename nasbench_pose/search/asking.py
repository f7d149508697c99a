"""What a strategy proposes, checked and compared with what it proposed before; and the losses it is told."""

import math
from collections.abc import Sequence

from nasbench_pose.errors import InvalidFileError, StoreError
from nasbench_pose.evaluators.trial import Schedule, Trial
from nasbench_pose.genotype import Genotype
from nasbench_pose.objective import Limit, Objective
from nasbench_pose.store import Run
from nasbench_pose.strategies import Exhausted, Proposal, Strategy
from nasbench_pose.strategies.limits import limited_losses


def ask(strategy: Strategy, run: Run) -> Proposal:
    """Ask for a proposal; raise InvalidFileError for what is none."""
    proposal = strategy.ask()
    if not isinstance(proposal, Proposal):
        raise InvalidFileError(
            f"The strategy {run.strategy!r} proposed {type(proposal).__name__}; ask() returns a Proposal of a "
            "genotype, or raises Exhausted."
        )
    return proposal


def ask_again(
    strategy: Strategy, run: Run, name: str, genotype: Genotype, fidelity: int, schedule: Schedule
) -> Proposal:
    """Return the next proposal; raise StoreError if it is not what the run's history has under the name `name`."""
    was = _described(genotype, fidelity, schedule)
    try:
        proposal = ask(strategy, run)
        now = _described(proposal.genotype, *level(proposal, run))
    except Exhausted:
        now = "nothing more"
    if now == was:
        return proposal
    raise StoreError(
        f"{name} of this run of {run.strategy!r} (seed {run.seed}) was {was}, but the strategy now "
        f"proposes {now}: its code has changed since, or the machine computes otherwise. A new run needs another "
        "database."
    )


def level(proposal: Proposal, run: Run) -> tuple[int, Schedule]:
    """Return fidelity and schedule of a proposal; a full training is that of the whole schedule."""
    if proposal.fidelity is None or proposal.fidelity == run.fidelity:
        return run.fidelity, "whole"
    return proposal.fidelity, proposal.schedule


def losses(trial: Trial, objectives: Sequence[Objective], limits: Sequence[Limit] = ()) -> Sequence[float]:
    """Return one loss per objective; the losses of a failed trial are infinite. See `limited_losses` for `limits`.

    >>> trial = Trial(Genotype("x", []), "p", 1, 0, {"val_pckh": 60.0, "macs": 5e6})
    >>> losses(trial, [Objective("val_pckh", maximise=True), Objective("macs")])
    [-60.0, 5000000.0]
    """
    if trial.error is not None:
        return [math.inf] * len(objectives)
    return limited_losses([objective.loss(trial.metrics) for objective in objectives], trial.metrics, limits)


def _described(genotype: Genotype, fidelity: int, schedule: Schedule) -> str:
    return f"{genotype.key} with fidelity {fidelity}{' on a schedule of its own' if schedule == 'own' else ''}"
