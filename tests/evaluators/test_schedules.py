"""The two meanings of a fidelity below the full one, in real trainings."""

import pytest

from nasbench_pose.errors import InvalidFileError
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.evaluators.train import TrainEvaluator
from nasbench_pose.pose import source
from nasbench_pose.spaces import find

NETWORK = find("micro-smallest")


@pytest.fixture(scope="module")
def evaluator() -> TrainEvaluator:
    protocol = Protocol(steps=16, batch=4, data="synthetic:train=16,val=16,test=4")
    return TrainEvaluator(protocol, source.load(protocol.data, size=protocol.input))


def test_a_point_of_the_whole_schedule_is_one_of_the_full_training(evaluator: TrainEvaluator) -> None:
    full = evaluator.evaluate(NETWORK, fidelity=16, seed=0)
    part = evaluator.evaluate(NETWORK, fidelity=6, seed=0)
    assert part.curve == full.curve[:3] and len(full.curve) == 8
    assert (part.schedule, full.schedule) == ("whole", "whole")


def test_a_schedule_of_its_own_is_a_full_training_of_a_shorter_protocol(evaluator: TrainEvaluator) -> None:
    own = evaluator.evaluate(NETWORK, fidelity=8, seed=0, schedule="own")
    short = TrainEvaluator(Protocol(steps=8, batch=4, data=evaluator.protocol.data), evaluator.splits)
    assert (own.metrics, own.schedule) == (short.evaluate(NETWORK, fidelity=8, seed=0).metrics, "own")
    assert own.metrics != evaluator.evaluate(NETWORK, fidelity=8, seed=0).metrics


def test_a_whole_schedule_has_an_end(evaluator: TrainEvaluator) -> None:
    with pytest.raises(InvalidFileError, match="A whole schedule has 16 steps, not 17; more need a schedule of their"):
        evaluator.evaluate(NETWORK, fidelity=17, seed=0)
