"""What an output means is read off its shape, and both meanings are trained and measured alike."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from dots import Oracle, people
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from nasbench_pose.errors import DivergedError, ShapeError
from nasbench_pose.evaluators.batches import Tensors
from nasbench_pose.evaluators.fit import fit
from nasbench_pose.evaluators.measure import measure
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.evaluators.representation import HeatMaps, SimCC, representation
from nasbench_pose.evaluators.steps import loss_of
from nasbench_pose.evaluators.train import TrainEvaluator
from nasbench_pose.network import build, build_supernet, one_thread
from nasbench_pose.pose.pck import distances, pck
from nasbench_pose.pose.people import People, Splits
from nasbench_pose.pose.skeleton import Skeleton
from nasbench_pose.pose.synthetic import generate
from nasbench_pose.spaces import find, load

PROTOCOL = Protocol(input=(32, 32))


class SimCCOracle(nn.Module):
    """Knows: a joint's columns and rows are its colour, summed along the other direction, two bins per pixel."""

    def forward(self, images: Tensor) -> Tensor:
        """Return vectors (n, 2, 2 · (w + h)) that are largest in the middle of each dot."""
        smooth = nn.functional.avg_pool2d(images[:, :2], 3, stride=1, padding=1, count_include_pad=False)
        columns, rows = (smooth.mean(dim).repeat_interleave(2, -1) for dim in (-2, -1))
        return torch.cat([columns, rows], dim=-1)


