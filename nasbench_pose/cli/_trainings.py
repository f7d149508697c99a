"""What a person sees while trainings run."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from nasbench_pose.metrics import DEFAULT_OBJECTIVES, metric

if TYPE_CHECKING:
    from nasbench_pose.evaluators import Progress, Trial

ACCURACY = metric(DEFAULT_OBJECTIVES[0])


@contextmanager
def watching_trials(failed: "list[Trial]") -> Iterator[Callable[["Trial", int], None]]:
    """Yield what is to be told of every training and of how many are to come: a bar, or a line each elsewhere.

    Those that failed are added to `failed`.
    """
    with _watching() as tell:

        def told(trial: "Trial", left: int) -> None:
            failed.extend([trial] * (trial.error is not None))
            tell(trial, left)

        yield told


@contextmanager
def _watching() -> Iterator[Callable[["Trial", int], None]]:
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda trial, left: click.echo(f"{_said(trial)}; {left} to go", err=True)
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = [TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[ends]}")]
    with Progress(TimeElapsedColumn(), *columns, console=console, transient=True) as bars:
        task, done = bars.add_task("trainings", total=None, ends=""), 0

        def tell(trial: "Trial", left: int) -> None:
            nonlocal done
            done += 1
            ends = f"{left_over(bars.tasks[0].elapsed or 0.0, done, left)} to go; {_said(trial)}"
            bars.update(task, completed=done, total=done + left, ends=ends)

        yield tell


@contextmanager
def watching_steps(what: str = "training") -> "Iterator[Progress]":
    """Yield what is to be told of the steps of one training: it moves a bar in a terminal."""
    from rich.console import Console
    from rich.progress import Progress as Bars

    console = Console(stderr=True)
    with Bars(console=console, transient=True, disable=not console.is_terminal) as bars:
        task = bars.add_task(what, total=None)
        yield lambda done, total: bars.update(task, completed=done, total=total)


def left_over(elapsed: float, done: int, left: int) -> str:
    """Return how long `left` trainings will take if they go on as the `done` ones did in `elapsed` seconds.

    >>> left_over(60.0, 3, 600)
    '3 h 20 min'
    """
    minutes = round(elapsed / done * left / 60)
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"


def _said(trial: "Trial") -> str:
    found = trial.error or f"{ACCURACY.text(trial.metrics[ACCURACY.name])} {ACCURACY.unit} in {trial.seconds:.0f} s"
    return f"{trial.genotype.text} seed {trial.seed}: {found}"
