"""Classifiers of torchvision have the parameters and the multiply-accumulates that it publishes, to the last digit."""

from collections.abc import Callable

import pytest
import torch
from classifiers import LARGE, SMALL, convnext_tiny, mobilenet_v3, swin
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from nasbench_pose.cost.counters import inventory_of

PUBLISHED: list[tuple[str, Callable[[], nn.Module], int, str]] = [
    ("ConvNeXt-T", convnext_tiny, 28_589_128, "4.456"),
    ("MobileNetV3-S", lambda: mobilenet_v3(SMALL, 1024), 2_542_856, "0.0565"),
    ("MobileNetV3-L", lambda: mobilenet_v3(LARGE, 1280), 5_483_032, "0.2166"),
    ("Swin-T", lambda: swin((2, 2, 6, 2)), 28_288_354, "4.491"),
    ("Swin-S", lambda: swin((2, 2, 18, 2)), 49_606_258, "8.741"),
]
"""Name, network, parameters and GMACs at 224×224 as torchvision's tables of weights have them."""


@pytest.mark.parametrize(("name", "make", "params", "giga"), PUBLISHED, ids=[name for name, *_ in PUBLISHED])
def test_published_classifiers(name: str, make: Callable[[], nn.Module], params: int, giga: str) -> None:
    with torch.device("meta"):
        module, image = make(), torch.zeros(1, 3, 224, 224)
    found = inventory_of(module, (image,))
    with FlopCounterMode(display=False) as counter:
        module(image)
    assert found.missing == ()
    assert found.macs == counter.get_total_flops() // 2
    assert f"{found.macs / 1e9:.{len(giga) - 2}f}" == giga
    assert found.params == params, name
