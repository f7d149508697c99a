"""Distillation: the loss is that of the paper, the teacher stays as it is, and a student learns from it alone."""

import shutil
from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from dots import Oracle, learner, people
from one_device import DEVICES, OneDevice

from nasbench_pose.errors import ShapeError
from nasbench_pose.evaluators.batches import Batches, Tensors
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.evaluators.steps import Steps, loss_of
from nasbench_pose.evaluators.teaching import Teacher, taught

PROTOCOL = Protocol(input=(32, 32), batch=8, steps=4, loss="mse", teacher_share=0.3)


def steps(protocol: Protocol, teacher: Teacher | None, device: str = "cpu") -> Steps:
    held = Tensors.of(people(24, 0)).to(torch.device(device))
    rng = torch.Generator("cpu" if device == "meta" else device).manual_seed(0)
    return Steps(learner(0).to(device), Batches(held, protocol, rng), protocol, protocol.steps, teacher=teacher)


def oracle(device: str = "cpu") -> Teacher:
    return Teacher.of(Oracle(), torch.device(device))


def test_the_loss_is_that_of_fast_human_pose_estimation() -> None:
    rng = torch.Generator().manual_seed(0)
    maps, teachers, labels = torch.rand(3, 4, 2, 8, 8, generator=rng).unbind()[:3]
    mine = 0.5 * ((maps - labels) ** 2).mean()
    expected = 0.3 * 0.5 * ((maps - teachers) ** 2).mean() + 0.7 * mine
    torch.testing.assert_close(taught(mine, maps, teachers, PROTOCOL), expected)
    with pytest.raises(ShapeError, match="maps are 2×4×8, those of the network 2×8×8; they have to be equal"):
        taught(mine, maps, teachers[:, :, :4], PROTOCOL)


def test_logits_are_taught_the_softmax_of_the_teacher() -> None:
    rng = torch.Generator().manual_seed(0)
    maps, teachers = torch.randn(2, 4, 2, 8, 8, generator=rng)
    found = taught(torch.tensor(0.0), maps, teachers, Protocol(teacher_share=1.0))
    expected = F.cross_entropy(maps.flatten(0, 1).flatten(1), teachers.flatten(0, 1).flatten(1).softmax(1))
    torch.testing.assert_close(found, expected)


def test_a_share_of_nothing_changes_nothing_and_the_teacher_stays() -> None:
    plain, silent = (steps(replace(PROTOCOL, teacher_share=0), teacher) for teacher in (None, oracle()))
    teacher = Teacher.of(learner(7), torch.device("cpu"))
    before = {name: value.clone() for name, value in teacher.network.state_dict().items()}
    with_teacher = steps(PROTOCOL, teacher)
    for training in (plain, silent, with_teacher):
        training.step(), training.step()
    assert plain.losses == silent.losses != with_teacher.losses
    torch.testing.assert_close(dict(teacher.network.state_dict()), before, rtol=0, atol=0)


def test_a_student_learns_from_the_teacher_alone() -> None:
    """It never sees a label: all of the loss is the teacher's, an oracle."""
    training = steps(replace(PROTOCOL, loss="spatial_cross_entropy", teacher_share=1.0, steps=40), oracle())
    for _ in range(40):
        training.step()
    some = Tensors.of(people(16, 5))
    images = (some.images / 255).contiguous(memory_format=torch.channels_last)
    labels = replace(PROTOCOL, loss="spatial_cross_entropy")
    before, after = (loss_of(network.eval()(images), some, labels) for network in (learner(0), training.network))
    assert after < before


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("g++") is None, reason="torch.compile needs a C++ compiler")
@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")  # of torch's compiler, at its import
def test_a_compiled_training_has_the_losses_of_a_plain_one() -> None:
    plain, compiled = (steps(replace(PROTOCOL, compile=compile_), oracle()) for compile_ in (False, True))
    for training in (plain, compiled):
        training.step(), training.step()
    assert compiled.losses == pytest.approx(plain.losses, rel=1e-4)
    assert list(compiled.state_dict()["network"]) == list(plain.state_dict()["network"])
    assert PROTOCOL.key != replace(PROTOCOL, compile=True).key


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("loss", ["mse", "spatial_cross_entropy"])
def test_a_teacher_stays_on_the_device(device: str, loss: str) -> None:
    training = steps(replace(PROTOCOL, loss=loss), oracle(device), device)
    training.step()
    with OneDevice(device):
        training.step()
