"""`benchmark` from end to end: a table that grows, is killed, goes on, is asked, checked, and searched on."""

import json
import re
import signal
import tomllib
from pathlib import Path

import pandas as pd
import psutil
import pytest
from commands import Run, call, start
from small_tables import FOUR

from nasbench_pose.stats import Interval

HOW = ("--data", "synthetic:train=48,val=16,test=16", "--input", "32x32", "--steps", "3")
BUILD = ("benchmark", "build", "four.toml", *HOW, "--out", "table.csv", "--workers", "1", "--replicated", "2")
TWO = ("--workers", "2")
TABLE = ("--table", "table.csv", "--space", "four.toml")
EVERY = 3 + 4 + 2 * 2
"""Trainings of the baseline, of all genotypes once, and of two again; those near the front come on top."""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a search space of four networks."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "four.toml").write_text(FOUR)
    return tmp_path


def trained(err: str) -> list[str]:
    return [line for line in err.splitlines() if line.endswith(" to go")]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a complete table."""
    folder = tmp_path_factory.mktemp("built")
    (folder / "four.toml").write_text(FOUR)
    status, out, err = call(*BUILD, cwd=folder)
    assert status == 0, err
    assert len(trained(err)) >= EVERY
    assert [line.endswith("; 0 to go") for line in trained(err)] == [False] * (len(trained(err)) - 1) + [True]
    assert out == f"table.csv: {len(trained(err))} trainings added\n"
    return folder


@pytest.fixture
def complete(built: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same, to work in."""
    monkeypatch.chdir(built)
    return built


@pytest.mark.slow
def test_killed_and_given_again_it_ends_as_if_nothing_had_been(here: Path, built: Path) -> None:
    for count in (1, 3):
        with start(*BUILD, *TWO, cwd=here) as process:
            assert process.stderr is not None
            for _ in range(count):
                process.stderr.readline()
            workers = psutil.Process(process.pid).children(recursive=True)
            process.kill()
        assert psutil.wait_procs(workers, timeout=20)[1] == []
    status, _, err = call(*BUILD, cwd=here)
    assert status == 0, err
    found, expected = (
        pd.read_csv(folder / "table.csv").set_index(["genotype", "seed"]).drop(columns="seconds")
        for folder in (here, built)
    )
    assert not found.index.has_duplicates
    assert len(trained(err)) <= len(found) - 4
    both = expected.index.intersection(found.index)
    assert len(both) >= EVERY
    pd.testing.assert_frame_equal(found.loc[both], expected.loc[both])


@pytest.mark.slow
def test_ctrl_c_is_one_line_and_costs_only_what_was_under_way(here: Path) -> None:
    with start(*BUILD, *TWO, cwd=here) as process:
        assert process.stderr is not None
        process.stderr.readline()
        family = psutil.Process(process.pid).children(recursive=True)
        for member in [*family, psutil.Process(process.pid)]:  # as a terminal does
            member.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    said = [line for line in err.splitlines() if line and line not in trained(err)]
    assert (process.returncode, out, said) == (130, "", ["Interrupted; everything that was finished is stored."])
    assert psutil.wait_procs(family, timeout=5)[1] == []
    rows = pd.read_csv(here / "table.csv")
    assert len(rows) >= 1 and rows["error"].isna().all()


@pytest.mark.slow
def test_a_limit_and_a_time_are_kept(here: Path) -> None:
    status, out, err = call(*BUILD, "--limit", "2", cwd=here)
    assert (status, out) == (0, "table.csv: 2 trainings added\n"), err
    status, out, err = call(*BUILD, "--minutes", "0", cwd=here)
    assert (status, out) == (0, "table.csv: 0 trainings added\n"), err


@pytest.mark.slow
def test_a_comparison_whose_searches_all_failed_ends_with_status_2(here: Path) -> None:
    assert call(*BUILD, "--limit", "1", cwd=here)[0] == 0
    looked_up = ("--evaluator", "table:table.csv", "--strategies", "random", "--budget", "1", "--seeds", "1")
    status, out, err = call("compare", "four.toml", *looked_up, "--workers", "1", "--out", "out", cwd=here)
    assert status == 2 and "\nError: No trial of a search finished; the most common reason: " in err, err
    assert "figures and tables: out" in out and (here / "out" / "summary.csv").exists()


def test_every_network_can_have_several_seeds(run: Run, here: Path) -> None:
    assert run(*BUILD, "--each", "2", "--limit", "0") == "table.csv: 0 trainings added\n"
    about = tomllib.loads((here / "table.toml").read_text())
    assert about["plan"] == {"seeds": 3, "replicated": 2, "each": 2, "best": 0.0}


