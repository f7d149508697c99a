"""Heads: from an encoder's maps to heat maps of a quarter of the image's size, or to SimCC's vectors.

`head`, a gene or `fixed`, is a word. It names the layers that double the size of the maps up to a quarter of the
image's size. `_sic` may follow, then `_simcc` with the bins per pixel.

- `deconv256`: 4×4 transposed convolutions with 256 channels (SimpleBaseline, arXiv 1804.06208);
- `slim32`: 4×4 transposed convolutions with halving widths that end at 32, with or without `_sic` (EfficientPose, arXiv
  2012.07086);
- `upsample256`: bilinear upsampling, each followed by a 3×3 convolution with 256 channels (Odena et al., Distill 2016);
- `shuffle256`: a 3×3 convolution and pixel shuffle, to 256 channels (arXiv 1609.05158; DUC of AlphaPose);
- `plain`: no layers, for encoders whose maps have a quarter of the size already (HRNet);
- `simcc2`: no layers, for any size of the maps; then each joint's map becomes two vectors, for x and y, with 2 bins per
  pixel (SimCC, arXiv 2107.03332).

`_sic` is a depthwise 3×3 convolution before the prediction. Layer names are those of the official code, if there is
one.
"""

import math
import re
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from nasbench_pose.errors import InvalidFileError, nearest
from nasbench_pose.genotype import Value
from nasbench_pose.graph import GraphBuilder
from nasbench_pose.graph.operations import Concat, Flatten, Linear, PixelShuffle, Upsample
from nasbench_pose.spaces.blocks import conv_bn
from nasbench_pose.spaces.kinds import Template

EXAMPLES = (
    "plain", "deconv256", "slim32", "slim32_sic", "upsample256", "shuffle256", "simcc2", "deconv256_simcc2"
)  # fmt: skip
WORD = re.compile(
    r"(?P<simcc>simcc(?P<alone>[1-9]))|(?:plain|(?P<doubling>deconv|slim|upsample|shuffle)(?P<width>[1-9]\d{0,3}))"
    r"(?P<sic>_sic)?(?:(?<!plain)(?<!plain_sic)_simcc(?P<split>[1-9]))?"
)


