"""Tables to be asked: one with made-up numbers, and one that was trained."""

from pathlib import Path

import pytest
import small_tables

from nasbench_pose.benchmark import Benchmark
from nasbench_pose.benchmark.build import build_table
from nasbench_pose.benchmark.plan import Plan
from nasbench_pose.spaces import SearchSpace


@pytest.fixture(scope="session")
def own(tmp_path_factory: pytest.TempPathFactory) -> SearchSpace:
    """The space of twelve networks."""
    return small_tables.space(tmp_path_factory.mktemp("space"))


@pytest.fixture(scope="session")
def made_up(own: SearchSpace, tmp_path_factory: pytest.TempPathFactory) -> Benchmark:
    """A complete table."""
    return small_tables.complete(own, tmp_path_factory.mktemp("made_up"))


@pytest.fixture(scope="session")
def built(own: SearchSpace, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table that was trained in a process of its own, without interruption."""
    path = tmp_path_factory.mktemp("built") / "table.csv"
    seen = small_tables.watched()
    plan = Plan(small_tables.SEEDS, small_tables.REPLICATED)
    build_table(own, small_tables.training(own), path, workers=1, plan=plan, limit=None, go_on=seen.go_on,
                tell=seen.tell)  # fmt: skip
    return path
