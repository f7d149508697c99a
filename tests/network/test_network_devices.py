"""Devices by name, precisions, clocks; a supernet that stays on its device."""

from time import thread_time

import pytest
import torch
from one_device import DEVICES, OneDevice

from nasbench_pose.errors import UnknownNameError
from nasbench_pose.network import build_supernet, devices
from nasbench_pose.spaces import load

CPU = torch.device("cpu")


@pytest.mark.parametrize("name", ["cuda:77", "gpu", "meta:1", ""])
def test_a_device_that_is_not_there_is_named_with_those_that_are(name: str) -> None:
    with pytest.raises(UnknownNameError, match=rf"No device named '{name}'; this machine has auto, .*cpu\."):
        devices.device_of(name)


def test_auto_is_the_fastest_device(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    monkeypatch.setattr(devices, "_has_mps", lambda: False)
    assert devices.device_of("auto") == CPU
    monkeypatch.setattr(devices, "_has_mps", lambda: True)
    assert devices.device_of("auto").type == "mps"
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert devices.device_of("auto") == torch.device("cuda:0")
    assert devices.device_of("cuda:1") == torch.device("cuda:1")


def test_the_clock_of_the_cpu_is_that_of_the_thread() -> None:
    assert devices.clock(CPU) is thread_time


@pytest.mark.parametrize("name", devices.PRECISIONS)
def test_a_precision_is_that_of_the_products_inside(name: str) -> None:
    expected = devices.PRECISIONS[name] or torch.float32
    with devices.precise(CPU, name):
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype is expected
    assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype is torch.float32


def test_an_unknown_precision_is_refused() -> None:
    with (
        pytest.raises(UnknownNameError, match="No precision named 'fp8'; known: bf16, fp16, fp32"),
        devices.precise(CPU, "fp8"),
    ):
        pass


def test_reproducible_computing_restores_what_it_changes() -> None:
    before = torch.get_num_threads(), torch.backends.cudnn.deterministic
    with devices.reproducible(CPU):
        assert torch.get_num_threads() == 1 and torch.backends.cudnn.deterministic
    assert (torch.get_num_threads(), torch.backends.cudnn.deterministic) == before


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("name", ["efficientpose_micro", "hrnet_micro"])
def test_mixtures_and_paths_of_a_supernet_stay_on_the_device(device: str, name: str) -> None:
    space = load(name)
    supernet = build_supernet(space).to(device)
    images = torch.zeros(2, 3, *space.input, device=device)
    shares = {gene: torch.ones(len(options), device=device, requires_grad=True)
              for gene, options in space.choices.items()}  # fmt: skip
    path = dict.fromkeys(space.choices, 0)

    def step() -> None:
        (supernet(images, shares).sum() + supernet.path(images, path).sum()).backward()

    step()
    with OneDevice(device):
        step()
    assert all(share.grad is not None and share.grad.device.type == device for share in shares.values())
