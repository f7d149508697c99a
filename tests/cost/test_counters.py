"""Outside counters: their differences explained without a remainder, on anybody's module, which stays as it was."""

import copy
import sys
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.modules import module as hooks

from nasbench_pose.cost import CONVENTIONS, count
from nasbench_pose.cost.counters import COUNTERS, Reading, compare, inventory_of, trace
from nasbench_pose.errors import NasbenchPoseError
from nasbench_pose.network import build
from nasbench_pose.spaces import find

IMAGE = torch.zeros(1, 3, 18, 18)


class DerivedConv(nn.Conv2d):
    """What thop and ptflops do not see."""


class Sharing(nn.Module):
    """Holds a layer that hangs elsewhere too, and calls functions."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.layer(x))


class Zoo(nn.Module):
    """One of everything that a counter is known to get wrong, and some that all get right."""

    def __init__(self) -> None:
        super().__init__()
        shared = nn.Conv2d(8, 8, 3, padding=1)
        self.first = DerivedConv(3, 8, 3)
        self.left, self.right = Sharing(shared), Sharing(shared)
        self.body = nn.Sequential(
            nn.BatchNorm2d(8), nn.ReLU(), nn.GroupNorm(2, 8), nn.ReLU6(), nn.GELU(), nn.SiLU(), nn.PReLU(), nn.Sigmoid()
        )
        self.norms = nn.Sequential(nn.BatchNorm2d(8, affine=False), nn.InstanceNorm2d(8, affine=True))
        self.grouped = nn.ConvTranspose2d(8, 8, 4, 2, 1, groups=4)
        self.resize = nn.Sequential(nn.MaxPool2d(2), nn.AvgPool2d(2), nn.Upsample(scale_factor=4))
        self.weight = nn.Parameter(torch.ones(8, 8, 1, 1))
        self.pool, self.linear, self.softmax = nn.AdaptiveAvgPool2d(1), nn.Linear(8, 4), nn.Softmax(dim=-1)

    def forward(self, x: Tensor) -> Tensor:
        y = self.norms(self.body(self.right(self.left(self.first(x)))))
        y = F.conv2d(self.grouped(self.resize(y)), self.weight)
        y = F.interpolate(F.max_pool2d(y, 2), scale_factor=2, mode="bilinear") + y
        tokens = F.layer_norm(y.flatten(2).transpose(1, 2), (8,))
        return self.softmax(self.linear(self.pool(y).flatten(1)) + (tokens @ torch.ones(8, 4)).sum(1))


def read(module: nn.Module, image: Tensor = IMAGE) -> dict[str, Reading]:
    return {reading.counter: reading for reading in compare(module, (image,), COUNTERS.values())}


@pytest.mark.parametrize("name", ["micro-middle", "HRNet-W8-narrow", "SimpleBaseline-R26-narrow"])
def test_on_our_networks_operations_explain_everything(name: str) -> None:
    network = build(find(name), input=(64, 64))
    for reading in read(network, torch.zeros(1, 3, 64, 64)).values():
        convention = CONVENTIONS[reading.counter]
        assert reading.exact == count(network.graph).macs
        assert reading.value == count(network.graph, convention=reading.counter).count
        assert reading.macs_difference == reading.value // convention.per_mac - reading.exact
        assert (reading.remainder, reading.warnings) == (0, ())
        assert sum(reading.explained.values()) == reading.macs_difference


def test_what_counters_get_wrong_is_explained_to_the_last_unit() -> None:
    readings = read(Zoo())
    assert {name: reading.remainder for name, reading in readings.items()} == dict.fromkeys(COUNTERS, 0)
    for reading in readings.values():
        assert sum(reading.explained.values()) == reading.macs_difference


def test_what_counters_do_not_see_is_said() -> None:
    readings = read(Zoo())
    first = 8 * 3 * 3 * 3 * 16 * 16
    assert readings["thop"].explained["conv (in a subclass)"] == -first
    assert "thop miscounts conv in a subclass: DerivedConv" in readings["thop"].warnings
    # two calls of one layer in two places: two hooks, each call counted twice, and the sum added twice
    assert readings["thop"].explained["conv (in a shared module)"] == 3 * 2 * (8 * 8 * 9 * 16 * 16)
    assert "ptflops miscounts conv called as a function: Zoo" in readings["ptflops"].warnings
    assert not readings["torch"].warnings


def test_a_rule_that_is_wrong_leaves_a_remainder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CONVENTIONS["fvcore"].rules, "batch_norm", {})  # type: ignore[arg-type]
    reading = compare(nn.BatchNorm2d(3), (IMAGE,), [COUNTERS["fvcore"]])[0]
    assert (reading.macs_difference, reading.explained, reading.remainder) == (2 * IMAGE.numel(), {}, 2 * IMAGE.numel())
    verified = CONVENTIONS["fvcore"].verified
    assert reading.warnings == (f"fvcore is not explained in full; its rules are those of {verified}",)


def state(module: nn.Module) -> list[Any]:
    """Return all that a counter could leave behind on a module."""
    found = []
    for name, m in module.named_modules():
        hooked = [(key, len(kept)) for key, kept in sorted(vars(m).items()) if "hooks" in key]
        found.append(
            (name, sorted(vars(m)), list(m._buffers), list(m._parameters), list(m._modules), m.training, hooked)
        )
    return found


@pytest.mark.parametrize("name", COUNTERS)
@pytest.mark.parametrize("training", [True, False])
def test_nothing_is_left_behind(name: str, training: bool) -> None:
    module = Zoo().train(training)
    before, tensors = state(module), copy.deepcopy(module.state_dict())
    functions = [F.relu, F.interpolate, torch.matmul, torch.Tensor.add]
    compare(module, (IMAGE,), [COUNTERS[name]])
    assert state(module) == before
    assert list(module.state_dict()) == list(tensors)
    assert all(torch.equal(value, tensors[key]) for key, value in module.state_dict().items())
    assert [F.relu, F.interpolate, torch.matmul, torch.Tensor.add] == functions
    assert not hooks._global_forward_hooks
    assert not hooks._global_forward_pre_hooks


def test_an_inventory_counts_what_the_graph_counts() -> None:
    network = build(find("micro-middle"))
    found = inventory_of(network, (torch.zeros(1, *network.graph.input.shape),))
    cost = count(network.graph, convention="hrnet")
    assert (found.params, found.macs, found.activations) == (cost.params, cost.macs, cost.activations)
    assert found.count("hrnet") == cost.count


def test_lazy_layers_are_counted_and_stay_lazy() -> None:
    module = nn.Sequential(nn.LazyConv2d(8, 3))
    assert inventory_of(module, (IMAGE,)).params == 8 * (3 * 9 + 1)
    assert isinstance(module[0], nn.LazyConv2d)


def test_matrix_products_are_counted_however_they_are_spelt() -> None:
    class Products(nn.Module):
        def forward(self, a: Tensor) -> Tensor:
            b = a.transpose(1, 2)
            together = a @ b + torch.einsum("nik,njk->nij", a, a) + torch.baddbmm(a.sum(2, keepdim=True), a, b)
            return together.sum() + torch.dot(a[0, 0], a[0, 0]) + (a[0] @ a[0, 0]).sum() + F.linear(a, a[0]).sum()

    calls = [traced.call for traced in trace(Products(), (torch.ones(2, 5, 7),)).calls]
    assert sum(call.macs for call in calls) == 3 * 2 * 5 * 5 * 7 + 7 + 5 * 7 + 2 * 5 * 5 * 7


class Failing(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        raise ValueError(f"not today, {x.ndim}")


class Uncopied(nn.Module):
    """Cannot be copied, and keeps what it is handed."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.seen = DerivedConv(3, 8, 3), []

    def forward(self, x: Tensor) -> Tensor:
        self.seen.append(x)
        return self.conv(x)

    def __deepcopy__(self, memo: dict[int, Any]) -> "Uncopied":
        raise TypeError("one of a kind")


