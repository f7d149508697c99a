"""Kind `branches`: parallel branches of halving resolution that keep exchanging (HRNet, arXiv 1902.09212).

Genes or `fixed`: `width` (channels of the first branch, doubled in each further one), `stem` channels, `bottlenecks`
in stage 1, `stage2` to `stage4` (exchange units in each), `blocks` (basic blocks per branch and unit); `head`, a word
of `heads.py`, `plain` if there is none.
Layer names are those of deep-high-resolution-net's `PoseHighResolutionNet`.
"""

from collections.abc import Mapping

from nasbench_pose.genotype import Value
from nasbench_pose.graph import Graph, GraphBuilder, Shape
from nasbench_pose.graph.operations import Upsample
from nasbench_pose.spaces import heads
from nasbench_pose.spaces.blocks import basic_block, bottleneck, conv_bn
from nasbench_pose.spaces.kinds import Kind, Template


def build(space: Template, genes: Mapping[str, Value], image: Shape, joints: int) -> Graph:
    """Return the network of `genes`."""
    value = {**space.fixed, **genes}
    net = GraphBuilder(image, genes)
    widths = [value["width"] * 2**i for i in range(4)]
    branches = [_stem(net, value["stem"], value["bottlenecks"])]
    for stage in (2, 3, 4):
        units = value[f"stage{stage}"]
        branches = _transition(net, branches, stage, widths[:stage])
        for unit in range(units):
            alone = stage == 4 and unit == units - 1
            branches = _unit(net, branches, f"stage{stage}.{unit}", value["blocks"], outputs=1 if alone else stage)
    if "head" in space.genes or "head" in space.fixed:
        heads.head(net, space, branches[0], joints)
    else:
        heads.add(net, heads.Head(""), branches[0], joints)
    return net.graph()


def _stem(net: GraphBuilder, channels: int, blocks: int) -> str:
    with net.block("stem", "stem", f"conv ×2 {channels}"):
        x = conv_bn(net, ("conv1", "bn1"), "image", channels, kernel=3, stride=2, relu="relu1")
        x = conv_bn(net, ("conv2", "bn2"), x, channels, kernel=3, stride=2, relu="relu2")
    for i in range(blocks):
        with net.block(f"layer1.{i}", "stage 1", f"bottleneck {4 * channels}"):
            x = bottleneck(net, f"layer1.{i}", x, channels)
    return x


def _transition(net: GraphBuilder, branches: list[str], stage: int, widths: list[int]) -> list[str]:
    """Give every branch its width, and open a new one at half the lowest resolution."""
    moved = [_widen(net, x, f"transition{stage - 1}.{i}", stage, widths[i]) for i, x in enumerate(branches)]
    name = f"transition{stage - 1}.{len(branches)}.0"
    with net.block(name, f"stage {stage}", f"conv3×3 {widths[-1]}"):
        names = (f"{name}.0", f"{name}.1")
        moved.append(conv_bn(net, names, branches[-1], widths[-1], kernel=3, stride=2, relu=f"{name}.2"))
    return moved


def _widen(net: GraphBuilder, x: str, name: str, stage: int, width: int) -> str:
    if net.shape(x)[0] == width:
        return x
    with net.block(name, f"stage {stage}", f"conv3×3 {width}"):
        return conv_bn(net, (f"{name}.0", f"{name}.1"), x, width, kernel=3, relu=f"{name}.2")


def _unit(net: GraphBuilder, branches: list[str], name: str, blocks: int, *, outputs: int) -> list[str]:
    """Run every branch through its basic blocks, then fuse all of them into each output."""
    branches = [_branch(net, x, f"{name}.branches.{i}", blocks) for i, x in enumerate(branches)]
    return [_fuse(net, branches, f"{name}.fuse_layers.{i}", i) for i in range(outputs)]


def _branch(net: GraphBuilder, x: str, name: str, blocks: int) -> str:
    channels = net.shape(x)[0]
    stage = f"stage {name[5]}"
    with net.block(name, stage, f"basic ×{blocks} {channels}"):
        for i in range(blocks):
            x = basic_block(net, f"{name}.{i}", x, channels)
    return x


def _fuse(net: GraphBuilder, branches: list[str], name: str, i: int) -> str:
    with net.block(name, f"stage {name[5]}", "fuse"):
        moved = [_move(net, x, f"{name}.{j}", j, i, net.shape(branches[i])[0]) for j, x in enumerate(branches)]
        return net.relu(f"{name}.relu", net.sum(f"{name}.add", *moved))


def _move(net: GraphBuilder, x: str, name: str, j: int, i: int, channels: int) -> str:
    """Bring branch `j` to the resolution and width of branch `i`."""
    if j > i:
        x = conv_bn(net, (f"{name}.0", f"{name}.1"), x, channels, kernel=1)
        return net.add(f"{name}.2", Upsample(2 ** (j - i)), x)
    for k in range(i - j):
        last = k == i - j - 1
        names = (f"{name}.{k}.0", f"{name}.{k}.1")
        width = channels if last else net.shape(x)[0]
        x = conv_bn(net, names, x, width, kernel=3, stride=2, relu=None if last else f"{name}.{k}.2")
    return x


KIND = Kind("branches", build)
