"""`compare` from end to end: run, run again, go on, be interrupted, be killed, run out of disk."""

import signal
import time
from pathlib import Path

import pandas as pd
import psutil
import pytest
from commands import TINY, Run, call, start

from nasbench_pose.objective import Objective
from nasbench_pose.pareto import front
from nasbench_pose.spaces import load
from nasbench_pose.store import Store

SPACE = load("efficientpose_micro")
FILES = {
    "trials.csv", "summary.csv", "genotypes.csv", "card.json", "card.md", "measured_plane.svg",
    "best_so_far_evaluations.svg", "best_so_far_seconds.svg", "report.html",
}  # fmt: skip
COMPARE = ("compare", SPACE.name, "--strategies", "random,evolution,fixed", "--seeds", "1", *TINY)
ALONE = ("--workers", "1")
"""Where several processes are not what is tested: each takes seconds to import torch."""


def trained(err: str) -> list[str]:
    return [line for line in err.splitlines() if ": trial " in line]


@pytest.mark.slow
def test_from_end_to_end(tmp_path: Path) -> None:
    status, first, err = call(*COMPARE, "--budget", "3", *ALONE, cwd=tmp_path)
    assert (status, len(trained(err))) == (0, 3 + 3 + 3 + len(SPACE.baselines))
    said = ["Measured plane: synthetic people 64×64, 3 steps of ", "random", "evolution", "fixed", "HRNet-W8-narrow"]
    said += ["The best trade-offs", "figures and tables: out", "database: runs.db"]
    assert [words for words in said if words not in first] == []
    assert {path.name for path in (tmp_path / "out").iterdir()} == FILES
    trials = pd.read_csv(tmp_path / "out" / "trials.csv")
    assert len(trials) == len(trained(err)) and trials["error"].isna().all()
    genotypes = pd.read_csv(tmp_path / "out" / "genotypes.csv")
    best = first.partition("The best trade-offs")[2]
    on_front = genotypes[front(genotypes, Objective("macs"), Objective("val_pckh", maximise=True))]
    shown = [key for key in genotypes["key"] if key in best]
    assert len(shown) == min(3, len(on_front)) and set(shown) <= set(on_front["key"])

    status, second, _ = call(*COMPARE, "--budget", "3", *ALONE, cwd=tmp_path)
    assert (status, second) == (0, first), "what is known is looked up, seconds included"
    with Store(tmp_path / "runs.db") as store:
        known = len(store.evaluations())

    status, third, err = call(*COMPARE, "--budget", "4", "--macs-limit", "inf", *ALONE, cwd=tmp_path)
    assert status == 0, err
    assert "duplicates  PCKh@0.5 (%)  hyper" in third, "no limit is none to be named"
    longer = pd.read_csv(tmp_path / "out" / "trials.csv")
    counts = longer.groupby("strategy")["step"].max()
    assert counts.to_dict() == {"random": 4, "evolution": 4, "fixed": 3, "baselines": len(SPACE.baselines)}
    merged = trials.merge(longer, on=["strategy", "run_seed", "step", "key", "seconds"])
    assert len(merged) == len(trials), "it went on from what was there"
    with Store(tmp_path / "runs.db") as store:
        assert 0 < len(store.evaluations()) - known <= 2


@pytest.mark.slow
def test_one_strategy_alone_even_the_baselines(run: Run, tmp_path: Path) -> None:
    command = ("compare", SPACE.name, "--budget", "1", "--seeds", "1", *TINY, "--db", tmp_path / "a.db")
    printed = run(*command, "--strategies", "baselines", "--out", tmp_path)
    assert "baselines" in printed and "SimpleBaseline-R26-narrow" in printed


