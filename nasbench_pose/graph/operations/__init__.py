"""The catalogue of operations that layers can have; each computes its output's shape from the shapes of its inputs.

Shapes are (channels, height, width) of one image. Costs, torch modules and drawings have one rule for each class here.
"""

from typing import get_args

from nasbench_pose.graph.operations.convolution import Conv, ConvTranspose, Linear, pair
from nasbench_pose.graph.operations.layout import (
    ChannelShuffle,
    Concat,
    Crop,
    Flatten,
    Input,
    PixelShuffle,
    Slice,
    Upsample,
)
from nasbench_pose.graph.operations.open import Choice, Mask
from nasbench_pose.graph.operations.pointwise import (
    Add,
    BatchNorm,
    HardSigmoid,
    HardSwish,
    Identity,
    Multiply,
    ReLU,
    ReLU6,
    Sigmoid,
    SiLU,
    Zero,
)
from nasbench_pose.graph.operations.pooling import AdaptiveAvgPool, AvgPool, MaxPool
from nasbench_pose.graph.operations.shape import Shape

Weighted = Conv | ConvTranspose | Linear
Activation = ReLU | ReLU6 | Sigmoid | HardSigmoid | HardSwish | SiLU
Pooling = MaxPool | AvgPool | AdaptiveAvgPool
Layout = Input | Upsample | PixelShuffle | ChannelShuffle | Slice | Crop | Concat | Flatten
Open = Choice | Mask
Operation = Weighted | Activation | Pooling | Layout | Open | BatchNorm | Identity | Zero | Add | Multiply

ALL: tuple[type, ...] = get_args(Operation)
"""Every class of the catalogue."""

__all__ = [
    "ALL",
    "AdaptiveAvgPool",
    "Add",
    "AvgPool",
    "BatchNorm",
    "ChannelShuffle",
    "Choice",
    "Concat",
    "Conv",
    "ConvTranspose",
    "Crop",
    "Flatten",
    "HardSigmoid",
    "HardSwish",
    "Identity",
    "Input",
    "Linear",
    "Mask",
    "MaxPool",
    "Multiply",
    "Operation",
    "PixelShuffle",
    "ReLU",
    "ReLU6",
    "Shape",
    "SiLU",
    "Sigmoid",
    "Slice",
    "Upsample",
    "Zero",
    "pair",
]