@dataclass(frozen=True, slots=True)
class Head:
    """The layers between an encoder and the predictions.

    >>> Head.of("slim32_sic", stride=32)
    Head(doubling='deconv', widths=(128, 64, 32), sic=True, split=0)
    >>> Head.of("deconv256_simcc2", stride=16)
    Head(doubling='deconv', widths=(256, 256), sic=False, split=2)
    """

    doubling: str
    """The layers that double the size: a name of DOUBLINGS, or "" for none."""
    widths: tuple[int, ...] = ()
    """Channels after each doubling."""
    sic: bool = False
    """Whether the SIC module, a depthwise 3×3 convolution, comes before the prediction."""
    split: int = 0
    """SimCC's bins per pixel; 0 for heat maps."""

    @classmethod
    def of(cls, word: Value, stride: int) -> "Head":
        """Return the head of a word after an encoder of this stride; raise InvalidFileError if they do not fit."""
        found = WORD.fullmatch(str(word))
        if found is None:
            raise InvalidFileError(
                f"head is {word!r}; expected a word like {', '.join(EXAMPLES)}.{nearest(str(word), EXAMPLES)}"
            )
        if found["simcc"]:
            return cls("", split=int(found["alone"]))
        times = (stride // 4).bit_length() - 1
        _check_doublings(str(word), stride, times, found["doubling"])
        last, slim = int(found["width"] or 0), found["doubling"] == "slim"
        widths = tuple(last << (times - 1 - i) if slim else last for i in range(times))
        doubling = "deconv" if slim else found["doubling"] or ""
        return cls(doubling, widths, bool(found["sic"]), int(found["split"] or 0))


def _check_doublings(word: str, stride: int, times: int, doubling: str | None) -> None:
    problem = f"head is {word!r}, but the encoder's maps have 1/{stride} of the image's size"
    if stride < 4:
        raise InvalidFileError(f"{problem}, and heat maps have 1/4; 'simcc2' would do.")
    if doubling and not times:
        raise InvalidFileError(f"{problem} already; 'plain' and 'simcc2' would do.")
    if times and not doubling:
        raise InvalidFileError(f"{problem}, not 1/4; 'deconv256' and 'simcc2' would do.")


def head(
    net: GraphBuilder, space: Template, x: str, joints: int, *, prediction: str = "final_layer", image: str = "image"
) -> str:
    """Add the head that the gene or fixed value `head` names; if the gene is open, add all heads and a choice.

    `prediction` is the name of the network's last convolution. `image` is the layer that the encoder reads: the input,
    or the resized input. Raises InvalidFileError for a word that does not fit the encoder, for two words with the same
    meaning, for keys without effect beside `head`, and for an open choice between heat maps and vectors.

    >>> from types import SimpleNamespace
    >>> net = GraphBuilder((3, 256, 192), {"head": "simcc2"})
    >>> space = SimpleNamespace(genes={"head": ("deconv256", "simcc2")}, fixed={})
    >>> net.shape(head(net, space, net.conv("encoder", "image", 8, kernel=3, stride=16), joints=17))
    (17, 1, 896)
    """
    _check_alone(space)
    if "head" not in space.genes:
        return add(net, Head.of(space.fixed["head"], stride_of(net, x, image)), x, joints, prediction=prediction)
    heads = {word: Head.of(word, stride_of(net, x, image)) for word in space.genes["head"]}
    _check_different(heads)
    if "head" not in net.genes:
        _check_mixable(heads)

    def option(word: Value) -> str:
        prefix = "" if "head" in net.genes else f"heads.{word}."
        with net.block("head", "head", str(word).replace("_", "\n", 1)):
            return add(net, heads[word], x, joints, prediction=prediction, prefix=prefix, whole=True)

    with net.block("head", "head", "choice"):
        return net.choose("head", tuple(heads), option, name="head")


def _check_alone(space: Template) -> None:
    """Refuse keys that would have no effect: with them one network would have several genotypes."""
    keys = [*space.genes, *space.fixed]
    for name in ("filters", "sic", "head"):
        if keys.count(name) > (name == "head"):
            place = "in [genes] and in [fixed]" if name == "head" else "beside 'head', whose word includes it"
            raise InvalidFileError(f"{name!r} stands {place}; leave one of them out.")


def stride_of(net: GraphBuilder, x: str, image: str = "image") -> int:
    """Return the ratio of the image's size to that of the maps of `x`, as a power of two."""
    sizes = zip(net.shape(image)[1:], net.shape(x)[1:], strict=True)
    return 1 << math.ceil(math.log2(max(whole / part for whole, part in sizes)))


def split_of(output: tuple[int, ...], image: tuple[int, int]) -> int:
    """Return the bins per pixel of SimCC's vectors; 0 if an `output` (…, numbers) is no such vector for `image`.

    `image` is (height, width). A vector has the bins of all columns, then those of all rows. Heat maps are never taken
    for vectors, because their width is at most that of the image.

    >>> split_of((1, 896), (256, 192)), split_of((896,), (256, 192)), split_of((64, 48), (256, 192))
    (2, 2, 0)
    """
    *others, numbers = output
    split, rest = divmod(numbers, sum(image))
    return 0 if rest or any(other != 1 for other in others) else split


def _check_different(heads: dict[Value, Head]) -> None:
    words: dict[Head, Value] = {}
    for word, found in heads.items():
        if words.setdefault(found, word) != word:
            raise InvalidFileError(
                f"the heads {words[found]!r} and {word!r} are the same after this encoder; remove one."
            )


def _check_mixable(heads: dict[Value, Head]) -> None:
    first, *others = heads
    for word in others:
        if heads[word].split != heads[first].split:
            raise InvalidFileError(
                f"head is open between {first!r} and {word!r}: a supernet mixes heat maps, or vectors with the same "
                "number of bins, not both; leave one of them out of the space, or use a strategy without supernet."
            )


def add(
    net: GraphBuilder,
    what: Head,
    x: str,
    joints: int,
    *,
    prediction: str = "final_layer",
    prefix: str = "",
    whole: bool = False,
) -> str:
    """Add a head to the maps of `x`; `prefix` comes before every name; `whole` makes the head one block in drawings."""

    def part(name: str, label: str) -> AbstractContextManager[None]:
        return nullcontext() if whole else net.block(name, "head", label)

    final = prefix + prediction
    for i, width in enumerate(what.widths):
        with part(f"{what.doubling}{i + 1}", f"{what.doubling} {width}"):
            x = DOUBLINGS[what.doubling](net, prefix, i, x, width)
    if what.sic:
        with part("sic", "SIC dw3×3"):
            channels = net.shape(x)[0]
            x = net.relu(f"{final}.1", net.conv(f"{final}.0", x, channels, kernel=3, groups=channels))
    with part("prediction", f"conv1×1 {joints}"):
        x = net.conv(f"{final}.2" if what.sic else final, x, joints, kernel=1, bias=True)
    if not what.split:
        return x
    with part("simcc", f"SimCC ×{what.split}"):
        return _vectors(net, prefix, x, what.split)


def _vectors(net: GraphBuilder, prefix: str, x: str, split: int) -> str:
    """Add SimCC's two linear layers, shared by all joints: bins of x, then bins of y, for each joint."""
    _, height, width = net.shape("image")
    x = net.add(f"{prefix}flatten", Flatten(each=True), x)
    columns = net.add(f"{prefix}mlp_head_x", Linear(split * width, each=True), x)
    rows = net.add(f"{prefix}mlp_head_y", Linear(split * height, each=True), x)
    return net.add(f"{prefix}simcc", Concat(wide=True), columns, rows)


def _deconv(net: GraphBuilder, prefix: str, i: int, x: str, width: int) -> str:
    name = f"{prefix}deconv_layers"
    x = net.batch_norm(f"{name}.{3 * i + 1}", net.deconv(f"{name}.{3 * i}", x, width))
    return net.relu(f"{name}.{3 * i + 2}", x)


def _upsample(net: GraphBuilder, prefix: str, i: int, x: str, width: int) -> str:
    name = f"{prefix}upsample_layers"
    x = net.add(f"{name}.{4 * i}", Upsample(2, "bilinear"), x)
    names = (f"{name}.{4 * i + 1}", f"{name}.{4 * i + 2}")
    return conv_bn(net, names, x, width, kernel=3, relu=f"{name}.{4 * i + 3}")


def _shuffle(net: GraphBuilder, prefix: str, i: int, x: str, width: int) -> str:
    name = f"{prefix}duc{i + 1}"
    x = conv_bn(net, (f"{name}.conv", f"{name}.bn"), x, 4 * width, kernel=3, relu=f"{name}.relu")
    return net.add(f"{name}.pixel_shuffle", PixelShuffle(2), x)


DOUBLINGS: dict[str, Callable[[GraphBuilder, str, int, str, int], str]] = {
    "deconv": _deconv,
    "upsample": _upsample,
    "shuffle": _shuffle,
}
"""Name -> (net, prefix, number, maps, channels) -> maps of twice the size with so many channels."""
