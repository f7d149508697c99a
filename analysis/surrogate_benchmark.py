"""A surrogate benchmark tried where the truth is known: samples of the chain space, whose every network was trained.

The construction is that of `nasbench-pose benchmark sample`; the trainings come from the table of photographs. For
each size of sample and each model: how well the networks that were not drawn are predicted, whether the intervals
hold, and whether strategies rank on the surrogate as on the table. Draws `surrogate_benchmark.svg` and writes
`surrogate_benchmark.md`; `budget` is the number of searches of each strategy.
"""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.stats import kendalltau

from nasbench_pose import plots
from nasbench_pose.benchmark import Benchmark
from nasbench_pose.benchmark.evaluator import LookUp
from nasbench_pose.benchmark.regret import final_regret, regret_so_far
from nasbench_pose.benchmark.surrogate import Predicted, SurrogateBenchmark
from nasbench_pose.benchmark.surrogate.left_out import LeftOut, leave_one_strategy_out
from nasbench_pose.benchmark.surrogate.sample_plan import Draw, SamplePlan, drawn, liked
from nasbench_pose.cost import table as cost_table
from nasbench_pose.evaluators.trial import Evaluator
from nasbench_pose.plots import style
from nasbench_pose.plots.labels import Label, name_points
from nasbench_pose.plots.strategy_colours import spoken_names, strategy_colours
from nasbench_pose.plots.style import darker
from nasbench_pose.plots.trust import PREDICTORS
from nasbench_pose.search import BASELINES, compare, plan
from nasbench_pose.surrogates.validation import WITHIN

SPACE, DATA = "efficientpose_micro", "lspet"
DRAWN, MODELS = (50, 100, 200), ("gp", "lightgbm")
SHOWN = (100, "gp")
"""The sample and the model of the figure: a sixth of the space."""
STRATEGIES = (
    "random", "evolution", "local", "nsga2", "sms_emoa", "incumbent", "tpe",
)  # fmt: skip
TRIALS = 50


class Found(NamedTuple):
    """What one surrogate says of the networks that it was not fitted to."""

    surrogate: SurrogateBenchmark
    truth: pd.DataFrame
    """Of the other networks: predicted, deviation, single (the training with seed 0) and mean (of all seeds)."""
    left_out: list[LeftOut]

    @property
    def tau(self) -> float:
        """Kendall's tau of the predictions with the means of the table."""
        return float(kendalltau(self.truth["predicted"], self.truth["mean"]).statistic)

    @property
    def coverage(self) -> float:
        """Share of single trainings within their 95 % intervals."""
        errors = (self.truth["single"] - self.truth["predicted"]).abs()
        return float((errors <= WITHIN * self.truth["deviation"]).mean())


def main(out: Path, budget: int = 20) -> list[Path]:
    """Make the samples, ask the surrogates, compare the ranks of strategies; for one search, of the smallest sample."""
    table = Benchmark.load(SPACE, DATA)
    tries = [(number, model) for number in DRAWN for model in MODELS][: None if budget > 1 else 1]
    shown = SHOWN if SHOWN in tries else tries[0]
    found = {key: tried(table, *key, TRIALS if budget > 1 else 12) for key in tries}
    on_table = mean_regrets(table, LookUp(SPACE, DATA), budget)
    ranked = {key: mean_regrets(predicted_table(one.surrogate, table), Predicted(one.surrogate), budget)
              for key, one in found.items()}  # fmt: skip
    (out / "surrogate_benchmark.md").write_text(markdown(found, shown, on_table, ranked, budget), encoding="utf-8")
    drawing = figure(found[shown], on_table, ranked[shown])
    return [plots.save(drawing, out / "surrogate_benchmark.svg"), out / "surrogate_benchmark.md"]


