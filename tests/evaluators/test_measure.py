"""Measuring: an oracle scores 100 whatever the settings, and a wrong one what its errors deserve."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from dots import Oracle, learner, people
from torch import nn

from nasbench_pose.evaluators.measure import measure
from nasbench_pose.evaluators.predict import CHUNK, streamed_outputs
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.evaluators.steps import loss_of
from nasbench_pose.pose.photographs import placed

PROTOCOL = Protocol(input=(32, 32))


@pytest.mark.parametrize("flip", [True, False])
@pytest.mark.parametrize("decoder", ["argmax", "quarter"])
def test_an_oracle_finds_everything(flip: bool, decoder: str) -> None:
    protocol = replace(PROTOCOL, flip_test=flip, decoder=decoder)
    found = measure(Oracle(), people(CHUNK + 3, 0), protocol)
    assert found.pckh == 100
    assert found.pckh_area > (99 if decoder == "argmax" else 50)


def test_only_labelled_joints_are_scored() -> None:
    some = people(40, 0)
    wrong = some.joints.copy()
    wrong[:, 1] += 20
    labelled = some.labelled.copy()
    labelled[10:, 1] = False
    mixed = replace(some, joints=wrong, labelled=labelled, visible=labelled)
    assert measure(Oracle(), mixed, PROTOCOL).pckh == pytest.approx(100 * 40 / 50)


def test_measuring_changes_nothing_and_does_not_depend_on_the_order() -> None:
    network, some = learner(0).train(), people(50, 0)
    first = measure(network, some, PROTOCOL)
    assert network.training and measure(network, some, PROTOCOL) == first
    shuffled = measure(network, some.take(np.random.default_rng(0).permutation(50)), PROTOCOL)
    assert shuffled.pckh == first.pckh and shuffled.loss == pytest.approx(first.loss)


@pytest.mark.parametrize("loss", ["spatial_cross_entropy", "mse"])
def test_the_loss_of_people_who_are_read_in_parts_is_that_of_all(
    loss: str, real_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("cv2")
    crowd = placed(f"coco:{real_data / 'coco_mini'}", "train", (64, 48), corner=False)
    assert len(np.unique(crowd.labelled.sum(axis=1))) > 1, "people with more labels are more of the mean"
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = nn.Conv2d(3, 17, 4, stride=4)
    protocol = Protocol(input=(64, 48), loss=loss, flip_test=False)
    (at_once,) = streamed_outputs(network, crowd, protocol, loaders=0)
    monkeypatch.setattr("nasbench_pose.evaluators.predict.CHUNK", 3)
    assert measure(network, crowd, protocol, loaders=0).loss == pytest.approx(loss_of(*at_once, protocol).item())
