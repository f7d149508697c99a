"""The numbers of third-party counters for a network as text, and the explanation of their differences."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from nasbench_pose.errors import NasbenchPoseError
from nasbench_pose.report.text import aligned

if TYPE_CHECKING:
    from nasbench_pose.cost.counters import Reading

KEYS = ("counter", "value", "unit", "macs_difference", "explained", "remainder", "warnings", "error")


def warnings_of(readings: "Sequence[Reading]", *, strict: bool = False) -> list[str]:
    """Return the warnings of readings without duplicates.

    Raises NasbenchPoseError if every counter failed and, with `strict`, if an operation is not counted.
    """
    errors = [reading.error for reading in readings if reading.error]
    if errors and len(errors) == len(readings):
        raise NasbenchPoseError(f"{'; '.join(errors)}.")
    left_out = dict.fromkeys(warning for reading in readings for warning in reading.warnings)
    if strict and (uncounted := [warning for warning in left_out if warning.endswith("not counted")]):
        raise NasbenchPoseError(f"{'; '.join(uncounted)}.")
    return [*left_out, *errors]


def readings_values(readings: "Sequence[Reading]") -> list[dict[str, Any]]:
    """Return readings as JSON values."""
    return [{key: getattr(reading, key) for key in KEYS} for reading in readings]


def readings_text(readings: "Sequence[Reading]", title: str) -> str:
    """Return the table of readings of the network with this title."""
    exact = f": {readings[0].exact:,} MACs, exact" if readings and readings[0].exact is not None else ""
    head = ["counter", "unit", "value", "difference in MACs"]
    rows = [row for reading in readings for row in _rows(reading)]
    return f"{title}{exact}\n\n{aligned([head, *rows], left=2)}"


def _rows(reading: "Reading") -> list[list[str]]:
    parts: list[tuple[str, Any]] = list(reading.explained.items())
    if reading.remainder:
        parts.append(("unexplained remainder", reading.remainder))
    value = "failed" if reading.value is None else f"{reading.value:,}"
    difference = "" if reading.macs_difference is None else _signed(reading.macs_difference)
    own = [reading.counter, reading.unit, value, difference]
    return [own, *[[f"  {what}", "", "", _signed(macs)] for what, macs in parts]]


def _signed(macs: int) -> str:
    return f"{macs:+,}" if macs else "0"
