"""ONNX files give what torch gives, whatever the kind of network and the number of images."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from torch import nn

from nasbench_pose.errors import InvalidFileError, NasbenchPoseError, UnknownNameError
from nasbench_pose.genotype import Genotype
from nasbench_pose.network import Network, build
from nasbench_pose.network.modules import ShuffledChannels
from nasbench_pose.network.onnx import INPUT, OPSET, OPSETS, OUTPUT, VECTORS, export, to_onnx
from nasbench_pose.network.weights import build_with_weights
from nasbench_pose.spaces import find, load

ONE_OF_EACH_KIND = ["micro-smallest", "micro-largest", "hrnet-w8-narrow", "simplebaseline-r26-narrow"]
HEADS = ["heads-upsample", "heads-shuffle", "heads-simcc", "heads-slim-simcc"]
SIZE = (64, 96)


def trained(genotype: Genotype, seed: int = 0) -> Network:
    """Return a network whose normalisations have seen images: each has its own statistics, scale and shift."""
    network = build(genotype, input=SIZE, seed=seed).eval()
    rng = torch.Generator().manual_seed(seed)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            for values in (module.running_mean, module.bias):
                values.data.normal_(0, 0.1, generator=rng)
            for values in (module.running_var, module.weight):
                values.data.uniform_(0.5, 1.5, generator=rng)
    return network


def drawn(space: str) -> Genotype:
    return load(space).sample(np.random.default_rng(0))


MEMBERS = [*map(find, ONE_OF_EACH_KIND + HEADS), drawn("efficientpose_small")]


@pytest.mark.parametrize("genotype", MEMBERS, ids=lambda g: g.key)
def test_the_file_gives_what_torch_gives(genotype: Genotype, tmp_path: Path) -> None:
    network = trained(genotype)
    exported = export(network, tmp_path / "x.onnx", about={"genotype": genotype.text})
    images = torch.randn(3, 3, *SIZE)  # neither one nor two, with which the file was checked
    session = onnxruntime.InferenceSession(tmp_path / "x.onnx")
    (theirs,) = session.run([exported.output], {exported.input: images.numpy()})
    with torch.no_grad():
        ours = network(images).numpy()
    assert np.abs(theirs - ours).max() < 1e-5 * np.abs(ours).max()
    assert exported.relative_error < 1e-4  # of what images change, which is less
    assert session.get_modelmeta().custom_metadata_map == {"genotype": genotype.text}


def test_names_shapes_and_opset_are_as_documented(tmp_path: Path) -> None:
    export(trained(find("micro-smallest")), tmp_path / "x.onnx")
    model = onnx.load(tmp_path / "x.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "x.onnx")
    (images,), (heatmaps,) = session.get_inputs(), session.get_outputs()
    assert (images.name, images.shape) == (INPUT, ["batch", 3, *SIZE])
    assert (heatmaps.name, heatmaps.shape) == (OUTPUT, ["batch", 14, 16, 24])
    assert model.opset_import[0].version == OPSET


def test_vectors_are_named_after_simcc(tmp_path: Path) -> None:
    exported = export(trained(find("heads-simcc")), tmp_path / "x.onnx")
    (vectors,) = onnxruntime.InferenceSession(tmp_path / "x.onnx").get_outputs()
    assert exported.output == vectors.name == VECTORS == "simcc"
    assert vectors.shape == ["batch", 14, 2 * sum(SIZE)]


def test_a_file_that_disagrees_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from nasbench_pose.network import onnx as ours

    network, other = trained(find("micro-smallest")), trained(find("micro-smallest"), seed=1)
    write = ours.to_onnx
    monkeypatch.setattr(ours, "to_onnx", lambda _, inputs, **options: write(other, inputs, **options))
    with pytest.raises(NasbenchPoseError, match=r"differ by .*, more than 0\.0001 of the largest"):
        export(network, tmp_path / "x.onnx")
    assert not list(tmp_path.iterdir())


def without_a_relu(model: onnx.ModelProto) -> None:
    next(node for node in model.graph.node if node.op_type == "Relu").op_type = "Identity"


def another_weight(model: onnx.ModelProto) -> None:
    tensor = next(tensor for tensor in model.graph.initializer if len(tensor.dims) == 4)
    tensor.CopyFrom(onnx.numpy_helper.from_array(1.05 * onnx.numpy_helper.to_array(tensor), tensor.name))


def no_image(model: onnx.ModelProto) -> None:
    tensor = next(tensor for tensor in model.graph.initializer if len(tensor.dims) == 4)
    tensor.CopyFrom(onnx.numpy_helper.from_array(0 * onnx.numpy_helper.to_array(tensor), tensor.name))


@pytest.mark.parametrize(
    ("spoil", "half"),
    [(without_a_relu, False), (another_weight, False), (no_image, False), (without_a_relu, True), (no_image, True)],
)
@pytest.mark.parametrize("name", ["micro-largest", "hrnet-w8-narrow"])
def test_a_wrong_file_of_a_network_with_drawn_weights_is_not_written(
    spoil: Callable[[onnx.ModelProto], None],
    name: str,
    half: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from nasbench_pose.network import onnx as ours

    write = ours.to_onnx

    def spoilt(*args: Any, **options: Any) -> bytes:
        model = onnx.load_from_string(write(*args, **options))
        spoil(model)
        return bytes(model.SerializeToString())

    monkeypatch.setattr(ours, "to_onnx", spoilt)
    with pytest.raises(NasbenchPoseError, match=r"differ by .* Nothing was written"):
        export(build(find(name), input=SIZE), tmp_path / "x.onnx", half=half)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("opset", [OPSETS[0], 13, OPSETS[-1]])
def test_older_and_newer_operator_sets(opset: int, tmp_path: Path) -> None:
    export(build(find("hrnet-w8-narrow"), input=SIZE), tmp_path / "x.onnx", opset=opset)
    assert onnx.load(tmp_path / "x.onnx").opset_import[0].version == opset


@pytest.mark.parametrize("opset", [10, 21])
def test_operator_sets_that_cannot_be_written_are_refused_before_the_work(opset: int, tmp_path: Path) -> None:
    with pytest.raises(NasbenchPoseError, match=f"opset {opset} cannot be written; 11 to 20 can"):
        export(build(find("micro-smallest")), tmp_path / "x.onnx", opset=opset)


def test_a_network_that_gives_no_number_is_not_written(tmp_path: Path) -> None:
    network = trained(find("micro-smallest"))
    next(network.parameters()).data.fill_(torch.nan)
    with pytest.raises(NasbenchPoseError, match="differ by nan"):
        export(network, tmp_path / "x.onnx")


def test_a_network_stays_in_the_mode_it_was_in(tmp_path: Path) -> None:
    network = trained(find("micro-smallest")).train()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    export(network, tmp_path / "x.onnx")
    assert network.training
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


def test_other_precisions_are_refused(tmp_path: Path) -> None:
    with pytest.raises(NasbenchPoseError, match=r"call network\.float\(\) first"):
        export(trained(find("micro-smallest")).double(), tmp_path / "x.onnx")


@pytest.mark.parametrize("package", ["onnx", "onnxruntime"])
def test_without_the_extra_it_is_named(package: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(NasbenchPoseError, match=rf"needs {package}: pip install 'nasbench-pose\[onnx\]'"):
        export(trained(find("micro-smallest")), tmp_path / "x.onnx")


def test_weights_come_back_from_a_checkpoint(tmp_path: Path) -> None:
    genotype = find("hrnet-w8-narrow")
    first = trained(genotype)
    torch.save(
        {"state_dict": {f"module.{name}": value for name, value in first.state_dict().items()}}, tmp_path / "x.pt"
    )
    again = build_with_weights(genotype, tmp_path / "x.pt", input=SIZE)
    images = torch.randn(1, 3, *SIZE)
    assert torch.equal(again(images), first(images))


def test_checkpoints_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    small = find("micro-smallest")
    torch.save(trained(small).state_dict(), tmp_path / "small.pt")
    torch.save([1, 2], tmp_path / "list.pt")
    (tmp_path / "text.pt").write_text("weights")
    with pytest.raises(InvalidFileError, match="does not fit micro-largest"):
        build_with_weights(find("micro-largest"), tmp_path / "small.pt")
    with pytest.raises(InvalidFileError, match="has weights for 14 joints, not for 16"):
        build_with_weights(small, tmp_path / "small.pt", joints=16)
    for name in ("list.pt", "text.pt"):
        with pytest.raises(InvalidFileError, match=f"{name} does not hold weights"):
            build_with_weights(small, tmp_path / name)
    with pytest.raises(UnknownNameError, match=r"No weights file .*Did you mean .*small\.pt"):
        build_with_weights(small, tmp_path / "smal.pt")


def test_shuffled_channels_are_those_of_torch_and_can_be_exported() -> None:
    maps = torch.randn(2, 12, 3, 5)
    expected = nn.ChannelShuffle(3)(maps).numpy()
    assert (ShuffledChannels(3)(maps).numpy() == expected).all()
    session = onnxruntime.InferenceSession(to_onnx(ShuffledChannels(3), (maps,), dynamic=True, sizes=True))
    assert (session.run(None, {INPUT: maps.numpy()})[0] == expected).all()
