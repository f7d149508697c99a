"""Trials as tasks of a Ray cluster."""

from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from typing import Any

import pytest

from nasbench_pose.errors import NasbenchPoseError
from nasbench_pose.executors.placement import Placement, ready
from nasbench_pose.executors.resources import Resources
from nasbench_pose.testing import ProcessExecutorContract

ray = pytest.importorskip("ray")


@pytest.fixture(scope="module")
def cluster() -> Iterator[Placement]:
    with ready(Placement("ray")) as placement:
        yield placement


@pytest.mark.slow
class TestRay(ProcessExecutorContract):
    @pytest.fixture
    def new(self, cluster: Placement) -> Callable[[], Executor]:
        return lambda: cluster.executor(2)

    def test_a_trial_that_does_not_fit_this_machine_is_said(self, cluster: Placement) -> None:
        with pytest.raises(NasbenchPoseError, match=r"asks for 64 GPU, and this machine has 0: it would wait for ever"):
            Resources(gpus=64).check(ray.cluster_resources())
        assert cluster.options["address"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"address": "127.0.0.1:1"}, "No Ray cluster answers at '127.0.0.1:1' .*refused.*`ray start --head`"),
        ({"address": "here"}, r"No Ray cluster answers at 'here' \(ValueError: expected host:port, or auto\)"),
        ({"cores_per_trial": 0}, "A trial needs 1 core or more, not 0"),
        ({"gpus_per_trial": -1.0}, "A trial needs 0 GPUs or more, not -1"),
        ({"gpus_per_trial": 1.5}, "shares one GPU or has several whole ones, not 1.5"),
        ({"memory_per_trial": 0.0}, "A trial needs more than 0 GB of memory, not 0"),
    ],
)
def test_what_cannot_be_is_said_before_a_search_starts(options: dict[str, Any], said: str) -> None:
    with pytest.raises(NasbenchPoseError, match=said), ready(Placement("ray", options)):
        pass
