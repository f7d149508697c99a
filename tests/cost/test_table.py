"""Population counts equal counts one by one."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nasbench_pose.cost import count, table
from nasbench_pose.errors import InvalidFileError
from nasbench_pose.spaces import SearchSpace, load

SPACES = ("efficientpose_small", "efficientpose_large", "efficientpose_micro", "simplebaseline")
TABLES = {name: table(load(name)) for name in SPACES}


def _one_by_one(space: SearchSpace, codes: np.ndarray) -> tuple[list[int], list[int]]:
    costs = [count(space.graph(genotype)) for genotype in space.decode(codes)]
    return [cost.params for cost in costs], [cost.macs for cost in costs]


@pytest.mark.parametrize("name", SPACES)
@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_table_equals_one_by_one(name: str, seed: int) -> None:
    space = load(name)
    codes = space.sample_codes(3, np.random.default_rng(seed))
    counted = TABLES[name].count(codes)
    assert (counted.params.tolist(), counted.macs.tolist()) == _one_by_one(space, codes)


def test_every_member_of_the_micro_space() -> None:
    space = load("efficientpose_micro")
    codes = space.encode(space.enumerate())
    counted = TABLES["efficientpose_micro"].count(codes)
    assert (counted.params.tolist(), counted.macs.tolist()) == _one_by_one(space, codes)


@pytest.mark.slow
def test_a_space_whose_genes_are_all_coupled() -> None:
    space = load("hrnet")
    codes = space.sample_codes(20, np.random.default_rng(0))
    counted = table(space, input=(64, 64)).count(codes)
    costs = [count(space.graph(genotype, input=(64, 64))) for genotype in space.decode(codes)]
    assert counted.macs.tolist() == [cost.macs for cost in costs]


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int32, np.int64])
def test_any_integer_type_and_any_length(dtype: type) -> None:
    codes = load("efficientpose_large").sample_codes(20_000, np.random.default_rng(1))
    counted = TABLES["efficientpose_large"].count(codes.astype(dtype))
    assert counted.macs[:7].tolist() == TABLES["efficientpose_large"].count(codes[:7]).macs.tolist()
    assert len(TABLES["efficientpose_large"].count(codes[:0].astype(dtype)).macs) == 0


@pytest.mark.parametrize(
    "spoil",
    [lambda c: c - 1, lambda c: c + 7, lambda c: c[:, 1:], lambda c: c.astype(float), lambda c: c[0]],
    ids=["negative", "too large", "too few columns", "not whole", "one row"],
)
def test_wrong_codes_are_refused(spoil: Callable[[np.ndarray], np.ndarray]) -> None:
    with pytest.raises(InvalidFileError):
        TABLES["efficientpose_small"].count(spoil(np.zeros((3, 26), dtype=np.int64)))
