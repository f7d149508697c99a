"""A metric: name, direction, unit, format, axis label and the cost of a value."""

import re
from dataclasses import dataclass, replace
from typing import Literal

from nasbench_pose.errors import InvalidFileError

Direction = Literal["max", "min"]
Price = Literal["counted", "scored", "timed", "inherited", "trained", "unknown"]
"""What one value costs: counting a graph, a few passes of an untrained network, timed passes, an evaluation with the
weights of a supernet, a training."""
LONGEST = 1e12
"""From here on a value is printed with an exponent, whatever its digits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """A quantity of a network; only `name` is required.

    Raises InvalidFileError for an invalid direction, scale or number of digits.

    >>> joules = Metric(name="joules", label="Energy per image", unit="mJ", scale=1e-3, direction="min", digits=1)
    >>> joules.heading, joules.text(0.0042)
    ('Energy per image (mJ)', '4.2')
    """

    name: str
    """Its key in a trial's metrics, and its column in every frame."""
    label: str = ""
    """The axis label; by default the name."""
    short: str = ""
    """The heading of a table column, with the unit; by default the label with the unit."""
    direction: Direction | None = None
    """Whether more or less is better; None: undefined, so an objective must state it."""
    better: str = "better"
    """The word at the arrow that points to better values: cheaper, faster."""
    unit: str = ""
    """The unit in tables and figures."""
    scale: float = 1.0
    """The value of `unit` in the unit of storage: stored values are divided by it."""
    digits: int | None = None
    """Decimals in `unit`; None: up to six significant digits."""
    log: bool = False
    """Whether its axis is logarithmic."""
    whole: bool = False
    """Whether its values are whole numbers."""
    stored: str = ""
    """The unit of storage, as written in the description of a benchmark table."""
    meaning: str = ""
    """The definition in one line."""
    split: str = ""
    """The split of the data set it is measured on: `train`, `val` or `test`. A search must not see test."""
    price: Price = "unknown"
    evaluators: tuple[str, ...] = ()
    """Names of the evaluators that measure it, as on the command line."""
    measured_by: str = ""
    """`module:function` of a metric of accuracy: (predicted joints of shape (n, joints, 2) in pixels, People) -> float.

    A training calls it on the people of `split`. Empty: the evaluator computes the metric itself."""

    def __post_init__(self) -> None:
        if not self.name:
            raise InvalidFileError("A metric needs a name, which is also the name of its column.")
        if self.direction not in ("max", "min", None):
            raise InvalidFileError(f"The metric {self.name!r} has direction {self.direction!r}; use max, min or None.")
        if not 0 < self.scale < float("inf"):
            raise InvalidFileError(f"The metric {self.name!r} has scale {self.scale!r}; it must be above 0.")
        if self.digits is not None and self.digits < 0:
            raise InvalidFileError(f"The metric {self.name!r} has {self.digits} digits; use 0 or more, or None.")
        if self.measured_by and self.split not in ("val", "test"):
            raise InvalidFileError(
                f"The metric {self.name!r} is measured on the split {self.split!r}; `measured_by` needs val or test."
            )

    @property
    def title(self) -> str:
        """The label with the unit."""
        label = self.label or self.name
        return f"{label} ({self.unit})" if self.unit else label

    @property
    def heading(self) -> str:
        """The heading of its column in a table."""
        return self.short or self.title

    def called(self, accuracy: str) -> "Metric":
        """Return the metric with the name that PCKh@0.5 has for a skeleton of the user's.

        >>> pckh = Metric(name="val_pckh", label="PCKh@0.5 on validation", short="PCKh@0.5 (%)")
        >>> pckh.called("PCK@0.2 of the box").heading, pckh.called("PCKh@0.5") == pckh
        ('PCK@0.2 of the box (%)', True)
        """
        kind = accuracy.partition("@")[0]

        def called(text: str) -> str:
            return re.sub(r"PCKh(@0\.5)?", lambda found: accuracy if found[1] else kind, text)

        return replace(self, label=called(self.label), short=called(self.short), meaning=called(self.meaning))

    def text(self, value: float) -> str:
        """Return a value as a table prints it: in `unit`, rounded; with an exponent from 10^12 on.

        >>> macs, pckh = Metric(name="macs", scale=1e6, digits=2), Metric(name="val_pckh", digits=1)
        >>> macs.text(3_141_592), pckh.text(-0.01), macs.text(1e200)
        ('3.14', '0.0', '1e+194')
        """
        shown = value / self.scale
        return f"{shown:g}" if self.digits is None or abs(shown) >= LONGEST else f"{shown:z.{self.digits}f}"

    def phrase(self, value: float) -> str:
        """Return a value with its unit and its label, as a line of text has it.

        >>> Metric(name="latency_ms", label="Latency", unit="ms", digits=1).phrase(21.53)
        '21.5 ms Latency'
        """
        return " ".join(filter(None, (self.text(value), self.unit, self.label or self.name)))
