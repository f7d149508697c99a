"""Kind `chain`: a stem, stages of MBConv blocks in a row, and a head (EfficientPose, MobileNetV2).

Fixed keys:

- `stem`: [conv, pointwise] channels, or [conv];
- `stages`: a list of {width, blocks, stride};
- `head`: a word of `heads.py`, or the widths of deconvolutions; `sic`: whether the SIC module follows these;
- `divisor`: all channels are multiples of it.

Genes:

- `s<stage>b<block>`: a word such as `k3_e6` (kernel, expansion), `k3_e6_se` with squeeze-and-excitation, or `skip`;
- `w<stage>`: the width of a stage in percent of the template's; `width`: that of the stem's output and of all stages
  without a gene of their own;
- `head`: a word of `heads.py`.

Genes or fixed keys:

- `activation` of the encoder: a name of ACTIVATIONS, default relu;
- `resolution`: the image is first resized to so many percent;
- `last`: channels of a 1×1 convolution before the head, 0 for none.

Layer names are those of the authors' code (hustvl/EfficientPose), which counts blocks from 0.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import prod
from typing import Any

from nasbench_pose.errors import InvalidFileError, nearest, pick
from nasbench_pose.genotype import Value
from nasbench_pose.graph import Graph, GraphBuilder, Shape
from nasbench_pose.graph.operations import HardSwish, Operation, ReLU, ReLU6, SiLU, Upsample
from nasbench_pose.spaces import heads
from nasbench_pose.spaces.blocks import MBConv, conv_bn, mbconv
from nasbench_pose.spaces.fields import PERCENT, Field, Fields, anything, several, shown, whole, word_or, yes_or_no
from nasbench_pose.spaces.kinds import Genes, Kind, Options, Template
from nasbench_pose.spaces.skips import SKIP, number_of_arrangements, settled


def build(space: Template, genes: Mapping[str, Value], image: Shape, joints: int) -> Graph:
    """Return the network of `genes`; missing genes stay open, as in a supernet."""
    net = GraphBuilder(image, genes)
    value = {"activation": "relu", "resolution": 100, "last": 0, **_closed(space, genes)}
    activation = pick("activation", str(value["activation"]), ACTIVATIONS)
    before = _Width.of(space, net, "width", space.fixed["stem"][-1])
    resized = _resized(net, value["resolution"])
    x = _stem(net, resized, space.fixed["stem"], before, activation)
    index = 0
    for number, stage in enumerate(space.fixed["stages"], start=1):
        gene = f"w{number}" if f"w{number}" in space.genes else "width"
        width = _Width.of(space, net, gene, stage["width"])
        for block in range(1, _blocks(stage) + 1):
            stride = stage["stride"] if block == 1 else 1
            place = _Place(f"s{number}b{block}", index, stride, activation)
            x = _block(net, space, x, place, before, width)
            before = width
            index += 1
    _head(net, space, _last(net, x, value["last"], activation), joints, resized)
    return net.graph()


ACTIVATIONS: dict[str, Operation] = {"relu": ReLU(), "relu6": ReLU6(), "hswish": HardSwish(), "silu": SiLU()}
"""Name -> operation."""


def _closed(space: Template, genes: Mapping[str, Value]) -> dict[str, Any]:
    """Return the values of the genes that cannot stay open; raise KeyError if one of them is missing."""
    given = {**space.fixed, **genes}
    return {name: given[name] for name in ("activation", "resolution", "last") if name in given or name in space.genes}


@dataclass(frozen=True)
class _Place:
    """The place of a block in the chain."""

    gene: str
    index: int
    stride: int
    activation: Operation

    @property
    def stage(self) -> str:
        return f"stage {self.gene[1 : self.gene.index('b')]}"


@dataclass(frozen=True)
class _Width:
    """Option of a width gene -> channels; one entry if the gene is chosen or if there is no such gene."""

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
        """Mask the channels of `x`, `multiple` times this width, that an option of an open width does not have."""
        if len(self.channels) == 1:
            return x
        channels = {option: multiple * width for option, width in self.channels.items()}
        return self.net.mask(self.gene, channels, x, name=name)


def _resized(net: GraphBuilder, percent: int) -> str:
    """Return the image, resized to so many percent."""
    if percent == 100:
        return "image"
    with net.block("resolution", "stem", f"resize {percent} %"):
        return net.add("resolution", Upsample(percent / 100, "bilinear"), "image")


def _stem(net: GraphBuilder, x: str, channels: Sequence[int], width: _Width, activation: Operation) -> str:
    first = channels[0] if len(channels) > 1 else width.widest
    with net.block("stem", "stem", f"conv3×3 {first}"):
        x = conv_bn(net, ("first.0.conv", "first.0.bn"), x, first, kernel=3, stride=2)
        x = net.add("first.0.relu", activation, x)
        if len(channels) == 1:
            return width.mask(x, 1, "first.mask")
    with net.block("stem_separable", "stem", f"separable {width.widest}"):
        x = conv_bn(net, ("first.1.conv", "first.1.bn"), x, first, kernel=3, groups=first)
        x = net.add("first.1.relu", activation, x)
        x = conv_bn(net, ("first.2", "first.3"), x, width.widest, kernel=1)
        return width.mask(x, 1, "first.mask")


def _block(net: GraphBuilder, space: Template, x: str, place: _Place, before: _Width, width: _Width) -> str:
    """Add the block that a gene chooses; if the gene is open, all of its options and a choice."""
    options = space.genes.get(place.gene)
    if options is None:
        raise InvalidFileError(f"a chain of these stages has a layer {place.gene!r}, which is not among the genes.")
    name = f"blocks.stages.x{place.index}"

    def option(value: Value) -> str:
        with net.block(place.gene, place.stage, str(value)):
            if value == SKIP:
                return _skip(net, x, place, same_width=before.widest == width.widest)
            return mbconv(
                net,
                f"{name}_ir_{value}",
                x,
                width.widest,
                MBConv.of(place.gene, value),
                stride=place.stride,
                activation=place.activation,
                mask=before.mask,
            )

    with net.block(place.gene, place.stage, "choice"):
        return width.mask(net.choose(place.gene, options, option, name=name), 1, f"{name}.mask")


def _skip(net: GraphBuilder, x: str, place: _Place, *, same_width: bool) -> str:
    if place.stride > 1 or not same_width:
        raise InvalidFileError(f"gene {place.gene!r} cannot be 'skip': its layer changes the size or the width.")
    return net.identity(f"blocks.stages.x{place.index}_skip", x)


def _last(net: GraphBuilder, x: str, channels: int, activation: Operation) -> str:
    """Add the last convolution of MobileNetV2, if it has channels."""
    if not channels:
        return x
    with net.block("last", "last", f"conv1×1 {channels}"):
        return net.add("last.relu", activation, conv_bn(net, ("last.conv", "last.bn"), x, channels, kernel=1))


def _head(net: GraphBuilder, space: Template, x: str, joints: int, image: str) -> None:
    if "head" in space.genes or isinstance(space.fixed["head"], str):
        heads.head(net, space, x, joints, prediction="final", image=image)
    else:
        slim = heads.Head("deconv", tuple(space.fixed["head"]), space.fixed["sic"])
        heads.add(net, slim, x, joints, prediction="final")


def canonical(space: Template, genes: Genes) -> Genes:
    """Return `genes` with the skipped layers of each stage at its end: all orders are the same network."""
    spelt = dict(genes)
    for run in _runs(space):
        values = [genes[gene] for gene in run]
        if SKIP in values and (moved := settled(space.genes, genes, run)) != values:
            spelt.update(zip(run, moved, strict=True))
    return spelt


def spellings(space: Template, genes: Genes) -> int:
    """Return the number of assignments that differ from `genes` only in the places of skipped layers, `genes` too."""
    return prod(number_of_arrangements(space.genes, genes, run) for run in _runs(space))


def _blocks(stage: Mapping[str, Any]) -> int:
    """Return the number of blocks of a stage; raise InvalidFileError if it is not a number from 1 to 99."""
    blocks = stage["blocks"]
    if isinstance(blocks, bool) or not isinstance(blocks, int) or not 1 <= blocks <= 99:
        raise InvalidFileError(f"a stage has {str(blocks)[:20]} blocks; expected a whole number from 1 to 99.")
    return blocks


def _runs(space: Template) -> list[list[str]]:
    """Return the genes of the layers of each stage that can be skipped, that is, all but the first."""
    return _layers_but_first(*[stage["blocks"] for stage in space.fixed["stages"]])


@lru_cache(maxsize=None, typed=True)  # True is not 1
def _layers_but_first(*blocks: int) -> list[list[str]]:
    return [
        [f"s{number}b{block}" for block in range(2, many + 1)]
        for number, many in enumerate(blocks, start=1)
        if many > 1
    ]


def fields(_: Options, fixed: Mapping[str, Any]) -> Fields:
    """Return the keys that the kind reads; genes of layers and widths only for the stages of the file."""
    found = {
        "stem": Field(several(whole(1), 1, 2), gene=False),
        "stages": Field(_check_stages, gene=False),
        "head": Field(word_or(several(whole(1), 1, 8))),
        "sic": Field(yes_or_no, gene=False),
        "divisor": Field(whole(1, 1024), gene=False),
        "activation": Field(anything),
        "resolution": Field(whole(1, PERCENT)),
        "last": Field(whole(0)),
        "width": Field(whole(1, PERCENT), fixed=False),
    }
    stages = fixed.get("stages")
    for number, stage in enumerate(stages if isinstance(stages, list) else [], start=1):
        found[f"w{number}"] = found["width"]
        blocks = stage.get("blocks") if isinstance(stage, dict) else 0
        many = blocks if isinstance(blocks, int) else 0
        found |= {f"s{number}b{block}": Field(anything, fixed=False) for block in range(1, min(many, 99) + 1)}
    return found


STAGE = {"width": whole(1), "blocks": whole(1, 99), "stride": whole(1, 8)}
"""Key of a stage -> its check."""


def _check_stages(what: str, value: Any) -> None:
    if not isinstance(value, list) or not 1 <= len(value) <= 99 or not all(isinstance(stage, dict) for stage in value):
        raise InvalidFileError(f"{what} is {shown(value)}; expected a list of 1 to 99 {{width, blocks, stride}}.")
    for number, stage in enumerate(value, start=1):
        for key in (*stage, *STAGE):
            if key not in STAGE:
                raise InvalidFileError(
                    f"stage {number} has the key {key!r}; a stage has {', '.join(STAGE)}.{nearest(key, STAGE)}"
                )
            if key not in stage:
                raise InvalidFileError(f"stage {number} has no {key!r}; a stage has {', '.join(STAGE)}.")
            STAGE[key](f"{key!r} of stage {number}", stage[key])


COUPLED = ("activation", "resolution", "last", "width", *(f"w{stage}" for stage in range(1, 10)))

NEVER_OPEN = ("activation", "resolution", "last", "head")

KIND = Kind("chain", build, COUPLED, canonical, spellings, fields=fields, never_open=NEVER_OPEN)
