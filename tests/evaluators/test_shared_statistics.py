"""Batch normalisation over several processes: what is converted, what stays, and where it is refused."""

from dataclasses import replace

import pytest
import torch
from dots import people
from torch import Tensor, nn

from nasbench_pose.errors import InvalidFileError
from nasbench_pose.evaluators.batches import Batches, Tensors
from nasbench_pose.evaluators.checks import check_protocol
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.evaluators.steps import Steps
from nasbench_pose.network import build

PROTOCOL = Protocol(input=(32, 32), batch=4, steps=3, loss="mse")


@pytest.mark.parametrize("name", ["micro-smallest", "EfficientPose-A", "HRNet-W32"])
def test_every_batch_normalisation_is_shared_and_all_weights_stay(name: str) -> None:
    with torch.device("meta"):
        plain, shared = build(name), build(name)
    shared.share_statistics()
    before = {path for path, module in plain.named_modules() if isinstance(module, nn.BatchNorm2d)}
    assert before == {path for path, module in shared.named_modules() if isinstance(module, nn.SyncBatchNorm)}
    assert not any(isinstance(module, nn.BatchNorm2d) for module in shared.modules())
    run = {module for module, _, _ in shared._plan}
    assert all(module in run for module in shared.modules() if isinstance(module, nn.SyncBatchNorm))
    assert list(plain.state_dict()) == list(shared.state_dict())


def test_its_weights_are_those_of_a_network_without_it() -> None:
    plain, shared = build("micro-smallest", input=(32, 32)), build("micro-smallest", input=(32, 32))
    shared.share_statistics()
    images = torch.randn(4, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    assert torch.equal(plain.train()(images), shared.train()(images))  # one process: the whole batch
    other = build("micro-smallest", input=(32, 32), seed=1)
    other.load_state_dict(shared.state_dict())
    assert torch.equal(other.eval()(images), shared.eval()(images))


def test_it_is_what_a_step_runs_and_not_what_a_trial_of_a_batch_waits_for(monkeypatch: pytest.MonkeyPatch) -> None:
    modes = []

    def forward(module: nn.SyncBatchNorm, values: Tensor) -> Tensor:
        modes.append(module.training)
        return values

    monkeypatch.setattr(nn.SyncBatchNorm, "forward", forward)
    network = build("micro-smallest", input=(32, 32), joints=2)
    network.share_statistics()
    batches = Batches(Tensors.of(people(8, 0)), PROTOCOL, torch.Generator())
    training = Steps(network.train(), batches, PROTOCOL, 3)
    training.step()
    assert modes and all(modes)
    modes.clear()
    training.try_batch(2)
    assert modes and not any(modes)
    assert all(module.training for module in network.modules())


def test_it_is_refused_where_torch_has_none() -> None:
    shared = replace(PROTOCOL, sync_batch_norm=True, processes=2)
    check_protocol(replace(shared, device="cuda:1"))
    with pytest.raises(InvalidFileError, match="exchanges sums between CUDA devices, and this training is on cpu"):
        check_protocol(shared)
    assert "sync_batch_norm" not in PROTOCOL.text and '"sync_batch_norm":true' in shared.text
    assert (PROTOCOL.normalised_together, shared.normalised_together) == (4, 4)
    assert replace(shared, sync_batch_norm=False).normalised_together == 2
