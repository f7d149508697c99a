"""Surrogate benchmarks: fair samples, honest predictions, refusals, and a build that goes on where it stopped."""

import re
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import small_tables
from scipy.stats import bootstrap, kendalltau
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.preprocessing import StandardScaler

from nasbench_pose.benchmark import Benchmark
from nasbench_pose.benchmark.surrogate import Predicted, SurrogateBenchmark
from nasbench_pose.benchmark.surrogate.build_sample import build_sample
from nasbench_pose.benchmark.surrogate.left_out import leave_one_strategy_out
from nasbench_pose.benchmark.surrogate.sample_file import SampleFile
from nasbench_pose.benchmark.surrogate.sample_plan import STRATA, Draw, SamplePlan, drawn, over_cost
from nasbench_pose.cost import table as cost_table
from nasbench_pose.errors import InvalidFileError, NasbenchPoseError, UnknownNameError
from nasbench_pose.evaluators.measurement import Measurement, MeasurementOptions
from nasbench_pose.evaluators.trial import Evaluator
from nasbench_pose.genotype import Genotype
from nasbench_pose.measurements import measurement
from nasbench_pose.report.surrogate_text import quality_text
from nasbench_pose.spaces import SearchSpace, load
from nasbench_pose.surrogates import features
from nasbench_pose.testing import EvaluatorContract, MeasurementContract

MICRO, HUGE = load("efficientpose_micro"), load("efficientpose_small")
TABLE = Benchmark.load("efficientpose_micro", "lspet")


def draws(number: int) -> list[Draw]:
    return drawn(MICRO, cost_table(MICRO), SamplePlan(drawn=number), np.random.default_rng(0))


def rows_of(sample: list[Draw]) -> pd.DataFrame:
    wanted = pd.DataFrame([(one.text, seed, by) for one, seed, by in sample], columns=["genotype", "seed", "drawn_by"])
    return wanted.merge(TABLE.rows, on=["genotype", "seed"])


@pytest.fixture(scope="module")
def sixty() -> SurrogateBenchmark:
    """The surrogate of sixty networks of the table of photographs."""
    return SurrogateBenchmark("sixty", MICRO, rows_of(draws(60)), TABLE.about)


@pytest.fixture(scope="module")
def cheap() -> SurrogateBenchmark:
    """A surrogate that has seen cheap networks only, half of them found by a strategy."""
    rows = rows_of(draws(120))
    rows = rows[rows["macs"] < 3e6].reset_index(drop=True)
    rows.loc[rows.index % 2 == 1, "drawn_by"] = "evolution"
    return SurrogateBenchmark("cheap", MICRO, rows, TABLE.about)


class TestMeasurement(MeasurementContract):
    @pytest.fixture
    def space(self) -> SearchSpace:
        return MICRO

    @pytest.fixture
    def measurement(self, sixty: SurrogateBenchmark) -> Measurement:
        return Predicted(sixty)


class TestEvaluator(EvaluatorContract):
    metrics = ("val_pckh", "macs", "params")

    @pytest.fixture
    def space(self) -> SearchSpace:
        return MICRO

    @pytest.fixture
    def genotype(self, space: SearchSpace) -> Genotype:
        return space.named["micro-middle"]

    def new(self) -> Evaluator:
        return Predicted(SurrogateBenchmark("thirty", MICRO, rows_of(draws(30)), TABLE.about))()


def test_any_first_draws_are_spread_over_cost_and_have_its_ends() -> None:
    costs = cost_table(HUGE, input=(64, 64))
    first = list(islice(over_cost(HUGE, costs, np.random.default_rng(0)), 2 + 3 * STRATA))
    assert len(set(first)) == len(first)
    macs = costs.count(HUGE.encode(first)).macs
    assert macs[0] == macs.min() and macs[1] == macs.max()
    edges = np.linspace(macs.min(), macs.max() + 1, STRATA + 1)
    for third in range(3):
        part = macs[2 + STRATA * third : 2 + STRATA * (third + 1)]
        assert np.histogram(part, edges)[0].tolist() == [1] * STRATA
    assert first == list(islice(over_cost(HUGE, costs, np.random.default_rng(0)), len(first)))


def test_a_space_that_is_used_up_ends_the_draws() -> None:
    small = load("heads_micro")
    found = list(over_cost(small, cost_table(small), np.random.default_rng(0)))
    assert 0.9 * small.size <= len(found) == len(set(found)) <= small.size


