"""Seeds replay: genotypes are drawn from the same random numbers as gene by gene, one call for each."""

from collections.abc import Mapping

import numpy as np
import pytest

from nasbench_pose.genotype import Genotype, Value
from nasbench_pose.spaces import SearchSpace, load, names
from nasbench_pose.spaces.draws import CHUNK, draw_options
from nasbench_pose.spaces.skips import arrangements, number_of_arrangements, settled

DRAWS = 200


def spelt(space: SearchSpace, values: Mapping[str, Value]) -> Genotype:
    """Return the canonical genotype, built with everything checked."""
    return Genotype(space.name, space.kind.canonical(space, values).items())


def sample(space: SearchSpace, rng: np.random.Generator) -> Genotype:
    return spelt(space, {gene: options[int(rng.integers(len(options)))] for gene, options in space.genes.items()})


def mutate(space: SearchSpace, genotype: Genotype, rng: np.random.Generator) -> Genotype:
    choices = [(gene, now) for gene, now in genotype.genes if len(space.genes[gene]) > 1]
    while True:
        gene, now = choices[int(rng.integers(len(choices)))]
        others = [value for value in space.genes[gene] if value != now]
        values = dict(genotype.genes)
        every = {
            name: values[name] if name in values else options[int(rng.integers(len(options)))]
            for name, options in space.genes.items()
        }
        child = spelt(space, {**every, gene: others[int(rng.integers(len(others)))]})
        if child != genotype:
            return child


def crossover(space: SearchSpace, first: Genotype, second: Genotype, rng: np.random.Generator) -> Genotype:
    parents = []
    for genotype in (first, second):
        values = dict(genotype.genes)
        parents.append(
            {
                gene: values[gene] if gene in values else options[int(rng.integers(len(options)))]
                for gene, options in space.genes.items()
            }
        )
    return spelt(space, {gene: parents[int(rng.integers(2))][gene] for gene in space.genes})


@pytest.mark.parametrize("name", names())
def test_a_seed_draws_what_it_always_drew(name: str) -> None:
    space = load(name)
    rng, slow = np.random.default_rng(7), np.random.default_rng(7)
    mother = space.sample(rng)
    assert mother == sample(space, slow)
    for _ in range(DRAWS):
        father = space.sample(rng)
        assert father == sample(space, slow)
        child = space.mutate(father, rng)
        assert child == mutate(space, father, slow)
        assert space.crossover(mother, child, rng) == crossover(space, mother, child, slow)
        mother = child
        assert Genotype.parse(child.text) == child
        assert space.validate(Genotype(space.name, [*reversed(child.genes)])).key == child.key
    assert rng.integers(2**62) == slow.integers(2**62)


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize("generator", [np.random.PCG64, np.random.MT19937])
def test_many_at_once_are_what_an_array_of_bounds_draws(name: str, generator: type) -> None:
    space = load(name)
    sizes = np.array([len(options) for options in space.genes.values()])
    rng, slow = (np.random.Generator(generator(3)) for _ in range(2))
    rng.integers(7), slow.integers(7)  # half of a 64-bit word is left over
    expected = slow.integers(0, sizes, size=(CHUNK + 5, len(sizes)))
    assert np.array_equal(space.sample_codes(CHUNK + 5, rng), expected)
    assert rng.integers(2**62) == slow.integers(2**62)


def test_bits_that_would_favour_an_option_are_drawn_again() -> None:
    def generator() -> np.random.Generator:
        bits = np.random.MT19937(0)
        state = bits.state
        state["state"]["key"][:2], state["state"]["pos"] = (
            0,
            0,
        )  # the first numbers are 0, of which 3 makes no fair option
        bits.state = state
        return np.random.Generator(bits)

    sizes = np.array([3, 3, 2, 1])
    fresh = generator()
    assert fresh.integers(2**32, dtype=np.uint32) == 0
    rng, slow = generator(), generator()
    expected = slow.integers(0, sizes, size=(4, 4))
    assert np.array_equal(draw_options(sizes, 4, rng), expected)
    assert rng.integers(2**62) == slow.integers(2**62)


@pytest.mark.parametrize("first", [False, True])
def test_skips_settle_where_the_first_arrangement_has_them(first: bool) -> None:
    rng = np.random.default_rng(0)
    words = np.array(["skip", "k3", "k5"])
    for _ in range(500):
        run = [f"g{i}" for i in range(int(rng.integers(1, 6)))]
        options = {gene: tuple(map(str, rng.permutation(words)[: rng.integers(1, 4)])) for gene in run}
        genes = {gene: options[gene][rng.integers(len(options[gene]))] for gene in run}
        expected = next(arrangements(options, genes, run, first=first))
        assert tuple(settled(options, genes, run, first=first)) == expected
        assert number_of_arrangements(options, genes, run) == len(list(arrangements(options, genes, run, first=first)))
