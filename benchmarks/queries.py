"""How fast a benchmark table answers: genotypes one by one, by their text, and millions of option indices at once.

The table is that of every member of efficientpose_micro, with numbers that are drawn: speed does not depend on them.
"""

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from table import begin, machine, markdown, report, say

from nasbench_pose.benchmark import Benchmark
from nasbench_pose.benchmark.rows import TableFile
from nasbench_pose.evaluators import Trial
from nasbench_pose.spaces import SearchSpace, load

SPACE, SEEDS, MANY, RUNS = "efficientpose_micro", 3, 5_000_000, 7


def drawn_table(space: SearchSpace, folder: Path) -> Path:
    """Write a table with a drawn accuracy for every member and seed; return its path."""
    rng, file = np.random.default_rng(0), TableFile(folder / "drawn.csv")
    trials = [
        Trial(
            genotype,
            "drawn",
            8,
            seed,
            dict.fromkeys(("val_pckh", "test_pckh", "params", "macs"), v),
            v,
            tuple((k, v) for k in range(1, 9)),
        )
        for genotype in space.enumerate()
        for seed, v in enumerate(rng.uniform(0, 100, SEEDS).tolist())
    ]
    file.begin()
    file.append(*trials)
    file.describe({"space": space.name, "space_digest": space.digest, "protocol": '{"steps":8}'})
    return file.path


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
    space = load(SPACE)
    with tempfile.TemporaryDirectory() as folder:
        path = drawn_table(space, Path(folder))
        say("loading")
        cold = seconds(lambda: Benchmark.load(path).query(next(space.enumerate())))
        table = Benchmark.load(path)
    members, codes = table.index.members, space.sample_codes(MANY, np.random.default_rng(0))
    texts = [genotype.text for genotype in members]
    say("queries")
    one = len(members) / seconds(lambda: [table.query(genotype) for genotype in members])
    text = len(members) / seconds(lambda: [table.query(genotype, 4, 1) for genotype in texts])
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
        "queries", f"{markdown(['', 'a table of 1,944 trainings'], rows)}\n\n{machine('pandas')}; one core, medians."
    )
    for met, target in (
        (min(one, text) >= 100_000, f"100,000 queries a second one by one: {min(one, text):,.0f}"),
        (many >= 5e6, f"5 million a second at once: {many / 1e6:.0f} million"),
    ):
        print(f"{'met   ' if met else 'MISSED'}  {target}")


if __name__ == "__main__":
    main()
