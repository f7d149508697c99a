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

    def test_a_trial_that_fits_no_machine_is_said(self, cluster: Placement) -> None:
        said = (
            r"asks for 1 CPU and 64 GPU, which no machine of the cluster has; .* are \d+ CPU and 0 GPU\. It would wait"
        )
        with pytest.raises(NasbenchPoseError, match=said):
            Resources(gpus=64).check([node["Resources"] for node in ray.nodes()])
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
