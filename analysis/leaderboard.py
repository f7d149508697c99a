"""Every built-in strategy on both complete benchmark tables, judged within four limits of MACs.

`python -m analysis.leaderboard OUT.csv` runs the searches that OUT does not have yet and appends them; run again, it
goes on, and with a new strategy or a table that was built on it runs only what is new. `results/leaderboard.csv` is
what it wrote. The study draws `leaderboard.svg`, the ranks over all tasks, and writes `leaderboard.md` from there.
"""

import sys
import tempfile
from collections.abc import Iterator, Sequence
from math import inf
from pathlib import Path

import numpy as np

from nasbench_pose import plots
from nasbench_pose.benchmark import Benchmark
from nasbench_pose.benchmark.append_only import AppendOnlyCsv
from nasbench_pose.benchmark.evaluator import LookUp
from nasbench_pose.benchmark.regret import hypervolume_regret, member_regrets, regret_so_far
from nasbench_pose.objective import OBJECTIVES, Limit
from nasbench_pose.report.leaderboard import COLUMNS, NO_LIMIT, leaderboard, markdown, rows_of
from nasbench_pose.report.summary import criterion
from nasbench_pose.search import BASELINES, compare, plan
from nasbench_pose.stats import at_budget
from nasbench_pose.strategies import STRATEGIES
from nasbench_pose.strategies.registry import declaration, trains

SPACE, DATA = "efficientpose_micro", ("lspet", "synthetic")
LIMITS = (3.0, 4.0, 6.0, inf)
"""MMACs that the selected network may have."""
TRAININGS = 100
"""The budget is the core seconds of so many full trainings (mean of the table): strategies that train less do more."""
MOST = 1000
"""Trials of a search at most; in a space of 648 networks only trials of little fidelity could be more."""
SEEDS, BATCH = 50, 10


def main(out: Path, budget: int = SEEDS) -> list[Path]:
    """Draw the ranks of the strategies over all tasks into `out`, from the first `budget` seeds; tabulate them."""
    found = leaderboard(rows_of().query(f"seed < {max(budget, 2)}"))
    (out / "leaderboard.md").write_text(markdown(found), encoding="utf-8")
    drawing, ax = plots.figure(height=3.4)
    plots.critical_difference(found.ranks, ax, title="Average ranks of the mean regret")
    return [plots.save(drawing, out / "leaderboard.svg"), out / "leaderboard.md"]


def names() -> list[str]:
    """Return the built-in strategies that search a table without people, the quickest first."""
    slow = ("tpe", "motpe", "gp")
    searching = [name for name in STRATEGIES if not trains(name) and "named genotypes" not in declaration(name).needs]
    quick = [name for name in searching if name != BASELINES and name not in slow]
    return [*quick, *(name for name in slow if name in searching)]


def record(path: Path) -> None:
    """Append the searches that the file does not have yet, strategy by strategy, ten seeds at a time."""
    file = AppendOnlyCsv(path, COLUMNS, "leaderboard")
    with file.lock():
        file.begin()
        known = set(file.read()[["table", "sha256", "strategy", "seed"]].itertuples(index=False, name=None))
        for name in names():
            for data in DATA:
                table = Benchmark.load(SPACE, data)
                sha = str(table.about["sha256"])[:16]
                for first in range(0, SEEDS, BATCH):
                    seeds = [
                        s for s in range(first, min(first + BATCH, SEEDS)) if (table.name, sha, name, s) not in known
                    ]
                    if seeds:
                        file.append(searched(table, data, name, seeds))
                        print(data, name, seeds[0], flush=True)


def searched(table: Benchmark, data: str, name: str, seeds: Sequence[int]) -> Iterator[tuple[object, ...]]:
    """Yield the rows of searches: each is judged within every limit, of which no strategy is told."""
    seconds = TRAININGS * float(table.means()["seconds"][: table.coverage.genotypes].mean())
    with tempfile.TemporaryDirectory() as folder:
        jobs = plan(
            table.space, [name], LookUp(SPACE, data), budget=MOST, seconds=seconds,
            first_seed=seeds[0], seeds=seeds[-1] - seeds[0] + 1, store=f"{folder}/runs.db",
        )  # fmt: skip
        trials = compare([job for job in jobs if job.strategy != BASELINES and job.seed in seeds])
    measure = criterion(trials, (), OBJECTIVES, members=table.means()[: table.coverage.genotypes])
    lost = hypervolume_regret(trials, table, *OBJECTIVES, reference=measure.reference) / measure.volume
    lacking = lost.droplevel("strategy").to_dict()
    spent = (trials["seconds"] + trials["ask_seconds"]).groupby(trials["run_seed"]).sum().to_dict()
    counts = trials.groupby("run_seed").size().to_dict()
    for limit in LIMITS:
        kept = [Limit("macs", 1e6 * limit)] if limit < inf else []
        regrets = member_regrets(table, OBJECTIVES[0], kept)
        worst = float(regrets[np.isfinite(regrets)].max())
        curves = regret_so_far(trials, table, limits=kept, over="seconds")
        scores = at_budget(curves, inf, nothing=worst)
        for seed, score in zip(scores["run_seed"].tolist(), scores["score"].tolist(), strict=True):
            yield (
                table.name, str(table.about["sha256"])[:16], NO_LIMIT if limit == inf else f"{limit:g}", name, seed,
                round(seconds), counts[seed], round(spent[seed]), round(score, 4),
                round(100 * lacking[seed], 3),
            )  # fmt: skip


if __name__ == "__main__":
    record(Path(sys.argv[1]))
