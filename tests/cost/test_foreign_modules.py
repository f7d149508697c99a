"""Modules as users have them: compiled, scripted, quantised, lazy, with control flow and code of their own."""

import dataclasses
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from nasbench_pose.cost.counters import inventory_of
from nasbench_pose.errors import NasbenchPoseError

IMAGE, MACS, PARAMS = torch.rand(1, 3, 18, 18), 8 * 27 * 256, 224


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Keep torch's warnings: TorchScript and quantisation are deprecated, but users have them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


class Net(nn.Module):
    def __init__(self, run: Callable[[nn.Module, Tensor], Any] = lambda conv, x: conv(x)) -> None:
        super().__init__()
        self.conv, self.run = nn.Conv2d(3, 8, 3), run

    def forward(self, x: Tensor) -> Any:
        return self.run(self.conv, x)


class Named(NamedTuple):
    value: Tensor


@dataclasses.dataclass
class Data:
    value: Tensor


class Squared(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        return x * x


def decorated(conv: nn.Module, x: Tensor) -> Tensor:
    with torch.inference_mode():
        return conv(x)


def mixed(conv: nn.Module, x: Tensor) -> Tensor:
    with torch.autocast("cpu", torch.bfloat16):
        return conv(x)


def functional(conv: nn.Module, x: Tensor) -> Tensor:
    return torch.func.functional_call(conv, {name: 1 * value for name, value in conv.named_parameters()}, (x,))


def branching(conv: nn.Module, x: Tensor) -> Tensor:
    return torch.cond(x.sum() > 0, lambda x: conv(x), lambda x: conv(conv.bias.new_zeros(9, *x.shape[1:])), (x,))


RUNS: dict[str, Callable[[nn.Module, Tensor], Any]] = {
    "a dict": lambda conv, x: {"heat maps": conv(x), "more": [conv.bias, None]},
    "a named tuple": lambda conv, x: Named(conv(x)),
    "a dataclass": lambda conv, x: Data(conv(x)),
    "nothing": lambda conv, x: [conv(x), None][1],
    "checkpointed": lambda conv, x: checkpoint(conv, x, use_reentrant=False),
    "checkpointed and re-entrant": lambda conv, x: checkpoint(conv, x, use_reentrant=True),
    "a function of autograd": lambda conv, x: Squared.apply(conv(x)),
    "inference mode": decorated,
    "mixed precision": mixed,
    "vmap": lambda conv, x: torch.vmap(conv)(x[None]),
    "functional_call": functional,
    "cond": branching,
}


@pytest.mark.parametrize("name", RUNS)
def test_what_a_forward_pass_may_do(name: str) -> None:
    found = inventory_of(Net(RUNS[name]), (IMAGE,))
    assert (found.macs, found.params, found.uncounted()) == (MACS, PARAMS, [])


def test_a_caller_in_inference_mode() -> None:
    with torch.inference_mode():
        assert inventory_of(Net(), (IMAGE,)).macs == MACS


def used() -> nn.Module:
    module: nn.Module = torch.compile(Net(), backend="eager")
    module(IMAGE)
    return module


def compiled_within() -> nn.Module:
    module = Net()
    module.conv.compile()
    return module


def frozen(*more: nn.Module) -> nn.Module:
    return torch.jit.freeze(torch.jit.script(nn.Sequential(nn.Conv2d(3, 8, 3), *more).eval()))


def exported() -> nn.Module:
    return torch.export.export(nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU()).eval(), (IMAGE,)).module()


FORMS: dict[str, Callable[[], nn.Module]] = {
    "compiled": lambda: torch.compile(Net()),
    "compiled, and run": used,
    "compiled within": compiled_within,
    "scripted": lambda: torch.jit.script(nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU())),
    "traced": lambda: torch.jit.trace(nn.Conv2d(3, 8, 3), IMAGE),
    "frozen": frozen,
    "frozen, with statistics folded": lambda: frozen(nn.BatchNorm2d(8)),
    "exported": exported,
    "symbolically traced": lambda: torch.fx.symbolic_trace(nn.Sequential(nn.Conv2d(3, 8, 3))),
    "data parallel": lambda: nn.DataParallel(Net()),
    "lazy": lambda: nn.Sequential(nn.LazyConv2d(8, 3)),
    "channels last": lambda: Net().to(memory_format=torch.channels_last),
}


@pytest.mark.parametrize("name", FORMS)
def test_what_a_module_may_be(name: str) -> None:
    found = inventory_of(FORMS[name](), (IMAGE,))
    assert (found.macs, found.params, found.uncounted()) == (MACS, PARAMS, [])


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_precisions(dtype: torch.dtype) -> None:
    assert inventory_of(Net().to(dtype), (IMAGE.to(dtype),)).macs == MACS


def test_a_module_without_numbers() -> None:
    assert inventory_of(Net().to("meta"), (IMAGE.to("meta"),)).macs == MACS


def test_lazy_normalisation() -> None:
    module = nn.Sequential(nn.LazyConv2d(8, 3), nn.LazyBatchNorm2d())
    assert inventory_of(module, (IMAGE,)).params == PARAMS + 16
    assert isinstance(module[1], nn.LazyBatchNorm2d)


def quantised() -> nn.Module:
    from torch.ao import quantization

    layers = quantization.QuantStub(), nn.Conv2d(3, 8, 3), nn.ReLU(), quantization.DeQuantStub()
    module = nn.Sequential(*layers).eval()
    module.qconfig = quantization.get_default_qconfig(torch.backends.quantized.engine)  # type: ignore[assignment]
    prepared = quantization.prepare(quantization.fuse_modules(module, [["1", "2"]]))
    prepared(IMAGE)
    return quantization.convert(prepared)


