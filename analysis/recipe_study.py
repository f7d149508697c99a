"""How well training recipes rank architectures, and their training time.

Two seeds train the same genotypes of `efficientpose_micro` by every recipe. A recipe is good if both seeds rank the
genotypes alike, that is, if accuracies differ more between genotypes than between seeds. Draws `recipe_study.svg` and
writes `recipe_study.md` from the table `recipe_study` of `results/`. Missing trainings run first, two at a time, for
`budget` minutes, and stored in `recipe_study.csv` in the folder `out`, from which the next run continues. Also writes
`recipe_photographs.md`, the same for the recipes on photographs in `photograph_recipes`.
"""

import time
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import replace
from functools import cache
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nasbench_pose import plots
from nasbench_pose.cost import count
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.files import folder
from nasbench_pose.genotype import Genotype
from nasbench_pose.plots import style
from nasbench_pose.spaces import load
from nasbench_pose.stats import Interval, rank_correlation

SPACE, SEEDS, GENOTYPES = "efficientpose_micro", (0, 1), 20

START = Protocol(optimizer="adamw", learning_rate=1e-2, weight_decay=1e-2, batch=32, steps=300, sigma=1.0)
DEFAULT, QUICK = "AdamW, 600 × 16", "AdamW, 400 × 8"
RECIPES = {
    DEFAULT: replace(START, batch=16, steps=600),
    "AdamW, 1200 × 8": replace(START, batch=8, steps=1200),
    QUICK: replace(START, batch=8, steps=400),
    "AdamW, 300 × 32": START,
    "AdamW, 150 × 64": replace(START, batch=64, steps=150),
    "AdamW, 100 × 32": replace(START, steps=100),
    "averaged, 300 × 32": replace(START, average=0.98),
    "AdamW 3e-3, 300 × 32": replace(START, learning_rate=3e-3),
    "SGD 0.2, 300 × 32": replace(START, optimizer="sgd", learning_rate=0.2, weight_decay=1e-4),
    "target σ 2, 300 × 32": replace(START, sigma=2.0),
    "MSE, 300 × 32": replace(START, loss="mse", sigma=1.5),
}
"""Name, with steps × batch -> protocol."""

COLOUR = style.FAMILIES["EfficientPose"]

FEW = 8
"""Number of genotypes for a recipe of SCREENED."""
SCREENED = frozenset(RECIPES) - {
    *(DEFAULT, QUICK, "AdamW, 1200 × 8", "AdamW, 300 × 32", "AdamW, 100 × 32", "averaged, 300 × 32"),
}

FEWEST = 7
"""The smallest number of genotypes that are ranked."""

IDENTITY = ["protocol", "genotype", "macs", "seed"]

Job = tuple[str, Genotype, int]
"""Recipe, genotype, seed."""


def main(out: Path, budget: int = 0) -> list[Path]:
    """Run missing trainings for `budget` minutes; draw and tabulate all results."""
    rows = measured(out / "recipe_study.csv", minutes=budget)
    table = summary(rows)
    (out / "recipe_study.md").write_text(markdown(table), encoding="utf-8")
    photographs = summary(pd.read_csv(folder("results") / "photograph_recipes.csv"))
    (out / "recipe_photographs.md").write_text(markdown(photographs), encoding="utf-8")
    return [draw(rows, table, out / "recipe_study.svg"), out / "recipe_study.md", out / "recipe_photographs.md"]


def measured(path: Path, minutes: float) -> pd.DataFrame:
    """Return all rows after at most `minutes` of further trainings, each of which is appended to `path`."""
    committed = folder("results") / "recipe_study.csv"
    rows = pd.concat([pd.read_csv(file) for file in (committed, path) if file.is_file()] or [pd.DataFrame()])
    done = set(rows[IDENTITY].itertuples(index=False, name=None)) if len(rows) else set()
    missing = [job for job in jobs() if identity(job) not in done]
    for row in train(missing, time.monotonic() + 60 * minutes):
        pd.DataFrame([row]).to_csv(path, mode="a", header=not path.is_file(), index=False)
        rows = pd.concat([rows, pd.DataFrame([row])])
    return rows.reset_index(drop=True)


def jobs() -> list[Job]:
    """Return every training of the study, in the order in which they are made."""
    rng, space = np.random.default_rng(0), load(SPACE)
    genotypes = space.decode(space.sample_codes(GENOTYPES, rng))
    return [
        (recipe, genotype, seed)
        for recipe in RECIPES
        for genotype in genotypes[: FEW if recipe in SCREENED else GENOTYPES]
        for seed in SEEDS
    ]


def identity(job: Job) -> tuple[str, str, int, int]:
    """Return the identity of a training; its MACs change if the space's template changes."""
    recipe, genotype, seed = job
    return pinned(recipe).key, genotype.text, count(load(SPACE).graph(genotype)).macs, seed


def train(missing: list[Job], deadline: float) -> Iterator[dict[str, Any]]:
    """Yield one row for each training, as they end, two at a time; none begins after `deadline` (monotonic)."""
    waiting = iter(missing if time.monotonic() < deadline else [])
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        running: set[Future[dict[str, Any]]] = {pool.submit(_row, *job) for job in islice(waiting, 2)}
        while running:
            ended, running = wait(running, return_when=FIRST_COMPLETED)
            yield from (future.result() for future in ended)
            left = len(ended) if time.monotonic() < deadline else 0
            running |= {pool.submit(_row, *job) for job in islice(waiting, left)}


def _row(recipe: str, genotype: Genotype, seed: int) -> dict[str, Any]:
    evaluator = _evaluator(recipe)
    trial = evaluator.evaluate(genotype, fidelity=evaluator.full_fidelity, seed=seed)
    known = {"recipe": recipe, "protocol": trial.protocol, "genotype": genotype.text, "seed": seed}
    return known | dict(trial.metrics) | {"seconds": round(trial.seconds, 2), "error": trial.error}


