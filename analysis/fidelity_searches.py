"""Searches that begin with short trainings: first steps of a full training, or schedules of their own.

The searches are replayed on the benchmark table of photographs. Draws `fidelity_searches.svg` and writes
`fidelity_searches.md`; `budget` is the number of searches of each strategy. The cost of a search is its training steps,
each paid once, in full trainings: the two kinds of trainings were made at different times, and their seconds differ by
more than the work.
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
from nasbench_pose.search import BASELINES, compare, plan
from nasbench_pose.stats import at_budget
from nasbench_pose.stats.intervals import mean_interval

SPACE, DATA = "efficientpose_micro", "lspet"
FULL, HALVING = ("random", "evolution"), ("successive_halving", "hyperband", "bohb", "asha")
OWN = "[schedule=own]"
COSTS = (10, 25, 50)
"""Full trainings after whose cost searches are judged."""
TRIALS = 300
"""More than a search makes before the last of COSTS."""
DRAWN = ("random", "asha", f"asha{OWN}", "bohb", f"bohb{OWN}")


def main(out: Path, budget: int = 100) -> list[Path]:
    """Replay `budget` searches of each strategy; draw and tabulate their regret over cost."""
    table = Benchmark.load(SPACE, DATA)
    trials = in_full_trainings(searched(max(budget, 2)), table.grid.full)
    curves = regret_so_far(trials, table, over="seconds")
    (out / "fidelity_searches.md").write_text(markdown(curves, max(budget, 2)), encoding="utf-8")
    drawing, ax = plots.figure()
    shown = curves[curves["strategy"].isin(DRAWN) & (curves["seconds"] <= COSTS[-1])]
    title = Protocol.parse(table.about["protocol"]).title
    plots.anytime(shown, ax, statistic="mean", over="seconds", protocol=title)
    ax.set_xlabel("training steps, in full trainings   ← cheaper")
    return [plots.save(drawing, out / "fidelity_searches.svg"), out / "fidelity_searches.md"]


def searched(seeds: int) -> pd.DataFrame:
    """Return the trials of `seeds` searches of each strategy, on both kinds of short trainings."""
    names = [*FULL, *HALVING, *(f"{name}{OWN}" for name in HALVING)]
    with tempfile.TemporaryDirectory() as folder:
        jobs = plan(LookUp(SPACE, DATA)().benchmark.space, names, LookUp(SPACE, DATA), budget=TRIALS, seeds=seeds,
                    store=f"{folder}/runs.db")  # fmt: skip
        trials = compare([job for job in jobs if job.strategy != BASELINES], workers=2)
    return trials.assign(strategy=trials["strategy"].str.replace('"', ""))


def in_full_trainings(trials: pd.DataFrame, full: int) -> pd.DataFrame:
    """Return the trials with the cost of each as `seconds`: the steps that its search had not paid yet, over `full`.

    A point of a whole schedule goes on from an earlier point of the same training; a schedule of its own does not.

    >>> some = {"strategy": "asha", "run_seed": 0, "genotype": "a", "trained_seed": 0.0, "ask_seconds": 0.5}
    >>> frame = pd.DataFrame([{**some, "fidelity": steps, "schedule": kind} for steps, kind in
    ...     [(100, "whole"), (300, "whole"), (100, "whole"), (200, "own"), (200, "own")]])
    >>> in_full_trainings(frame, 400)["seconds"].tolist()
    [0.25, 0.5, 0.0, 0.5, 0.0]
    """
    own = trials["fidelity"].where(trials["schedule"] == "own", 0)
    training = [trials[name] for name in ("strategy", "run_seed", "genotype")] + [own]
    reached = trials.groupby(training, sort=False)["fidelity"].cummax()
    before = reached.groupby(training, sort=False).shift(fill_value=0)
    return trials.assign(seconds=(reached - before) / full, ask_seconds=0.0)


def markdown(curves: pd.DataFrame, seeds: int) -> str:
    """Return the mean regret at each cost, with its interval, by strategy."""
    worst = float(np.nanmax(curves["best"]))
    scores = {cost: at_budget(curves, cost, nothing=worst).groupby("strategy")["score"] for cost in COSTS}
    lines = [f"| strategy | {' | '.join(f'{cost} full trainings' for cost in COSTS)} |", "| --- " * 4 + "|"]
    for name in curves["strategy"].unique():
        cells = [str(mean_interval(scores[cost].get_group(name).to_numpy(dtype=float))) for cost in COSTS]
        lines.append(f"| `{name}` | {' | '.join(cells)} |")
    note = (
        f"Regret in points of PCKh, mean over {seeds} searches ± its 95 % interval. Cost: training steps, each paid "
        "once. A search is judged by its full trainings; without any it has the regret of the worst."
    )
    return "\n".join([*lines, "", note, ""])
