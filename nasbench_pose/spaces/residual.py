"""Kind `residual`: a ResNet with bottlenecks and deconvolutions (SimpleBaseline, arXiv 1804.06208).

Genes or `fixed`: `depth` (26, 50, 101 or 152), `base` (planes of the first stage, 64 in ResNet), and either `filters`
(channels of each of the three deconvolutions) or `head`, a word of `heads.py`. Layer names are those of `PoseResNet` in
deep-high-resolution-net.
"""

from collections.abc import Mapping
from typing import Any

from nasbench_pose.errors import pick
from nasbench_pose.genotype import Value
from nasbench_pose.graph import Graph, GraphBuilder, Shape
from nasbench_pose.graph.operations import MaxPool
from nasbench_pose.spaces import heads
from nasbench_pose.spaces.blocks import bottleneck, conv_bn
from nasbench_pose.spaces.fields import Field, Fields, anything, whole
from nasbench_pose.spaces.kinds import Kind, Options, Template

BLOCKS = {"26": (2, 2, 2, 2), "50": (3, 4, 6, 3), "101": (3, 4, 23, 3), "152": (3, 8, 36, 3)}
"""Depth -> bottlenecks in each of the four stages (He et al., arXiv 1512.03385, table 1)."""


def build(space: Template, genes: Mapping[str, Value], image: Shape, joints: int) -> Graph:
    """Return the network of `genes`."""
    value = {**space.fixed, **genes}
    net = GraphBuilder(image, genes)
    x = _stem(net, value["base"])
    for stage, blocks in enumerate(pick("ResNet of depth", str(value["depth"]), BLOCKS)):
        x = _stage(net, x, stage, blocks, value["base"] * 2**stage)
    if "head" in space.genes or "head" in space.fixed:
        heads.head(net, space, x, joints)
    else:
        heads.add(net, heads.Head("deconv", (value["filters"],) * 3), x, joints)
    return net.graph()


def _stem(net: GraphBuilder, base: int) -> str:
    with net.block("stem", "stem", f"conv7×7 {base}"):
        x = conv_bn(net, ("conv1", "bn1"), "image", base, kernel=7, stride=2, relu="relu")
    with net.block("pool", "stem", "max pool"):
        return net.add("maxpool", MaxPool(kernel=3, stride=2, padding=1), x)


def _stage(net: GraphBuilder, x: str, stage: int, blocks: int, planes: int) -> str:
    for i in range(blocks):
        stride = 2 if stage and not i else 1
        with net.block(f"layer{stage + 1}.{i}", f"stage {stage + 1}", f"bottleneck {4 * planes}"):
            x = bottleneck(net, f"layer{stage + 1}.{i}", x, planes, stride=stride)
    return x


def fields(_: Options, __: Mapping[str, Any]) -> Fields:
    """Return the keys that the kind reads."""
    return {
        "depth": Field(anything),
        "base": Field(whole(1, 4096)),
        "filters": Field(whole(1)),
        "head": Field(anything),
    }


KIND = Kind("residual", build, fields=fields)
