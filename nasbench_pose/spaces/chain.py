"""Kind `chain`: a stem, stages of MBConv blocks one after the other, and a slim deconvolution head (EfficientPose).

`fixed`: `stem` [conv, pointwise] channels; `stages` a list of {width, blocks, stride}; `head` deconvolution widths;
`sic` whether the head has the SIC module (a depthwise 3×3); `divisor` channels are multiples of it.
Genes: `s<stage>b<block>`, a word `k3_e6` (kernel, expansion) or `skip`; `width`, in percent of the template's widths.
Layer names are those of the authors' code (hustvl/EfficientPose), where blocks are counted from 0.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from nasbench_pose.errors import InvalidFileError
from nasbench_pose.genotype import Value
from nasbench_pose.graph import Graph, GraphBuilder, Shape
from nasbench_pose.spaces.blocks import conv_bn, deconvolutions, mbconv
from nasbench_pose.spaces.kinds import Template


def build(space: Template, genes: Mapping[str, Value], image: Shape, joints: int) -> Graph:
    """Return the network of `genes`, or the supernet where genes are missing."""
    net = GraphBuilder(image, genes)
    width = _Width.of(space, net)
    x = _stem(net, space.fixed["stem"], width)
    index = 0
    for number, stage in enumerate(space.fixed["stages"], start=1):
        for block in range(1, stage["blocks"] + 1):
            stride = stage["stride"] if block == 1 else 1
            x = _block(net, space, x, f"s{number}b{block}", index, stage["width"], stride, width)
            index += 1
    x = deconvolutions(net, x, space.fixed["head"])
    return _final(net, x, joints, sic=space.fixed["sic"])


@dataclass(frozen=True)
class _Width:
    """The template's widths in the chosen percentage; while it is open, the widest, with masks for the others."""

    net: GraphBuilder
    options: tuple[Value, ...]
    divisor: int

    @classmethod
    def of(cls, space: Template, net: GraphBuilder) -> "_Width":
        chosen = (net.genes["width"],) if "width" in net.genes else space.genes.get("width", (100,))
        return cls(net, chosen, space.fixed.get("divisor", 1))

    def channels(self, template: int) -> dict[Value, int]:
        return {p: max(round(template * int(p) / 100 / self.divisor), 1) * self.divisor for p in self.options}

    def widest(self, template: int) -> int:
        return max(self.channels(template).values())

    def mask(self, x: str, template: int, name: str, multiple: int = 1) -> str:
        if len(self.options) == 1:
            return x
        channels = {option: multiple * width for option, width in self.channels(template).items()}
        return self.net.mask("width", channels, x, name=name)


def _stem(net: GraphBuilder, channels: tuple[int, int], width: _Width) -> str:
    with net.block("stem", "stem", f"conv3×3 {channels[0]}"):
        names = ("first.0.conv", "first.0.bn")
        x = conv_bn(net, names, "image", channels[0], kernel=3, stride=2, relu="first.0.relu")
    out = width.widest(channels[1])
    with net.block("stem_separable", "stem", f"separable {out}"):
        names = ("first.1.conv", "first.1.bn")
        x = conv_bn(net, names, x, channels[0], kernel=3, groups=channels[0], relu="first.1.relu")
        x = conv_bn(net, ("first.2", "first.3"), x, out, kernel=1)
        return width.mask(x, channels[1], "first.mask")


def _block(
    net: GraphBuilder, space: Template, x: str, gene: str, index: int, template: int, stride: int, width: _Width
) -> str:
    """Add the searched layer `gene`: one MBConv or skip, or all of its options while it is open."""
    options = space.genes.get(gene)
    if options is None:
        raise InvalidFileError(f"a chain of these stages has a layer {gene!r}, which is not among the genes.")
    inside = net.shape(x)[0]
    before = _template_before(space, gene)

    def option(value: Value) -> str:
        with net.block(gene, f"stage {gene[1 : gene.index('b')]}", str(value)):
            if value == "skip":
                return _skip(net, x, gene, stride, inside == width.widest(template), index)
            kernel, expansion = _kernel_and_expansion(gene, value)
            name = f"blocks.stages.x{index}_ir_{value}"
            return mbconv(
                net, name, x, width.widest(template), kernel=kernel, expansion=expansion, stride=stride,
                mask=lambda y, multiple, label: width.mask(y, before, label, multiple),
            )  # fmt: skip

    with net.block(gene, f"stage {gene[1 : gene.index('b')]}", "choice"):
        x = net.choose(gene, options, option, name=f"blocks.stages.x{index}")
        return width.mask(x, template, f"blocks.stages.x{index}.mask")


def _template_before(space: Template, gene: str) -> int:
    """Return the template's width of what the layer `gene` reads."""
    stage, block = (int(part) for part in re.findall(r"\d+", gene))
    widths = [space.fixed["stem"][1], *(s["width"] for s in space.fixed["stages"])]
    return int(widths[stage - (block == 1)])


def _skip(net: GraphBuilder, x: str, gene: str, stride: int, same_width: bool, index: int) -> str:
    if stride > 1 or not same_width:
        raise InvalidFileError(f"gene {gene!r} cannot be 'skip': its layer changes the size or the width.")
    return net.identity(f"blocks.stages.x{index}_skip", x)


def _kernel_and_expansion(gene: str, value: Value) -> tuple[int, int]:
    match = re.fullmatch(r"k([1-9]\d?)_e([1-9]\d?)", str(value))
    if match is None or int(match[1]) % 2 == 0:
        raise InvalidFileError(
            f"gene {gene!r} is {value!r}; expected 'skip' or a word like 'k3_e6' (odd kernel, expansion)."
        )
    return int(match[1]), int(match[2])


def _final(net: GraphBuilder, x: str, joints: int, *, sic: bool) -> Graph:
    channels = net.shape(x)[0]
    if sic:
        with net.block("sic", "head", "SIC dw3×3"):
            x = net.relu("final.1", net.conv("final.0", x, channels, kernel=3, groups=channels))
    with net.block("prediction", "head", f"conv1×1 {joints}"):
        net.conv("final.2" if sic else "final", x, joints, kernel=1, bias=True)
    return net.graph()
