"""ONNX files against the graphs and modules they were exported from."""

import sys
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from nasbench_pose.cost import count
from nasbench_pose.cost.counters import inventory_of as inventory_of_module
from nasbench_pose.cost.onnx_file import inventory_of
from nasbench_pose.errors import NasbenchPoseError, ShapeError
from nasbench_pose.graph.operations import BatchNorm, Conv
from nasbench_pose.network import Network, build
from nasbench_pose.network.onnx import to_onnx
from nasbench_pose.spaces import find

onnx = pytest.importorskip("onnx")


def written(content: bytes, folder: Path) -> Path:
    path = folder / "net.onnx"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("name", ["micro-middle", "HRNet-W8-narrow", "SimpleBaseline-R26-narrow"])
@pytest.mark.parametrize("dynamic", [False, True])
def test_a_file_counts_what_its_network_counts(name: str, dynamic: bool, tmp_path: Path) -> None:
    network = build(find(name), input=(64, 32)).eval()
    found = inventory_of(written(to_onnx(network, (torch.zeros(1, 3, 64, 32),), dynamic=dynamic), tmp_path))
    cost = count(network.graph, convention="hrnet")
    assert (found.macs, found.activations, found.count("hrnet")) == (cost.macs, cost.activations, cost.count)
    assert found.params == folded_params(network)


def folded_params(network: Network) -> int:
    """Return the parameters once each normalisation has become the bias of the convolution that it follows."""
    graph = network.graph
    norms = [layer for layer in graph if isinstance(layer.operation, BatchNorm)]
    folded = sum(norm.shape[0] for norm in norms if isinstance(graph[norm.inputs[0]].operation, Conv))
    return count(graph).params - folded


class Words(nn.Module):
    """Operators that no network of ours has."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.norm = nn.Conv2d(3, 8, 3), nn.LayerNorm(8)
        self.linear, self.last = nn.Linear(8, 4), nn.Linear(8, 4)
        self.shrink = nn.Conv2d(8, 8, 3, stride=2, groups=4, bias=False)
        self.grow = nn.ConvTranspose2d(8, 8, 4, 2, 1, groups=2)
        self.pool, self.up = nn.AdaptiveAvgPool2d(1), nn.Upsample(scale_factor=2, mode="bilinear")

    def forward(self, x: Tensor) -> Tensor:
        y = self.shrink(torch.sigmoid(self.conv(x)))
        y = torch.cat([self.grow(y), self.up(y)], 1)[:, 4:12]
        tokens = self.norm(y.flatten(2).transpose(1, 2))
        mixed = (tokens @ tokens.transpose(1, 2)).softmax(-1) @ tokens
        return self.linear(mixed).sum(1) + self.last(self.pool(y).flatten(1))


def test_a_file_counts_what_its_module_counts(tmp_path: Path) -> None:
    module, image = Words().eval(), torch.zeros(1, 3, 16, 16)
    found = inventory_of(written(to_onnx(module, (image,)), tmp_path))
    module_found = inventory_of_module(module, (image,))
    assert (found.macs, found.activations) == (module_found.macs, module_found.activations)
    assert found.params == module_found.params
    assert found.count("thop") == module_found.count("thop")


def open_size(tmp_path: Path) -> Path:
    network = build(find("micro-middle"), input=(64, 64)).eval()
    model = onnx.load_from_string(to_onnx(network, (torch.zeros(1, 3, 64, 64),)))
    for place, name in ((2, "height"), (3, "width")):
        model.graph.input[0].type.tensor_type.shape.dim[place].dim_param = name
    return written(model.SerializeToString(), tmp_path)


def test_an_open_size_is_asked_for(tmp_path: Path) -> None:
    path = open_size(tmp_path)
    with pytest.raises(ShapeError, match=r"leaves the size of 'images' open; set it, e\.g\. --input images=1x3"):
        inventory_of(path)
    genotype = find("micro-middle")
    assert inventory_of(path, input=(128, 96)).macs == count(build(genotype, input=(128, 96)).graph).macs


def test_another_size_than_the_files_is_refused(tmp_path: Path) -> None:
    network = build(find("micro-smallest"), input=(64, 64)).eval()
    path = written(to_onnx(network, (torch.zeros(1, 3, 64, 64),)), tmp_path)
    with pytest.raises(ShapeError, match="exported for 64×64 pixels only"):
        inventory_of(path, input=(128, 96))


def test_without_onnx_the_extra_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(NasbenchPoseError, match=r"pip install 'nasbench-pose\[onnx\]'"):
        inventory_of(tmp_path / "net.onnx")
