"""Kind `chain`: a stem, stages of MBConv blocks one after the other, and a slim deconvolution head (EfficientPose).

`fixed`: `stem` [conv, pointwise] channels; `stages` a list of {width, blocks, stride}; `head` a word of
`heads.py`, or the widths of deconvolutions, and `sic` whether the SIC module follows; `divisor` divides all channels.
Genes: `s<stage>b<block>`, a word `k3_e6` (kernel, expansion) or `skip`; widths in percent of the template's: `w<stage>`
of one stage, `width` of the stem's output and of all stages that have no gene of their own; `head`, a word.
Layer names are those of the authors' code (hustvl/EfficientPose), where blocks are counted from 0.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from math import prod

from nasbench_pose.errors import InvalidFileError
from nasbench_pose.genotype import Value
from nasbench_pose.graph import Graph, GraphBuilder, Shape
from nasbench_pose.spaces import heads
from nasbench_pose.spaces.blocks import conv_bn, mbconv
from nasbench_pose.spaces.kinds import Genes, Kind, Template


def build(space: Template, genes: Mapping[str, Value], image: Shape, joints: int) -> Graph:
    """Return the network of `genes`, or the supernet where genes are missing."""
    net = GraphBuilder(image, genes)
    before = _Width.of(space, net, "width", space.fixed["stem"][1])
    x = _stem(net, space.fixed["stem"][0], before)
    index = 0
    for number, stage in enumerate(space.fixed["stages"], start=1):
        gene = f"w{number}" if f"w{number}" in space.genes else "width"
        width = _Width.of(space, net, gene, stage["width"])
        for block in range(1, stage["blocks"] + 1):
            stride = stage["stride"] if block == 1 else 1
            x = _block(net, space, x, f"s{number}b{block}", index, stride, before, width)
            before = width
            index += 1
    _head(net, space, x, joints)
    return net.graph()


@dataclass(frozen=True)
class _Width:
    """The channels that each open option of a width gene gives; one entry where it is chosen or there is none."""

    net: GraphBuilder
    gene: str
    channels: Mapping[Value, int]

    @classmethod
    def of(cls, space: Template, net: GraphBuilder, gene: str, template: int) -> "_Width":
        options = (net.genes[gene],) if gene in net.genes else space.genes.get(gene, (100,))
        divisor = space.fixed.get("divisor", 1)
        return cls(net, gene, {p: max(round(template * int(p) / 100 / divisor), 1) * divisor for p in options})

    @property
    def widest(self) -> int:
        return max(self.channels.values())

    def mask(self, x: str, multiple: int, name: str) -> str:
        """Hide the channels of `x`, `multiple` times this width, that an open option does not have."""
        if len(self.channels) == 1:
            return x
        channels = {option: multiple * width for option, width in self.channels.items()}
        return self.net.mask(self.gene, channels, x, name=name)


def _stem(net: GraphBuilder, channels: int, width: _Width) -> str:
    with net.block("stem", "stem", f"conv3×3 {channels}"):
        names = ("first.0.conv", "first.0.bn")
        x = conv_bn(net, names, "image", channels, kernel=3, stride=2, relu="first.0.relu")
    with net.block("stem_separable", "stem", f"separable {width.widest}"):
        names = ("first.1.conv", "first.1.bn")
        x = conv_bn(net, names, x, channels, kernel=3, groups=channels, relu="first.1.relu")
        x = conv_bn(net, ("first.2", "first.3"), x, width.widest, kernel=1)
        return width.mask(x, 1, "first.mask")


def _block(
    net: GraphBuilder, space: Template, x: str, gene: str, index: int, stride: int, before: _Width, width: _Width
) -> str:
    """Add the searched layer `gene`: one MBConv or skip, or all of its options while it is open."""
    options = space.genes.get(gene)
    if options is None:
        raise InvalidFileError(f"a chain of these stages has a layer {gene!r}, which is not among the genes.")

    def option(value: Value) -> str:
        with net.block(gene, f"stage {gene[1 : gene.index('b')]}", str(value)):
            if value == "skip":
                return _skip(net, x, gene, stride, before.widest == width.widest, index)
            kernel, expansion = _kernel_and_expansion(gene, value)
            name = f"blocks.stages.x{index}_ir_{value}"
            return mbconv(
                net, name, x, width.widest, kernel=kernel, expansion=expansion, stride=stride, mask=before.mask
            )

    with net.block(gene, f"stage {gene[1 : gene.index('b')]}", "choice"):
        x = net.choose(gene, options, option, name=f"blocks.stages.x{index}")
        return width.mask(x, 1, f"blocks.stages.x{index}.mask")


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


def _head(net: GraphBuilder, space: Template, x: str, joints: int) -> None:
    if "head" in space.genes or isinstance(space.fixed["head"], str):
        heads.head(net, space, x, joints, prediction="final")
    else:
        slim = heads.Head("deconv", tuple(space.fixed["head"]), space.fixed["sic"])
        heads.add(net, slim, x, joints, prediction="final")


def canonical(space: Template, genes: Genes) -> Genes:
    """Return `genes` with the skipped layers of each stage at its end: where nothing is done does not matter."""
    spelt = dict(genes)
    for run in _runs(space):
        spelt.update(zip(run, next(_arrangements(space, genes, run)), strict=True))
    return spelt


def spellings(space: Template, genes: Genes) -> int:
    """Return how many assignments differ from `genes` only in where layers are skipped, itself included."""
    return prod(sum(1 for _ in _arrangements(space, genes, run)) for run in _runs(space))


def _runs(space: Template) -> Iterator[list[str]]:
    """Yield the genes of the layers of each stage that change neither size nor width: all but the first."""
    for number, stage in enumerate(space.fixed["stages"], start=1):
        yield [f"s{number}b{block}" for block in range(2, stage["blocks"] + 1)]


def _arrangements(space: Template, genes: Genes, run: list[str]) -> Iterator[tuple[Value, ...]]:
    """Yield the values of `run` with its skips moved to every place that has the option; those at the end first."""
    kept = [genes[gene] for gene in run if genes[gene] != "skip"]
    for places in combinations(range(len(run)), len(kept)):
        value = dict(zip(places, kept, strict=True))
        moved = tuple(value.get(place, "skip") for place in range(len(run)))
        if all(option in space.genes[gene] for gene, option in zip(run, moved, strict=True)):
            yield moved


KIND = Kind("chain", build, ("width", *(f"w{stage}" for stage in range(1, 10))), canonical, spellings)
