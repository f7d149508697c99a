"""What a notebook does most often, each as one function that takes names: `import nasbench_pose as nbp`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from nasbench_pose.errors import NasbenchPoseError, UnknownNameError
from nasbench_pose.evaluators.measurement import MeasurementOptions
from nasbench_pose.evaluators.registry import measurement
from nasbench_pose.genotype import Genotype
from nasbench_pose.spaces import SearchSpace, as_genotype, load, name_of, space_of

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from nasbench_pose.evaluators import Evaluator, Trial
    from nasbench_pose.evaluators.measurement import Measurement
    from nasbench_pose.objective import Objective
    from nasbench_pose.search import ComparisonResult
    from nasbench_pose.store import Store


def draw(
    genotype: Genotype | str,
    against: Genotype | str | None = None,
    *,
    input: tuple[int, int] | None = None,
    joints: int | None = None,
    network: bool = False,
    out: str | Path | None = None,
) -> Figure:
    """Draw a network as a graph, beside a second one if `against` names it; return the figure.

    `genotype` is a Genotype, its name or its text. Networks made of cells are drawn as their two cells, or with
    `network` as the stack of cells. The figure is saved if `out` names a file (.svg, .pdf or .png).

    >>> figure = draw("efficientpose-a", input=(128, 128))
    >>> figure.texts[0].get_text()
    'EfficientPose-A'
    """
    from nasbench_pose.plots import save
    from nasbench_pose.plots.architecture import Subject, draw_both, draw_one

    found = [as_genotype(one) for one in (genotype, against) if one is not None]
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
    store: Store | None = None,
) -> Trial:
    """Train a network on real or drawn people and return what was measured, as `nasbench-pose evaluate` does.

    `genotype` is a Genotype, its name or its text. `evaluator` is how it is measured: a name, such as "table", which
    looks trainings up and needs no time, or an evaluator of yours; `data`, `protocol`, `steps` and `input` say how it
    is trained. With `store` the trial is looked up there, or added. Raises NasbenchPoseError for what cannot be
    trained; a training that diverges is a trial with an error.

    >>> evaluate("micro-middle", "table").metrics["macs"]
    3378688
    """
    found = as_genotype(genotype)
    options = MeasurementOptions(space=space_of(found), data=data, protocol=protocol, steps=steps, input=input)
    measured = measurement(evaluator, options)() if isinstance(evaluator, str) else evaluator
    if store is None:
        return measured.evaluate(found, fidelity=measured.full_fidelity, seed=seed)
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
    store: str | Path = "runs.db",
    workers: int | None = None,
) -> ComparisonResult:
    """Compare search strategies on a space and return every trial, as `nasbench-pose compare` does without its figures.

    `space` is a SearchSpace, its name or its file; `strategies` names them, with settings where wanted
    (`evolution[population=5]`). The other arguments are those of `evaluate` and of `search.Comparison`, which can do
    more. What the database `store` holds already is not measured again.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     result = compare("efficientpose_micro", "random", "table", budget=4, seeds=2, store=f"{folder}/runs.db")
    >>> len(result.trials.query("strategy == 'random'"))
    8
    """
    from nasbench_pose.search import Comparison
    from nasbench_pose.strategies.labels import split

    searched = space if isinstance(space, SearchSpace) else load(space)
    options = MeasurementOptions(space=searched, data=data, protocol=protocol, steps=steps, input=input)
    comparison = Comparison(
        searched,
        tuple(split(strategies)) if isinstance(strategies, str) else tuple(strategies),
        measurement(evaluator, options) if isinstance(evaluator, str) else evaluator,
        budget=budget,
        seeds=seeds,
        store=store,
        people=data,
    )
    return comparison.run(comparison.executor(workers))


def front(
    trials: pd.DataFrame | Store | str | Path,
    x: Objective | str = "macs",
    y: Objective | str = "val_pckh",
    *,
    protocol: str | None = None,
) -> pd.DataFrame:
    """Return the rows that no other row beats in both objectives, from the lowest `x` up.

    `trials` is a frame, of which rows are returned; or a results database (a Store, a file or a URL), of which one row
    for each genotype is returned, with means over seeds. `protocol` is the beginning of a protocol's key, needed
    where a database has several. Raises NasbenchPoseError for a database without trials of one protocol.

    >>> import pandas as pd
    >>> front(pd.DataFrame({"macs": [1, 2, 3], "val_pckh": [20.0, 19.0, 30.0]}))["macs"].tolist()
    [1, 3]
    """
    import pandas as pd

    from nasbench_pose.objective import Objective
    from nasbench_pose.pareto import front as on_front

    across, up = (one if isinstance(one, Objective) else Objective.parse(one) for one in (x, y))
    rows = trials if isinstance(trials, pd.DataFrame) else _genotypes(trials, protocol)
    return rows[on_front(rows, across, up)].sort_values(across.column)


def _genotypes(database: Store | str | Path, protocol: str | None) -> pd.DataFrame:
    """Return the genotypes in a database that were measured under one protocol, with means over seeds."""
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
    return by_genotype(finished_trials(trials[trials["protocol"] == chosen[0]]))
