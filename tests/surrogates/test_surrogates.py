"""Surrogates against what is known of made-up accuracies, against scikit-learn, and against the slow definition."""

import sys

import numpy as np
import pytest
from scipy.optimize import least_squares
from threadpoolctl import threadpool_limits

from nasbench_pose.cost import table
from nasbench_pose.errors import InvalidFileError, UnknownNameError
from nasbench_pose.spaces import find, load
from nasbench_pose.surrogates import SURROGATES, Surrogate, cross_validate, features, resolve
from nasbench_pose.surrogates.curves import power_law
from nasbench_pose.surrogates.encoding import Floats
from nasbench_pose.surrogates.validation import split_folds

SPACE = load("efficientpose_micro")
CODES = SPACE.encode(list(SPACE.enumerate()))
FEATURES = features(SPACE, CODES)
NOISE = 0.4
every_surrogate = pytest.mark.parametrize("name", sorted(SURROGATES))


def made_up(n: int, seed: int = 0, noise: float = NOISE) -> tuple[Floats, Floats, Floats]:
    """Return features, what accuracies are on the average, and accuracies: options add up, and two work together."""
    rng = np.random.default_rng(seed)
    rows = rng.permutation(len(CODES))[:n]
    codes = CODES[rows].astype(float)
    mean = 20 + codes @ [0.5, 1.0, 0.3, 0.6, 1.2, 0.8, 0.4] + 1.5 * codes[:, 1] * codes[:, 4]
    return FEATURES[rows], mean, mean + noise * rng.normal(size=n)


def test_features_are_one_hot_genes_and_exact_costs() -> None:
    genotype = find("micro-middle")
    found = features(SPACE, SPACE.encode([genotype]))[0]
    sizes = [len(options) for options in SPACE.genes.values()]
    assert found[:-2].sum() == len(sizes) and len(found) == sum(sizes) + 2
    parts = np.split(found[:-2], np.cumsum(sizes)[:-1])
    chosen = {g: o[int(part.argmax())] for (g, o), part in zip(SPACE.genes.items(), parts, strict=True)}
    assert chosen == dict(genotype.genes)
    counts = table(SPACE).count(SPACE.encode([genotype]))
    assert 10 ** found[-2:] == pytest.approx([counts.macs[0], counts.params[0]])
    with pytest.raises(InvalidFileError):
        features(SPACE, [[9] * 7])


@every_surrogate
def test_it_finds_what_options_are_worth(name: str) -> None:
    seen, mean, accuracy = made_up(300)
    model = resolve(name).fit(seen[:200], accuracy[:200], 0)
    predicted = model.predict(seen[200:])
    assert np.corrcoef(predicted.mean, mean[200:])[0, 1] > 0.93
    assert predicted.mean.shape == predicted.deviation.shape == (100,)
    assert (predicted.deviation > 0).all()


@every_surrogate
def test_it_knows_how_sure_it_may_be(name: str) -> None:
    seen, _, accuracy = made_up(150)
    found = cross_validate(resolve(name), seen, accuracy, rng=np.random.default_rng(0))
    assert 0.86 <= found.coverage <= 1.0
    assert found.prediction.deviation.mean() < 2.5 * found.rmse, "sure of nothing would cover everything"
    assert found.rmse < 0.6 * accuracy.std()
    assert found.tau > 0.6


@every_surrogate
def test_the_same_seed_fits_the_same(name: str) -> None:
    seen, _, accuracy = made_up(60)
    first, again = (resolve(name).fit(seen[:40], accuracy[:40], 3).predict(seen[40:]) for _ in range(2))
    np.testing.assert_array_equal(first.mean, again.mean)
    np.testing.assert_array_equal(first.deviation, again.deviation)


@every_surrogate
def test_the_number_of_threads_changes_nothing(name: str) -> None:
    seen, _, accuracy = made_up(200)
    told = []
    for threads in (1, 2):
        with threadpool_limits(threads):
            told.append(resolve(name).fit(seen[:150], accuracy[:150], 0).predict(seen[150:]))
    np.testing.assert_array_equal(*(one.mean for one in told))
    np.testing.assert_array_equal(*(one.deviation for one in told))


