"""How far a search has come, and how far it may go."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from nasbench_pose.evaluators import Trial
from nasbench_pose.objective import Limit
from nasbench_pose.search.asking import losses
from nasbench_pose.search.spending import Spending
from nasbench_pose.store import Run, Step


@dataclass
class Course:
    """The steps of a search so far, and its budgets."""

    run: Run
    number: int
    """The number of the run in the database."""
    budget: int
    """Steps, at most."""
    seconds: float = math.inf
    """Core seconds, after which no step is begun."""
    limits: tuple[Limit, ...] = ()
    """Those that the strategy is told."""
    done: list[Step] = field(default_factory=list)
    _spending: Spending = field(default_factory=Spending)

    @property
    def ended(self) -> bool:
        """Whether a budget is used up."""
        return len(self.done) >= self.budget or self._spending.seconds >= self.seconds

    def losses(self, trial: Trial) -> Sequence[float]:
        """Return what the strategy is told of a trial."""
        return losses(trial, self.run.objectives, self.limits)

    def add(self, step: Step) -> Step:
        """Add a step and return it."""
        self._spending.add(step)
        self.done.append(step)
        return step