def test_the_noise_of_the_table_on_photographs_is_said(run: Run) -> None:
    found = json.loads(run("benchmark", "noise", "--json"))
    said = run("benchmark", "noise").splitlines()
    assert re.fullmatch(rf" +Kendall's τ .*, \d+ genotypes .* {re.escape(str(Interval(**found['tau'])))}", said[1])
    assert said[-5].split()[-1] == f"{found['expected_tau_of_means']:.2f}"
    assert said[-4].endswith(f" {Interval(**found['expected_tau_of_best_means'])}")
    assert said[-2].split()[-1] == f"{found['spread_seeds']:.2f}"


@pytest.mark.slow
def test_a_query_says_what_was_reached(complete: Path, run: Run) -> None:
    rows = pd.read_csv(complete / "table.csv")
    text = "four:s1b1=k5_e6,s2b1=k3_e3,w1=200,w2=100"
    means = rows[rows["genotype"].str.startswith("four:")].groupby("genotype")["val_pckh"].mean()
    printed = run("benchmark", "query", "largest", *TABLE)
    assert f"{means[text]:.2f} %" in printed and f"{means.max() - means[text]:.2f}   points behind the best" in printed
    assert printed.startswith("A small space: every network trained, synthetic people 32×32, 3 steps of 16")
    answer = json.loads(run("benchmark", "query", text, *TABLE, "--json"))
    assert answer["accuracy"] == pytest.approx(means[text]) and answer["complete"] is True
    assert answer["regret"] == pytest.approx(means.max() - means[text])
    seed = json.loads(run("benchmark", "query", text, *TABLE, "--json", "--seed", "0", "--fidelity", "2"))
    curve = rows[(rows["genotype"] == text) & (rows["seed"] == 0)]["curve"].iloc[0]
    assert seed["accuracy"] == float(curve.split()[1].partition(":")[2])
    assert (seed["fidelity"], seed["seed"], seed["regret"]) == (2, 0, None)
    assert "on test" in run("benchmark", "query", "micro-smallest", *TABLE, "--split", "test")
    assert "after 2 of 3 steps" in run("benchmark", "query", text, *TABLE, "--fidelity", "2")


@pytest.mark.slow
def test_the_best_within_a_limit_is_the_last_of_the_front(complete: Path, run: Run, refused: Run) -> None:
    rows = pd.read_csv(complete / "table.csv").query("genotype.str.startswith('four:')")
    means = rows.groupby("genotype")[["macs", "val_pckh"]].mean().sort_values("macs")
    front = means[means["val_pckh"] > means["val_pckh"].shift(fill_value=-1).cummax()]
    found = json.loads(run("benchmark", "front", *TABLE, "--json"))
    assert [one["genotype"] for one in found["front"]] == list(front.index) and found["complete"] is True
    limit = front["macs"].iloc[0] / 1e6
    *_, best, note = run("benchmark", "front", *TABLE, "--limit", limit).splitlines()
    assert f"{front['val_pckh'].iloc[0]:.1f}" in best and "over seeds" in note
    assert f"has macs of 0.01 or less; {limit:g} is the least" in refused(
        "benchmark", "front", *TABLE, "--limit", "0.01"
    )
    assert "Did you mean 'macs'" in refused("benchmark", "front", *TABLE, "--cost", "mac")


@pytest.mark.slow
def test_rows_are_trained_again(complete: Path, run: Run) -> None:  # noqa: ARG001
    printed = run("benchmark", "check", "largest", "micro-smallest", *TABLE)
    assert printed.count("seed 0: the same to the last digit") == 2
    assert re.search(r"^macs +\d+ +\d+ +0$", printed, re.MULTILINE)


@pytest.mark.slow
def test_what_is_wrong_is_said_in_one_line(complete: Path, refused: Run) -> None:  # noqa: ARG001
    query = ("benchmark", "query")
    Path("four.toml").rename("elsewhere.toml")
    assert "search space 'four', which is not built in" in refused(*query, "largest", "--table", "table.csv")
    Path("elsewhere.toml").rename("four.toml")
    assert "There is no file other.csv" in refused(*query, "largest", "--table", "other.csv")
    assert "No benchmark table of 'five'" in refused(*query, "largest", "--table", "five")
    assert "Nothing was trained with seed 8" in refused(*query, "largest", *TABLE, "--seed", "8")
    assert "has a point after 7 steps; there are 1, 2, 3" in refused(*query, "largest", *TABLE, "--fidelity", "7")
    assert "Did you mean 'test'?" in refused(*query, "largest", *TABLE, "--split", "tset")
    assert "cannot tell its noise" in refused("benchmark", "noise", *TABLE)
    assert "is not what table was made with" in refused(
        "benchmark", "check", "largest", *TABLE, "--data", "synthetic:train=48,val=16,test=9"
    )
    assert "another protocol (steps: 3, now 4)" in refused(*BUILD[:-4], "--steps", "4", "--out", "table.csv")
    assert "efficientpose_small has 5.1e+21" in refused("benchmark", "build", "efficientpose_small", "--out", "a.csv")
    assert "is a .csv file" in refused("benchmark", "build", "four.toml", *HOW, "--out", "table.toml")


