"""How far can cheap measures be trusted to rank networks as their training does?

The truth are the trainings of the table `recipe_study`: 20 genotypes of `efficientpose_micro`, two seeds of the default
recipe on drawn people. Zero-cost proxies score the same genotypes with the same seeds; shorter trainings come from the
same table. Draws `proxy_study.svg` and writes `proxy_study.md`; scores that the table `proxy_study` of `results/` lacks
are made first, as many as `budget` minutes allow, and kept in `proxy_study.csv` in the folder `out`.
"""

import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from analysis import recipe_study
from nasbench_pose import plots
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.files import folder
from nasbench_pose.plots import style
from nasbench_pose.pose import source
from nasbench_pose.proxies import PROXIES, ProxyEvaluator, resolve
from nasbench_pose.spaces import find
from nasbench_pose.stats import Ranking, ranking

SHORTER = {"AdamW, 400 × 8": "training, 400 × 8", "AdamW, 100 × 32": "training, 100 × 32"}
"""Recipes that take less time -> what the figure calls them."""
K = 5
IDENTITY = ["proxy", "genotype", "seed"]


def main(out: Path, budget: int = 0) -> list[Path]:
    """Score for `budget` minutes what is missing, then draw and tabulate what there is."""
    trainings = pd.read_csv(folder("results") / "recipe_study.csv")
    truth = _mean(trainings[trainings["recipe"] == recipe_study.DEFAULT], "val_pckh")
    scores = scored(out / "proxy_study.csv", list(truth.index), minutes=budget)
    table = trusted(scores, trainings, truth)
    (out / "proxy_study.md").write_text(markdown(table), encoding="utf-8")
    return [draw(table, out / "proxy_study.svg", items=len(truth)), out / "proxy_study.md"]


def scored(path: Path, genotypes: list[str], minutes: float) -> pd.DataFrame:
    """Return every score there is, after at most `minutes` of scoring, appended to `path` proxy by proxy."""
    committed = folder("results") / "proxy_study.csv"
    rows = pd.concat([pd.read_csv(file) for file in (committed, path) if file.is_file()] or [pd.DataFrame()])
    deadline = time.monotonic() + 60 * minutes
    for name in PROXIES:
        known = set(rows.loc[rows["proxy"] == name, "genotype"]) if len(rows) else set()
        missing = [genotype for genotype in genotypes if genotype not in known]
        if missing and time.monotonic() < deadline:
            new = pd.DataFrame(_scores(name, missing))
            new.to_csv(path, mode="a", header=not path.is_file(), index=False)
            rows = pd.concat([rows, new])
    return rows.reset_index(drop=True)


def _scores(name: str, genotypes: list[str]) -> list[dict[str, Any]]:
    protocol: Protocol = recipe_study.RECIPES[recipe_study.DEFAULT]
    evaluator = ProxyEvaluator(resolve(name), protocol, source.load(protocol.data, size=protocol.input))
    found = []
    for text in genotypes:
        for seed in recipe_study.SEEDS:
            trial = evaluator.evaluate(find(text), fidelity=evaluator.full_fidelity, seed=seed)
            about = {"proxy": name, "protocol": trial.protocol, "genotype": text, "seed": seed}
            numbers = {"score": trial.metrics.get(name), "seconds": round(trial.seconds, 3), "error": trial.error}
            found.append(about | numbers)
    return found


def _mean(rows: pd.DataFrame, column: str) -> "pd.Series[float]":
    means: pd.Series[float] = rows.groupby("genotype")[column].mean()
    return means


def trusted(scores: pd.DataFrame, trainings: pd.DataFrame, truth: "pd.Series[float]") -> pd.DataFrame:
    """Return one line per measure, the most trustworthy first: seconds, and how it ranks the genotypes."""
    lines = [
        _line(str(name), part["seconds"].mean(), _mean(part, "score"), truth) for name, part in scores.groupby("proxy")
    ]
    for recipe, name in SHORTER.items():
        part = trainings[trainings["recipe"] == recipe]
        lines.append(_line(name, part["seconds"].mean(), _mean(part, "val_pckh"), truth))
    return pd.DataFrame(lines).sort_values("tau", ascending=False, ignore_index=True)


def _line(name: str, seconds: float, score: "pd.Series[float]", truth: "pd.Series[float]") -> dict[str, Any]:
    both = pd.concat([score.rename("score"), truth.rename("truth")], axis=1).dropna()
    found: Ranking = ranking(both["score"], both["truth"], rng=np.random.default_rng(0), k=K)
    return {
        "measure": name, "seconds": seconds, "tau": found.tau.value, "tau_low": found.tau.low,
        "tau_high": found.tau.high, "rho": found.rho.value, "precision": found.precision,
        "best_rank": found.best_rank,
    }  # fmt: skip


def markdown(table: pd.DataFrame) -> str:
    """Return the table as the docs print it."""
    head = ["measure", "seconds", "Kendall's τ [95 %]", "Spearman's ρ", f"precision at {K}", f"best rank in {K}"]
    rows = [
        [
            row["measure"],
            f"{row['seconds']:.2g}",
            f"{row['tau']:.2f} [{row['tau_low']:.2f}, {row['tau_high']:.2f}]",
            f"{row['rho']:.2f}",
            f"{row['precision']:.1f}",
            f"{row['best_rank']}",
        ]
        for row in table.to_dict("records")
    ]
    return "".join(f"| {' | '.join(line)} |\n" for line in [head, ["---"] * len(head), *rows])


def draw(table: pd.DataFrame, path: Path, *, items: int) -> Path:
    """Draw Kendall's τ with its interval against the seconds of one genotype."""
    figure = Figure(figsize=(8.0, 1.6 + 0.32 * len(table)), dpi=100, layout="constrained")
    ax = figure.subplots()
    for height, row in enumerate(table.to_dict("records")):
        colour = style.FAMILIES["HRNet" if row["measure"].startswith("training") else "EfficientPose"]
        ax.plot([row["tau_low"], row["tau_high"]], [height] * 2, color=colour, linewidth=2)
        ax.plot(row["tau"], height, "o", color=colour)
    names = [f"{row['measure']}, {row['seconds']:.2g} s" for row in table.to_dict("records")]
    ax.set_yticks(range(len(table)), names)
    ax.set_ylim(len(table) - 0.4, -0.6)
    ax.axvline(0, color=style.FAINT, linewidth=0.9)
    ax.set_xlabel("Kendall's τ with the full training, bars: 95 % bootstrap   better →")
    title = f"Synthetic people 64×64: {items} networks ranked as their training ranks them?\n"
    style.dress(ax, f"{title}Measure, seconds of one core for a network; blue: shorter trainings")
    return plots.save(figure, path)