def tried(table: Benchmark, number: int, model: str, trials: int) -> Found:
    """Return what a surrogate says of the other networks: `number` are drawn, searches of `trials` find a quarter."""
    wanted, space = SamplePlan(drawn=number, liked=number // 4, budget=trials), table.space
    draws = drawn(space, cost_table(space), wanted, np.random.default_rng(0))
    first = sampled(table, draws, model)
    whole = sampled(table, [*draws, *liked(first, wanted)], model)
    known = set(whole.first["genotype"])
    others = [genotype for genotype in table.index.members if genotype.text not in known]
    predicted = whole.predict(space.encode(others))
    truth = pd.DataFrame(
        {
            "predicted": predicted.mean,
            "deviation": predicted.deviation,
            "single": [table.query(genotype, seed=0).accuracy for genotype in others],
            "mean": [table.query(genotype).accuracy for genotype in others],
        }
    )
    return Found(whole, truth, leave_one_strategy_out(whole))


def sampled(table: Benchmark, draws: list[Draw], model: str) -> SurrogateBenchmark:
    """Return the surrogate of the rows of a table that a sample would have."""
    wanted = pd.DataFrame(
        [(genotype.text, seed, by) for genotype, seed, by in draws], columns=["genotype", "seed", "drawn_by"]
    )
    return SurrogateBenchmark(
        "sample", table.space, wanted.merge(table.rows, on=["genotype", "seed"]), table.about, model
    )


def predicted_table(surrogate: SurrogateBenchmark, table: Benchmark) -> Benchmark:
    """Return the table with the surrogate's expected accuracies, from which regret on the surrogate is known."""
    members = table.index.members
    rows = table.rows.drop_duplicates("genotype").set_index("genotype").loc[[one.text for one in members]].reset_index()
    mean = surrogate.predict(table.space.encode(members)).mean
    return replace(table, rows=rows.assign(val_pckh=mean, seed=0), own=None)


def mean_regrets(truth: Benchmark, measured: Callable[[], Evaluator], seeds: int) -> "pd.Series[float]":
    """Return the mean regret of each strategy after TRIALS trials on a measurement, by its own truth, in points."""
    with tempfile.TemporaryDirectory() as folder:
        jobs = plan(truth.space, STRATEGIES, measured, budget=TRIALS, seeds=seeds, store=f"{folder}/runs.db")
        trials = compare([job for job in jobs if job.strategy != BASELINES])
    return final_regret(regret_so_far(trials, truth)).set_index("strategy")["regret"]


def markdown(
    found: dict[tuple[int, str], Found],
    shown: tuple[int, str],
    on_table: "pd.Series[float]",
    ranked: dict[tuple[int, str], "pd.Series[float]"],
    budget: int,
) -> str:
    """Return the quality of each surrogate, and the prediction of what each strategy of the shown one found."""
    head = ["networks drawn", "found by searches", "model", "τ, means of the others", "trainings within 95 %",
            "τ of the strategies' regrets"]  # fmt: skip
    rows = []
    for (number, model), one in found.items():
        ranks = kendalltau(on_table, ranked[number, model].loc[on_table.index]).statistic
        more = len(one.surrogate.first) - number
        rows.append([number, more, model, f"{one.tau:.2f}", f"{100 * one.coverage:.0f} %", f"{ranks:.2f}"])
    names = ["without the finds of", "networks", "bias (points)", "error (points)", "within 95 %"]
    left_out = [
        [one.strategy, one.networks, f"{one.bias:+.2f}", f"{one.rmse:.2f}", f"{100 * one.coverage:.0f} %"]
        for one in found[shown].left_out
    ]
    parts = [
        lines(head, rows),
        f"Over the {len(on_table)} strategies: mean regret of {budget} searches of {TRIALS} trials each. One "
        f"training of each network would agree with the means of another such table with τ = {one_training():.2f}.\n",
        f"The {shown[0]} networks and the finds of all strategies but one predict those of that one:\n",
        lines(names, left_out),
    ]
    return "\n".join(parts)


def lines(head: list[str], rows: Sequence[Sequence[object]]) -> str:
    """Return a table of Markdown."""
    return "".join(f"| {' | '.join(map(str, row))} |\n" for row in (head, ["---"] * len(head), *rows))


def one_training() -> float:
    """Return the expected Kendall's tau between single trainings and means like those of the table."""
    found = Benchmark.load(SPACE, DATA).noise(np.random.default_rng(0))
    return found.expected(1, found.trainings_each)


def figure(one: Found, on_table: "pd.Series[float]", predicted: "pd.Series[float]") -> Figure:
    """Return the figure of one surrogate: its predictions, and the regret of strategies on it."""
    drawing, (left, right) = plt.subplots(1, 2, figsize=(9.6, 4.9), layout="constrained")
    title = f"A surrogate of {len(one.surrogate.first)} networks of {SPACE}: {one.surrogate.protocol.title}"
    drawing.suptitle(title, x=0.01, ha="left", fontsize=11, fontweight="bold", color=style.INK)
    draw_predictions(one, left)
    draw_regrets(on_table, predicted, right)
    return drawing


def draw_predictions(one: Found, ax: Axes) -> None:
    """Draw predictions over the table's means, for the networks that the surrogate has not seen."""
    ax.scatter(one.truth["mean"], one.truth["predicted"], s=9, alpha=0.5, linewidths=0, color=PREDICTORS["surrogate"])
    ends = [one.truth[["mean", "predicted"]].min().min(), one.truth[["mean", "predicted"]].max().max()]
    ax.plot(ends, ends, color=style.FAINT, linewidth=0.9)
    ax.set_xlabel("PCKh@0.5 of the table (%), mean over seeds")
    ax.set_ylabel("PCKh@0.5 as predicted (%)")
    style.dress(ax, f"{len(one.truth)} networks outside the sample, τ\u00a0=\u00a0{one.tau:.2f}", width=46)


def draw_regrets(on_table: "pd.Series[float]", predicted: "pd.Series[float]", ax: Axes) -> None:
    """Draw the mean regret of each strategy on the surrogate over that on the table."""
    colours, names = strategy_colours(on_table.index), spoken_names(on_table.index)
    values, labels = predicted.loc[on_table.index], []
    for name, x, y in zip(on_table.index, on_table, values, strict=True):
        ax.scatter(x, y, s=30, color=colours[name], linewidths=0)
        labels.append(Label(x, y, names[name], darker(colours[name]), 8.5))
    ax.set_xlabel("Mean regret on the table (points)   ← better")
    ax.set_ylabel("Mean regret on the surrogate (points)   ↓ better")
    style.dress(ax, f"Strategies after {TRIALS} trials, on both", width=46)
    name_points(ax, labels, marks=4)
