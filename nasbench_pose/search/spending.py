"""The core seconds that a search has spent: on trainings, each paid once, and on its own computing."""

from collections import defaultdict

from nasbench_pose.store import Step


class Spending:
    """Adds up the seconds of the steps of one search, as `Store.frame` charges them.

    >>> from nasbench_pose.evaluators import Trial
    >>> from nasbench_pose.genotype import Genotype
    >>> spending, genotype = Spending(), Genotype("tiny", [])
    >>> for number, (fidelity, seconds) in enumerate([(100, 4.0), (300, 12.0), (100, 4.0)], start=1):
    ...     spending.add(Step(number, Trial(genotype, "p", fidelity, 0, seconds=seconds), ask_seconds=0.5))
    >>> spending.seconds
    13.5
    """

    def __init__(self) -> None:
        self.seconds = 0.0
        self._paid: defaultdict[tuple[str, int | None], float] = defaultdict(float)
        """(genotype, fidelity of a schedule of its own) -> seconds of this training that were paid."""

    def add(self, step: Step) -> None:
        """Add a step: its ask, and what its training takes beyond the points that were paid."""
        trial = step.trial
        training = trial.genotype.key, trial.fidelity if trial.schedule == "own" else None
        self.seconds += step.ask_seconds + max(0.0, trial.seconds - self._paid[training])
        self._paid[training] = max(self._paid[training], trial.seconds)
