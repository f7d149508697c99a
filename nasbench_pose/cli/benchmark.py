"""`nasbench-pose benchmark`: tables of trained networks, made and asked."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nasbench_pose.cli._measuring import measuring, training
from nasbench_pose.cli._output import NewFile

if TYPE_CHECKING:
    from nasbench_pose.evaluators import Trial


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
    minutes: float | None,
    limit: int | None,
) -> None:
    """Train every network of SPACE, and many of them again.

    Goes on where it stopped, however it stopped.
    """
    from nasbench_pose.benchmark.build import build_table
    from nasbench_pose.spaces import load

    found = load(space)
    how = training(data, protocol, steps, size, found)
    ends = time.monotonic() + 60 * minutes if minutes is not None else float("inf")
    with _watched() as tell:
        made = build_table(
            found,
            how,
            out,
            workers=workers,
            seeds=seeds,
            replicated=replicated,
            limit=limit,
            go_on=lambda: time.monotonic() < ends,
            tell=tell,
        )
    click.echo(f"{out}: {made} trainings added")


@contextmanager
def _watched() -> Iterator[Callable[["Trial", int], None]]:
    """Yield what is to be told of every training and of how many the table lacks: a bar, or a line elsewhere."""
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda trial, left: click.echo(f"{_said(trial)}; {left} to go", err=True)
        return
    from rich.progress import Progress

    with Progress(console=console, transient=True) as bars:
        task, done = bars.add_task("trainings", total=None), 0

        def tell(_: "Trial", left: int) -> None:
            nonlocal done
            done += 1
            bars.update(task, completed=done, total=done + left)

        yield tell


def _said(trial: "Trial") -> str:
    found = trial.error or f"{trial.metrics['val_pckh']:.1f} % in {trial.seconds:.0f} s"
    return f"{trial.genotype.text} seed {trial.seed}: {found}"
