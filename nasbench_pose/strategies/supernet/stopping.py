"""Rules that stop a search early, on what was recorded at each ask; so a rule can be replayed without computing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from nasbench_pose.scalar import finite
from nasbench_pose.strategies.supernet.record import Ask


@dataclass(frozen=True)
class Stop:
    """When a search stops, and where it derives from."""

    after: int
    """The ask after which the training ends, counted from 1."""
    use: int
    """The ask whose choices are used from then on."""


@dataclass(frozen=True)
class StoppingRule:
    """The settings of the rules; raises NotFiniteError for a factor or a share that is not a number."""

    window: int = 5
    """Asks over which eigenvalues are averaged; the average before is taken `window` - 1 asks earlier."""
    factor: float = 1.3
    """The search stops if the averaged eigenvalue is more than so many times that before."""
    share: float = 0.5
    """The search stops if more than this share of the choices that can be skipped are."""

    def __post_init__(self) -> None:
        finite(self.factor, "factor of a stop")
        finite(self.share, "share of skips of a stop")


def by_eigenvalue(asks: Sequence[Ask], rule: StoppingRule) -> Stop | None:
    """Return the stop by the dominant eigenvalue (R-DARTS-ES, arXiv 1909.09656): window 5, factor 1.3 in the paper.

    λ(i) is the mean magnitude over the last `window` asks. The search stops at the first i with λ(i) > factor ·
    λ(i - window + 1), and uses the choices of ask i - window + 1, before the rise. None if there is no such ask.

    >>> asks = [Ask.blank(n, eigenvalue=value) for n, value in enumerate([1, 1, 1, 1, 1, 1, 1, 3, 5], start=1)]
    >>> by_eigenvalue(asks, StoppingRule(window=3))
    Stop(after=8, use=6)
    """
    known = [abs(ask.eigenvalue) for ask in asks if ask.eigenvalue is not None]
    if len(known) < len(asks):
        return None
    means = [float(np.mean(known[max(0, i - rule.window + 1) : i + 1])) for i in range(len(known))]
    back = max(1, rule.window - 1)
    for i in range(rule.window - 1, len(means)):
        if i >= back and means[i] > rule.factor * means[i - back]:
            return Stop(i + 1, i - back + 1)
    return None


def by_skips(asks: Sequence[Ask], rule: StoppingRule) -> Stop | None:
    """Return the stop at the first ask with too many skips (DARTS+, arXiv 1909.06035); it uses the ask before.

    >>> asks = [Ask.blank(n, skips=share) for n, share in enumerate([0.0, 0.25, 0.75], start=1)]
    >>> by_skips(asks, StoppingRule(share=0.5))
    Stop(after=3, use=2)
    """
    for i, ask in enumerate(asks):
        if ask.skips is not None and ask.skips > rule.share:
            return Stop(i + 1, max(1, i))
    return None


def never(_: Sequence[Ask], __: StoppingRule) -> Stop | None:
    """Return None: the search goes on."""
    return None


STOPPING: Mapping[str, Callable[[Sequence[Ask], StoppingRule], Stop | None]] = {
    "never": never,
    "eigenvalue": by_eigenvalue,
    "skips": by_skips,
}
"""Rules by name."""
