"""How the steps of a search reach the database: each at once, or many of them in one transaction."""

from dataclasses import replace
from time import monotonic

from nasbench_pose.evaluators import Trial
from nasbench_pose.evaluators.trial import Schedule
from nasbench_pose.genotype import Genotype
from nasbench_pose.store import Ask, Run, Step, Store

MOST = 500
"""Look-ups stored together, at most."""
LONGEST = 1.0
"""Seconds after which look-ups are stored, so that a slow search is not far ahead of its database."""


class Keeper:
    """Stores the steps of one run; of an `immediate` measurement, many in one transaction.

    A commit takes as long as a look-up. A killed process loses only look-ups that were not stored yet, and the next one
    repeats them.
    """

    def __init__(self, store: Store, number: int, run: Run, *, immediate: bool) -> None:
        self._store, self._number, self._run, self._immediate = store, number, run, immediate
        self._waiting: list[Step] = []
        self._asks: list[Ask] = []
        self._trials: dict[tuple[Genotype, int, Schedule], Trial] = {}
        """The trials of the steps that wait."""
        self._since = monotonic()

    def find(self, genotype: Genotype, fidelity: int, schedule: Schedule) -> Trial | None:
        """Return the trial of the run's protocol and seed, if it is stored or will be."""
        waiting = self._trials.get((genotype, fidelity, schedule))
        return waiting or self._store.find(genotype, self._run.protocol, fidelity, self._run.seed, schedule)

    def keep(self, step: Step) -> Step:
        """Store a step, now or with later ones; return it with the trial that the database has."""
        trial = step.trial
        if not self._immediate:
            stored = self._store.visit(self._number, step.number, trial, step.ask_seconds, step.turn)
            return replace(step, trial=stored)
        self._waiting.append(step)
        self._trials[trial.genotype, trial.fidelity, trial.schedule] = trial
        if len(self._waiting) >= MOST or monotonic() - self._since > LONGEST:
            self.flush()
        return step

    def note(self, ask: Ask) -> None:
        """Store an ask of a search with several workers, now or with later steps."""
        if self._immediate:
            self._asks.append(ask)
        else:
            self._store.note_ask(self._number, ask)

    def flush(self) -> None:
        """Store the steps and asks that wait."""
        if self._waiting or self._asks:
            self._store.visit_all(self._number, self._waiting, self._asks)
        self._waiting, self._asks, self._trials, self._since = [], [], {}, monotonic()

    def close(self) -> None:
        """Store what waits; the end of the search."""
        self.flush()
