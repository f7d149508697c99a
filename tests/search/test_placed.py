"""Searches whose trials are measured elsewhere."""

from pathlib import Path

import pytest
from fakes import SPACE, Dying, KeyReader

from nasbench_pose.errors import UnknownNameError
from nasbench_pose.executors.placement import Placement
from nasbench_pose.search import Event, compare, plan
from nasbench_pose.search.executors import in_this_process
from nasbench_pose.store import Store


def test_what_is_no_executor_is_said_before_anything_starts(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="No executor named 'rai'"):
        plan(
            SPACE, ["random"], KeyReader(tmp_path / "log"), budget=1, seeds=1, store=str(tmp_path / "runs.db"),
            placement=Placement("rai"),
        )  # fmt: skip
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_processes_find_what_one_does_and_some_of_them_die(tmp_path: Path) -> None:
    jobs = plan(
        SPACE, ["random"], Dying(tmp_path / "log"), budget=5, seeds=1, store=str(tmp_path / "runs.db"), parallel=2
    )[:1]  # fmt: skip
    events: list[Event] = []
    frame = compare(jobs, tell=events.append)
    alone = plan(SPACE, ["random"], KeyReader(tmp_path / "log"), budget=5, seeds=1, store=str(tmp_path / "alone.db"))
    in_this_process(alone[:1], lambda _: None)
    with Store(tmp_path / "alone.db") as store:
        assert set(frame["key"]) == set(store.frame()["key"]), "random search proposes the same to any workers"
    deadly = [int(key[:2], 16) % 3 == 0 for key in frame["key"]]
    assert frame["error"].notna().tolist() == deadly and any(deadly)
    assert frame["error"].dropna().str.startswith("its process died").all()
    assert len([event for event in events if event.trial]) == 5
