"""How far the noise of a table lets others agree with it, held against trainings that the table does not know."""

from pathlib import Path

import numpy as np
import pytest
from scipy.stats import kendalltau

from nasbench_pose.benchmark import Benchmark
from nasbench_pose.benchmark.plan import drawn
from nasbench_pose.benchmark.rows import TableFile
from nasbench_pose.evaluators import Trial
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.report.trust import references
from nasbench_pose.spaces import load

SPACE = load("efficientpose_micro")
ANOTHER, ERRORLESS = "another full training (expected)", "a ranking without error (expected)"


def test_it_is_that_of_the_networks_that_are_ranked(tmp_path: Path) -> None:
    members, again = drawn(SPACE, 150, np.random.default_rng(0))
    rng, file = np.random.default_rng(0), TableFile(tmp_path / "table.csv")
    true = dict(zip(members, rng.normal(20, 1.5, len(members)), strict=True))
    file.begin()
    for genotype in members:
        for seed in range(3 if genotype in again else 1):
            val = float(true[genotype] + rng.normal(0, 0.6))
            metrics = {"val_pckh": val, "test_pckh": val, "macs": 1, "params": 1}
            file.append(Trial(genotype, "made up", 8, seed, metrics, 1.0, ((8, val),)))
    about = {"space": SPACE.name, "space_digest": SPACE.digest, "protocol": Protocol(steps=8).text, "title": "Made up"}
    file.describe({**about, "plan": {"seeds": 3, "replicated": 150, "each": 1}})
    table = Benchmark.load(file.path)
    means = table.means().set_index("genotype")["val_pckh"]

    def measured(scores: np.ndarray) -> float:
        return float(kendalltau(scores, means[[one.text for one in members]]).statistic)

    found, hidden = references(table, members), np.array([true[one] for one in members])
    trained = [measured(hidden + rng.normal(0, 0.6, len(members))) for _ in range(20)]
    assert found[ANOTHER] == pytest.approx(np.mean(trained), abs=0.03)
    assert found[ERRORLESS] == pytest.approx(measured(hidden), abs=0.03)
    middle = [one for one in members if abs(true[one] - 20) < 1]
    assert references(table, middle)[ERRORLESS] < found[ERRORLESS] - 0.1
