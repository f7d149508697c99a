"""Synchronous successive halving (Jamieson & Talwalkar 2016, arXiv:1502.07943)."""

from nasbench_pose.strategies.declaration import Declaration
from nasbench_pose.strategies.multi_fidelity._brackets import Brackets


class SuccessiveHalving(Brackets):
    """Draws eta^k networks, trains them to the lowest of k + 1 rungs, the best 1/eta of them to the next, and so on.

    The next draw follows when one network was trained fully, or while a worker would be idle.

    >>> import numpy as np
    >>> from nasbench_pose.spaces import load
    >>> space, rng = load("simplebaseline"), np.random.default_rng(0)
    >>> strategy = SuccessiveHalving(space, rng, fidelities=range(100, 801, 100))
    >>> for step in range(13):
    ...     proposal = strategy.ask()
    ...     strategy.tell(proposal, [float(step)])
    >>> proposal.fidelity is None  # nine at 100 steps, three at 300, one at 800
    True
    """

    name = "successive_halving"
    declaration = Declaration(
        summary="Trains many networks a little, the best of them further; rung by rung.",
        paper="Jamieson & Talwalkar 2016, arXiv:1502.07943",
        defaults="eta 3 as in Hyperband; eta^k networks, so that one is trained fully",
        needs=("fidelities",),
        limits="kept and learned",
        colour="#6F4E37",
    )

    @staticmethod
    def sizes(rungs: int, eta: int) -> list[tuple[int, int]]:
        """Return the size of every bracket, of which one member is trained fully."""
        return [(eta ** (rungs - 1), 0)]


STRATEGY = SuccessiveHalving
