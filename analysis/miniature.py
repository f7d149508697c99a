"""The paper's claim in miniature: can a cost-aware differentiable search match a narrow HRNet at a quarter of its MACs?

EfficientPose (arXiv 2012.07086) is as accurate as HRNet-W32 at a fraction of its operations. Here, end to end, under
one protocol on photographs: `darts` searches `efficientpose_micro`; of each search seed, the largest of its last
proposals with at most a quarter of the MACs of HRNet-W16-narrow is trained from scratch with three seeds, as HRNet is,
and tested once. So cost alone selects λ. The grid of λ was chosen with the search seeds 0 to 2, whose networks were
tested during the exploration; the reported result uses new seeds.

Draws `miniature.svg` and writes `miniature.md` from the table `miniature` of `results/`. With the folder of LSPET in
the environment variable NASBENCH_POSE_LSPET, missing searches and trainings are run first, for `budget` minutes, and
stored in `miniature.csv` in the folder `out`.
"""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from nasbench_pose import plots
from nasbench_pose.benchmark import Benchmark
from nasbench_pose.cost import count
from nasbench_pose.evaluators.protocol import PROTOCOLS
from nasbench_pose.evaluators.training import Training
from nasbench_pose.files import folder
from nasbench_pose.genotype import Genotype
from nasbench_pose.objective import Objective
from nasbench_pose.plots import style
from nasbench_pose.plots.labels import Label, name_points
from nasbench_pose.spaces import find, load, space_of
from nasbench_pose.stats import mean_interval
from nasbench_pose.strategies import make

MACS, TEST = Objective("macs"), Objective("test_pckh", maximise=True)
SPACE, HRNET = "efficientpose_micro", "hrnet-w16-narrow"
PROTOCOL = PROTOCOLS["photographs"]
COST_WEIGHTS = (0.0003, 0.001, 0.003)
"""0.01 and 0.03 were tried too: they find networks of 0.15 of HRNet's MACs and less."""
EXPLORED, SEARCH_SEEDS, TRAINING_SEEDS = range(3), range(3, 6), range(3)
ASKS = 12
SHARE = 1 / 4
"""Limit of MACs, as a fraction of HRNet's."""
WITHIN = 1.0
"""Points of PCKh@0.5."""
COLUMNS = ("what", "cost_weight", "search_seed", "genotype", "macs", "seed", "val_pckh", "test_pckh", "seconds")


def main(out: Path, budget: int = 0) -> list[Path]:
    """Search and train for `budget` minutes if the data set is there; draw and tabulate all results."""
    rows = known(out)
    if budget and "NASBENCH_POSE_LSPET" in os.environ:
        rows = extended(out, rows, f"lspet:{os.environ['NASBENCH_POSE_LSPET']}", 60.0 * budget)
    (out / "miniature.md").write_text(markdown(rows), encoding="utf-8")
    return [out / "miniature.md", *([draw(rows, out / "miniature.svg")] if len(rows) else [])]


def known(out: Path) -> pd.DataFrame:
    """Return the rows in `results/` and in `out`."""
    files = [file for file in (folder("results") / "miniature.csv", out / "miniature.csv") if file.is_file()]
    parts = [pd.read_csv(file) for file in files]
    return pd.concat(parts, ignore_index=True).drop_duplicates() if parts else pd.DataFrame(columns=list(COLUMNS))


def extended(out: Path, rows: pd.DataFrame, data: str, seconds: float) -> pd.DataFrame:
    """Return `rows` and the new rows of `seconds` of work, which are also appended to the file in `out`."""
    ends = time.monotonic() + seconds
    for work in missing(rows, data):
        if time.monotonic() > ends:
            break
        new = pd.DataFrame([work()], columns=list(COLUMNS))
        path = out / "miniature.csv"
        new.to_csv(path, mode="a", header=not path.is_file(), index=False)
        rows = pd.concat([rows, new], ignore_index=True) if len(rows) else new
    return rows


