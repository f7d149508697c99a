"""Graphs inside nodes, functions, and operators that nobody knows: counted, or named with how often they run."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx_files import (
    CONV,
    CONV_MACS,
    FILTER,
    IMAGE,
    INT64,
    LINEAR_MACS,
    TOKENS,
    graph,
    model,
    node,
    onnx,
    saved,
    value,
    weight,
)

from nasbench_pose.cost.counters import COUNTERS, by_rules
from nasbench_pose.cost.onnx_file import inventory_of


def linear(name: str) -> Any:
    return graph([node("MatMul", ["x", name], ["out"])], [], outputs=["out"])


@pytest.mark.parametrize(("condition", "macs"), [(1, 10 * 16 * 8), (0, 10 * 16 * 4)])
def test_the_branch_that_the_file_decides_on_is_counted(condition: int, macs: int, tmp_path: Path) -> None:
    choice = onnx.numpy_helper.from_array(np.array(bool(condition)), "c")
    choose = node("If", ["c"], ["y"], then_branch=linear("w"), else_branch=linear("v"))
    found = inventory_of(saved(model([choose], [TOKENS], [choice, weight("w", 16, 8), weight("v", 16, 4)]), tmp_path))
    assert (found.macs, found.missing_times()) == (macs, {})


def test_a_branch_that_the_image_decides_on_is_named(tmp_path: Path) -> None:
    choose = node("If", ["c"], ["y"], then_branch=linear("w"), else_branch=linear("v"))
    inputs = [TOKENS, value("c", kind=onnx.TensorProto.BOOL)]
    found = inventory_of(saved(model([choose], inputs, [weight("w", 16, 8), weight("v", 16, 4)]), tmp_path))
    assert (found.counted, found.missing_times(), found.params) == (0, {"If": 1}, 192)


def test_a_loop_that_ends_when_it_will_is_named(tmp_path: Path) -> None:
    inside = [
        node("MatMul", ["h", "w"], ["next"]),
        node("ReduceSum", ["next"], ["s"], keepdims=0),
        node("Cast", ["s"], ["on"], to=9),
    ]
    inputs = [value("i", kind=INT64), value("go", kind=onnx.TensorProto.BOOL), value("h", 1, 10, 16)]
    body = graph(inside, inputs, outputs=["on", "next"])
    after = [node("Loop", ["", "", "x"], ["z"], body=body), node("Conv", ["image", "f"], ["y"])]
    stored = [weight("w", 16, 16), weight("f", 8, 3, 3, 3)]
    found = inventory_of(saved(model(after, [TOKENS, value("image", 1, 3, 16, 16)], stored), tmp_path))
    assert (found.counted, found.missing_times(), found.params) == (CONV_MACS, {"Loop": 1}, 256 + 216)


def test_unknown_operators_are_named_and_the_rest_is_counted(tmp_path: Path) -> None:
    nodes = [
        node("Conv", ["x", "w"], ["a"]),
        node("Magic", ["a"], ["b"], domain="mine"),
        node("Magic", ["a"], ["c"], domain="mine"),
        node("DFT", ["f"], ["d"]),
        node("Conv", ["b", "v"], ["y"]),  # nobody knows how large its input is
    ]
    made = model(nodes, [IMAGE, value("f", 1, 8, 1)], [FILTER, weight("v", 4, 8, 1, 1)])
    found = inventory_of(saved(made, tmp_path))
    assert (found.counted, found.params) == (CONV_MACS, 216 + 32)
    assert found.missing_times() == {"Conv": 1, "DFT": 1, "mine.Magic": 2}
    (reading,) = by_rules(found, [COUNTERS["thop"]])
    assert (reading.exact, [warning.split()[0] for warning in reading.warnings[1:]]) == (
        CONV_MACS,
        ["Conv", "DFT", "mine.Magic"],
    )


def test_functions_of_the_file_are_counted_where_they_are_called(tmp_path: Path) -> None:
    body = [node("MatMul", ["a", "b"], ["m"]), node("Relu", ["m"], ["c"])]
    opsets = [onnx.helper.make_opsetid("", 17)]
    function = onnx.helper.make_function("mine", "Layer", ["a", "b"], ["c"], body, opsets)
    nodes = [node("Layer", ["x", "w"], ["z"], domain="mine"), node("Layer", ["z", "v"], ["y"], domain="mine")]
    made = model(nodes, [TOKENS], [weight("w", 16, 8), weight("v", 8, 8)], functions=[function])
    found = inventory_of(saved(made, tmp_path))
    assert (found.macs, found.params, found.missing_times()) == (LINEAR_MACS + 10 * 64, 192, {})


def test_weights_in_other_files_are_not_needed(tmp_path: Path) -> None:
    path = saved(model(CONV, [IMAGE], [FILTER]), tmp_path)
    onnx.save(onnx.load(path), path, save_as_external_data=True, location="weights.bin", size_threshold=0)
    (tmp_path / "weights.bin").unlink()
    found = inventory_of(path)
    assert (found.macs, found.params) == (CONV_MACS, 216)
