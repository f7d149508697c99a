"""Losses against torch's own criteria, used as the papers' code uses them."""

import pytest
import torch
from torch import Tensor, nn

from nasbench_pose.pose.heatmaps import gaussians
from nasbench_pose.pose.losses import LOSSES, mse, spatial_cross_entropy


@pytest.fixture
def batch() -> tuple[Tensor, Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    maps = torch.randn(5, 4, 16, 12, generator=generator)
    joints = 60 * torch.rand(5, 4, 2, generator=generator) * torch.tensor([0.75, 1])
    return maps, gaussians(joints, (16, 12), 4, 1.5), (torch.rand(5, 4, generator=generator) < 0.7).float()


def test_mse_is_the_joints_mse_loss_of_hrnet(batch: tuple[Tensor, Tensor, Tensor]) -> None:
    maps, target, weight = batch
    criterion = nn.MSELoss()
    loss = sum(
        0.5 * criterion(maps[:, j].flatten(1) * weight[:, j, None], target[:, j].flatten(1) * weight[:, j, None])
        for j in range(4)
    )
    torch.testing.assert_close(mse(maps, target, weight), loss / 4)


def test_spatial_cross_entropy_is_torchs_over_the_pixels_of_labelled_joints(
    batch: tuple[Tensor, Tensor, Tensor],
) -> None:
    maps, target, weight = batch
    on = weight.bool()
    share = target[on].flatten(1) / target[on].flatten(1).sum(1, keepdim=True)
    expected = nn.CrossEntropyLoss()(maps[on].flatten(1), share)
    torch.testing.assert_close(spatial_cross_entropy(maps, target, weight), expected)


@pytest.mark.parametrize("name", LOSSES)
def test_unlabelled_joints_pull_on_nothing(name: str, batch: tuple[Tensor, Tensor, Tensor]) -> None:
    maps, target, weight = batch
    maps.requires_grad_()
    LOSSES[name](maps, target, weight).backward()
    assert maps.grad is not None
    pulled = maps.grad.abs().sum((-2, -1)) > 0
    assert torch.equal(pulled, weight.bool())
    assert LOSSES[name](maps, target, torch.zeros_like(weight)) == 0


@pytest.mark.parametrize("name", LOSSES)
def test_the_target_itself_is_the_best_answer(name: str, batch: tuple[Tensor, Tensor, Tensor]) -> None:
    maps, target, weight = batch
    best = target if name == "mse" else target.clamp(min=1e-9).log()
    assert LOSSES[name](best, target, weight) < LOSSES[name](best + 0.1 * maps, target, weight)