@pytest.mark.slow
def test_a_search_with_inherited_weights_is_charged_its_supernet(run: Run, tmp_path: Path) -> None:
    asked = (
        "compare",
        SPACE.name,
        "--evaluator",
        "sandwich",
        "--strategies",
        "random",
        "--budget",
        "2",
        "--seeds",
        "2",
    )
    said = run(*asked, *TINY, *ALONE, "--out", tmp_path / "out", "--db", tmp_path / "runs.db")
    assert "weights inherited from a supernet (sandwich)" in said and "Hand-made" not in said
    trials = pd.read_csv(tmp_path / "out" / "trials.csv")
    assert len(trials) == 4 and trials["error"].isna().all()
    with Store(tmp_path / "runs.db") as store:
        own = store.frame().sort_values(["run_seed", "step"])["seconds"]
    once = trials.groupby("run_seed")["supernet_seconds"].max()
    assert trials["seconds"].sum() == pytest.approx(own.sum() + once.sum())


@pytest.mark.slow
def test_ctrl_c_is_one_line_and_leaves_nobody_behind(tmp_path: Path) -> None:
    with start(*COMPARE, "--budget", "50", cwd=tmp_path) as process:
        assert process.stderr is not None
        while ": trial " not in process.stderr.readline():
            pass
        family = psutil.Process(process.pid).children(recursive=True)
        started = time.perf_counter()
        for member in [*family, psutil.Process(process.pid)]:  # as a terminal does
            member.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
        assert time.perf_counter() - started < 10
    said = [line for line in err.splitlines() if line and ": trial " not in line]
    assert (process.returncode, out, said) == (130, "", ["Interrupted; everything that was finished is stored."])
    assert psutil.wait_procs(family, timeout=5)[1] == []
    with Store(tmp_path / "runs.db", must_exist=True) as store:
        facts = store.evaluations()
        assert len(facts) >= 1 and facts["error"].isna().all()


@pytest.mark.slow
def test_killed_and_given_again_it_ends_as_if_nothing_had_been(tmp_path: Path) -> None:
    for name in ("killed", "whole"):
        (tmp_path / name).mkdir()
    with start(*COMPARE, "--budget", "2", cwd=tmp_path / "killed") as process:
        assert process.stderr is not None
        for _ in range(4):
            process.stderr.readline()
        process.kill()
    columns = ["strategy", "run_seed", "step", "key", "val_pckh", "test_pckh", "val_loss", "macs"]
    found = []
    for name in ("killed", "whole"):
        status, _, err = call(*COMPARE, "--budget", "2", *ALONE, cwd=tmp_path / name)
        assert status == 0, err
        trials = pd.read_csv(tmp_path / name / "out" / "trials.csv")
        found.append(trials.sort_values(columns[:3])[columns].to_dict("records"))
    assert found[0] == found[1]


@pytest.mark.slow
def test_a_disk_that_fills_up_is_said_and_costs_nothing_that_was_finished(small_disk: Path, tmp_path: Path) -> None:
    command = (*COMPARE, "--strategies", "random", "--budget", "4", "--db", small_disk / "runs.db")
    with start(*command, cwd=tmp_path) as process:
        assert process.stderr is not None
        while ": trial " not in process.stderr.readline():
            pass
        with pytest.raises(OSError, match="No space left"), (small_disk / "ballast").open("wb", buffering=0) as ballast:
            while True:
                ballast.write(bytes(4096))
        _, err = process.communicate(timeout=100)
    last = err.splitlines()[-1]
    assert process.returncode == 2
    assert last.startswith("Error: ") and "The disk is full" in last and "Traceback" not in err
    (small_disk / "ballast").unlink()
    with Store(small_disk / "runs.db") as store:
        kept = store.evaluations()
    assert len(kept) >= 1 and kept["error"].isna().all(), "a full disk is no failed training"
    status, _, err = call(*command, *ALONE, cwd=tmp_path)
    assert status == 0, err
    with Store(small_disk / "runs.db") as store:
        assert kept["key"].tolist() == store.evaluations()["key"].tolist()[: len(kept)]
