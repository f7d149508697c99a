"""Nothing that users write every day refuses a network, and counts are those of torch's own counter or a formula."""

import warnings
from collections.abc import Callable
from math import prod

import pytest
import torch
import torch.nn.functional as F
from everyday import EXPRESSIONS, METHODS, MODULES, MODULES_1D, MODULES_3D
from torch import Tensor, nn
from torch.nn.attention.flex_attention import flex_attention
from torch.utils.flop_counter import FlopCounterMode, flop_registry

from nasbench_pose.cost.counters import inventory_of
from nasbench_pose.cost.counters.free import marked_free
from nasbench_pose.cost.counters.products import PRODUCTS
from nasbench_pose.cost.inventory import Inventory, UncountedWarning

FLAT, IMAGE, VOLUME = (2, 8, 20), (1, 8, 16, 16), (1, 8, 6, 6, 6)


class After(nn.Module):
    """A convolution, and what comes after it."""

    def __init__(self, shape: tuple[int, ...], then: Callable[[Tensor], object]) -> None:
        super().__init__()
        self.conv = (nn.Conv1d, nn.Conv2d, nn.Conv3d)[len(shape) - 3](8, 8, 1)
        self.then = then

    def forward(self, x: Tensor) -> object:
        return self.then(self.conv(x))


def counted(then: Callable[[Tensor], object], shape: tuple[int, ...]) -> Inventory:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return inventory_of(After(shape, then), (torch.rand(shape),))


def as_torch_counts(module: nn.Module, *shapes: tuple[int, ...]) -> int:
    inputs = [torch.zeros(shape, device="meta") for shape in shapes]
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        module.to("meta").eval()(*inputs)
    return int(counter.get_total_flops()) // 2


def zeros(y: Tensor) -> Tensor:
    return torch.zeros(y.shape, dtype=torch.long)


def conv(shape: tuple[int, ...]) -> int:
    return 8 * prod(shape)


LAYERS = [(name, IMAGE) for name in MODULES] + [(name, FLAT) for name in MODULES_1D]


@pytest.mark.parametrize(("name", "shape"), LAYERS + [(name, VOLUME) for name in MODULES_3D])
def test_modules_without_products(name: str, shape: tuple[int, ...]) -> None:
    found = counted(eval(f"nn.{name}", {"nn": nn}), shape)
    assert (found.macs, found.missing, found.outside) == (conv(shape), (), ())


@pytest.mark.parametrize("name", METHODS)
def test_methods_without_products(name: str) -> None:
    found = counted(lambda y: eval(f"(y * 1).{name}", {"y": y, "torch": torch}), IMAGE)
    assert (found.macs, found.missing, found.outside) == (conv(IMAGE), (), ())


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_functions_without_products(expression: str) -> None:
    found = counted(lambda y: eval(expression, {"y": y, "torch": torch, "F": F, "zeros": zeros}), IMAGE)
    assert (found.macs, found.missing, found.outside) == (conv(IMAGE), (), ())


