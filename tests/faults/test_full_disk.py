"""A full disk costs what does not fit; with room again, the search goes on."""

from pathlib import Path

from contracts.store import RUN, trial
from sqlalchemy import event

from nasbench_pose.errors import StoreError
from nasbench_pose.store import Store


def fill(store: Store, run: int) -> int:
    """Visit until the disk is full; return the steps that were kept."""
    for number in range(1, 10_000):
        try:
            store.visit(run, number, trial(number), 0.0)
        except StoreError as error:
            assert "disk is full" in str(error).lower() and "Make room and run the same command again." in str(error)
            return number - 1
    raise AssertionError("the disk was never full")


def test_a_full_disk_keeps_what_was_finished(small_disk: Path) -> None:
    with Store(small_disk / "runs.db") as store:
        run = store.run(RUN, budget=10)
        (small_disk / "ballast").write_bytes(bytes(100_000))
        kept = fill(store, run)
        assert len(store.steps(run)) == kept > 0
        (small_disk / "ballast").unlink()
        store.visit(run, kept + 1, trial(kept + 1), 0.0)
    with Store(small_disk / "runs.db", must_exist=True) as store:
        assert [step.number for step in store.steps(run)] == list(range(1, kept + 2))


def test_a_full_database_keeps_what_was_finished(tmp_path: Path) -> None:
    """As a full disk, where no small disk can be made: SQLite says the same when it may take no more pages."""
    file = tmp_path / "runs.db"
    with Store(file) as store:
        run = store.run(RUN, budget=10)
        event.listen(store._engine, "checkout", lambda connection, *_: connection.execute("PRAGMA max_page_count = 30"))
        kept = fill(store, run)
    with Store(file, must_exist=True) as store:
        assert len(store.steps(run)) == kept > 0
        store.visit(run, kept + 1, trial(kept + 1), 0.0)
