"""Differentiable searches on the chain space: what each method proposes, among all networks of similar cost.

`python -m analysis.one_shot_searches lspet:/folder OUT` runs the searches on photographs and appends them to OUT; run
again, it goes on. `results/one_shot/` has what it wrote. The study writes `one_shot_searches.md` from
there, with the benchmark table as the truth.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from time import thread_time
from typing import Any

import numpy as np
import pandas as pd

from nasbench_pose.benchmark import Benchmark
from nasbench_pose.files import folder
from nasbench_pose.stats import mean_interval
from nasbench_pose.strategies import make
from nasbench_pose.strategies.supernet.record import SearchRecord
from nasbench_pose.strategies.supernet.search import DifferentiableSearch

SPACE, DATA = "efficientpose_micro", "lspet"
SEEDS, ASKS = 10, 6
COMMON = {"batch": 16, "asks": ASKS, "choice_rate": 0.1}
"""A search takes some ten seconds of one core, so the choices move twice as fast as by default."""
PATHS = {"warm_up": 200, "warm_up_share": 0, "steps": 50}
MIXTURES = {"warm_up": 60, "warm_up_share": 0, "steps": 16, "choices_every": 2}
LONGER = {"warm_up": 400, "warm_up_share": 0, "steps": 50, "choices_every": 2}
"""Three times as long: the weights are trained for a quarter of a member's own schedule before the choices move."""
METHODS: dict[str, dict[str, Any]] = {
    "darts": PATHS,
    "efficientpose": PATHS,
    "proxyless": PATHS,
    "gdas": PATHS,
    "darts2": MIXTURES | {"steps": 10},
    "snas": MIXTURES,
    "pc_darts": MIXTURES,
    "dr_nas": MIXTURES,
    "fair_darts": MIXTURES,
    "darts_minus": MIXTURES,
    "darts_pt": MIXTURES,
    "robust_darts": MIXTURES | {"steps": 10},
    "fbnet": MIXTURES,
    "darts_minus, longer": LONGER,
    "robust_darts, longer": LONGER | {"stop": "never", "eigenvalue": True},
}
"""Settings that differ from those of each method; a comma separates the method from what is said of it in tables."""
SIMILAR = 0.1
"""Networks are of similar cost if their MACs differ by no more than this share."""


def main(out: Path, budget: int = SEEDS) -> list[Path]:
    """Tabulate into `out` what the first `budget` searches of each method proposed."""
    asks = pd.read_csv(folder("results") / "one_shot" / "asks.csv")
    asks = asks[asks["seed"] < budget]
    table = Benchmark.load(SPACE, DATA)
    truth = table.means().set_index("genotype")[["macs", "val_pckh"]]
    ranks = {text: percentile(truth, text) for text in asks["genotype"].unique()}
    asks = asks.assign(percentile=asks["genotype"].map(ranks))
    head = ["method", "searches", "percentile, first ask", "percentile, last ask", "percentile, all asks",
            "seconds of a search"]  # fmt: skip
    rows = [[str(name), str(part["seed"].nunique()), *_cells(part)] for name, part in asks.groupby("strategy")]
    lines = "".join(f"| {' | '.join(row)} |\n" for row in (head, ["---"] * len(head), *rows))
    written = out / "one_shot_searches.md"
    written.write_text(f"{lines}\nMeans over searches ± 95 % intervals; a random proposal has 50.\n", encoding="utf-8")
    return [written]


def percentile(truth: pd.DataFrame, genotype: str) -> float:
    """Return the share of the other networks of similar cost that are less accurate, in percent; ties count half."""
    own = truth.loc[genotype]
    ratio = np.log((truth["macs"] / own["macs"]).to_numpy(dtype=float))
    near = truth[(np.abs(ratio) <= np.log1p(SIMILAR)) & (truth.index != genotype)]
    below, equal = near["val_pckh"] < own["val_pckh"], near["val_pckh"] == own["val_pckh"]
    return float(100 * (below.mean() + 0.5 * equal.mean())) if len(near) else 50.0


def _cells(part: pd.DataFrame) -> list[str]:
    """Return the mean percentiles of the first, the last and all asks, and the seconds, each over searches."""
    wide = part.pivot(index="seed", columns="ask", values="percentile")
    columns = (wide.iloc[:, 0], wide.iloc[:, -1], wide.mean(axis=1))
    seconds = part.groupby("seed")["seconds"].sum().mean()
    return [*(str(mean_interval(each.to_numpy(dtype=float))) for each in columns), f"{seconds:.1f}"]


def record(data: str, out: Path) -> None:
    """Run the searches that `out` does not have yet, seed by seed, on the people of `data`."""
    out.mkdir(parents=True, exist_ok=True)
    lines, seconds = out / "records.jsonl", out / "asks.csv"
    known = {(each.strategy, each.seed) for each in records(lines)}
    table = Benchmark.load(SPACE, DATA)
    for seed in range(SEEDS):
        for name, settings in METHODS.items():
            if (name, seed) in known:
                continue
            given = {"data": data, "protocol": table.about["protocol"], **COMMON, **settings}
            strategy, rows = make(name.partition(",")[0], table.space, seed, given), []
            assert isinstance(strategy, DifferentiableSearch)
            for ask in range(1, ASKS + 1):
                started = thread_time()
                genotype = strategy.ask().genotype
                rows.append([name, seed, ask, genotype.text, round(thread_time() - started, 3)])
            found = SearchRecord(name, SPACE, seed, strategy.training.costs.unit, strategy.history)
            frame = pd.DataFrame(rows, columns=["strategy", "seed", "ask", "genotype", "seconds"])
            frame.to_csv(seconds, mode="a", header=not seconds.exists(), index=False)
            with lines.open("a", encoding="utf-8") as file:
                file.write(found.line + "\n")
            print(name, seed, f"{frame['seconds'].sum():.1f} s", flush=True)


def records(path: Path) -> Iterator[SearchRecord]:
    """Yield the searches of a file of records."""
    if path.exists():
        with path.open(encoding="utf-8") as file:
            yield from map(SearchRecord.parse, file)


if __name__ == "__main__":
    record(sys.argv[1], Path(sys.argv[2]))