def test_a_prediction_is_that_of_the_gaussian_process(sixty: SurrogateBenchmark) -> None:
    known = features(MICRO, sixty.codes)
    scaler = StandardScaler().fit(known)
    kernel = sixty.model.pipeline[-1].kernel_  # type: ignore[attr-defined]
    twin = GaussianProcessRegressor(kernel, normalize_y=True, optimizer=None)
    twin.fit(scaler.transform(known), sixty.first["val_pckh"])
    asked = MICRO.encode(TABLE.index.members)
    mean, deviation = twin.predict(scaler.transform(features(MICRO, asked)), return_std=True)
    found = sixty.predict(asked)
    np.testing.assert_allclose(found.mean, mean, rtol=1e-9)
    np.testing.assert_allclose(found.deviation, deviation, rtol=1e-9)
    middle = MICRO.named["micro-middle"]
    assert sixty.query(middle).accuracy == pytest.approx(mean[TABLE.index.row(middle)])


def test_trainings_of_a_network_differ_by_the_noise_of_seeds(sixty: SurrogateBenchmark) -> None:
    several = sixty.rows.groupby("genotype")["val_pckh"].agg(list)
    pooled = np.mean([np.var(values, ddof=1) for values in several if len(values) > 1])
    assert sixty.spread_of_seeds == pytest.approx(np.sqrt(pooled))
    drawn_ = np.array([sixty.query("micro-middle", seed).accuracy for seed in range(400)])
    assert drawn_[7] == sixty.query("micro-middle", 7).accuracy
    assert drawn_.mean() == pytest.approx(sixty.query("micro-middle").accuracy, abs=4 * drawn_.std() / 20)
    assert drawn_.std() == pytest.approx(sixty.spread_of_seeds, rel=0.15)


def test_its_intervals_hold_the_trainings_that_it_has_not_seen(sixty: SurrogateBenchmark) -> None:
    known = set(sixty.first["genotype"])
    others = [genotype for genotype in TABLE.index.members if genotype.text not in known]
    found = sixty.predict(MICRO.encode(others))
    errors = np.abs(found.mean - [TABLE.query(genotype, seed=0).accuracy for genotype in others])
    assert 0.88 < (errors < 1.96 * found.deviation).mean() <= 1.0


def test_it_refuses_where_it_would_extrapolate(cheap: SurrogateBenchmark) -> None:
    members = TABLE.index.members
    trusted = cheap.trusted(MICRO.encode(members))
    assert 0.1 < trusted.mean() < 0.9
    for genotype, answers in list(zip(members, trusted, strict=True))[::40]:
        if answers:
            cheap.query(genotype)
        else:
            with pytest.raises(InvalidFileError, match=r"does not extrapolate|is unlike the trained networks"):
                cheap.query(genotype)
    trial = Predicted(cheap)().evaluate(MICRO.named["micro-largest"], fidelity=800, seed=0)
    assert trial.error is not None and "MMACs; the networks of cheap have" in trial.error and not trial.metrics


def test_one_strategy_is_predicted_from_the_others(cheap: SurrogateBenchmark) -> None:
    found = {one.strategy: one for one in leave_one_strategy_out(cheap)}
    assert set(found) == {"evolution"}
    mine = (cheap.first["drawn_by"] == "evolution").to_numpy()
    surrogate, known, accuracy = cheap.known
    mean = surrogate.fit(known[~mine], accuracy[~mine], 0).predict(known[mine]).mean
    assert found["evolution"].networks == mine.sum()
    assert found["evolution"].bias == pytest.approx((mean - accuracy[mine]).mean())
    assert found["evolution"].rmse == pytest.approx(np.sqrt(((mean - accuracy[mine]) ** 2).mean()))


def test_too_few_networks_are_refused() -> None:
    with pytest.raises(InvalidFileError, match=r"few has 9 trained networks; a surrogate needs 20"):
        SurrogateBenchmark("few", MICRO, rows_of(draws(9)), TABLE.about).checked()
    with pytest.raises(UnknownNameError, match=r"No sample of trainings of 'efficientpose_smal'"):
        Benchmark.load("efficientpose_smal", surrogate=True)
    with pytest.raises(NasbenchPoseError, match="A surrogate has the protocol of its trainings"):
        measurement("surrogate", MeasurementOptions(space=MICRO, steps=3))


def test_a_sample_that_is_on_other_people_or_of_an_earlier_state(sixty: SurrogateBenchmark, tmp_path: Path) -> None:
    file = written(sixty, tmp_path)
    with pytest.raises(InvalidFileError, match="was trained on lspet, not on synthetic: set --data lspet"):
        Benchmark.load(file.path, "synthetic", surrogate=True)
    digest = list(file.states())[45]
    then = Benchmark.load(file.path, "lspet", surrogate=True, version=digest[:12])
    assert len(then.rows) == 45 < len(sixty.rows) and then.about["sha256"] == digest


