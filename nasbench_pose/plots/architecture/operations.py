"""Colours and short names of operations."""

import re

import numpy as np
from matplotlib.colors import to_hex, to_rgb

KERNELS = {"3": ("#C9E3FF", "#50A1D9"), "5": ("#F1DFA3", "#F4B442"), "7": ("#96D5A9", "#619C71")}
"""Kernel size -> its pale and its deep colour: pale for expansion 3 and dilated convolutions, deep for expansion 6 and
separable convolutions."""

COLOURS = {
    "image": "#FFFFFF", "skip": "#FFFFFF", "skip_connect": "#FFFFFF", "none": "#FFFFFF",
    "bottleneck": "#9C8FCB", "basic": "#9FD8F2", "fuse": "#FFE38A",
    "deconv": "#D3A6CC", "upsample": "#D3A6CC", "shuffle": "#D3A6CC", "slim": "#D3A6CC",
    "max": "#A3A3A3", "max_pool_3x3": "#A3A3A3", "avg_pool_3x3": "#D6D6D6",
    "normal": "#C9E3FF", "reduction": "#F4B442",
}  # fmt: skip
"""First word of an operation -> colour. A hue has the same meaning in all drawings: heads are violet, for example."""
GREY = "#D6D6D6"
"""Colour of plain convolutions and of all operations without an entry."""
DASHED = ("skip", "skip_connect", "none")
"""Operations without computation, which are drawn with a dashed line."""

_MBCONV = re.compile(r"k(\d+)_e(\d+)")
_DARTS = re.compile(r"(sep|dil)_conv_(\d)x\2")
_HEAD = re.compile(r"(deconv|upsample|shuffle|slim)\d*")


def colour_of(operation: str) -> str:
    """Return the colour of a box: the hue shows the kernel size, the depth the expansion; else the operation's family.

    >>> colour_of("sep_conv_5x5") == colour_of("k5_e6"), colour_of("k5_e6") == colour_of("k5_e3")
    (True, False)
    """
    if match := _MBCONV.match(operation):
        return _between(match[1], max((int(match[2]) - 3) / 3, -1 / 3))
    if match := _DARTS.fullmatch(operation):
        return _between(match[2], float(match[1] == "sep"))
    word = re.split(r"[ \n]", operation)[0]
    if match := _HEAD.match(word):
        word = match[1]
    return COLOURS.get(word, GREY)


def _between(kernel: str, share: float) -> str:
    """Return the hue of a kernel size, `share` of the way from pale to deep."""
    pale, deep = map(np.array, map(to_rgb, KERNELS.get(kernel, (GREY, "#A3A3A3"))))
    return to_hex(np.clip(pale + (deep - pale) * share, 0, 1))


def brief(operation: str) -> str:
    """Return the short name of an operation.

    >>> brief("sep_conv_3x3"), brief("conv_7x1_1x7"), brief("k3_e6"), brief("skip_connect")
    ('sep 3×3', '7×1 1×7', 'k3 e6', 'skip')
    """
    word = re.sub(r"(\d)x(\d)", r"\1×\2", operation)
    word = re.sub(r"^conv_|(?<=sep)_conv|(?<=dil)_conv|(?<=max|avg)_pool|(?<=skip)_connect", "", word)
    return word.replace("_", " ").strip()
