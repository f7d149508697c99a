"""Population counts equal counts one by one."""

from collections.abc import Callable, Mapping

import numpy as np
import pytest
from chains import chain, chains, one_by_one
from hypothesis import given, settings
from hypothesis import strategies as st

from nasbench_pose.cost import CostTable, count, table
from nasbench_pose.cost.memory import alive_elements
from nasbench_pose.errors import InvalidFileError, NasbenchPoseError
from nasbench_pose.genotype import Value
from nasbench_pose.graph import Graph, GraphBuilder, Shape
from nasbench_pose.spaces import SearchSpace, load
from nasbench_pose.spaces.kinds import Kind, kind

SPACES = (
    "efficientpose_small",
    "efficientpose_large",
    "efficientpose_micro",
    "simplebaseline",
    "hrnet_micro",
    "mobile_pose",
)
TABLES = {name: table(load(name)) for name in SPACES}


def all_counts(costs: CostTable, codes: np.ndarray) -> list[dict[str, int]]:
    counted, memory = costs.count(codes), costs.memory(codes)
    columns = {
        "params": counted.params,
        "macs": counted.macs,
        "activations": memory.activations,
        "peak_elements": memory.peak_elements,
    }
    rows = zip(*(column.tolist() for column in columns.values()), strict=True)
    return [dict(zip(columns, row, strict=True)) for row in rows]


@pytest.mark.parametrize("name", SPACES)
@settings(max_examples=10)
@given(seed=st.integers(0, 2**32))
def test_table_equals_one_by_one(name: str, seed: int) -> None:
    space = load(name)
    codes = space.sample_codes(3, np.random.default_rng(seed))
    for row, genotype in zip(all_counts(TABLES[name], codes), space.decode(codes), strict=True):
        cost = count(space.graph(genotype))
        assert row == {column: getattr(cost, column) for column in row}


def test_every_member_of_the_micro_space() -> None:
    space = load("efficientpose_micro")
    counted = all_counts(TABLES["efficientpose_micro"], space.encode(space.enumerate()))
    assert counted == one_by_one(space)
    assert len({row["peak_elements"] for row in counted}) > 2, "or the maximum was not put to the test"


@settings(max_examples=25)
@given(chains())
def test_every_member_of_any_chain(space: SearchSpace) -> None:
    """Genes with one option, spaces with one gene or with nothing shared, the shared gene first, last or in between."""
    assert all_counts(table(space), space.encode(space.enumerate())) == one_by_one(space)


@pytest.mark.slow
def test_a_space_whose_genes_are_all_coupled() -> None:
    space = load("hrnet")
    codes = space.sample_codes(20, np.random.default_rng(0))
    counted = table(space, input=(64, 64)).count(codes)
    costs = [count(space.graph(genotype, input=(64, 64))) for genotype in space.decode(codes)]
    assert counted.macs.tolist() == [cost.macs for cost in costs]


def test_a_kind_that_says_nothing_of_coupling_is_enumerated() -> None:
    stranger = kind("nasbench_pose.spaces.chain:build")
    space = chain({"s1b1": ["k3_e1", "k5_e2"], "s1b2": ["skip", "k7_e6"], "width": [50, 100]}, [2], stranger)
    costs = table(space)
    assert (stranger.coupled, len(costs.terms)) == (None, 1)
    assert all_counts(costs, space.encode(space.enumerate())) == one_by_one(space)


def test_a_kind_that_says_nothing_of_coupling_may_be_too_large_to_enumerate() -> None:
    blocks = {f"s1b{i}": ["k3_e1", "k3_e3", "k5_e2", "k7_e6"] for i in range(1, 11)}
    with pytest.raises(NasbenchPoseError, match=r"small come from 1.0e\+06 networks, .* Count the members you need"):
        table(chain(blocks, [10], kind("nasbench_pose.spaces.chain:build")))


@pytest.mark.parametrize("width_place", [0, 2])
def test_a_kind_that_hides_a_coupling_is_found_out(width_place: int) -> None:
    genes: list[tuple[str, list[str] | list[int]]] = [("s1b1", ["k3_e1", "k5_e2"]), ("s1b2", ["skip", "k7_e6"])]
    genes.insert(width_place, ("width", [50, 100]))
    liar = Kind("liar", kind("chain").build, coupled=())
    with pytest.raises(NasbenchPoseError, match="the kind 'liar' does not name it as coupled; it names none"):
        table(chain(dict(genes), [2], liar))


def _hidden_coupling(_: SearchSpace, genes: Mapping[str, Value], image: Shape, joints: int) -> Graph:
    """Return a network whose second block has as many channels as both genes say; the rest is always the same."""
    net = GraphBuilder(image, genes)
    first, second = int(genes["first"]), int(genes["second"])
    with net.block("first", "body", "first"):
        x = net.conv("x", net.conv("x.wide", "image", first, kernel=1), 3, kernel=1)
    with net.block("second", "body", "second"):
        x = net.conv("y", net.conv("y.wide", x, first * second, kernel=1), 3, kernel=1)
    with net.block("head", "head", "head"):
        net.conv("head", x, joints, kernel=1)
    return net.graph()


def test_a_coupling_is_found_out_though_all_that_is_common_stays_the_same() -> None:
    with pytest.raises(NasbenchPoseError, match="the kind 'liar' does not name it as coupled; it names none"):
        table(chain({"first": [1, 2], "second": [3, 4]}, [], Kind("liar", _hidden_coupling, coupled=())))
    honest = chain({"first": [1, 2], "second": [3, 4]}, [], Kind("honest", _hidden_coupling, coupled=("first",)))
    assert all_counts(table(honest), honest.encode(honest.enumerate())) == one_by_one(honest)


