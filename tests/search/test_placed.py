"""Searches whose trials are measured elsewhere."""

import pickle
from dataclasses import replace
from pathlib import Path

import pytest
from fakes import SPACE, Dying, KeyReader

from nasbench_pose.errors import NoDeviceError, UnknownNameError
from nasbench_pose.evaluators.protocol import PROTOCOLS
from nasbench_pose.evaluators.training import Training
from nasbench_pose.executors.call import Call, UnfitError
from nasbench_pose.executors.placement import HERE, Placement
from nasbench_pose.search import Comparison, Event, compare, plan
from nasbench_pose.search.executors import in_this_process
from nasbench_pose.spaces import find
from nasbench_pose.store import Store


def test_what_is_no_executor_is_said_before_anything_starts(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="No executor named 'rai'"):
        plan(
            SPACE, ["random"], KeyReader(tmp_path / "log"), budget=1, seeds=1, store=str(tmp_path / "runs.db"),
            placement=Placement("rai"),
        )  # fmt: skip
    assert not list(tmp_path.iterdir())


def test_a_device_is_needed_where_trials_are_measured(tmp_path: Path) -> None:
    protocol = replace(PROTOCOLS["quick"], device="cuda:77")
    comparison = Comparison(
        SPACE, ("random",), Training("synthetic:train=4,val=2,test=2", protocol), budget=1, seeds=1,
        store=tmp_path / "runs.db", placement=Placement("workers"),
    )  # fmt: skip
    assert next(iter(comparison.jobs())).strategy == "random"
    with pytest.raises(NoDeviceError, match="No device named 'cuda:77'; this machine has auto"):
        replace(comparison, placement=HERE).jobs()
    key = comparison.evaluator.protocol_key
    call = Call(pickle.dumps(comparison.measurement), find("micro-smallest"), key, 2, 0)
    with pytest.raises(UnfitError, match=r"cannot measure: No device named 'cuda:77'.*asks for it: --gpus-per-trial 1"):
        call()


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
