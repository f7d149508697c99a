"""The rank correlation of zero-cost proxies, costs and latency with published accuracies.

The truth is the published COCO AP of top-down networks that this package builds, all at 256×192, from
`results/published.csv`. Different authors trained them with different recipes, so this ground truth is noisier than a
benchmark table. Draws `published_proxies.svg` and writes `published_proxies.md`. Parameters and MACs are counted here.
The scores of proxies and the latencies are in `results/published_scores.csv`. To add scores, with any folder of
COCO:

    python -m analysis.published_proxies coco:/folder results/published_scores.csv
"""

import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from nasbench_pose import plots, reference
from nasbench_pose.cost import Cost, count
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.files import folder
from nasbench_pose.genotype import Genotype
from nasbench_pose.latency import LatencyProtocol, this_machine
from nasbench_pose.latency.evaluator import LatencyEvaluator
from nasbench_pose.plots import style
from nasbench_pose.pose.source import load
from nasbench_pose.predictors import Predictor, ScoreFile, trust
from nasbench_pose.predictors.evaluator_predictors import evaluated
from nasbench_pose.proxies import PROXIES, ProxyEvaluator, resolve
from nasbench_pose.spaces import find, space_of

INPUT, JOINTS, K = (256, 192), 17, 3
PUBLISHED = {
    "EfficientPose-A": "EfficientPose-A",
    "EfficientPose-B": "EfficientPose-B",
    "EfficientPose-C": "EfficientPose-C",
    "HRNet-W32": "HRNet-W32",
    "HRNet-W48": "HRNet-W48",
    "HRNet-W32-SimCC": "HRNet-W32+SimDR",
    "HRNet-W48-SimCC": "HRNet-W48+SimDR",
    "SimpleBaseline-R50": "SimpleBaseline-R50",
    "SimpleBaseline-R101": "SimpleBaseline-R101",
    "SimpleBaseline-R152": "SimpleBaseline-R152",
    "SimpleBaseline-R50-SimCC": "SimpleBaseline-R50+SimDR",
    "SimpleBaseline-R101-SimCC": "SimpleBaseline-R101+SimDR",
    "MobileNetV2-SimpleBaseline": "MobileNetV2 (mmpose)",
    "Lite-HRNet-18": "Lite-HRNet-18",
    "Lite-HRNet-30": "Lite-HRNet-30",
}
"""Our network -> the published model whose AP is its truth; their numbers of parameters agree (see `truth`)."""


def main(out: Path, budget: int = 0) -> list[Path]:  # noqa: ARG001
    """Draw and tabulate the rank correlations into the folder `out`; `budget` has no effect."""
    known = truth()
    ap = known["value"].set_axis([find(name).text for name in known.index])
    found = trust(scores(), ap, k=K)
    (out / "published_proxies.md").write_text(table(known) + "\n" + correlations(found), encoding="utf-8")
    return [plots.save(figure(found, len(known)), out / "published_proxies.svg"), out / "published_proxies.md"]


def truth() -> pd.DataFrame:
    """Return the published row of each network of PUBLISHED, indexed by our name, with our `params` and `macs`.

    Raises ValueError for a network whose parameters differ from the published ones by more than 5 %: another network.
    """
    rows = reference.published(dataset="COCO", split="val2017", input=INPUT, role="primary", paradigm="top-down")
    rows = rows.drop_duplicates("model").set_index("model").loc[list(PUBLISHED.values())].reset_index()
    rows.index = pd.Index(PUBLISHED, name="network")
    counts = [cost_of(find(name)) for name in PUBLISHED]
    rows = rows.assign(params=[cost.params for cost in counts], macs=[cost.macs for cost in counts])
    # 53.7 M is printed for SimpleBaseline-R101 with SimDR, where the two linear layers make it 55.7
    others = rows[(rows["params"] / 1e6 - rows["params_m"]).abs() > np.maximum(0.05 * rows["params_m"], 0.05)]
    if len(others):
        raise ValueError(f"other networks than the published ones: {others[['params', 'params_m']].to_dict('index')}")
    return rows


