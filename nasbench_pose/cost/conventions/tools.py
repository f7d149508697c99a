"""Conventions of installable counters, derived from their code and verified against their totals."""

from nasbench_pose.cost.conventions.convention import FREE, Convention, same
from nasbench_pose.cost.conventions.papers import (
    AT_OUTPUT,
    AT_OUTPUT_WITH_BIAS,
    GIGA,
    ONCE,
    RECURRENT,
    WITH_BIAS,
)

_NORM = {"inputs": 1, "affine": 1}

FVCORE = Convention(
    "fvcore",
    "MACs",
    GIGA,
    {
        **FREE,
        **same(ONCE, "conv", "conv_transpose", "linear", "matmul", "matrix_vector", "recurrent_cell"),
        "batch_norm": _NORM,
        **same({"inputs": 4, "affine": 1}, "layer_norm", "group_norm", "instance_norm"),
        "upsample_nearest": {"outputs": 1},
        "upsample_bilinear": {"outputs": 4},
        "adaptive_avg_pool": {"inputs": 1},
        "grid_sampler": {"outputs": 4},
    },
    "fvcore's FlopCountAnalysis, which calls a MAC a flop: MACs, normalisation, upsampling and adaptive pooling.",
    "fvcore 0.1.5.post20221221",
)

THOP = Convention(
    "thop",
    "MACs",
    GIGA,
    {
        **FREE,
        "conv": ONCE,
        "conv_transpose": AT_OUTPUT,
        "linear": ONCE,
        **same(WITH_BIAS, *RECURRENT),
        **same({"inputs": 2, "affine": 2}, "batch_norm", "layer_norm", "instance_norm"),
        "prelu": {"inputs": 1},
        "softmax": {"inputs": 3, "rows": -1},
        "avg_pool": {"outputs": 1},
        "adaptive_avg_pool": {"inputs": 1, "outputs": 1},
        "upsample_nearest": {"outputs": 1},
        "upsample_linear": {"outputs": 5},
        "upsample_bilinear": {"outputs": 11},
        "upsample_bicubic": {"outputs": 259},
    },
    "thop's profile: MACs, transposed convolutions at output size, normalisation twice over.",
    "thop 0.1.1.post2209072238",
)

TORCH = Convention(
    "torch",
    "FLOPs, 2 per MAC",
    GIGA,
    {
        **FREE,
        **same({"macs": 2}, "conv", "conv_transpose", "linear", "matmul", "baddbmm", "recurrent", "recurrent_cell"),
    },
    "torch.utils.flop_counter: 2 for each multiply-accumulate of convolutions and matrix products, nothing else.",
    "torch 2.13.0",
    per_mac=2,
)

PTFLOPS_HOOKS = {
    **same(WITH_BIAS, "conv", "conv_transpose", "linear", *RECURRENT),
    **same(_NORM, "batch_norm", "layer_norm", "group_norm", "instance_norm"),
    **same({"outputs": 1}, "relu", "prelu", "elu", "leaky_relu", "relu6", "hardtanh", "gelu"),
    **same({"inputs": 1}, "max_pool", "avg_pool", "adaptive_avg_pool", "adaptive_max_pool"),
    **same({"outputs": 1}, "upsample_nearest", "upsample_bilinear", "upsample_bicubic"),
}
"""The count of ptflops for a call of a torch.nn module."""

PTFLOPS_FUNCTIONS = {
    **same({"inputs": 1}, "relu", "prelu", "elu", "relu6", "gelu", "silu", "softmax"),
    **same({"inputs": 1}, "max_pool", "avg_pool", "adaptive_avg_pool", "adaptive_max_pool"),
    **same({"outputs": 1}, "upsample_nearest", "upsample_bilinear", "upsample_bicubic"),
    "matmul": ONCE,
    **same({"outputs": 1}, "add", "mul"),
}
"""The count of ptflops for a call of a patched function, also inside a torch.nn module."""

PTFLOPS = Convention(
    "ptflops",
    "MACs",
    GIGA,
    {
        **FREE,
        **PTFLOPS_HOOKS,
        "relu": {"outputs": 1, "inputs": 1},
        **same({"outputs": 1, "inputs": 1}, "prelu", "elu", "gelu"),
        **same({"inputs": 1}, "silu", "softmax"),
        **same({"inputs": 2}, "max_pool", "avg_pool", "adaptive_avg_pool", "adaptive_max_pool"),
        **same({"outputs": 2}, "upsample_nearest", "upsample_bilinear", "upsample_bicubic"),
    },
    "ptflops as it comes (backend pytorch): MACs with biases and normalisation; activation, pooling and upsampling "
    "twice, once for the module and once for the function it calls.",
    "ptflops 0.7.5",
)

PTFLOPS_ATEN = Convention(
    "ptflops_aten",
    "MACs",
    GIGA,
    {**FREE, **same(WITH_BIAS, "conv", "conv_transpose", "linear", "recurrent", "recurrent_cell"), "matmul": ONCE},
    "ptflops with the backend aten: MACs and biases.",
    "ptflops 0.7.5",
)

TORCHINFO = Convention(
    "torchinfo",
    "mult-adds",
    GIGA,
    {
        **FREE,
        "conv": AT_OUTPUT_WITH_BIAS,
        "conv_transpose": AT_OUTPUT_WITH_BIAS,
        **same(WITH_BIAS, "recurrent", "lstm"),
        **same({"params": 1}, "linear", "batch_norm", "layer_norm", "group_norm", "instance_norm", "prelu"),
    },
    "torchinfo's total_mult_adds: weights and biases × output pixels, for transposed convolutions too; of "
    "linear layers, however many vectors they get, and of normalisation the parameters, once.",
    "torchinfo 1.8.0",
)

CALFLOPS = Convention(
    "calflops",
    "MACs",
    GIGA,
    {
        **FREE,
        **same(ONCE, "conv", "conv_transpose", "linear", "matmul", "baddbmm", "matrix_vector", "attention"),
    },
    "The MACs (not the FLOPs) of calflops: convolutions, transposed convolutions without groups, matrix products.",
    "calflops 0.3.2 on the official code",
)
