"""The sample of a space of 10²⁰ networks: what was trained, how well a surrogate predicts it, and searches on that.

The sample is the one of `results/`, made by `nasbench-pose benchmark sample`. For each model: cross-validation, and
predictions of the networks that were drawn last by those that were drawn first. For the shown one: the finds of each
strategy, predicted without them, and what strategies find on the surrogate, beside their regret on the table of the
chain space. Draws `huge_space.svg` and writes `huge_space.md`; `budget` is the number of searches of each strategy.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray
from scipy.stats import kendalltau

from analysis.surrogate_benchmark import DATA, STRATEGIES, TRIALS, lines, mean_regrets
from analysis.surrogate_benchmark import SPACE as CHAINS
from nasbench_pose import plots
from nasbench_pose.benchmark import Benchmark
from nasbench_pose.benchmark.evaluator import LookUp
from nasbench_pose.benchmark.surrogate import Predicted, SurrogateBenchmark
from nasbench_pose.benchmark.surrogate.left_out import leave_one_strategy_out
from nasbench_pose.benchmark.surrogate.sample_file import BY_COST
from nasbench_pose.genotype import Genotype
from nasbench_pose.metrics import DEFAULT_OBJECTIVES
from nasbench_pose.plots import style
from nasbench_pose.plots.labels import Label, name_points
from nasbench_pose.plots.trust import PREDICTORS
from nasbench_pose.search import BASELINES, compare, plan
from nasbench_pose.stats import finished
from nasbench_pose.stats.intervals import mean_interval
from nasbench_pose.surrogates.validation import WITHIN

SPACE, MODELS = "efficientpose_small", ("gp", "lightgbm", "linear")
KNOWN = (25, 50, 100, 200, 400)
"""Numbers of drawn networks that predict those drawn after them, as far as the sample goes."""
FEWEST = 30
"""Fewest networks whose predictions are judged."""
SIMILAR = 0.1
"""Networks are of similar cost if their MACs differ by no more than this share."""
ACCURACY = DEFAULT_OBJECTIVES[0]

Floats = NDArray[np.float64]


def main(out: Path, budget: int = 20) -> list[Path]:
    """Judge the surrogates, search on one of them, draw and tabulate."""
    samples = [SurrogateBenchmark.load(SPACE, surrogate=model) for model in MODELS]
    shown = samples[0]
    parts = [
        f"{len(shown.first)} networks of {shown.cost_range['macs'][0] / 1e6:.1f} to "
        f"{shown.cost_range['macs'][1] / 1e6:.1f} MMACs, {len(shown.rows)} trainings.\n",
        lines(*quality(samples)),
        f"τ in five folds, over all pairs, and over pairs whose MACs differ by at most {SIMILAR:.0%}. Two trainings of "
        f"one network differ by {shown.spread_of_seeds:.2f} points (standard deviation); so two trainings of each "
        f"network would agree with τ = {between_trainings(shown):.2f}.\n",
        lines(*more_networks(samples)),
        "The networks that were drawn first predict all that were drawn after them.\n",
        *without_each_strategy(shown),
        lines(*searches(shown, budget)),
        f"{budget} searches of {TRIALS} trials on the {shown.surrogate} surrogate: accuracy that is expected of what a "
        f"search found best, ± its 95 % interval, and the share of trials that it refused because it would "
        f"extrapolate. Regret: on the table of {CHAINS}, after as many trials.\n",
    ]
    (out / "huge_space.md").write_text("\n".join(parts), encoding="utf-8")
    return [plots.save(figure(shown), out / "huge_space.svg"), out / "huge_space.md"]


def quality(samples: list[SurrogateBenchmark]) -> tuple[list[str], list[list[str]]]:
    """Return the head and the rows of a table: each model in five folds, and MACs alone."""
    first = samples[0].first
    macs, accuracy = first["macs"].to_numpy(dtype=float), first[ACCURACY].to_numpy(dtype=float)
    rows = []
    for sample in samples:
        found = sample.validation
        near = at_similar_cost(found.prediction.mean, accuracy, macs)
        within = f"{100 * found.coverage:.0f} %"
        rows.append([sample.surrogate, f"{found.tau:.2f}", f"{near:.2f}", f"{found.rmse:.2f}", within])
    alone = kendalltau(macs, accuracy).statistic
    rows.append(["MACs alone", f"{alone:.2f}", f"{at_similar_cost(macs, accuracy, macs):.2f}", "", ""])
    return ["model", "τ", "τ at similar cost", "error (points)", "within 95 %"], rows


def at_similar_cost(scores: Floats, accuracy: Floats, macs: Floats) -> float:
    """Return Kendall's tau (a) over the pairs of networks of similar cost.

    >>> at_similar_cost(np.array([1.0, 2.0, 9.0]), np.array([5.0, 6.0, 0.0]), np.array([1.0, 1.05, 2.0]))
    1.0
    """
    one, other = np.triu_indices(len(macs), 1)
    near = np.abs(np.log(macs[one] / macs[other])) <= np.log1p(SIMILAR)
    one, other = one[near], other[near]
    return float((np.sign(scores[one] - scores[other]) * np.sign(accuracy[one] - accuracy[other])).mean())


def between_trainings(sample: SurrogateBenchmark) -> float:
    """Return the expected tau between two trainings of each drawn network, of normal accuracies and noise (Greiner)."""
    drawn = sample.first.loc[sample.first["drawn_by"] == BY_COST, ACCURACY]
    return float(2 / np.pi * np.arcsin(max(0.0, 1 - sample.spread_of_seeds**2 / drawn.var(ddof=1))))


def more_networks(samples: list[SurrogateBenchmark]) -> tuple[list[str], list[list[str]]]:
    """Return a table: τ and coverage of each model that has seen the first networks, on those drawn after them."""
    drawn = (samples[0].first["drawn_by"] == BY_COST).to_numpy()
    known = [number for number in KNOWN if drawn.sum() - number >= FEWEST]
    rows = []
    for sample in samples:
        cells = []
        for number in known:
            surrogate, features, accuracy = sample.known
            features, accuracy = features[drawn], accuracy[drawn]
            mean, deviation = surrogate.fit(features[:number], accuracy[:number], 0).predict(features[number:])
            errors = np.abs(mean - accuracy[number:])
            tau = kendalltau(mean, accuracy[number:]).statistic
            cells.append(f"{tau:.2f}, {100 * (errors <= WITHIN * deviation).mean():.0f} %")
        rows.append([sample.surrogate, *cells])
    return ["model: τ, within 95 %", *(f"{number} networks" for number in known)], rows


def without_each_strategy(sample: SurrogateBenchmark) -> list[str]:
    """Return a table: the finds of each strategy, predicted by a model that has not seen them; [] without finds."""
    found = leave_one_strategy_out(sample)
    head = ["without the finds of", "networks", "bias (points)", "error (points)", "within 95 %"]
    rows = [
        [one.strategy, one.networks, f"{one.bias:+.2f}", f"{one.rmse:.2f}", f"{100 * one.coverage:.0f} %"]
        for one in found
    ]
    return [lines(head, rows)] * bool(rows)


def searches(sample: SurrogateBenchmark, seeds: int) -> tuple[list[str], list[list[str]]]:
    """Return a table: what each strategy finds on the surrogate, and its regret on the table of the chain space."""
    with tempfile.TemporaryDirectory() as folder:
        jobs = plan(sample.space, STRATEGIES, Predicted(sample), budget=TRIALS, seeds=seeds, store=f"{folder}/runs.db")
        trials = compare([job for job in jobs if job.strategy != BASELINES])
    regrets = mean_regrets(Benchmark.load(CHAINS, DATA), LookUp(CHAINS, DATA), seeds)
    found = pd.DataFrame(list(_finds(sample, trials))).sort_values("accuracy", ascending=False)
    columns = (found[name] for name in ("strategy", "interval", "refused"))
    rows = [
        [f"`{name}`", str(interval), f"{100 * refused:.0f} %", f"{regrets[name]:.1f}"]
        for name, interval, refused in zip(*columns, strict=True)
    ]
    alike = kendalltau(found["accuracy"], -regrets.loc[found["strategy"]]).statistic
    return ["strategy", "PCKh@0.5 (%)", "refused", f"regret (points); τ of the ranks: {alike:.2f}"], rows


def _finds(sample: SurrogateBenchmark, trials: pd.DataFrame) -> Iterator[dict[str, object]]:
    """Yield of each strategy the mean over searches of what is expected of the network that each found best."""
    for strategy, part in trials.groupby("strategy"):
        done = part[finished(part)]
        best = done.loc[done.groupby("run_seed")[ACCURACY].idxmax(), "genotype"]
        expected = sample.predict(sample.space.encode([Genotype.parse(text) for text in best])).mean
        yield {"strategy": str(strategy), "accuracy": float(expected.mean()), "interval": mean_interval(expected),
               "refused": float(part["error"].notna().mean())}  # fmt: skip


def figure(sample: SurrogateBenchmark) -> Figure:
    """Return the figure: the trained networks over their MACs, and their predictions in folds."""
    drawing, (left, right) = plt.subplots(1, 2, figsize=(9.6, 4.9), layout="constrained")
    title = f"A sample of {SPACE}, {sample.space.size:.0e} genotypes: {sample.protocol.title}"
    drawing.suptitle(title, x=0.01, ha="left", fontsize=11, fontweight="bold", color=style.INK)
    draw_networks(sample, left)
    draw_predictions(sample, right)
    return drawing


def draw_networks(sample: SurrogateBenchmark, ax: Axes) -> None:
    """Draw accuracy over MACs, the finds of searches in a darker colour."""
    first = sample.first.assign(macs=sample.first["macs"] / 1e6)
    drawn = first["drawn_by"] == BY_COST
    colour = style.FAMILIES["EfficientPose"]
    labels = []
    for part, shade, size, name in (
        (first[drawn], colour, 9, "drawn evenly over MACs"),
        (first[~drawn], style.darker(colour), 16, "found by searches"),
    ):
        across, up = part["macs"].to_numpy(dtype=float), part[ACCURACY].to_numpy(dtype=float)
        ax.scatter(across, up, s=size, color=shade, alpha=0.7, linewidths=0)
        if len(part):
            labels.append(Label(across[up.argmax()], up.max(), name, shade, 8.5))
    ax.set_xlabel("Multiply-accumulates per image (MMACs)   ← cheaper")
    ax.set_ylabel("PCKh@0.5 on validation (%)   better →")
    style.dress(ax, f"{len(first)} trained networks", width=46)
    name_points(ax, labels)


def draw_predictions(sample: SurrogateBenchmark, ax: Axes) -> None:
    """Draw predictions over trainings."""
    found, measured = sample.validation, sample.first[ACCURACY].to_numpy(dtype=float)
    mean = found.prediction.mean
    ax.scatter(measured, mean, s=9, alpha=0.6, linewidths=0, color=PREDICTORS["surrogate"])
    ends = [min(measured.min(), mean.min()), max(measured.max(), mean.max())]
    ax.plot(ends, ends, color=style.FAINT, linewidth=0.9)
    ax.set_xlabel("PCKh@0.5 of one training (%)")
    ax.set_ylabel("PCKh@0.5 as predicted (%)")
    style.dress(ax, f"Predicted in five folds, τ\u00a0=\u00a0{found.tau:.2f}", width=46)
