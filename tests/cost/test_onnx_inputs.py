"""What goes into an ONNX file: sizes that are open, given by name, fixed, or impossible."""

from pathlib import Path
from typing import Any

import pytest
from onnx_files import INT64, model, node, onnx, saved, value, weight

from nasbench_pose.cost.onnx_file import inventory_of, network_of
from nasbench_pose.errors import InvalidFileError, ShapeError, UnknownNameError

CONV, FILTER = [node("Conv", ["x", "w"], ["y"])], weight("w", 8, 3, 3, 3)
NHWC = [node("Transpose", ["x"], ["t"], perm=[0, 3, 1, 2]), node("Conv", ["t", "w"], ["y"])]
LINEAR, MATRIX = [node("MatMul", ["x", "w"], ["y"])], weight("w", 16, 8)
ONE_IMAGE = 8 * 14 * 14 * 27


@pytest.mark.parametrize(
    ("nodes", "dims", "stored", "input", "macs"),
    [
        (CONV, ("n", 3, "h", "w_"), FILTER, (16, 16), ONE_IMAGE),
        (CONV, (0, 3, -1, -1), FILTER, (16, 16), ONE_IMAGE),
        (NHWC, ("n", "h", "w_", 3), FILTER, (16, 16), ONE_IMAGE),
        (NHWC, (1, 16, 16, 3), FILTER, (16, 16), ONE_IMAGE),
        (LINEAR, ("n", "t", 16), MATRIX, (10, 16), 1280),
    ],
)
def test_an_image_size_goes_where_the_file_has_it(
    nodes: Any, dims: Any, stored: Any, input: tuple[int, int], macs: int, tmp_path: Path
) -> None:
    assert inventory_of(saved(model(nodes, [value("x", *dims)], [stored]), tmp_path), input=input).macs == macs


def test_whole_shapes_are_given_by_name(tmp_path: Path) -> None:
    volume = saved(model(CONV, [value("x", "n", 3, "d", "h", "w_")], [weight("w", 8, 3, 3, 3, 3)]), tmp_path)
    assert inventory_of(volume, inputs={"x": (1, 3, 16, 16, 16)}).macs == 8 * 14**3 * 81
    unranked = model(CONV, [onnx.helper.make_tensor_value_info("x", 1, None)], [FILTER])
    assert inventory_of(saved(unranked, tmp_path), inputs={"x": (1, 3, 16, 16)}).macs == ONE_IMAGE


def test_a_size_of_one_name_is_the_same_everywhere(tmp_path: Path) -> None:
    both = model([node("MatMul", ["x", "z"], ["y"])], [value("x", "n", 4, "t"), value("z", "n", "t", 5)])
    network = network_of(saved(both, tmp_path), inputs={"x": (1, 4, 7)})
    assert (dict(network.inputs), network.inventory.macs) == ({"x": (1, 4, 7), "z": (1, 7, 5)}, 4 * 7 * 5)


@pytest.mark.parametrize("dims", [(8, 3, 16, 16), (1, 3, 16, 16), ("n", 3, 16, 16)])
def test_a_batch_is_divided_out_of_every_quantity(dims: Any, tmp_path: Path) -> None:
    nodes = [node("Conv", ["x", "w", "b"], ["c"]), node("Relu", ["c"], ["y"])]
    network = network_of(saved(model(nodes, [value("x", *dims)], [FILTER, weight("b", 8)]), tmp_path))
    found = network.inventory
    assert network.batch == (dims[0] if dims[0] != "n" else 1)
    assert (found.macs, found.activations, found.count("mmcv")) == (ONE_IMAGE, 1568, ONE_IMAGE + 2 * 1568)


def test_time_is_no_batch(tmp_path: Path) -> None:
    stored = [weight("w", 1, 32, 16), weight("r", 1, 32, 8)]
    lstm = [node("LSTM", ["x", "w", "r"], ["y"], hidden_size=8)]
    for dims in ((10, 1, 16), (10, 8, 16)):
        network = network_of(saved(model(lstm, [value("x", *dims)], stored), tmp_path))
        assert (network.batch, network.inventory.macs) == (dims[1], 10 * 32 * 24)
    # Attention over the first dimension does not fall into as many parts.
    attention = [node("Transpose", ["x"], ["t"], perm=[1, 0, 2]), node("Transpose", ["t"], ["k"], perm=[0, 2, 1])]
    attention.append(node("MatMul", ["t", "k"], ["y"]))
    network = network_of(saved(model(attention, [value("x", 10, 3, 16)]), tmp_path))
    assert (network.batch, network.inventory.macs) == (3, 10 * 10 * 16)


REFUSED: dict[str, tuple[Any, dict[str, Any], type[Exception], str]] = {
    "open": (
        model(CONV, [value("x", 1, 3, "h", "w_")], [FILTER]),
        {},
        ShapeError,
        "size of 'x' open; set it, e.g. --input x=1x3x256x192 or 256x192",
    ),
    "open sequence": (model(LINEAR, [value("x", 1, "t", 16)], [MATRIX]), {}, ShapeError, "--input x=1x128x16."),
    "open time": (
        model(LINEAR, [value("x", "seq_len", 1, 16)], [MATRIX]),
        {},
        ShapeError,
        "leaves the size of 'x' open",
    ),
    "no rank": (
        model(LINEAR, [onnx.helper.make_tensor_value_info("x", 1, None)], [MATRIX]),
        {},
        ShapeError,
        "has no shape for 'x'",
    ),
    "volume": (
        model(CONV, [value("x", 1, 3, "d", "h", "w_")], [FILTER]),
        {"input": (16, 16)},
        ShapeError,
        "has 5 dimensions and is not an image",
    ),
    "fixed": (
        model(CONV, [value("x", 1, 3, 16, 16)], [FILTER]),
        {"input": (32, 16)},
        ShapeError,
        "exported for 16×16 pixels only",
    ),
    "fixed, by name": (
        model(CONV, [value("x", "n", 3, 16, 16)], [FILTER]),
        {"inputs": {"x": (1, 3, 32, 16)}},
        ShapeError,
        "'x' of net.onnx is n×3×16×16; 1x3x32x16 does not fit",
    ),
    "another rank": (
        model(CONV, [value("x", "n", 3, 16, 16)], [FILTER]),
        {"inputs": {"x": (3, 16, 16)}},
        ShapeError,
        "3x16x16 does not fit",
    ),
    "another name": (
        model(CONV, [value("image", "n", 3, "h", "w_")], [FILTER]),
        {"inputs": {"imag": (1,)}},
        UnknownNameError,
        "no input 'imag'; it has image. Did you mean 'image'?",
    ),
    "two sizes for one": (
        model(LINEAR, [value("x", "n", "n")], [MATRIX]),
        {"inputs": {"x": (1, 2)}},
        ShapeError,
        "'n' cannot be both 1 and 2",
    ),
    "sequence of tensors": (
        model(
            [node("SequenceAt", ["x", "i"], ["y"])],
            [onnx.helper.make_tensor_sequence_value_info("x", 1, None), value("i", kind=INT64)],
        ),
        {},
        InvalidFileError,
        "'x' of net.onnx is no tensor (sequence)",
    ),
    "shapes that do not fit": (
        model(LINEAR, [value("x", 1, 10, 15)], [MATRIX]),
        {},
        InvalidFileError,
        "do not fit together at 'y'",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_is_one_line(case: str, tmp_path: Path) -> None:
    made, given, error, said = REFUSED[case]
    with pytest.raises(error) as raised:
        inventory_of(saved(made, tmp_path), **given)
    assert said in str(raised.value)
