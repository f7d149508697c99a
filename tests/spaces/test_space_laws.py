"""Laws that hold for every search space in the folder."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nasbench_pose.errors import InvalidFileError, UnknownNameError
from nasbench_pose.genotype import Genotype
from nasbench_pose.spaces import SearchSpace, find, load, named_genotypes, names, space_of
from nasbench_pose.spaces.kinds import as_given

SPACES = [load(name) for name in names()]
every_space = pytest.mark.parametrize("space", SPACES, ids=names())
seeds = given(seed=st.integers(0, 2**32))


@every_space
@settings(max_examples=20)
@seeds
def test_text_code_and_validation_round_trip(space: SearchSpace, seed: int) -> None:
    genotype = space.sample(np.random.default_rng(seed))
    assert Genotype.parse(genotype.text) == genotype == find(genotype.text)
    assert space.decode(space.encode([genotype])) == [genotype] == [space.validate(genotype)]
    assert space.sample(np.random.default_rng(seed)) == genotype


@every_space
@settings(max_examples=5)
@seeds
def test_neighbours_are_what_one_gene_makes_of_a_network(space: SearchSpace, seed: int) -> None:
    rng = np.random.default_rng(seed)
    genotype = space.sample(rng)
    neighbours = list(space.neighbours(genotype))
    assert genotype not in neighbours
    assert len(set(neighbours)) == len(neighbours) <= sum(len(options) - 1 for options in space.genes.values())
    assert all(space.validate(other) == other for other in (*neighbours, space.mutate(genotype, rng)))
    if space.kind.canonical is as_given:
        assert len(neighbours) == sum(len(options) - 1 for options in space.genes.values())
        assert all(len(set(other.genes) - set(genotype.genes)) == 1 for other in neighbours)
        assert genotype in space.neighbours(neighbours[0])
        assert space.mutate(genotype, rng) in neighbours


@every_space
@settings(max_examples=20)
@seeds
def test_a_canonical_genotype_stays_as_it_is(space: SearchSpace, seed: int) -> None:
    rng = np.random.default_rng(seed)
    genotype = space.sample(rng)
    assert space.canonical(space.complete(genotype)) == space.canonical(space.complete(genotype, rng)) == genotype


@every_space
@settings(max_examples=10)
@seeds
def test_a_child_has_each_gene_from_a_parent(space: SearchSpace, seed: int) -> None:
    rng = np.random.default_rng(seed)
    mother, father = space.sample(rng), space.sample(rng)
    child = space.validate(space.crossover(mother, father, rng))
    if space.kind.canonical is as_given:
        assert set(child.genes) <= set(mother.genes) | set(father.genes)


@every_space
def test_named_genotypes_are_members_and_are_found_without_case(space: SearchSpace) -> None:
    for name, genotype in space.named.items():
        assert find(f"{space.name}/{name.lower()}") == genotype
        assert find(f"{space.name.upper()}/{name.replace('-', '_')}") == genotype
        assert space_of(genotype).name == space.name


def test_a_name_alone_is_found_if_one_space_has_it() -> None:
    for name, genotype in named_genotypes().items():
        assert find(name.upper()) == genotype
    with pytest.raises(UnknownNameError, match=r"Several spaces have .* darts_cifar/DARTS-V1, darts_imagenet/DARTS-V1"):
        find("darts_v1")
    with pytest.raises(UnknownNameError, match="Did you mean darts_cifar/NASNet or darts_imagenet/NASNet or nasnet_p"):
        find("darts_pose/nasnet")


@pytest.mark.parametrize("name", ["efficientpose_micro", "simplebaseline"])
def test_enumeration_is_complete(name: str) -> None:
    space = load(name)
    assert len(set(space.enumerate())) == space.size


def test_the_micro_space_is_small_enough_to_train_all_of_it() -> None:
    assert 500 <= load("efficientpose_micro").size <= 1500


def test_samples_are_uniform() -> None:
    space = load("simplebaseline")
    codes = space.sample_codes(8000, np.random.default_rng(0))
    shares = np.bincount(codes[:, 0], minlength=4) / len(codes)
    assert np.allclose(shares, 0.25, atol=0.02)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("simplebaseline:depth=50,base=64", "needs the gene 'filters': 32, 64, 128, 256"),
        ("simplebaseline:depth=50,base=64,filters=255", "filters is one of 32, 64, 128, 256. Did you mean '256'"),
        ("simplebaseline:depth=50,base=64,filtres=256,filters=256", "no gene 'filtres'.*Did you mean 'filters'"),
        ("simplebaselin:depth=50", "No search space named 'simplebaselin'.*Did you mean 'simplebaseline'"),
        ("simplebaseline:depth", "'depth' in the genotype .* is not of the form gene=value"),
        ("simplebaseline:depth=50,depth=50", "names 'depth' twice"),
        ("hrnet-w33", "Did you mean 'HRNet-W32'"),
    ],
)
def test_a_wrong_genotype_gets_one_clear_line(text: str, message: str) -> None:
    with pytest.raises((InvalidFileError, LookupError), match=message) as caught:
        find(text)
    assert "\n" not in str(caught.value)


def test_a_genotype_can_come_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.txt"
    path.write_text(find("hrnet-w32").text + "\n")
    assert find(str(path)) == find("hrnet-w32")
    path.write_text("nonsense")
    with pytest.raises(InvalidFileError, match="does not hold a genotype"):
        find(str(path))
