"""The recipe study: its statistics on made-up rows, and that it resumes instead of training twice."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from scipy.stats import kendalltau

sys.path.insert(0, str(Path(__file__).parent.parent))  # analysis/ is no part of the installed package
from analysis import recipe_study as study


@pytest.fixture
def rows() -> pd.DataFrame:
    """Ten genotypes, two recipes: one whose seeds agree, one that is all noise."""
    rng = np.random.default_rng(0)
    truth = np.repeat(np.arange(10.0), 2)
    frames = [
        pd.DataFrame({"genotype": truth.astype(int), "seed": [0, 1] * 10, "seconds": 5.0})
        .assign(recipe=name, val_pckh=truth + noise * rng.normal(size=20))
        for name, noise in (("good", 0.01), ("noise", 100.0))
    ]  # fmt: skip
    return pd.concat(frames, ignore_index=True)


def test_a_recipe_is_good_if_its_seeds_rank_alike(rows: pd.DataFrame) -> None:
    table = study.summary(rows).set_index("recipe")
    assert table.loc["good", "tau"] == pytest.approx(1) and table.loc["good", "genotypes"] == 10
    assert table.loc["good", "spread_genotypes"] == pytest.approx(np.arange(10).std(ddof=1), rel=0.01)
    assert table.loc["good", "spread_seeds"] < 0.02 < 50 < table.loc["noise", "spread_seeds"]
    alike = rows[rows["recipe"] == "good"]
    alike = alike.assign(val_pckh=alike["val_pckh"] * (1 - 2 * alike["seed"]))
    assert study.summary(alike)["spread_genotypes"].item() == 0, "all that differs are the seeds"
    noise = rows[rows["recipe"] == "noise"].pivot(index="genotype", columns="seed", values="val_pckh")
    assert table.loc["noise", "tau"] == pytest.approx(kendalltau(noise[0], noise[1]).statistic)
    assert table.loc["noise", "tau_low"] <= table.loc["noise", "tau"] <= table.loc["noise", "tau_high"]


def test_the_table_says_what_its_numbers_are(rows: pd.DataFrame) -> None:
    head, _, good, noise, _, note = study.markdown(study.summary(rows)).splitlines()
    assert "val PCKh@0.5 (%)" in head and "(points)" in head and "seconds" in head and "_" not in head
    assert good.startswith("| good | 10 | 5 | 4.5 | 3.0")
    assert good.endswith("| 1.00 [1.00, 1.00] |") and "95 %" in note
    assert noise.count("[") == 1


def test_every_interval_lies_within_the_frame(
    rows: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[Figure] = []
    monkeypatch.setattr(study.plots, "save", lambda figure, _: drawn.append(figure))
    table = study.summary(rows).assign(tau_low=-0.4)
    study.draw(rows, table, tmp_path / "a.svg")
    (figure,) = drawn
    assert figure.axes[1].get_xlim()[0] < -0.4
    figure.draw_without_rendering()
    title = figure._suptitle.get_window_extent()  # type: ignore[attr-defined]
    assert title.x0 >= 0 and title.x1 <= figure.bbox.x1


def test_a_failed_or_lonely_training_is_left_out(rows: pd.DataFrame) -> None:
    rows.loc[0, "val_pckh"] = np.nan
    table = study.summary(rows.drop(index=3)).set_index("recipe")
    assert table.loc["good", "genotypes"] == 8


def test_rows_that_exist_are_not_measured_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[study.Job] = []

    def train(missing: list[study.Job], _: float) -> list[dict[str, object]]:
        asked.extend(missing)
        return [dict(zip(study.IDENTITY, study.identity(job), strict=True)) for job in missing[:3]]

    monkeypatch.setattr(study, "train", train)
    monkeypatch.setattr(study, "pinned", study.RECIPES.__getitem__)  # without drawing six thousand people
    monkeypatch.setattr(study, "folder", lambda _: tmp_path / "none")
    study.measured(tmp_path / "rows.csv", minutes=1)
    assert len(asked) == len(study.jobs())
    asked.clear()
    assert len(study.measured(tmp_path / "rows.csv", minutes=1)) == 6
    assert len(asked) == len(study.jobs()) - 3


def test_no_training_begins_after_the_deadline() -> None:
    assert list(study.train(study.jobs(), deadline=0)) == []
