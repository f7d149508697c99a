"""Operators without multiply-accumulates, and the inputs of operators that are weights."""

from nasbench_pose.cost.onnx_file.products import PRODUCTS

NAMES = {
    "BatchNormalization": "batch_norm",
    "InstanceNormalization": "instance_norm",
    "LayerNormalization": "layer_norm",
    "GroupNormalization": "group_norm",
    "com.microsoft.SkipLayerNormalization": "layer_norm",
    "com.microsoft.GroupNorm": "group_norm",
    "com.microsoft.SkipGroupNorm": "group_norm",
    "LeakyRelu": "leaky_relu",
    "com.microsoft.BiasGelu": "gelu",
    "com.microsoft.FastGelu": "gelu",
    "com.microsoft.Gelu": "gelu",
    "MaxPool": "max_pool",
    "AveragePool": "avg_pool",
    "GlobalAveragePool": "adaptive_avg_pool",
    "GlobalMaxPool": "adaptive_max_pool",
    "com.microsoft.NhwcMaxPool": "max_pool",
    "com.microsoft.nchwc.MaxPool": "max_pool",
    "com.microsoft.nchwc.AveragePool": "avg_pool",
    "com.microsoft.nchwc.GlobalMaxPool": "adaptive_max_pool",
    "com.microsoft.nchwc.GlobalAveragePool": "adaptive_avg_pool",
    "com.microsoft.QLinearAveragePool": "avg_pool",
    "com.microsoft.QLinearGlobalAveragePool": "adaptive_avg_pool",
    "com.microsoft.QLinearAdd": "add",
    "com.microsoft.QLinearMul": "mul",
    "com.microsoft.QLinearConcat": "cat",
    "com.microsoft.QLinearSoftmax": "softmax",
    "com.microsoft.QLinearSigmoid": "sigmoid",
    "com.microsoft.QLinearLeakyRelu": "leaky_relu",
    "Sum": "add",
    "Concat": "cat",
    "GridSample": "grid_sampler",
    "com.microsoft.GridSample": "grid_sampler",
    "Swish": "silu",
    "com.microsoft.QuickGelu": "silu",
}
"""Operator -> name in conventions. The name of any other operator is its own in lower case."""

RECURRENT = frozenset({"LSTM", "GRU", "RNN", "com.microsoft.DynamicQuantizeLSTM"})
"""Operators that process a sequence step by step."""

UNKNOWN_PRODUCTS = frozenset({"CausalConvWithState", "Det", "DFT", "ImageDecoder", "LinearAttention", "STFT"})
"""Operators of onnx that may have multiply-accumulates and have no rule here."""

_RUNTIME = (
    "BiasAdd BiasDropout BiasGelu BiasSoftmax BiasSplitGelu BifurcationDetector BitmaskBiasDropout BitmaskDropout "
    "ConvertHalf CropAndResize DequantizeBFP DequantizeLinear DynamicTimeWarping EmbedLayerNormalization ExpandDims "
    "FastGelu GatherBlockQuantized GatherND Gelu GemmaRotaryEmbedding GridSample GroupNorm Inverse Irfft IsAllFinite "
    "MurmurHash3 NGramRepeatBlock NhwcMaxPool Pad QEmbedLayerNormalization QLinearAdd QLinearAveragePool QLinearConcat "
    "QLinearGlobalAveragePool QLinearLeakyRelu QLinearMul QLinearReduceMean QLinearSigmoid QLinearSoftmax "
    "QLinearWhere QuantizeBFP QuantizeLinear QuickGelu RandomNormal Range ReduceSumInteger RelativePositionBias "
    "RemovePadding RestorePadding RotaryEmbedding Sampling SkipGroupNorm SkipLayerNormalization "
    "SkipSimplifiedLayerNormalization SimplifiedLayerNormalization Tokenizer TorchEmbedding Trilu UnfoldTensor Unique "
    "nchwc.AveragePool nchwc.GlobalAveragePool nchwc.GlobalMaxPool nchwc.MaxPool nchwc.ReorderInput "
    "nchwc.ReorderOutput nchwc.Upsample"
)
_WITH_PRODUCTS = {"Inverse", "Irfft", "Sampling", "RelativePositionBias"}
FREE_IN_RUNTIME = frozenset(f"com.microsoft.{name}" for name in _RUNTIME.split() if name not in _WITH_PRODUCTS)
"""Operators of ONNX Runtime without multiply-accumulates."""
_ML = (
    "ArrayFeatureExtractor Binarizer CastMap CategoryMapper DictVectorizer FeatureVectorizer Imputer LabelEncoder "
    "Normalizer OneHotEncoder Scaler TreeEnsemble TreeEnsembleClassifier TreeEnsembleRegressor ZipMap"
)
FREE_IN_ML = frozenset(f"ai.onnx.ml.{name}" for name in _ML.split())
"""Operators of classical machine learning without multiply-accumulates."""
_OLD = "Affine Crop ImageScaler ParametricSoftplus ScaledTanh Scale SimplifiedLayerNormalization"
OLD = frozenset(_OLD.split())
"""Experimental operators of early ONNX versions, and those that ONNX Runtime adds to the domain of ONNX."""


