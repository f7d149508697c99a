"""Progressive shrinking: the largest member is trained first, then smaller and smaller ones (Once-for-All, OFA).

Cai et al., Once-for-All: Train One Network and Specialize it for Efficient Deployment, arXiv 1908.09791. The paper's
elastic resolution is an input size here and not part of a space. Its sorting of channels by their importance is left
out.
"""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import numpy as np
import torch
from torch import Tensor

from nasbench_pose.evaluators.batches import Tensors
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.evaluators.steps import loss_of
from nasbench_pose.graph import Graph
from nasbench_pose.graph.operations import Mask
from nasbench_pose.network import Supernet
from nasbench_pose.oneshot.distillation import distillation
from nasbench_pose.oneshot.members import output_of
from nasbench_pose.oneshot.paths import Options, extreme_paths
from nasbench_pose.spaces import SearchSpace
from nasbench_pose.spaces.decisions import Decision
from nasbench_pose.spaces.skips import PARAMETER_FREE

SHARES = (180, 120, 145, 25, 120)
"""Epochs of the paper: the largest member; then also other operations, depths, the second widths, all widths."""

Open = tuple[tuple[int, ...], ...]
"""For each decision, the numbers of the options that may be drawn."""


def stages(space: SearchSpace, graph: Graph) -> list[Open]:
    """Return the open options of each stage: the largest member, other operations, skips, two widths, all widths.

    A stage that opens nothing has the options of the one before. `graph` is the space's with open choices.

    >>> from nasbench_pose.spaces import load
    >>> space = load("efficientpose_micro")
    >>> for options in stages(space, space.open_graph()):
    ...     print(*options)
    (2,) (2,) (2,) (1,) (1,) (2,) (1,)
    (2,) (2,) (2,) (0, 1) (0, 1) (1, 2) (0, 1)
    (2,) (2,) (2,) (0, 1) (0, 1) (0, 1, 2) (0, 1)
    (1, 2) (1, 2) (1, 2) (0, 1) (0, 1) (0, 1, 2) (0, 1)
    (0, 1, 2) (0, 1, 2) (0, 1, 2) (0, 1) (0, 1) (0, 1, 2) (0, 1)
    """
    _, largest = extreme_paths(space)
    widths = {layer.operation.gene: layer.operation.channels for layer in graph if isinstance(layer.operation, Mask)}
    decided = [_stages_of(decision, largest, widths) for decision in space.decisions]
    return [tuple(each) for each in zip(*decided, strict=True)]


def _stages_of(decision: Decision, largest: Options, widths: dict[str, tuple[int, ...]]) -> list[tuple[int, ...]]:
    """Return the open options of one decision in each stage."""
    every = tuple(range(len(decision.options)))
    path = {choice: largest[choice] for choice in decision.choices}
    first = (next(option for option in every if decision.path(option) == path),)
    (choice, *_) = decision.choices
    if choice in widths:
        widest = tuple(sorted(np.argsort([-width for width in widths[choice]], kind="stable")[:2].tolist()))
        return [first, first, first, widest, every]
    skipping = {
        option
        for option in every
        if any(str(decision.choices[each][number]) in PARAMETER_FREE for each, number in decision.options[option].picks)
    }
    deep = tuple(option for option in every if option not in skipping or option in first)
    return [first, deep, every, every, every]


class ProgressiveShrinking:
    """The loss of each step: one member of those that the stage allows, on the labels and on the teacher's outputs.

    The teacher is a copy of the largest member after its own stage, as in the paper, with weight 1.
    """

    def __init__(
        self, supernet: Supernet, space: SearchSpace, protocol: Protocol, rng: torch.Generator, steps: int
    ) -> None:
        self._supernet, self._space, self._protocol, self._rng = supernet, space, protocol, rng
        self._stages = stages(space, supernet.graph)
        self._ends = np.round(np.cumsum(SHARES) / sum(SHARES) * steps * protocol.accumulate)
        self._largest = extreme_paths(space)[1]
        self._teacher: Supernet | None = None
        self._done = 0

    def __call__(self, people: Tensors) -> Tensor:
        """Return the loss of the next step."""
        stage = min(int(np.searchsorted(self._ends, self._done, side="right")), len(SHARES) - 1)
        if stage and self._teacher is None:
            self._teacher = deepcopy(self._supernet)
        self._done += 1
        path: Options = {}
        for decision, options in zip(self._space.decisions, self._stages[stage], strict=True):
            path |= decision.path(options[int(torch.randint(len(options), (1,), generator=self._rng))])
        output = output_of(self._supernet, people.images, path, self._protocol)
        loss = loss_of(output, people, self._protocol)
        if self._teacher is None:
            return loss
        with torch.no_grad():
            taught = output_of(self._teacher, people.images, self._largest, self._protocol)
        return loss + distillation(output, taught, people, self._protocol)

    def state_dict(self) -> dict[str, Any]:
        """Return what later steps depend on, besides the supernet and the generator."""
        return {"done": self._done, "teacher": None if self._teacher is None else self._teacher.state_dict()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue after the step at which `state` was taken."""
        self._done = state["done"]
        if state["teacher"] is not None:
            self._teacher = deepcopy(self._supernet)
            self._teacher.load_state_dict(state["teacher"])