def missing(rows: pd.DataFrame, data: str) -> Iterator[Any]:
    """Yield, as functions that return a row, first the searches that are missing, then the trainings."""
    searched = rows[rows["what"] == "search"]
    done = set(zip(searched["cost_weight"], searched["search_seed"], strict=True))
    found: list[dict[Any, Any]] = [dict(row) for row in searched.to_dict("records")]
    for weight in COST_WEIGHTS:
        for seed in SEARCH_SEEDS:
            if (weight, seed) not in done:

                def search(weight: float = weight, seed: int = seed) -> dict[Any, Any]:
                    found.append(_searched(weight, seed, data))
                    return found[-1]

                yield search
    trained = rows[rows["what"] == "training"]
    there = set(zip(trained["genotype"], trained["seed"], strict=True))
    evaluator = Training(data, PROTOCOL)()
    for genotype in dict.fromkeys([find(HRNET), *map(find, chosen(pd.DataFrame(found), SEARCH_SEEDS)["genotype"])]):
        for seed in TRAINING_SEEDS:
            if (genotype.text, seed) not in there:
                yield lambda genotype=genotype, seed=seed: _trained(evaluator, genotype, seed)


def _searched(weight: float, seed: int, data: str) -> dict[str, Any]:
    """Return the last proposal of a search."""
    started = time.thread_time()
    strategy = make("darts", load(SPACE), seed, {"protocol": PROTOCOL.text, "data": data, "cost_weight": weight})
    proposal = [strategy.ask().genotype for _ in range(ASKS)][-1]
    spent = round(time.thread_time() - started, 1)
    return {"what": "search", "cost_weight": weight, "search_seed": seed, **_about(proposal), "seconds": spent}


def _trained(evaluator: Any, genotype: Genotype, seed: int) -> dict[str, Any]:
    trial = evaluator.evaluate(genotype, fidelity=evaluator.full_fidelity, seed=seed)
    metrics = {name: round(trial.metrics[name], 5) for name in ("val_pckh", "test_pckh")}
    return {"what": "training", **_about(genotype), "seed": seed, **metrics, "seconds": round(trial.seconds, 1)}


def _about(genotype: Genotype) -> dict[str, Any]:
    graph = space_of(genotype).graph(genotype, input=PROTOCOL.input, joints=load(SPACE).joints)
    return {"genotype": genotype.text, "macs": count(graph).macs}


def chosen(searches: pd.DataFrame, seeds: range) -> pd.DataFrame:
    """Return, of each of the search `seeds`, the proposal with the most MACs within the limit."""
    if not len(searches):
        return searches
    limit = SHARE * _about(find(HRNET))["macs"]
    fits: pd.DataFrame = searches[(searches["macs"] <= limit) & searches["search_seed"].isin(seeds)]
    fits = fits.sort_values("macs", kind="stable")
    return fits.drop_duplicates("search_seed", keep="last").sort_values("search_seed")


def markdown(rows: pd.DataFrame) -> str:
    """Return the table of the results, as Markdown."""
    trained = rows[rows["what"] == "training"]
    if not len(trained):
        return "Nothing was searched and trained yet.\n"
    head = [
        "network", "found by", "MMACs", "of HRNet's", "val PCKh@0.5 (%)", "test PCKh@0.5 (%)",
        "behind on test (points)",
    ]  # fmt: skip
    hrnet = trained[trained["genotype"] == find(HRNET).text]
    named = [("HRNet-W16-narrow", "hand", hrnet)]
    for seeds, when in ((SEARCH_SEEDS, "search"), (EXPLORED, "explored")):
        for one in chosen(rows[rows["what"] == "search"], seeds).to_dict("records"):
            how = f"{when} {one['search_seed']:.0f}, λ = {one['cost_weight']:g}"
            named.append((f"`{find(one['genotype']).key}`", how, trained[trained["genotype"] == one["genotype"]]))
    lines = [_line(name, how, part, hrnet) for name, how, part in named if len(part)]
    table = "".join(f"| {' | '.join(line)} |\n" for line in [head, ["---"] * len(head), *lines])
    return f"{table}\nMean over training seeds ± its 95 % interval (Student's t).\n"


