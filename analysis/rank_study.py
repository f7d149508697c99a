"""How far can predictors be trusted to rank networks as their full training on photographs does?

The truth is the benchmark table of `efficientpose_micro` on LSPET. Draws `rank_study.svg` and writes `rank_study.md`
from the scores in the table `rank_study` of `results/`, which is made, and goes on, by

    nasbench-pose rank efficientpose_micro --data lspet:/folder --out results/rank_study.csv --by <MEASURES>
"""

from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from nasbench_pose import plots
from nasbench_pose.benchmark import Benchmark
from nasbench_pose.files import folder
from nasbench_pose.predictors import trust
from nasbench_pose.report.trust import trust_figure

SPACE, DATA = "efficientpose_micro", "lspet"
MEASURES = (
    "params", "macs", "grad_norm", "snip", "grasp", "fisher", "synflow", "naswot", "jacob_cov", "zen", "zico",
    "single_path=1600", "sandwich=400",
    "linear=20", "linear=50", "gp=20", "gp=50", "forest=50", "lightgbm=50",
    "curve=200", "curve=400", "curve=600", "power_law=400", "learnt_curve=400",
    "training=200", "input=32",
)  # fmt: skip
K = 5


def main(out: Path, budget: int = 0) -> list[Path]:  # noqa: ARG001
    """Draw and tabulate the scores there are into `out`; there is nothing a larger `budget` could improve."""
    table, scores = Benchmark.load(SPACE, DATA), pd.read_csv(folder("results") / "rank_study.csv")
    truth = table.means().set_index("genotype")["val_pckh"]
    latest = scores.drop_duplicates(["predictor", "genotype", "seed"], keep="last")
    found = trust(latest, truth, rng=np.random.default_rng(0), k=K)
    (out / "rank_study.md").write_text(markdown(found), encoding="utf-8")
    return [plots.save(trust_figure(table, found), out / "rank_study.svg"), out / "rank_study.md"]


def markdown(found: pd.DataFrame) -> str:
    """Return the table as the docs print it."""
    head = ["predictor", "family", "networks", "Kendall's τ [95 %]", "on the best 10 %", "Spearman's ρ",
            f"precision at {K}", f"best of {K}", "points lost", "seconds each", "seconds once"]  # fmt: skip
    rows = [
        [
            row["predictor"],
            row["family"],
            f"{row['networks']}",
            _interval(row, "tau"),
            _interval(row, "top_tau"),
            f"{row['rho']:.2f}",
            f"{row['precision']:.1f}",
            f"{row['best_rank']}",
            f"{row['lost']:.1f}",
            f"{row['seconds']:.2g}",
            f"{row['once_seconds']:.0f}",
        ]
        for row in found.to_dict("records")
    ]
    return "".join(f"| {' | '.join(line)} |\n" for line in [head, ["---"] * len(head), *rows])


def _interval(row: Mapping[Hashable, Any], column: str) -> str:
    if np.isnan(row[column]):
        return "–"
    return f"{row[column]:.2f} [{row[f'{column}_low']:.2f}, {row[f'{column}_high']:.2f}]"