@pytest.mark.parametrize("name", ["forest", "gp", "lightgbm"])
def test_it_sees_what_works_together_where_the_linear_one_cannot(name: str) -> None:
    seen, _, accuracy = made_up(400, noise=0.1)
    linear, better = (
        cross_validate(resolve(which), seen, accuracy, rng=np.random.default_rng(0)) for which in ("linear", name)
    )
    assert better.rmse < linear.rmse


def test_a_gaussian_process_is_less_sure_far_from_what_it_saw() -> None:
    seen, _, accuracy = made_up(200, noise=0.05)
    narrow = seen[:, 0] == 1  # the smallest width of the first stage only
    model = resolve("gp").fit(seen[narrow], accuracy[narrow], 0)
    assert model.predict(seen[~narrow]).deviation.mean() > 1.5 * model.predict(seen[narrow]).deviation.mean()


def test_cross_validation_shows_nobody_what_it_asks_of_them() -> None:
    """A surrogate that remembers answers perfectly when it has seen the question, and knows nothing otherwise."""

    class Remembers:
        def __init__(self, features: Floats, accuracy: Floats) -> None:
            self.known = {tuple(row): value for row, value in zip(features.tolist(), accuracy, strict=True)}

        def predict(self, features: Floats) -> tuple[Floats, Floats]:
            from nasbench_pose.surrogates import Prediction

            values = [self.known.get(tuple(row), -1.0) for row in features.tolist()]
            return Prediction(np.array(values) + np.arange(len(values)), np.ones(len(values)))

    memory = Surrogate("memory", lambda x, y, _: Remembers(x, y), "nobody", "remembers")  # type: ignore[arg-type, return-value]
    seen, _, accuracy = made_up(20)
    found = cross_validate(memory, seen, accuracy, rng=np.random.default_rng(0))
    assert set(found.prediction.mean.tolist()) == {-1.0, 0.0, 1.0, 2.0}


def test_folds_are_a_partition() -> None:
    parts = list(split_folds(17, 5, np.random.default_rng(0)))
    assert sorted(np.concatenate([test for _, test in parts]).tolist()) == list(range(17))
    assert all(not set(train) & set(test) and len(train) + len(test) == 17 for train, test in parts)
    with pytest.raises(InvalidFileError, match="9 genotypes cannot be divided into 5 folds"):
        cross_validate(resolve("linear"), FEATURES[:9], np.arange(9.0), rng=np.random.default_rng(0))


@pytest.mark.parametrize("seed", range(5))
def test_a_power_law_is_found_as_scipy_finds_it(seed: int) -> None:
    rng = np.random.default_rng(seed)
    steps = np.array([100.0, 200, 300, 400])
    a, b, c = rng.uniform(20, 40), rng.uniform(5, 20), rng.uniform(0.2, 1.5)
    curves = (a - b * (steps / 100) ** -c + rng.normal(0, 0.02, size=(3, 4))).clip(0)
    ours = power_law(steps, curves, 800.0)
    for curve, end in zip(curves, ours, strict=True):
        fit = least_squares(
            lambda p, curve=curve: p[0] - p[1] * (steps / 100) ** -p[2] - curve,
            [curve[-1], 1.0, 0.5],
            bounds=([-np.inf, 0, 0.05], [np.inf, np.inf, 3.0]),
        )
        assert end == pytest.approx(fit.x[0] - fit.x[1] * 8.0 ** -fit.x[2], abs=0.3)


def test_a_curve_that_falls_is_expected_to_stay_and_two_points_are_too_few() -> None:
    steps = np.array([1.0, 2.0, 3.0])
    assert power_law(steps, np.array([[5.0, 4.0, 3.0]]), 9.0) == pytest.approx([4.0])
    with pytest.raises(InvalidFileError, match="three points"):
        power_law(steps[:2], np.ones((1, 2)), 9.0)


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "nasbench_pose.surrogates.trees", raising=False)
    monkeypatch.setitem(sys.modules, "lightgbm", None)
    with pytest.raises(UnknownNameError, match=r"'lightgbm' needs lightgbm: pip install 'nasbench-pose\[surrogate\]'"):
        resolve("lightgbm")


def test_what_is_no_surrogate_is_said() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'forest'"):
        resolve("forst")
    with pytest.raises(InvalidFileError, match="is a float; expected a Surrogate"):
        resolve("math:pi")
