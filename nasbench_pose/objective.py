"""What a search is after: a metric and which way is better. Beyond this door everything is a loss."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from nasbench_pose.errors import InvalidFileError, UnknownNameError, nearest, pick

if TYPE_CHECKING:  # frames come in ready-made; this module need not load pandas to read them
    import pandas as pd

Losses = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Objective:
    """A column and which way is better; its losses are lower for what is better.

    >>> Objective.parse("val_pckh:max")
    Objective(column='val_pckh', maximise=True)
    >>> Objective("val_pckh", maximise=True).loss({"val_pckh": 81.5, "macs": 7e8})
    -81.5
    """

    column: str
    """Name of the metric, which is also its column in every frame."""
    maximise: bool = False

    @classmethod
    def parse(cls, text: str) -> "Objective":
        """Read `"macs"`, `"macs:min"` or `"val_pckh:max"`; raise InvalidFileError for any other direction."""
        column, colon, direction = text.strip().partition(":")
        if not column or (colon and direction not in ("min", "max")):
            raise InvalidFileError(f"{text!r} is not an objective; expected 'column', 'column:min' or 'column:max'.")
        return cls(column, direction == "max")

    @property
    def text(self) -> str:
        """What `parse` reads back."""
        return f"{self.column}:max" if self.maximise else self.column

    def loss(self, metrics: Mapping[str, float]) -> float:
        """Return the loss of one trial, infinite for what is not a finite number.

        Raises UnknownNameError if there is no such metric.
        """
        value = float(pick("metric", self.column, metrics))
        return math.inf if not math.isfinite(value) else -value if self.maximise else value

    def losses(self, frame: "pd.DataFrame") -> Losses:
        """Return one loss per row, shape (rows,). What is not a finite number was not measured: its loss is infinite.

        Raises UnknownNameError if the frame has no such column, InvalidFileError if the column holds no numbers.

        >>> import pandas as pd
        >>> Objective("macs").losses(pd.DataFrame({"macs": [2, None, 1]}))
        array([ 2., inf,  1.])
        """
        values = self._values(frame)
        return np.where(np.isfinite(values), -values if self.maximise else values, np.inf)

    def values(self, losses: Losses) -> Losses:
        """Turn losses back into values of the column; what was not measured is NaN."""
        return np.where(np.isfinite(losses), -losses if self.maximise else losses, np.nan)

    def _values(self, frame: "pd.DataFrame") -> Losses:
        if self.column not in frame.columns:
            known = [str(column) for column in frame.columns]
            hint = nearest(self.column, known)
            raise UnknownNameError(f"No column {self.column!r} to compare by; known: {', '.join(known)}.{hint}")
        try:
            return frame[self.column].to_numpy(dtype=np.float64, na_value=np.nan)
        except (ValueError, TypeError) as error:
            raise InvalidFileError(f"The column {self.column!r} cannot be compared: {error}.") from None
