"""The workers of one search: which of the trainings under way ends next, and when."""

import heapq
from collections import defaultdict
from typing import Protocol

from nasbench_pose.evaluators import Evaluator, Trial
from nasbench_pose.executors.measuring import measure
from nasbench_pose.store import Ask, Step, Turn

Training = tuple[str, int | None]
"""(genotype, fidelity of a schedule of its own): all points of a whole schedule belong to one training."""


class Crew(Protocol):
    """Several workers, each with one training at a time, and the clock of their search."""

    @property
    def size(self) -> int:
        """Number of workers."""
        ...

    @property
    def ahead(self) -> bool:
        """Whether trainings are begun that the budget will not wait for, as a search of a larger budget would do."""
        ...

    def skip(self, step: Step) -> None:
        """Take note of a step that the database has; the clock goes on from its end."""
        ...

    def begin(self, ask: Ask, found: Trial | None, since: float | None) -> None:
        """Begin the training of an ask; `found` is its trial if the database has it.

        `since` is when the training began in a search that was interrupted; None: now.
        """
        ...

    def finish(self) -> tuple[Ask, Trial, Turn]:
        """Return the training that ends next; the clock is at its end afterwards."""
        ...

    def close(self) -> None:
        """End what is under way."""
        ...


class SimulatedCrew:
    """Workers whose trainings are looked up: each takes its stored seconds on a simulated clock.

    A worker that is free asks at once; asks take no time on this clock. So stragglers end late, and the order of ends,
    from which a strategy learns, is the same in every process. Of two trainings that end at once, the one asked for
    first is told first. A training goes on from the latest point of the same training, once that is reached.

    >>> from nasbench_pose.benchmark.evaluator import LookUp
    >>> table = LookUp("efficientpose_micro")()
    >>> space = table.benchmark.space
    >>> crew = SimulatedCrew(table, 0, 2)
    >>> for number, name in enumerate(["micro-largest", "micro-smallest"], start=1):
    ...     crew.begin(Ask(number, 0, space.named[name], 800, "whole", 0.0), None, None)
    >>> [crew.finish()[0].number for _ in range(2)]  # the smaller network ends first
    [2, 1]
    """

    ahead = True

    def __init__(self, evaluator: Evaluator, seed: int, size: int) -> None:
        """`evaluator` looks up; `seed` is that of every evaluation."""
        self.size = size
        self._evaluator, self._seed, self._now = evaluator, seed, 0.0
        self._running: list[tuple[float, int, float, Ask, Trial]] = []
        """A heap of (end, number, start, ask, trial)."""
        self._points: defaultdict[Training, tuple[float, float]] = defaultdict(lambda: (0.0, 0.0))
        """Training -> (seconds of its latest point, when that is reached)."""

    def skip(self, step: Step) -> None:
        assert step.turn is not None, "a step of a search with several workers"
        self._now = step.turn.end
        self._reach(step.trial, step.turn.end)

    def begin(self, ask: Ask, found: Trial | None, since: float | None) -> None:
        trial = found or measure(
            self._evaluator, ask.genotype, fidelity=ask.fidelity, seed=self._seed, schedule=ask.schedule
        )
        start = self._now if since is None else since
        paid, reached = self._points[_training(trial)]
        end = max(start, reached) + max(0.0, trial.seconds - paid)
        self._reach(trial, end)
        heapq.heappush(self._running, (end, ask.number, start, ask, trial))

    def finish(self) -> tuple[Ask, Trial, Turn]:
        end, number, start, ask, trial = heapq.heappop(self._running)
        self._now = end
        return ask, trial, Turn(number, start, end)

    def close(self) -> None:
        pass

    def _reach(self, trial: Trial, end: float) -> None:
        seconds, reached = self._points[_training(trial)]
        self._points[_training(trial)] = max(seconds, trial.seconds), max(reached, end)


def _training(trial: Trial) -> Training:
    return trial.genotype.key, trial.fidelity if trial.schedule == "own" else None
