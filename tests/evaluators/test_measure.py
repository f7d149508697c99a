"""Measuring: an oracle scores 100 whatever the settings, and a wrong one what its errors deserve."""

from dataclasses import replace

import numpy as np
import pytest
from dots import Oracle, learner, people

from nasbench_pose.evaluators.measure import measure
from nasbench_pose.evaluators.predict import CHUNK
from nasbench_pose.evaluators.protocol import Protocol

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
