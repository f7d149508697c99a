"""`nasbench-pose benchmark`: tables of trained networks, made and asked."""

import json
import math
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from nasbench_pose.cli._measuring import measuring, training
from nasbench_pose.cli._output import NewFile
from nasbench_pose.cli._tables import aligned, genotype_table
from nasbench_pose.cli._trainings import watching_steps, watching_trials

if TYPE_CHECKING:
    from nasbench_pose.benchmark import Answer, Benchmark
    from nasbench_pose.benchmark.check import Compared
    from nasbench_pose.evaluators import Trial
    from nasbench_pose.genotype import Genotype

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


@click.group()
def benchmark() -> None:
    """Make a table of trained networks, or ask it."""


@benchmark.command()
@click.argument("space")
@measuring
@click.option("--out", type=NewFile(), required=True, help="Table to make or to go on with: a .csv file.")
@click.option("--workers", type=click.IntRange(min=1), default=2, show_default=True, help="Processes, one core each.")
@click.option("--seeds", type=click.IntRange(min=1), default=3, show_default=True, help="Of what is trained again.")
@click.option("--replicated", type=click.IntRange(min=0), default=150, show_default=True, help="Trained again.")
@click.option("--each", type=click.IntRange(min=1), default=1, show_default=True, help="Seeds of every network.")
@click.option("--minutes", type=click.FloatRange(min=0), help="Begin no training after so many minutes.")
@click.option("--limit", type=click.IntRange(min=0), help="Trainings to make at most.")
def build(
    space: str,
    data: str,
    protocol: str,
    steps: int | None,
    size: tuple[int, int] | None,
    out: Path,
    workers: int,
    seeds: int,
    replicated: int,
    each: int,
    minutes: float | None,
    limit: int | None,
) -> None:
    """Train every network of SPACE, and many of them again.

    Goes on where it stopped, however it stopped.
    """
    from nasbench_pose.benchmark.build import build_table
    from nasbench_pose.benchmark.plan import Plan
    from nasbench_pose.spaces import load

    found = load(space)
    how = training(data, protocol, steps, size, found)
    ends = time.monotonic() + 60 * minutes if minutes is not None else float("inf")
    failed: list[Trial] = []
    with watching_trials(failed) as tell:
        made = build_table(
            found,
            how,
            out,
            workers=workers,
            plan=Plan(max(seeds, each), replicated, each),
            limit=limit,
            go_on=lambda: time.monotonic() < ends,
            tell=tell,
        )
    click.echo(f"{out}: {made} trainings added{f', {len(failed)} of them failed' if failed else ''}")


@benchmark.command()
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
    asked = _table(table, data, space)
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


@benchmark.command()
@asking
@click.option("--cost", default="macs", show_default=True, help="What to be cheap in: macs, params or seconds.")
@click.option("--limit", type=click.FloatRange(min=0), help="Of MMACs, thousand parameters, or seconds.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object with all digits.")
def front(table: str, data: str | None, space: str | None, cost: str, limit: float | None, as_json: bool) -> None:
    """List the networks of a table that none beats in both cost and accuracy.

    By the mean over seeds, on val. The last one listed is the best there is within the limit.
    """
    from nasbench_pose.errors import NasbenchPoseError, pick

    asked = _table(table, data, space)
    unit = pick("cost", cost, UNITS)
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


UNITS = {"macs": 1e6, "params": 1e3, "seconds": 1.0}
"""What a limit of each cost is given in."""


@benchmark.command()
@asking
@SPLIT
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object with all digits.")
def noise(table: str, data: str | None, space: str | None, split: str, as_json: bool) -> None:
    """Say how far other seeds would have changed a table.

    Intervals hold 95 % of 1,000 resamples of the genotypes.
    """
    import numpy as np

    asked = _table(table, data, space)
    found = asked.noise(np.random.default_rng(0), split=split)
    if as_json:
        click.echo(json.dumps({"table": asked.name, "split": split, **asdict(found)}))
        return
    click.echo(_headline(asked))
    click.echo(aligned([[f"  {what}", value] for what, value in found.lines], left=1))


@benchmark.command()
@click.argument("genotypes", nargs=-1, required=True)
@click.option("--table", default="efficientpose_micro", show_default=True, help="A space, or a .csv file.")
@click.option("--data", help="Where the table's people are: synthetic, or lspet:/folder.")
@click.option("--space", help="File of the search space, for a table of a space of your own.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of the trainings.")
def check(genotypes: tuple[str, ...], table: str, data: str | None, space: str | None, seed: int) -> None:
    """Train GENOTYPES again and compare with the table.

    The same machine type with the same versions gives the same numbers to the last digit; others differ by about as
    much as another seed does.
    """
    from nasbench_pose.benchmark.check import retrain

    asked = _table(table, data, space)
    people = data or _people(asked)
    for genotype in genotypes:
        with watching_steps() as tell:
            found = retrain(asked, genotype, seed, people, tell)
        cells = [[one.quantity, *(f"{v:.10g}" for v in (one.table, one.now, one.difference))] for one in found]
        click.echo(f"{genotype}, seed {seed}: {_verdict(found)}")
        click.echo(aligned([["", "table", "now", "difference"], *cells], left=1))


def _table(table: str, data: str | None, space: str | None) -> "Benchmark":
    from nasbench_pose.benchmark import Benchmark
    from nasbench_pose.spaces import load

    return Benchmark.load(table, data and data.partition(":")[0], space=load(space) if space else None)


def _people(asked: "Benchmark") -> str:
    """Return the people of a table that need no folder; raise NasbenchPoseError that says how to give others."""
    from nasbench_pose.errors import NasbenchPoseError
    from nasbench_pose.pose.source import example, located

    if not located(asked.people):
        raise NasbenchPoseError(f"Say where the people of {asked.name} are: --data {example(asked.people)}.")
    return asked.people


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


def _verdict(found: "list[Compared]") -> str:
    differences = {one.quantity: one.difference for one in found if one.quantity != "seconds"}
    if not any(differences.values()):
        return "the same to the last digit"
    return f"differs by {differences['val_pckh']:+.2f} points on val, {differences['test_pckh']:+.2f} on test"
