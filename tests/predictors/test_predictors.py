"""Predictors on a complete small table: each against what the table, an evaluator or a slow definition says."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import small_tables

from nasbench_pose import surrogates
from nasbench_pose.benchmark import Benchmark
from nasbench_pose.benchmark.build import build_table
from nasbench_pose.benchmark.plan import Plan
from nasbench_pose.errors import DataError, InvalidFileError, NasbenchPoseError, UnknownNameError
from nasbench_pose.evaluators.training import Training
from nasbench_pose.predictors import FAMILIES, RankingTask, known, resolve
from nasbench_pose.predictors.predictor import Score
from nasbench_pose.predictors.trust_table import sample
from nasbench_pose.proxies import ProxyEvaluator
from nasbench_pose.proxies import resolve as proxy
from nasbench_pose.spaces import SearchSpace

STEPS = small_tables.STEPS
PEOPLE = small_tables.PEOPLE


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory) -> SearchSpace:
    return small_tables.space(tmp_path_factory.mktemp("space"), small_tables.TWO_DOZEN)


@pytest.fixture(scope="module")
def table(space: SearchSpace, tmp_path_factory: pytest.TempPathFactory) -> Benchmark:
    """Every network, really trained, with two seeds."""
    path = tmp_path_factory.mktemp("table") / "bench_two_dozen_synthetic.csv"
    build_table(space, small_tables.training(space), path, workers=1, plan=Plan(2, 24), limit=None, go_on=lambda: True,
                tell=lambda *_: None)  # fmt: skip
    return Benchmark.load(path, space=space)


@pytest.fixture
def task(table: Benchmark, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RankingTask:
    monkeypatch.setenv("NASBENCH_POSE_CACHE", str(tmp_path))
    return RankingTask(table, PEOPLE)


def scores(name: str, task: RankingTask, seed: int = 0) -> list[Score]:
    return list(resolve(name, task).scores(task.benchmark.index.members, seed))


EVERY = ("macs", "naswot", "single_path=4", "sandwich=4", "linear", "gp", "forest=12", "lightgbm", "curve=4",
         "power_law=4", "learnt_curve=4", "training=2", "input=24")  # fmt: skip


@pytest.mark.parametrize("name", EVERY)
def test_every_predictor_scores_every_member_in_order_and_again_the_same(name: str, task: RankingTask) -> None:
    predictor = resolve(name, task)
    assert predictor.name == name and predictor.family in FAMILIES and predictor.identity
    first, again = scores(name, task), scores(name, task)
    assert [one.genotype for one in first] == [genotype.text for genotype in task.benchmark.index.members]
    np.testing.assert_array_equal([one.score for one in first], [one.score for one in again])
    assert all(one.seconds >= 0 and one.once_seconds >= 0 for one in first)
    assert all(np.isnan(one.score) == bool(one.error) for one in first)
    part = list(predictor.scores(task.benchmark.index.members[5:8], 0))
    np.testing.assert_array_equal([one.score for one in part], [one.score for one in first[5:8]])


@pytest.mark.parametrize("name", ["params", "macs"])
def test_counts_are_those_of_the_built_networks(name: str, task: RankingTask) -> None:
    evaluator = ProxyEvaluator(proxy(name), task.protocol, task.splits, task.benchmark.space)
    for genotype, score in zip(task.benchmark.index.members, scores(name, task), strict=True):
        assert score.score == evaluator.evaluate(genotype, fidelity=1, seed=0).metrics[name]


def test_a_proxy_is_what_its_evaluator_says(task: RankingTask) -> None:
    evaluator = ProxyEvaluator(proxy("synflow"), task.protocol, task.splits, task.benchmark.space)
    genotype = task.benchmark.index.members[3]
    expected = evaluator.evaluate(genotype, fidelity=evaluator.full_fidelity, seed=1).metrics["synflow"]
    assert scores("synflow", task, seed=1)[3].score == expected


def test_a_seed_that_was_not_trained_is_no_score(task: RankingTask) -> None:
    (one, *_) = scores("curve=4", task, seed=7)
    assert np.isnan(one.score) and one.error.endswith("has no such training with seed 7")


def test_a_point_of_a_curve_is_the_tables(task: RankingTask) -> None:
    genotype = task.benchmark.index.members[3]
    answer = task.benchmark.query(genotype, fidelity=4, seed=1)
    found = scores("curve=4", task, seed=1)[3]
    assert (found.score, found.seconds) == (answer.accuracy, answer.seconds)


def test_a_full_training_made_again_is_the_table(task: RankingTask) -> None:
    members = task.benchmark.index.members[:3]
    again = list(resolve(f"training={STEPS}", task).scores(members, 1))
    expected = [task.benchmark.query(member, seed=1).accuracy for member in members]
    assert [one.score for one in again] == pytest.approx(expected, abs=1e-4)


def test_another_table_answers_for_its_own_people(
    task: RankingTask, space: SearchSpace, table: Benchmark, tmp_path: Path
) -> None:
    path = tmp_path / "other.csv"
    how = Training("synthetic:train=48,val=16,test=16,seed=5", task.protocol, space)
    build_table(space, how, path, workers=1, plan=Plan(1, 0), limit=4, go_on=lambda: True, tell=lambda *_: None)
    other = Benchmark.load(path, space=space)
    found = scores(f"table={path}", task)
    trained = [one for one in found if not one.error]
    assert len(trained) == 4
    assert all(one.score == other.query(one.genotype, seed=0).accuracy for one in trained)
    assert any(one.score != table.query(one.genotype, seed=0).accuracy for one in trained)
    with pytest.raises(UnknownNameError, match="There is no file"):
        resolve(f"table={tmp_path / 'absent.csv'}", task)


def test_a_cross_validated_surrogate_never_saw_what_it_scores(
    task: RankingTask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A model that returns how often it has seen the question: never."""
    seen: list[set[tuple[float, ...]]] = []

    class Counts:
        def __init__(self, features: np.ndarray) -> None:
            self.rows = {tuple(row) for row in features.tolist()}
            seen.append(self.rows)

        def predict(self, features: np.ndarray) -> surrogates.Prediction:
            counts = np.array([float(tuple(row) in self.rows) for row in features.tolist()])
            return surrogates.Prediction(counts, counts)

    counting = surrogates.Surrogate("counts", lambda x, y, seed: Counts(x), "", "")  # noqa: ARG005
    monkeypatch.setattr(surrogates, "resolve", lambda _: counting)
    assert {one.score for one in scores("linear", task)} == {0.0}
    assert len(seen) == 5 and all(len(rows) in (19, 20) for rows in seen)
    few = [one.score for one in scores("linear=12", task)]
    assert np.isnan(few).sum() == 12 and set(np.array(few)[np.isfinite(few)]) == {0.0}


