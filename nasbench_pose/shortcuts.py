"""The functions of a notebook (`import nasbench_pose as nbp`); all of them accept names."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from nasbench_pose.errors import InvalidFileError, NasbenchPoseError, UnknownNameError, printable
from nasbench_pose.evaluators.measurement import Measurement, MeasurementOptions
from nasbench_pose.genotype import Genotype
from nasbench_pose.measurements import measurement
from nasbench_pose.metrics import DEFAULT_OBJECTIVES
from nasbench_pose.scalar import whole
from nasbench_pose.spaces import SearchSpace, as_genotype, load, name_of, space_of

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from nasbench_pose.evaluators import Evaluator, Trial
    from nasbench_pose.objective import Objective
    from nasbench_pose.search import ComparisonResult
    from nasbench_pose.store import Store

ACCURACY, COST = DEFAULT_OBJECTIVES


def draw(
    genotype: Genotype | str,
    against: Genotype | str | None = None,
    *,
    input: tuple[int, int] | None = None,
    joints: int | None = None,
    network: bool = False,
    out: str | Path | None = None,
) -> Figure:
    """Draw the graph of a network, or of two side by side if `against` is given; return the figure.

    `genotype` is a Genotype, its name or its text. A cell-based network is drawn as its two cells, or as the stack of
    cells if `network` is true. `out` is a file to save the figure to (.svg, .pdf or .png); missing folders are created,
    as for every figure and table, but not for a database.

    >>> figure = draw("efficientpose-a", input=(128, 128))
    >>> figure.texts[0].get_text()
    'EfficientPose-A'
    """
    from nasbench_pose.plots import save
    from nasbench_pose.plots.architecture import Subject, draw_both, draw_one

    if not isinstance(out, str | Path | None):
        raise _refused(out, "file", "a path, such as 'network.svg'")
    found = [as_genotype(genotype), *([] if against is None else [as_genotype(against)])]
    first, *others = [
        Subject(name_of(one) or f"{one.space} {one.key}", space_of(one), one, input, joints) for one in found
    ]
    figure = draw_both(first, others[0], network=network) if others else draw_one(first, network=network)
    if out is not None:
        save(figure, Path(out))
    return figure


def evaluate(
    genotype: Genotype | str,
    evaluator: Evaluator | str = "train",
    *,
    data: str | None = None,
    protocol: str | None = None,
    steps: int | None = None,
    input: tuple[int, int] | None = None,
    seed: int = 0,
    store: Store | str | Path | None = None,
) -> Trial:
    """Train a network on photographs or synthetic images and return the trial, as `nasbench-pose evaluate` does.

    `genotype` is a Genotype, its name or its text. `evaluator` is the name of an evaluator, such as "table", which
    looks trainings up instead of running them, or an evaluator of your own. `data`, `protocol`, `steps` and `input`
    configure a named evaluator. With `store` (a Store, a file or a URL) the trial is looked up there first, and added
    if it is new. Raises NasbenchPoseError for a network that cannot be trained; a training that diverges gives a trial
    with an error.

    >>> evaluate("micro-middle", "table").metrics["macs"]
    3378688
    """
    found = as_genotype(genotype)
    _check_texts(data, protocol)
    options = MeasurementOptions(space=space_of(found), data=data, protocol=protocol, steps=steps, input=input)
    measured = measurement(evaluator, options)() if isinstance(evaluator, str) else evaluator
    if not callable(getattr(measured, "evaluate", None)):
        raise _refused(evaluator, "evaluator", "a name such as 'table', or an Evaluator")
    seed = whole(seed, "seed")
    if store is None:
        return measured.evaluate(found, fidelity=measured.full_fidelity, seed=seed)
    from nasbench_pose.store import Store

    if not isinstance(store, Store):
        with Store(store) as opened:
            return evaluate(found, measured, seed=seed, store=opened)
    known = store.find(found, measured.protocol_key, measured.full_fidelity, seed)
    if known is not None:
        return known
    trial = measured.evaluate(found, fidelity=measured.full_fidelity, seed=seed)
    return store.add(trial, protocol_text=measured.protocol_text)


def compare(
    space: SearchSpace | str | Path,
    strategies: str | Iterable[str] = ("random", "evolution"),
    evaluator: Measurement | str = "train",
    *,
    data: str | None = None,
    protocol: str | None = None,
    steps: int | None = None,
    input: tuple[int, int] | None = None,
    budget: int = 10,
    seeds: int = 3,
    store: Store | str | Path = "runs.db",
    workers: int | None = None,
) -> ComparisonResult:
    """Compare search strategies on a space and return every trial, as `nasbench-pose compare` does without figures.

    `space` is a SearchSpace, its name or its file. `strategies` are names, with settings in brackets if they differ
    from the defaults (`evolution[population=5]`). The other arguments are those of `evaluate` and of
    `search.Comparison`, which has more options. Trials that the database `store` contains are not measured again.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     result = compare("efficientpose_micro", "random", "table", budget=4, seeds=2, store=f"{folder}/runs.db")
    >>> len(result.trials.query("strategy == 'random'"))
    8
    """
    from nasbench_pose.search import Comparison
    from nasbench_pose.store import Store
    from nasbench_pose.strategies.labels import split

    named = split(strategies) if isinstance(strategies, str) else strategies
    named = tuple(named) if isinstance(named, Iterable) else (None,)
    if not all(isinstance(name, str) for name in named):
        raise _refused(strategies, "list of strategies", "names, such as ('random', 'evolution')")
    if not isinstance(evaluator, str | Measurement) and not callable(evaluator):
        raise _refused(evaluator, "measurement", "a name such as 'table', or a Measurement")
    _check_texts(data, protocol)
    searched = space if isinstance(space, SearchSpace) else load(space)
    options = MeasurementOptions(space=searched, data=data, protocol=protocol, steps=steps, input=input)
    comparison = Comparison(
        searched,
        named,
        measurement(evaluator, options) if isinstance(evaluator, str) else evaluator,
        budget=budget,
        seeds=seeds,
        store=store.url if isinstance(store, Store) else store,
        people=data,
    )
    return comparison.run(comparison.executor(None if workers is None else whole(workers, "number of workers")))


def front(
    trials: pd.DataFrame | ComparisonResult | Store | str | Path,
    x: Objective | str = COST,
    y: Objective | str = ACCURACY,
    *,
    protocol: str | None = None,
) -> pd.DataFrame:
    """Return the Pareto front of two objectives, sorted by `x` from low to high.

    `trials` is a DataFrame, of which rows are compared as they are. Of a ComparisonResult or a results database (a
    Store, a file or a URL) the means over seeds are compared, one row per genotype. `protocol` is a prefix of a
    protocol key, required if the database has several protocols.
    Raises NasbenchPoseError for a database without trials, or with trials of several protocols to choose from.

    >>> import pandas as pd
    >>> front(pd.DataFrame({"macs": [1, 2, 3], "val_pckh": [20.0, 19.0, 30.0]}))["macs"].tolist()
    [1, 3]
    """
    import pandas as pd

    from nasbench_pose.objective import Objective
    from nasbench_pose.pareto import front as on_front
    from nasbench_pose.report.summary import finished_trials
    from nasbench_pose.report.trade_offs import by_genotype
    from nasbench_pose.search import ComparisonResult
    from nasbench_pose.stats import uncharged
    from nasbench_pose.store import Store

    if isinstance(trials, ComparisonResult):
        trials = by_genotype(finished_trials(uncharged(trials.trials)), trials.comparison.objectives)
    if not isinstance(trials, pd.DataFrame | Store | str | Path):
        raise _refused(trials, "table of trials", "a DataFrame, a ComparisonResult, a Store, a file or a URL")
    _check_texts(protocol)
    for one in (x, y):
        if not isinstance(one, Objective | str):
            raise _refused(one, "objective", "an Objective, or a text such as 'macs' or 'val_pckh:max'")

    across, up = (one if isinstance(one, Objective) else Objective.parse(one) for one in (x, y))
    rows = trials if isinstance(trials, pd.DataFrame) else _genotypes(trials, protocol)
    return rows[on_front(rows, across, up)].sort_values(across.column)


def _genotypes(database: Store | str | Path, protocol: str | None) -> pd.DataFrame:
    """Return one row per genotype measured under one protocol, with means over seeds."""
    from nasbench_pose.report.database import of_protocol
    from nasbench_pose.report.summary import finished_trials
    from nasbench_pose.report.trade_offs import by_genotype
    from nasbench_pose.store import Store

    if isinstance(database, str | Path):
        with Store(str(database), must_exist=True) as store:
            return _genotypes(store, protocol)
    trials = database.evaluations()
    keys = sorted(trials["protocol"].unique()) if len(trials) else []
    chosen = [key for key in keys if key.startswith(protocol or "")]
    if not keys:
        raise NasbenchPoseError("The database holds no trials yet; `evaluate` with `store` adds some.")
    if not chosen:
        raise UnknownNameError(f"No protocol of this database begins with {protocol!r}; it has {', '.join(keys)}.")
    if len(chosen) > 1:
        raise NasbenchPoseError(
            f"Accuracies of two protocols never share an axis; choose one with protocol=…: {', '.join(chosen)}."
        )
    return by_genotype(finished_trials(of_protocol(trials, chosen[0], database)))


def _check_texts(*texts: object) -> None:
    """Raise InvalidFileError for a name of a data set or protocol that is no text."""
    for text in texts:
        if not isinstance(text, str | None):
            raise _refused(text, "name", "a text, such as 'quick' for a protocol and 'synthetic' for a data set")


def _refused(value: object, what: str, wanted: str) -> InvalidFileError:
    shown = printable(repr(value))
    return InvalidFileError(f"{shown if len(shown) <= 80 else type(value).__name__} is no {what}; expected {wanted}.")