class Exiting(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        raise SystemExit(len(x) + 2)


@pytest.mark.parametrize(
    ("module", "says"),
    [
        (Failing(), "Failing does not run on an input of 1×3×18×18: [A-Za-z]*Error: not today"),
        (Exiting(), "Exiting does not run on .*: SystemExit: 3"),
        (nn.Conv2d(4, 4, 1), "Conv2d does not run on an input of 1×3×18×18"),
    ],
)
def test_what_cannot_be_counted_is_named(module: nn.Module, says: str) -> None:
    with pytest.raises(NasbenchPoseError, match=says):
        compare(module, (IMAGE,), COUNTERS.values())
    assert not hooks._global_forward_hooks


def test_a_module_that_cannot_be_copied_is_read_by_all_counters_and_stays_as_it_was() -> None:
    module = Uncopied().train()
    before = state(module)
    readings = read(module)
    assert {name: reading.error for name, reading in readings.items()} == dict.fromkeys(COUNTERS, "")
    assert {name: reading.exact for name, reading in readings.items()} == dict.fromkeys(COUNTERS, 8 * 27 * 16 * 16)
    assert state(module) == before
    assert module.seen == []


def test_a_counter_that_fails_says_so_beside_those_that_do_not() -> None:
    broken = COUNTERS["thop"].__class__("thop", lambda *_: 1 // 0, COUNTERS["thop"].seen, "thop")
    failing, running = compare(Zoo(), (IMAGE,), [broken, COUNTERS["torch"]])
    assert (failing.value, failing.macs_difference) == (None, None)
    assert failing.error.startswith("thop fails on Zoo: ZeroDivisionError")
    assert running.value == 2 * running.exact
    assert failing.exact == running.exact


def test_counters_that_read_a_module_are_shown_where_the_exact_count_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any, **__: Any) -> None:
        raise NasbenchPoseError("The exact count fails.")

    monkeypatch.setattr(sys.modules[compare.__module__], "trace", fails)
    reading = compare(nn.Conv2d(3, 8, 3), (IMAGE,), [COUNTERS["fvcore"]])[0]
    assert (reading.value, reading.exact, reading.macs_difference) == (8 * 27 * 16 * 16, None, None)
    assert reading.warnings == ("The exact count fails.",)
