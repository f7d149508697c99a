"""Transactions on a server survive cut connections and conflicts; nothing is lost, and nothing is stored twice."""

import logging
from collections.abc import Callable

import pytest
from contracts.store import trial

from nasbench_pose.errors import StoreError
from nasbench_pose.store import Store, retrying
from nasbench_pose.store.retrying import retried


class OperationalError(Exception):
    """As the driver's own: without a SQLSTATE if there was no connection."""

    sqlstate: str | None = None


OperationalError.__module__ = "psycopg"


def failing(times: int, state: str | None) -> tuple[list[int], Callable[[], str]]:
    calls: list[int] = []

    def work() -> str:
        calls.append(len(calls))
        if len(calls) <= times:
            error = OperationalError("server closed the connection")
            error.sqlstate = state
            raise error
        return "done"

    return calls, work


@pytest.fixture(autouse=True)
def waited(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the list of the seconds that would have been waited."""
    seconds: list[float] = []
    monkeypatch.setattr(retrying.time, "sleep", seconds.append)
    return seconds


@pytest.mark.parametrize("state", [None, "57P01", "57P03", "08006"])
def test_a_cut_connection_is_tried_again_with_longer_waits(
    state: str | None, waited: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    closed: list[bool] = []
    _, work = failing(4, state)
    with caplog.at_level(logging.WARNING):
        assert retried(work, "poses", lambda: closed.append(True)) == "done"
    assert waited == [0.1, 0.2, 0.4, 0.8] and len(closed) == 4
    assert caplog.messages[0] == "poses: server closed the connection. Trying again in 0.1 s."


def test_a_server_that_stays_away_is_given_up(waited: list[float]) -> None:
    _, work = failing(10**6, None)
    with pytest.raises(OperationalError):
        retried(work, "poses", lambda: None)
    assert 120 <= sum(waited) < 140 and max(waited) == 10


def test_a_conflict_is_tried_again(waited: list[float]) -> None:
    calls, work = failing(3, "40P01")
    assert retried(work, "poses", lambda: None) == "done" and len(calls) == 4
    calls, work = failing(99, "23505")
    with pytest.raises(OperationalError):
        retried(work, "poses", lambda: None)
    assert len(calls) == 11 and sum(waited) < 1


@pytest.mark.parametrize("state", ["55P03", "53100"])
def test_a_lock_that_is_never_free_and_a_full_disk_are_raised_at_once(state: str, waited: list[float]) -> None:
    _, work = failing(1, state)
    with pytest.raises(OperationalError):
        retried(work, "poses", lambda: None)
    assert waited == []


def test_a_file_is_not_tried_again(waited: list[float]) -> None:
    with Store("sqlite://") as store:
        store._engine.dispose()
        with pytest.raises(StoreError, match="no such table"):
            store.add(trial(1))
    assert waited == []
