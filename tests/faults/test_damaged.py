"""What is readable of damaged files is saved, and nothing that is not true."""

import random
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from contracts.store import RUN, trial
from database_files import said

from nasbench_pose.errors import StoreError
from nasbench_pose.store import Store
from nasbench_pose.store.maintenance import check, salvage
from nasbench_pose.store.maintenance.sqlite_pages import records

TRIALS = 400


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("salvage") / "runs.db"
    with Store(path) as store:
        run = store.run(RUN, budget=TRIALS)
        for number in range(1, TRIALS + 1):
            store.visit(run, number, trial(number), 0.25)
        store.save_checkpoint(run, TRIALS, bytes(range(256)) * 100)
    return path


def test_pages_have_the_rows_that_sqlite_selects(whole: Path) -> None:
    found = {values for _, values in records(whole)}
    with closing(sqlite3.connect(whole)) as connection:
        for table in ("genotype", "step", "checkpoint", "run"):
            rows = connection.execute(f"SELECT * FROM {table}").fetchall()
            if table in ("run", "checkpoint"):  # their keys are the numbers of the rows
                rows = [(None, *row[1:]) for row in rows]
            assert set(rows) <= found


def test_a_whole_database_is_saved_whole(whole: Path, tmp_path: Path) -> None:
    saved = salvage(whole, tmp_path / "saved.db")
    assert not any(saved.left_out.values())
    with Store(whole) as before, Store(tmp_path / "saved.db") as after:
        assert before.frame().equals(after.frame()) and before.checkpoint(1) == after.checkpoint(1)
    with pytest.raises(StoreError, match="exists already"):
        salvage(whole, tmp_path / "saved.db")


def test_trials_that_are_only_in_the_log_are_saved(tmp_path: Path) -> None:
    with Store(tmp_path / "a.db") as store:
        for number in range(20):
            store.add(trial(number))
        for end in ("", "-wal"):
            shutil.copy(tmp_path / f"a.db{end}", tmp_path / f"b.db{end}")
    assert salvage(tmp_path / "b.db", tmp_path / "saved.db").rows["evaluation"] == 20


@pytest.mark.parametrize("share", [0.5, 0.9])
def test_of_a_truncated_file_the_rest_is_saved(share: float, whole: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "runs.db"
    content = whole.read_bytes()
    damaged.write_bytes(content[: int(len(content) * share)])
    with (
        pytest.raises(StoreError, match=r"is damaged. Save what is readable with: nasbench-pose db check .* --salvage"),
        Store(damaged, must_exist=True) as store,
    ):
        store.frame()
    assert any(finding.wrong for finding in check(damaged))
    saved = salvage(damaged, tmp_path / "saved.db")
    assert saved.rows["evaluation"] >= TRIALS * (share - 0.25)
    assert not any(finding.wrong for finding in check(tmp_path / "saved.db"))


@pytest.mark.parametrize("seed", range(4))
def test_of_pages_of_noise_only_their_rows_are_lost(seed: int, whole: Path, tmp_path: Path) -> None:
    rng, content = random.Random(seed), bytearray(whole.read_bytes())
    for page in rng.sample(range(len(content) // 4096), 2):  # the first page has the schema: it may be lost, too
        content[4096 * page : 4096 * (page + 1)] = rng.randbytes(4096)
    (tmp_path / "runs.db").write_bytes(content)
    salvage(tmp_path / "runs.db", tmp_path / "saved.db")
    with Store(tmp_path / "saved.db") as store, Store(whole) as before:
        facts = {row for row in store.evaluations().itertuples(index=False, name=None)}
        assert facts <= {row for row in before.evaluations().itertuples(index=False, name=None)}
        # A genotype takes 50 bytes of its page, and without it its trial means nothing.
        assert len(facts) >= TRIALS - 2 * (4096 // 50) or store.evaluations().empty


def test_a_damaged_database_says_how_to_save_what_is_left(tmp_path: Path) -> None:
    with Store(tmp_path / "runs.db") as store:
        store.add_all(trial(width) for width in range(500))
    content = bytearray((tmp_path / "runs.db").read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    (tmp_path / "runs.db").write_bytes(content)
    message = said(tmp_path / "runs.db")
    assert "is damaged. Save what is readable with: nasbench-pose db check" in message


def test_what_is_no_database_has_nothing_to_save(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_bytes(b"no database" * 1000)
    with pytest.raises(StoreError, match="Nothing of a results database"):
        salvage(tmp_path / "x.db", tmp_path / "saved.db")
    for where, expected in (("no.db", "No database .*no.db"), (".", "is a folder"), ("sqlite://", "is no plain file")):
        with pytest.raises(StoreError, match=expected):
            salvage(where if "://" in where else tmp_path / where, tmp_path / "saved.db")
    assert not (tmp_path / "saved.db").exists()
