"""The rank correlation of inherited accuracy (weights of a supernet) with the accuracy of full training.

`python -m analysis.inherited_accuracy lspet:/folder OUT.csv` trains the supernets on photographs and appends the scores
of networks to OUT.csv; the same command continues. `results/one_shot/inherited.csv` is its output. The study writes
`inherited_accuracy.md` from there, with the benchmark table of `efficientpose_micro` as the truth.
"""

import sys
from dataclasses import replace
from itertools import product
from pathlib import Path

import pandas as pd

from analysis.rank_study import ceilings, markdown
from nasbench_pose.benchmark import Benchmark
from nasbench_pose.files import folder
from nasbench_pose.metrics import DEFAULT_OBJECTIVES
from nasbench_pose.oneshot import OneShotEvaluator
from nasbench_pose.predictors import Predictor, RankingTask, ScoreFile, sample, trust
from nasbench_pose.predictors.evaluator_predictors import evaluated
from nasbench_pose.stats import mean_interval

SPACE, DATA = "efficientpose_micro", "lspet"
NETWORKS, K, PEOPLE, SEEDS = 40, 5, 128, 3
PATHS = {"single_path": 1, "four_paths": 4, "sandwich": 4, "distilled_sandwich": 4, "progressive": 1}
"""Members that a step trains; so many times fewer steps train equally many members."""
TRAINED = 400
"""Members that are trained, one after the other or several in a step."""
OTHER_LENGTHS = (("single_path", 100), ("single_path", 1600), ("sandwich", 400))
"""(sampling, steps) of supernets that are trained for less or more than the others."""
CALIBRATIONS = (0, 16, PEOPLE)
"""People that the statistics of batch normalisation are taken from, for `single_path`; 0: none."""
PAIRS = (
    ("single_path=1600", "single_path=400"),
    ("single_path=400", "single_path=100"),
    ("sandwich=400", "sandwich=100"),
    ("progressive=400", "single_path=400"),
    ("four_paths=100", "single_path=400"),
    ("sandwich=100", "single_path=400"),
    ("distilled_sandwich=100", "sandwich=100"),
    ("single_path=400", "single_path=400, 0 people"),
    ("single_path=400", "single_path=400, 16 people"),
)
"""Predictors whose difference is tabulated."""
MEASURED = (
    *((sampling, TRAINED // paths, PEOPLE) for sampling, paths in PATHS.items()),
    *((*other, PEOPLE) for other in OTHER_LENGTHS),
    *(("single_path", TRAINED, people) for people in CALIBRATIONS if people != PEOPLE),
)
"""(sampling, steps, people of recalibration)."""


def main(out: Path, budget: int = NETWORKS) -> list[Path]:
    """Tabulate into `out` the rank correlation of inherited with own accuracy, over `budget` networks or ten."""
    table = Benchmark.load(SPACE, DATA)
    networks = sample(table, max(10, budget))
    scores = ScoreFile(folder("results") / "one_shot" / "inherited.csv").read()
    scores = scores[scores["genotype"].isin({one.text for one in networks})]
    truth = table.means().set_index("genotype")["val_pckh"]
    found = pd.concat([trust(part, truth, k=K).assign(seed=seed) for seed, part in scores.groupby("seed")])
    head = ["Kendall's τ with own training", "of each supernet", f"precision at {K}", "points lost", "s each",
            "s of the supernet"]  # fmt: skip
    trained = [*((sampling, TRAINED // paths) for sampling, paths in PATHS.items()), *OTHER_LENGTHS]
    first = [[sampling, str(steps), *_row(found, name_of(sampling, steps, PEOPLE))] for sampling, steps in trained]
    people = [[str(each), *_row(found, name_of("single_path", TRAINED, each))] for each in CALIBRATIONS]
    parts = [[["a step trains", "steps", *head], *first], [["people of recalibration", *head], *people],
             [["difference", "τ"], *_differences(found)], ceilings(table, networks)]  # fmt: skip
    written = out / "inherited_accuracy.md"
    written.write_text("\n".join(map(markdown, parts)), encoding="utf-8")
    return [written]


def _differences(found: pd.DataFrame) -> list[list[str]]:
    """Return the differences of τ between kinds of supernets, paired by their seeds."""
    taus = found.pivot(index="seed", columns="predictor", values="tau")
    return [[f"{one} - {other}", _interval(taus[one] - taus[other])] for one, other in PAIRS]


def name_of(sampling: str, steps: int, people: int) -> str:
    """Return the name of a predictor in the file of scores."""
    return f"{sampling}={steps}" + (f", {people} people" if people != PEOPLE else "")


def _row(found: pd.DataFrame, name: str) -> list[str]:
    """Return means over the supernets of a kind, with the interval of τ over them."""
    rows = found[found["predictor"] == name]
    mean = rows[["precision", "lost", "seconds", "once_seconds"]].mean()
    return [_interval(rows["tau"]), ", ".join(f"{tau:.2f}" for tau in rows["tau"]),
            f"{mean['precision']:.1f}", f"{mean['lost']:.1f}", f"{mean['seconds']:.2f}",
            f"{mean['once_seconds']:.0f}"]  # fmt: skip


def _interval(taus: "pd.Series[float]") -> str:
    found = mean_interval(taus.to_numpy())
    return f"{found.value:z.2f} ± {found.half_width:.2f}"


def record(data: str, out: Path) -> None:
    """Score networks with each supernet that `out` does not have yet, on the people of `data`."""
    table = Benchmark.load(SPACE, DATA)
    task, networks = RankingTask(table, data), sample(table, NETWORKS)
    for seed, (sampling, steps, people) in product(range(SEEDS), MEASURED):
        name = name_of(sampling, steps, people)
        scores = ScoreFile(out).scored(_predictor(name, task, sampling, steps, people), networks, seed)
        print(name, seed, f"{scores['seconds'].sum() + scores['once_seconds'].iloc[0]:.0f} s", flush=True)


def _predictor(name: str, task: RankingTask, sampling: str, steps: int, people: int) -> Predictor:
    """Return the predictor. It scores val without the flip test, which halves the time."""
    protocol = replace(task.protocol, steps=steps, flip_test=False)
    evaluator = OneShotEvaluator(task.benchmark.space, protocol, task.splits, sampling, calibration=people)
    return evaluated(name, "one-shot", evaluator, DEFAULT_OBJECTIVES[0])


if __name__ == "__main__":
    record(sys.argv[1], Path(sys.argv[2]))
