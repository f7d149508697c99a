"""`nasbench-pose compare`: search strategies against each other, on real trainings or a table of them."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from nasbench_pose.cli._comparison import Plane, check_any_finished, report
from nasbench_pose.cli._measuring import given, looked_up, measuring, training
from nasbench_pose.cli._settings import SETTING, by_strategy
from nasbench_pose.errors import NasbenchPoseError, pick

if TYPE_CHECKING:
    import pandas as pd

    from nasbench_pose.benchmark.evaluator import LookUp
    from nasbench_pose.evaluators.registry import Brought
    from nasbench_pose.evaluators.training import Training
    from nasbench_pose.oneshot import OneShot
    from nasbench_pose.search import Job
    from nasbench_pose.spaces import SearchSpace


@click.command()
@click.argument("space")
@click.option("--strategies", default="random,evolution,darts,fixed", show_default=True, help="Names, with commas.")
@click.option("--budget", type=click.IntRange(min=1), default=10, show_default=True, help="Trials of each search.")
@click.option("--seeds", type=click.IntRange(min=1), default=3, show_default=True, help="Searches of each strategy.")
@click.option("--db", default="runs.db", show_default=True, help="Database: a file or an SQLAlchemy URL.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("out"), show_default=True, help="Folder.")
@measuring
@click.option(
    "--evaluator",
    default="train",
    show_default=True,
    help="train; table or table:FILE: look up; single_path, sandwich: one-shot; or yours: package.module:attribute.",
)
@click.option("--workers", type=click.IntRange(min=1), help="Processes; default: one per core.")
@click.option("--macs-limit", type=click.FloatRange(min=0), help="MMACs for the best-under-a-limit column; inf: none.")
@click.option("--set", "settings", multiple=True, type=SETTING, help="strategy.setting=value, e.g. darts.steps=40.")
def compare(
    space: str,
    strategies: str,
    budget: int,
    seeds: int,
    db: str,
    out: Path,
    data: str,
    protocol: str,
    steps: int | None,
    size: tuple[int, int] | None,
    evaluator: str,
    workers: int | None,
    macs_limit: float | None,
    settings: tuple[tuple[str, str, object], ...],
) -> None:
    """Compare search strategies on SPACE.

    Trains what each strategy proposes, keeps every trial in the database, prints a table, and draws the measured
    plane, the published plane and best-so-far curves into a folder. Interrupted or killed, the same command goes on
    where it stopped. SPACE is a name or the path of a .toml file. With --evaluator table nothing is trained: --data
    says which table answers, by default that on photographs; with single_path or sandwich a supernet is trained,
    once for each seed, and genotypes inherit its weights. An evaluator of yours is made by a function of the space;
    its trials have val_pckh and macs.
    """
    from nasbench_pose.oneshot import SAMPLINGS
    from nasbench_pose.report.summary import with_supernets
    from nasbench_pose.search import BASELINES, plan
    from nasbench_pose.spaces import load
    from nasbench_pose.store import Store

    searched = load(space)
    measurement = _measurement(evaluator, data, protocol, steps, size, searched)
    people, own = _people(measurement, data), by_strategy(settings)
    jobs = plan(
        searched, _wanted(strategies, measurement, people, own), measurement,
        budget=budget, seeds=seeds, store=db, data=people, settings=own,
    )  # fmt: skip
    if evaluator in SAMPLINGS:  # a supernet has no hand-made neighbours
        jobs = [job for job in jobs if job.strategy != BASELINES]
    out.mkdir(parents=True, exist_ok=True)
    with Store(db) as store:  # whatever is wrong with it is said now, not by every worker
        database = store.name
    plane = _plane(measurement, searched)  # the people are drawn, or found broken, before the workers want them
    trials, failure = _run(jobs, workers, briefly=plane.benchmark is not None)
    trials = with_supernets(trials)
    trials.to_csv(out / "trials.csv", index=False)
    report(trials, searched, plane, macs_limit, out)
    click.echo(f"\nfigures and tables: {out}\ndatabase: {database}")
    if failure is not None:
        raise failure
    check_any_finished(trials)


def _measurement(
    evaluator: str,
    data: str,
    protocol: str,
    steps: int | None,
    size: tuple[int, int] | None,
    space: "SearchSpace",
) -> "Training | LookUp | OneShot | Brought":
    """Return how genotypes are measured."""
    from nasbench_pose.evaluators.registry import GROUP, Brought
    from nasbench_pose.oneshot import SAMPLINGS, OneShot
    from nasbench_pose.plugins import brought

    name, colon, file = evaluator.partition(":")
    if name == "table":
        return looked_up(file, data if given("data") else None, protocol, steps, size, space)
    if evaluator == "train":
        return training(data, protocol, steps, size, space)
    if evaluator in SAMPLINGS:
        return OneShot(data, training(data, protocol, steps, size).protocol, space, evaluator)
    if not colon:
        pick("evaluator", name, dict.fromkeys(["train", "table", *SAMPLINGS, *brought(GROUP)]))
    made = Brought(evaluator, space)
    made()  # what is wrong with it is said now, not by every worker
    return made


def _people(measurement: "Training | LookUp | OneShot | Brought", data: str) -> str:
    """Return who strategies train on: --data, and where it was not given those of the table.

    Raises DataError if others are given than the table's: what they teach has nothing to do with it.
    """
    from nasbench_pose.benchmark.check import evaluator_on
    from nasbench_pose.benchmark.evaluator import LookUp
    from nasbench_pose.pose.source import located

    if not isinstance(measurement, LookUp):
        return data
    benchmark = measurement().benchmark
    if not given("data"):
        return benchmark.people
    if located(data):
        evaluator_on(benchmark, data)
    return data


def _wanted(
    strategies: str,
    measurement: "Training | LookUp | OneShot | Brought",
    people: str,
    settings: dict[str, dict[str, object]],
) -> list[str]:
    """Return the strategies; of those that nobody asked for by name only what can do without people that are not here.

    The table on photographs comes with the package, the photographs do not.
    """
    from nasbench_pose.benchmark.evaluator import LookUp
    from nasbench_pose.pose.source import example, located
    from nasbench_pose.strategies.registry import trains

    names = [name.strip() for name in strategies.split(",") if name.strip()]
    trained = [name for name in names if trains(name) and "data" not in settings.get(name, {})]
    if not trained or not isinstance(measurement, LookUp) or located(people):
        return names
    reason = f"trains on the table's people: say where they are with --data {example(people)}"
    if given("strategies"):
        raise NasbenchPoseError(f"{', '.join(trained)} {reason}.")
    click.echo(f"Without {', '.join(trained)}, which {reason}.", err=True)
    return [name for name in names if name not in trained]


def _plane(measurement: "Training | LookUp | OneShot | Brought", space: "SearchSpace") -> Plane:
    from nasbench_pose.benchmark.evaluator import TableEvaluator
    from nasbench_pose.evaluators.protocol import Protocol
    from nasbench_pose.evaluators.registry import Brought
    from nasbench_pose.evaluators.train import TrainEvaluator
    from nasbench_pose.oneshot import OneShotEvaluator

    evaluator = measurement()
    if isinstance(measurement, Brought):
        return Plane(str(getattr(evaluator, "title", measurement.name)), space.input, space.joints)
    if isinstance(evaluator, TrainEvaluator):
        protocol = evaluator.protocol
        return Plane(protocol.title, protocol.input, len(evaluator.splits.train.skeleton.joints))
    if isinstance(evaluator, OneShotEvaluator):
        return Plane(evaluator.title, evaluator.protocol.input, len(evaluator.splits.train.skeleton.joints))
    assert isinstance(evaluator, TableEvaluator)
    protocol = Protocol.parse(evaluator.training_text)
    return Plane(f"{protocol.title}, looked up", protocol.input, space.joints, evaluator.benchmark)


def _run(jobs: "list[Job]", workers: int | None, *, briefly: bool) -> "tuple[pd.DataFrame, NasbenchPoseError | None]":
    """Return what is in the database after the searches, and the error if some of them failed."""
    from nasbench_pose.cli._progress import watching
    from nasbench_pose.search import compare as run_comparison
    from nasbench_pose.search import steps_of

    try:
        with watching(jobs, briefly=briefly) as tell:
            return run_comparison(jobs, workers=workers or _cores(), tell=tell), None
    except NasbenchPoseError as error:
        finished = steps_of(jobs)
        if finished["error"].isna().sum() == 0:
            raise
        return finished, error


def _cores() -> int:
    """Return how many cores this process may use, where the system says so."""
    import os

    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
