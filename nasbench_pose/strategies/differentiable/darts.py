"""Differentiable search: train a supernet and its architecture parameters in turn, then derive a genotype.

First-order DARTS (Liu et al., arXiv 1806.09055) as EfficientPose's authors published it (FNA, arXiv 2001.02525). The
architecture parameters, here called choices, are trained on the mixture of all options, with the cost term
λ·log E[MACs]. The weights are trained on one sampled path at a time, which is cheaper by the number of options. The
temperature falls, as in FBNet (arXiv 1812.03443).
"""

import io
from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np

from nasbench_pose.genotype import Genotype
from nasbench_pose.spaces import SearchSpace
from nasbench_pose.strategies.declaration import Declaration, Setting
from nasbench_pose.strategies.strategy import Exhausted, Proposal

COLDEST = 1e-6
"""Lower bound of the temperature, which divides the logits and must not become 0."""


class Darts:
    """Each `ask` continues the training of the supernet and proposes the likeliest genotype not proposed before.

    Only the split `train` is used: one half for the weights, the other half for the choices. The losses passed to
    `tell` are ignored. Training uses one thread, so that the same seed gives the same proposals.
    """

    declaration = Declaration(
        summary="First-order DARTS with a cost term; weights on sampled paths, a falling temperature.",
        paper="Liu et al., arXiv:1806.09055, as FNA has it, arXiv:2001.02525",
        defaults="betas and weight decay of the choices as DARTS has them; the rest ours, for small images and a CPU",
        needs=("protocol", "people", "supernet"),
        colour="#56B4E9",
    )

    def __init__(
        self,
        space: SearchSpace,
        rng: np.random.Generator,
        *,
        protocol: Annotated[str, Setting("loss and augmentation, as JSON")],
        data: Annotated[str, Setting("the people to train on")],
        cost_weight: Annotated[float, Setting("λ, the weight of log E[MACs] in the loss of the choices")] = 0.01,
        batch: Annotated[int, Setting("people in a step: a supernet normalises by the batch", low=2)] = 32,
        warm_up: Annotated[int, Setting("steps of the weights alone, before the first proposal", low=0)] = 150,
        steps: Annotated[int, Setting("steps of the weights before each proposal", low=1)] = 40,
        choices_every: Annotated[int, Setting("steps of the weights to one of the choices", low=1)] = 4,
        temperature: Annotated[float, Setting("of the softmax over the options, at first", above=0)] = 2.0,
        cooling: Annotated[float, Setting("the temperature is multiplied by this per proposal", above=0, high=1)] = 0.9,
        learning_rate: Annotated[float, Setting("of AdamW on the weights", above=0)] = 1e-2,
        choice_rate: Annotated[float, Setting("learning rate of Adam on the choices", low=0)] = 0.05,
    ) -> None:
        """Prepare the search of `space` on the images of `data`, with loss and augmentation of `protocol`."""
        # imported here: listing the strategies must not load torch
        from nasbench_pose.strategies.supernet.training import SupernetTraining

        self._warm_up, self._steps, self._every = warm_up, steps, choices_every
        self._temperature, self._cooling = temperature, cooling
        self._training = SupernetTraining(
            space, rng, protocol=protocol, data=data, batch=batch, cost_weight=cost_weight, learning_rate=learning_rate,
            choice_rate=choice_rate,
        )  # fmt: skip
        self._asked = 0
        self._proposed: list[str] = []

    def ask(self) -> Proposal:
        """Continue the training and propose the likeliest genotype that is new."""
        heat = self._heat()
        if self._asked == 0:
            self._training.train(self._warm_up, heat=heat, phase=0, choices_every=None)
        self._training.train(self._steps, heat=heat, phase=self._asked + 1, choices_every=self._every)
        self._asked += 1
        genotype = self._derive()
        self._proposed.append(genotype.text)
        return Proposal(genotype)

    def tell(self, proposal: Proposal, losses: Sequence[float]) -> None:
        """Ignore the losses: the strategy follows the loss of the supernet."""

    def checkpoint(self) -> bytes:
        """Return the state that the next `ask` depends on."""
        import torch

        buffer = io.BytesIO()
        torch.save(self._training.state() | {"asked": self._asked, "proposed": self._proposed}, buffer)
        return buffer.getvalue()

    def restore(self, state: bytes) -> None:
        """Restore the state of `checkpoint`."""
        import torch

        saved: dict[str, Any] = torch.load(io.BytesIO(state), weights_only=True)
        self._training.load(saved)
        self._asked, self._proposed = saved["asked"], saved["proposed"]

    def _heat(self) -> float:
        return max(COLDEST, self._temperature * self._cooling**self._asked)

    def _derive(self) -> Genotype:
        for genotype in self._training.likeliest(self._heat()):
            if genotype.text not in self._proposed:
                return genotype
        raise Exhausted


STRATEGY = Darts
