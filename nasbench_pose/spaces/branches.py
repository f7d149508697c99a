"""Kind `branches`: parallel branches of halving resolution with repeated fusion (HRNet, arXiv 1902.09212).

Genes or `fixed`:

- `branches`: 2, 3 or 4 branches and as many stages; default 4;
- `width`: channels of the first branch. Each further branch has twice the channels of the one before, times `w2`, `w3`
  or `w4` percent (default 100), rounded to multiples of `divisor` (default 1);
- `stem`: channels of the stem; `bottlenecks`: their number in stage 1;
- modules, in one of two ways: `stage2` to `stage4` are the numbers of modules, and `blocks` the basic blocks per branch
  in each; or each module has a gene `s<stage>m<module>`, a word of `exchange.py`, or `skip` for all but the last
  module of a stage;
- `head`: a word of `heads.py`; default `plain`.

Layer names are those of `PoseHighResolutionNet` in deep-high-resolution-net.
"""

import re
from collections.abc import Mapping
from typing import Any

from nasbench_pose.errors import InvalidFileError
from nasbench_pose.genotype import Value
from nasbench_pose.graph import Graph, GraphBuilder, Shape
from nasbench_pose.graph.operations import Upsample
from nasbench_pose.spaces import heads
from nasbench_pose.spaces.blocks import basic_block, bottleneck, conv_bn
from nasbench_pose.spaces.exchange import Module, canonical, modules, spellings
from nasbench_pose.spaces.fields import PERCENT, Field, Fields, anything, whole
from nasbench_pose.spaces.kinds import Kind, Options, Template
from nasbench_pose.spaces.skips import SKIP


def build(space: Template, genes: Mapping[str, Value], image: Shape, joints: int) -> Graph:
    """Return the network of `genes`; missing genes of bottlenecks, modules or the head stay open, as in a supernet."""
    value = {"branches": 4, "divisor": 1, **space.fixed, **genes}
    net = GraphBuilder(image, genes)
    widths = _widths(space, value)
    branches = [_first_stage(net, space, _stem(net, value["stem"]), value)]
    for stage in range(2, len(widths) + 1):
        branches = _transition(net, branches, stage, widths[:stage])
        branches = _stage(net, space, value, branches, last=stage == len(widths))
    if "head" in space.genes or "head" in space.fixed:
        heads.head(net, space, branches[0], joints)
    else:
        heads.add(net, heads.Head(""), branches[0], joints)
    return net.graph()


def _widths(space: Template, value: Mapping[str, Any]) -> list[int]:
    """Return the channels of each branch."""
    if value["branches"] not in (2, 3, 4):
        raise InvalidFileError(f"'branches' is {value['branches']!r}; expected 2, 3 or 4.")
    divisor, widths = value["divisor"], [value["width"]]
    for branch in range(2, value["branches"] + 1):
        gene = f"w{branch}"
        percent = value[gene] if gene in space.genes or gene in space.fixed else 100
        widths.append(max(round(2 * widths[-1] * percent / 100 / divisor), 1) * divisor)
    return widths


def _stem(net: GraphBuilder, channels: int) -> str:
    with net.block("stem", "stem", f"conv ×2 {channels}"):
        x = conv_bn(net, ("conv1", "bn1"), "image", channels, kernel=3, stride=2, relu="relu1")
        return conv_bn(net, ("conv2", "bn2"), x, channels, kernel=3, stride=2, relu="relu2")


def _first_stage(net: GraphBuilder, space: Template, x: str, value: Mapping[str, Any]) -> str:
    """Add bottlenecks; if their number is open, add the largest number and a choice between their outputs."""
    channels, after = value["stem"], {0: x}
    options = (value["bottlenecks"],) if "bottlenecks" in value else space.genes["bottlenecks"]
    for i in range(max(map(int, options))):
        with net.block(f"layer1.{i}", "stage 1", f"bottleneck {4 * channels}"), net.part("bottlenecks"):
            after[i + 1] = bottleneck(net, f"layer1.{i}", after[i], channels)
    if "bottlenecks" in value:
        return after[value["bottlenecks"]]
    with net.block("layer1.choice", "stage 1", "choice"):
        return net.choose("bottlenecks", options, lambda number: after[int(number)], name="layer1.choice")


