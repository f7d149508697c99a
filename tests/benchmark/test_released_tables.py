"""A table in the format of version 0.1, as that version wrote it, is read by every later one."""

from pathlib import Path

import pytest

from nasbench_pose.benchmark import Benchmark
from nasbench_pose.spaces import load

RELEASED = Path(__file__).parent / "released"


def test_a_table_of_version_0_1_is_read() -> None:
    space = load(str(RELEASED / "dozen.toml"))
    table = Benchmark.load(RELEASED / "made_up.csv", space=space)
    assert table.complete and len(table.rows) == 27
    answer = table.query(space.named["largest"])  # what that version answered
    assert answer.accuracy == pytest.approx(20.711603333333333, abs=1e-12)
    assert answer.seconds == pytest.approx(5.623333333333332, abs=1e-12)
