"""Limits as strategies see them: what they do about limits, and the losses of a trial beyond one."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from nasbench_pose.objective import Limit

COUNTED = ("macs", "params")
"""Metrics that are known before a measurement, so that proposals can keep their limits."""
BEYOND = 1e30
"""The losses of trials beyond a limit are this or more; measured ones are less."""

Treatment = Literal["kept and learned", "kept", "learned", "setting", "ignored"]
"""What a strategy does about limits. It keeps those of counted metrics (proposes nothing beyond them), it learns
limits from the losses of the trials beyond them, it is given the limit of its `cost` as its setting `limit`, or it
ignores them."""
TREATMENTS: Mapping[Treatment, str] = {
    "kept and learned": "MACs and parameters kept, others learned",
    "kept": "MACs and parameters kept, others ignored",
    "learned": "learned",
    "setting": "that of its cost kept, by its setting limit; others ignored",
    "ignored": "ignored",
}
"""Treatment -> how a card says it."""


class LimitedLosses(tuple[float, ...]):
    """The losses of a trial in a search with limits: worse beyond a limit than those of every trial within.

    Within the limits they are the measured losses. Beyond a limit they are all `BEYOND` times (1 + the total excess).
    So whoever compares losses follows Deb's rule (2000, doi:10.1016/S0045-7825(99)00389-8): a trial within the limits
    is better than one beyond, and of two beyond, the one with less excess. A strategy with a model of the losses uses
    `measured` and `excess` instead.

    >>> LimitedLosses([-80.0, 3e6], {"macs": -0.25}), LimitedLosses([-90.0, 6e6], {"macs": 1.0})
    ((-80.0, 3000000.0), (2e+30, 2e+30))
    """

    measured: tuple[float, ...]
    excess: Mapping[str, float]
    """Column -> by what share of the limit the value is above it; negative below."""

    def __new__(cls, measured: Sequence[float], excess: Mapping[str, float]) -> "LimitedLosses":
        """Return the losses of a trial with this excess over each limit."""
        total = sum(share for share in excess.values() if share > 0)
        made = super().__new__(cls, [BEYOND * (1 + total)] * len(measured) if total else measured)
        made.measured, made.excess = tuple(measured), dict(excess)
        return made

    @property
    def beyond(self) -> bool:
        """Whether the trial is beyond a limit."""
        return any(share > 0 for share in self.excess.values())


def limited_losses(losses: Sequence[float], metrics: Mapping[str, float], limits: Iterable[Limit]) -> Sequence[float]:
    """Return the losses of a finished trial that a search within `limits` tells its strategy; `losses` without limits.

    A metric that is not finite makes them infinite, as those of a failed trial.

    >>> limited_losses([-80.0], {"latency_ms": 8.0}, [Limit("latency_ms", 4.0)])
    (2e+30,)
    >>> limited_losses([-80.0], {"latency_ms": 6.0}, [])
    [-80.0]
    """
    excess = {limit.column: _excess(metrics[limit.column], limit.most) for limit in limits}
    if not all(map(math.isfinite, excess.values())):
        return [math.inf] * len(losses)
    return LimitedLosses(losses, excess) if excess else losses


def _excess(value: float, most: float) -> float:
    return (value - most) / (abs(most) or 1.0)


def treatment(declared: Treatment, columns: Iterable[str], cost: str = "macs") -> str:
    """Return what a strategy does about limits of these columns, in words; `cost` is its setting of that name.

    >>> treatment("kept and learned", ["macs", "latency_ms"]), treatment("setting", ["macs", "params"])
    ('macs kept, latency_ms learned', 'macs kept, params ignored')
    """
    kept, others = {
        "kept and learned": (COUNTED, "learned"),
        "kept": (COUNTED, "ignored"),
        "learned": ((), "learned"),
        "setting": ((cost,), "ignored"),
        "ignored": ((), "ignored"),
    }[declared]
    return ", ".join(f"{column} {'kept' if column in kept else others}" for column in dict.fromkeys(columns))
