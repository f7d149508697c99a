"""Writers take turns: one waits for the other, but not for ever; readers wait for nobody."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from contracts.store import RUN, trial

from nasbench_pose.errors import StoreError
from nasbench_pose.evaluators.trial import Trial
from nasbench_pose.store import Store, check_shared, engine, trial_rows


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.slow)])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return str(tmp_path / "runs.db") if request.param == "sqlite" else request.getfixturevalue("postgres")


@contextmanager
def somebody_writing(store: Store, kept: Trial) -> Iterator[None]:
    """Hold a transaction open that enters a fact, as a process does that has stopped in the midst of it."""
    with store._transactions.writing() as cursor:
        store._insert_protocol(cursor, kept.protocol, None)
        trial_rows.insert_trial(store._transactions, cursor, kept)
        yield


def test_a_writer_gives_up_on_one_that_never_ends(where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "BUSY_SECONDS", 0.5)
    with Store(where) as stuck, Store(where) as store:
        store.add(trial(1))
        with somebody_writing(stuck, trial(2)):
            started = time.monotonic()
            with pytest.raises(StoreError, match=r"has been writing to .* for too long. Close it and try again."):
                store.add(trial(2))
            assert time.monotonic() - started >= 0.4
            assert len(store.evaluations()) == 1
        store.add(trial(2))
        assert len(store.evaluations()) == 2


def test_a_writer_waits_for_one_that_ends(where: str) -> None:
    with Store(where) as slow, Store(where) as store:
        writer = threading.Thread(target=store.add, args=(trial(1),))
        with somebody_writing(slow, trial(1)):
            writer.start()
            time.sleep(0.2)
            assert writer.is_alive()
        writer.join(timeout=5)
        assert len(slow.evaluations()) == 1


@pytest.mark.slow
def test_on_a_server_only_writers_of_the_same_fact_wait(postgres: str) -> None:
    with Store(postgres) as stuck, Store(postgres) as store:
        store.add(trial(1))
        with somebody_writing(stuck, trial(2)):
            store.add(trial(3))
            assert len(store.evaluations()) == 2
        assert len(store.evaluations()) == 3


def test_threads_may_share_a_database_in_memory() -> None:
    with Store("sqlite://") as store:
        run = store.run(RUN, budget=200)
        first = threading.Thread(target=lambda: [store.add(trial(n)) for n in range(200)])
        second = threading.Thread(target=lambda: [store.visit(run, n + 1, trial(n), 0.0) for n in range(200)])
        readers = [threading.Thread(target=store.frame) for _ in range(4)]
        for thread in (first, second, *readers):
            thread.start()
        for thread in (first, second, *readers):
            thread.join()
        assert len(store.evaluations()) == len(store.steps(run)) == 200


@pytest.mark.parametrize(
    "url",
    ["sqlite://", ":memory:", "sqlite:///:memory:", "sqlite:///", "sqlite:///file::memory:?cache=shared&uri=true"],
)
def test_a_database_in_memory_is_not_for_other_processes(url: str) -> None:
    with pytest.raises(StoreError, match="is in the memory of this process, which its workers cannot see"):
        check_shared(url)
    check_shared("runs.db")
    check_shared("postgresql://me@host/poses")


def test_threads_may_share_a_store(where: str) -> None:
    with Store(where) as store:
        threads = [threading.Thread(target=store.add, args=(trial(n % 5),)) for n in range(10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(store.evaluations()) == 5


def test_a_url_may_say_how_long_to_wait(tmp_path: Path) -> None:
    file = f"sqlite:///{tmp_path / 'runs.db'}"
    with Store(file) as stuck, Store(f"{file}?timeout=0.01") as store, somebody_writing(stuck, trial(2)):
        started = time.monotonic()
        with pytest.raises(StoreError, match="for too long"):
            store.add(trial(2))
        assert time.monotonic() - started < 10
