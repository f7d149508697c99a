"""`nasbench-pose compare`: a comparison of search strategies, on trainings or on a benchmark table."""

import math
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nasbench_pose.cli._executor_options import executor_options
from nasbench_pose.cli._interrupts import interrupted_by_walltime
from nasbench_pose.cli._objectives import ObjectiveName, judging, limits_of, reference_of
from nasbench_pose.cli._output import NewDatabase, NewFolder, make_folder
from nasbench_pose.cli._settings import SETTING, by_strategy
from nasbench_pose.cli._training_options import CHECKPOINT_MINUTES, Recipe, given, recipe_options
from nasbench_pose.measurements import EVALUATORS
from nasbench_pose.metrics import DEFAULT_OBJECTIVES

if TYPE_CHECKING:
    from nasbench_pose.executors.placement import Placement
    from nasbench_pose.genotype import Genotype
    from nasbench_pose.objective import Limit, Objective
    from nasbench_pose.search import Comparison, ComparisonResult
    from nasbench_pose.spaces import SearchSpace


@click.command()
@click.argument("space")
@click.option(
    "--strategies", default="random,evolution,darts,fixed", show_default=True, help="Names, separated by commas."
)
@click.option("--budget", type=click.IntRange(min=1), default=10, show_default=True, help="Trials of each search.")
@click.option("--budget-seconds", type=click.FloatRange(min=0, min_open=True), help="Core seconds of each search.")
@click.option("--seeds", type=click.IntRange(min=1), default=3, show_default=True, help="Searches of each strategy.")
@click.option("--first-seed", type=click.IntRange(min=0), default=0, show_default=True, help="The smallest seed.")
@click.option("--start-from", help="Initial genotypes: names separated by commas, or a database for its front.")
@click.option(
    "--db", type=NewDatabase(), default="runs.db", show_default=True, help="Database: a file or an SQLAlchemy URL."
)
@click.option("--out", type=NewFolder(), default=Path("out"), show_default=True, help="Folder.")
@recipe_options
@click.option(
    "--evaluator",
    default="train",
    show_default=True,
    help=f"{', '.join(EVALUATORS.names())}; train:FOLDER: pause there; table:FILE: look up there; a+b: both; "
    "or yours: package.module:attribute.",
)
@click.option(
    "--parallel",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Trials that each search has under way at once; on a table, on a simulated clock.",
)
@executor_options
@click.option("--workers", type=click.IntRange(min=1), help="Searches at once; default: by cores, one for look-ups.")
@click.option("--trial-timeout", type=click.FloatRange(min=0, min_open=True), help="Seconds after which a trial fails.")
@CHECKPOINT_MINUTES
@click.option("--retry-failed", is_flag=True, help="Measure failed trials again.")
@click.option(
    "--objective",
    "objectives",
    multiple=True,
    type=ObjectiveName(),
    metavar="NAME[:max|:min]",
    help=f"Metric of accuracy, then of cost; set both.  [default: {', '.join(DEFAULT_OBJECTIVES)}]",
)
@judging
@click.option("--published", is_flag=True, help="Also draw the published planes.")
@click.option(
    "--set",
    "settings",
    multiple=True,
    type=SETTING,
    help="strategy.setting=value, e.g. darts.steps=40, or protocol.field=value; "
    "several values, e.g. efficientpose.cost_weight=0.003,0.01, are several searches.",
)
def compare(
    space: str,
    strategies: str,
    budget: int,
    budget_seconds: float | None,
    seeds: int,
    first_seed: int,
    start_from: str | None,
    db: str,
    out: Path,
    recipe: Recipe,
    evaluator: str,
    parallel: int,
    placement: "Placement",
    workers: int | None,
    trial_timeout: float | None,
    minutes: float,
    retry_failed: bool,
    objectives: "tuple[Objective, ...]",
    limits: "tuple[Limit, ...]",
    macs_limit: float | None,
    reference: str | None,
    published: bool,
    settings: tuple[tuple[str, str, object], ...],
) -> None:
    """Compare search strategies on SPACE.

    SPACE is a name or the path of a .toml file. The proposals of each strategy are trained. Every trial is stored in
    the database. Tables are printed, and figures are drawn into a folder. Run the same command again to continue an
    interrupted comparison.

    A strategy with settings is a row of its own: evolution[population=5]. With --evaluator table, trials are looked up
    and nothing is trained; --data selects the table, by default the one on photographs. With a one-shot evaluator, a
    supernet is trained once for each seed, and genotypes inherit its weights. Another evaluator is a function of the
    space.

    Strategies are told the limits. They propose nothing beyond a limit of MACs or parameters, and learn from trials
    beyond another limit.
    """
    from nasbench_pose.measurements import measurement
    from nasbench_pose.objective import OBJECTIVES
    from nasbench_pose.report.comparison import check_any_finished
    from nasbench_pose.search import Comparison
    from nasbench_pose.spaces import load
    from nasbench_pose.strategies.labels import split

    searched = load(space)
    worst = reference_of(reference)
    within = limits_of(limits, macs_limit)
    metrics = [*(each.column for each in objectives), *(each.column for each in within or ())]
    comparison = _that_can_run(
        Comparison(
            searched,
            tuple(split(strategies)),
            measurement(evaluator, recipe.options(searched), metrics),
            objectives=objectives or OBJECTIVES,
            limits=within,
            budget=budget,
            budget_seconds=budget_seconds or math.inf,
            seeds=seeds,
            parallel=parallel,
            placement=placement,
            first_seed=first_seed,
            trial_timeout=trial_timeout,
            checkpoint_minutes=minutes,
            start_from=_genotypes(start_from, searched),
            store=db,
            people=recipe.data if given("data") else None,
            settings=by_strategy(settings),
        )
    )
    database = _prepared(comparison, out, worst)
    result = _run(comparison, workers, retry_failed=retry_failed)
    _show(result, worst, out, db, published=published)
    click.echo(f"\nfigures and tables: {out}\ndatabase: {database}")
    if result.failure is not None:
        raise result.failure
    check_any_finished(result.trials)