WITH_PRODUCTS: list[tuple[str, int | None]] = [
    ("y @ y.mT", None),
    ("y[0, 0].mm(y[0, 1])", None),
    ("y[0].bmm(y[0])", None),
    ("torch.mm(y[0, 0], y[0, 0], out=torch.empty_like(y[0, 0]))", 16**3),
    ("torch.addmm(y[0, 0], y[0, 0], y[0, 0])", None),
    ("torch.addmm(input=y[0, 0], mat1=y[0, 0], mat2=y[0, 0], beta=2)", None),
    ("y[0, 0].clone().addmm_(y[0, 0], y[0, 0])", 16**3),
    ("torch.baddbmm(y[0], y[0], y[0])", None),
    ("torch.addbmm(y[0, 0], y[0], y[0])", 8 * 16**3),
    ("y[0, 0].mv(y[0, 0, 0])", 16**2),
    ("torch.addmv(y[0, 0, 0], y[0, 0], y[0, 0, 0])", 16**2),
    ("torch.dot(y[0, 0, 0], y[0, 0, 0])", 16),
    ("torch.inner(y[0, 0], y[0, 0])", None),
    ("torch.einsum('bchw,bcwv->bchv', y, y)", None),
    ("torch.einsum('bchw,bkhw->bck', y, y)", None),
    ("torch.tensordot(y, y, dims=([1], [1]))", None),
    ("torch.linalg.multi_dot([y[0, 0], y[0, 1], y[0, 2]])", 2 * 16**3),
    ("torch.matrix_power(y[0, 0], 3)", 2 * 16**3),
    ("torch.cov(y[0, 0])", 16**3),
    ("torch.cdist(y[0], y[0])", 8 * 16**3),
    ("F.pdist(y[0, 0])", 16 * 15 // 2 * 16),
    ("F.linear(y, torch.zeros(5, 16))", 8 * 16 * 16 * 5),
    ("F.bilinear(y[0, 0], y[0, 0], torch.zeros(5, 16, 16))", 16 * 5 * 16 * 16 + 16 * 5 * 16),
    ("F.conv2d(y, torch.zeros(4, 8, 3, 3), padding='same')", 4 * 8 * 9 * 256),
    ("F.conv_transpose2d(y, torch.zeros(8, 4, 2, 2), stride=2)", 8 * 4 * 4 * 256),
    ("torch.conv_tbc(y[0], torch.zeros(3, 16, 5), torch.zeros(5))", 6 * 16 * 5 * 3 * 16),
    ("F.scaled_dot_product_attention(y, y, y)", 2 * 8 * 16**3),
    ("F.scaled_dot_product_attention(y, y, y, is_causal=True)", 2 * 8 * 16**3),
    ("F.scaled_dot_product_attention(y, y, y, attn_mask=y[..., :16] > 0)", 2 * 8 * 16**3),
    ("F.scaled_dot_product_attention(y, y[:, :2], y[:, :2], enable_gqa=True)", 2 * 8 * 16**3),
    ("flex_attention(y, y, y)", 2 * 8 * 16**3),
    ("F.embedding_bag(zeros(y[0, 0]), torch.zeros(9, 3), per_sample_weights=y[0, 0], mode='sum')", 256 * 3),
    ("y[0, 0].to_sparse() @ y[0, 1]", 256 * 16),
    ("torch.eye(16).to_sparse() @ y[0, 1]", 16 * 16),
    ("torch.eye(16).to_sparse_csr() @ y[0, 1]", 16 * 16),
    ("y[0, 1] @ torch.eye(16).to_sparse_csc()", 16 * 16),
    ("torch.sparse.mm(torch.eye(16).to_sparse(), y[0, 1])", 16 * 16),
    ("torch.sparse.addmm(y[0, 0], torch.eye(16).to_sparse(), y[0, 1])", 16 * 16),
    ("torch.mv(torch.eye(16).to_sparse_csr(), y[0, 1, 0])", 16),
    ("torch.vmap(torch.mm)(y[0], y[0])", 8 * 16**3),
    ("torch._int_mm(torch.ones(32, 16, dtype=torch.int8), torch.ones(16, 8, dtype=torch.int8))", 32 * 16 * 8),
]


@pytest.mark.parametrize(("expression", "right"), WITH_PRODUCTS, ids=[expression for expression, _ in WITH_PRODUCTS])
def test_functions_with_products(expression: str, right: int | None) -> None:
    def then(y: Tensor) -> object:
        return eval(expression, {"y": y, "torch": torch, "F": F, "zeros": zeros, "flex_attention": flex_attention})

    found = counted(then, IMAGE)
    wanted = as_torch_counts(After(IMAGE, then), IMAGE) if right is None else conv(IMAGE) + right
    assert wanted > conv(IMAGE)
    assert (found.macs, found.missing, found.outside) == (wanted, (), ())


LAYERS_WITH_PRODUCTS: list[tuple[Callable[[], nn.Module], tuple[tuple[int, ...], ...]]] = [
    (lambda: nn.Conv1d(8, 4, 3), (FLAT,)),
    (lambda: nn.Conv2d(8, 8, 3, groups=8, dilation=2), (IMAGE,)),
    (lambda: nn.Conv2d(8, 4, 3, padding=1, padding_mode="circular"), (IMAGE,)),
    (lambda: nn.Conv3d(8, 4, 3), (VOLUME,)),
    (lambda: nn.ConvTranspose1d(8, 4, 3, 2), (FLAT,)),
    (lambda: nn.ConvTranspose2d(8, 4, 4, 2, 1, 1, 2), (IMAGE,)),
    (lambda: nn.ConvTranspose3d(8, 4, 3, 2), (VOLUME,)),
    (lambda: nn.Linear(16, 5), (IMAGE,)),
    (lambda: nn.LSTM(16, 24, batch_first=True), ((1, 10, 16),)),
    (lambda: nn.LSTM(16, 24, 2, bidirectional=True), ((10, 3, 16),)),
    (lambda: nn.LSTM(16, 24, proj_size=8), ((10, 1, 16),)),
    (lambda: nn.LSTM(16, 24, bias=False), ((10, 16),)),
    (lambda: nn.GRU(16, 24, 2, batch_first=True), ((1, 10, 16),)),
    (lambda: nn.RNN(16, 24, nonlinearity="relu"), ((10, 1, 16),)),
    (lambda: nn.LSTMCell(16, 24), ((3, 16),)),
    (lambda: nn.GRUCell(16, 24), ((1, 16),)),
    (lambda: nn.RNNCell(16, 24), ((16,),)),
]


@pytest.mark.parametrize(("make", "shapes"), LAYERS_WITH_PRODUCTS)
def test_layers_with_products(make: Callable[[], nn.Module], shapes: tuple[tuple[int, ...], ...]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of projections, which oneDNN lacks
        found = inventory_of(make(), [torch.rand(shape) for shape in shapes])
    assert (found.macs, found.missing, found.outside) == (as_torch_counts(make(), *shapes), (), ())


def test_attention_layers() -> None:
    tokens, width, feed = 10, 16, 2048
    attention = 4 * tokens * width**2 + 2 * tokens**2 * width
    x = torch.rand(1, tokens, width)
    assert inventory_of(nn.MultiheadAttention(width, 4, batch_first=True), (x, x, x)).macs == attention
    encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(width, 4, batch_first=True), 2)
    assert inventory_of(encoder, (x,)).macs == 2 * (attention + 2 * tokens * width * feed)
    transformer = nn.Transformer(width, 4, 1, 1, batch_first=True)
    layers = 3 * attention + 2 * 2 * tokens * width * feed
    assert inventory_of(transformer, (x, x)).macs == layers


@pytest.mark.parametrize(
    "expression", ["torch.fft.fft2(y)", "torch.linalg.svd(y)", "torch.linalg.inv(y + torch.eye(16))"]
)
def test_algebra_without_a_rule_is_named(expression: str) -> None:
    found = counted(lambda y: eval(expression, {"y": y, "torch": torch}), IMAGE)
    assert found.counted == conv(IMAGE)
    assert [(missing.where, missing.times) for missing in found.missing] == [("the root (After)", 1)]
    assert found.missing[0].operation.startswith(
        "aten::_fft" if "fft" in expression else "aten::_linalg_svd" if "svd" in expression else "aten::linalg_inv"
    )


def test_a_sum_that_lacks_something_warns() -> None:
    found = counted(torch.fft.fft2, IMAGE)
    for read in (lambda: found.macs, lambda: found.count("hrnet")):
        with pytest.warns(UncountedWarning, match=r"aten::_fft\w+ in the root \(After\) \(once\) may have products"):
            assert read() == conv(IMAGE)


def test_two_sparse_matrices_are_named() -> None:
    found = counted(lambda y: y[0, 0].to_sparse() @ y[0, 0].to_sparse(), IMAGE)
    assert [missing.operation.startswith("aten::") for missing in found.missing] == [True]
    assert "of two sparse matrices" in str(found.missing[0])


def test_what_torch_counts_has_a_rule_of_ours_and_is_never_free() -> None:
    packets = [packet for packet in flop_registry if hasattr(packet, "overloads")]
    forward = [packet for packet in packets if not str(packet).endswith("_backward")]
    assert len(forward) > 10
    for packet in forward:
        assert str(packet).removeprefix("aten.") in PRODUCTS, packet
    for packet in packets:
        assert not any(marked_free(getattr(packet, overload)) for overload in packet.overloads())


@pytest.mark.parametrize("layout", [torch.sparse_coo, torch.sparse_csr])
def test_layers_with_sparse_weights(layout: torch.layout) -> None:
    linear = nn.Linear(16, 5, bias=False)
    with torch.no_grad():
        linear.weight[:, 3:] = 0
    linear.weight = nn.Parameter(linear.weight.detach().to_sparse(layout=layout))
    assert inventory_of(linear, (torch.rand(2, 16),)).macs == 2 * 3 * 5