@pytest.mark.slow
def test_searches_are_replayed_with_their_exact_regret(complete: Path, tmp_path: Path) -> None:
    command = ("compare", "four.toml", "--evaluator", "table:table.csv", "--strategies", "random,evolution",
               "--budget", "4", "--seeds", "2", "--macs-limit", "inf", "--db", tmp_path / "runs.db",
               "--out", tmp_path / "out")  # fmt: skip
    status, out, err = call(*command, cwd=complete)
    assert status == 0, err
    assert "3 steps of 16, PCKh@0.5, looked up" in out and "regret (points)" in out
    trials = pd.read_csv(tmp_path / "out" / "trials.csv")
    rows = pd.read_csv(complete / "table.csv").set_index(["genotype", "seed"])
    repeated = trials.duplicated(["run", "key", "fidelity", "seed"])
    assert (trials.loc[repeated, "seconds"] == 0).all(), "a run is charged once for each training"
    for trial in trials[~repeated].itertuples():
        assert trial.seconds in set(rows.loc[trial.genotype]["seconds"]), "charged what the training took"
    assert (tmp_path / "out" / "regret.svg").stat().st_size
    means = rows[rows.index.get_level_values(0).str.startswith("four:")].groupby("genotype")["val_pckh"].mean()
    searched = trials[trials["strategy"] != "baselines"]
    best = searched.loc[searched.groupby(["strategy", "run_seed"])["val_pckh"].idxmax()]
    expected = (means.max() - best.set_index("strategy")["genotype"].map(means)).groupby("strategy").mean()
    summary = pd.read_csv(tmp_path / "out" / "summary.csv").set_index("strategy")["regret"]
    assert summary.to_dict() == pytest.approx(expected.to_dict())
    status, again, _ = call(*command, cwd=complete)
    assert (status, again) == (0, out)


@pytest.mark.slow
def test_strategies_that_train_do_so_beside_a_table(complete: Path, tmp_path: Path) -> None:
    small = [f"darts.{setting}" for setting in ("warm_up=1", "steps=1", "batch=4")]
    command = ("compare", "four.toml", "--evaluator", "table:table.csv", "--strategies", "darts", "--budget", "2",
               "--seeds", "1", "--workers", "1", *(word for each in small for word in ("--set", each)),
               "--db", tmp_path / "runs.db", "--out", tmp_path / "out")  # fmt: skip
    status, _, err = call(*command, cwd=complete)
    assert status == 0, err
    trials = pd.read_csv(tmp_path / "out" / "trials.csv")
    trials = trials[trials["strategy"].str.startswith("darts[")]
    assert len(trials) == 2 and trials["error"].isna().all() and (trials["ask_seconds"] > 0).all()


@pytest.mark.slow
def test_a_comparison_on_a_table_needs_no_protocol(complete: Path, refused: Run, tmp_path: Path) -> None:  # noqa: ARG001
    command = ("compare", "four.toml", "--db", tmp_path / "runs.db", "--out", tmp_path / "out", "--evaluator")
    assert "leave --protocol, --steps and --input out" in refused(*command, "table:table.csv", "--steps", "3")
    assert "set --data synthetic" in refused(*command, "table:table.csv", "--data", "lspet:/somewhere")
    assert "Did you mean 'table'?" in refused(*command, "tabel")
    assert "No benchmark table of 'four'" in refused(*command, "table")


@pytest.mark.slow
def test_the_table_on_photographs_needs_no_photographs(refused: Run, tmp_path: Path) -> None:
    command = ("compare", "efficientpose_micro", "--evaluator", "table", "--budget", "2", "--seeds", "1",
               "--db", tmp_path / "runs.db", "--out", tmp_path / "out")  # fmt: skip
    status, out, err = call(*command, cwd=tmp_path)
    assert status == 0, err
    assert "LSPET 64×64" in out and "darts" not in out
    said = err.splitlines()
    assert "say where they are with --data lspet:/folder" in said[0] and "random, seed 0: done" in said
    assert "darts trains on the table's people: say where they are with --data lspet:/folder" in refused(
        *command, "--strategies", "random,darts"
    )
    assert "nowhere" in refused(*command, "--strategies", "random", "--data", "lspet:/nowhere")
    assert "The people of bench_efficientpose_micro_lspet are in a folder; set it by --data lspet:/folder." in refused(
        "benchmark", "check", "micro-smallest"
    )
