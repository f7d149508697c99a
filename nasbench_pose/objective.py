"""What a search is after: a metric and its direction."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from nasbench_pose.errors import pick


@dataclass(frozen=True, slots=True)
class Objective:
    """A metric to make large or small. Direction is settled here, once: everywhere inside, lower is better.

    >>> Objective("val_pckh", maximise=True).loss({"val_pckh": 81.5, "macs": 7e8})
    -81.5
    >>> Objective("macs").text
    'min macs'
    """

    column: str
    """Name of the metric, which is also its column in every frame."""
    maximise: bool = False

    def loss(self, metrics: Mapping[str, float]) -> float:
        """Return the value as a loss, infinite where it is not a number; raise UnknownNameError if it is not there."""
        value = float(pick("metric", self.column, metrics))
        return math.inf if math.isnan(value) else -value if self.maximise else value

    @property
    def text(self) -> str:
        """`max <column>` or `min <column>`."""
        return f"{'max' if self.maximise else 'min'} {self.column}"


ACCURACY = Objective("val_pckh", maximise=True)
MACS = Objective("macs")