def _transition(net: GraphBuilder, branches: list[str], stage: int, widths: list[int]) -> list[str]:
    """Bring every branch to its width, and add a branch at half of the lowest resolution."""
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


def _stage(
    net: GraphBuilder, space: Template, value: Mapping[str, Any], branches: list[str], *, last: bool
) -> list[str]:
    """Run the branches through the modules of a stage; they are genes or a number in the file."""
    stage = len(branches)
    genes = modules(space, stage)
    for i in range(len(genes) or value[f"stage{stage}"]):
        outputs = 1 if last and i == (len(genes) or value[f"stage{stage}"]) - 1 else stage
        if genes:
            branches = _chosen(net, space, branches, genes[i], f"stage{stage}.{i}", outputs)
        else:
            branches = _module(net, branches, Module(value["blocks"]), f"stage{stage}.{i}", outputs)
    return branches


def _chosen(net: GraphBuilder, space: Template, branches: list[str], gene: str, name: str, outputs: int) -> list[str]:
    """Run the branches through the module that `gene` names; if it is open, through all options and a choice."""

    def option(word: Value, inside: str) -> list[str]:
        return branches if word == SKIP else _module(net, branches, Module.of(gene, word), inside, outputs)

    with net.part(gene):
        if gene in net.genes:
            return option(net.genes[gene], name)
        words = space.genes[gene]
        built = {word: option(word, f"{name}.{word}") for word in words}
        with net.block(f"{name}.choice", f"stage {len(branches)}", "choice"):
            return [
                net.choose(gene, words, lambda word, i=i: built[word][i], name=f"{name}.{i}")  # type: ignore[misc]
                for i in range(outputs)
            ]


def _module(net: GraphBuilder, branches: list[str], module: Module, name: str, outputs: int) -> list[str]:
    """Run every branch through its basic blocks, then compute each output from the branches that are fused into it."""
    branches = [_branch(net, x, f"{name}.branches.{i}", module.blocks) for i, x in enumerate(branches)]
    fused = module if outputs > 1 else Module(module.blocks)
    return [_fuse(net, branches, f"{name}.fuse_layers.{i}", i, fused.inputs(i, len(branches))) for i in range(outputs)]


def _branch(net: GraphBuilder, x: str, name: str, blocks: int) -> str:
    channels = net.shape(x)[0]
    stage = f"stage {name[5]}"
    with net.block(name, stage, f"basic ×{blocks} {channels}"):
        for i in range(blocks):
            x = basic_block(net, f"{name}.{i}", x, channels)
    return x


def _fuse(net: GraphBuilder, branches: list[str], name: str, i: int, sources: list[int]) -> str:
    """Return the sum of the branches `sources`, each brought to the shape of branch `i`."""
    if sources == [i]:
        return branches[i]
    with net.block(name, f"stage {name[5]}", "fuse"):
        width = net.shape(branches[i])[0]
        moved = [_move(net, branches[j], f"{name}.{j}", j, i, width) for j in sources]
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


def coupled(space: Template) -> tuple[str, ...] | None:
    """Return the genes that change the costs of others; None, all genes, if one number decides several modules."""
    if any(modules(space, stage) for stage in (2, 3, 4)):
        return ("branches", "width", "w2", "w3", "w4", "stem")
    return None


def fields(genes: Options, fixed: Mapping[str, Any]) -> Fields:
    """Return the keys that the kind reads; widths and stages only up to the largest number of branches."""
    possible = genes.get("branches", (fixed.get("branches", 4),))
    most = max((branches for branches in possible if branches in (2, 3, 4)), default=4)
    found = {
        "branches": Field(anything),
        "width": Field(whole(1)),
        "divisor": Field(whole(1, 1024)),
        "stem": Field(whole(1)),
        "bottlenecks": Field(whole(0, 99)),
        "head": Field(anything),
        **{f"w{branch}": Field(whole(1, PERCENT)) for branch in range(2, most + 1)},
    }
    for stage in range(2, most + 1):
        chosen = [gene for gene in genes if re.fullmatch(rf"s{stage}m\d+", gene)]
        found |= {gene: Field(anything, fixed=False) for gene in chosen}
        if not chosen:
            found |= {f"stage{stage}": Field(whole(1, 99)), "blocks": Field(whole(1, 99))}
    return found


KIND = Kind("branches", build, coupled, canonical, spellings, fields=fields)