def learner(seed: int) -> nn.Module:
    """Return a small network with SimCC's linear layers, which both joints share."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        encoder = nn.Conv2d(3, 8, 4, stride=4, bias=False), nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 2, 1)
        return nn.Sequential(*encoder, nn.Flatten(2), nn.Linear(64, 128))


@given(st.integers(1, 60), st.integers(1, 60), st.integers(1, 4))
def test_vectors_and_maps_are_told_apart_at_every_size(height: int, width: int, split: int) -> None:
    protocol = Protocol(input=(4 * height, 4 * width))
    assert representation(protocol, (height, width)) == HeatMaps(protocol)
    bins = split * 4 * (height + width)
    assert representation(protocol, (bins,)) == representation(protocol, (1, bins)) == SimCC(protocol, split)


@pytest.mark.parametrize("shape", [(16, 16), (1, 100), (2, 128), (129,), (8, 9)])
def test_what_is_neither_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ShapeError, match=r"32×32 pixels into maps of .*, the protocol wants 8×8"):
        representation(PROTOCOL, shape)


@pytest.mark.parametrize("flip", [True, False])
@pytest.mark.parametrize("decoder", ["argmax", "quarter"])
def test_an_oracle_finds_everything(flip: bool, decoder: str) -> None:
    found = measure(SimCCOracle(), people(40, 0), replace(PROTOCOL, flip_test=flip, decoder=decoder))
    assert found.pckh == 100
    assert found.pckh_area > measure(Oracle(), people(40, 0), PROTOCOL).pckh_area - 20


def test_the_flip_test_swaps_left_and_right() -> None:
    """What is said of every image is said of its mirror image too, where its joints mirror each other."""
    twins = Skeleton("twins", ("r_eye", "l_eye"), ((0, 1),), ())
    some = replace(people(4, 0), skeleton=twins)
    vectors = torch.zeros(1, 2, 128)
    vectors[0, 0, 10], vectors[0, 1, 63 - 10], vectors[0, :, 64 + 7] = 1, 1, 1

    class Constant(nn.Module):
        def forward(self, images: Tensor) -> Tensor:
            return vectors.expand(len(images), 2, 128)

    still, flipped = (measure(Constant(), some, replace(PROTOCOL, flip_test=flip)) for flip in (False, True))
    assert still == flipped


@pytest.mark.parametrize("loss", ["mse", "spatial_cross_entropy", "smoothed_cross_entropy"])
def test_vectors_are_learnt_under_every_loss(loss: str) -> None:
    protocol = replace(PROTOCOL, loss=loss, steps=150, flip_test=False)
    network = learner(0)
    before = measure(network, people(40, 1), protocol)
    fit(network, Tensors.of(people(256, 0)), protocol, 150, 0, lambda *_: None)
    after = measure(network, people(40, 1), protocol)
    assert after.pckh > before.pckh + 30 and after.loss < before.loss


def test_unlabelled_joints_and_joints_outside_pull_on_nothing() -> None:
    tensors, output = Tensors.of(people(4, 0)), torch.randn(4, 2, 128)
    away = tensors.joints.clone()
    away[:, 1] = torch.tensor([32.0, 10.0])  # just outside
    changed = output.clone()
    changed[:, 1] = 9
    for some in (replace(tensors, labelled=torch.tensor([[True, False]]).expand(4, 2)), replace(tensors, joints=away)):
        assert loss_of(output, some, PROTOCOL) == loss_of(changed, some, PROTOCOL) != loss_of(output, tensors, PROTOCOL)


def test_a_diverging_training_says_so() -> None:
    wild = replace(PROTOCOL, learning_rate=1e30, optimizer="sgd", schedule="cosine", loss="mse")
    with pytest.raises(DivergedError, match="diverged at step"):
        fit(learner(0), Tensors.of(people(64, 0)), wild, 20, 0, lambda *_: None)


@pytest.fixture(scope="module")
def splits() -> Splits:
    return Splits(*(generate(24, seed=0, stream=stream) for stream in range(3)), source="synthetic")


@pytest.mark.parametrize("name", load("heads_micro").named)
def test_every_head_is_trained_and_measured(name: str, splits: Splits) -> None:
    trial = TrainEvaluator(Protocol(steps=6, batch=8), splits).evaluate(find(name), fidelity=6, seed=0)
    assert trial.error is None
    assert all(np.isfinite(value) for value in trial.metrics.values())
    assert trial.metrics["val_loss"] > 0


@pytest.fixture(scope="module")
def crowd() -> tuple[People, People]:
    """People to train on and to measure on."""
    return generate(256, seed=0, stream=0), generate(128, seed=0, stream=1)


@pytest.mark.slow
@pytest.mark.parametrize("name", load("heads_micro").named)
def test_every_head_learns_more_than_the_mean_pose(name: str, crowd: tuple[People, People]) -> None:
    train, val = crowd
    pose = np.broadcast_to(train.joints.mean(0), val.joints.shape)
    chance = pck(distances(pose, val.joints, val.labelled, val.head_sizes), 0.5).weighted_mean
    protocol, network = Protocol(batch=16), build(find(name), seed=0)
    with one_thread():
        fit(network, Tensors.of(train), protocol, 100, 0, lambda *_: None)
        assert measure(network, val, protocol).pckh > 1.2 * chance


def test_a_supernet_of_vectors_is_trained_by_the_same_loss(splits: Splits) -> None:
    space = load("heads_micro")
    vectors = replace(space, genes={**space.genes, "head": ("simcc2", "slim32_simcc2")})
    supernet, some = build_supernet(vectors), Tensors.of(splits.train)
    even = {gene: torch.full((len(options),), 1 / len(options)) for gene, options in vectors.genes.items()}
    loss = loss_of(supernet(some.images.float(), even), some, Protocol())
    loss.backward()  # type: ignore[no-untyped-call]
    assert torch.isfinite(loss)
    assert all(parameter.grad is not None for parameter in supernet.parameters())


@pytest.mark.parametrize("loss", ["spatial_cross_entropy", "smoothed_cross_entropy", "mse"])
@pytest.mark.parametrize("alignment", ["centre", "corner"])
@pytest.mark.parametrize("shape", [(8, 8), (1, 128)])
def test_the_loss_of_parts_is_that_of_all_if_their_joints_count_alike(
    shape: tuple[int, int], alignment: str, loss: str
) -> None:
    all_of_them = Tensors.of(people(9, 0))
    all_of_them.labelled[:6, 1] = False
    kind = representation(replace(PROTOCOL, alignment=alignment, loss=loss), shape)
    output = torch.rand((9, 2, *shape), generator=torch.Generator().manual_seed(0))
    parts = [slice(0, 2), slice(2, 6), slice(6, 9)]
    losses = [kind.loss(output[part], all_of_them.take(part)).item() for part in parts]
    counts = [kind.counted(all_of_them.take(part)) for part in parts]
    assert np.average(losses, weights=counts) == pytest.approx(kind.loss(output, all_of_them).item())
