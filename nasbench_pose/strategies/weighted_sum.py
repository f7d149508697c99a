"""Several losses as one, for strategies that compare by a single number."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from nasbench_pose.errors import InvalidFileError
from nasbench_pose.strategies.limits import LimitedLosses


@dataclass(frozen=True, slots=True)
class WeightedSum:
    """The sum of the losses times `weights`; later losses without a weight do not count.

    Raises InvalidFileError for weights that are not finite, or for none.

    >>> WeightedSum("evolution", (1.0, 0.5))([-20.0, 4.0])
    -18.0
    """

    strategy: str
    """What messages call the strategy."""
    weights: tuple[float, ...]

    def __post_init__(self) -> None:
        if not self.weights or not all(math.isfinite(weight) for weight in self.weights):
            raise InvalidFileError(
                f"The weights of {self.strategy} are finite numbers, one or more; got {self.weights!r}."
            )

    def __call__(self, losses: Sequence[float]) -> float:
        """Return the sum; infinite for a failed trial, even where its weight is 0. Raises InvalidFileError if short.

        Of a trial beyond a limit it is its first loss: all are the same, and no weight makes them less.
        """
        if len(self.weights) > len(losses):
            raise InvalidFileError(f"{self.strategy} has {len(self.weights)} weights for {len(losses)} objectives.")
        if isinstance(losses, LimitedLosses) and losses.beyond:
            return losses[0]
        total = sum(weight * loss for weight, loss in zip(self.weights, losses, strict=False))
        return math.inf if math.isnan(total) else total