def prepared_for_training() -> nn.Module:
    from torch.ao import quantization

    module = nn.Sequential(nn.Conv2d(3, 8, 3)).train()
    module.qconfig = quantization.get_default_qat_qconfig(torch.backends.quantized.engine)  # type: ignore[assignment]
    return quantization.prepare_qat(module)


@pytest.mark.parametrize("make", [quantised, prepared_for_training])
def test_quantised_modules(make: Callable[[], nn.Module]) -> None:
    module = make()
    found = [inventory_of(module, (IMAGE,)) for _ in range(2)]
    assert {(inventory.macs, inventory.params, inventory.missing) for inventory in found} == {(MACS, PARAMS, ())}


def test_layers_that_are_quantised_as_they_run() -> None:
    from torch.ao.quantization import quantize_dynamic

    linear = quantize_dynamic(nn.Sequential(nn.Linear(16, 5)), {nn.Linear})
    found = inventory_of(linear, (torch.rand(2, 3, 16),))
    assert (found.macs, found.params, found.missing) == (2 * 3 * 80, 85, ())


@pytest.mark.parametrize("layer", [nn.LSTM(16, 24, 2, bidirectional=True), nn.GRU(16, 24)])
def test_recurrent_layers_that_are_quantised_cost_what_they_did_before(layer: nn.RNNBase) -> None:
    from torch.ao.quantization import quantize_dynamic

    x, before = torch.rand(10, 1, 16), nn.Sequential(layer)
    found = inventory_of(quantize_dynamic(before, {nn.LSTM, nn.GRU}), (x,))
    assert (found.macs, found.missing) == (inventory_of(before, (x,)).macs, ())
    assert found.params == sum(p.numel() for p in layer.parameters())


@pytest.mark.parametrize("cell", [nn.LSTMCell, nn.GRUCell, nn.RNNCell])
def test_cells_that_are_quantised_cost_what_they_did_before(cell: type[nn.Module]) -> None:
    from torch.ao.quantization import quantize_dynamic

    x, before = torch.rand(2, 16), nn.Sequential(cell(16, 24))
    exact, found = inventory_of(before, (x,)), inventory_of(quantize_dynamic(before, {cell}), (x,))
    assert (found.macs, found.params, found.missing) == (exact.macs, exact.params, ())


def test_weights_of_mkldnn_and_packed_embeddings_are_parameters() -> None:
    from torch.ao import quantization
    from torch.utils.mkldnn import to_mkldnn  # type: ignore[attr-defined]

    layers = nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 5)
    found = inventory_of(to_mkldnn(nn.Sequential(*layers).eval()), (IMAGE.to_mkldnn(),))
    assert (found.macs, found.params) == (MACS + 40, PARAMS + 16 + 45)
    embedding = nn.Sequential(nn.Embedding(10, 8))
    embedding.qconfig = quantization.float_qparams_weight_only_qconfig  # type: ignore[assignment]
    assert inventory_of(quantization.convert(quantization.prepare(embedding)), (torch.tensor([1]),)).params == 80


def test_what_torchscript_does_not_dispatch_is_named() -> None:
    module = torch.jit.optimize_for_inference(torch.jit.script(nn.Sequential(nn.Conv2d(3, 8, 3)).eval()))
    found = inventory_of(module, (IMAGE,))
    assert [(missing.operation, missing.times) for missing in found.missing] == [("prim::mkldnn_convolution", 1)]
    assert found.params == PARAMS


OUTSIDE: dict[str, Callable[[nn.Module, Tensor], Any]] = {
    "numpy": lambda conv, x: torch.from_numpy(conv(x).numpy() * 2),
    "array": lambda conv, x: np.asarray(conv(x)),
    "dlpack": lambda conv, x: torch.from_dlpack(conv(x)),
}


@pytest.mark.parametrize("name", OUTSIDE)
def test_what_leaves_torch_is_said(name: str) -> None:
    found = inventory_of(Net(OUTSIDE[name]), (IMAGE,))
    assert (found.macs, found.outside) == (MACS, (f"{name} in the root (Net) leaves torch",))


def test_weights_that_nothing_reads_are_said() -> None:
    def elsewhere(conv: nn.Module, x: Tensor) -> Tensor:
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(conv, x).result()

    assert inventory_of(Net(elsewhere), (IMAGE,)).outside == (
        "the weights of conv (Conv2d) are read by no operation of torch",
    )


def doubled(x: Tensor) -> Tensor:
    return x * 2


def test_operations_of_other_packages_need_a_rule() -> None:
    operation = torch.library.custom_op("nasbench_pose_tests::doubled", doubled, mutates_args=())
    module = Net(lambda conv, x: operation(conv(x)))
    assert [missing.operation for missing in inventory_of(module, (IMAGE,)).missing] == ["nasbench_pose_tests::doubled"]
    with_rule = inventory_of(module, (IMAGE,), rules={"nasbench_pose_tests::doubled": lambda args, _: args[0].numel()})
    assert (with_rule.macs, with_rule.missing) == (MACS + 8 * 256, ())
    for rule, says in ((lambda *_: 1 / 0, "fails: ZeroDivisionError"), (lambda *_: -1, "returns -1; expected MACs")):
        with pytest.raises(NasbenchPoseError, match=f"The cost rule of nasbench_pose_tests::doubled {says}"):
            inventory_of(module, (IMAGE,), rules={"nasbench_pose_tests::doubled": rule})


def test_gradients_that_a_forward_pass_takes_are_counted() -> None:
    def with_gradient(conv: nn.Module, x: Tensor) -> Tensor:
        with torch.enable_grad():
            x = x.detach().requires_grad_()
            return torch.autograd.grad(F.relu(conv(x)).sum(), x)[0]

    assert inventory_of(Net(with_gradient), (IMAGE,)).macs == 2 * MACS
