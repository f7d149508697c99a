"""Processor time of handling genotypes: drawing, mutating and reading one with 34 choices, or one with two cells, whose
nodes are put in canonical order, and drawing many at once.

Beside ConfigSpace, with the same choices as categories, and Optuna's random sampler, where they are installed.
"""

import sys
from itertools import count
from typing import Any

import numpy as np
from table import begin, machine, report, say
from timing import OURS, Seconds, Work, comparison, in_turn, installed, verdicts

from nasbench_pose.genotype import Genotype
from nasbench_pose.spaces import SearchSpace, find, load

SINGLE = ("draw one (µs)", "mutate one (µs)", "read one, unchecked (µs)", "read one, checking every gene (µs)")
BRIEF = "--brief" in sys.argv
SPACE, CELLS, EACH, MANY = "efficientpose_large", "darts_pose", 200, 100_000
ROUNDS = 2 if BRIEF else 9


def rows(peers: list[str]) -> dict[str, Seconds]:
    """Return the seconds of each piece of work: of ours and of those peers that do it."""
    space, rng = load(SPACE), np.random.default_rng(0)
    texts = [space.sample(rng).text for _ in range(EACH)]
    work = {
        **handling(space, rng),
        "read one, unchecked (µs)": {OURS: lambda: [Genotype.parse(text) for text in texts]},
        "read one and find its space (µs)": {OURS: lambda: [find(text) for text in texts]},
        **{f"{CELLS}: {what}": ways for what, ways in handling(load(CELLS), rng).items()},
    }
    if "ConfigSpace" in peers:
        for what, way in zip(work, config_space(space), strict=False):
            work[what]["ConfigSpace"] = way
    if "optuna" in peers:
        work["draw one (µs)"]["Optuna"] = optuna_ask(space)
    taken = {what: in_turn(ways, ROUNDS, EACH) for what, ways in work.items()}
    many: dict[str, Work] = {OURS: lambda: space.sample_codes(MANY, rng)}
    share = {OURS: MANY, "numpy, a call for each gene": MANY, "ConfigSpace": 1_000}
    sizes = [len(options) for options in space.genes.values()]
    many["numpy, a call for each gene"] = lambda: np.stack([rng.integers(n, size=MANY) for n in sizes], axis=1)
    if "ConfigSpace" in peers:
        configurations = _configurations(space)
        many["ConfigSpace"] = lambda: configurations.sample_configuration(share["ConfigSpace"])
    taken["draw each of many at once (µs)"] = in_turn(many, ROUNDS, share)
    return taken


def handling(space: SearchSpace, rng: np.random.Generator) -> dict[str, dict[str, Work]]:
    """Return what draws, mutates and reads genotypes of a space one by one."""
    members = [space.sample(rng) for _ in range(EACH)]
    texts = [genotype.text for genotype in members]
    return {
        "draw one (µs)": {OURS: lambda: [space.sample(rng) for _ in range(EACH)]},
        "mutate one (µs)": {OURS: lambda: [space.mutate(genotype, rng) for genotype in members]},
        "read one, checking every gene (µs)": {OURS: lambda: [space.validate(Genotype.parse(text)) for text in texts]},
    }


def config_space(space: SearchSpace) -> tuple[Work, Work, Work]:
    """Return what draws, mutates and reads configurations of the same choices."""
    from ConfigSpace import Configuration
    from ConfigSpace.util import get_random_neighbor

    configurations, seeds = _configurations(space), count()
    drawn = [configurations.sample_configuration() for _ in range(EACH)]
    values = [dict(configuration) for configuration in drawn]
    return (
        lambda: [configurations.sample_configuration() for _ in range(EACH)],
        lambda: [get_random_neighbor(configuration, next(seeds)) for configuration in drawn],
        lambda: [Configuration(configurations, values=each) for each in values],
    )


def _configurations(space: SearchSpace) -> Any:
    from ConfigSpace import ConfigurationSpace

    return ConfigurationSpace({gene: list(options) for gene, options in space.genes.items()}, seed=0)


def optuna_ask(space: SearchSpace) -> Work:
    """Return what asks a study in memory for trials of its random sampler."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    choices = {gene: optuna.distributions.CategoricalDistribution(options) for gene, options in space.genes.items()}
    return lambda: [study.ask(choices) for study in [_study()] for _ in range(EACH)]


def _study() -> Any:
    import optuna

    return optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))


def main() -> None:
    """Measure and report everything, on one core."""
    begin(__doc__, brief="a rehearsal with fewer rounds")
    peers = installed("ConfigSpace", "optuna")
    say("genotypes")
    taken = rows(peers)
    about = f"{SPACE}. {machine('numpy', *peers)}; one core, processor time, medians of {ROUNDS} in turn."
    report("genotypes", f"{comparison(taken)}\n\n{about}")
    single = [each[OURS] for what, each in taken.items() if what.endswith(SINGLE)]
    many = taken["draw each of many at once (µs)"][OURS]
    verdicts(
        (max(single) <= 30e-6, f"one genotype drawn, mutated or read within 30 µs: {1e6 * max(single):.0f}"),
        (many <= 0.3e-6, f"each of many within 0.3 µs: {1e6 * many:.2f}"),
    )


if __name__ == "__main__":
    main()
