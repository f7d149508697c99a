"""Every built-in strategy on both complete benchmark tables, within four limits of MACs.

`python -m analysis.leaderboard OUT.csv` runs the searches that OUT lacks and appends them. The same command continues;
after a new strategy or table it runs only the new searches. `results/leaderboard.csv` is its output. The study draws
`leaderboard.svg`, the ranks over all tasks, and writes `leaderboard.md` from it.
"""

import sys
import tempfile
from collections.abc import Iterator
from itertools import product
from math import inf
from pathlib import Path

import numpy as np
import pandas as pd

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
"""Searches are told so many MMACs as a limit, and select a network within it."""
TRAININGS = 50
"""The budget is the core seconds of so many full trainings (mean of the table): strategies that train less do more."""
MOST = 500
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
    slow = ("tpe", "motpe", "predictor", "gp")
    searching = [name for name in STRATEGIES if not trains(name) and "named genotypes" not in declaration(name).needs]
    quick = [name for name in searching if name != BASELINES and name not in slow]
    return [*quick, *(name for name in slow if name in searching)]


def record(path: Path) -> None:
    """Append the searches that the file does not have yet, strategy by strategy, ten seeds at a time.

    All searches are of the same state of a table: the file goes on with the one that it began with.
    """
    file = AppendOnlyCsv(path, COLUMNS, "leaderboard")
    with file.lock():
        file.begin()
        begun = file.read().groupby("table")["sha256"].last().to_dict()
        tables = {data: Benchmark.load(SPACE, data, version=begun.get(f"bench_{SPACE}_{data}")) for data in DATA}
        known = set(file.read()[["table", "sha256", "limit", "strategy", "seed"]].itertuples(index=False, name=None))
        for name, (data, table), limit in product(names(), tables.items(), LIMITS):
            task = (table.name, str(table.about["sha256"])[:16], text_of(limit), name)
            for first in range(0, SEEDS, BATCH):
                batch = range(first, min(first + BATCH, SEEDS))
                if any((*task, seed) not in known for seed in batch):
                    found = searched(table, data, name, limit, batch)
                    file.append((*task, *row) for row in found if (*task, row[0]) not in known)
                    print(*task[::2], name, first, flush=True)


def text_of(limit: float) -> str:
    """Return a limit in MMACs as the file spells it."""
    return NO_LIMIT if limit == inf else f"{limit:g}"


def searched(
    table: Benchmark, data: str, name: str, limit: float, seeds: range
) -> Iterator[tuple[int, int, int, int, float, float]]:
    """Yield the last six columns of searches that are told the limit and evaluated within it."""
    seconds = TRAININGS * float(table.means()["seconds"][: table.coverage.genotypes].mean())
    kept = [Limit("macs", 1e6 * limit)] if limit < inf else []
    looked_up = LookUp(SPACE, data, version=table.about["sha256"])
    with tempfile.TemporaryDirectory() as folder:
        jobs = plan(
            table.space, [name], looked_up, budget=MOST, seconds=seconds, limits=kept,
            first_seed=seeds[0], seeds=len(seeds), store=f"{folder}/runs.db",
        )  # fmt: skip
        trials = compare([job for job in jobs if job.strategy != BASELINES])
    regrets = member_regrets(table, OBJECTIVES[0], kept)
    worst = float(regrets[np.isfinite(regrets)].max())
    scores = at_budget(regret_so_far(trials, table, limits=kept, over="seconds"), inf, nothing=worst)
    lacking = lost_hypervolume(trials, table, limit)
    spent = (trials["seconds"] + trials["ask_seconds"]).groupby(trials["run_seed"]).sum().to_dict()
    counts = trials.groupby("run_seed").size().to_dict()
    for seed, score in zip(scores["run_seed"].tolist(), scores["score"].tolist(), strict=True):
        yield seed, round(seconds), counts[seed], round(spent[seed]), round(score, 4), round(lacking[seed], 3)


def lost_hypervolume(trials: pd.DataFrame, table: Benchmark, limit: float) -> dict[int, float]:
    """Return, for each seed, the missing hypervolume within the limit, in percent of the box of the true front.

    The reference point lies at the limit, so networks beyond the limit add no hypervolume.
    """
    members = table.means()[: table.coverage.genotypes]
    within = members[members["macs"] <= 1e6 * limit]
    measure = criterion(trials, (), OBJECTIVES, members=within)
    if limit < inf:
        measure = criterion(trials, (), OBJECTIVES, members=within, reference=(measure.reference[0], 1e6 * limit))
    lost = hypervolume_regret(trials, table, *OBJECTIVES, reference=measure.reference)
    shares = (100 * lost / measure.volume).droplevel("strategy")
    return dict(zip(map(int, shares.index), shares.tolist(), strict=True))


if __name__ == "__main__":
    record(Path(sys.argv[1]))
