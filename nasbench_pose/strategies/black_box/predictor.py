"""Search with a performance predictor (White, Neiswanger & Savani 2021: BANANAS, arXiv:1910.11858)."""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from nasbench_pose.cost import CostTable, table
from nasbench_pose.errors import pick
from nasbench_pose.genotype import Genotype
from nasbench_pose.spaces import SearchSpace
from nasbench_pose.strategies.black_box._mutants import MutantSearch, finite
from nasbench_pose.strategies.declaration import Declaration, Setting
from nasbench_pose.surrogates import Prediction, features, resolve

Floats = NDArray[np.float64]
Acquisition = Callable[[Prediction, float, np.random.Generator], Floats]
"""(prediction of the candidates, best accuracy so far, generator) -> score of each candidate, more is better."""
FOLLOWED = 2
"""Trials that a model is fitted to at least."""


class PredictorSearch(MutantSearch):
    """Fits a surrogate to all trials, scores mutants of the best networks by it, and proposes the best-scored ones.

    The surrogate is one of `nasbench_pose.surrogates`, which need the extra `surrogate`. It is fitted again after
    every `proposals` networks. A failed trial counts as the worst there was.

    >>> from nasbench_pose.spaces import load
    >>> strategy = PredictorSearch(load("simplebaseline"), np.random.default_rng(0), startup=4, model="linear")
    >>> for _ in range(8):
    ...     proposal = strategy.ask()
    ...     strategy.tell(proposal, [float(len(proposal.genotype.text))])
    """

    declaration = Declaration(
        summary="BANANAS: proposes the mutants of the best networks that a surrogate scores best.",
        paper="White, Neiswanger & Savani 2021, arXiv:1910.11858",
        defaults="those of NASLib: 10 random networks, then 10 of 100 mutants of the best 2, ITS; but ours is a forest",
        limits="kept and learned",
        colour="#E377C2",
    )

    def __init__(
        self,
        space: SearchSpace,
        rng: np.random.Generator,
        *,
        model: Annotated[str, Setting("the surrogate: forest, lightgbm, linear, gp, or a plug-in")] = "forest",
        acquisition: Annotated[str, Setting("how candidates are scored", one_of=("its", "ei", "thompson"))] = "its",
        startup: Annotated[int, Setting("random networks before the first fit", low=2)] = 10,
        proposals: Annotated[int, Setting("networks proposed after each fit", low=1)] = 10,
        candidates: Annotated[int, Setting("mutants that are drawn and scored", low=1)] = 100,
        parents: Annotated[int, Setting("best networks that are mutated", low=1)] = 2,
        weights: Annotated[Sequence[float], Setting("weights of the losses", per_objective=True)] = (1.0,),
    ) -> None:
        """Raise UnknownNameError for a model or an acquisition that does not exist, or without the extra."""
        super().__init__("predictor", space, rng, startup=startup, parents=parents, mutants=candidates, weights=weights)
        self._score = pick("acquisition", acquisition, ACQUISITIONS)
        self._resampled = acquisition == "thompson"
        self._fit = resolve(model).fit
        self._count = proposals

    def chosen(self, candidates: list[Genotype]) -> list[Genotype]:
        """Return the `proposals` candidates with the best scores, best first; all of them, unscored, if no more."""
        if len(candidates) <= self._count:
            return candidates
        known, accuracy = self._features(self._losses), -np.array(finite(list(self._losses.values())))
        rows = np.arange(len(known))
        if self._resampled:
            rows = np.sort(self._rng.integers(len(known), size=len(known)))
        if len(np.unique(known[rows], axis=0)) < FOLLOWED:
            return candidates[: self._count]
        model = self._fit(known[rows], accuracy[rows], int(self._rng.integers(2**31)))
        scores = self._score(model.predict(self._features(candidates)), float(accuracy.max()), self._rng)
        return [candidates[place] for place in np.argsort(-scores, kind="stable")[: self._count]]

    def _features(self, genotypes: Sequence[Genotype] | Mapping[Genotype, float]) -> Floats:
        return features(self._space, self._space.encode(genotypes), self._costs)

    @cached_property
    def _costs(self) -> CostTable:
        return table(self._space)


def expected_improvement(prediction: Prediction, best: float, _: np.random.Generator) -> Floats:
    """Return by how much each accuracy exceeds `best` in expectation, if it is normally distributed.

    >>> expected_improvement(Prediction(np.array([1.0, 3.0]), np.array([1.0, 0.0])), 1.0, np.random.default_rng(0))
    array([0.39894228, 2.        ])
    """
    from scipy.stats import norm

    better, deviation = prediction.mean - best, prediction.deviation
    z = better / np.where(deviation > 0, deviation, 1.0)
    expected = better * norm.cdf(z) + deviation * norm.pdf(z)
    return np.where(deviation > 0, expected, np.maximum(better, 0.0))


def independent_thompson(prediction: Prediction, _: float, rng: np.random.Generator) -> Floats:
    """Return a draw from the normal distribution of each candidate by itself: ITS of BANANAS."""
    return rng.normal(prediction.mean, prediction.deviation)


def predicted_mean(prediction: Prediction, _: float, __: np.random.Generator) -> Floats:
    """Return the mean: of a model fitted to a bootstrap resample, it is a draw of Thompson sampling.

    Eckles & Kaptein 2014, arXiv:1410.4009.
    """
    return prediction.mean


ACQUISITIONS: Mapping[str, Acquisition] = {
    "its": independent_thompson,
    "ei": expected_improvement,
    "thompson": predicted_mean,
}

STRATEGY = PredictorSearch
