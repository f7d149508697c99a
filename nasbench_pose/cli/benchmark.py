"""`nasbench-pose benchmark`: build, check and query tables of trained networks."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from nasbench_pose.cli._output import NewFile
from nasbench_pose.cli._progress import watching_steps, watching_trials
from nasbench_pose.cli._surrogate_benchmarks import sample, surrogate
from nasbench_pose.cli._training_options import LIMIT, MINUTES, WORKERS, Recipe, measuring
from nasbench_pose.metrics import DEFAULT_OBJECTIVES, TEST_ACCURACY
from nasbench_pose.report.text import aligned

if TYPE_CHECKING:
    from nasbench_pose.benchmark import Benchmark
    from nasbench_pose.benchmark.check import Compared
    from nasbench_pose.evaluators import Trial

F = TypeVar("F", bound=Callable[..., Any])

TABLE = (
    click.option(
        "--table", default="efficientpose_micro", show_default=True, help="A space, or a .csv file that `build` made."
    ),
    click.option("--data", help="Data set of the table: lspet or synthetic; default: lspet if there is one."),
    click.option("--space", help="File of the search space, for a table of a space of your own."),
)
JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object with all digits.")
SPLIT = click.option("--split", default="val", show_default=True, help="People: val or test.")


def asking(command: F) -> F:
    """Add the options that select a table to `command`."""
    for option in reversed(TABLE):
        command = option(command)
    return command


@click.group()
def benchmark() -> None:
    """Build or query a table of trained networks."""


benchmark.add_command(sample)
benchmark.add_command(surrogate)


@benchmark.command()
@click.argument("genotype")
@asking
@click.option("--seed", type=click.IntRange(min=0), help="Seed of the training; default: the mean over all seeds.")
@click.option(
    "--fidelity", type=click.IntRange(min=1), help="Training steps, a point of the learning curve; default: all."
)
@click.option(
    "--schedule", type=click.Choice(["whole", "own"]), default="whole", help="own: a training of --fidelity steps."
)
@SPLIT
@JSON
def query(genotype: str, table: str, data: str | None, space: str | None, as_json: bool, **how: Any) -> None:
    """Look up the accuracy of GENOTYPE, its regret, and the time of its training.

    GENOTYPE is a name, a text or a 16-digit key. Nothing is trained.
    """
    from nasbench_pose.report.benchmark_text import look_up, lookup_text, lookup_values

    found = look_up(opened(table, data, space), genotype, **how)
    click.echo(json.dumps(lookup_values(found)) if as_json else lookup_text(found))


@benchmark.command()
@asking
@click.option("--cost", default="macs", show_default=True, help="Metric of cost: macs, params, seconds.")
@click.option(
    "--limit", type=click.FloatRange(min=0), help="Limit of the cost in MMACs, thousand parameters, or seconds."
)
@JSON
def front(table: str, data: str | None, space: str | None, cost: str, limit: float | None, as_json: bool) -> None:
    """List the Pareto front of cost and accuracy.

    The accuracy is the mean over seeds, on val. The last network is the best one within the limit.
    """
    from nasbench_pose.report.benchmark_text import front_text, front_values, front_within

    asked = opened(table, data, space)
    members = front_within(asked, cost, limit)
    click.echo(json.dumps(front_values(asked, members)) if as_json else front_text(asked, members))


@benchmark.command()
@asking
@SPLIT
@JSON
def noise(table: str, data: str | None, space: str | None, split: str, as_json: bool) -> None:
    """Print how much the results of a table vary between training seeds.

    The intervals are 95 % bootstrap intervals of 1,000 resamples of the genotypes.
    """
    import numpy as np

    from nasbench_pose.report.benchmark_text import noise_text, noise_values

    asked = opened(table, data, space)
    found = asked.noise(np.random.default_rng(0), split=split)
    click.echo(json.dumps(noise_values(asked, found, split)) if as_json else noise_text(asked, found))


@benchmark.command()
@click.argument("space")
@measuring
@click.option("--out", type=NewFile(), required=True, help="Table to build or to continue: a .csv file.")
@WORKERS
@click.option("--seeds", type=click.IntRange(min=1), default=3, show_default=True, help="Seeds of replicated networks.")
@click.option("--replicated", type=click.IntRange(min=0), default=150, show_default=True, help="Networks to replicate.")
@click.option("--each", type=click.IntRange(min=1), default=1, show_default=True, help="Seeds of every network.")
@click.option(
    "--best", type=click.FloatRange(0, 1), default=0.0, help="Share of the networks, the best, replicated too."
)
@click.option(
    "--own",
    "lengths",
    type=click.IntRange(min=1),
    multiple=True,
    help="Instead, train with so many steps on a schedule of their own, into X.own.csv; repeatable.",
)
@MINUTES
@LIMIT
def build(
    space: str,
    recipe: Recipe,
    out: Path,
    workers: int,
    seeds: int,
    replicated: int,
    each: int,
    best: float,
    lengths: tuple[int, ...],
    minutes: float | None,
    limit: int | None,
) -> None:
    """Train every network of SPACE, many of them with several seeds.

    Run the same command again to continue a build that was stopped.
    """
    from nasbench_pose.benchmark.build import build_table
    from nasbench_pose.benchmark.build_own import build_own
    from nasbench_pose.benchmark.plan import Plan
    from nasbench_pose.benchmark.rows import OwnScheduleFile
    from nasbench_pose.spaces import load

    found = load(space)
    ends = time.monotonic() + 60 * minutes if minutes is not None else float("inf")
    failed: list[Trial] = []
    how: Any = {"workers": workers, "limit": limit, "go_on": lambda: time.monotonic() < ends}
    with watching_trials(failed) as tell:
        if lengths:
            made = build_own(found, recipe.training(found), out, lengths, **how, tell=tell)
            out = OwnScheduleFile.beside(out).path
        else:
            plan = Plan(max(seeds, each), replicated, each, best)
            made = build_table(found, recipe.training(found), out, plan=plan, **how, tell=tell)
    click.echo(f"{out}: {made} trainings added{f', {len(failed)} of them failed' if failed else ''}")


@benchmark.command()
@click.argument("genotypes", nargs=-1, required=True)
@click.option("--table", default="efficientpose_micro", show_default=True, help="A space, or a .csv file.")
@click.option("--data", help="The table's data set: synthetic, or lspet:/folder.")
@click.option("--space", help="File of the search space, for a table of a space of your own.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed of the trainings.")
def check(genotypes: tuple[str, ...], table: str, data: str | None, space: str | None, seed: int) -> None:
    """Train GENOTYPES again and compare with the table.

    On the same type of machine with the same versions, the numbers are equal to the last digit. Elsewhere they differ
    by about as much as between two seeds.
    """
    from nasbench_pose.benchmark.check import evaluator_on, retrain

    asked = opened(table, data, space)
    for genotype in genotypes:
        asked.query(genotype, seed=seed)  # a missing row is an error before any training
    evaluator = evaluator_on(asked, data or _people(asked), copies=True)
    for genotype in genotypes:
        with watching_steps() as tell:
            found = retrain(asked, genotype, seed, evaluator, tell)
        cells = [[one.quantity, *(f"{v:.10g}" for v in (one.table, one.now, one.difference))] for one in found]
        click.echo(f"{genotype}, seed {seed}: {_verdict(found)}")
        click.echo(aligned([["", "table", "now", "difference"], *cells], left=1))


def opened(table: str, data: str | None, space: str | None) -> "Benchmark":
    """Return the table that the options select."""
    from nasbench_pose.benchmark import Benchmark
    from nasbench_pose.spaces import load

    return Benchmark.load(table, data and data.partition(":")[0], space=load(space) if space else None)


def _people(asked: "Benchmark") -> str:
    """Return the data set of a table; raise NasbenchPoseError with an example of --data if it needs a folder."""
    from nasbench_pose.errors import NasbenchPoseError
    from nasbench_pose.pose.source import example, is_complete

    if not is_complete(asked.people):
        raise NasbenchPoseError(
            f"The people of {asked.name} are in a folder; set it by --data {example(asked.people)}."
        )
    return asked.people


def _verdict(found: "list[Compared]") -> str:
    differences = {one.quantity: one.difference for one in found if one.quantity != "seconds"}
    if not any(differences.values()):
        return "the same to the last digit"
    val, test = differences[DEFAULT_OBJECTIVES[0]], differences[TEST_ACCURACY]
    return f"differs by {val:+.2f} points on val, {test:+.2f} on test"
