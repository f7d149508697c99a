"""A comparison on a Ray cluster of two nodes, one of which is lost while it measures."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fakes import SPACE, KeyReader, untimed

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
