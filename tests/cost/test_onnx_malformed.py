"""Files that are no ONNX files, or broken ones: one line each, and nothing in them runs."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx_files import FLOAT, graph, model, node, onnx, saved, value, weight

from nasbench_pose.cli import main
from nasbench_pose.cost.onnx_file import inventory_of
from nasbench_pose.errors import InvalidFileError, NasbenchPoseError

IMAGE, FILTER = value("x", 1, 3, 16, 16), weight("w", 8, 3, 3, 3)
GOOD = model([node("Conv", ["x", "w"], ["z"]), node("Relu", ["z"], ["y"])], [IMAGE], [FILTER]).SerializeToString()
RED = "\x1b[31mred"


def of(*nodes: Any, functions: Any = (), stored: Any = (FILTER,)) -> bytes:
    content: bytes = model(nodes, [IMAGE], stored, functions=list(functions)).SerializeToString()
    return content


def calls_itself() -> Any:
    opsets = [onnx.helper.make_opsetid("", 17), onnx.helper.make_opsetid("mine", 1)]
    return onnx.helper.make_function("mine", "F", ["a"], ["b"], [node("F", ["a"], ["b"], domain="mine")], opsets)


def nested(depth: int) -> Any:
    inside = graph([node("Relu", ["x"], ["out"])], [], outputs=["out"])
    for _ in range(depth):
        inside = graph([node("If", ["c"], ["out"], then_branch=inside, else_branch=inside)], [], outputs=["out"])
    return inside


BROKEN: dict[str, bytes] = {
    "empty": b"",
    "text": b"hello",
    "Python": b"import os; os.abort()\n",
    "ZIP": b"PK\x03\x04" + bytes(100),
    "pickle": b"\x80\x04\x95\x10\x00\x00\x00\x00\x00\x00\x00\x8c\x05posix\x94\x8c\x06system\x94\x93\x94.",
    "zeros": bytes(1000),
    "other fields": b"\x08\x07" * 100,
    "no nodes": model([], [IMAGE]).SerializeToString(),
    "no UTF-8 in a name": GOOD.replace(b"Relu", b"R\xff\xfeu"),
    "no UTF-8 in an input": GOOD.replace(b"\x0a\x01x", b"\x0a\x01\xff"),
    "reads nothing": of(node("Conv", ["nothing", "w"], ["y"])),
    "Identity without input": of(node("Identity", [], ["y"])),
    "Conv without input": of(node("Conv", [], ["y"])),
    "Conv without weights": of(node("Conv", ["x"], ["y"])),
    "Constant of nothing": of(node("Constant", [], ["z"]), node("Add", ["x", "z"], ["y"])),
    "circle": of(node("Add", ["x", "a"], ["b"]), node("Add", ["x", "b"], ["a"])),
    "function in itself": of(node("F", ["x"], ["y"], domain="mine"), functions=[calls_itself()]),
    "If without branches": of(node("If", ["x"], ["y"])),
    "Loop without body": of(node("Loop", ["", "", "x"], ["y"])),
    "Loop with a body that takes nothing": of(node("Loop", ["", "", "x"], ["y"], body=nested(0))),
    "Scan without number": of(node("Scan", ["x"], ["y"], body=nested(0))),
    "Split into -1": of(node("Split", ["x"], ["y", "z"], axis=9)),
    "Gemm of images": of(node("Gemm", ["x", "w"], ["y"])),
    "Einsum with one dot": of(node("Einsum", ["x", "w"], ["y"], equation="a.b,cd->ac")),
    "Einsum of what": of(node("Einsum", ["x", "w"], ["y"], equation="ab")),
    "weights without size": of(node("Conv", ["x", "w"], ["y"]), stored=[onnx.TensorProto(name="w", data_type=FLOAT)]),
    "weights of type 99": of(
        node("Add", ["x", "w"], ["y"]), stored=[onnx.TensorProto(name="w", data_type=99, dims=[3])]
    ),
    "weights of size -1": of(
        node("Conv", ["x", "w"], ["y"]), stored=[onnx.TensorProto(name="w", data_type=FLOAT, dims=[8, -1, 3, 3])]
    ),
    "short weights": of(
        node("Reshape", ["x", "s"], ["y"]),
        stored=[onnx.TensorProto(name="s", data_type=7, dims=[4], raw_data=b"\x01")],
    ),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_file_is_one_line_or_its_operator_is_named(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "net.onnx"
    path.write_bytes(BROKEN[kind])
    try:
        found = inventory_of(path)
    except NasbenchPoseError as error:
        assert path.name in str(error)
        assert str(error).isprintable()
    else:
        assert found.missing_times()


def conv(**attributes: Any) -> bytes:
    return of(node("Conv", ["x", "w"], ["y"], **attributes))


SHORT = onnx.TensorProto(name="w", data_type=FLOAT, dims=[8, 3, 3, 3], raw_data=bytes(7))
BODY = graph([node("Relu", ["x"], ["out"])], [value("i"), value("c")], outputs=["c", "out"])
UNSOUND: dict[str, tuple[bytes, str]] = {
    "kernel beyond the image": (conv(dilations=[50, 50]), "'y' in net.onnx has the size 1×8×-84×-84"),
    "no group": (conv(group=0), "8 channels of the weight cannot be split into 0 groups"),
    "uneven groups": (conv(group=7), "8 channels of the weight cannot be split into 7 groups"),
    "other channels": (conv(group=2), "its image has 3 channels, its weight 6"),
    "other kernel": (conv(kernel_shape=[5, 5]), "kernel_shape is 5×5, that of its weight 3×3"),
    "padding": (conv(auto_pad="FOO"), "auto_pad is 'FOO'; known: NOTSET, SAME_UPPER"),
    "two of a name": (of(node("Relu", ["x"], ["y"]), node("Tanh", ["x"], ["y"])), "2 outputs of nodes .* called 'y'"),
    "short weight": (of(node("Conv", ["x", "w"], ["y"]), stored=[SHORT]), "'w' .* has 7 bytes; its shape needs 864"),
    "future": (model([node("Relu", ["x"], ["y"])], [IMAGE], opset=9999).SerializeToString(), "of opset 9999; onnx "),
    "negative loop": (
        of(node("Loop", ["n", ""], ["y"], body=BODY), stored=[onnx.numpy_helper.from_array(np.array(-5), "n")]),
        "has -5 iterations",
    ),
}


@pytest.mark.parametrize("kind", UNSOUND)
def test_a_file_that_contradicts_itself_is_refused_with_the_reason(kind: str, tmp_path: Path) -> None:
    content, reason = UNSOUND[kind]
    (tmp_path / "net.onnx").write_bytes(content)
    with pytest.raises(InvalidFileError, match=reason) as caught:
        inventory_of(tmp_path / "net.onnx")
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.9, 0.99])
def test_a_file_that_is_cut_off_is_refused(share: float, tmp_path: Path) -> None:
    (tmp_path / "net.onnx").write_bytes(GOOD[: int(len(GOOD) * share)])
    with pytest.raises(InvalidFileError, match=r"net\.onnx"):
        inventory_of(tmp_path / "net.onnx")


def test_huge_sizes_take_no_memory(tmp_path: Path) -> None:
    shape = onnx.numpy_helper.from_array(onnx.numpy_helper.to_array(weight("s", 2, kind="int64")) * 10**6, "s")
    nodes = [node("ConstantOfShape", ["s"], ["w"]), node("MatMul", ["x", "w"], ["y"])]
    found = inventory_of(saved(model(nodes, [value("x", 1, 10**6)], [shape]), tmp_path))
    assert found.macs == 10**12


def test_a_file_beyond_protobufs_limit_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nasbench_pose.cost.onnx_file.reading.LARGEST", 10)
    with pytest.raises(InvalidFileError, match="save_as_external_data"):
        inventory_of(saved(model([node("Relu", ["x"], ["y"])], [IMAGE]), tmp_path))


def test_a_folder_is_one_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "net.onnx").mkdir()
    assert main(["cost", str(tmp_path / "net.onnx")]) == 2
    assert capsys.readouterr().err == f"Error: Is a directory: {tmp_path / 'net.onnx'}\n"


@pytest.mark.parametrize("where", ["domain", "name", "input"])
def test_escape_sequences_do_not_reach_the_terminal(
    where: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    image = RED if where == "input" else "x"
    first = node("Conv", [image, "w"], ["z"], name=RED if where == "name" else "conv")
    last = node("Do", ["z"], ["y"], domain=RED if where == "domain" else "mine")
    path = str(saved(model([first, last], [value(image, 1, 3, 16, 16)], [FILTER]), tmp_path))
    assert main(["cost", path, "--layers"]) == 0
    assert main(["cost", path, "--json"]) == 0
    assert main(["cost", path, "--strict"]) == 2
    assert main(["cost", path, "--input", "z=1x3"]) == 2
    printed = "".join(capsys.readouterr())
    assert "\x1b" not in printed
    assert "Do in net.onnx (once)" in printed


def test_a_loop_of_loops_ends(tmp_path: Path) -> None:
    choice = onnx.numpy_helper.from_array(onnx.numpy_helper.to_array(weight("c", kind="bool")), "c")
    choose = node("If", ["c"], ["y"], then_branch=nested(7), else_branch=nested(7))
    assert inventory_of(saved(model([choose], [IMAGE], [choice]), tmp_path)).macs == 0


@pytest.mark.parametrize("seed", range(60))
def test_damaged_bytes_never_end_in_a_traceback(seed: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(seed)
    content = bytearray(GOOD)
    for place in rng.integers(0, len(content), 3):
        content[place] = rng.integers(0, 256)
    (tmp_path / "net.onnx").write_bytes(bytes(content))
    try:
        inventory_of(tmp_path / "net.onnx")
    except NasbenchPoseError as error:
        assert str(error).isprintable()
