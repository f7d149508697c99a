"""What a table says of its own noise, held against noise that was put in."""

from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import small_tables
from scipy.stats import kendalltau

from nasbench_pose.benchmark import Benchmark
from nasbench_pose.benchmark.noise import BEST, _densest, noise
from nasbench_pose.benchmark.plan import drawn
from nasbench_pose.errors import InvalidFileError, UnknownNameError
from nasbench_pose.report.space import space_report
from nasbench_pose.report.space_text import report_text
from nasbench_pose.spaces import SearchSpace, load
from nasbench_pose.stats.intervals import Interval


@pytest.fixture(scope="module")
def noisy(tmp_path_factory: pytest.TempPathFactory) -> Benchmark:
    """A table of micro in which genotypes deviate by 2 points and seeds by 0.5; all genotypes have three seeds."""
    micro = load("efficientpose_micro")
    jobs = [(genotype, seed) for genotype in micro.enumerate() for seed in range(3)]
    table = Benchmark.load(small_tables.made_up(micro, tmp_path_factory.mktemp("noisy"), jobs))
    rng = np.random.default_rng(0)
    values = rng.normal(20, 2, (len(jobs) // 3, 1)) + rng.normal(0, 0.5, (len(jobs) // 3, 3))
    return replace(table, rows=table.rows.assign(val_pckh=values.ravel()))


def test_spreads_are_those_that_were_put_in(noisy: Benchmark) -> None:
    found = noisy.noise(np.random.default_rng(0))
    assert (found.genotypes, found.seeds) == (648, 3)
    assert found.spread_genotypes == pytest.approx(2, rel=0.15)
    assert found.spread_seeds == pytest.approx(0.5, rel=0.15)
    assert found.tau.low < found.tau.value < found.tau.high


def test_agreement_over_all_is_that_of_the_seeds_that_all_have(noisy: Benchmark) -> None:
    last, _ = drawn(noisy.space, 0, np.random.default_rng(0))
    gap = (noisy.rows["genotype"] == last[-1].text) & (noisy.rows["seed"] == 2)
    twice = replace(noisy, rows=noisy.rows[~gap])
    wide = noisy.rows.pivot(index="genotype", columns="seed", values="val_pckh")
    found = twice.noise(np.random.default_rng(0))
    assert (found.genotypes, found.seeds) == (648, 2)
    assert found.tau.value == pytest.approx(kendalltau(wide[0], wide[1]).statistic)


def test_agreement_over_all_is_that_of_the_evenly_drawn_where_all_have_one_seed(noisy: Benchmark) -> None:
    _, again = drawn(noisy.space, 150, np.random.default_rng(0))
    texts = [genotype.text for genotype in again]
    near = noisy.means().nlargest(50, "val_pckh")["genotype"]
    kept = noisy.rows["genotype"].isin([*texts, *near]) | (noisy.rows["seed"] == 0)
    found = replace(noisy, rows=noisy.rows[kept]).noise(np.random.default_rng(0))
    wide = noisy.rows.pivot(index="genotype", columns="seed", values="val_pckh").loc[texts]
    expected = np.mean([kendalltau(wide[a], wide[b]).statistic for a, b in combinations(range(3), 2)])
    assert (found.genotypes, found.seeds) == (150, 3)
    assert found.tau.value == pytest.approx(expected)


def test_what_was_trained_ahead_of_its_turn_does_not_stand_for_the_space(noisy: Benchmark) -> None:
    _, again = drawn(noisy.space, 150, np.random.default_rng(0))
    texts = [genotype.text for genotype in again]
    best = noisy.means().nlargest(100, "val_pckh")["genotype"]
    kept = noisy.rows["genotype"].isin([*texts[:40], *best]) | (noisy.rows["seed"] == 0)
    part = replace(noisy, rows=noisy.rows[kept & (noisy.rows["genotype"] != texts[40]) | (noisy.rows["seed"] == 0)])
    assert part.noise(np.random.default_rng(0)).genotypes == 40


def test_a_seed_that_has_only_begun_takes_nothing_away(noisy: Benchmark) -> None:
    begun = noisy.rows[noisy.rows["seed"] == 0].head(2).assign(seed=3)
    more = replace(noisy, rows=pd.concat([noisy.rows, begun], ignore_index=True)).noise(np.random.default_rng(0))
    before = noisy.noise(np.random.default_rng(0))
    assert replace(more, trainings_each=before.trainings_each) == before
    assert 3 < more.trainings_each < 3.01


def test_means_over_seeds_agree_as_they_were_expected_to(noisy: Benchmark) -> None:
    rng, shape = np.random.default_rng(1), (5000, 2, 3)
    true = rng.normal(20, 2, 5000)
    trainings = true[:, None, None] + rng.normal(0, 1.5, shape)
    about = replace(noisy.noise(rng), spread_genotypes=2.0, spread_seeds=1.5)
    for seeds in (1, 2, 3):
        one, other = trainings[:, :, :seeds].mean(axis=2).T
        assert about.expected(seeds) == pytest.approx(kendalltau(one, other).statistic, abs=0.02)
        assert about.expected(seeds, np.inf) == pytest.approx(kendalltau(one, true).statistic, abs=0.02)
    single, mean = trainings[:, 0, 0], trainings[:, 1].mean(axis=1)
    assert about.expected(1, 3) == about.expected(3, 1) == pytest.approx(kendalltau(single, mean).statistic, abs=0.02)
    assert replace(about, spread_genotypes=0.0).expected(2) == 0


def test_a_table_of_uneven_seeds_agrees_with_another_like_it_as_it_says(noisy: Benchmark) -> None:
    rng = np.random.default_rng(2)
    texts = [genotype.text for genotype in noisy.space.enumerate()]
    again = {genotype.text for genotype in drawn(noisy.space, 150, np.random.default_rng(0))[1]}
    true, counts = rng.normal(20, 2, len(texts)), [3 if text in again else 1 + i % 2 for i, text in enumerate(texts)]

    def made() -> Benchmark:
        values = (true[:, None] + rng.normal(0, 1.5, (len(texts), 3))).ravel()
        kept = noisy.rows["seed"] < pd.Series(counts, texts)[noisy.rows["genotype"]].to_numpy()
        return replace(noisy, rows=noisy.rows.assign(val_pckh=values)[kept])

    pairs = [(made(), made()) for _ in range(5)]
    found = [kendalltau(*(one.means()["val_pckh"][: len(texts)] for one in pair)).statistic for pair in pairs]
    about = replace(pairs[0][0].noise(rng), spread_genotypes=2.0, spread_seeds=1.5)
    assert about.trainings_each == pytest.approx(1 / np.mean([1 / n for n in counts]))
    assert about.expected(about.trainings_each) == pytest.approx(np.mean(found), abs=0.04)
    assert about.expected(1) + 0.05 < np.mean(found) < about.expected(2)


def test_the_best_are_chosen_by_a_seed_that_is_not_asked_again(noisy: Benchmark) -> None:
    wide = noisy.rows.pivot(index="genotype", columns="seed", values="val_pckh")
    best = wide[wide[0] >= wide[0].quantile(1 - BEST)]
    found = noisy.noise(np.random.default_rng(0))
    assert found.best_genotypes == len(best) == 65
    assert found.best_tau is not None
    assert found.best_tau.value == pytest.approx(kendalltau(best[1], best[2]).statistic)


def test_means_over_the_best_tenth_agree_as_they_were_expected_to() -> None:
    rng, networks = np.random.default_rng(4), 8000
    true = rng.normal(20, 1.5, (networks, 1))
    one, other, chosen_by = true + rng.normal(0, 0.6, (3, networks, 3))
    found = noise(chosen_by, np.isfinite(chosen_by), rng, members=networks, spread=list, name="made up")
    best = chosen_by[:, 0] >= np.quantile(chosen_by[:, 0], 1 - BEST)
    assert found.best_trainings == 3 and found.best_expected is not None
    again = kendalltau(one[best].mean(axis=1), other[best].mean(axis=1)).statistic
    assert found.best_expected.value == pytest.approx(again, abs=0.05) and again > found.best_tau.value + 0.1
    assert replace(found, best_tau=Interval(0.0, -0.2, 0.2)).best_expected.low == 0


def test_what_cannot_be_said_is_not_said(own: SearchSpace, made_up: Benchmark, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    empty = Benchmark.load(small_tables.made_up(own, tmp_path / "empty", []), space=own)
    with pytest.raises(InvalidFileError, match="space 0 were trained with several seeds, and 5 are needed"):
        empty.noise(np.random.default_rng(0))
    once = Benchmark.load(
        small_tables.made_up(own, tmp_path, [(genotype, 0) for genotype in own.enumerate()]), space=own
    )
    with pytest.raises(InvalidFileError, match="cannot tell its noise: of the genotypes spread"):
        once.noise(np.random.default_rng(0))
    with pytest.raises(UnknownNameError, match="Did you mean 'test'"):
        made_up.noise(np.random.default_rng(0), split="tets")
    found = made_up.noise(np.random.default_rng(0))
    assert found.best_tau is None and ("too few to say" in str(found.lines))


def test_a_table_without_noise_agrees_with_itself(noisy: Benchmark) -> None:
    means = noisy.rows.groupby("genotype")["val_pckh"].transform("mean")
    still = replace(noisy, rows=noisy.rows.assign(val_pckh=means)).noise(np.random.default_rng(0))
    assert still.tau.value == pytest.approx(1) and still.spread_seeds == pytest.approx(0, abs=1e-9)


def test_lines_say_every_number(noisy: Benchmark) -> None:
    found = noisy.noise(np.random.default_rng(0))
    said = pd.Series(dict(found.lines))
    assert str(found.tau) in set(said) and str(found.best_tau) in set(said)
    assert f"{found.expected(found.trainings_each):.2f}" in set(said)
    assert f"{found.expected(1):.2f}, {found.expected(2):.2f}, {found.expected(3):.2f}" in set(said)
    assert f"{found.spread_seeds:.2f}" in set(said) and f"{found.spread_genotypes:.2f}" in set(said)


def test_the_report_of_a_space_holds_its_spread_against_the_noise(noisy: Benchmark) -> None:
    report = space_report(noisy.space, np.random.default_rng(0), noisy)
    noise = noisy.noise(np.random.default_rng(0))
    assert report.spread == (noise.spread_genotypes, noise.spread_seeds)
    assert report.accuracy is not None and report.accuracy.drawn is None
    means = noisy.means()["val_pckh"].to_numpy()[: len(noisy.index.members)]
    assert report.accuracy.quantiles[0] == means.min() and report.accuracy.quantiles[-1] == means.max()
    assert report.verdict.startswith(f"Networks differ {noise.spread_genotypes / noise.spread_seeds:.1f} times")
    text = report_text(report)
    assert "PCKh@0.5 (%)" in text and "over seeds of one genotype (points)" in text and report.verdict in text


def test_rows_of_one_seed_are_no_pairs_however_many() -> None:
    """Ten trainings of one seed say nothing of noise; two genotypes of two seeds do."""
    accuracy = np.full((12, 2), np.nan)
    accuracy[:, 0], accuracy[:2, 1] = range(12), (3.0, 4.0)
    assert _densest(accuracy).tolist() == [[0.0, 3.0], [1.0, 4.0]]


def test_noise_alone_does_not_pass_for_a_spread_of_genotypes(noisy: Benchmark) -> None:
    """Means over three seeds of equal genotypes deviate by 2 / √3 points."""
    rng = np.random.default_rng(1)
    same = replace(noisy, rows=noisy.rows.assign(val_pckh=rng.normal(20, 2, len(noisy.rows))))
    found = same.noise(np.random.default_rng(0))
    assert found.spread_seeds == pytest.approx(2, rel=0.1)
    assert found.spread_genotypes < 0.6


def test_the_error_says_how_many_genotypes_have_several_seeds(own: SearchSpace, tmp_path: Path) -> None:
    _, again = drawn(own, len(list(own.enumerate())), np.random.default_rng(0))
    jobs = [(genotype, 0) for genotype in own.enumerate()] + [(genotype, 1) for genotype in again[:3]]
    few = Benchmark.load(small_tables.made_up(own, tmp_path, jobs), space=own)
    with pytest.raises(InvalidFileError, match="over the space 3 were trained with several seeds, and 5 are needed"):
        few.noise(np.random.default_rng(0))
