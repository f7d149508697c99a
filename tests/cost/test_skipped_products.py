"""A module is counted without computing its products, unless a value decides what runs."""

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from nasbench_pose.cost.counters.tracing import _attempt, trace
from nasbench_pose.network import build
from nasbench_pose.spaces import find

IMAGE = torch.linspace(0.5, 1, 3 * 8 * 8).reshape(1, 3, 8, 8)


class Gated(nn.Module):
    """Runs a second convolution if a value of the first says so: only the true values do, zeros do not."""

    def __init__(self, look) -> None:
        super().__init__()
        self.first, self.second, self.look = nn.Conv2d(3, 3, 1), nn.Conv2d(3, 3, 3), look
        nn.init.constant_(self.first.weight, 1.0)
        nn.init.zeros_(self.first.bias)

    def forward(self, image: Tensor) -> Tensor:
        mixed = self.first(image)
        return self.second(mixed) if self.look(mixed) else mixed


LOOKS = {
    "bool": lambda x: bool(x.mean() > 1),
    "item": lambda x: x.mean().item() > 1,
    "tolist": lambda x: x.flatten().tolist()[0] > 1,
    "numpy": lambda x: x.detach().numpy().mean() > 1,
    "float": lambda x: float(x.flatten()[0]) > 1,
    "int": lambda x: int(x.flatten()[0]) >= 1,
    "nonzero": lambda x: len(x[x > 1]) > 0,
    "unique": lambda x: len(x.unique()) > 1,
    "equal": lambda x: not torch.equal(x, torch.zeros_like(x)),
    "allclose": lambda x: not torch.allclose(x, torch.zeros_like(x)),
    "index": lambda x: [0, 1, 1, 1, 1, 1][x.flatten()[0].long()] == 1,
    "format": lambda x: f"{x.flatten()[0]:.1f}" > "1.0",
    "repr": lambda x: "2.0" in repr(x.flatten()[0]),
    "swallowed": lambda x: _swallow(x),
}


def _swallow(x: Tensor) -> bool:
    """Look at a value where every exception is caught."""
    try:
        return bool((x > 1).any())
    except Exception:
        return False


@pytest.mark.filterwarnings("ignore::nasbench_pose.cost.inventory.UncountedWarning")
@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_where_a_value_decides_the_true_one_does(look) -> None:
    module = Gated(look)
    counted = [traced.call.macs for traced in trace(module, (IMAGE,)).calls if traced.call.macs]
    assert counted[:2] == [3 * 3 * 64, 3 * 3 * 9 * 36]


def test_an_index_out_of_range_for_zeros_is_in_range_for_the_true_values() -> None:
    class Picky(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.linear = nn.Linear(4, 4)
            nn.init.constant_(self.linear.bias, 3.0)

        def forward(self, x: Tensor) -> Tensor:
            return F.embedding((self.linear(x) - 1).round().long(), torch.ones(4, 2))

    calls = trace(Picky(), (torch.zeros(1, 4),)).calls
    assert [traced.call.macs for traced in calls if traced.call.macs] == [16]


@pytest.mark.parametrize("name", ["EfficientPose-A", "SimpleBaseline-R50", "HRNet-W8-narrow", "DARTS-V2"])
def test_calls_are_the_same_with_and_without_products(name: str) -> None:
    module = build(find(name) if name != "DARTS-V2" else find("darts_pose/DARTS-V2"), input=(64, 64))
    inputs = (torch.zeros(1, 3, 64, 64),)
    without, whole = (_attempt(module, inputs, {}, None, skipping=skipping) for skipping in (True, False))
    assert without is not None and whole is not None
    assert [traced.call for traced in without.calls] == [traced.call for traced in whole.calls]
    assert without.inventory == whole.inventory


def test_a_layout_of_channels_last_stays() -> None:
    """What follows may work on one layout only."""
    module = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.Conv2d(8, 8, 1)).to(memory_format=torch.channels_last)
    seen: list[tuple[int, ...]] = []
    module[1].register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0].stride()))
    assert _attempt(module, (IMAGE.contiguous(memory_format=torch.channels_last),), {}, None, skipping=True) is not None
    trace(module, (IMAGE,))
    with torch.no_grad():
        module(IMAGE.contiguous(memory_format=torch.channels_last))
    assert seen[0] == seen[-1]