def test_what_a_surrogate_learns_from_is_not_drawn_as_what_is_ranked(task: RankingTask) -> None:
    """With one and the same permutation of a complete table, none of the ranked networks would be left."""
    ranked = sample(task.benchmark, 12)
    scored = [one for one in resolve("linear=12", task).scores(ranked, 0) if np.isfinite(one.score)]
    assert 0 < len(scored) < 12


def test_a_surrogate_is_charged_the_trainings_it_learnt_from(task: RankingTask) -> None:
    """Those of the first seed, each once, whatever other seeds there are."""
    every = task.benchmark.grid.read("val", None, 0)[1][:24]
    few, all_of_them = scores("linear=12", task)[0], scores("linear", task)[0]
    assert np.sort(every)[:12].sum() <= few.once_seconds <= np.sort(every)[-12:].sum() + 1
    assert all_of_them.once_seconds == pytest.approx(0.8 * every.sum(), rel=0.15)
    assert (few.seconds, all_of_them.seconds) == (0.0, 0.0)
    assert scores("learnt_curve=4", task)[0].seconds == pytest.approx(every[0] * 4 / STEPS)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("naswott", "Did you mean 'naswot'"),
        ("curve", "'curve' needs a number: curve=200"),
        ("curve=3.5", "whole number"),
        ("curve=5000", "A training has 8 steps"),
        ("naswot=3", "takes no '='"),
        ("power_law=2", "three points"),
        ("forest=3", "needs at least 10 trainings"),
        ("forest=24", "and some more to be scored"),
        ("table=nobody", "No benchmark table"),
        ("curve=8", "A training has 8 steps"),
        ("learnt_curve=8", "A training has 8 steps"),
        ("math:pi", "'math:pi' is a float; expected a Proxy or a Surrogate"),
        ("nasbench_pose.proxies.size:MACS=3", "is a proxy and takes no number"),
    ],
)
def test_a_wrong_text_is_answered_in_one_line(text: str, said: str, task: RankingTask) -> None:
    with pytest.raises((UnknownNameError, InvalidFileError), match=said) as caught:
        resolve(text, task)
    assert "\n" not in str(caught.value)


def test_people_are_asked_for_only_by_those_who_look_at_them(table: Benchmark) -> None:
    assert scores("naswot", RankingTask(table))[0].score == scores("naswot", RankingTask(table, PEOPLE))[0].score
    protocol = table.about["protocol"].replace(PEOPLE, "lspet:train=48")
    photographs = replace(table, about={**table.about, "protocol": protocol})
    assert len(scores("curve=4", RankingTask(photographs))) == len(scores("macs", RankingTask(photographs))) == 24
    with pytest.raises(NasbenchPoseError, match="--data lspet:/folder,train=48"):
        resolve("naswot", RankingTask(photographs))
    for other in ("coco:/nowhere", "synthetic:train=8,val=16,test=16"):
        with pytest.raises(DataError, match=f"was trained on {PEOPLE}, not on"):
            resolve("naswot", RankingTask(table, other))


def test_proxies_and_surrogates_of_ones_own_are_named_by_their_place(task: RankingTask) -> None:
    place = "nasbench_pose.surrogates.linear:LINEAR=12"
    assert resolve(place, task).family == "surrogate" and resolve(place, task).name == place
    np.testing.assert_array_equal(
        [one.score for one in scores(place, task)], [one.score for one in scores("linear=12", task)]
    )
    assert resolve("nasbench_pose.proxies.size:MACS", task).family == "zero-cost"


def test_the_list_names_what_can_be_resolved() -> None:
    names = known()
    assert {text.partition("=")[0] for text in EVERY} < set(names)
