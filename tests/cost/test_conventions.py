"""Our rules against the tools they describe: equal to the last unit, on every named network and on random ones."""

import csv
import os
from collections.abc import Callable
from dataclasses import replace
from math import prod

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.conv import _ConvNd
from torch.nn.modules.instancenorm import _InstanceNorm
from torch.nn.modules.pooling import _AdaptiveAvgPoolNd, _AdaptiveMaxPoolNd, _AvgPoolNd, _MaxPoolNd

from nasbench_pose.cost import CONVENTIONS, count
from nasbench_pose.cost.call import of_layer
from nasbench_pose.cost.conventions import spelt
from nasbench_pose.cost.counters import COUNTERS, Counter, inventory_of
from nasbench_pose.cost.counters.quiet import quiet
from nasbench_pose.files import folder
from nasbench_pose.genotype import Genotype
from nasbench_pose.network import build
from nasbench_pose.spaces import SearchSpace, find, load, named_genotypes, names, space_of

SIZE = (64, 32)
"""Small, so that a forward pass takes no time, and not square."""


def mmcv(module: nn.Module, image: Tensor) -> int:
    """Count as the hooks of mmcv/cnn/utils/flops_counter.py do, for outputs that are square or have no bias."""
    total = 0

    def hook(layer: nn.Module, read: tuple[Tensor], output: Tensor) -> None:
        nonlocal total
        if isinstance(layer, _ConvNd):
            sites = read[0] if isinstance(layer, nn.ConvTranspose2d) else output
            per_site = prod(layer.kernel_size) * layer.in_channels * (layer.out_channels // layer.groups)
            total += per_site * len(image) * prod(sites.shape[2:]) + output.numel() * (layer.bias is not None)
        elif isinstance(layer, NORMS):
            learnt = getattr(layer, "affine", False) or getattr(layer, "elementwise_affine", False)
            total += read[0].numel() * (2 if learnt else 1)
        elif isinstance(layer, POOLS):
            total += read[0].numel()
        elif isinstance(layer, nn.Linear):
            total += read[0].numel() * output.shape[-1]
        elif isinstance(layer, nn.ReLU | nn.ReLU6 | nn.LeakyReLU | nn.PReLU | nn.ELU | nn.Upsample):
            total += output.numel()

    for layer in module.modules():
        layer.register_forward_hook(hook)
    with torch.no_grad():
        module(image)
    return total


NORMS = (_BatchNorm, nn.GroupNorm, nn.LayerNorm, _InstanceNorm)
POOLS = (_MaxPoolNd, _AvgPoolNd, _AdaptiveMaxPoolNd, _AdaptiveAvgPoolNd)


def torchinfo(module: nn.Module, image: Tensor) -> int:
    from torchinfo import summary

    return int(summary(module, input_data=image, verbose=0).total_mult_adds)


def run(counter: Counter) -> Callable[[nn.Module, Tensor], int]:
    return lambda module, image: counter.run(module, (image,))


LAYERS = (
    *(nn.BatchNorm2d(8), nn.GroupNorm(2, 8), nn.LayerNorm(16), nn.InstanceNorm2d(8, affine=True), nn.InstanceNorm2d(8)),
    *(nn.ReLU(), nn.ReLU6(), nn.LeakyReLU(), nn.PReLU(), nn.ELU(), nn.GELU(), nn.Hardswish()),
    *(nn.MaxPool2d(2), nn.AvgPool2d(2), nn.AdaptiveMaxPool2d(1), nn.AdaptiveAvgPool2d(1), nn.AdaptiveAvgPool2d(3)),
    *(nn.Upsample(scale_factor=2, mode=mode) for mode in ("nearest", "bilinear", "bicubic", "nearest-exact")),
    *(nn.Conv2d(8, 4, 3, groups=2), nn.ConvTranspose2d(8, 4, 4, 2, 1), nn.Linear(16, 5), nn.Linear(16, 5, bias=False)),
)


@pytest.mark.parametrize("layer", LAYERS, ids=str)
@pytest.mark.parametrize("name", ["mmcv", "torchinfo"])
def test_layers_that_our_networks_lack(name: str, layer: nn.Module) -> None:
    image = torch.zeros(1, 8, 16, 16)
    assert inventory_of(layer, (image,)).count(name) == {"mmcv": mmcv, "torchinfo": torchinfo}[name](layer, image)


TOOLS = {name: run(counter) for name, counter in COUNTERS.items()} | {"mmcv": mmcv, "torchinfo": torchinfo}


def disagreements(genotype: Genotype, space: SearchSpace | None = None) -> dict[str, int]:
    """Return by how much each tool's number differs from ours, where it does."""
    module = build(genotype, input=SIZE, joints=5, space=space).eval()
    image = torch.zeros(1, 3, *SIZE)
    with quiet():
        values = {name: tool(module, image) for name, tool in TOOLS.items()}
    differences = {name: value - count(module.graph, convention=name).count for name, value in values.items()}
    return {name: difference for name, difference in differences.items() if difference}


@pytest.mark.slow
@pytest.mark.parametrize("name", named_genotypes())
def test_named_networks(name: str) -> None:
    """Stacks of cells are lower here: each kind follows what it follows in the whole. Random members are whole."""
    space = space_of(find(name))
    if space.kind.name == "cell" and space.fixed["layers"] > len(CELLS):
        space = replace(space, fixed={**space.fixed, "layers": len(CELLS), "reductions": REDUCTIONS})
    assert disagreements(find(name), space) == {}


CELLS = "nnrnnrn"
"""Normal and reduction cells."""
REDUCTIONS = [place for place, kind in enumerate(CELLS) if kind == "r"]


@pytest.mark.parametrize("space", ["efficientpose_micro", "simplebaseline"])
def test_a_random_member(space: str) -> None:
    assert disagreements(load(space).sample(np.random.default_rng(0))) == {}


MEMBERS = int(os.environ.get("NASBENCH_POSE_MEMBERS", "2"))
"""Random members of each space; more take minutes of fvcore's time for each space."""


@pytest.mark.slow
@pytest.mark.parametrize("space", names())
def test_random_members(space: str) -> None:
    members = {load(space).sample(np.random.default_rng(seed)) for seed in range(MEMBERS)}
    assert {genotype.text: odd for genotype in members if whole(genotype) and (odd := disagreements(genotype))} == {}


def whole(genotype: Genotype) -> bool:
    """Say whether every layer is read: a cell prepares both inputs, and tracing tools do not see an unread one."""
    graph = space_of(genotype).graph(genotype)
    return all(graph.readers(layer.name) for layer in graph.layers[:-1])


COLUMNS = {
    "hrnet_summary_ops": "hrnet",
    "calflops_macs": "calflops",
    "fvcore": "fvcore",
    "ptflops_aten": "ptflops_aten",
}
PLAIN = {"thop": "thop", "ptflops": "ptflops", "torch_flop_counter": "torch"}
"""Right of the official code only where it does not derive its layers from torch's: not for EfficientPose."""

with (folder("results") / "official_costs.csv").open() as file:
    OFFICIAL = [row for row in csv.DictReader(file) if not row["model"].startswith("DARTS")]


@pytest.mark.parametrize("row", OFFICIAL, ids=lambda row: f"{row['model']}-{row['input_height']}x{row['input_width']}")
def test_tools_that_were_run_on_the_official_code(row: dict[str, str]) -> None:
    genotype = find({"PoseResNet-50": "simplebaseline-r50"}.get(row["model"], row["model"]))
    size = (int(row["input_height"]), int(row["input_width"]))
    graph = space_of(genotype).graph(genotype, input=size, joints=int(row["joints_or_classes"]))
    columns = COLUMNS | ({} if "EfficientPose" in row["model"] else PLAIN)
    ours = {column: count(graph, convention=name).count for column, name in columns.items()}
    assert ours == {column: int(row[column]) for column in columns}


def counter_in_the_efficientpose_repository(module: nn.Module, image: Tensor) -> int:
    """Count as its lib/utils/flops_counter.py does: any convolution as a convolution, before it looks for others."""
    total = 0

    def hook(layer: nn.Module, _: object, output: Tensor) -> None:
        nonlocal total
        if isinstance(layer, _ConvNd):
            weights = prod(layer.kernel_size) * layer.in_channels * (layer.out_channels // layer.groups)
            total += (weights + (layer.out_channels if layer.bias is not None else 0)) * output.shape[2:].numel()
        elif isinstance(layer, nn.Upsample):
            total += output[0].numel()

    for layer in module.modules():
        layer.register_forward_hook(hook)
    module(image)
    return total


@pytest.mark.parametrize("name", ["EfficientPose-A", "HRNet-W8-narrow", "SimpleBaseline-R26-narrow"])
def test_the_counter_in_the_efficientpose_repository(name: str) -> None:
    module = build(find(name), input=SIZE).eval()
    counted = counter_in_the_efficientpose_repository(module, torch.zeros(1, 3, *SIZE))
    assert counted == count(module.graph, convention="efficientpose").count


@pytest.mark.parametrize("name", CONVENTIONS)
def test_every_convention_has_a_rule_for_every_operation_of_our_networks(name: str) -> None:
    graphs = [load(space).graph(load(space).sample(np.random.default_rng(0))) for space in names()]
    operations = {of_layer(layer, graph.input_shapes(layer)).operation for graph in graphs for layer in graph}
    assert operations <= set(CONVENTIONS[name].rules)
    assert CONVENTIONS[name].description.endswith(".")
    assert CONVENTIONS[name].verified


SHOWN = ("conv", "conv_transpose", "linear", "batch_norm", "relu", "max_pool", "upsample_nearest", "add")


def test_the_page_on_cost_shows_these_conventions() -> None:
    page = (folder("results").parent / "docs" / "cost.md").read_text(encoding="utf-8")
    for name, convention in CONVENTIONS.items():
        giga = {10**9: "10⁹", 2**30: "2³⁰"}[convention.giga]
        rules = " | ".join(spelt(convention.rules.get(operation, {})) for operation in SHOWN)
        assert f"| `{name}` | {giga} | {rules} |\n" in page
        assert f"| `{name}` | {convention.description} | {convention.verified} |\n" in page
