"""Processor time of asking a benchmark table: genotypes one by one, by their text, and millions of option indices.

The table is the one that comes with the package: every member of efficientpose_micro, trained on photographs. A Python
dictionary of the same answers is the floor of a single query, an array of them that of many.
"""

import sys

import numpy as np
from table import begin, machine, report, say
from timing import OURS, Seconds, comparison, in_turn, verdicts

from nasbench_pose.benchmark import Benchmark

BRIEF = "--brief" in sys.argv
SPACE, MANY = "efficientpose_micro", 200_000 if BRIEF else 5_000_000
ROUNDS = 2 if BRIEF else 7
DICTIONARY, ARRAY = "a dictionary", "an array, index known"


def rows(table: Benchmark) -> dict[str, Seconds]:
    """Return the seconds of each piece of work, and of its floor where it has one."""
    members, codes = table.index.members, table.space.sample_codes(MANY, np.random.default_rng(0))
    texts, half = [genotype.text for genotype in members], table.grid.full // 2
    answers, regrets = table.query_many(codes), table.regret(codes)
    by_genotype = {genotype: table.query(genotype) for genotype in members}
    by_text = {text: table.query(text, half, 0) for text in texts}
    places = np.random.default_rng(0).permutation(MANY)
    say("queries")
    return {
        "load a table and ask it once (ms)": in_turn(
            {OURS: lambda: Benchmark.load(SPACE).query("micro-smallest")}, min(ROUNDS, 3)
        ),
        "query a genotype (ns)": in_turn(
            {
                OURS: lambda: [table.query(genotype) for genotype in members],
                DICTIONARY: lambda: [by_genotype[genotype] for genotype in members],
            },
            ROUNDS,
            len(members),
        ),
        "query a text, one seed, half the steps (ns)": in_turn(
            {
                OURS: lambda: [table.query(text, half, 0) for text in texts],
                DICTIONARY: lambda: [by_text[text] for text in texts],
            },
            ROUNDS,
            len(members),
        ),
        "regret of a text (ns)": in_turn({OURS: lambda: [table.regret(text) for text in texts]}, ROUNDS, len(members)),
        "query each of millions of option indices (ns)": in_turn(
            {OURS: lambda: table.query_many(codes), ARRAY: lambda: answers.accuracy[places]}, ROUNDS, MANY
        ),
        "regret of each of millions (ns)": in_turn(
            {OURS: lambda: table.regret(codes, macs_limit=np.inf), ARRAY: lambda: regrets[places]}, ROUNDS, MANY
        ),
    }


def main() -> None:
    """Measure and report everything, on one core."""
    begin(__doc__, brief="a rehearsal with fewer rounds")
    say("loading")
    table = Benchmark.load(SPACE)
    taken = rows(table)
    about = f"{machine('numpy', 'pandas')}; one core, processor time, medians of {ROUNDS} in turn."
    found = comparison(taken, floors=(DICTIONARY, ARRAY))
    report("queries", f"{found}\n\n{table.name}, {len(table.rows):,} trainings. {about}")
    _, one, text, regret, many, _ = (each[OURS] for each in taken.values())
    verdicts(
        (max(one, text) <= 10e-6, f"100,000 queries a second one by one: {1 / max(one, text):,.0f}"),
        (many <= 0.2e-6, f"5 million a second at once: {1e-6 / many:.0f} million"),
        (regret <= 1e-6, f"a regret within 1 µs: {1e6 * regret:.2f}"),
    )


if __name__ == "__main__":
    main()
