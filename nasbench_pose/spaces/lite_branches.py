"""Kind `lite_branches`: Lite-HRNet, in which conditional channel weighting replaces 1×1 convolutions.

Yu et al., arXiv 2104.06403. Genes or `fixed`: `width` (channels of the first branch, doubled in each further one),
`stem` (channels), `stage2` to `stage4` (modules in each), `blocks` (conditional channel weightings per module).

Layer names are those of the authors' `LiteHRNet`, which numbers stages from 0. Two details follow their code: a fusion
adds the first branch twice, and the other branches read the first one after its own fusion.
"""

from collections.abc import Mapping
from typing import Any

from nasbench_pose.genotype import Value
from nasbench_pose.graph import Graph, GraphBuilder, Shape
from nasbench_pose.graph.operations import (
    AdaptiveAvgPool,
    ChannelShuffle,
    Concat,
    Multiply,
    Sigmoid,
    Slice,
    Upsample,
)
from nasbench_pose.spaces import heads
from nasbench_pose.spaces.fields import Field, Fields, whole
from nasbench_pose.spaces.kinds import Kind, Options, Template

REDUCTION, SPATIAL = 8, 4
"""Reduction of the hidden layers that compute weights: across resolutions, and within one (spatial weighting)."""


def build(space: Template, genes: Mapping[str, Value], image: Shape, joints: int) -> Graph:
    """Return the network of `genes`."""
    value: Mapping[str, Any] = {**space.fixed, **genes}
    net = GraphBuilder(image, genes)
    branches = [_stem(net, value["stem"])]
    for stage in (2, 3, 4):
        widths = [value["width"] * 2**i for i in range(stage)]
        branches = _transition(net, branches, stage - 2, widths)
        for number in range(value[f"stage{stage}"]):
            branches = _module(net, branches, f"stage{stage - 2}.{number}", value["blocks"])
    heads.add(net, heads.Head(""), _iterative_head(net, branches), joints)
    return net.graph()


def _conv(
    net: GraphBuilder,
    names: tuple[str, str],
    x: str,
    channels: int,
    *,
    relu: str = "",
    kernel: int = 1,
    stride: int = 1,
) -> str:
    """Add a convolution, depthwise if larger than 1×1, with batch normalisation and, if `relu` names one, ReLU."""
    groups = channels if kernel > 1 else 1
    x = net.conv(names[0], x, channels, kernel=kernel, stride=stride, groups=groups)
    x = net.batch_norm(names[1], x)
    return net.relu(relu, x) if relu else x


def _named(name: str) -> tuple[str, str]:
    return f"{name}.conv", f"{name}.bn"


