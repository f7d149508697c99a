"""`import nasbench_pose as nbp` is all a notebook needs: names, texts and genotypes will do, and reprs are short."""

import subprocess
import sys
from pathlib import Path

import matplotlib.figure
import numpy as np
import pandas as pd
import pytest

import nasbench_pose as nbp
from nasbench_pose import cost
from nasbench_pose.benchmark.evaluator import LookUp
from nasbench_pose.errors import InvalidFileError, NasbenchPoseError, UnknownNameError
from nasbench_pose.store import Store

EVALUATOR = LookUp("efficientpose_micro")()


def test_everything_that_is_offered_is_there_and_documented() -> None:
    for name in nbp.__all__:
        assert name in dir(nbp)
        assert getattr(nbp, name).__doc__
    assert {"spaces", "plots", "search"} <= set(dir(nbp))
    with pytest.raises(AttributeError, match="no attribute 'costs'"):
        nbp.costs  # noqa: B018


def test_offering_imports_nothing() -> None:
    probe = "import sys, nasbench_pose; dir(nasbench_pose); print(*(m for m in sys.modules if 'nasbench_pose.' in m))"
    ran = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == []


@pytest.mark.parametrize(
    "first", ["import nasbench_pose.cost", "from nasbench_pose.cost import count", "nbp.spaces", ""]
)
def test_cost_is_a_package_and_a_function_in_whatever_order_they_are_imported(first: str) -> None:
    lines = [
        "import nasbench_pose as nbp",
        first,
        "from nasbench_pose import cost",
        "from nasbench_pose.cost import count",
        "g = nbp.find('micro-middle')",
        "graph = nbp.load_space('efficientpose_micro').graph(g)",
        "print({nbp.cost('micro-middle').macs, cost(g).macs, count(g.text).macs, cost.count(graph).macs})",
    ]
    ran = subprocess.run([sys.executable, "-c", "\n".join(lines)], capture_output=True, text=True, check=True)
    assert len(ran.stdout.split(",")) == 1


def test_the_same_network_by_name_text_and_genotype() -> None:
    genotype = nbp.find("efficientpose-a")
    assert repr(nbp.cost(genotype)) == repr(nbp.cost(genotype.text)) == repr(nbp.cost("EfficientPose-A"))
    assert nbp.cost(genotype, input=(128, 128), convention="hrnet").convention.name == "hrnet"
    networks = [nbp.build(one, input=(64, 64)) for one in (genotype, genotype.text, "efficientpose-a")]
    weights = [sum(weight.sum().item() for weight in network.parameters()) for network in networks]
    assert weights[0] == weights[1] == weights[2]


@pytest.mark.parametrize("ask", [nbp.cost, nbp.build, nbp.draw])
def test_what_is_no_network_is_one_line(ask: object) -> None:
    with pytest.raises(InvalidFileError, match=r"32 is no genotype; expected a Genotype, a name such as"):
        ask(32)  # type: ignore[operator]
    with pytest.raises(UnknownNameError, match="Did you mean 'HRNet-W32'"):
        ask("hrnet-w23")  # type: ignore[operator]


def test_a_graph_has_its_input_already() -> None:
    graph = nbp.load_space("hrnet").graph(nbp.find("hrnet-w32"))
    with pytest.raises(InvalidFileError, match="has its input and its joints already"):
        nbp.cost(graph, joints=3)


def test_seeds_are_taken_for_generators() -> None:
    space = nbp.load_space("efficientpose_small")
    assert space.sample(3) == space.sample(np.int64(3)) == space.sample(np.random.default_rng(3))
    first, second = space.sample(0), space.sample(1)
    assert space.mutate(first, 5) == space.mutate(first, np.random.default_rng(5))
    assert space.crossover(first, second, 5) == space.crossover(first, second, np.random.default_rng(5))
    assert np.array_equal(space.sample_codes(4, 5), space.sample_codes(4, np.random.default_rng(5)))
    for wrong in (None, "0", 0.5, -1, np.random.RandomState(0)):
        with pytest.raises(NasbenchPoseError, match=r"is no source of random numbers; expected a seed such as 0, or"):
            space.sample(wrong)  # type: ignore[arg-type]


def test_reprs_fit_on_a_line() -> None:
    space = nbp.load_space("efficientpose_micro")
    graph = space.graph(space.sample(0))
    for value in (space, graph, space.open_graph(), cost.count(graph), nbp, nbp.build("hrnet-w32")):
        assert len(repr(value)) < 400
    assert repr(graph) == f"Graph({len(graph)} layers, 3 × 64 × 64 → 14 × 16 × 16)"
    assert "open choices" in repr(space.open_graph())
    assert repr(Store("sqlite://")) == "Store('sqlite://')"
    assert repr(space) == "SearchSpace('efficientpose_micro', 7 genes, 648 genotypes, kind 'chain')"


def test_a_picture_by_name(tmp_path: Path) -> None:
    figure = nbp.draw("micro-middle", "micro-smallest", out=tmp_path / "both.svg")
    assert isinstance(figure, matplotlib.figure.Figure)
    assert (tmp_path / "both.svg").read_text().startswith("<?xml")


def test_trials_and_their_front(tmp_path: Path) -> None:
    where = tmp_path / "trials.db"
    with Store(where) as store:
        for name in ("micro-smallest", "micro-middle", "micro-largest"):
            first = nbp.evaluate(name, EVALUATOR, store=store)
            assert nbp.evaluate(nbp.find(name), EVALUATOR, store=store) == first
        assert nbp.evaluate("micro-middle", EVALUATOR) == nbp.evaluate("micro-middle", EVALUATOR, store=store)
        assert len(store.evaluations()) == 3
        inside = nbp.front(store)
    found = nbp.front(where)
    pd.testing.assert_frame_equal(found, inside)
    assert found["macs"].is_monotonic_increasing
    assert found["name"].iloc[0] == "micro-smallest"
    assert nbp.front(found, "macs", "val_pckh").equals(found)
    with pytest.raises(UnknownNameError, match="No protocol of this database begins with 'x'"):
        nbp.front(where, protocol="x")
    Store(tmp_path / "empty.db").close()
    with pytest.raises(NasbenchPoseError, match="holds no trials yet"):
        nbp.front(tmp_path / "empty.db")
