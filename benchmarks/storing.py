"""How much processor time a trial takes to be kept: by the store, by sqlite3 itself with the same rows, and by Optuna.

All of them write to files on the same disk; rounds alternate, so that a busy machine slows all of them. Optuna is left
out where it is not installed. sqlite3 is the floor.
"""

import json
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from table import begin, machine, report
from timing import OURS, comparison, installed, verdicts

from nasbench_pose.evaluators import Trial
from nasbench_pose.genotype import Genotype
from nasbench_pose.store import Run, Store

BRIEF = "--brief" in sys.argv
TRIALS, ROUNDS = 400, 2 if BRIEF else 7
SQLITE, OPTUNA = "sqlite3, the same rows", "Optuna, journal file"


def trials(start: int) -> list[Trial]:
    """Return trials of genotypes that no database has yet."""
    metrics = {"val_pckh": 61.5, "test_pckh": 60.5, "val_loss": 4.25, "params": 14_848, "macs": 2_060_288}
    curve = ((100, 9.1), (200, 10.0), (400, 12.4), (800, 17.4))
    genes = [("s1b1", "k3_e3"), ("s2b1", "k7_e6"), ("s2b2", "skip"), ("w1", 100)]
    return [
        Trial(Genotype("tiny", [*genes, ("w2", start + n)]), "p1", 800, 0, metrics, 61.5, curve) for n in range(TRIALS)
    ]


def seconds(work: Callable[[list[Trial]], object], given: list[Trial]) -> float:
    """Return the seconds of processor time that each trial took."""
    started = time.process_time()
    work(given)
    return (time.process_time() - started) / len(given)


def raw(folder: Path) -> Callable[[list[Trial]], object]:
    """Return what keeps the same rows by sqlite3 alone, a transaction for each."""
    Store(folder / "raw.db").close()
    connection = sqlite3.connect(folder / "raw.db", isolation_level=None)
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("INSERT INTO protocol VALUES ('p1', NULL, 0)")

    def keep(given: list[Trial]) -> None:
        for trial in given:
            key, curve = trial.genotype.key, json.dumps(trial.curve)
            row = (key, "p1", 800, 0, json.dumps(trial.metrics), curve, trial.seconds, None, "whole", 0)
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("INSERT INTO genotype VALUES (?, ?, ?)", (key, "tiny", trial.genotype.text))
            connection.execute(f"INSERT INTO evaluation VALUES (NULL{', ?' * len(row)})", row)
            connection.execute("COMMIT")

    return keep


def searched(folder: Path) -> Callable[[list[Trial]], object]:
    """Return what finds and visits as a search does, a step for each."""
    store = Store(folder / "searched.db")
    run = store.run(Run("random", "tiny", "d", 0, "p1", 800), budget=10**6)
    done = 0

    def keep(given: list[Trial]) -> None:
        nonlocal done
        for trial in given:
            done += 1
            store.find(trial.genotype, trial.protocol, trial.fidelity, trial.seed)
            store.visit(run, done, trial, 0.001)

    return keep


def optuna_study(folder: Path) -> Callable[[list[Trial]], object]:
    """Return what keeps the same numbers as trials of an Optuna study in a journal file, its fastest storage."""
    import optuna
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(storage=JournalStorage(JournalFileBackend(str(folder / "journal.log"))))

    def keep(given: list[Trial]) -> None:
        for trial in given:
            kept = optuna.trial.create_trial(value=trial.metrics["val_pckh"], user_attrs=dict(trial.metrics))
            study.add_trial(kept)

    return keep


def main() -> None:
    """Measure and report everything."""
    begin(__doc__, brief="a rehearsal with fewer rounds")
    peers = installed("optuna")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        single, bulk = Store(folder / "single.db"), Store(folder / "bulk.db")
        ways: dict[str, Callable[[list[Trial]], object]] = {
            SQLITE: raw(folder),
            "add": lambda given: [single.add(trial) for trial in given],
            "find and visit": searched(folder),
            "add_all": bulk.add_all,
        }
        if peers:
            ways[OPTUNA] = optuna_study(folder)
        taken: dict[str, list[float]] = {way: [] for way in ways}
        for number in range(ROUNDS):
            given = trials(number * TRIALS)
            for way, keep in ways.items():
                taken[way].append(seconds(keep, given))
    median = {way: statistics.median(each) for way, each in taken.items()}
    others = {way: median[way] for way in (SQLITE, OPTUNA) if way in median}
    rows = {
        "keep a trial (ms)": {OURS: median["add"], **others},
        "look for a trial and keep it as a step of a search (ms)": {OURS: median["find and visit"], **others},
        "keep many at once (ms)": {OURS: median["add_all"]},
    }
    about = f"{machine('SQLAlchemy', *peers)}; processor time, medians of {ROUNDS} in turn"
    found = comparison(rows, floors=(SQLITE,))
    report("storing", f"{found}\n\n{about} of {TRIALS} trials each, files on one disk.")
    singly, bulk = 1 / max(median["add"], median["find and visit"]), 1 / median["add_all"]
    verdicts(
        (singly >= 4_000, f"4,000 trials of a search in a second of processor time: {singly:,.0f}"),
        (bulk >= 15_000, f"15,000 trials at once in a second of processor time: {bulk:,.0f}"),
    )


if __name__ == "__main__":
    main()
