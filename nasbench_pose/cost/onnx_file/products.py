"""Multiply-accumulates of ONNX operators. A product is one multiply-accumulate."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

from nasbench_pose.cost.onnx_file.values import Dims


@dataclass(frozen=True)
class Product:
    """The multiply-accumulates of one node."""

    operation: str
    """The operation's name in conventions."""
    macs: int
    independent: int
    """Number of equal, independent parts of the products: images × groups of a convolution, rows of a matrix product.
    The batch size divides it."""
    biased: int = 0
    """Output elements to which a bias is added."""
    macs_at_output: int | None = None
    """Of transposed convolutions: weights × output pixels."""
    params: int = 0
    """Learnt values that are not in float tensors: attributes, or values packed into bytes."""


@dataclass(frozen=True)
class Site:
    """A node with the known shapes of its inputs and output."""

    attributes: dict[str, Any]
    shapes: Sequence[Dims | None]
    """Shapes of its inputs; None for an omitted or unknown one."""
    output: Dims | None
    """Shape of its first output; None if it is unknown."""
    weights: Sequence[bool]
    """Whether each input is made of stored tensors."""

    def __getitem__(self, place: int) -> Dims:
        """Return the shape of an input; raise LookupError if it is unknown."""
        if place >= len(self.shapes) or (dims := self.shapes[place]) is None:
            raise LookupError
        return dims

    @property
    def out(self) -> Dims:
        """The shape of the first output; raises LookupError if it is unknown."""
        if self.output is None:
            raise LookupError
        return self.output

    def has(self, place: int) -> bool:
        """Return whether an input is present."""
        return place < len(self.shapes) and self.shapes[place] is not None


Rule = Callable[[Site], Product]


def conv(*, x: int = 0, weight: int = 1, bias: int = 2, channels_last: bool = False) -> Rule:
    """Return the rule of a convolution; the arguments are indices of inputs."""

    def rule(at: Site) -> Product:
        image, weights, out = at[x], at[weight], at.out
        last = channels_last or bool(at.attributes.get("channels_last", 0))
        pixels = prod(out[1:-1]) if last else prod(out[2:])
        macs = prod(weights) * image[0] * pixels
        return Product("conv", macs, image[0], prod(out) if at.has(bias) else 0)

    return rule


def conv_transpose(at: Site) -> Product:
    """Return the products of a transposed convolution: one for each pair of input pixel and weight."""
    at_input, at_output = (prod(at[1]) * shape[0] * prod(shape[2:]) for shape in (at[0], at.out))
    biased = prod(at.out) if at.has(2) else 0
    return Product("conv_transpose", at_input, at[0][0], biased, macs_at_output=at_output)


def gemm(*, a: int = 0, b: int = 1, bias: int = 2) -> Rule:
    """Return the rule of a product of two matrices."""

    def rule(at: Site) -> Product:
        rows, length = reversed(at[a]) if at.attributes.get("transA", 0) else at[a]
        columns = at[b][0 if at.attributes.get("transB", 0) else 1]
        return Product("linear", rows * length * columns, rows, rows * columns if at.has(bias) else 0)

    return rule


def matmul(*, a: int = 0, b: int = 1, bias: int | None = None) -> Rule:
    """Return the rule of a product of batches of matrices."""

    def rule(at: Site) -> Product:
        left, right = at[a], at[b]
        length = left[-2] if at.attributes.get("transA", 0) and len(left) > 1 else left[-1]
        if at.attributes.get("transBatchA", 0):
            length = left[0 if at.attributes.get("transA", 0) else -1]
        out = prod(at.out)
        stored = at.weights[a] or at.weights[b]
        columns = at.out[-1] if len(right) > 1 and at.out else 1
        # The products of a batch are independent; with a shared weight, so is each row.
        independent = out // columns if stored or len(right) <= 2 else prod(at.out[:-2])
        biased = out if bias is not None and at.has(bias) else 0
        return Product("linear" if stored else "matmul", out * length, independent, biased)

    return rule


def block_matmul(at: Site) -> Product:
    """Return the products with a weight of few bits (MatMulNBits, MatMulBnb4)."""
    length, columns = int(at.attributes["K"]), int(at.attributes["N"])
    rows = prod(at[0][:-1])
    biased = rows * columns if at.has(5) else 0
    return Product("linear", rows * length * columns, rows, biased, params=length * columns)


