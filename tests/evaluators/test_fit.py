"""Training: it learns, it repeats itself bit for bit, it averages, and it says when it diverges."""

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch
from dots import learner, people
from torch import Tensor, nn

from nasbench_pose.errors import DivergedError, MeasurementError
from nasbench_pose.evaluators.batches import Draws, Tensors, normalise
from nasbench_pose.evaluators.fit import fit
from nasbench_pose.evaluators.measure import measure
from nasbench_pose.evaluators.optimizers import OPTIMIZERS, SCHEDULES
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.evaluators.steps import loss_of

PROTOCOL = Protocol(input=(32, 32), batch=16, steps=80)


def trained(protocol: Protocol = PROTOCOL, seed: int = 0, steps: int = 80) -> nn.Module:
    return fit(learner(seed), Tensors.of(people(64, 0)), protocol, steps, seed, lambda *_: None)


def flat(network: nn.Module) -> Tensor:
    return torch.cat([value.flatten().float() for value in network.state_dict().values()])


def test_a_network_learns_to_find_the_dots() -> None:
    before, after = (measure(network, people(32, 1), PROTOCOL) for network in (learner(0), trained()))
    assert before.pckh < 30 and after.pckh > 90 and after.loss < before.loss


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("schedule", SCHEDULES)
def test_every_optimiser_and_schedule_lowers_the_loss(optimizer: str, schedule: str) -> None:
    protocol = replace(PROTOCOL, optimizer=optimizer, schedule=schedule)
    before, after = (measure(network, people(32, 1), protocol) for network in (learner(0), trained(protocol, steps=20)))
    assert after.loss < before.loss - 0.1 and after.pckh > 2 * before.pckh


def test_the_same_seed_gives_the_same_weights_whatever_happened_before() -> None:
    first = flat(trained(steps=10))
    torch.manual_seed(77)
    np.random.default_rng().random(5)
    assert torch.equal(first, flat(trained(steps=10)))
    assert not torch.equal(first, flat(trained(seed=1, steps=10)))


def test_the_seed_draws_the_batches_too() -> None:
    both = [fit(learner(0), Tensors.of(people(64, 0)), PROTOCOL, 3, seed, lambda *_: None) for seed in (0, 1)]
    assert not torch.equal(flat(both[0]), flat(both[1]))


def test_the_average_is_the_recursive_mean_of_the_weights() -> None:
    seen: list[Tensor] = []
    network = learner(0)

    def watch(_: int, measured: nn.Module, losses: Sequence[float]) -> None:
        assert measured is not network and losses[-1] > 0
        seen.append(network.state_dict()["0.weight"].clone())

    averaged = fit(network, Tensors.of(people(64, 0)), replace(PROTOCOL, average=0.8), 6, 0, watch)
    expected = seen[0]
    for weight in seen[1:]:
        expected = 0.8 * expected + 0.2 * weight
    torch.testing.assert_close(averaged.state_dict()["module.0.weight"], expected)


@pytest.mark.parametrize("loss", ["mse", "spatial_cross_entropy"])
def test_a_diverging_training_says_at_which_step(loss: str) -> None:
    protocol = replace(PROTOCOL, loss=loss, learning_rate=1e30, optimizer="sgd", schedule="cosine")
    with pytest.raises(DivergedError, match=r"diverged at step \d+: the loss is (nan|inf)"):
        trained(protocol)


def test_the_loss_ignores_joints_without_a_label() -> None:
    tensors, maps = Tensors.of(people(4, 0)), torch.randn(4, 2, 8, 8)
    half = replace(tensors, labelled=torch.tensor([[True, False]]).expand(4, 2))
    changed = maps.clone()
    changed[:, 1] = 9
    assert loss_of(maps, half, PROTOCOL) == loss_of(changed, half, PROTOCOL) != loss_of(maps, tensors, PROTOCOL)


def test_batches_visit_everybody_equally_often() -> None:
    batches = Draws(7, 3, torch.Generator())
    seen = torch.cat([next(batches) for _ in range(7)])
    assert torch.bincount(seen).tolist() == [3] * 7


def test_images_are_normalised_as_torchvision_does() -> None:
    images = torch.randint(0, 256, (2, 3, 5, 4), dtype=torch.uint8)
    mean, deviation = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    expected = (images.float() / 255 - mean[:, None, None]) / deviation[:, None, None]
    torch.testing.assert_close(normalise(images), expected)
    assert normalise(images).is_contiguous(memory_format=torch.channels_last)


class Greedy(nn.Module):
    """A network that fails as a GPU does if it is given more than `most` people."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self.inner, self.most = learner(0), most

    def forward(self, images: Tensor) -> Tensor:
        """Return heat maps."""
        if len(images) > self.most:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
        found: Tensor = self.inner(images)
        return found


def test_a_batch_that_does_not_fit_names_the_one_that_does() -> None:
    with pytest.raises(MeasurementError, match=r"16 people of 32×32 .* 4 would: protocol.batch=4, or --accumulate 4"):
        fit(Greedy(5), Tensors.of(people(64, 0)), PROTOCOL, 3, 0, lambda *_: None)
    with pytest.raises(MeasurementError, match="Not even one person fits"):
        fit(Greedy(0), Tensors.of(people(64, 0)), PROTOCOL, 3, 0, lambda *_: None)
    fit(Greedy(5), Tensors.of(people(64, 0)), replace(PROTOCOL, accumulate=4), 3, 0, lambda *_: None)


def test_a_lost_device_and_a_failed_compilation_are_one_line() -> None:
    lost = torch.AcceleratorError("CUDA error: unspecified launch failure\nCompile with `TORCH_USE_CUDA_DSA`.")
    failed = type("BackendCompilerFailed", (RuntimeError,), {"__module__": "torch._dynamo.exc"})
    compiler = failed("InvalidCxxCompiler: No working C++ compiler found\nin a long text")
    for error, said in (
        (lost, "cpu failed in step 1: CUDA error: unspecified launch failure. The last checkpoint is kept."),
        (compiler, "torch.compile failed: InvalidCxxCompiler: No working C++ compiler found. Leave protocol"),
    ):
        broken = learner(0)
        broken.register_forward_pre_hook(partial(_raise, error))
        with pytest.raises(MeasurementError, match=re.escape(said)) as caught:
            fit(broken, Tensors.of(people(16, 0)), PROTOCOL, 3, 0, lambda *_: None)
        assert "\n" not in str(caught.value)


def _raise(error: Exception, *_: object) -> None:
    raise error


def test_other_errors_of_a_step_stay_what_they_are() -> None:
    broken = nn.Sequential(nn.Conv2d(5, 2, 4, stride=4))
    with pytest.raises(RuntimeError, match="to have 5 channels"):
        fit(broken, Tensors.of(people(64, 0)), PROTOCOL, 3, 0, lambda *_: None)
