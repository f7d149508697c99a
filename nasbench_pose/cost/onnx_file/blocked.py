"""Weights that ONNX Runtime stores in blocks of channels, padded with zeros."""

from typing import Any

import numpy as np

from nasbench_pose.cost.onnx_file.values import Dims

BLOCKS = (16, 8)
"""Channels in a block: on processors with AVX-512, and on others."""


def unpadded(tensor: Any, attributes: dict[str, Any]) -> Dims:
    """Return the shape of the weight of a blocked convolution without its padded channels.

    Only the content shows the padding: the last channels are zero. If the file lacks the content, the padding counts.
    """
    from onnx import numpy_helper

    dims = tuple(tensor.dims)
    if tensor.data_location or len(dims) != 4:
        return dims
    out, inside, height, width = dims
    weight = np.asarray(numpy_helper.to_array(tensor)).reshape(-1)
    best = dims
    for block in BLOCKS:
        if out % block or not weight.any():
            continue
        if inside % block == 0 and attributes.get("group", 1) == 1:  # output, input, pixels, inner input, inner output
            cut = weight.reshape(out // block, inside // block, height * width, block, block)
            used_out, used_in = cut.any(axis=(1, 2, 3)).reshape(-1), cut.any(axis=(0, 2, 4)).reshape(-1)
            found = (_last(used_out), _last(used_in), height, width)
        else:  # output, input, pixels, inner output
            used = weight.reshape(out // block, -1, block).any(axis=1).reshape(-1)
            found = (_last(used), inside, height, width)
        if np.prod(found) < np.prod(best) and out - found[0] < block:
            best = found
    return best


def _last(used: Any) -> int:
    return int(np.flatnonzero(used)[-1]) + 1