def recurrent(at: Site) -> Product:
    """Return the products of an RNN, GRU or LSTM: each step uses the input and recurrent weights once."""
    first, second = at[0][:2]
    batch = first if at.attributes.get("layout", 0) else second
    gates = prod(at[1][:-1])  # directions × gates × hidden
    biased = first * second * gates if at.has(3) else 0
    return Product("linear", first * second * (prod(at[1]) + prod(at[2])), batch, biased)


def dynamic_lstm(at: Site) -> Product:
    """Return the products of an LSTM with int8 weights, which are stored (directions, input, 4 hidden)."""
    steps, batch = at[0][:2]
    biased = steps * batch * prod((at[1][0], at[1][2])) if at.has(3) else 0
    return Product("linear", steps * batch * (prod(at[1]) + prod(at[2])), batch, biased)


def einsum(at: Site) -> Product:
    """Return the products of an Einsum, contracted from left to right as torch does.

    Factors without a common summed index are multiplied element by element, which has no multiply-accumulates.
    """
    terms, out = _indices(at)
    sizes = {name: size for term, dims in terms for name, size in zip(term, dims, strict=True) if size > 1}
    sizes = {name: sizes.get(name, 1) for term, _ in terms for name in term}
    (left, _), macs, shared = terms[0], 0, set[str]()
    for number, (right, _) in enumerate(terms[1:], start=1):
        later = set(out).union(*(term for term, _ in terms[number + 1 :]))
        alone = (set(left) ^ set(right)) - later  # summed before the multiplication
        both = (set(left) | set(right)) - alone
        if both - later:
            macs += prod(sizes[name] for name in both)
            shared = set(left) & set(right) & later
        left = tuple(name for name in both if name in later)
    stored = any(at.weights)
    kept = [name for name in out if name not in terms[-1][0]] if stored else shared
    return Product("linear" if stored else "matmul", macs, prod(sizes[name] for name in kept))


def _indices(at: Site) -> tuple[list[tuple[tuple[str, ...], Dims]], tuple[str, ...]]:
    """Return the index -> size of each factor of an Einsum, and the indices of the result."""
    said, arrow, result = at.attributes["equation"].replace(" ", "").partition("->")
    terms = []
    for place, text in enumerate(said.split(",")):
        before, dots, after = text.partition("...")
        dims = at[place]
        rest = len(dims) - len(before) - len(after) if dots else 0
        # Dimensions of the ellipsis are aligned on the right.
        terms.append(((*before, *(f".{number}" for number in range(rest, 0, -1)), *after), dims))
    names = [name for term, _ in terms for name in term]
    dots_ = sorted({name for name in names if name.startswith(".")}, reverse=True)
    if arrow:
        before, dots, after = result.partition("...")
        return terms, (*before, *(dots_ if dots else ()), *after)
    once = sorted(name for name in set(names) if names.count(name) == 1 and not name.startswith("."))
    return terms, (*dots_, *once)


def attention(*, past: int, heads: str = "q_num_heads") -> Rule:
    """Return the rule of attention; its inputs are (n, heads, length, d) or (n, length, heads·d)."""

    def rule(at: Site) -> Product:
        query, key, value = at[0], at[1], at[2]
        before = at[past][-2] if at.has(past) else 0
        length = key[-2] + before
        count = query[1] if len(query) == 4 else int(at.attributes[heads])
        width = query[-1] if len(query) == 4 else query[-1] // count
        groups = value[1] if len(value) == 4 else int(at.attributes.get("kv_num_heads", count))
        out = value[-1] if len(value) == 4 else value[-1] // groups
        return Product("attention", query[0] * count * query[-2] * length * (width + out), query[0])

    return rule


def packed_attention(at: Site) -> Product:
    """Return the products of com.microsoft's Attention: the projections of its input, and the attention."""
    (batch, length, _), weight = at[0], at[1]
    third = weight[1] // 3
    query, _, value = at.attributes.get("qkv_hidden_sizes") or (third, third, third)
    past = next((at[place] for place in (4, 8) if at.has(place) and len(at[place]) == 5), None)
    reached = length + (past[3] if past else 0)
    macs = batch * length * prod(weight) + batch * length * reached * (query + value)
    return Product("attention", macs, batch, batch * length * weight[1] if at.has(2) else 0)


