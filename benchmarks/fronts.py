"""Processor time of trade-offs: the non-dominated rows of small and large tables, and the best members of a front.

Beside moocore and pymoo on arrays of the same losses, pymoo where it is installed.
"""

import sys

import numpy as np
import pandas as pd
from table import begin, machine, report, say
from timing import OURS, Seconds, Work, comparison, in_turn, installed, verdicts

from nasbench_pose.objective import Objective
from nasbench_pose.pareto import front, losses
from nasbench_pose.report.trade_offs import best_trade_offs

BRIEF = "--brief" in sys.argv
X, Y = Objective("macs"), Objective("val_pckh")
SIZES = {10: 200, 1_000: 20, 10_000: 2}
"""Rows -> how often each is asked in a round."""
FRONT, BEST = 1_000, 3
ROUNDS = 2 if BRIEF else 9


def trials(rows: int) -> pd.DataFrame:
    """Return rows whose accuracy rises with the cost, with noise."""
    rng = np.random.default_rng(0)
    macs = rng.integers(10**6, 10**9, size=rows)
    return pd.DataFrame({"macs": macs, "val_pckh": 10 * np.log10(macs) + rng.normal(0, 3, size=rows)})


def non_dominated(rows: int, peers: list[str]) -> Seconds:
    """Return the seconds of marking the front of a table: of ours on the table, of the others on its losses."""
    import moocore

    table, asked = trials(rows), SIZES[rows]
    points = losses(table, X, Y)
    ways: dict[str, Work] = {
        OURS: lambda: [front(table, X, Y) for _ in range(asked)],
        "moocore, losses in an array": lambda: [moocore.is_nondominated(points) for _ in range(asked)],
    }
    if "pymoo" in peers:
        from pymoo.util.nds.non_dominated_sorting import NonDominatedSorting

        sort = NonDominatedSorting()
        ways["pymoo, losses in an array"] = lambda: [
            sort.do(points, only_non_dominated_front=True) for _ in range(asked)
        ]
    return in_turn(ways, ROUNDS, asked)


def best_of_a_front() -> Seconds:
    """Return the seconds of the three members that cover most: exactly, and by moocore's greedy contributions."""
    import moocore

    rng = np.random.default_rng(0)
    macs, ap = np.sort(rng.uniform(1e6, 1e9, FRONT)), np.sort(rng.uniform(20, 80, FRONT))
    members = pd.DataFrame({"macs": macs, "val_pckh": ap})
    points = losses(members, X, Y)

    def greedy() -> None:
        left = points
        while len(left) > BEST:
            left = np.delete(left, np.argmin(moocore.hv_contributions(left, ref=points.max(axis=0))), axis=0)

    return in_turn({OURS: lambda: best_trade_offs(members, X, Y, BEST), "moocore, greedy": greedy}, ROUNDS)


def main() -> None:
    """Measure and report everything, on one core."""
    begin(__doc__, brief="a rehearsal with fewer rounds")
    peers = installed("pymoo")
    say("fronts")
    taken = {f"front of {rows:,} rows (µs)": non_dominated(rows, peers) for rows in SIZES}
    taken[f"best {BEST} of a front of {FRONT:,} (ms)"] = best_of_a_front()
    about = f"{machine('moocore', 'pandas', *peers)}; one core, processor time, medians of {ROUNDS} in turn."
    report("fronts", f"{comparison(taken)}\n\n{about}")
    seconds = taken[f"best {BEST} of a front of {FRONT:,} (ms)"][OURS]
    verdicts((seconds <= 0.1, f"trade-offs of a front of {FRONT:,} within 0.1 s: {seconds:.3f}"))


if __name__ == "__main__":
    main()
