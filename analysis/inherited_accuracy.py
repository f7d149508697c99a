"""How far the accuracy that a network inherits from a supernet ranks as its own training does.

`python -m analysis.inherited_accuracy lspet:/folder OUT.csv` trains the supernets on photographs and appends the scores
of networks to OUT.csv; run again, it goes on. `results/one_shot/inherited.csv` has what it wrote. The study writes
`inherited_accuracy.md` from there, with the benchmark table of `efficientpose_micro` as the truth.
"""

import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd

from analysis.rank_study import ceilings, markdown
from nasbench_pose.benchmark import Benchmark
from nasbench_pose.files import folder
from nasbench_pose.metrics import DEFAULT_OBJECTIVES
from nasbench_pose.oneshot import OneShotEvaluator
from nasbench_pose.predictors import Predictor, RankingTask, ScoreFile, sample, trust
from nasbench_pose.predictors.evaluator_predictors import evaluated

SPACE, DATA = "efficientpose_micro", "lspet"
NETWORKS, K, PEOPLE = 40, 5, 128
PATHS = {"single_path": 1, "four_paths": 4, "sandwich": 4, "distilled_sandwich": 4, "progressive": 1}
"""Members that a step trains; so many times fewer steps train equally many members."""
TRAINED = 400
"""Members that are trained, one after the other or several in a step."""
LONGER = {"single_path": 1600, "sandwich": 400}
"""Steps of supernets of the table `rank_study`, with 512 people of recalibration and mirror images."""
CALIBRATIONS = (0, 16, PEOPLE)
"""People that the statistics of batch normalisation are taken from, for `single_path`; 0: none."""
MEASURED = (
    *((sampling, TRAINED // paths, PEOPLE) for sampling, paths in PATHS.items()),
    *(("single_path", TRAINED, people) for people in CALIBRATIONS if people != PEOPLE),
)
"""(sampling, steps, people of recalibration)."""


def main(out: Path, budget: int = NETWORKS) -> list[Path]:
    """Tabulate into `out` the rank correlation of inherited with own accuracy, over `budget` networks or ten."""
    table = Benchmark.load(SPACE, DATA)
    networks = sample(table, max(10, budget))
    files = (folder("results") / "one_shot" / "inherited.csv", folder("results") / "rank_study.csv")
    scores = pd.concat([ScoreFile(path).read() for path in files])
    scores = scores[scores["genotype"].isin({one.text for one in networks}) & (scores["family"] == "one-shot")]
    found = trust(scores, table.means().set_index("genotype")["val_pckh"], k=K).set_index("predictor")
    head = ["Kendall's τ with own training", f"precision at {K}", "points lost", "s each", "s of the supernet"]
    short = [[sampling, str(TRAINED // paths), *_row(found, name_of(sampling, TRAINED // paths, PEOPLE))]
             for sampling, paths in PATHS.items()]  # fmt: skip
    longer = [[sampling, str(steps), *_row(found, f"{sampling}={steps}")] for sampling, steps in LONGER.items()]
    people = [[str(each), *_row(found, name_of("single_path", TRAINED, each))] for each in CALIBRATIONS]
    parts = [[["a step trains", "steps", *head], *short, *longer], [["people of recalibration", *head], *people],
             ceilings(table, networks)]  # fmt: skip
    written = out / "inherited_accuracy.md"
    written.write_text("\n".join(map(markdown, parts)), encoding="utf-8")
    return [written]


def name_of(sampling: str, steps: int, people: int) -> str:
    """Return the name of a predictor in the file of scores."""
    return f"{sampling}={steps}" + (f", {people} people" if people != PEOPLE else "")


def _row(found: pd.DataFrame, name: str) -> list[str]:
    row = found.loc[name]
    tau, low, high = (row[f"tau{end}"] for end in ("", "_low", "_high"))
    return [f"{tau:.2f} [{low:.2f}, {high:.2f}]", f"{row['precision']:.1f}", f"{row['lost']:.1f}",
            f"{row['seconds']:.2f}", f"{row['once_seconds']:.0f}"]  # fmt: skip


def record(data: str, out: Path) -> None:
    """Score networks with each supernet that `out` does not have yet, on the people of `data`."""
    table = Benchmark.load(SPACE, DATA)
    task, networks = RankingTask(table, data), sample(table, NETWORKS)
    for sampling, steps, people in MEASURED:
        name = name_of(sampling, steps, people)
        scores = ScoreFile(out).scored(_predictor(name, task, sampling, steps, people), networks, 0)
        print(name, f"{scores['seconds'].sum() + scores['once_seconds'].iloc[0]:.0f} s", flush=True)


def _predictor(name: str, task: RankingTask, sampling: str, steps: int, people: int) -> Predictor:
    """Return the predictor; val is seen without its mirror images, which takes half the time."""
    protocol = replace(task.protocol, steps=steps, flip_test=False)
    evaluator = OneShotEvaluator(task.benchmark.space, protocol, task.splits, sampling, calibration=people)
    return evaluated(name, "one-shot", evaluator, DEFAULT_OBJECTIVES[0])


if __name__ == "__main__":
    record(sys.argv[1], Path(sys.argv[2]))
