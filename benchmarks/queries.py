"""How fast a benchmark table answers: genotypes one by one, by their text, and millions of option indices at once.

The table is the one that comes with the package: every member of efficientpose_micro, trained on photographs.
"""

import statistics
import time
from collections.abc import Callable

import numpy as np
from table import begin, machine, markdown, report, say

from nasbench_pose.benchmark import Benchmark

SPACE, MANY, RUNS = "efficientpose_micro", 5_000_000, 7


def seconds(work: Callable[[], object]) -> float:
    """Return the median seconds of `work`, after a run that is not counted."""
    taken = []
    for _ in range(RUNS + 1):
        started = time.perf_counter()
        work()
        taken.append(time.perf_counter() - started)
    return statistics.median(taken[1:])


def main() -> None:
    """Measure and report everything, on one core."""
    begin(__doc__)
    say("loading")
    cold = seconds(lambda: Benchmark.load(SPACE).query("micro-smallest"))
    table = Benchmark.load(SPACE)
    members, codes = table.index.members, table.space.sample_codes(MANY, np.random.default_rng(0))
    texts, half = [genotype.text for genotype in members], table.grid.full // 2
    say("queries")
    one = len(members) / seconds(lambda: [table.query(genotype) for genotype in members])
    text = len(members) / seconds(lambda: [table.query(genotype, half, 0) for genotype in texts])
    many = MANY / seconds(lambda: table.query_many(codes))
    behind = MANY / seconds(lambda: table.regret(codes, macs_limit=np.inf))
    rows = [
        ["load a table and ask it once (ms)", f"{1e3 * cold:,.0f}"],
        ["genotypes one by one (per second)", f"{one:,.0f}"],
        ["their texts, of one seed, at half the steps (per second)", f"{text:,.0f}"],
        ["option indices (per second)", f"{many:,.0f}"],
        ["regrets of option indices (per second)", f"{behind:,.0f}"],
    ]
    report(
        "queries",
        f"{markdown(['', f'{table.name}, {len(table.rows):,} trainings'], rows)}\n\n"
        f"{machine('pandas')}; one core, medians.",
    )
    for met, target in (
        (min(one, text) >= 100_000, f"100,000 queries a second one by one: {min(one, text):,.0f}"),
        (many >= 5e6, f"5 million a second at once: {many / 1e6:.0f} million"),
    ):
        print(f"{'met   ' if met else 'MISSED'}  {target}")


if __name__ == "__main__":
    main()
