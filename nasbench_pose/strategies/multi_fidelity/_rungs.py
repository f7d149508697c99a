"""Rungs: the fidelities at which a strategy compares networks."""

from collections.abc import Sequence
from typing import Annotated

import numpy as np

from nasbench_pose.errors import InvalidFileError
from nasbench_pose.evaluators.trial import Schedule
from nasbench_pose.genotype import Genotype
from nasbench_pose.spaces import SearchSpace
from nasbench_pose.strategies.declaration import Setting
from nasbench_pose.strategies.strategy import Proposal

# The settings that all strategies of this folder have.
Fidelities = Annotated[Sequence[int], Setting("of the measurement; a search passes them")]
Eta = Annotated[int, Setting("one of so many members goes on to the next rung", low=2)]
MostRungs = Annotated[int, Setting("rungs at most, that of full trainings included", low=1)]
Trainings = Annotated[str, Setting("whole: points of full trainings; own: shorter trainings")]
Weights = Annotated[Sequence[float], Setting("weights of the losses", per_objective=True)]

ATTEMPTS = 20
"""Draws in a row that are in the bracket already; the last of them is taken again."""


def rungs(fidelities: Sequence[int], eta: int, most: int) -> tuple[int | None, ...]:
    """Return at most `most` fidelities, each about `eta` times the one before; the last is None, the full one.

    From the full fidelity down, each rung is the fidelity of the measurement that is nearest, by ratio, to a share
    1/eta^k. The rungs end where the measurement has nothing smaller. Raises InvalidFileError if there is no fidelity.

    >>> rungs(range(100, 801, 100), eta=3, most=4), rungs(range(1, 82), eta=3, most=5)
    ((100, 300, None), (1, 3, 9, 27, None))
    """
    known = sorted(set(fidelities))
    if not known or known[0] < 0:
        raise InvalidFileError("A strategy of several fidelities needs to know those of the measurement, 0 or more.")
    positive = [fidelity for fidelity in known if fidelity > 0] or [1]
    found: list[int | None] = [None]
    last = positive[-1]
    for power in range(1, most):
        share = positive[-1] / eta**power
        nearest = min(positive, key=lambda fidelity: abs(np.log(fidelity / share)))
        if nearest >= last or share < positive[0] / eta**0.5:
            break
        found.append(nearest)
        last = nearest
    return tuple(reversed(found))


def proposal(genotype: Genotype, rung: int | None, schedule: Schedule) -> Proposal:
    """Return the proposal of a genotype at a rung; a full training has no schedule but the whole one."""
    return Proposal(genotype) if rung is None else Proposal(genotype, rung, schedule)


def new_genotype(space: SearchSpace, rng: np.random.Generator, known: set[Genotype]) -> Genotype:
    """Return a random genotype that is not `known`, if a few draws find one."""
    genotype = space.sample(rng)
    for _ in range(ATTEMPTS):
        if genotype not in known:
            break
        genotype = space.sample(rng)
    return genotype