def _line(name: str, how: str, part: pd.DataFrame, hrnet: pd.DataFrame) -> list[str]:
    macs, ours = float(part["macs"].iloc[0]), part["test_pckh"].to_numpy()
    theirs = hrnet["test_pckh"].to_numpy()
    behind = "" if part is hrnet or not len(theirs) else f"{theirs.mean() - ours.mean():+.1f}"
    share = f"{macs / float(hrnet['macs'].iloc[0]):.2f}" if len(hrnet) else ""
    return [
        name,
        how,
        f"{macs / 1e6:.2f}",
        share,
        str(mean_interval(part["val_pckh"])),
        str(mean_interval(ours)),
        behind,
    ]


def draw(rows: pd.DataFrame, path: Path) -> Path:
    """Draw the accuracies on test, all other networks of the space in the background, and the region of the claim."""
    drawing, ax = plots.figure()
    style.scale_axes(ax, MACS, TEST)
    members = Benchmark.load(SPACE, "lspet").means("test")
    members = members[members["genotype_space"] == SPACE]
    ax.scatter(members["macs"] / 1e6, members["test_pckh"], s=9, color=style.FAINT, alpha=0.5, linewidths=0, zorder=1)
    trained = rows[rows["what"] == "training"]
    found = chosen(rows[rows["what"] == "search"], SEARCH_SEEDS)
    hrnet = trained[trained["genotype"] == find(HRNET).text]
    ours = [trained[trained["genotype"] == text] for text in found["genotype"].drop_duplicates()]
    labels = [_mark(ax, hrnet, "HRNet-W16-narrow")]
    ours.sort(key=lambda part: -part["test_pckh"].mean())
    labels += [_mark(ax, part, "found by darts" if place == 0 else "") for place, part in enumerate(ours)]
    _region(ax, hrnet)
    people = PROTOCOL.title.replace("synthetic people", "LSPET")
    claim = "Can a search match the narrow HRNet at a quarter of its MACs?"
    style.dress(ax, f"Measured plane: {people}, on test. {claim}")
    note = f"bars: one standard deviation of {len(TRAINING_SEEDS)} seeds; grey: the other networks of {SPACE}"
    ax.annotate(note, (1, 0), (-4, 6), fontsize=8, xycoords="axes fraction", textcoords="offset points", ha="right",
                color=style.FAINT)  # fmt: skip
    name_points(ax, [label for label in labels if label is not None and label.text])
    return plots.save(drawing, path)


def _mark(ax: Axes, part: pd.DataFrame, name: str) -> Label | None:
    """Draw the mean and the spread of one network's trainings; None if there are none."""
    if not len(part):
        return None
    family = style.family(str(part["genotype"].iloc[0]))
    colour, x, test = style.FAMILIES[family], part["macs"].iloc[0] / 1e6, part["test_pckh"]
    spread = float(np.nan_to_num(test.std()))
    ax.errorbar(x, test.mean(), yerr=spread, fmt=style.MARKERS[family], color=colour, markersize=7, zorder=4)
    return Label(x, test.mean(), name, style.darker(colour), 9, "bold")


def _region(ax: Axes, hrnet: pd.DataFrame) -> None:
    """Mark where a network is within a quarter of HRNet's MACs and one point below it."""
    if not len(hrnet):
        return
    limit, least = SHARE * hrnet["macs"].iloc[0] / 1e6, hrnet["test_pckh"].mean() - WITHIN
    low, top = ax.get_xlim()[0], ax.get_ylim()[1]
    ax.fill_between([low, limit], least, top, color=style.FAMILIES["HRNet"], alpha=0.08, linewidth=0, zorder=0)
    ax.set(xlim=(low, None), ylim=(None, top))
    ax.annotate("within one point, at most a quarter of the MACs", (low, top), (6, -6), textcoords="offset points",
                fontsize=8.5, va="top", color=style.darker(style.FAMILIES["HRNet"]))  # fmt: skip
