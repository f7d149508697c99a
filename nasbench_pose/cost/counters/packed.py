"""Rules of quantised layers, whose weights torch packs in objects that are no tensors."""

from collections.abc import Callable, Iterator, Sequence
from math import prod
from typing import Any

import torch
from torch import Tensor, nn

from nasbench_pose.cost.call import Call


def unpacked(value: Any) -> Iterator[Tensor]:
    """Yield the weights and biases in a packed object, or in lists of them; nothing for another value."""
    if isinstance(value, list | tuple):
        for item in value:
            yield from unpacked(item)
    elif hasattr(value, "unpack"):
        parts = value.unpack()  # an embedding has one tensor, a convolution also strides
        yield from (part for part in ((parts,) if isinstance(parts, Tensor) else parts[:2]) if isinstance(part, Tensor))
    elif _is_cell(value):
        *_, layers = value.__getstate__()[0]  # the layers contain the biases, too
        yield from unpacked(layers)


def _is_cell(value: Any) -> bool:
    return type(value).__name__ == "ScriptObject" and str(value._type()).endswith("rnn.CellParamsBase")


def packed(module: nn.Module) -> int:
    """Return the number of learnt values in a module that are no parameters: packed ones, and those of MKL-DNN."""
    found: int = 0
    for m in module.modules():
        objects = [value for value in vars(m).values() if type(value).__name__ == "ScriptObject"]
        found += sum(part.numel() for part in unpacked(objects))
        if isinstance(m, torch.jit.ScriptModule):  # as all layers of MKL-DNN are
            buffers = m.named_buffers(recurse=False)
            found += sum(value.numel() for name, value in buffers if value.is_mkldnn and name in ("weight", "bias"))
    return found


def layer(operation: str) -> Callable[[Sequence[Any], Any], Call]:
    """Return the rule of a linear layer or a convolution, transposed or not."""

    def describe(args: Sequence[Any], result: Tensor) -> Call:
        x, (weight, bias) = args[0], args[1].unpack()[:2]
        pixels = prod(result.shape[2:] if operation.startswith("conv") else result.shape[1:-1])
        at_output = weight.numel() * result.shape[0] * pixels
        macs = weight.numel() * x.shape[0] * prod(x.shape[2:]) if operation == "conv_transpose" else at_output
        params = weight.numel() + (bias.numel() if bias is not None else 0)
        biased = result.numel() if bias is not None else 0
        return Call(operation, "", macs, at_output, biased, x.numel(), result.numel(), params=params)

    return describe


def _recurrent(args: Sequence[Any], result: Any) -> Call:
    """Describe all layers of a recurrent network: each step uses all weights once."""
    x = args[0]
    cells = next(arg for arg in args[1:] if isinstance(arg, list | tuple) and any(map(_is_cell, arg)))
    return _steps("recurrent", x, list(unpacked(cells)), result[0])


def _cell(args: Sequence[Any], result: Any) -> Call:
    weights = [weight for weight in unpacked(args[2:4]) if weight.dim() == 2]
    state = result[0] if isinstance(result, list | tuple) else result
    return _steps("recurrent_cell", args[0], [*weights, *(bias for bias in args[4:6] if bias is not None)], state)


def _steps(operation: str, x: Tensor, weights: Sequence[Tensor], result: Tensor) -> Call:
    steps = x.numel() // x.shape[-1]
    params = sum(weight.numel() for weight in weights)
    macs = steps * sum(weight.numel() for weight in weights if weight.dim() == 2)
    return Call(operation, "", macs, macs, steps * params - macs, x.numel(), result.numel(), params=params)


_LINEAR = ("", "_relu", "_leaky_relu", "_tanh", "_dynamic", "_relu_dynamic", "_dynamic_fp16", "_relu_dynamic_fp16")
_CONV = ("", "_relu", "_dynamic", "_add", "_add_relu")
_CELLS = ("lstm", "gru", "rnn_tanh", "rnn_relu")
PACKED: dict[str, Callable[[Sequence[Any], Any], Call]] = {
    **{f"quantized::linear{kind}": layer("linear") for kind in _LINEAR},
    **{f"quantized::conv{dims}d{kind}": layer("conv") for dims in (1, 2, 3) for kind in _CONV},
    **{
        f"quantized::conv_transpose{dims}d{kind}": layer("conv_transpose")
        for dims in (1, 2, 3)
        for kind in ("", "_dynamic")
    },
    **dict.fromkeys(("quantized_lstm", "quantized_gru"), _recurrent),
    **{f"quantized::quantized_{kind}_cell_dynamic": _cell for kind in _CELLS},
}
"""Operation, without `aten::` -> its rule."""
