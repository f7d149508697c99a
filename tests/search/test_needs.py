"""What a search hands over to a strategy that trains by itself."""

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np

from nasbench_pose.benchmark import Benchmark
from nasbench_pose.benchmark.evaluator import LookUp
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.search.jobs import Job, work
from nasbench_pose.search.workplace import Workplace
from nasbench_pose.spaces import SearchSpace
from nasbench_pose.strategies import Declaration, Proposal


class Trains:
    """A strategy that only notes what it was handed."""

    declaration = Declaration(needs=("protocol", "people"))
    handed: ClassVar[list[tuple[str, str]]] = []

    def __init__(self, space: SearchSpace, rng: np.random.Generator, *, protocol: str, data: str) -> None:
        self.handed.append((protocol, data))
        self.space, self.rng = space, rng

    def ask(self) -> Proposal:
        return Proposal(self.space.sample(self.rng))

    def tell(self, proposal: Proposal, losses: Sequence[float]) -> None:
        pass


def test_a_strategy_trains_as_the_trainings_of_the_table_were_made(tmp_path: Path) -> None:
    """Not by the evaluator's own text, which names the table and how it answers."""
    table = Benchmark.load("efficientpose_micro", "synthetic")
    url = f"sqlite:///{tmp_path / 'runs.db'}"
    job = Job(table.space, f"{__name__}:Trains", 0, 2, url, LookUp(table.space.name, "synthetic"), data="people")
    with Workplace() as place:
        work(job, print, place)
    ((protocol, data),) = Trains.handed
    assert data == "people"
    assert Protocol.parse(protocol).text == protocol == table.about["protocol"]
