"""The exact count, and the conventions of papers, which are not those of an installable tool."""

from nasbench_pose.cost.conventions.convention import FREE, Convention, same

GIGA, GIBI = 10**9, 2**30
RESIZING = ("nearest", "linear", "bilinear", "bicubic", "trilinear")

ONCE = {"macs": 1}
AT_OUTPUT = {"macs_at_output": 1}
WITH_BIAS = {"macs": 1, "biased": 1}
AT_OUTPUT_WITH_BIAS = {"macs_at_output": 1, "biased": 1}
PRODUCTS = same(ONCE, "linear", "matmul", "baddbmm", "matrix_vector", "attention")
RECURRENT = ("recurrent", "recurrent_cell", "lstm")
"""Steps of recurrent layers, recurrent cells, and recurrent layers as one operation."""
RARE_PRODUCTS = same(ONCE, "bilinear", "embedding_bag", "distance", "conv_backward", "custom", *RECURRENT)
"""Operations that no tool counts; `custom` are those with a rule of the user."""

MACS = Convention(
    "macs",
    "MACs",
    GIGA,
    {**FREE, **PRODUCTS, **RARE_PRODUCTS, "conv": ONCE, "conv_transpose": ONCE},
    "Multiply-accumulates of convolutions, transposed convolutions and matrix products, exact; 1 G = 1e9.",
    "the official code of HRNet, SimpleBaseline and EfficientPose, counted by seven counters",
)

HRNET = Convention(
    "hrnet",
    "HRNet-summary operations",
    GIBI,
    {**FREE, "conv": AT_OUTPUT, "conv_transpose": AT_OUTPUT, "linear": ONCE},
    "What the HRNet, SimpleBaseline and EfficientPose tables print as FLOPs: weights × output pixels, for "
    "transposed convolutions too (4 times their MACs at stride 2); 1 G = 2^30.",
    "get_model_summary of deep-high-resolution-net on its own networks",
)

EFFICIENTPOSE = Convention(
    "efficientpose",
    "MACs",
    GIGA,
    {
        **FREE,
        "conv": AT_OUTPUT_WITH_BIAS,
        "conv_transpose": AT_OUTPUT_WITH_BIAS,
        "linear": ONCE,
        "upsample_nearest": {"outputs": 1},
    },
    "The counter inside the EfficientPose repository: as hrnet, with biases and upsampling; 1 G = 1e9.",
    "a twin of lib/utils/flops_counter.py of hustvl/EfficientPose at 0804324",
)

MMCV = Convention(
    "mmcv",
    "MACs",
    GIGA,
    {
        **FREE,
        "conv": WITH_BIAS,
        "conv_transpose": WITH_BIAS,
        "linear": ONCE,
        **same({"inputs": 1, "affine": 1}, "batch_norm", "group_norm", "instance_norm", "layer_norm"),
        **same({"outputs": 1}, "relu", "relu6", "leaky_relu", "prelu", "elu"),
        **same({"inputs": 1}, "max_pool", "avg_pool", "adaptive_max_pool", "adaptive_avg_pool"),
        **same({"outputs": 1}, *(f"upsample_{mode}" for mode in RESIZING)),
    },
    "mmcv's get_model_complexity_info, which the MMPose tables print: MACs with biases (linear layers without), "
    "normalisation, ReLU and its relatives, pooling and upsampling; 1 G = 1e9.",
    "a twin of mmcv/cnn/utils/flops_counter.py of mmcv 1.7; the figures of MMPose, to their last digit",
)
