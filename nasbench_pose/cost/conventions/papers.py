"""The exact count, and what papers print: conventions of no installable tool."""

from nasbench_pose.cost.conventions.convention import FREE, Convention, same

GIGA, GIBI = 10**9, 2**30

ONCE = {"macs": 1}
AT_OUTPUT = {"macs_at_output": 1}
WITH_BIAS = {"macs": 1, "biased": 1}
AT_OUTPUT_WITH_BIAS = {"macs_at_output": 1, "biased": 1}
PRODUCTS = same(ONCE, "linear", "matmul", "baddbmm", "matrix_vector", "attention")

MACS = Convention(
    "macs",
    "MACs",
    GIGA,
    {**FREE, **PRODUCTS, "conv": ONCE, "conv_transpose": ONCE},
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
        "linear": WITH_BIAS,
        "batch_norm": {"inputs": 1, "affine": 1},
        "relu": {"outputs": 1},
        "relu6": {"outputs": 1},
        "max_pool": {"inputs": 1},
        "avg_pool": {"inputs": 1},
        "adaptive_avg_pool": {"inputs": 1},
        "upsample_nearest": {"outputs": 1},
        "upsample_bilinear": {"outputs": 1},
    },
    "mmcv's get_model_complexity_info, which the MMPose tables print: MACs with biases, normalisation, activation, "
    "pooling and upsampling; 1 G = 1e9.",
    "ptflops 0.7.5 with count_functional=False, which has the same hooks; the figures of MMPose, to their last digit",
)
