"""Processor time of a trial that is looked up in a table, store included, and a comparison of all strategies.

The time of a strategy's own `ask` and `tell` is a column of its own: the rest is what the toolkit adds to any strategy.
"""

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from time import perf_counter, process_time

from table import begin, machine, markdown, report, say
from timing import digits, verdicts

from nasbench_pose.benchmark.evaluator import LookUp
from nasbench_pose.evaluators import Trial
from nasbench_pose.search import BASELINES, Comparison, in_this_process
from nasbench_pose.search.asking import losses
from nasbench_pose.spaces import load
from nasbench_pose.strategies import STRATEGIES, make
from nasbench_pose.strategies.registry import declaration, handed_over, trains

BRIEF = "--brief" in sys.argv
SPACE = load("efficientpose_micro")
SEEDS, TRIALS = (2, 50) if BRIEF else (10, 200)
ALL_SEEDS = 2 if BRIEF else 30
MODELS = ("gp", "tpe", "motpe", "bohb", "predictor", "warm")
"""Strategies whose asks take much longer than a look-up: what is left of a trial beside them would be noise."""
WITH_MODELS = ("tpe", "motpe")
"""Those of them that the comparison has."""
MOST = 200e-6
"""Seconds that a looked-up trial may take beyond its strategy."""


def searchers() -> list[str]:
    """Return the strategies that propose at once: no lists, none that trains a supernet or fits a model."""
    return [name for name in STRATEGIES if name not in ("fixed", BASELINES, *MODELS) and not trains(name)]


def whole(name: str, folder: Path) -> float:
    """Return the seconds of a trial of a search: asked, looked up, stored, told."""
    comparison = Comparison(SPACE, (name,), LookUp(SPACE.name), budget=TRIALS, seeds=SEEDS, store=folder / f"{name}.db")
    jobs = [job for job in comparison.jobs() if job.strategy != BASELINES]
    in_this_process([replace(jobs[0], seed=SEEDS)], lambda _: None)  # what is loaded once
    started = process_time()
    in_this_process(jobs, lambda _: None)
    return (process_time() - started) / (SEEDS * TRIALS)


def alone(name: str) -> float:
    """Return the seconds of a trial of the strategy alone: its `ask` and its `tell`."""
    evaluator = LookUp(SPACE.name)()
    job = Comparison(SPACE, (name,), LookUp(SPACE.name)).jobs()[0]
    fidelities = tuple(evaluator.benchmark.grid.steps)
    taken = 0.0
    for seed in range(SEEDS):
        strategy = make(name, SPACE, seed, handed_over(name, protocol="", data="", fidelities=fidelities))
        for _ in range(TRIALS):
            started = process_time()
            proposal = strategy.ask()
            taken += process_time() - started
            fidelity = proposal.fidelity or evaluator.full_fidelity
            trial: Trial = evaluator.evaluate(proposal.genotype, fidelity=fidelity, seed=seed)
            told = losses(trial, job.objectives)
            started = process_time()
            strategy.tell(proposal, told)
            taken += process_time() - started
    return taken / (SEEDS * TRIALS)


def comparison(names: Sequence[str], folder: Path) -> float:
    """Return the seconds on the clock of the command that compares all strategies with two workers."""
    sizes = ["--budget", str(TRIALS), "--seeds", str(ALL_SEEDS), "--workers", "2"]
    places = ["--db", str(folder / "all.db"), "--out", str(folder / "out")]
    line = [sys.executable, "-m", "nasbench_pose", "compare", SPACE.name, "--evaluator", "table"]
    started = perf_counter()
    subprocess.run([*line, "--strategies", ",".join(names), *sizes, *places], check=True, capture_output=True)
    return perf_counter() - started


def main() -> None:
    """Measure and report everything."""
    begin(__doc__, brief="a rehearsal with fewer seeds and trials")
    names = [name for name in searchers() if "limit" not in declaration(name).needs]
    rows, beyond = [], {}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for name in names:
            say(name)
            total, own = whole(name, folder), alone(name)
            beyond[name] = total - own
            rows.append([f"`{name}`", *(digits(1e6 * each) for each in (total, own, beyond[name]))])
        compared = [*names, *WITH_MODELS]
        say(f"{ALL_SEEDS} seeds of all {len(compared)}")
        taken = comparison(compared, folder)
    head = ["a looked-up trial (µs)", "in all", "the strategy's ask and tell", "the rest"]
    report(
        "searching",
        f"{markdown(head, rows)}\n\n"
        f"`compare` of these and {' and '.join(WITH_MODELS)}, {len(compared)} strategies × {ALL_SEEDS} seeds × "
        f"{TRIALS} trials, with two workers, tables and figures included: {digits(taken)} s on the clock.\n\n"
        f"{machine()}; processor time of {SEEDS} searches of {TRIALS} trials each.",
    )
    worst = max(beyond, key=lambda name: beyond[name])
    said = f"a looked-up trial within 200 µs beyond its strategy: {1e6 * beyond[worst]:.0f} ({worst})"
    verdicts(
        (beyond[worst] <= MOST, said),
        (taken <= 120, f"a comparison of {len(compared)} strategies within two minutes: {taken:.0f} s"),
    )


if __name__ == "__main__":
    main()
