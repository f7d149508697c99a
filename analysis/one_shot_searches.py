"""Differentiable searches on the chain space: the rank of each proposal among all networks of similar cost.

`python -m analysis.one_shot_searches lspet:/folder OUT` runs the searches on photographs and appends them to OUT; run
again, it continues. `results/one_shot/` has its output. The study writes `one_shot_searches.md` from
there, with the benchmark table as the truth.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from time import thread_time
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

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
"""700 steps instead of 120 to 156: the weights are trained for half of a member's own schedule before the choices
move."""
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
    """Tabulate into `out` the proposals of the first `budget` searches of each method, with costs and choices."""
    asks = pd.read_csv(folder("results") / "one_shot" / "asks.csv")
    asks = asks[asks["seed"] < budget]
    means = Benchmark.load(SPACE, DATA).means()
    truth = means[means["genotype_space"] == SPACE].set_index("genotype")[["macs", "val_pckh", "seconds"]]
    every = pd.Series({text: percentile(truth, text) for text in truth.index})
    usual = {text: every[near(truth, text)].mean() for text in asks["genotype"].unique()}
    asks = asks.assign(percentile=asks["genotype"].map(every), usual=asks["genotype"].map(usual))
    rows = [[str(name), str(part["seed"].nunique()), *_percentiles(part)] for name, part in asks.groupby("strategy")]
    head = ["method", "searches", "first ask", "last ask", "all asks", "random of the same costs", "seconds"]
    reasons = [[str(name), *_reasons(part, truth, every)] for name, part in asks.groupby("strategy")]
    why = [
        "method",
        "MMACs",
        "skip in s2b2 (%)",
        "w3=200 (%)",
        "best of a search",
        "best of random at equal core seconds",
    ]
    skips, wide = every.index.str.contains("s2b2=skip"), every.index.str.contains("w3=200")
    written = out / "one_shot_searches.md"
    written.write_text(
        f"{_table(head, rows)}\nPercentiles: means over searches ± 95 % intervals.\n\n{_table(why, reasons)}\n"
        f"Of all networks, those that skip have a mean percentile of {every[skips].mean():.0f}, those with w3=200 "
        f"one of {every[wide].mean():.0f}, those with both one of {every[skips & wide].mean():.0f}.\n",
        encoding="utf-8",
    )
    return [written]


def near(truth: pd.DataFrame, genotype: str) -> NDArray[np.bool_]:
    """Return which networks have a similar cost, the network itself included."""
    macs = truth["macs"].to_numpy(dtype=float)
    similar: NDArray[np.bool_] = np.abs(np.log(macs / macs[truth.index.get_loc(genotype)])) <= np.log1p(SIMILAR)
    return similar


def percentile(truth: pd.DataFrame, genotype: str) -> float:
    """Return the share of the other networks of similar cost that are less accurate, in percent; ties count half."""
    accuracy, place = truth["val_pckh"].to_numpy(dtype=float), truth.index.get_loc(genotype)
    others = accuracy[near(truth, genotype) & (np.arange(len(truth)) != place)]
    own = accuracy[place]
    return float(100 * ((others < own).mean() + 0.5 * (others == own).mean())) if len(others) else 50.0


def best_of_random(every: "pd.Series[float]", draws: float) -> float:
    """Return the exact expected maximum of the percentiles of `draws` networks, drawn with replacement.

    It is interpolated linearly between whole numbers of draws.
    """
    ordered = np.sort(every.to_numpy())
    ends = np.arange(len(ordered) + 1) / len(ordered)

    def expected(n: int) -> float:
        return float((ordered * np.diff(ends**n)).sum())

    low = int(draws)
    return expected(low) + (draws - low) * (expected(low + 1) - expected(low))


def _percentiles(part: pd.DataFrame) -> list[str]:
    """Return the mean percentiles of the first, the last and all asks, and the seconds, each over searches."""
    wide = part.pivot(index="seed", columns="ask", values="percentile")
    columns = (wide.iloc[:, 0], wide.iloc[:, -1], wide.mean(axis=1))
    seconds = part.groupby("seed")["seconds"].sum().mean()
    shown = [_shown(each) for each in columns]
    return [*shown, f"{part['usual'].mean():.0f}", f"{seconds:.1f}"]


def _reasons(part: pd.DataFrame, truth: pd.DataFrame, every: "pd.Series[float]") -> list[str]:
    """Return costs and two options of the proposals, and the best of a search beside the best of random search.

    A search pays for its asks and for the trainings of its proposals; a random search of equal core seconds trains more
    networks instead of asking.
    """
    proposed = truth.loc[part["genotype"]]
    best = part.groupby("seed")["percentile"].max()
    paid = part["seconds"].to_numpy() + proposed["seconds"].to_numpy()
    draws = paid.sum() / part["seed"].nunique() / truth["seconds"].mean()
    texts = part["genotype"].str
    shares = (100 * texts.contains(option).mean() for option in ("s2b2=skip", "w3=200"))
    return [f"{proposed['macs'].mean() / 1e6:.2f}", *(f"{share:.0f}" for share in shares),
            _shown(best), f"{best_of_random(every, draws):.0f}"]  # fmt: skip


def _shown(percentiles: "pd.Series[float]") -> str:
    """Return the mean over searches ± its interval, or without one if all searches have the same."""
    found = mean_interval(percentiles.to_numpy(dtype=float))
    return str(found) if found.half_width > 0 else f"{found.value:.0f}"


def _table(head: list[str], rows: list[list[str]]) -> str:
    return "".join(f"| {' | '.join(row)} |\n" for row in (head, ["---"] * len(head), *rows))


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
