"""Objectives and limits of a search. An objective turns a metric into a loss, of which less is better."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from nasbench_pose.errors import InvalidFileError, UnknownNameError, nearest, pick
from nasbench_pose.metrics import BUILT_IN, CATALOGUE, DEFAULT_OBJECTIVES, Metric, metric
from nasbench_pose.scalar import number

if TYPE_CHECKING:  # this module reads frames but makes none, so it need not import pandas
    import pandas as pd

Losses = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Objective:
    """A column to minimise or maximise: `maximise` is a bool, "min" or "max".

    The direction defaults to that of the metric in the catalogue (`nasbench_pose.metrics`). Raises InvalidFileError if
    no direction is passed and the catalogue has none, or for another column or direction.

    >>> Objective("macs"), Objective("val_pckh")
    (Objective(column='macs', maximise=False), Objective(column='val_pckh', maximise=True))
    >>> Objective("val_pckh").loss({"val_pckh": 81.5, "macs": 7e8})
    -81.5
    >>> Objective("joules")
    Traceback (most recent call last):
        ...
    nasbench_pose.errors.InvalidFileError: Which way is better in 'joules'? Write 'joules:min' or 'joules:max'.
    """

    column: str
    """Name of the metric, which is also its column in every frame."""
    maximise: bool = None  # type: ignore[assignment]  # until __post_init__ asks the catalogue
    metric: Metric = field(default=None, compare=False, repr=False)  # type: ignore[assignment]  # likewise
    """The entry of the catalogue: label, unit and format of the column."""

    def __post_init__(self) -> None:
        if not isinstance(self.column, str) or not self.column:
            raise InvalidFileError(f"{self.column!r} is no objective; expected the name of a column, such as 'macs'.")
        if self.metric is None:
            object.__setattr__(self, "metric", metric(self.column))
        directions = {None: _maximise, "min": lambda _: False, "max": lambda _: True}
        if isinstance(self.maximise, str | None):
            if self.maximise not in directions:
                raise InvalidFileError(f"An objective is 'min' or 'max', not {self.maximise!r}.")
            object.__setattr__(self, "maximise", directions[self.maximise](self.metric))
        elif not isinstance(self.maximise, bool | np.bool_):
            raise InvalidFileError(f"An objective is 'min', 'max', False or True, not {self.maximise!r}.")

    @classmethod
    def of(cls, what: Metric, maximise: bool | None = None) -> "Objective":
        """Return the objective of a metric that need not be in the catalogue.

        >>> Objective.of(Metric(name="joules", unit="J", direction="min")).metric.title
        'joules (J)'
        """
        return cls(what.name, _maximise(what) if maximise is None else maximise, what)

    @classmethod
    def parse(cls, text: str) -> "Objective":
        """Parse `"macs"`, `"macs:min"` or `"val_pckh:max"`; the direction defaults to that of the catalogue.

        Raises InvalidFileError for another form, and if neither the text nor the catalogue has a direction.

        >>> Objective.parse("test_pckh") == Objective.parse("test_pckh:max")
        True
        """
        column, colon, direction = text.strip().partition(":") if isinstance(text, str) else ("", "", "")
        if not column or (colon and direction not in ("min", "max")):
            raise InvalidFileError(f"{text!r} is not an objective; expected 'column', 'column:min' or 'column:max'.")
        return cls(column, direction == "max") if colon else cls(column)

    @property
    def text(self) -> str:
        """The text that `parse` reads back, independently of the other packages that are installed.

        >>> Objective("macs").text, Objective("val_pckh").text, Objective("val_pckh", False).text
        ('macs', 'val_pckh:max', 'val_pckh:min')
        """
        if self.maximise:
            return f"{self.column}:max"
        known = BUILT_IN.get(self.column)
        return self.column if known is not None and known.direction == "min" else f"{self.column}:min"

    def loss(self, metrics: Mapping[str, float]) -> float:
        """Return the loss of one trial; infinite if the metric is not finite.

        Raises UnknownNameError if the trial lacks the metric.
        """
        value = float(pick("metric", self.column, metrics))
        return math.inf if not math.isfinite(value) else -value if self.maximise else value

    def losses(self, frame: "pd.DataFrame") -> Losses:
        """Return one loss per row, shape (rows,); infinite where the value is missing or not finite.

        Raises UnknownNameError if the frame has no such column, InvalidFileError if the column holds no numbers.

        >>> import pandas as pd
        >>> Objective("macs").losses(pd.DataFrame({"macs": [2, None, 1]}))
        array([ 2., inf,  1.])
        """
        values = self._values(frame)
        return np.where(np.isfinite(values), -values if self.maximise else values, np.inf)

    def values(self, losses: Losses) -> Losses:
        """Turn losses back into values of the column; infinite losses become NaN."""
        return np.where(np.isfinite(losses), -losses if self.maximise else losses, np.nan)

    def _values(self, frame: "pd.DataFrame") -> Losses:
        if not hasattr(frame, "columns"):
            raise InvalidFileError(f"Losses are those of a DataFrame, not of a {type(frame).__name__}.")
        if self.column not in frame.columns:
            columns = [str(column) for column in frame.columns]
            hint = nearest(self.column, columns)
            raise UnknownNameError(f"No column {self.column!r} to compare by; known: {', '.join(columns)}.{hint}")
        try:
            if frame[self.column].dtype.kind in "cmM":
                raise TypeError("complex numbers, durations and dates are no losses")
            return frame[self.column].to_numpy(dtype=np.float64, na_value=np.nan)
        except (ValueError, TypeError) as error:
            raise InvalidFileError(f"The column {self.column!r} cannot be compared: {error}.") from None


@dataclass(frozen=True, slots=True)
class Limit:
    """An upper bound of a column, such as MACs.

    Raises InvalidFileError for NaN, for less than 0 of a counted cost, and for a metric of which more is better.

    >>> Limit.parse("macs<=4e6"), Limit("macs", 4e6).text, Limit("macs", 4e6).label
    (Limit(column='macs', most=4000000.0), 'macs<=4e+06', '≤ 4 MMACs')
    """

    column: str
    most: float
    """In the column's unit."""
    metric: Metric = field(default=None, compare=False, repr=False)  # type: ignore[assignment]  # until __post_init__
    """How the column is called and printed."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "most", number(self.most, f"limit of {self.column}"))
        if self.metric is None:
            object.__setattr__(self, "metric", metric(self.column))
        if math.isnan(self.most):
            raise InvalidFileError(f"A limit of {self.column} is a number, or inf for none; not nan.")
        if self.most < 0 and self.metric.price == "counted":
            raise InvalidFileError(f"A limit of {self.column} is positive, as counted costs are; not {self.most:g}.")
        if self.metric.direction == "max":
            raise InvalidFileError(f"More {self.column} is better: a limit is the most of what a network costs.")

    @classmethod
    def parse(cls, text: str) -> "Limit":
        """Parse `"macs<=4e6"`; raise InvalidFileError for another form."""
        column, sign, most = str(text).partition("<=")
        try:
            if not (column.strip() and sign):
                raise ValueError
            return cls(column.strip(), float(most))
        except ValueError:
            raise InvalidFileError(f"{text!r} is not a limit; expected 'column<=number', e.g. macs<=4e6.") from None

    @property
    def text(self) -> str:
        """The text that `parse` reads back."""
        short = f"{self.most:g}"
        return f"{self.column}<={short if float(short) == self.most else repr(self.most)}"

    @property
    def label(self) -> str:
        """The limit as the head of a column has it."""
        return f"≤ {self.amount}"

    @property
    def amount(self) -> str:
        """How much it is, in the unit of tables.

        >>> Limit("latency_ms", 5.5).amount, Limit("params", 3e4).amount
        ('5.5 ms', '30 k parameters')
        """
        unit = self.metric.unit or self.column
        if unit in ("k", "M", "G"):  # thousands of what?
            unit += f" {self.metric.label.lower() or self.column}"
        return f"{self.most / self.metric.scale:g} {unit}"

    def keeps(self, frame: "pd.DataFrame") -> "pd.Series[bool]":
        """Mark the rows within the limit; missing values are not. Raises UnknownNameError without its column."""
        if self.column not in frame.columns:
            hint = nearest(self.column, [str(column) for column in frame.columns])
            raise UnknownNameError(f"No column {self.column!r} to keep within a limit.{hint}")
        return frame[self.column] <= self.most


def called(objectives: Sequence[Objective], accuracy: str) -> tuple[Objective, ...]:
    """Return the objectives with the name that the accuracy PCKh@0.5 has for a skeleton of the user's.

    >>> called([Objective("val_pckh")], "PCK@0.2 of the box")[0].metric.heading
    'PCK@0.2 of the box (%)'
    """
    return tuple(Objective(one.column, one.maximise, one.metric.called(accuracy)) for one in objectives)


def within(frame: "pd.DataFrame", limits: Sequence[Limit]) -> NDArray[np.bool_]:
    """Mark the rows of a frame that are within all limits, shape (rows,); an infinite limit is none.

    >>> import pandas as pd
    >>> within(pd.DataFrame({"macs": [2.0, None, 1.0]}), [Limit("macs", 1.5)])
    array([False, False,  True])
    """
    kept = np.ones(len(frame), dtype=bool)
    for limit in (limit for limit in limits if limit.most < math.inf):
        kept &= limit.keeps(frame).to_numpy()
    return kept


def _maximise(what: Metric) -> bool:
    """Return whether more is better; raise InvalidFileError if the catalogue does not say."""
    if what.direction is None:
        name = what.name
        directed = [known for known in CATALOGUE.names() if known not in BUILT_IN or BUILT_IN[known].direction]
        hint = nearest(name, directed)
        raise InvalidFileError(f"Which way is better in {name!r}? Write '{name}:min' or '{name}:max'.{hint}")
    return what.direction == "max"


ACCURACY, COST = OBJECTIVES = tuple(Objective(name) for name in DEFAULT_OBJECTIVES)
"""What a search is after unless the user says otherwise."""
