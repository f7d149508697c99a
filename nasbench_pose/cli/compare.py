"""`nasbench-pose compare`: a comparison of search strategies, on trainings or on a benchmark table."""

import math
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nasbench_pose.cli._objectives import ObjectiveName, judging, limits_of, reference_of
from nasbench_pose.cli._output import NewDatabase, NewFolder, make_folder
from nasbench_pose.cli._settings import SETTING, by_strategy
from nasbench_pose.cli._training_options import given, measuring

if TYPE_CHECKING:
    from nasbench_pose.evaluators import Measurement
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
@measuring
@click.option(
    "--evaluator",
    default="train",
    show_default=True,
    help="train; table or table:FILE: look up; single_path, sandwich: one-shot; latency; a+b: both; or yours: "
    "package.module:attribute.",
)
@click.option("--workers", type=click.IntRange(min=1), help="Processes; default: one per core, one for look-ups.")
@click.option("--trial-timeout", type=click.FloatRange(min=0, min_open=True), help="Seconds after which a trial fails.")
@click.option("--retry-failed", is_flag=True, help="Measure failed trials again.")
@click.option(
    "--objective",
    "objectives",
    multiple=True,
    type=ObjectiveName(),
    metavar="NAME[:max|:min]",
    help="Metric of accuracy, then of cost; set both.  [default: val_pckh, macs]",
)
@judging
@click.option("--published", is_flag=True, help="Also draw the published planes.")
@click.option(
    "--set",
    "settings",
    multiple=True,
    type=SETTING,
    help="strategy.setting=value, e.g. darts.steps=40; "
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
    data: str,
    protocol: str,
    steps: int | None,
    size: tuple[int, int] | None,
    evaluator: str,
    workers: int | None,
    trial_timeout: float | None,
    retry_failed: bool,
    objectives: "tuple[Objective, ...]",
    limits: "tuple[Limit, ...]",
    macs_limit: float | None,
    reference: str | None,
    published: bool,
    settings: tuple[tuple[str, str, object], ...],
) -> None:
    """Compare search strategies on SPACE.

