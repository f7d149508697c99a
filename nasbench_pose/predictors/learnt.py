"""Predictors that learn from trainings: surrogates on genotypes, and on the beginnings of learning curves."""

from collections.abc import Iterator, Sequence
from time import thread_time

import numpy as np

from nasbench_pose import surrogates
from nasbench_pose.benchmark.grid import Floats
from nasbench_pose.errors import InvalidFileError
from nasbench_pose.genotype import Genotype
from nasbench_pose.predictors.predictor import Predictor, Score, Setting
from nasbench_pose.predictors.tabulated import identity
from nasbench_pose.surrogates.validation import divided

FOLDS = 5


def surrogate(name: str, trainings: int | None, setting: Setting) -> Predictor:
    """Return what a surrogate predicts that learnt from `trainings` genotypes, drawn by the seed.

    These are not scored. None: all are scored, each by a model that learnt from four fifths of the others.
    """
    spelt = name if trainings is None else f"{name}={trainings}"
    return _learnt(spelt, "surrogate", name, _genotypes(setting), trainings, None, setting)


def learnt_curve(steps: int, setting: Setting) -> Predictor:
    """Return what a linear model predicts from the genotype and its learning curve up to `steps`.

    Baker et al., Accelerating Neural Architecture Search using Performance Prediction (arXiv 1705.10823). Learns from
    four fifths of the others; each genotype scored is charged its own beginning.
    """
    grid = setting.benchmark.grid
    grid.read("val", steps, None)  # says which points there are
    known = [point for point in grid.steps if point <= steps]
    points = np.stack([grid.read("val", point, None)[0] for point in known], axis=1)
    features = np.concatenate([_genotypes(setting), points[: len(setting.benchmark.index.members)]], axis=1)
    return _learnt(f"learnt_curve={steps}", "learning curve", "linear", features, None, steps, setting)


def _genotypes(setting: Setting) -> Floats:
    space = setting.benchmark.space
    return surrogates.features(space, space.encode(setting.benchmark.index.members))


def _learnt(
    name: str, family: str, model: str, features: Floats, trainings: int | None, steps: int | None, setting: Setting
) -> Predictor:
    table, found = setting.benchmark, surrogates.resolve(model)
    members = len(table.index.members)
    accuracy, seconds = (values[:members] for values in table.grid.read("val", None, None))
    known = np.flatnonzero(np.isfinite(accuracy) & np.isfinite(features).all(axis=1))
    if len(known) < 2 * FOLDS or (trainings is not None and not 2 * FOLDS <= trainings < len(known)):
        raise InvalidFileError(
            f"{name} learns from {2 * FOLDS} trainings at least and leaves some to be scored; {table.name} has "
            f"{len(known)} genotypes."
        )

    def scores(genotypes: Sequence[Genotype], seed: int) -> Iterator[Score]:
        predicted, once, spent = _predicted(found, features, accuracy, seconds, known, trainings, seed)
        share = 0.0 if steps is None else steps / table.grid.full
        for genotype in genotypes:
            row = table.index.row(genotype)
            inside = row < members and np.isfinite(predicted[row])
            value = float(predicted[row]) if inside else np.nan
            own = spent + (share * float(seconds[row]) if inside else 0.0)
            yield Score(genotype.text, value, own, once, "" if inside else "it was learnt from, or is not in the table")

    return Predictor(name, family, identity(table, name), scores)


def _predicted(
    found: surrogates.Surrogate, features: Floats, accuracy: Floats, seconds: Floats, known: np.ndarray,
    trainings: int | None, seed: int,
) -> tuple[Floats, float, float]:  # fmt: skip
    """Return predictions of all members, NaN where there is none, and seconds: of the trainings, and for each score."""
    rng, predicted = np.random.default_rng(seed), np.full(len(accuracy), np.nan)
    if trainings is None:
        parts = [(known[train], known[test]) for train, test in divided(len(known), FOLDS, rng)]
    else:
        order = rng.permutation(known)
        parts = [(order[:trainings], order[trainings:])]
    started = thread_time()
    for train, test in parts:
        model = found.fit(features[train], accuracy[train], seed)
        predicted[test] = model.predict(features[test]).mean
    spent = (thread_time() - started) / sum(len(test) for _, test in parts)
    return predicted, float(np.mean([np.nansum(seconds[train]) for train, _ in parts])), spent
