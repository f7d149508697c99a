"""Processor time of questions about whole populations, and of drawing people.

No other tool answers these; the number of genotypes is what enumerating them one by one would have to go through.
"""

import sys

import numpy as np
from table import begin, machine, markdown, report, say
from timing import UNITS, digits, in_turn

from nasbench_pose.cost import histogram, table, window
from nasbench_pose.pose import synthetic
from nasbench_pose.spaces import load

BRIEF = "--brief" in sys.argv
SPACE, CELLS = "efficientpose_large", "darts_pose"
POPULATION, DRAWS, PEOPLE, WIRINGS = 100_000 if BRIEF else 1_000_000, 10_000, 1_000, 50
ROUNDS = 2 if BRIEF else 5


def main() -> None:
    """Measure and report everything, on one core."""
    begin(__doc__, brief="a rehearsal with fewer rounds")
    say("populations")
    space, cells, rng = load(SPACE), load(CELLS), np.random.default_rng(0)
    codes, costs = space.sample_codes(POPULATION, rng), table(space, input=(256, 256), joints=16)
    wirings, wired = cells.sample_codes(WIRINGS, rng), table(cells)
    within = window(costs, 10**9, 2 * 10**9)
    ways = {
        f"peak and activations of one of {POPULATION:,} (ns)": (POPULATION, lambda: costs.memory(codes)),
        f"the same of {CELLS} (ms)": (WIRINGS, lambda: wired.memory(wirings)),
        "table of costs of the space (ms)": (1, lambda: table(space)),
        f"exact histogram of all {space.size:.1e} (ms)": (1, lambda: histogram(costs)),
        "number within 1 to 2 GMACs (ms)": (1, lambda: window(costs, 10**9, 2 * 10**9).size),
        "a genotype drawn from these (µs)": (DRAWS, lambda: within.sample(DRAWS, np.random.default_rng(0))),
        "a person drawn at 64×64 (µs)": (PEOPLE, lambda: synthetic.generate(PEOPLE, seed=0, stream=0, size=(64, 64))),
    }
    taken = in_turn(
        {what: work for what, (_, work) in ways.items()}, ROUNDS, {what: pieces for what, (pieces, _) in ways.items()}
    )
    rows = [[what, digits(UNITS[what.rpartition("(")[2].rstrip(")")] * taken[what])] for what in ways]
    about = f"{SPACE}. {machine('numpy')}; one core, processor time, medians of {ROUNDS}."
    report("speed", f"{markdown(['', 'nasbench-pose'], rows)}\n\n{about}")


if __name__ == "__main__":
    main()
