"""`nasbench-pose benchmark sample` and `surrogate`: some trainings of a huge space, and what they say of the others."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nasbench_pose.cli._output import NewFile
from nasbench_pose.cli._progress import watching_trials
from nasbench_pose.cli._training_options import LIMIT, MINUTES, WORKERS, Recipe, measuring
from nasbench_pose.report.text import aligned

if TYPE_CHECKING:
    from nasbench_pose.evaluators import Trial


@click.command()
@click.argument("space")
@measuring
@click.option("--out", type=NewFile(), required=True, help="Sample to build or to continue: a .csv file.")
@WORKERS
@click.option("--drawn", type=click.IntRange(min=1), default=600, show_default=True, help="Networks drawn over MACs.")
@click.option("--liked", type=click.IntRange(min=0), default=150, show_default=True, help="Networks searches find.")
@click.option("--seeds", type=click.IntRange(min=1), default=3, show_default=True, help="Seeds of every tenth network.")
@MINUTES
@LIMIT
def sample(
    space: str,
    recipe: Recipe,
    out: Path,
    workers: int,
    drawn: int,
    liked: int,
    seeds: int,
    minutes: float | None,
    limit: int | None,
) -> None:
    """Train some networks of a SPACE that is too large for a table.

    Networks are drawn evenly over their MACs; then searches on a model of these find the others. Run the same command
    again to continue a sample that was stopped.
    """
    from nasbench_pose.benchmark.surrogate.build_sample import build_sample
    from nasbench_pose.benchmark.surrogate.sample_plan import SamplePlan
    from nasbench_pose.spaces import load

    found = load(space)
    ends = time.monotonic() + 60 * minutes if minutes is not None else float("inf")
    failed: list[Trial] = []
    how: Any = {"workers": workers, "limit": limit, "go_on": lambda: time.monotonic() < ends}
    with watching_trials(failed) as tell:
        wanted = SamplePlan(drawn, liked, seeds=seeds)
        made = build_sample(found, recipe.training(found), out, wanted, **how, tell=tell)
    click.echo(f"{out}: {made} trainings added{f', {len(failed)} of them failed' if failed else ''}")


@click.command()
@click.argument("genotypes", nargs=-1)
@click.option("--table", "name", required=True, help="A space with a sample, or a .csv file that `sample` made.")
@click.option("--data", help="Data set of the sample.")
@click.option("--space", help="File of the search space, for a sample of a space of your own.")
@click.option("--model", default="gp", show_default=True, help="The surrogate: gp, lightgbm, forest, linear.")
def surrogate(genotypes: tuple[str, ...], name: str, data: str | None, space: str | None, model: str) -> None:
    """Predict trainings of GENOTYPES from a sample; without any, say how good that is."""
    from nasbench_pose.benchmark.surrogate import SurrogateBenchmark
    from nasbench_pose.report.surrogate_text import predicted_text, quality_text
    from nasbench_pose.spaces import load

    asked = SurrogateBenchmark.load(
        name, data and data.partition(":")[0], space=load(space) if space else None, surrogate=model
    )
    click.echo(aligned(predicted_text(asked, genotypes), left=1) if genotypes else quality_text(asked))
