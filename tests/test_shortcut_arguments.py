"""Wrong arguments of the functions of a notebook: one line each, and no file made on the way."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import nasbench_pose as nbp
from nasbench_pose.cost.inventory import Inventory
from nasbench_pose.errors import NasbenchPoseError
from nasbench_pose.evaluators.measurement import MeasurementOptions
from nasbench_pose.measurements import measurement
from nasbench_pose.objective import Limit

MICRO = "efficientpose_micro"
FRAME = pd.DataFrame({"macs": [1, 2, 3], "val_pckh": [20.0, 19.0, 30.0]})


def compare(strategies: Any = "random", **more: Any) -> Any:
    return nbp.compare(MICRO, strategies, "table", **{"budget": 2, "seeds": 1, "store": "never.db", **more})


@pytest.mark.parametrize(
    "call",
    [
        lambda: nbp.find(None),
        lambda: nbp.find(5),
        lambda: nbp.front({}),
        lambda: nbp.front([]),
        lambda: nbp.front(None),
        lambda: nbp.front(FRAME, protocol=3),
        lambda: nbp.front(FRAME, x=5),
        lambda: nbp.Objective(None),
        lambda: nbp.Objective("macs", "mim"),
        lambda: nbp.Objective("macs", 2),
        lambda: nbp.draw(None),
        lambda: nbp.draw("micro-middle", input="64x64"),
        lambda: nbp.draw("micro-middle", joints=0),
        lambda: nbp.cost("hrnet-w32", input=256),
        lambda: nbp.cost("hrnet-w32", input=(256.5, 192)),
        lambda: nbp.cost("hrnet-w32", joints="a"),
        lambda: nbp.cost("hrnet-w32", joints=0),
        lambda: nbp.build("micro-smallest", joints=0),
        lambda: nbp.build("micro-smallest", seed="x"),
        lambda: nbp.evaluate("micro-middle", None),
        lambda: nbp.evaluate("micro-middle", measurement("table", MeasurementOptions(space=nbp.load_space(MICRO)))),
        lambda: nbp.evaluate("micro-middle", "table", seed="a"),
        lambda: nbp.evaluate("micro-middle", "table", store=3),
        lambda: nbp.evaluate("micro-smallest", "train", steps=0, data="synthetic:train=4,val=2,test=2"),
        lambda: compare(None),
        lambda: compare([nbp.Store]),
        *(lambda store=store: compare(store=store) for store in (None, 3, "")),
        *(lambda budget=budget: compare(budget=budget) for budget in (0, -5, "3", 2.5)),
        lambda: compare(seeds=0),
        lambda: compare(store="missing/c.db"),
        lambda: compare(workers="x"),
        lambda: nbp.evaluate("micro-middle", data=5),
        lambda: nbp.evaluate("micro-middle", protocol=5),
        lambda: nbp.draw("micro-middle", out=5),
        *(lambda text=text: nbp.Objective.parse(text) for text in (5, None, "")),
        *(lambda most=most: Limit("macs", most) for most in ("x", None, float("nan"))),
        lambda: Limit.parse(5),
        *(
            lambda genes=genes: nbp.Genotype("tiny", genes)
            for genes in (5, [1, 2], "ab", ["ab"], [("a", 1, 2)], [(1, 2)])
        ),
        lambda: nbp.Genotype(5, []),
        *(lambda text=text: nbp.Genotype.parse(text) for text in (5, None)),
        nbp.Benchmark,
        lambda: nbp.Benchmark(MICRO),
        lambda: nbp.Benchmark.load(5),
        lambda: nbp.Benchmark.load(MICRO, 5),
        lambda: nbp.cost("missing.onnx"),
        lambda: nbp.cost(Path("missing.onnx")),
        lambda: nbp.cost("missing.onnx", joints=3),
    ],
)
def test_a_wrong_argument_is_one_line(
    call: Callable[[], object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(NasbenchPoseError) as caught:
        call()
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_a_direction_is_a_word_or_a_flag() -> None:
    assert nbp.Objective("macs", "min") == nbp.Objective("macs", False) == nbp.Objective("macs")
    assert nbp.Objective("macs", "max") == nbp.Objective("macs", True)
    assert nbp.front(FRAME, nbp.Objective("macs", "min"))["macs"].tolist() == [1, 3]


def test_a_database_is_a_store_or_its_file(tmp_path: Path) -> None:
    file = tmp_path / "runs.db"
    first = nbp.evaluate("micro-middle", "table", store=file)
    with nbp.Store(file) as store:
        assert store.find(first.genotype, first.protocol, first.fidelity, first.seed) == first
        result = compare(store=store)
    assert len(nbp.front(result)) >= 1
    assert repr(result) == f"<ComparisonResult {MICRO}: random; {len(result.trials)} trials>"
    assert [path.name for path in tmp_path.iterdir()] == ["runs.db"]


def test_an_onnx_file_that_is_missing_is_named_a_file() -> None:
    for ask in (nbp.cost, nbp.build, nbp.find):
        with pytest.raises(NasbenchPoseError, match=r"No file 'missing\.onnx'"):
            ask("missing.onnx")


def test_genes_may_be_a_mapping() -> None:
    assert nbp.Genotype("tiny", {"w1": 24, "s2": "k3"}) == nbp.Genotype("tiny", [("s2", "k3"), ("w1", 24)])


def test_the_cost_of_an_onnx_file_is_that_of_its_network(tmp_path: Path) -> None:
    from nasbench_pose.network.onnx import export

    file = export(nbp.build("micro-middle"), tmp_path / "micro.onnx").path
    network = nbp.cost("micro-middle")
    for counted in (nbp.cost(file), nbp.cost(str(file))):
        assert isinstance(counted, Inventory)
        assert (counted.macs, counted.activations) == (network.macs, network.activations)
        assert repr(counted).startswith("Inventory(")
        assert len(repr(counted)) < 150
