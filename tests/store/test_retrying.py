"""Transactions on a server survive cut connections and conflicts; nothing is lost, and nothing is stored twice."""

import logging
import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace

import pytest
from contracts.store import RUN, trial
from sqlalchemy import create_engine, text

from nasbench_pose.errors import StoreError
from nasbench_pose.store import Step, Store, retrying
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
def waited(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> list[float]:
    """Return the list of the seconds that were waited; tests without a server do not wait."""
    seconds: list[float] = []
    if "postgres" not in request.fixturenames:
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


@pytest.mark.slow
def test_connections_that_the_server_ends_lose_nothing(postgres: str, caplog: pytest.LogCaptureFixture) -> None:
    engine = create_engine(postgres)
    ending, stopped = threading.Event(), 0

    def end_connections() -> None:
        nonlocal stopped
        query = text("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
        while not ending.wait(0.5):
            with engine.begin() as connection:
                stopped += connection.execute(query).scalar_one()

    with Store(postgres) as store, closing(store):
        run = store.run(RUN, budget=200)
        killer = threading.Thread(target=end_connections)
        killer.start()
        try:
            until, number = time.monotonic() + 2.0, 0
            while time.monotonic() < until or stopped < 2:
                number += 1
                store.visit(run, number, trial(number), 0.5)
                store.save_checkpoint(run, number, b"state %d" % number)
        finally:
            ending.set()
            killer.join()
        assert stopped > 1 and "Trying again" in caplog.text
        assert store.steps(run) == [Step(n, trial(n), 0.5) for n in range(1, number + 1)]
        assert store.checkpoint(run) == (number, b"state %d" % number)
    engine.dispose()


@pytest.mark.slow
def test_two_writers_of_the_same_many_rows_in_opposite_order(postgres: str) -> None:
    with Store(postgres) as store:
        runs = [store.run(RUN, budget=600), store.run(replace(RUN, seed=1), budget=600)]
    widths = list(range(600))

    def write(run: int, order: list[int]) -> None:
        with Store(postgres) as own:
            for first in range(0, 600, 200):
                part = order[first : first + 200]
                own.visit_all(run, [Step(first + n + 1, trial(width), 0.0) for n, width in enumerate(part)])

    writers = [threading.Thread(target=write, args=each) for each in zip(runs, (widths, widths[::-1]), strict=True)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    with Store(postgres) as store:
        assert len(store.evaluations()) == 600
        assert [len(store.steps(run)) for run in runs] == [600, 600]


def test_a_file_is_not_tried_again(waited: list[float]) -> None:
    with Store("sqlite://") as store:
        store._engine.dispose()
        with pytest.raises(StoreError, match="no such table"):
            store.add(trial(1))
    assert waited == []
