"""What `runs`, `report` and the filters of `front` make of a database, and how searches are given their beginning."""

import json
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from commands import Run, call

from nasbench_pose.cli.compare import _genotypes
from nasbench_pose.evaluators import Trial
from nasbench_pose.files import folder as folder_of
from nasbench_pose.spaces import find, load
from nasbench_pose.store import Run as Searched
from nasbench_pose.store import Store

SPACE = load("efficientpose_micro")
COMPARE = ("compare", SPACE.name, "--evaluator", "table", "--seeds", "2", "--budget", "5")
TWO = ("--strategies", "random,evolution[population=2,sample=1]")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("runs")


@pytest.fixture
def db(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> str:
    """A comparison on a table, made once."""
    monkeypatch.chdir(folder)
    if not Path("runs.db").exists():
        Path("compared.txt").write_text(run(*COMPARE, *TWO, "--db", "runs.db", "--out", "compared"))
    return "runs.db"


def test_runs_are_listed_by_the_title_of_their_protocol(db: str, run: Run) -> None:
    listed = run("runs", "--db", db)
    assert "LSPET 64×64, 800 steps of 16, PCKh@0.5, looked up in" in " ".join(listed.split())
    assert listed.count("5 of 5") == 4 and listed.count("random") == 2
    assert "population=2" in listed
    assert "6 runs; " in listed and "0 of them failed" in listed


def test_runs_as_json_have_everything(db: str, run: Run) -> None:
    rows = [json.loads(line) for line in run("runs", "--db", db, "--json").splitlines()]
    assert [(row["strategy"], row["seed"], row["trials"], row["failed"]) for row in rows][:2] == [
        ("random", 0, 5, 0), ("random", 1, 5, 0)
    ]  # fmt: skip
    assert rows[2]["settings"] == {"population": 2, "sample": 1}
    assert {"started", "machine", "numpy", "command", "space_digest", "protocol_text", "title"} <= rows[0].keys()


def test_trials_that_no_run_visited_are_listed_as_json(tmp_path: Path, run: Run) -> None:
    db, genotype = tmp_path / "own.db", find("micro-smallest")
    with Store(db) as store:
        store.add(Trial(genotype, "p", 3, 0, {"val_pckh": 10.5}))
    (line,) = run("runs", "--db", str(db), "--json").splitlines()
    row = json.loads(line)
    assert (row["run"], row["genotype"], row["val_pckh"]) == (None, genotype.text, 10.5)


def test_a_report_on_a_space_of_a_file(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = (folder_of("search_spaces") / f"{SPACE.name}.toml").read_text()
    Path("mine.toml").write_text(text.replace(f'name = "{SPACE.name}"', 'name = "mine"'))
    space = load("mine.toml")
    with Store("mine.db") as store:
        number = store.run(Searched("random", space.name, space.digest, 0, "p", 3), budget=2)
        for step, genotype in enumerate(list(space.enumerate())[:2], start=1):
            metrics = {"val_pckh": 5.0 * step, "macs": 1e6 * step}
            store.visit(number, step, Trial(genotype, "p", 3, 0, metrics), 0.0)
    told = run("report", "--db", "mine.db", "--space", "mine.toml", "--out", "o", "--macs-limit", "1")
    assert "≤ 1 MMACs" in told and " 5.0 " in told
    assert pd.read_csv("o/summary.csv")["best"].tolist() == [5.0]


def test_a_report_of_a_database_is_that_of_the_comparison(db: str, run: Run) -> None:
    compared, reported = Path("compared.txt").read_text(), run("report", "--db", db, "--out", "reported")
    assert run("report", "--db", db, "--out", "alone.html").strip() in reported, "the page alone prints the same tables"
    assert Path("alone.html").read_text().startswith("<!doctype html>")
    end = "figures and tables"
    tables = [text[text.index("\nstrategy") : text.index(end)] for text in (compared, reported)]
    assert tables[0] == tables[1]
    cards = {"card.md", "card.json"}  # what a comparison says of how it was made
    assert {path.name for path in Path("reported").iterdir()} | cards == {
        path.name for path in Path("compared").iterdir()
    }
    frames = [pd.read_csv(Path(name) / "summary.csv") for name in ("compared", "reported")]
    pd.testing.assert_frame_equal(*frames)
    assert (frames[0]["duplicates"] >= 0).all()


def test_a_front_of_a_part_of_the_database(db: str, run: Run, refused: Run) -> None:
    with Store(db) as store:
        steps = store.frame()

    def keys(*options: str) -> set[str]:
        table = run("front", "--db", db, "--csv", *options).splitlines()[1:]
        return {line.split(",")[1] for line in table}

    proposed = {name: set(part["key"]) for name, part in steps.groupby("strategy")}
    assert keys("--strategy", "random") <= proposed["random"]
    assert keys("--run", "1") <= set(steps[steps["run"] == 1]["key"])
    assert keys("--space", "hrnet") <= proposed["baselines"]
    assert keys("--protocol", "looked up") == keys()
    said = refused("front", "--db", db, "--strategy", "rendom")
    assert "No trial here has the strategy 'rendom'; there are" in said and "Did you mean 'random'?" in said
    assert "No trial here has the run 99" in refused("front", "--db", db, "--run", "99")
    assert "Did you mean 'hrnet'?" in refused("report", "--db", db, "--space", "hrnett")


def test_a_search_may_begin_with_named_genotypes_or_a_front(
    db: str, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refused: Run
) -> None:
    front = [line.split(",")[2] for line in run("front", "--db", db, "--csv", "--space", SPACE.name).splitlines()[1:]]
    source = Path(db).resolve()
    monkeypatch.chdir(tmp_path)
    one = (*COMPARE[:4], "--strategies", "random", "--seeds", "1", "--first-seed", "7", "--db", "new.db")
    for budget in ("3", "8"):  # resumed by replay
        run(*one, "--budget", budget, "--start-from", "micro-largest,micro-smallest")
    with Store("new.db") as store:
        steps = store.frame().query("strategy == 'random'")
        assert steps["genotype"].tolist()[:2] == [
            SPACE.named["micro-largest"].text, SPACE.named["micro-smallest"].text
        ]  # fmt: skip
        assert len(steps) == 8 and set(steps["run_seed"]) == {7}
    run(*one, "--budget", "3", "--start-from", str(source))
    with Store("new.db") as store:
        frame = store.frame()
        (last,) = {frame.query("strategy == 'random'")["run"].max()}
        begun = [text for text in frame[frame["run"] == last]["genotype"]]
    wanted = [text.strip('"') for text in front]
    assert begun[0].startswith(wanted[0])
    assert "Did you mean" in refused(*one, "--start-from", "micro-smalest")
    assert "belongs to 'hrnet'" in refused(*one, "--start-from", "HRNet-W32")


def test_an_empty_database_has_nothing_to_report(tmp_path: Path, refused: Run, run: Run) -> None:
    Store(tmp_path / "empty.db").close()
    assert "holds no trials yet" in refused("report", "--db", tmp_path / "empty.db", "--out", tmp_path / "out")
    assert "0 runs; 0 trials" in run("runs", "--db", tmp_path / "empty.db")


def test_trials_without_a_search_are_no_report(tmp_path: Path, refused: Run) -> None:
    with Store(tmp_path / "runs.db") as store:
        store.add(Trial(find("micro-middle"), "p1", 800, 0, {"val_pckh": 50.0}))
    said = refused("report", "--db", tmp_path / "runs.db", "--out", tmp_path / "out")
    assert "None of the trials of the database (1) belongs to a search" in said and "front --db" in said


def test_one_run_is_singular_and_folders_that_are_made_are_said(tmp_path: Path) -> None:
    space = load("efficientpose_micro")
    alone = ("--evaluator", "table", "--strategies", "baselines", "--seeds", "1")
    for command in (("compare", space.name, *alone, "--out", "one"), ("report", "--db", "runs.db", "--out", "two")):
        status, _, err = call(*command, cwd=tmp_path)
        assert status == 0 and f"made the folder {command[-1]}\n" in err
        status, _, err = call(*command, cwd=tmp_path)
        assert status == 0 and "made the folder" not in err
    assert f"1 run; {len(space.baselines)} trials, 0 of" in call("runs", "--db", "runs.db", cwd=tmp_path)[1]


def test_a_search_of_a_space_in_a_file_begins_with_what_the_file_names_or_with_a_text() -> None:
    own = replace(SPACE, name="phone")
    small = own.validate(own.read(SPACE.named["micro-smallest"].text.partition(":")[2]))
    named = replace(own, named={"phone-small": small})
    assert _genotypes("phone-small", named) == (small,) == _genotypes(small.text, named)
    assert _genotypes("micro-smallest, micro-largest", SPACE) == (
        SPACE.named["micro-smallest"], SPACE.named["micro-largest"]
    )  # fmt: skip