def _genotypes(text: str | None, space: "SearchSpace") -> "tuple[Genotype, ...]":
    """Return the initial genotypes: those with these names, the one with this text, or the front of a database."""
    from nasbench_pose.files import is_file
    from nasbench_pose.report.database import front_of
    from nasbench_pose.spaces import find

    if text is None:
        return ()
    if is_file(text) or "://" in text or text.endswith(".db"):
        return front_of(text, space)
    if text.startswith(own := f"{space.name}:"):  # the space may be a file that `find` does not know
        return (space.validate(space.read(text.removeprefix(own))),)
    return tuple(space.named.get(name) or find(name) for name in map(str.strip, text.split(",")) if name)


def _that_can_run(comparison: "Comparison") -> "Comparison":
    """Leave out default strategies that cannot search this space, and print a message."""
    from nasbench_pose.strategies.registry import lacks

    if given("strategies"):
        return comparison
    without_people = comparison.without_people()
    reasons = dict.fromkeys(without_people, comparison.reason_without_people) if without_people else {}
    set_by_user = comparison.settings
    for name in comparison.strategies:
        if name not in set_by_user and (reason := lacks(name, comparison.space)):
            reasons[name] = f"has nothing to propose: {reason}"
    for reason in dict.fromkeys(reasons.values()):
        names = [name for name in reasons if reasons[name] == reason]
        click.echo(f"Without {', '.join(names)}, which {reason}.", err=True)
    return replace(comparison, strategies=tuple(name for name in comparison.strategies if name not in reasons))


def _prepared(comparison: "Comparison", out: Path, reference: tuple[float, ...] | None) -> str:
    """Make the database and the folder, and return the name of the database.

    An invalid strategy, data set or reference is an error before anything is written.
    """
    from nasbench_pose.report.comparison import check_reference
    from nasbench_pose.store import Store

    comparison.jobs()
    check_reference(comparison, reference)
    with Store(comparison.store) as store:
        make_folder(out)
        return store.name


def _run(comparison: "Comparison", workers: int | None, *, retry_failed: bool) -> "ComparisonResult":
    from nasbench_pose.cli._progress import watching

    if comparison.info.immediate and not comparison.placement.is_local:
        click.echo(f"Trials are looked up in this process; nothing is sent to {comparison.placement.name}.", err=True)
    if retry_failed:
        click.echo(f"{comparison.forget_failures()} failed trials are measured again.", err=True)
    with interrupted_by_walltime(), watching(comparison.jobs(), briefly=comparison.info.immediate) as tell:
        return comparison.run(comparison.executor(workers), tell)


def _show(
    result: "ComparisonResult", reference: tuple[float, ...] | None, out: Path, db: str, *, published: bool
) -> None:
    """Print the tables, write them, the protocol card and the page into `out`, and draw the figures there."""
    from nasbench_pose.cli.report import show
    from nasbench_pose.report.card import card_of, write
    from nasbench_pose.report.comparison import comparison_report

    report = comparison_report(result, reference=reference)
    card = card_of(result, report)
    write(card, out)
    show(report, out, db, published=published, card=card)
