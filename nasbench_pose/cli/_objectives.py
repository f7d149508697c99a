"""Options for objectives, limits and the reference point of the hypervolume."""

import math
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from nasbench_pose.cli._ranges import SUFFIXES
from nasbench_pose.errors import NasbenchPoseError
from nasbench_pose.scalar import of_units

if TYPE_CHECKING:
    from nasbench_pose.objective import Limit, Objective

F = TypeVar("F", bound=Callable[..., Any])

LARGEST = 1e6
"""MMACs from which --macs-limit is a mistake: HigherHRNet-W48 at 640×640 has 154,000."""

_NUMBER = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|inf)\s*(\S*)\s*")


class ObjectiveName(click.ParamType["Objective"]):
    """NAME, NAME:max or NAME:min, as an Objective."""

    name = "NAME[:max|:min]"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> "Objective":  # noqa: ARG002
        """Return the objective; raise InvalidFileError for a metric without a known direction."""
        from nasbench_pose.objective import Objective

        return value if isinstance(value, Objective) else Objective.parse(str(value))


class LimitOf(click.ParamType["Limit"]):
    """NAME=VALUE, as a Limit: the value in the column's own unit, or with k, M, G or the unit that tables show."""

    name = "NAME=VALUE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> "Limit":
        """Return the limit."""
        from nasbench_pose.objective import Limit

        if isinstance(value, Limit):
            return value
        column, _, text = str(value).partition("=")
        column, match = column.strip(), _NUMBER.fullmatch(text)
        units = self._units(column)
        if not column or match is None or match[2] not in units:
            known = ", ".join(unit for unit in units if unit)
            self.fail(f"{value!r} is not NAME=VALUE, such as macs=4M or latency_ms=5; units: {known}.", param, ctx)
        return Limit(column, of_units(float(match[1]), units[match[2]]))

    def _units(self, column: str) -> dict[str, float]:
        from nasbench_pose.metrics import Metric, metric

        what = metric(column) if column else Metric(name="any")
        return {**SUFFIXES, **({what.unit: what.scale} if what.unit else {})}


def judging(command: F) -> F:
    """Add the options --limit, --macs-limit and --reference to `command`."""
    for option in reversed(
        (
            click.option(
                "--limit", "limits", multiple=True, type=LimitOf(),
                help="Limit of the best network, e.g. macs=4M, params=120k, latency_ms=5; repeatable.",
            ),
            click.option("--macs-limit", type=click.FloatRange(min=0), help="Limit in MMACs; inf: no limit."),
            click.option("--reference", help="Reference point of the hypervolume, e.g. 10,8e6."),
        )
    ):  # fmt: skip
        command = option(command)
    return command


def limits_of(limits: "Sequence[Limit]", macs_limit: float | None) -> "tuple[Limit, ...] | None":
    """Return the limits of --limit and --macs-limit, None without any.

    Raises UsageError for two of one metric, and for MMACs that must be MACs.
    """
    from nasbench_pose.objective import Limit

    if macs_limit is not None and LARGEST <= macs_limit < float("inf"):
        raise click.UsageError(
            f"--macs-limit is in MMACs, and {macs_limit:,.0f} MMACs would keep every network; "
            f"for {macs_limit:,.0f} MACs, say {macs_limit / 1e6:g}; for no limit, inf."
        )
    given = [*limits, *([] if macs_limit is None else [Limit("macs", of_units(macs_limit, 1e6))])]
    columns = [limit.column for limit in given]
    if twice := next((column for column in columns if columns.count(column) > 1), None):
        raise click.UsageError(f"There are two limits of {twice}; set one.")
    return tuple(given) or None


def reference_of(text: str | None) -> tuple[float, ...] | None:
    """Return the numbers of --reference.

    >>> reference_of("10,8e6")
    (10.0, 8000000.0)
    """
    if text is None:
        return None
    try:
        numbers = tuple(float(part) for part in text.split(","))
        if not all(map(math.isfinite, numbers)):
            raise ValueError
        return numbers
    except ValueError:
        raise NasbenchPoseError(f"--reference {text!r} is no list of finite numbers, such as 10,8e6.") from None