def test_trainings_without_known_noise_are_said_to_have_none(
    sixty: SurrogateBenchmark, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    once = SurrogateBenchmark("once", MICRO, sixty.first, TABLE.about)
    assert "unknown: drawn trainings have no noise" in quality_text(once)
    where = str(written(once, tmp_path).path)
    made = Predicted.from_options(MeasurementOptions(space=MICRO, argument=where))
    assert made.benchmark.query("micro-middle", 1) == made.benchmark.query("micro-middle", 2)
    assert "No network of sample was trained with several seeds" in caplog.text


def test_the_rank_correlation_of_few_networks_is_said_with_its_interval(sixty: SurrogateBenchmark) -> None:
    accuracy = sixty.first["val_pckh"].to_numpy()
    found = bootstrap((sixty.validation.prediction.mean, accuracy), lambda x, y: kendalltau(x, y).statistic,
                      paired=True, vectorized=False, n_resamples=500, method="percentile", rng=1)  # fmt: skip
    line = next(line for line in quality_text(sixty).splitlines() if "Kendall" in line)
    value, low, high = (float(number) for number in re.findall(r"\d\.\d+", line))
    assert value == pytest.approx(sixty.validation.tau, abs=0.006)
    assert (low, high) == pytest.approx(tuple(found.confidence_interval), abs=0.04)


def test_networks_that_are_all_alike_have_no_order(sixty: SurrogateBenchmark) -> None:
    alike = SurrogateBenchmark("alike", MICRO, sixty.rows.assign(val_pckh=12.0), TABLE.about)
    text = quality_text(alike)
    assert "unknown: all are predicted alike" in text and "nan" not in text
    assert alike.query("micro-middle").accuracy == pytest.approx(12.0)


def written(sample: SurrogateBenchmark, folder: Path) -> SampleFile:
    """Write a sample into two files."""
    file = SampleFile(folder / "sample.csv")
    sample.rows[list(file.columns)].to_csv(file.path, index=False, lineterminator="\n")
    file.describe({name: value for name, value in TABLE.about.items() if name not in ("sha256", "columns")})
    return file


def test_searches_need_enough_drawn_networks(tmp_path: Path) -> None:
    own, how = small_tables.space(tmp_path, small_tables.FOUR), {"workers": 1, "limit": None}
    seen, path = small_tables.watched(), tmp_path / "few.csv"
    with pytest.raises(InvalidFileError, match="need 20 drawn networks or more, not 3: draw more, or set"):
        build_sample(own, small_tables.training(own), path, SamplePlan(3, 1), **how, go_on=seen.go_on, tell=seen.tell)
    assert not path.exists() and not seen.told


@pytest.mark.slow
def test_a_space_that_is_trained_whole_leaves_nothing_to_like(tmp_path: Path) -> None:
    own = small_tables.space(tmp_path, small_tables.FOUR)
    seen, path = small_tables.watched(), tmp_path / "all.csv"
    how = {"workers": 1, "limit": None, "go_on": seen.go_on, "tell": seen.tell}
    assert build_sample(own, small_tables.training(own), path, SamplePlan(seeds=1), **how) == 4
    assert "nasbench-pose benchmark sample." in SampleFile(path).description()["source"]
    assert build_sample(own, small_tables.training(own), path, SamplePlan(seeds=1), **how) == 0


@pytest.mark.slow
def test_a_build_that_is_stopped_goes_on_and_is_the_same(tmp_path: Path) -> None:
    own = small_tables.space(tmp_path, small_tables.TWO_DOZEN)
    wanted = SamplePlan(drawn=20, liked=2, seeds=2, budget=12)
    seen = small_tables.watched()

    def build(name: str, limit: int | None) -> int:
        how = {"workers": 1, "limit": limit, "go_on": seen.go_on, "tell": seen.tell}
        return build_sample(own, small_tables.training(own), tmp_path / name, wanted, **how)

    assert build("parts.csv", 1) == 1
    assert build("whole.csv", None) == 20 + 2 + 2
    lines = (tmp_path / "whole.csv").read_text().splitlines(keepends=True)
    with (tmp_path / "parts.csv").open("a") as parts:  # as if it had trained them: each takes a second
        parts.writelines(lines[2:-1])
    assert build("parts.csv", None) == 1
    whole, alike = (SampleFile(tmp_path / name).read().drop(columns="seconds") for name in ("whole.csv", "parts.csv"))
    pd.testing.assert_frame_equal(whole, alike)
    assert (whole["drawn_by"] != "cost").sum() == 2 and whole["genotype"].nunique() == 22
    found = Benchmark.load(tmp_path / "whole.csv", space=own, surrogate=True)
    assert isinstance(found, SurrogateBenchmark) and len(found.first) == 22
    assert found.trusted(own.encode([Genotype.parse(text) for text in whole["genotype"]])).any()
