"""Trials of an Optuna study as trials of this database."""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from nasbench_pose.errors import InvalidFileError, NasbenchPoseError, masked, one_line
from nasbench_pose.evaluators.trial import Trial
from nasbench_pose.genotype import Genotype
from nasbench_pose.hashing import canonical_json, short_sha256
from nasbench_pose.scalar import is_finite
from nasbench_pose.spaces import SearchSpace
from nasbench_pose.store.columns import RESERVED_NAMES
from nasbench_pose.store.engine import connect, database_url
from nasbench_pose.store.maintenance.target import target
from nasbench_pose.store.store import Store
from nasbench_pose.store.trial_rows import check_metrics

if TYPE_CHECKING:
    from optuna.trial import FrozenTrial

PREFIX = "optuna:"


def load_study(
    url: str, space: SearchSpace, where: Store | str, metrics: Sequence[str], study: str | None = None
) -> tuple[int, int]:
    """Add the finished trials of an Optuna study; return how many were added or known, and how many of them failed.

    Parameters of the study are genes of `space`, also as floats without a fraction; `metrics` name its objectives in
    their order. Finite numbers among the user attributes become metrics (`optuna_seed` is the attribute `seed`, because
    results have such a column), intermediate values the learning curve, the last step the fidelity (1 without steps).
    A genotype that occurs again gets the next seed. Failed and pruned trials become failed ones, and so do those whose
    objective is infinite. The name, the directions and the metrics of the study are its protocol. `url` is a database
    that Optuna reads (RDBStorage).
    A database that is named is opened, or made, once the study was read.
    Raises StoreError if there is no file or a metric has the name of a column, InvalidFileError for a study that cannot
    be read, has other objectives, or does not fit the space.
    """
    found = _open(url, study)
    if len(found.directions) != len(metrics):
        raise InvalidFileError(
            f"The study {found.study_name!r} has {len(found.directions)} objectives; name as many metrics, not "
            f"{', '.join(metrics)}."
        )
    directions = [direction.name.lower() for direction in found.directions]
    check_metrics(metrics)
    text = canonical_json({"optuna": found.study_name, "directions": directions, "metrics": list(metrics)})
    seeds: Counter[Genotype] = Counter()
    trials: list[Trial] = []
    for frozen in sorted(found.trials, key=lambda trial: trial.number):
        if frozen.state.is_finished():
            genotype = _genotype(frozen, space)
            trials.append(_trial(frozen, genotype, short_sha256(text), seeds[genotype], metrics))
            seeds[genotype] += 1
    with target(where) as store:
        for trial in trials[:1]:
            store.add(trial, protocol_text=text)
        store.add_all(trials)
    return len(trials), sum(trial.error is not None for trial in trials)


def _open(url: str, name: str | None) -> Any:
    try:
        import optuna
    except ImportError:
        raise InvalidFileError("An import from Optuna needs it: pip install optuna.") from None
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    storage = url if "://" in url else f"sqlite:///{url}"
    if storage.startswith("sqlite"):  # Optuna would make an empty file
        connect(database_url(storage), must_exist=True).dispose()
    try:
        names = optuna.get_all_study_names(storage)
    except Exception as error:  # SQLAlchemy's, a driver's or Optuna's own
        said = masked(one_line(error))[:160]
        raise InvalidFileError(f"{masked(url)!r} is not a database of Optuna: {said}.") from error
    if name not in names and (name is not None or len(names) != 1):
        wrong = "No study there" if name is None else f"No study {name!r} there"
        raise InvalidFileError(f"{wrong}; choose one with --study: {', '.join(names) or 'there are none'}.")
    return optuna.load_study(study_name=name or names[0], storage=storage)


def _genotype(frozen: "FrozenTrial", space: SearchSpace) -> Genotype:
    try:
        genes = {k: int(v) if isinstance(v, float) and v.is_integer() else v for k, v in frozen.params.items()}
        return space.validate(Genotype(space.name, genes.items()))
    except NasbenchPoseError as error:
        raise InvalidFileError(
            f"Trial {frozen.number} of the study is not of the space {space.name!r}: {error}"
        ) from error


def _trial(frozen: "FrozenTrial", genotype: Genotype, protocol: str, seed: int, metrics: Sequence[str]) -> Trial:
    values = dict(zip(metrics, frozen.values or (), strict=False))
    attributes = {
        f"optuna_{name}" if name in RESERVED_NAMES else name: value
        for name, value in frozen.user_attrs.items()
        if isinstance(value, int | float) and not isinstance(value, bool) and is_finite(value)
    }
    curve = tuple(sorted(frozen.intermediate_values.items()))
    # Negative where the clock went back.
    seconds = max(0.0, frozen.duration.total_seconds()) if frozen.duration is not None else 0.0
    infinite = [f"{name} is {value}, not a finite number" for name, value in values.items() if not is_finite(value)]
    error = next(iter(infinite), None) if frozen.state.name == "COMPLETE" else f"{frozen.state.name.lower()} in Optuna"
    fidelity = max([1, *(step for step, _ in curve)])
    return Trial(
        genotype, protocol, fidelity, seed, {**attributes, **values} if error is None else {}, seconds, curve, error
    )
