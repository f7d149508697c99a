"""The rank correlation of predictors with full training on photographs.

The truth is the benchmark table of `efficientpose_micro` on LSPET. Draws `rank_study.svg` and writes `rank_study.md`.
Predictors that need images are stored in the table `rank_study` of `results/`, which this command makes:

    nasbench-pose rank efficientpose_micro --data lspet:/folder --out scores.csv --by <MEASURED>

Predictors that need only the benchmark table are computed here, from the current table.
"""

import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import kendalltau

from nasbench_pose import plots, surrogates
from nasbench_pose.benchmark import Benchmark
from nasbench_pose.benchmark.shipped import shipped
from nasbench_pose.files import folder
from nasbench_pose.genotype import Genotype
from nasbench_pose.predictors import RankingTask, ScoreFile, resolve, sample, trust
from nasbench_pose.report.trust import references, table_rows, trust_figure

SPACE, DATA, OTHER = "efficientpose_micro", "lspet", "synthetic"
MEASURED = (
    "grad_norm", "snip", "grasp", "fisher", "synflow", "naswot", "jacob_cov", "zen", "zico",
    "single_path=1600", "sandwich=400", "training=200", "input=32",
)  # fmt: skip
LEARNT = ("linear=20", "linear=50", "gp=20", "gp=50", "forest=50", "lightgbm=50")
LOOKED_UP = (
    "params", "macs", *LEARNT, "linear", "gp",
    "curve=200", "curve=400", "curve=600", "power_law=400", "learnt_curve=400",
)  # fmt: skip
NETWORKS, K = 100, 5


def main(out: Path, budget: int = 10) -> list[Path]:
    """Draw and tabulate rank correlations into `out`; surrogates learn from `budget` draws of trainings."""
    table = Benchmark.load(SPACE, DATA)
    task, networks = RankingTask(table), sample(table, NETWORKS)
    other = OTHER in shipped()[SPACE] and Benchmark.load(SPACE, OTHER).complete
    names = [*LOOKED_UP, *([f"table={OTHER}"] if other else [])]
    scores = pd.concat([measured(networks), *(looked_up(name, task, networks) for name in names)])
    truth = table.means().set_index("genotype")["val_pckh"]
    found = trust(scores, truth, k=K)
    parts = [table_rows(found, K), ceilings(table, networks), over_draws(task, networks, truth, max(2, budget)),
             validated(table, budget)]  # fmt: skip
    (out / "rank_study.md").write_text("\n".join(map(markdown, parts)), encoding="utf-8")
    return [plots.save(trust_figure(table, found, networks), out / "rank_study.svg"), out / "rank_study.md"]


def measured(networks: list[Genotype]) -> pd.DataFrame:
    """Return the stored scores of `networks`: of each predictor, those that were added last."""
    scores = ScoreFile(folder("results") / "rank_study.csv").read()
    last = scores.groupby("predictor")["about"].transform("last")
    return scores[(scores["about"] == last) & scores["genotype"].isin({one.text for one in networks})]


def looked_up(name: str, task: RankingTask, networks: list[Genotype], seed: int = 0) -> pd.DataFrame:
    """Return the scores of a predictor that needs only benchmark tables."""
    with tempfile.TemporaryDirectory() as scratch:
        return ScoreFile(Path(scratch) / "scores.csv").scored(resolve(name, task), networks, seed)


def over_draws(task: RankingTask, networks: list[Genotype], truth: "pd.Series[float]", draws: int) -> list[list[str]]:
    """Return the spread of each surrogate's τ over draws of its training set; the first row is the head."""
    head = ["surrogate", f"Kendall's τ, mean ± standard deviation of {draws} draws of its trainings", "from", "to"]
    rows = [head]
    for name in LEARNT:
        taus = np.array([_tau(looked_up(name, task, networks, seed), truth) for seed in range(draws)])
        rows.append([name, f"{taus.mean():.2f} ± {taus.std(ddof=1):.2f}", f"{taus.min():.2f}", f"{taus.max():.2f}"])
    return rows


def ceilings(table: Benchmark, networks: list[Genotype]) -> list[list[str]]:
    """Return the τ that the noise of the ground truth allows at most; the first row is the head."""
    rows = [[name.removesuffix(" (expected)"), f"{tau:.2f}"] for name, tau in references(table, networks).items()]
    return [["what the noise of the truth leaves", "expected Kendall's τ"], *rows]


def validated(table: Benchmark, budget: int) -> list[list[str]]:
    """Return error and calibration of each surrogate on a tenth of the table per unit of `budget`, at most all."""
    head = ["surrogate, cross-validated in five folds", "networks", "Kendall's τ with one training each",
            "root mean square error (points)", "within 1.96 deviations (%)"]  # fmt: skip
    members = table.index.members[: len(table.index.members) * min(budget, 10) // 10]
    seen = surrogates.features(table.space, table.space.encode(members))
    accuracy = table.grid.read("val", None, table.grid.seeds[0])[0][: len(members)]
    rows = [head]
    for name in surrogates.SURROGATES:
        found = surrogates.cross_validate(surrogates.resolve(name), seen, accuracy, rng=np.random.default_rng(0))
        rows.append([name, f"{len(members)}", f"{found.tau:.2f}", f"{found.rmse:.2f}", f"{100 * found.coverage:.0f}"])
    return rows


def _tau(scores: pd.DataFrame, truth: "pd.Series[float]") -> float:
    known = scores.dropna(subset="score").set_index("genotype")["score"]
    return float(kendalltau(known, truth[known.index]).statistic)


def markdown(rows: list[list[str]]) -> str:
    """Return a table of Markdown; the first row is its head."""
    head, *rest = rows
    return "".join(f"| {' | '.join(line)} |\n" for line in [head, ["---"] * len(head), *rest])
