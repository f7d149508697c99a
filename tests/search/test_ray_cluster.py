"""A comparison on a Ray cluster of two nodes, one of which is lost while it measures."""

import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fakes import SPACE, KeyReader, untimed

from nasbench_pose.errors import NasbenchPoseError
from nasbench_pose.evaluators import Progress, Trial
from nasbench_pose.executors.placement import Placement, ready
from nasbench_pose.genotype import Genotype
from nasbench_pose.search import Event, compare, plan
from nasbench_pose.store import Store

pytestmark = pytest.mark.slow
ray = pytest.importorskip("ray")


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    from ray.cluster_utils import Cluster

    small = {"num_cpus": 1, "object_store_memory": 80_000_000}
    made = Cluster(initialize_head=True, head_node_args={**small, "include_dashboard": False})
    try:
        made.second = made.add_node(**small)
        made.wait_for_nodes()
        yield made
    finally:
        ray.shutdown()
        made.shutdown()


@dataclass(frozen=True)
class Waiting(KeyReader):
    """Says on which node it measures; on a node other than `head` it waits until it is killed."""

    head: str = ""

    def evaluate(self, genotype: Genotype, *, fidelity: int, seed: int, progress: Progress | None = None) -> Trial:
        node = ray.get_runtime_context().get_node_id() if ray.is_initialized() else self.head
        if node != self.head:
            self.log.with_name("waits").touch()
            time.sleep(600)
        return super().evaluate(genotype, fidelity=fidelity, seed=seed, progress=progress)


@dataclass(frozen=True)
class Sharing(KeyReader):
    """Writes down what Ray has given to the trial, and waits until `together` trials are under way."""

    together: int = 1

    def evaluate(self, genotype: Genotype, *, fidelity: int, seed: int, progress: Progress | None = None) -> Trial:
        given = ray.get_runtime_context().get_assigned_resources()
        with self.log.with_name("given").open("a") as file:
            file.write(json.dumps({"device": os.environ["CUDA_VISIBLE_DEVICES"], **given}) + "\n")
        while len(self.given()) < self.together:
            time.sleep(0.05)
        return super().evaluate(genotype, fidelity=fidelity, seed=seed, progress=progress)

    def given(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.with_name("given").read_text().splitlines()]


@pytest.fixture
def gpus(cluster: Any) -> Iterator[str]:
    """A node with two GPUs, as Ray counts them; yields the address of the cluster."""
    node = cluster.add_node(num_cpus=8, num_gpus=2, memory=2 * 10**9, object_store_memory=80_000_000)
    cluster.wait_for_nodes()
    yield cluster.address
    cluster.remove_node(node)


def test_trials_share_gpus_as_ray_assigns_them(gpus: str, tmp_path: Path) -> None:
    share, together = 0.5, 4
    evaluator = Sharing(tmp_path / "log", together=together)
    options = {"address": gpus, "gpus_per_trial": share, "cores_per_trial": 2, "memory_per_trial": 0.3}
    with ready(Placement("ray", options)) as placement:
        jobs = plan(
            SPACE, ["random"], evaluator, budget=together, seeds=1, store=str(tmp_path / "ray.db"),
            placement=placement, parallel=together,
        )[:1]  # fmt: skip
        assert compare(jobs)["error"].isna().all()
    given = evaluator.given()
    assert sorted(each["device"] for each in given) == sorted(["0", "1"] * (together // 2)), "GPUs that it may use"
    assert {(each["CPU"], each["GPU"], each["memory"]) for each in given} == {(2.0, share, 3e8)}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"gpus_per_trial": 3.0}, "asks for 1 CPU and 3 GPU, which no machine .* has; the most .* are 8 CPU and 2 GPU"),
        (
            {"cores_per_trial": 9},
            "asks for 9 CPU, which no machine of the cluster has; the most that one has are 8 CPU",
        ),
        ({"memory_per_trial": 900.0}, "asks for 1 CPU and 900 GB of memory, .* It would wait for ever: ask for less"),
    ],
)
def test_more_than_a_machine_of_the_cluster_has_is_one_line(options: dict[str, Any], said: str, gpus: str) -> None:
    with pytest.raises(NasbenchPoseError, match=said), ready(Placement("ray", {"address": gpus, **options})):
        pass


def test_a_node_is_lost_in_the_middle_and_the_result_is_the_local_one(cluster: Any, tmp_path: Path) -> None:
    events: list[Event] = []

    def tell(event: Event) -> None:
        events.append(event)
        if event.trial is not None and cluster.second is not None:
            while not (tmp_path / "waits").exists():
                time.sleep(0.05)
            cluster.remove_node(cluster.second, allow_graceful=False)
            cluster.second = None

    evaluator = Waiting(tmp_path / "log", head=cluster.head_node.node_id)
    with ready(Placement("ray", {"address": cluster.address})) as placement:
        jobs = plan(
            SPACE, ["random", "evolution"], evaluator, budget=6, seeds=1, store=str(tmp_path / "ray.db"),
            placement=placement,
        )[:2]  # fmt: skip
        compare(jobs, workers=2, tell=tell)
    here = plan(SPACE, ["random", "evolution"], evaluator, budget=6, seeds=1, store=str(tmp_path / "here.db"))[:2]
    compare(here)
    assert cluster.second is None and [event for event in events if event.notice]
    with Store(tmp_path / "ray.db") as there, Store(tmp_path / "here.db") as local:
        assert untimed(there.frame()) == untimed(local.frame())
        assert len(there.frame()) == 12 and there.evaluations()["error"].isna().all()