@cache
def _splits() -> Any:
    from nasbench_pose.pose import source

    return source.load(START.data, size=START.input)


@cache
def _evaluator(recipe: str) -> Any:
    from nasbench_pose.evaluators.train import TrainEvaluator

    return TrainEvaluator(RECIPES[recipe], _splits(), load(SPACE))


@cache
def pinned(recipe: str) -> Protocol:
    """Return a recipe's protocol with the digests of its data."""
    return RECIPES[recipe].with_data(_splits())


def summary(rows: pd.DataFrame, metric: str = "val_pckh") -> pd.DataFrame:
    """Return one line per recipe: cost, accuracy, spread over genotypes and over seeds, agreement of the seeds.

    The spread over genotypes is that of their means, corrected for the noise of a mean.
    """
    lines = []
    for recipe, part in rows.groupby("recipe", sort=False):
        pairs = part.pivot(index="genotype", columns="seed", values=metric).dropna()
        if len(pairs) < FEWEST:
            continue
        tau = rank_correlation(*pairs.to_numpy().T, rng=np.random.default_rng(0))
        lines.append({"recipe": recipe} | _line(part, pairs, tau, metric))
    return pd.DataFrame(lines)


def _line(part: pd.DataFrame, pairs: pd.DataFrame, tau: Interval, metric: str) -> dict[str, Any]:
    noise = float(np.sqrt(pairs.var(axis=1, ddof=1).mean()))
    of_networks = float(pairs.mean(axis=1).var(ddof=1)) - noise**2 / pairs.shape[1]  # as `benchmark noise` has it
    return {
        "genotypes": len(pairs),
        "seconds": part["seconds"].mean(),
        metric: pairs.to_numpy().mean(),
        "spread_genotypes": float(np.sqrt(max(0.0, of_networks))),
        "spread_seeds": noise,
        "tau": tau.value,
        "tau_low": tau.low,
        "tau_high": tau.high,
    }


HEAD = (
    "recipe, steps × batch", "networks", "seconds of one training", "val PCKh@0.5 (%)",
    "standard deviation over networks, without the noise of seeds (points)", "over seeds (points)",
    "Kendall's τ between two seeds",
)  # fmt: skip


def markdown(table: pd.DataFrame) -> str:
    """Return the table as the docs print it."""
    rows = [_cells(line) for line in table.to_dict("records")]
    lines = "".join(f"| {' | '.join(row)} |\n" for row in (HEAD, ["---"] * len(HEAD), *rows))
    return f"{lines}\nτ with its 95 % bootstrap interval over networks.\n"


def _cells(line: dict[Any, Any]) -> list[str]:
    tau = f"{line['tau']:.2f} [{line['tau_low']:.2f}, {line['tau_high']:.2f}]"
    points = [f"{line[column]:.2f}" for column in ("spread_genotypes", "spread_seeds")]
    accuracy = f"{line['val_pckh']:.1f}"
    return [line["recipe"], str(line["genotypes"]), f"{line['seconds']:.0f}", accuracy, *points, tau]


def draw(rows: pd.DataFrame, table: pd.DataFrame, path: Path) -> Path:
    """Draw both trainings of every genotype by recipe, and beside them the τ between the seeds."""
    figure = Figure(figsize=(8.0, 1.4 + 0.85 * len(table)), dpi=100, layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True, width_ratios=(5, 3))
    for height, line in enumerate(table.to_dict("records")):
        _draw_pairs(left, rows[rows["recipe"] == line["recipe"]], height)
        right.plot([line["tau_low"], line["tau_high"]], [height] * 2, color=COLOUR, linewidth=2)
        right.plot(line["tau"], height, "o", color=COLOUR)
        label = f"{line['tau']:.2f} at {line['seconds']:.0f} s"
        right.annotate(
            label, (line["tau"], height), (0, 6), textcoords="offset points", ha="center", color=style.INK, fontsize=9
        )
    for ax, label in ((left, "Validation PCKh@0.5 above the recipe's mean (points)"), (right, "Kendall's τ")):
        ax.set_xlabel(f"{label}   better →")
        style.dress(ax, "")
    names = [f"{line.recipe}\n{line.genotypes} networks" for line in table.itertuples()]
    left.set_yticks(range(len(table)), names)
    left.set_ylim(len(table) - 0.4, -0.6)
    right.set_xlim(min(0, table["tau_low"].min()) - 0.08, 1.08)
    title = "Measured plane, synthetic people 64×64: networks of efficientpose_micro, each trained from two seeds"
    left_says = "left: recipe, steps × batch; lines join the seeds of one network"
    right_says = "right: τ between the seeds with its 95 % interval, and the seconds of one training"
    figure.suptitle(f"{title}\n{left_says}\n{right_says}", fontsize=10)
    return plots.save(figure, path)


def _draw_pairs(ax: Axes, part: pd.DataFrame, height: int) -> None:
    """Join both seeds of a genotype by a line; genotypes lie above one another in the order of their means."""
    pairs = part.pivot(index="genotype", columns="seed", values="val_pckh").dropna().to_numpy()
    pairs = pairs[pairs.mean(axis=1).argsort()] - pairs.mean()  # accuracies of two protocols do not share an axis
    heights = height + 0.3 - 0.6 * np.arange(len(pairs)) / max(1, len(pairs) - 1)
    ax.hlines(heights, pairs.min(axis=1), pairs.max(axis=1), color=style.FAINT, linewidth=1.2)
    ax.plot(pairs, heights, "o", color=COLOUR, markersize=3)
