"""Predictors that are fitted to trainings: surrogates on genotypes, and on the first part of learning curves."""

from collections.abc import Iterator, Sequence
from time import thread_time

import numpy as np

from nasbench_pose import surrogates
from nasbench_pose.benchmark.arrays import Floats
from nasbench_pose.errors import InvalidFileError
from nasbench_pose.genotype import Genotype
from nasbench_pose.predictors.predictor import Predictor, RankingTask, Score
from nasbench_pose.predictors.table_predictors import first_points, table_identity
from nasbench_pose.surrogates.validation import Rows, split_folds

FOLDS = 5
STREAM = 1
"""Stream of the seed's random numbers. The seed's default stream draws the networks to be ranked; with that stream a
surrogate would train on exactly these."""


def surrogate(name: str, trainings: int | None, task: RankingTask) -> Predictor:
    """Return a surrogate that is fitted to `trainings` genotypes, drawn by the seed; these are not scored.

    None: all genotypes are scored by five-fold cross-validation.
    """
    title = name if trainings is None else f"{name}={trainings}"
    return _fitted(title, "surrogate", name, _genotype_features(task), trainings, None, task)


def learnt_curve(steps: int, task: RankingTask) -> Predictor:
    """Return a linear model of the genotype and its learning curve up to `steps`, scored by cross-validation.

    Baker et al., Accelerating Neural Architecture Search using Performance Prediction (arXiv 1705.10823). The seconds
    of a score are those of the genotype's own training up to `steps`.
    """
    points, _ = first_points(steps, task, _first_seed(task))
    features = np.concatenate([_genotype_features(task), points[: len(task.benchmark.index.members)]], axis=1)
    return _fitted(f"learnt_curve={steps}", "learning curve", "linear", features, None, steps, task)


def _genotype_features(task: RankingTask) -> Floats:
    space = task.benchmark.space
    return surrogates.features(space, space.encode(task.benchmark.index.members))


def _first_seed(task: RankingTask) -> int:
    """Return the seed of the trainings for surrogates: one training of each genotype, not a mean over seeds."""
    return task.benchmark.grid.seeds[0]


def _fitted(
    name: str, family: str, model: str, features: Floats, trainings: int | None, steps: int | None, task: RankingTask
) -> Predictor:
    table, found = task.benchmark, surrogates.resolve(model)
    read = table.grid.read("val", None, _first_seed(task))
    accuracy, seconds = (values[: len(table.index.members)] for values in read)
    known = np.flatnonzero(np.isfinite(accuracy) & np.isfinite(features).all(axis=1))
    if len(known) < 2 * FOLDS or (trainings is not None and not 2 * FOLDS <= trainings < len(known)):
        raise InvalidFileError(
            f"{name} needs at least {2 * FOLDS} trainings to be fitted to and some more to be scored; {table.name} has "
            f"{len(known)} genotypes."
        )
    share = 0.0 if steps is None else steps / table.grid.full

    def scores(genotypes: Sequence[Genotype], seed: int) -> Iterator[Score]:
        predicted, once = _predict_members(found, features, accuracy, seconds, known, trainings, seed)
        for genotype in genotypes:
            row = table.index.row(genotype)
            if row < len(predicted) and np.isfinite(predicted[row]):
                yield Score(genotype.text, float(predicted[row]), share * float(seconds[row]), once)
            else:
                yield Score(genotype.text, np.nan, 0.0, once, "the model was fitted to it, or it is not in the table")

    return Predictor(name, family, table_identity(table, name), scores)


def _predict_members(
    found: surrogates.Surrogate, features: Floats, accuracy: Floats, seconds: Floats, known: Rows,
    trainings: int | None, seed: int,
) -> tuple[Floats, float]:  # fmt: skip
    """Return predictions of all members, NaN for those fitted to, and the seconds of the trainings and of the fits."""
    rng, predicted = np.random.default_rng([seed, STREAM]), np.full(len(accuracy), np.nan)
    if trainings is None:
        parts = [(known[train], known[test]) for train, test in split_folds(len(known), FOLDS, rng)]
    else:
        order = rng.permutation(known)
        parts = [(order[:trainings], order[trainings:])]
    started = thread_time()
    for train, test in parts:
        model = found.fit(features[train], accuracy[train], seed)
        predicted[test] = model.predict(features[test]).mean
    spent = thread_time() - started
    return predicted, float(np.mean([seconds[train].sum() for train, _ in parts])) + spent