def multi_head_attention(at: Site) -> Product:
    """Return the products of com.microsoft's MultiHeadAttention. Keys may be packed with queries or values."""
    query, heads = at[0], int(at.attributes["num_heads"])
    if len(query) == 5:  # queries, keys and values, (n, length, heads, 3, d)
        batch, length, _, _, width = query
        return Product("attention", 2 * batch * length * length * heads * width, batch)
    batch, length, hidden = query
    if len(at[1]) == 4:  # (n, heads, length, d), from another network
        reached, out = at[1][2], hidden
    elif len(at[1]) == 5:  # keys and values
        reached, out = at[1][1], hidden
    else:
        reached, out = at[1][1], at[2][2]
    past = at[6][2] if at.has(6) else 0
    return Product("attention", batch * length * (reached + past) * (hidden + out), batch)


def group_query_attention(at: Site) -> Product:
    """Return the products of com.microsoft's GroupQueryAttention."""
    heads, groups = int(at.attributes["num_heads"]), int(at.attributes["kv_num_heads"])
    batch, length, hidden = at[0]
    width = hidden // heads if at.has(1) else hidden // (heads + 2 * groups)
    past = at[3][2] if at.has(3) else 0
    return Product("attention", 2 * batch * heads * length * (length + past) * width, batch)


def coefficients(at: Site) -> Product:
    """Return the products of ai.onnx.ml's LinearClassifier and LinearRegressor. Their weights are attributes."""
    weights = len(at.attributes["coefficients"])
    offsets = len(at.attributes.get("intercepts", ()))
    rows = at[0][0] if len(at[0]) > 1 else 1
    return Product("linear", rows * weights, rows, rows * offsets, params=weights + offsets)


def deformable(at: Site) -> Product:
    """Return the products of a deformable convolution, without those of the interpolation."""
    macs = prod(at[1]) * at.out[0] * prod(at.out[2:])
    return Product("conv", macs, at.out[0], prod(at.out) if at.has(3) else 0)


PRODUCTS: dict[str, Rule] = {
    "Conv": conv(),
    "ConvInteger": conv(bias=99),
    "QLinearConv": conv(weight=3, bias=8),
    "ConvTranspose": conv_transpose,
    "DeformConv": deformable,
    "Gemm": gemm(),
    "MatMul": matmul(),
    "MatMulInteger": matmul(),
    "QLinearMatMul": matmul(b=3),
    "Einsum": einsum,
    "Attention": attention(past=4),
    "LSTM": recurrent,
    "GRU": recurrent,
    "RNN": recurrent,
    "ai.onnx.ml.LinearClassifier": coefficients,
    "ai.onnx.ml.LinearRegressor": coefficients,
    "com.microsoft.FusedConv": conv(),
    "com.microsoft.NhwcConv": conv(channels_last=True),
    "com.microsoft.NhwcFusedConv": conv(channels_last=True),
    "com.microsoft.QLinearConv": conv(weight=3, bias=8),
    "com.ms.internal.nhwc.Conv": conv(channels_last=True),
    "com.ms.internal.nhwc.QLinearConv": conv(weight=3, bias=8, channels_last=True),
    "com.microsoft.nchwc.Conv": conv(),
    "com.microsoft.FusedGemm": gemm(),
    "com.microsoft.QGemm": gemm(b=3, bias=6),
    "com.microsoft.FusedMatMul": matmul(),
    "com.microsoft.TransposeMatMul": matmul(),
    "com.microsoft.FusedMatMulActivation": matmul(),
    "com.microsoft.MatMulIntegerToFloat": matmul(bias=6),
    "com.microsoft.DynamicQuantizeMatMul": matmul(bias=4),
    "com.microsoft.MatMulNBits": block_matmul,
    "com.microsoft.MatMulBnb4": block_matmul,
    "com.microsoft.MatMulFpQ4": matmul(),
    "com.microsoft.Attention": packed_attention,
    "com.microsoft.QAttention": packed_attention,
    "com.microsoft.MultiHeadAttention": multi_head_attention,
    "com.microsoft.GroupQueryAttention": group_query_attention,
    "com.microsoft.DynamicQuantizeLSTM": dynamic_lstm,
}
"""Operator -> the rule that counts its products."""