@cache
def cost_of(genotype: Genotype) -> Cost:
    """Return the exact cost of a network at 256×192 with the joints of COCO."""
    return count(space_of(genotype).graph(genotype, input=INPUT, joints=JOINTS))


def scores() -> pd.DataFrame:
    """Return the scores of the table `published_scores`, and the parameters and MACs, which are exact."""
    networks = [find(name) for name in PUBLISHED]
    counted = [
        {"predictor": name, "family": "count", "genotype": one.text, "score": float(getattr(cost_of(one), name)),
         "seconds": 0.0, "once_seconds": 0.0, "error": ""}
        for name in ("params", "macs") for one in networks
    ]  # fmt: skip
    return pd.concat([pd.DataFrame(counted), ScoreFile(folder("results") / "published_scores.csv").read()])


def table(rows: pd.DataFrame) -> str:
    """Return the networks with their published AP as a table of Markdown, the best first."""
    lines = ["| network | published as | COCO AP | params | MACs |", "| --- | --- | --- | --- | --- |"]
    for name, row in rows.sort_values("value", ascending=False).iterrows():
        size, macs = f"{row['params'] / 1e6:.1f} M", f"{row['macs'] / 1e9:.2f} G"
        lines.append(f"| {name} | {row['model']} | {row['value']:.1f} | {size} | {macs} |")
    return "\n".join(lines) + "\n"


def correlations(found: pd.DataFrame) -> str:
    """Return how each score ranks the networks as a table of Markdown."""
    lines = ["| score | Kendall's τ | Spearman's ρ | networks |", "| --- | --- | --- | --- |"]
    for row in found.to_dict("records"):
        tau, rho = (f"{row[m]:.2f} [{row[f'{m}_low']:.2f}, {row[f'{m}_high']:.2f}]" for m in ("tau", "rho"))
        lines.append(f"| {row['predictor']} | {tau} | {rho} | {row['networks']} |")
    return "\n".join(lines) + "\n"


def figure(found: pd.DataFrame, networks: int) -> Figure:
    """Return the figure of Kendall's tau of every score, with its interval, the best on top."""
    drawing, ax = plots.figure(height=4.6)
    rows = found[found["tau"].notna()].iloc[::-1].reset_index(drop=True)
    for at, row in enumerate(rows.to_dict("records")):
        colour = COLOURS[row["family"]]
        ax.plot([row["tau_low"], row["tau_high"]], [at, at], color=colour, linewidth=1.4, alpha=0.5)
        ax.scatter(row["tau"], at, s=34, color=colour, linewidths=0, zorder=3)
    ax.set_yticks(range(len(rows)), [name.replace("_", " ") for name in rows["predictor"]])
    ax.axvline(0, color=style.FAINT, linewidth=0.9)
    ax.set_xlabel("Kendall's τ with published COCO AP, 95 % interval   better →")
    style.dress(ax, f"Cheap scores against published accuracy, {networks} networks, COCO val2017, 256×192")
    return drawing


COLOURS = {"count": "#000000", "zero-cost": "#0072B2", "latency": "#D55E00"}


def measured(data: str) -> Iterator[Predictor]:
    """Yield the predictors of `published_scores`: proxies on people of `data`, and latency on this machine."""
    people = load(data, size=INPUT)
    protocol = replace(Protocol(), input=INPUT, data=people.source, batch=8)
    for name in PROXIES:
        if name not in ("params", "macs"):
            yield evaluated(name, "zero-cost", ProxyEvaluator(resolve(name), protocol, people), name)
    latency = LatencyProtocol(this_machine("onnxruntime"), INPUT, JOINTS, engine="onnxruntime")
    yield evaluated("latency_ms", "latency", LatencyEvaluator(latency), "latency_ms")


if __name__ == "__main__":
    source, path = sys.argv[1:]
    with ScoreFile(Path(path)).lock() as file:
        for one in measured(source):
            file.scored(one, [find(name) for name in PUBLISHED], 0, on_score=lambda score, left: print(score, left))
