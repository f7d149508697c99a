"""An evaluator that scores untrained networks by a proxy."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType

import torch

from nasbench_pose.cost import count
from nasbench_pose.errors import DataError, ShapeError, one_line
from nasbench_pose.evaluators.batches import Draws, Tensors, normalise
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.evaluators.representation import representation
from nasbench_pose.evaluators.trial import KeyedByProtocol, Progress, Trial
from nasbench_pose.genotype import Genotype
from nasbench_pose.hashing import canonical_json
from nasbench_pose.network import Network, build
from nasbench_pose.network.devices import clock, device_of, reproducible
from nasbench_pose.pose.people import Splits
from nasbench_pose.proxies.proxy import Probe, Proxy
from nasbench_pose.spaces import SearchSpace


class _BrokenError(Exception):
    """The score function of a proxy raised an error."""


@dataclass(frozen=True)
class ProxyEvaluator(KeyedByProtocol):
    """Scores networks with newly drawn weights by a proxy, on a batch of `splits.train` with the loss of `protocol`.

    Fidelity is the number of people in the batch. A trial's metrics are the score, under the proxy's name, `params` and
    `macs`. A score that is not finite is a failed trial. The seed draws the weights, the people and the proxy's own
    random numbers. `space` is needed for genotypes of a space that is not built in. Raises DataError for too few
    people.
    """

    proxy: Proxy
    protocol: Protocol
    splits: Splits
    space: SearchSpace | None = None

    @cached_property
    def protocol_text(self) -> str:
        """The proxy and the protocol whose loss it uses, as canonical JSON."""
        known = {"proxy": self.proxy.name, "cite": self.proxy.cite, "protocol": json.loads(self._protocol.text)}
        version = {} if self.proxy.version == 1 else {"version": self.proxy.version}
        return canonical_json(known | version)

    @property
    def full_fidelity(self) -> int:
        """People in a batch of the protocol."""
        return self.protocol.batch

    def evaluate(self, genotype: Genotype, *, fidelity: int, seed: int, progress: Progress | None = None) -> Trial:
        """Score `genotype`; if the score is not finite, the trial has an error."""
        now = clock(self._device)
        started, metrics, error = now(), dict[str, float](), None
        try:
            with reproducible(self._device):
                metrics = self._metrics(genotype, fidelity, seed)
            if not math.isfinite(metrics[self.proxy.name]):
                error, metrics = f"{self.proxy.name} is {metrics[self.proxy.name]}: it does not rank this network", {}
        except ShapeError as reason:
            error = str(reason)
        except _BrokenError as reason:
            error = str(reason)
        if progress is not None:
            progress(fidelity, fidelity)
        found: Mapping[str, float] = MappingProxyType(metrics)
        return Trial(genotype, self.protocol_key, fidelity, seed, found, now() - started, (), error)

    def _metrics(self, genotype: Genotype, people: int, seed: int) -> dict[str, float]:
        joints = len(self.splits.train.skeleton.joints)
        network = build(genotype, joints=joints, input=self.protocol.input, space=self.space, seed=seed)
        representation(self.protocol, network.graph.output.shape[1:])
        cost = count(network.graph)
        score = self._score(network.to(self._device), self._probe(people, seed))
        return {self.proxy.name: score, "params": cost.params, "macs": cost.macs}

    def _score(self, network: Network, probe: Probe) -> float:
        try:
            return float(self.proxy.score(network, probe))
        except Exception as error:  # a plug-in may raise any error; the other proxies go on
            raise _BrokenError(f"{self.proxy.name} raised {one_line(error)}") from error

    def _probe(self, people: int, seed: int) -> Probe:
        if len(self._train.images) < people:
            raise DataError(
                f"A batch needs {people} people; {self.splits.source} has {len(self._train.images)} to train on."
            )
        index = next(Draws(len(self._train.images), people, torch.Generator().manual_seed(seed)))
        batch = self._train.take(index)
        seen = Tensors(normalise(batch.images).contiguous(), batch.joints, batch.labelled, batch.skeleton)
        return Probe(seen.to(self._device), self._protocol, seed)

    @cached_property
    def _protocol(self) -> Protocol:
        return replace(self.protocol, device=str(self._device)).with_data(self.splits)

    @cached_property
    def _device(self) -> torch.device:
        return device_of(self.protocol.device)

    @cached_property
    def _train(self) -> Tensors:
        return Tensors.of(self.splits.train)
