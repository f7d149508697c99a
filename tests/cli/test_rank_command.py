"""`rank` on a table with made-up numbers: what it prints, keeps, draws and refuses."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from commands import Run
from scipy.stats import kendalltau

from nasbench_pose.benchmark.rows import TableFile
from nasbench_pose.cost import table as cost_table
from nasbench_pose.evaluators import Trial
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.spaces import load

PEOPLE = ("--data", "synthetic:train=24,val=16,test=16")
STEPS = 8


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty members of the micro space; accuracies grow with MACs, but for some noise."""
    file, rng = TableFile(tmp_path_factory.mktemp("table") / "table.csv"), np.random.default_rng(0)
    space = load("efficientpose_micro")
    members = space.decode(space.sample_codes(60, rng))
    file.begin()
    for genotype in list(dict.fromkeys(members))[:40]:
        counts = cost_table(space).count(space.encode([genotype]))
        end = 20 + 1e-6 * float(counts.macs[0]) + rng.normal(0, 0.5)
        curve = tuple((step, round(end - 8 / step, 3)) for step in range(1, STEPS + 1))
        metrics = {"val_pckh": end, "test_pckh": end, "macs": int(counts.macs[0]), "params": int(counts.params[0])}
        file.append(Trial(genotype, "made up", STEPS, 0, metrics, 20.0, curve))
    protocol = Protocol(steps=STEPS, data=PEOPLE[1]).text
    file.describe({"title": "Made up", "space": space.name, "space_digest": space.digest, "protocol": protocol})
    return file.path


def test_the_predictors_are_listed(run: Run) -> None:
    head, *lines = run("rank").splitlines()
    assert head.split() == ["predictor", "…", "what", "it", "is"]
    assert {"naswot", "single_path[=…]", "gp[=…]", "curve=…", "table=…"} <= {line.split()[0] for line in lines}


def test_predictors_are_ranked_by_how_far_they_can_be_trusted(run: Run, table: Path) -> None:
    title, drawn, _, head, *rows = run("rank", "--table", table, "--by", "macs,linear,curve=2", *PEOPLE).splitlines()
    assert title == "Made up"
    assert drawn == "40 networks, drawn uniformly; the table is incomplete: 40 of 648 genotypes, 0 of them with " \
                    "several seeds"  # fmt: skip
    assert head.split("  ")[0] == "predictor"
    taus = [float(row.split()[1]) for row in rows]
    assert rows[0].split()[0] == "curve=2" and taus == sorted(taus, reverse=True)
    assert taus[0] == 1.0 and all(tau > 0.4 for tau in taus)


def test_json_has_every_digit_and_fewer_networks_can_be_asked_for(run: Run, table: Path) -> None:
    found = json.loads(run("rank", "--table", table, "--by", "curve=2", "--networks", 12, "-k", 3, "--json"))
    (line,) = found["predictors"]
    assert (line["networks"], line["best_rank"], line["tau"], found["k"]) == (12, 1, 1.0, 3)


def test_scores_of_several_seeds_are_averaged_and_no_time_is_said(
    run: Run, refused: Run, table: Path, tmp_path: Path
) -> None:
    scores = tmp_path / "scores.csv"
    asked = ("rank", "--table", table, "--by", "naswot", *PEOPLE, "--networks", 5, "-k", 2, "--out", scores)
    assert "No score was computed in time" in refused(*asked, "--minutes", 0)
    (line,) = json.loads(run(*asked, "--seeds", 2, "--json"))["predictors"]
    kept = pd.read_csv(scores)
    assert sorted(kept["seed"]) == 5 * [0] + 5 * [1] and kept.groupby("genotype")["score"].nunique().eq(2).all()
    both = kept.groupby("genotype")["seconds"].sum()
    assert line["networks"] == 5 and line["seconds"] == pytest.approx(both.mean())
    accuracy = pd.read_csv(table).set_index("genotype")["val_pckh"]
    means = kept.groupby("genotype")["score"].mean()
    assert line["tau"] == pytest.approx(kendalltau(means, accuracy[means.index]).statistic)


def test_scores_are_kept_and_the_figure_is_drawn(run: Run, table: Path, tmp_path: Path) -> None:
    scores, figure = tmp_path / "scores.csv", tmp_path / "trust.svg"
    asked = ("rank", "--table", table, "--by", "macs,forest=20", *PEOPLE, "--networks", 30, "--out", scores)
    first = run(*asked, "--figure", figure)
    kept = pd.read_csv(scores)
    assert kept.groupby("predictor").size().to_dict() == {"macs": 30, "forest=20": 30}
    assert "have no score: the model was fitted to it, or it is not in the table" in first
    assert "forest of 20" in figure.read_text() and "30 networks" in figure.read_text()
    assert run(*asked) == first
    assert len(pd.read_csv(scores)) == 60


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--by", "naswott"), "Did you mean 'naswot'"),
        (("--by", "curve"), "'curve' needs a number"),
        (("--by", "curve=3", "-k", "0"), "0 is not in the range x>=1"),
        (("--by", "macs", "--data", "coco:/nowhere"), f"was trained on {PEOPLE[1]}, not on coco"),
        (("--by", "curve=3", "-k", "9", "--networks", "9"), "-k 9 of 9 networks is all of them"),
        (("--figure", "trust.jpg"), "Did you mean '.png'"),
    ],
)
def test_what_cannot_be_ranked_is_said_in_a_line(args: tuple[str, ...], said: str, table: Path, refused: Run) -> None:
    assert said in refused("rank", "--table", table, *args)


def test_a_space_without_a_table_is_said(refused: Run) -> None:
    assert "No benchmark table of 'hrnet'" in refused("rank", "hrnet")
