"""The networks of a report as columns of small numbers: one row per network, and codes in place of words."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nasbench_pose.errors import NasbenchPoseError
from nasbench_pose.genotype import Genotype, Value, natural_order
from nasbench_pose.metrics import metric
from nasbench_pose.objective import Objective, called
from nasbench_pose.pareto import ranks
from nasbench_pose.report.comparison import ComparisonReport
from nasbench_pose.search import BASELINES

ABSENT = 255
"""Code of a gene without effect, or of a network of another space."""
MOST_METRICS = 8
MOST_STRATEGIES = 31
"""Strategies are bits of a 32-bit number."""


@dataclass(frozen=True)
class Networks:
    """Every network with a finished training: means over its trainings, who proposed it, and its genes."""

    rows: pd.DataFrame
    """A row per network, as in `ComparisonReport.genotypes`, those nearest to the front first."""
    objectives: tuple[Objective, ...]
    """The objectives of the comparison, then other metrics with a direction that every searched network has."""
    strategies: tuple[str, ...]
    space: str
    """The searched space: that of the genes."""
    options: dict[str, list[Value]]
    """Gene -> its values among these networks."""
    codes: NDArray[np.uint8]
    """Place of each network's value in the options, shape (networks, genes); ABSENT without one."""
    proposed: NDArray[np.int32]
    """Bit k is set if the strategy number k proposed the network, shape (networks,)."""

    @property
    def quality(self) -> Objective:
        """What to be good at: the first objective."""
        return self.objectives[0]

    @property
    def cost(self) -> Objective:
        """What to be cheap in: the second objective."""
        return self.objectives[1]

    @cached_property
    def by(self) -> NDArray[np.uint8]:
        """Number of the only strategy that proposed a network, or the number of strategies for several."""
        bits = self.proposed
        single = (bits > 0) & ((bits & (bits - 1)) == 0)
        place = np.log2(np.where(single, bits, 1)).astype(np.uint8)
        return np.where(single, place, len(self.strategies)).astype(np.uint8)

    def columns(self) -> dict[str, Any]:
        """Return the columns of a data source: numbers as small as they may be, `g0`, `g1`, … for the genes."""
        numbers = {o.column: _small(self.rows[o.column]) for o in self.objectives}
        spread = f"{self.quality.column}_spread"
        if spread in self.rows:
            numbers["spread"] = self.rows[spread].to_numpy(dtype=np.float32)
        return {
            **numbers,
            "seeds": self.rows["seeds"].to_numpy(dtype=np.uint16),
            "by": self.by,
            "proposed": self.proposed,
            **{f"g{place}": self.codes[:, place] for place in range(self.codes.shape[1])},
        }


def networks_of(report: ComparisonReport) -> Networks:
    """Return the networks of a report, those nearest to the front of its objectives first.

    A network that only failed, or was only trained in part, is none of them.
    """
    objectives = report.criterion.objectives
    rows = report.genotypes
    order = np.lexsort((objectives[0].losses(rows), ranks(rows, *objectives)))
    rows = rows.iloc[order].reset_index(drop=True)
    strategies = tuple(sorted(set(report.trials["strategy"])))[:MOST_STRATEGIES]
    space = _searched_space(report)
    options, codes = _coded([_genes(text, space) for text in rows["genotype"]])
    return Networks(
        rows, _with_a_direction(rows, objectives, report.info.accuracy), strategies, space, options, codes,
        _proposed(report.trials, rows["key"], strategies),
    )  # fmt: skip


def _searched_space(report: ComparisonReport) -> str:
    searched = report.trials[report.trials["strategy"] != BASELINES]
    return str((searched if len(searched) else report.trials)["genotype_space"].mode().iloc[0])


def _with_a_direction(rows: pd.DataFrame, objectives: Sequence[Objective], accuracy: str) -> tuple[Objective, ...]:
    """Return the objectives, then other properties of the networks of which it is known what is better, costs first."""
    taken = {"ask_seconds", *(objective.column for objective in objectives)}
    numeric = [str(column) for column in rows.select_dtypes("number") if column not in taken | {"seeds"}]
    known = [Objective(name) for name in numeric if metric(name).direction and not rows[name].isna().all()]
    others = called(known, accuracy)
    costs_first = sorted(others, key=lambda one: (one.maximise, one.metric.price != "counted"))
    return (*objectives, *costs_first)[:MOST_METRICS]


def _genes(text: str, space: str) -> dict[str, Value]:
    """Return the genes of a network of the space; none for another network, and for a text that is no genotype."""
    try:
        genotype = Genotype.parse(text)
    except NasbenchPoseError:
        return {}
    return dict(genotype.genes) if genotype.space == space else {}


def _coded(networks: Sequence[dict[str, Value]]) -> tuple[dict[str, list[Value]], NDArray[np.uint8]]:
    genes = natural_order({gene for genes in networks for gene in genes})
    options = {gene: _in_order({genes[gene] for genes in networks if gene in genes})[:ABSENT] for gene in genes}
    codes = np.full((len(networks), len(genes)), ABSENT, dtype=np.uint8)
    for column, (gene, known) in enumerate(options.items()):
        place = {value: number for number, value in enumerate(known)}
        codes[:, column] = [place.get(genes.get(gene, ""), ABSENT) for genes in networks]
    return options, codes


def _in_order(values: set[Value]) -> list[Value]:
    """Return numbers in rising order, then words in natural order."""
    numbers = sorted(value for value in values if isinstance(value, int))
    return [*numbers, *natural_order(value for value in values if isinstance(value, str))]


def _proposed(trials: pd.DataFrame, keys: "pd.Series[str]", strategies: Sequence[str]) -> NDArray[np.int32]:
    place = {key: number for number, key in enumerate(keys)}
    bits = np.zeros(len(keys), dtype=np.int32)
    for number, strategy in enumerate(strategies):
        of = trials.loc[trials["strategy"] == strategy, "key"].unique()
        bits[[place[key] for key in of if key in place]] |= 1 << number
    return bits


def _small(values: "pd.Series[float]") -> NDArray[Any]:
    """Return whole numbers as 32-bit integers, if they all are and fit, else 64-bit or, of measured values, 32-bit."""
    numbers = values.to_numpy(dtype=np.float64)
    if np.isfinite(numbers).all() and (numbers == np.round(numbers)).all() and np.abs(numbers).max(initial=0) < 2**31:
        return numbers.astype(np.int32)
    return numbers if np.abs(numbers[np.isfinite(numbers)]).max(initial=0) >= 2**24 else numbers.astype(np.float32)
