"""`watch`: how far the searches of a database are, while they run and afterwards."""

import re
import threading
import time
from itertools import pairwise
from pathlib import Path

import pytest
from commands import Run

from nasbench_pose.evaluators import Trial
from nasbench_pose.report.progress import progress
from nasbench_pose.spaces import load
from nasbench_pose.store import Run as Search
from nasbench_pose.store import Store
from nasbench_pose.store.live import Live, note

SPACE = load("efficientpose_micro")
MEMBERS = list(SPACE.named.values())
ESCAPE = "\x1b[31mno memory"


def search(store: Store, strategy: str, *, trials: int, budget: int = 3) -> int:
    """Store a search with so many of its trials, of which the second one failed; return its number."""
    run = Search(
        strategy=strategy, settings={}, space=SPACE.name, space_digest=SPACE.digest, seed=0, protocol="p", fidelity=9,
    )  # fmt: skip
    number = store.run(run, budget=budget)
    for step in range(1, trials + 1):
        store.visit(number, step, trial(step), 0.0)
    return number


def trial(step: int) -> Trial:
    """Return the trial of a step: 20 % and more, or a failure."""
    where = (MEMBERS[step % len(MEMBERS)], "p")
    if step == 2:
        return Trial(*where, fidelity=9, seed=step, error=f"{ESCAPE} at {where[0].text}")
    return Trial(*where, fidelity=9, seed=step, metrics={"val_pckh": 20.0 + step, "macs": 5e6})


@pytest.fixture
def db(tmp_path: Path) -> Path:
    """A database of a search that has its trials and one that has a third of them."""
    path = tmp_path / "runs.db"
    with Store(path) as store:
        search(store, "random", trials=3)
        search(store, "tpe", trials=1)
    return path


def test_a_look(db: Path, run: Run) -> None:
    before = db.read_bytes()
    words = run("watch", "--db", db, "--once")
    assert "1 of 1" in words and "0 of 1" in words and "3 of 3" in words and "1 of 3" in words
    assert "23.0 PCKh@0.5" in words and "21.0 PCKh@0.5" in words, "the best of each strategy"
    assert "4 trials, 1 failed, 2 left" in words
    assert r"1 failed: \x1b[31mno memory at …" in words, "a terminal does not obey it"
    assert db.read_bytes() == before, "it only reads"


def test_it_ends_with_the_searches(db: Path, run: Run) -> None:
    def finish() -> None:
        with Store(db) as store:
            for step in (2, 3):
                time.sleep(0.3)
                store.visit(2, step, trial(step), 0.0)

    writer = threading.Thread(target=finish)
    writer.start()
    lines = run("watch", "--db", db, "--interval", "0.2").splitlines()
    writer.join()
    assert lines[0] == "4 trials, 1 failed, 2 left"
    assert lines[-1] == "6 trials, 2 failed, every search has its trials"
    assert 2 <= len(lines) <= 3 and all(line != other for line, other in pairwise(lines))


def test_it_waits_for_the_first_search(tmp_path: Path, run: Run) -> None:
    path = tmp_path / "runs.db"
    Store(path).close()
    assert run("watch", "--db", path, "--once") == "No search has begun.\n"

    def begin() -> None:
        time.sleep(0.3)
        with Store(path) as store:
            search(store, "random", trials=3)

    writer = threading.Thread(target=begin)
    writer.start()
    lines = run("watch", "--db", path, "--interval", "0.2").splitlines()
    writer.join()
    assert lines[0] == "No search has begun." and lines[-1] == "3 trials, 1 failed, every search has its trials"


def test_searches_without_a_trial_and_missing_databases(tmp_path: Path, run: Run, refused: Run) -> None:
    with Store(tmp_path / "new.db") as store:
        search(store, "random", trials=0)
        found = progress(store)
    assert (found.trials, found.left, found.reasons) == (0, 3, ())
    assert "0 trials, 0 failed, 3 left" in run("watch", "--db", tmp_path / "new.db", "--once")
    assert "none.db" in refused("watch", "--db", tmp_path / "none.db")
    assert not (tmp_path / "none.db").exists()


def test_trainings_that_are_under_way_have_their_curves(tmp_path: Path, run: Run) -> None:
    path = tmp_path / "runs.db"
    with Store(path) as store:
        note(store, Live("key", "p", 0, f"net {ESCAPE}", 30, 100, 0.52, ((10, 5.0), (20, 40.0), (30, 32.0))))
    words = run("watch", "--db", path, "--once")
    assert r"net \x1b[31mno memory: step 30 of 100, loss 0.52 ▁█▆ 32.0 %; heard of 20" in words
    assert "trials" not in words


def test_a_training_that_was_killed_is_stalled_and_not_waited_for(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "runs.db"
    with Store(path) as store:
        note(store, Live("key", "p", 0, "net", 30, 100, 0.52, ()))
    monkeypatch.setattr("nasbench_pose.store.live.STALLED", -1.0)
    words = r"net: step 30 of 100, loss 0.52; STALLED, nothing heard for \d+ s: the same command continues it\n"
    assert re.fullmatch(words, run("watch", "--db", path))
    assert re.fullmatch(words, run("watch", "--db", path, "--once"))
