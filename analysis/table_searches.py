"""Searches replayed on the benchmark table of photographs: their exact regret.

Draws `table_searches.svg` and writes `table_searches.md`; `budget` is the number of searches of each strategy.
"""

import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from nasbench_pose import plots
from nasbench_pose.benchmark import Benchmark
from nasbench_pose.benchmark.evaluator import LookUp
from nasbench_pose.benchmark.regret import regret_so_far
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.objective import Limit
from nasbench_pose.search import BASELINES, compare, plan
from nasbench_pose.stats import mean_interval

SPACE, DATA = "efficientpose_micro", "lspet"
STRATEGIES, TRIALS = ("random", "evolution"), (25, 100)
LIMITS = (np.inf, 4e6)
"""Limit of MACs for the network that a search selects."""


def main(out: Path, budget: int = 50) -> list[Path]:
    """Replay `budget` searches of each strategy; draw their regret and tabulate it after each of TRIALS."""
    table = Benchmark.load(SPACE, DATA)
    trials = searched(table, budget)
    curves = {limit: regret_so_far(trials, table, limits=[Limit("macs", limit)]) for limit in LIMITS}
    (out / "table_searches.md").write_text(markdown(curves), encoding="utf-8")
    drawing, ax = plots.figure()
    plots.regret_so_far(curves[np.inf], ax, protocol=Protocol.parse(table.about["protocol"]).title)
    return [plots.save(drawing, out / "table_searches.svg"), out / "table_searches.md"]


def searched(table: Benchmark, seeds: int) -> pd.DataFrame:
    """Return the trials of `seeds` searches of each strategy."""
    with tempfile.TemporaryDirectory() as folder:
        jobs = plan(
            table.space, STRATEGIES, LookUp(SPACE, DATA), budget=max(TRIALS), seeds=seeds, store=f"{folder}/runs.db"
        )
        trials = compare([job for job in jobs if job.strategy != BASELINES], workers=2)
    return trials


def markdown(curves: dict[float, pd.DataFrame]) -> str:
    """Return the mean regret after each number of trials, with its interval, by strategy and limit."""
    head = ["strategy", "MACs", *(f"regret after {trials} trials (points)" for trials in TRIALS)]
    rows = [
        [str(strategy), "any" if np.isinf(limit) else f"≤ {limit / 1e6:g} M", *(_cell(part, n) for n in TRIALS)]
        for limit, frame in curves.items()
        for strategy, part in frame.groupby("strategy")
    ]
    lines = "".join(f"| {' | '.join(row)} |\n" for row in (head, ["---"] * len(head), *rows))
    return f"{lines}\nMean over searches ± its 95 % interval (Student's t).\n"


def _cell(curves: pd.DataFrame, trials: int) -> str:
    """Return the mean regret over searches after a number of trials, with its interval for several searches."""
    wide = curves.pivot(index="evaluations", columns="run_seed", values="best").ffill()
    return str(mean_interval(wide.loc[:trials].iloc[-1].to_numpy(dtype=float)))
