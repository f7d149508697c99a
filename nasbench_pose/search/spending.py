"""The core seconds that a search has spent: on trainings, each paid once, and on its own computing."""

from collections import defaultdict
from typing import TYPE_CHECKING

from nasbench_pose.store import Step

if TYPE_CHECKING:  # this module reads frames but makes none, so it need not import pandas
    import pandas as pd

SUPERNET = "supernet_seconds"
"""Metric of a trial that inherits weights: the seconds of its supernet, of which a search has one for each fidelity."""


class Spending:
    """Adds up the seconds of the steps of one search, as `Store.frame` charges them, and those of its supernets.

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
        self._supernets: set[int] = set()
        """The fidelities whose supernet was paid."""

    def add(self, step: Step) -> None:
        """Add a step: its ask, its supernet if that is new, and what its training takes beyond the points paid for."""
        trial = step.trial
        training = trial.genotype.key, trial.fidelity if trial.schedule == "own" else None
        self.seconds += step.ask_seconds + max(0.0, trial.seconds - self._paid[training])
        self._paid[training] = max(self._paid[training], trial.seconds)
        if SUPERNET in trial.metrics and trial.fidelity not in self._supernets:
            self.seconds += trial.metrics[SUPERNET]
            self._supernets.add(trial.fidelity)


def with_supernets(trials: "pd.DataFrame") -> "pd.DataFrame":
    """Return trials with the seconds of each supernet of a search added to the first trial that inherits from it.

    >>> import pandas as pd
    >>> trials = pd.DataFrame({"strategy": "random", "run_seed": 0, "step": [0, 1], "seconds": 1.0})
    >>> with_supernets(trials.assign(supernet_seconds=60.0))["seconds"].tolist()
    [61.0, 1.0]
    """
    if SUPERNET not in trials:
        return trials
    run = ["run"] if "run" in trials else ["strategy", "run_seed"]
    inherited = trials[trials[SUPERNET].notna()].sort_values("step", kind="stable")
    first = inherited.drop_duplicates([*run, *(["fidelity"] if "fidelity" in trials else [])])[SUPERNET]
    return trials.assign(seconds=trials["seconds"] + first.reindex(trials.index, fill_value=0.0))
