"""A server that goes away and comes back costs a search nothing but time, and nobody has to start it again."""

import threading
import time
from contextlib import closing
from dataclasses import replace

import pytest
from contracts.store import RUN, trial
from sqlalchemy import create_engine, text

from nasbench_pose.store import Step, Store


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
