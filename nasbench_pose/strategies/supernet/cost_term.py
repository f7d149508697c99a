"""How the expected cost E enters the loss of the choices."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from torch import Tensor

FORMS = ("log", "power", "hinge")
"""λ·log E is added (FNA, arXiv 2001.02525); the loss times λ·log(E)^β (FBNet, arXiv 1812.03443);
λ·max(0, E / limit - 1) is added, which costs nothing within the limit."""


@dataclass(frozen=True)
class CostTerm:
    """A form of the cost term and its numbers."""

    form: str
    weight: float
    """λ."""
    power: float
    """β of the form `power`."""
    limit: float
    """In units of the cost; of the form `hinge`."""

    def __call__(self, task: Tensor, cost: Tensor) -> Tensor:
        """Return the loss of the choices, from the task's loss and the expected cost.

        >>> import torch
        >>> CostTerm("hinge", 2.0, 0.6, limit=100.0)(torch.tensor(1.0), torch.tensor(150.0))
        tensor(2.)
        """
        return COST_TERMS[self.form](self, task, cost)


COST_TERMS: Mapping[str, Callable[[CostTerm, Tensor, Tensor], Tensor]] = {
    "log": lambda term, task, cost: task + term.weight * cost.log(),
    "power": lambda term, task, cost: term.weight * task * cost.log() ** term.power,
    "hinge": lambda term, task, cost: task + term.weight * (cost / term.limit - 1).clamp(min=0),
}
"""Cost terms by name."""
