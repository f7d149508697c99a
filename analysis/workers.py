"""Searches with several workers on the shipped table, over their simulated clock.

The study draws `workers_clock.svg`, the mean regret of searches with four workers, and writes `workers.md`: for each
strategy and number of workers, the time of the first full training, and the regret after `CLOCK` seconds.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from nasbench_pose import plots
from nasbench_pose.benchmark import Benchmark
from nasbench_pose.benchmark.evaluator import LookUp
from nasbench_pose.benchmark.regret import regret_so_far
from nasbench_pose.search import BASELINES, compare, plan
from nasbench_pose.stats import at_budget, finished
from nasbench_pose.stats.intervals import mean_interval

SPACE = "efficientpose_micro"
STRATEGIES = ("random", "successive_halving", "asha")
WORKERS, DRAWN = (1, 4, 16), 4
TRIALS = 120
"""Trials for each worker: more than end before `CLOCK`, at the fidelities that halving begins with."""
CLOCK = 300.0
"""Seconds of the clock: about thirteen full trainings of each worker."""
SEEDS = 100


def main(out: Path, budget: int = SEEDS) -> list[Path]:
    """Draw the curves of four workers into `out` and tabulate all numbers, from `budget` seeds of each search."""
    table = Benchmark.load(SPACE)
    rows, curves = [], {}
    for workers in WORKERS:
        trials = searched(workers, max(budget, 2))
        curves[workers] = regret_so_far(trials, table, over="clock")
        rows += list(_rows(trials, curves[workers], workers))
    drawing, ax = plots.figure()
    plots.regret_so_far(
        curves[DRAWN].query("clock <= @CLOCK"), ax, over="clock", protocol=f"{DRAWN} workers, {table.name}"
    )
    (out / "workers.md").write_text(markdown(pd.DataFrame(rows)), encoding="utf-8")
    return [plots.save(drawing, out / "workers_clock.svg"), out / "workers.md"]


def searched(workers: int, seeds: int) -> pd.DataFrame:
    """Return the trials of searches with a number of workers each."""
    with tempfile.TemporaryDirectory() as folder:
        jobs = plan(
            LookUp(SPACE)().benchmark.space, STRATEGIES, LookUp(SPACE), budget=TRIALS * workers, seeds=seeds,
            parallel=workers, store=f"{folder}/runs.db",
        )  # fmt: skip
        return compare([job for job in jobs if job.strategy != BASELINES])


def _rows(trials: pd.DataFrame, curves: pd.DataFrame, workers: int) -> Iterator[dict[str, object]]:
    first = trials[finished(trials)].groupby(["strategy", "run_seed"])["end_seconds"].min()
    worst = float(curves["best"].max())
    scores = at_budget(curves, CLOCK, nothing=worst).groupby("strategy")["score"]
    for strategy in STRATEGIES:
        yield {
            "strategy": strategy,
            "workers": workers,
            "first": mean_interval(first[strategy].to_numpy(dtype=float)),
            "regret": mean_interval(scores.get_group(strategy).to_numpy(dtype=float)),
        }


def markdown(rows: pd.DataFrame) -> str:
    """Return the numbers as a table of Markdown: strategies by number of workers."""
    head = ["strategy", *(f"{n} worker{'s' * (n > 1)}" for n in WORKERS)]
    lines = [f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}"]
    for strategy, part in rows.groupby("strategy", sort=False):
        cells = [f"{row.first} s; {row.regret}" for row in part.itertuples()]
        lines.append(f"| `{strategy}` | {' | '.join(cells)} |")
    note = (
        f"Time until a network is fully trained; regret in points of PCKh after {CLOCK:.0f} s. Means over searches, "
        "± their 95 % intervals."
    )
    return "\n".join([*lines, "", note, ""])
