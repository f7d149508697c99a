"""Zero-cost warm-up (Abdelfattah, Mehrotra, Dudziak & Lane 2021, arXiv:2101.08134, section 5.1)."""

import math
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any

import numpy as np

from nasbench_pose.errors import InvalidFileError, pick
from nasbench_pose.genotype import Genotype
from nasbench_pose.spaces import SearchSpace
from nasbench_pose.strategies.declaration import Declaration, Setting, settings_of
from nasbench_pose.strategies.labels import parse
from nasbench_pose.strategies.strategy import Proposal

POPULATIONS = ("evolution", "incumbent", "nsga2", "predictor", "sms_emoa")
"""Strategies that begin with random networks and learn from any network that they are told."""


class Warm:
    """Scores random networks by a zero-cost proxy; the best of them take the place of a search's first random networks.

    `search` is the strategy that goes on, such as `nsga2` or `evolution[population=10]`. The proxy is computed in the
    first ask, so a search is charged for it. It sees the training protocol of the measurement, its image size and its
    loss; the people it sees are drawn ones unless `people` says otherwise. A network without a finite score comes last.

    >>> from nasbench_pose.evaluators.protocol import Protocol
    >>> from nasbench_pose.spaces import load
    >>> space, rng = load("efficientpose_micro"), np.random.default_rng(0)
    >>> strategy = Warm(space, rng, protocol=Protocol().text, proxy="macs", candidates=10, start=2)
    >>> strategy.ask().genotype.space
    'efficientpose_micro'
    """

    declaration = Declaration(
        summary="A search whose first networks are the best of many by a zero-cost proxy.",
        paper="Abdelfattah, Mehrotra, Dudziak & Lane 2021, arXiv:2101.08134",
        defaults="naswot, the best proxy of our study; the paper scores 3,000 networks for searches of 300 trials",
        needs=("protocol",),
        objectives="those of its search",
        limits="kept and learned",
        colour="#7B3F00",
    )

    def __init__(
        self,
        space: SearchSpace,
        rng: np.random.Generator,
        *,
        protocol: Annotated[str, Setting("training protocol as JSON; a search passes it")],
        search: Annotated[
            str, Setting("evolution, incumbent, nsga2, predictor or sms_emoa; with settings in brackets")
        ] = "evolution",
        proxy: Annotated[str, Setting("naswot, synflow, … (`nasbench-pose proxies`), or module:attribute")] = "naswot",
        candidates: Annotated[int, Setting("random networks that are scored", low=1)] = 100,
        start: Annotated[int, Setting("best networks that the search starts from", low=1)] = 20,
        people: Annotated[str, Setting("whose images the proxy sees, as --data")] = "synthetic:train=64,val=1,test=1",
    ) -> None:
        """Raise UnknownNameError for another `search` or proxy, InvalidFileError for settings that contradict."""
        from nasbench_pose.strategies.registry import make

        self.check(
            space, {"search": search, "proxy": proxy, "candidates": candidates, "start": start, "people": people}
        )
        self._space, self._rng = space, rng
        self._protocol, self._people, self._proxy = protocol, people, proxy
        self._candidates, self._start = candidates, start
        name, settings = parse(search)
        self._search = make(name, space, int(rng.integers(2**31)), settings)
        self._best: deque[Genotype] | None = None

    @classmethod
    def check(cls, space: SearchSpace, settings: Mapping[str, Any]) -> None:  # noqa: ARG003 - as that of other strategies
        """Raise UnknownNameError for another `search` or proxy, InvalidFileError for settings that contradict."""
        from nasbench_pose.pose.source import Source
        from nasbench_pose.proxies import resolve
        from nasbench_pose.strategies.registry import check_settings

        given = {setting.name: setting.default for setting in settings_of(cls)} | dict(settings)
        name, own = parse(given["search"])
        pick("search with a population", name, dict.fromkeys(POPULATIONS))
        check_settings(name, own)
        resolve(given["proxy"])
        Source.parse(given["people"])
        if (start := given["start"]) > (candidates := given["candidates"]):
            raise InvalidFileError(f"warm starts from {start} networks of {candidates} candidates; start is no more.")

    def ask(self) -> Proposal:
        """Propose the best networks by the proxy first, in the place of the search's own, then those of the search."""
        if self._best is None:
            self._best = deque(self._scored()[: self._start])
        proposal = self._search.ask()
        return replace(proposal, genotype=self._best.popleft()) if self._best else proposal

    def tell(self, proposal: Proposal, losses: Sequence[float]) -> None:
        """Tell the search."""
        self._search.tell(proposal, losses)

    def _scored(self) -> list[Genotype]:
        """Return different random networks, those with the highest scores first."""
        from nasbench_pose.evaluators.protocol import Protocol
        from nasbench_pose.pose import source
        from nasbench_pose.proxies import ProxyEvaluator, resolve

        protocol = replace(Protocol.parse(self._protocol), digests=())  # the proxy sees people of its own
        people = source.load(self._people, size=protocol.input)
        evaluator = ProxyEvaluator(resolve(self._proxy), protocol, people, self._space)
        batch, seed = min(protocol.batch, len(people.train)), int(self._rng.integers(2**31))
        drawn = dict.fromkeys(self._space.sample(self._rng) for _ in range(self._candidates))
        trials = [evaluator.evaluate(genotype, fidelity=batch, seed=seed) for genotype in drawn]
        scores = [trial.metrics.get(evaluator.proxy.name, -math.inf) for trial in trials]
        return [list(drawn)[place] for place in np.argsort(-np.array(scores), kind="stable")]


STRATEGY = Warm