def is_free(operator: str) -> bool:
    """Return whether an operator has no multiply-accumulates: elementwise, a reduction, or a movement of data.

    An operator of ONNX has none if onnx has its schema and it is not listed here as one with products.

    >>> is_free("Relu"), is_free("Conv"), is_free("DFT"), is_free("com.microsoft.BiasGelu"), is_free("my.Own")
    (True, False, False, True, False)
    """
    if operator in PRODUCTS or operator in UNKNOWN_PRODUCTS:
        return False
    return operator in FREE_IN_RUNTIME | FREE_IN_ML | OLD or _described(operator)


def _described(operator: str) -> bool:
    from onnx import defs

    return "." not in operator and defs.has(operator)


FIXED = {
    "BatchNormalization": {3, 4},  # statistics
    "Resize": {1, 2, 3},
    "Upsample": {1},
    "Clip": {1, 2},
    "Pad": {1, 2, 3},
    "OneHot": {1, 2},
    "Gather": {1},
    "GatherElements": {1},
    "GatherND": {1},
    "Dropout": {1, 2},
    "QuantizeLinear": {1, 2},
    "DequantizeLinear": {1, 2},
    "LSTM": {4, 5, 6},  # states before the first step
    "GRU": {4, 5},
    "RNN": {4, 5},
    "ConvInteger": {2, 3},
    "MatMulInteger": {2, 3},
    "QLinearConv": {1, 2, 4, 5, 6, 7},
    "QLinearMatMul": {1, 2, 4, 5, 6, 7},
    "com.microsoft.QLinearConv": {1, 2, 4, 5, 6, 7},
    "com.microsoft.QGemm": {1, 2, 4, 5, 7, 8},
    "com.microsoft.QLinearAdd": {1, 2, 4, 5, 6, 7},
    "com.microsoft.QLinearMul": {1, 2, 4, 5, 6, 7},
    "com.microsoft.MatMulIntegerToFloat": {2, 3, 4, 5},
    "com.microsoft.DynamicQuantizeMatMul": {2, 3},
    "com.microsoft.DynamicQuantizeLSTM": {4, 5, 6, 8, 9, 10, 11},
    "com.microsoft.QAttention": {3, 4, 6, 7},
    "com.microsoft.MatMulNBits": {1, 2, 3, 4},
    "com.microsoft.MatMulBnb4": {1, 2},
    "com.microsoft.QuantizeLinear": {1, 2},
    "com.microsoft.DequantizeLinear": {1, 2},
}
"""Operator -> indices of inputs that are not learnt: statistics, sizes, limits, scales and zero points of
quantisation."""

WEIGHTS = {
    "Conv": {1, 2},
    "ConvTranspose": {1, 2},
    "Gemm": {1, 2},
    "BatchNormalization": {1, 2, 3, 4},
    "InstanceNormalization": {1, 2},
    "LayerNormalization": {1, 2},
    "GroupNormalization": {1, 2},
    "PRelu": {1},
    "LSTM": {1, 2, 3, 7},
    "GRU": {1, 2, 3},
    "RNN": {1, 2, 3},
    "DequantizeLinear": {0},
    "ConvInteger": {1},
    "MatMulInteger": {0, 1},
    "QLinearConv": {3, 8},
    "QLinearMatMul": {0, 3},
    "com.microsoft.QLinearConv": {3, 8},
    "com.microsoft.QGemm": {3, 6},
    "com.microsoft.QLinearAdd": {0, 3},
    "com.microsoft.QLinearMul": {0, 3},
    "com.microsoft.MatMulIntegerToFloat": {1, 6},
    "com.microsoft.DynamicQuantizeMatMul": {1, 4},
    "com.microsoft.DynamicQuantizeLSTM": {1, 2, 3, 7},
    "com.microsoft.QAttention": {1, 2},
}
"""Operator -> indices of inputs that are weights even if they are integers or inputs of the graph."""

MAYBE_WEIGHTS = {"MatMul": {1}, "Add": {0, 1}, "Mul": {0, 1}, "Gather": {0}}
"""Operator -> indices of inputs that are weights in a file without stored weights."""
