"""What `nasbench-pose benchmark` answers from a table: `query`, `front` and `noise`. Nothing is trained."""

import json
import math
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, TypeVar

import click

from nasbench_pose.report.text import aligned, genotype_table

if TYPE_CHECKING:
    from nasbench_pose.benchmark import Answer, Benchmark
    from nasbench_pose.genotype import Genotype

COSTS = ("macs", "params", "seconds")
"""Columns of a table by which its front can be asked for."""

F = TypeVar("F", bound=Callable[..., Any])

TABLE = (
    click.option(
        "--table", default="efficientpose_micro", show_default=True, help="A space, or a .csv file that `build` made."
    ),
    click.option("--data", help="People: lspet or synthetic; default: photographs, if there is that table."),
    click.option("--space", help="File of the search space, for a table of a space of your own."),
)
SPLIT = click.option("--split", default="val", show_default=True, help="People: val or test.")


def asking(command: F) -> F:
    """Give `command` the options that say which table is asked."""
    for option in reversed(TABLE):
        command = option(command)
    return command


@click.command()
@click.argument("genotype")
@asking
@click.option("--seed", type=click.IntRange(min=0), help="Of the training; default: the mean over those there are.")
@click.option("--fidelity", type=click.IntRange(min=1), help="Steps: a point of the learning curve; default: all.")
@SPLIT
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object with all digits.")
def query(
    genotype: str, table: str, data: str | None, space: str | None, seed: int | None, fidelity: int | None, split: str,
    as_json: bool,
) -> None:  # fmt: skip
    """Look up what GENOTYPE reached, and what training it took.

    GENOTYPE is a name, a text or a 16-digit key. Nothing is trained.
    """
    asked = opened(table, data, space)
    answer = asked.query(genotype, fidelity, seed, split=split)
    found = asked.index.genotypes[asked.index.row(genotype)]
    member = found.space == asked.space.name
    regret = asked.regret(found, split=split) if member and seed is None and fidelity is None else math.nan
    if as_json:
        about = {"genotype": found.text, "key": found.key, "table": asked.name, "split": split}
        numbers = {"seed": seed, "seeds": asked.seeds(found), "fidelity": fidelity or asked.grid.full}
        said = {"accuracy": answer.accuracy, "seconds": answer.seconds, "regret": regret}
        plain = {name: value if math.isfinite(value) else None for name, value in said.items()}
        click.echo(json.dumps(about | numbers | plain | {"complete": asked.complete}))
        return
    click.echo(_report(asked, found, seed, fidelity, answer, regret, split))


@click.command()
@asking
@click.option("--cost", default=COSTS[0], show_default=True, help=f"What to be cheap in: {', '.join(COSTS)}.")
@click.option("--limit", type=click.FloatRange(min=0), help="Of MMACs, thousand parameters, or seconds.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object with all digits.")
def front(table: str, data: str | None, space: str | None, cost: str, limit: float | None, as_json: bool) -> None:
    """List the networks that none beats in both cost and accuracy.

    By the mean over seeds, on val. The last one listed is the best there is within the limit.
    """
    from nasbench_pose.errors import NasbenchPoseError, pick
    from nasbench_pose.metrics import metric

    asked = opened(table, data, space)
    unit = pick("cost", cost, {name: metric(name).scale for name in COSTS})
    members = asked.front(cost)
    within = members if limit is None else members[members[cost] <= limit * unit]
    if within.empty and len(members):
        least = members[cost].min() / unit
        raise NasbenchPoseError(f"No network of {asked.name} has {cost} of {limit:g} or less; {least:g} is the least.")
    if as_json:
        rows = json.loads(within.to_json(orient="records", double_precision=15))
        click.echo(json.dumps({"table": asked.name, "complete": asked.complete, "front": rows}))
        return
    named = {genotype.text: name for name, genotype in asked.space.named.items()}
    click.echo(f"{_headline(asked)}\n\n{genotype_table(within.assign(name=within['genotype'].map(named).fillna('')))}")
    click.echo("mean ± one standard deviation over seeds, where there are several")


@click.command()
@asking
@SPLIT
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object with all digits.")
def noise(table: str, data: str | None, space: str | None, split: str, as_json: bool) -> None:
    """Say how far other seeds would have changed a table.

    Intervals hold 95 % of 1,000 resamples of the genotypes.
    """
    import numpy as np

    asked = opened(table, data, space)
    found = asked.noise(np.random.default_rng(0), split=split)
    if as_json:
        alike = {"expected_tau_of_means": found.expected(found.trainings_each)}
        click.echo(json.dumps({"table": asked.name, "split": split, **asdict(found), **alike}))
        return
    click.echo(_headline(asked))
    click.echo(aligned([[f"  {what}", value] for what, value in found.lines], left=1))


def opened(table: str, data: str | None, space: str | None) -> "Benchmark":
    """Return the table that the options name."""
    from nasbench_pose.benchmark import Benchmark
    from nasbench_pose.spaces import load

    return Benchmark.load(table, data and data.partition(":")[0], space=load(space) if space else None)


def _headline(asked: "Benchmark") -> str:
    """Say which table answers, and how much of it there is."""
    growing = "" if asked.complete else f"\nstill growing: {asked.coverage}"
    return f"{asked.about['title']}{growing}"


def _report(
    asked: "Benchmark", genotype: "Genotype", seed: int | None, fidelity: int | None, answer: "Answer", regret: float,
    split: str,
) -> str:  # fmt: skip
    seeds = asked.seeds(genotype) if seed is None else (seed,)
    of = f"mean of seeds {', '.join(map(str, seeds))}" if len(seeds) > 1 else f"seed {seeds[0]}"
    behind = "behind the best" if asked.complete else "behind the best so far, or more"
    part = (
        "" if fidelity in (None, asked.grid.full) else f"   after {fidelity} of {asked.grid.full} steps; no flip test"
    )
    reached = f"  PCKh@0.5 on {split:<4} {answer.accuracy:8.2f} %{part}"
    if math.isnan(answer.accuracy):
        errors = asked.rows.loc[asked.rows["genotype"] == genotype.text, "error"].dropna()
        reached = f"  {f'failed: {errors.iloc[0]}' if len(errors) else 'its curve has no point there'}"
    return "\n".join(
        [
            _headline(asked),
            f"{asked.title_of(genotype)}, {of}",
            reached,
            *([f"  regret           {regret:8.2f}   points {behind}"] if math.isfinite(regret) else []),
            f"  seconds          {answer.seconds:8.2f}   of one core, to train {'so far' if part else 'it'}",
        ]
    )
