"""Predictors that learn from trainings: surrogates on genotypes, and on the beginnings of learning curves."""

from collections.abc import Iterator, Sequence
from time import thread_time

import numpy as np

from nasbench_pose import surrogates
from nasbench_pose.benchmark.arrays import Floats
from nasbench_pose.errors import InvalidFileError
from nasbench_pose.genotype import Genotype
from nasbench_pose.predictors.predictor import Predictor, Score, Setting
from nasbench_pose.predictors.tabulated import beginnings, identity
from nasbench_pose.surrogates.validation import Rows, divided

FOLDS = 5
STREAM = 1
"""Of a seed's random numbers: those of the seed alone draw the networks that are ranked, which then none would be."""


def surrogate(name: str, trainings: int | None, setting: Setting) -> Predictor:
    """Return what a surrogate predicts that learnt from `trainings` genotypes, drawn by the seed.

    These are not scored. None: all are scored, each by a model that learnt from four fifths of the others.
    """
    spelt = name if trainings is None else f"{name}={trainings}"
    return _learnt(spelt, "surrogate", name, _genotypes(setting), trainings, None, setting)


def learnt_curve(steps: int, setting: Setting) -> Predictor:
    """Return what a linear model predicts from the genotype and its learning curve up to `steps`.

    Baker et al., Accelerating Neural Architecture Search using Performance Prediction (arXiv 1705.10823). Each genotype
    is scored by a model that learnt from four fifths of the others, and charged its own beginning.
    """
    points, _ = beginnings(steps, setting, _first(setting))
    features = np.concatenate([_genotypes(setting), points[: len(setting.benchmark.index.members)]], axis=1)
    return _learnt(f"learnt_curve={steps}", "learning curve", "linear", features, None, steps, setting)


def _genotypes(setting: Setting) -> Floats:
    space = setting.benchmark.space
    return surrogates.features(space, space.encode(setting.benchmark.index.members))


def _first(setting: Setting) -> int:
    """Return the seed that surrogates learn from: a training of each genotype, not the mean of as many as there are."""
    return setting.benchmark.grid.seeds[0]


def _learnt(
    name: str, family: str, model: str, features: Floats, trainings: int | None, steps: int | None, setting: Setting
) -> Predictor:
    table, found = setting.benchmark, surrogates.resolve(model)
    read = table.grid.read("val", None, _first(setting))
    accuracy, seconds = (values[: len(table.index.members)] for values in read)
    known = np.flatnonzero(np.isfinite(accuracy) & np.isfinite(features).all(axis=1))
    if len(known) < 2 * FOLDS or (trainings is not None and not 2 * FOLDS <= trainings < len(known)):
        raise InvalidFileError(
            f"{name} learns from {2 * FOLDS} trainings at least and leaves some to be scored; {table.name} has "
            f"{len(known)} genotypes."
        )
    share = 0.0 if steps is None else steps / table.grid.full

    def scores(genotypes: Sequence[Genotype], seed: int) -> Iterator[Score]:
        predicted, once = _predicted(found, features, accuracy, seconds, known, trainings, seed)
        for genotype in genotypes:
            row = table.index.row(genotype)
            if row < len(predicted) and np.isfinite(predicted[row]):
                yield Score(genotype.text, float(predicted[row]), share * float(seconds[row]), once)
            else:
                yield Score(genotype.text, np.nan, 0.0, once, "it was learnt from, or is not in the table")

    return Predictor(name, family, identity(table, name), scores)


def _predicted(
    found: surrogates.Surrogate, features: Floats, accuracy: Floats, seconds: Floats, known: Rows,
    trainings: int | None, seed: int,
) -> tuple[Floats, float]:  # fmt: skip
    """Return predictions of all members, NaN where there is none, and the seconds of the trainings and of the fits."""
    rng, predicted = np.random.default_rng([seed, STREAM]), np.full(len(accuracy), np.nan)
    if trainings is None:
        parts = [(known[train], known[test]) for train, test in divided(len(known), FOLDS, rng)]
    else:
        order = rng.permutation(known)
        parts = [(order[:trainings], order[trainings:])]
    started = thread_time()
    for train, test in parts:
        model = found.fit(features[train], accuracy[train], seed)
        predicted[test] = model.predict(features[test]).mean
    spent = thread_time() - started
    return predicted, float(np.mean([seconds[train].sum() for train, _ in parts])) + spent