def _halves(net: GraphBuilder, name: str, x: str) -> tuple[str, str]:
    channels = net.shape(x)[0]
    first = net.add(f"{name}.first", Slice(0, channels // 2), x)
    return first, net.add(f"{name}.second", Slice(channels // 2, channels), x)


def _shuffled(net: GraphBuilder, name: str, first: str, second: str) -> str:
    return net.add(f"{name}.shuffle", ChannelShuffle(2), net.add(f"{name}.cat", Concat(), first, second))


def _stem(net: GraphBuilder, channels: int) -> str:
    half = channels // 2
    with net.block("stem", "stem", f"stem {channels}"):
        x = net.batch_norm("stem.conv1.bn", net.conv("stem.conv1.conv", "image", channels, kernel=3, stride=2))
        left, right = _halves(net, "stem", net.relu("stem.conv1.activate", x))
        left = _conv(net, _named("stem.branch1.0"), left, half, kernel=3, stride=2)
        left = _conv(net, _named("stem.branch1.1"), left, channels - half, relu="stem.branch1.1.activate")
        right = _conv(net, _named("stem.expand_conv"), right, channels, relu="stem.expand_conv.activate")
        right = _conv(net, _named("stem.depthwise_conv"), right, channels, kernel=3, stride=2)
        right = _conv(net, _named("stem.linear_conv"), right, half, relu="stem.linear_conv.activate")
        return _shuffled(net, "stem", left, right)


def _transition(net: GraphBuilder, branches: list[str], number: int, widths: list[int]) -> list[str]:
    """Bring every branch to its width, and add a branch at half of the lowest resolution."""
    moved = []
    for i, width in enumerate(widths):
        new = i == len(branches)
        x, name = branches[-1 if new else i], f"transition{number}.{i}" + ".0" * new
        if not new and net.shape(x)[0] == width:
            moved.append(x)
            continue
        with net.block(name, f"stage {number + 2}", f"sep3×3 {width}"):
            moved.append(_separable(net, name, x, width, stride=2 if new else 1, relu=f"{name}.4"))
    return moved


def _separable(net: GraphBuilder, name: str, x: str, width: int, *, stride: int, relu: str = "") -> str:
    x = _conv(net, (f"{name}.0", f"{name}.1"), x, net.shape(x)[0], kernel=3, stride=stride)
    return _conv(net, (f"{name}.2", f"{name}.3"), x, width, relu=relu)


def _module(net: GraphBuilder, branches: list[str], name: str, blocks: int) -> list[str]:
    """Weight the branches `blocks` times, then fuse all branches into each branch."""
    with net.block(f"{name}.layers", _stage_of(name), f"lite ×{blocks}"):
        for number in range(blocks):
            branches = _weighting(net, branches, f"{name}.layers.{number}")
    first, *others = branches
    with net.block(f"{name}.fuse_layers.0", _stage_of(name), "fuse"):
        first = _fuse(net, branches, f"{name}.fuse_layers.0", 0)
    with net.block(f"{name}.fuse_layers.0.relu", _stage_of(name), "ReLU"):
        fused = [net.relu(f"{name}.fuse_layers.0.relu", first)]
    for i in range(1, len(branches)):
        with net.block(f"{name}.fuse_layers.{i}", _stage_of(name), "fuse"):
            x = _fuse(net, [first, *others], f"{name}.fuse_layers.{i}", i)
            fused.append(net.relu(f"{name}.fuse_layers.{i}.relu", x))
    return fused


def _stage_of(name: str) -> str:
    return f"stage {int(name[5]) + 2}"


def _weighting(net: GraphBuilder, branches: list[str], name: str) -> list[str]:
    """Add a conditional channel weighting: half of each branch times weights from all branches, then from itself."""
    halves = [_halves(net, f"{name}.{i}", x) for i, x in enumerate(branches)]
    weights = _cross_resolution(net, [right for _, right in halves], f"{name}.cross_resolution_weighting")
    weighted = []
    for i, (left, right) in enumerate(halves):
        weight = _enlarged(net, f"{name}.{i}.enlarge", weights[i], right)
        right = net.add(f"{name}.{i}.weigh", Multiply(), right, weight)
        right = _conv(net, _named(f"{name}.depthwise_convs.{i}"), right, net.shape(right)[0], kernel=3)
        weighted.append(_shuffled(net, f"{name}.{i}", left, _spatial(net, f"{name}.spatial_weighting.{i}", right)))
    return weighted


def _cross_resolution(net: GraphBuilder, branches: list[str], name: str) -> list[str]:
    """Return weights for each branch, with the size of the smallest branch."""
    _, height, width = net.shape(branches[-1])
    pools = [net.add(f"{name}.pool.{i}", AdaptiveAvgPool(height, width), x) for i, x in enumerate(branches[:-1])]
    x = net.add(f"{name}.cat", Concat(), *pools, branches[-1])
    total = net.shape(x)[0]
    x = _conv(net, _named(f"{name}.conv1"), x, total // REDUCTION, relu=f"{name}.conv1.activate")
    x = net.add(f"{name}.conv2.activate", Sigmoid(), _conv(net, _named(f"{name}.conv2"), x, total))
    ends = [sum(net.shape(b)[0] for b in branches[:i]) for i in range(len(branches) + 1)]
    return [net.add(f"{name}.split.{i}", Slice(*ends[i : i + 2]), x) for i in range(len(branches))]


def _enlarged(net: GraphBuilder, name: str, weights: str, maps: str) -> str:
    factor = net.shape(maps)[1] // net.shape(weights)[1]
    return weights if factor == 1 else net.add(name, Upsample(factor), weights)


def _spatial(net: GraphBuilder, name: str, x: str) -> str:
    """Multiply each channel with a weight computed from the means of all channels."""
    channels = net.shape(x)[0]
    y = net.add(f"{name}.global_avgpool", AdaptiveAvgPool(), x)
    y = net.relu(f"{name}.conv1.activate", net.conv(f"{name}.conv1.conv", y, channels // SPATIAL, kernel=1, bias=True))
    y = net.add(f"{name}.conv2.activate", Sigmoid(), net.conv(f"{name}.conv2.conv", y, channels, kernel=1, bias=True))
    return net.add(f"{name}.scale", Multiply(), x, y)


def _fuse(net: GraphBuilder, branches: list[str], name: str, i: int) -> str:
    """Return the sum of all branches, each brought to the shape of branch `i`; the first branch is added twice."""
    width = net.shape(branches[i])[0]
    moved = [_move(net, x, f"{name}.{j}", j, i, width) for j, x in enumerate(branches)]
    return net.sum(f"{name}.add", moved[0], *moved)


def _move(net: GraphBuilder, x: str, name: str, j: int, i: int, channels: int) -> str:
    """Bring branch `j` to the resolution and width of branch `i`."""
    if j > i:
        x = _conv(net, (f"{name}.0", f"{name}.1"), x, channels)
        return net.add(f"{name}.2", Upsample(2 ** (j - i)), x)
    for k in range(i - j):
        last = k == i - j - 1
        width = channels if last else net.shape(x)[0]
        x = _separable(net, f"{name}.{k}", x, width, stride=2, relu="" if last else f"{name}.{k}.4")
    return x


def _iterative_head(net: GraphBuilder, branches: list[str]) -> str:
    """Add each branch to the next higher resolution, from the lowest up; return the highest."""
    x = ""
    with net.block("head_layer", "head", f"merge {net.shape(branches[0])[0]}"):
        for number, branch in enumerate(reversed(branches)):
            name, above = f"head_layer.projects.{number}", max(len(branches) - 2 - number, 0)
            if x:
                x = net.sum(f"{name}.add", branch, net.add(f"{name}.enlarge", Upsample(2, "bilinear", corners=True), x))
            x = x or branch
            x = _conv(net, _named(f"{name}.depthwise_conv"), x, net.shape(x)[0], kernel=3)
            width = net.shape(branches[above])[0]
            x = _conv(net, _named(f"{name}.pointwise_conv"), x, width, relu=f"{name}.pointwise_conv.activate")
    return x


def fields(_: Options, __: Mapping[str, Any]) -> Fields:
    """Return the keys that the kind reads."""
    modules = {f"stage{stage}": Field(whole(1, 99)) for stage in (2, 3, 4)}
    return {"width": Field(whole(8)), "stem": Field(whole(2)), "blocks": Field(whole(1, 99)), **modules}


KIND = Kind("lite_branches", build, fields=fields)
