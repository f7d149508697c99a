"""`nasbench-pose db`: what its commands print, and how they fail."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from commands import Run, call
from contracts.store import RUN, trial

from nasbench_pose.cli import main
from nasbench_pose.spaces import load
from nasbench_pose.store import Store


@pytest.fixture
def db(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    with Store("runs.db") as store:
        store.visit(store.run(RUN, budget=2), 1, trial(1), 0.5)
    return "runs.db"


def test_info_counts(db: str, run: Run) -> None:
    text = " ".join(run("db", "info", db).split())
    assert text.startswith("runs.db: SQLite, schema 0")
    assert "runs 1 1 below their budget" in text and "trials 1 0 failed, 0 without a run" in text
    assert json.loads(run("db", "info", db, "--json"))["trials"] == 1


def test_check_ends_with_2_where_something_is_wrong(db: str, run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("db", "check", db).endswith("runs.db: nothing is wrong\n")
    content = bytearray(Path(db).read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    Path(db).write_bytes(content)
    assert main(["db", "check", db]) == 2
    assert "wrong: " in capsys.readouterr().out


def test_a_merge_of_what_is_missing_adds_nothing(db: str, refused: Run) -> None:
    assert "No database 'no.db'" in refused("db", "merge", "all.db", db, "no.db")
    assert not Path("all.db").exists()


def test_a_merge_with_a_damaged_database_adds_nothing(db: str, run: Run, refused: Run) -> None:
    for name in ("damaged.db", "there.db"):
        Path(name).write_bytes(Path(db).read_bytes())
    with Store("damaged.db") as store:
        store.write(lambda connection: connection.exec_driver_sql("UPDATE evaluation SET seconds = seconds + 1"))
    with Store("one_more.db") as store:
        store.add(trial(2))
    for target in ("new.db", "there.db"):
        assert "evaluation: genotype" in refused("db", "merge", target, "one_more.db", "damaged.db")
    assert sorted(file.name for file in Path.cwd().iterdir()) == ["damaged.db", "one_more.db", db, "there.db"]
    assert json.loads(run("db", "info", "there.db", "--json"))["trials"] == 1


@pytest.mark.usefixtures("db")
def test_databases_that_contradict_each_other_leave_no_new_one(refused: Run) -> None:
    with Store("other.db") as store:
        store.visit(store.run(replace(RUN, space_digest="d2"), budget=2), 1, trial(1), 0.5)
    assert "two search spaces" in refused("db", "merge", "new.db", "runs.db", "other.db")
    assert not Path("new.db").exists()


def test_merge_prints_conflicts_and_keeps_both_sides(db: str, run: Run) -> None:
    with Store("other.db") as store:
        store.add(trial(1, val_pckh=1.0))
        store.add(trial(2))
    printed = run("db", "merge", db, "other.db")
    assert "other.db: 0 runs, 0 steps and 1 trials added, 1 conflict\n" in printed and "two results" in printed
    (line,) = Path("conflicts.jsonl").read_text().splitlines()
    assert json.loads(line)["other"]["metrics"] == {"val_pckh": 1.0}


def test_export_and_import_go_there_and_back(db: str, run: Run, refused: Run) -> None:
    assert "evaluation: 1 rows" in run("db", "export", db, "out", "--format", "csv")
    assert "1 runs, 1 steps and 1 trials added, 0 conflicts" in run("db", "import", "out", "back.db")
    assert "is no export" in refused("db", "import", ".", "back.db")
    assert "Did you mean 'csv'" in refused("db", "export", db, "out2", "--format", "cvs")


def test_delete_rename_and_upgrade(db: str, run: Run, refused: Run) -> None:
    assert "1 runs renamed" in run("db", "rename", db, "strategy", RUN.strategy, "mine:Random")
    assert "run 1 and its 1 steps are deleted" in run("db", "delete", db, "1")
    assert "has no run 1" in refused("db", "delete", db, "1")
    assert "nothing to upgrade" in run("db", "upgrade", db)


@pytest.mark.usefixtures("db")
def test_a_study_of_optuna_is_imported(run: Run, refused: Run) -> None:
    optuna = pytest.importorskip("optuna")
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    space = load("efficientpose_micro")
    study = optuna.create_study(storage="sqlite:///study.db", study_name="s", directions=["maximize", "minimize"])
    genes = {gene: list(options) for gene, options in space.genes.items()}

    def objective(given: "optuna.Trial") -> tuple[float, float]:
        for gene, options in genes.items():
            given.suggest_categorical(gene, options)
        return 50.0 + given.number, 10.0

    study.optimize(objective, n_trials=3)
    assert run("db", "import", "optuna:study.db", "new.db", "--space", space.name) == "3 trials, 0 of them failed\n"
    with Store("new.db", must_exist=True) as store:
        assert sorted(store.evaluations()["val_pckh"]) == [50.0, 51.0, 52.0]
    assert "needs --space" in refused("db", "import", "optuna:study.db", "new.db")
    assert "has 2 objectives" in refused(
        "db", "import", "optuna:study.db", "new.db", "--space", space.name, "--metrics", "macs"
    )


def test_a_failed_import_leaves_no_database_behind(tmp_path: Path) -> None:
    status, _, err = call("db", "import", "nothing", "new.db", cwd=tmp_path)
    assert status == 2 and "is no export" in err and not list(tmp_path.iterdir())
    pytest.importorskip("optuna")
    status, _, err = call("db", "import", "optuna:no.db", "new.db", "--space", "efficientpose_micro", cwd=tmp_path)
    assert status == 2 and "No database 'no.db'" in err and not list(tmp_path.iterdir())