def _late_coupling(_: SearchSpace, genes: Mapping[str, Value], image: Shape, joints: int) -> Graph:
    """Return a network whose stem is wider under one option only: the last of the gene that comes last."""
    net = GraphBuilder(image, genes)
    with net.block("stem", "stem", "stem"):
        x = net.conv("stem", "image", 8 if genes["b"] == "late" else 4, kernel=1)
        x = net.conv("narrow", x, 4, kernel=1)
    for gene in ("a", "b"):
        with net.block(gene, "body", gene):
            x = net.conv(f"{gene}.{genes[gene]}", x, 4, kernel=1)
    with net.block("head", "head", "head"):
        net.conv("head", x, joints, kernel=1)
    return net.graph()


@pytest.mark.parametrize("options", range(3, 7))
def test_a_coupling_is_found_out_though_it_shows_late(options: int) -> None:
    """With a gene more before it, the option is seen in another round; each round is checked."""
    genes: dict[str, list[str] | list[int]] = {"a": ["x"], "b": [*(f"early{i}" for i in range(options - 1)), "late"]}
    for rotated in range(options):
        genes["b"] = [*genes["b"][1:], genes["b"][0]]  # type: ignore[list-item]
        if rotated < options - 1 or genes["b"][0] != "late":
            with pytest.raises(NasbenchPoseError, match="a gene changes what other genes' layers cost"):
                table(chain(genes, [], Kind("liar", _late_coupling, coupled=())))


def test_very_many_genes_without_a_choice() -> None:
    """More of them than an array has axes."""
    layers: dict[str, list[str] | list[int]] = {f"s1b{i}": ["skip"] for i in range(2, 80)}
    space = chain({"s1b1": ["k3_e1", "k5_e2"], **layers}, [79])
    assert all_counts(table(space), space.encode(space.enumerate())) == one_by_one(space)
    alone = chain({"s1b1": ["k3_e1"], **layers}, [79])
    assert all_counts(table(alone), np.zeros((1, 79), dtype=np.int8)) == one_by_one(alone)


def test_costs_too_large_to_be_packed_into_one_number() -> None:
    space = load("simplebaseline")
    size, codes = (16_384, 16_384), space.sample_codes(4, np.random.default_rng(0))
    costs = [count(space.graph(genotype, input=size)) for genotype in space.decode(codes)]
    counted = table(space, input=size).count(codes)
    assert counted.macs.tolist() == [cost.macs for cost in costs]
    assert counted.params.tolist() == [cost.params for cost in costs]
    assert max(cost.macs for cost in costs).bit_length() + max(cost.params for cost in costs).bit_length() > 63


@pytest.mark.parametrize(("side", "bits"), [(384, 63), (512, 64), (1024, 68)])
def test_costs_that_just_fit_into_one_number_or_just_do_not(side: int, bits: int) -> None:
    """As many bits as a word has, and a few more: packed all the same, the largest counts would be negative."""
    space, size = load("hrnet_heads"), (side, side)
    costs = table(space, input=size)
    codes = space.encode(space.enumerate())
    one_by_one = [count(space.graph(genotype, input=size)) for genotype in space.decode(codes)]
    counted = costs.count(codes)
    assert counted.macs.tolist() == [cost.macs for cost in one_by_one]
    assert counted.params.tolist() == [cost.params for cost in one_by_one]
    totals = [sum(int(getattr(term, what).max()) for term in costs.terms) for what in ("macs", "params")]
    assert sum(total.bit_length() for total in totals) == bits


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int32, np.int64])
def test_any_integer_type_and_any_length(dtype: type) -> None:
    codes = load("efficientpose_large").sample_codes(20_000, np.random.default_rng(1))
    counted = TABLES["efficientpose_large"].count(codes.astype(dtype))
    assert counted.macs[:7].tolist() == TABLES["efficientpose_large"].count(codes[:7]).macs.tolist()
    assert len(TABLES["efficientpose_large"].count(codes[:0].astype(dtype)).macs) == 0
    assert len(TABLES["efficientpose_large"].memory(codes[:0].astype(dtype)).activations) == 0


@pytest.mark.parametrize("read", [CostTable.count, CostTable.memory])
@pytest.mark.parametrize(
    "spoil",
    [lambda c: c - 1, lambda c: c + 7, lambda c: c[:, 1:], lambda c: c.astype(float), lambda c: c[0]],
    ids=["negative", "too large", "too few columns", "not whole", "one row"],
)
def test_wrong_codes_are_refused(
    spoil: Callable[[np.ndarray], np.ndarray], read: Callable[[CostTable, np.ndarray], object]
) -> None:
    with pytest.raises(InvalidFileError):
        read(TABLES["efficientpose_small"], spoil(np.zeros((3, 26), dtype=np.int64)))


def test_memory_counts_what_waits_for_a_later_layer() -> None:
    net = GraphBuilder((1, 4, 4), {})  # 16 elements
    x = net.conv("conv", "image", 2, kernel=3)  # 32 elements, read again by the sum
    y = net.conv("wide", x, 10, kernel=1)  # 160 elements
    net.sum("sum", net.conv("narrow", y, 2, kernel=1), x)
    assert count(net.graph()).peak_elements == 32 + 160 + 32


def test_memory_counts_what_is_read_twice_by_one_layer_once() -> None:
    net = GraphBuilder((1, 4, 4), {})  # 16 elements
    x = net.conv("conv", "image", 2, kernel=3)  # 32 elements
    y = net.sum("twice", x, x)  # 32 elements; from here on x is not needed
    net.conv("out", y, 5, kernel=1)  # 80 elements
    assert alive_elements(net.graph()) == [16, 16 + 32, 32 + 32, 32 + 80]
