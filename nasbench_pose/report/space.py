"""The report of a search space: distributions of cost, and accuracy differences in relation to the seeds' noise."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nasbench_pose import cost
from nasbench_pose.benchmark import Benchmark
from nasbench_pose.benchmark.arrays import SPLITS
from nasbench_pose.cost import CostTable, Quantity
from nasbench_pose.errors import InvalidFileError, NasbenchPoseError
from nasbench_pose.spaces import SearchSpace
from nasbench_pose.spaces.distinct import Distinct, distinct

SHARES = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)
"""Levels of the quantiles."""
BARS = 12
"""Approximate number of bars in a distribution."""
DRAWN, COUNTED_ALONE = 1_000_000, 300
"""Sample sizes where exact counting is not possible: with a cost table, and without one."""


@dataclass(frozen=True)
class Distribution:
    """The distribution of a quantity over a space."""

    quantiles: tuple[float, ...]
    """At the levels SHARES."""
    edges: tuple[float, ...]
    """Edges of the bars."""
    shares: tuple[float, ...]
    """Share of the members between each edge and the next."""
    drawn: int | None
    """Size of the sample that it was estimated from; None if all members were counted."""


@dataclass(frozen=True)
class Landmark:
    """A named genotype: its cost, and the share of members with fewer MACs."""

    name: str
    macs: int
    params: int
    below: float


@dataclass(frozen=True)
class SpaceReport:
    """The content of `nasbench-pose spaces SPACE --report`."""

    networks: Distinct | None
    costs: Mapping[str, Distribution]
    landmarks: tuple[Landmark, ...]
    table: str | None = None
    """Title of the benchmark table with the accuracies."""
    accuracy: Distribution | None = None
    """PCKh@0.5 on val, mean over seeds, of the genotypes of the table."""
    spread: tuple[float, float] | None = None
    """Standard deviations over genotypes and over seeds, points of PCKh; None if the table is too small."""
    unknown: str = ""
    """The reason for a missing spread."""

    @property
    def verdict(self) -> str:
        """Whether the space's spread is larger than the noise of seeds.

        >>> SpaceReport(None, {}, (), spread=(1.4, 0.7)).verdict
        'Networks differ 2.0 times as much as seeds do: a single training tells good from bad, not best from good.'
        """
        if self.spread is None:
            return self.unknown
        genotypes, seeds = self.spread
        ratio = genotypes / seeds if seeds else np.inf
        if ratio < 1:
            return f"Networks differ only {ratio:.1f} times as much as seeds do: rankings by one training are chance."
        told = "good from bad, not best from good" if ratio < 3 else "most networks from each other"
        return f"Networks differ {ratio:.1f} times as much as seeds do: a single training tells {told}."


def space_report(space: SearchSpace, rng: np.random.Generator, table: Benchmark | None = None) -> SpaceReport:
    """Return the report of a space, with accuracies if there is a benchmark `table`.

    Distributions of cost are exact where `cost.histogram` can count all members. Otherwise they are estimated from a
    million uniform draws, or from a few hundred if the genes are coupled too much for a cost table.

    >>> from nasbench_pose.spaces import load
    >>> found = space_report(load("efficientpose_micro"), np.random.default_rng(0))
    >>> found.costs["macs"].quantiles[0], found.costs["macs"].drawn, found.networks.text
    (1860608.0, None, '648')
    """
    costs = _costs(space, rng)
    landmarks = tuple(_landmark(space, name, costs["macs"]) for name in space.named)
    report = SpaceReport(distinct(space, rng), costs, landmarks)
    return report if table is None else _with_accuracy(report, table, rng)


def _costs(space: SearchSpace, rng: np.random.Generator) -> dict[str, Distribution]:
    try:
        table = cost.table(space)
    except NasbenchPoseError:
        counted = [cost.count(space.graph(space.sample(rng))) for _ in range(COUNTED_ALONE)]
        alone = {name: np.array([getattr(each, name) for each in counted]) for name in ("macs", "params")}
        return {name: _of_sample(values) for name, values in alone.items()}
    return {name: _of_table(table, name, rng) for name in ("macs", "params")}


def _of_table(table: CostTable, quantity: Quantity, rng: np.random.Generator) -> Distribution:
    if not cost.countable(table, quantity):
        codes = rng.integers(0, np.array(table.sizes), size=(DRAWN, len(table.sizes))).astype(np.int8)
        return _of_sample(getattr(table.count(codes), quantity))
    exact = cost.histogram(table, quantity)
    edges = _edges(exact.minimum, exact.maximum)
    counts = exact.bins([*edges[:-1], exact.maximum + 1])
    return Distribution(
        tuple(float(exact.quantile(share)) for share in SHARES),
        tuple(edges.tolist()),
        tuple(float(count / exact.size) for count in counts),
        drawn=None,
    )


def _of_sample(values: NDArray[np.int64] | NDArray[np.float64], *, everything: bool = False) -> Distribution:
    edges = _edges(float(values.min()), float(values.max()))
    counts, _ = np.histogram(values, edges)
    return Distribution(
        tuple(np.quantile(values, SHARES).tolist()),
        tuple(edges.tolist()),
        tuple((counts / len(values)).tolist()),
        drawn=None if everything else len(values),
    )


def _edges(low: float, high: float) -> NDArray[np.float64]:
    """Return about twelve evenly spaced round numbers; the first is at most `low`, the last at least `high`."""
    width = max((high - low) / BARS, 1e-9)
    power = 10 ** np.floor(np.log10(width))
    step = power * min((1, 2, 2.5, 5, 10), key=lambda factor: abs(factor * power - width))
    first, last = np.floor(low / step), max(np.ceil(high / step), np.floor(low / step) + 1)
    edges: NDArray[np.float64] = np.arange(first, last + 0.5) * step
    return edges


def _landmark(space: SearchSpace, name: str, macs: Distribution) -> Landmark:
    counted = cost.count(space.graph(space.named[name]))
    below = float(np.interp(counted.macs, macs.edges, np.cumsum([0.0, *macs.shares])))
    return Landmark(name, counted.macs, counted.params, below)


def _with_accuracy(report: SpaceReport, table: Benchmark, rng: np.random.Generator) -> SpaceReport:
    means = table.means()[SPLITS["val"]].to_numpy()[: len(table.index.members)]
    known = means[np.isfinite(means)]
    accuracy = _of_sample(known, everything=table.complete) if len(known) else None
    spread, unknown = None, ""
    try:
        noise = table.noise(rng)
        spread = (noise.spread_genotypes, noise.spread_seeds)
    except InvalidFileError as error:
        unknown = str(error)
    title = str(table.about["title"])
    return SpaceReport(report.networks, report.costs, report.landmarks, title, accuracy, spread, unknown)
