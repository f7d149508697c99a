"""How far can predictors be trusted to rank networks as their full training on photographs does?

The truth is the benchmark table of `efficientpose_micro` on LSPET. Draws `rank_study.svg` and writes `rank_study.md`
from the scores in the table `rank_study` of `results/`, which is made, and goes on, by

    nasbench-pose rank efficientpose_micro --data lspet:/folder --out results/rank_study.csv --by <MEASURES>
"""

from pathlib import Path

import pandas as pd

from nasbench_pose import plots
from nasbench_pose.benchmark import Benchmark
from nasbench_pose.files import folder
from nasbench_pose.predictors import ScoreFile, trust
from nasbench_pose.report.trust import cells, trust_figure

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
    file = folder("results") / "rank_study.csv"
    if not file.is_file():
        (out / "rank_study.md").write_text("No predictor was held against the table yet.\n", encoding="utf-8")
        return [out / "rank_study.md"]
    table = Benchmark.load(SPACE, DATA)
    found = trust(latest(ScoreFile(file).read()), table.means().set_index("genotype")["val_pckh"], k=K)
    head, *rows = cells(found, K)
    lines = [head, ["---"] * len(head), *rows]
    (out / "rank_study.md").write_text("".join(f"| {' | '.join(line)} |\n" for line in lines), encoding="utf-8")
    return [plots.save(trust_figure(table, found), out / "rank_study.svg"), out / "rank_study.md"]


def latest(scores: pd.DataFrame) -> pd.DataFrame:
    """Return, of each predictor, the scores that hold: those of an older table or protocol are another measure."""
    last = scores.groupby("predictor")["about"].transform("last")
    return scores[scores["about"] == last]
