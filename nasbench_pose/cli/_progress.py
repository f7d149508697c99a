"""Progress of searches, trainings and scores: bars in a terminal, lines elsewhere."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

import click

from nasbench_pose.metrics import DEFAULT_OBJECTIVES, metric

if TYPE_CHECKING:
    from rich.progress import TaskID

    from nasbench_pose.evaluators import Progress, Trial
    from nasbench_pose.metrics import Metric
    from nasbench_pose.predictors import Score
    from nasbench_pose.search import Event, Job
    from nasbench_pose.trained.live import Tell


ACCURACY = metric(DEFAULT_OBJECTIVES[0])


@contextmanager
def watching(jobs: Sequence["Job"], *, briefly: bool = False) -> Iterator[Callable[["Event"], None]]:
    """Yield a callback for events. It moves bars in a terminal; elsewhere it prints a line for each trial.

    With `briefly` it prints a line for each search, for look-ups, which are thousands.
    """
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        yield _print_search if briefly else partial(_print_trial, jobs[0].objectives[0].metric)
        return
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = [
        TextColumn("{task.description:<24}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[unit]}"),
    ]
    with Progress(*columns, TimeElapsedColumn(), TimeRemainingColumn(), console=console, transient=True) as bars:
        everything = bars.add_task("all searches", total=sum(job.budget for job in jobs), unit="trials")
        under_way: dict[str, TaskID] = {}
        finished: dict[str, int] = {}

        def tell(event: "Event") -> None:
            if event.notice is not None:
                bars.console.print(f"{event.job}: {event.notice}", markup=False, highlight=False)
            if event.trials is not None:
                finished[event.job] = event.trials
                bars.update(everything, completed=sum(finished.values()))
            if event.steps is not None:
                if event.job not in under_way:
                    under_way[event.job] = bars.add_task(event.job, total=event.steps[1], unit="steps")
                bars.update(under_way[event.job], completed=event.steps[0], total=event.steps[1])
            if event.ended and event.job in under_way:
                bars.remove_task(under_way.pop(event.job))

        yield tell


def _print_trial(what: "Metric", event: "Event") -> None:
    _print_notice(event)
    if event.trial is not None:
        found = event.trial.error or what.phrase(event.trial.metrics[what.name])
        click.echo(f"{event.job}: trial {event.trials}: {found}", err=True)


def _print_notice(event: "Event") -> None:
    if event.notice is not None:
        click.echo(f"{event.job}: {event.notice}", err=True)


def _print_search(event: "Event") -> None:
    _print_notice(event)
    if event.ended and event.error is None:
        click.echo(f"{event.job}: done", err=True)


@contextmanager
def watching_trials(failed: "list[Trial]") -> Iterator[Callable[["Trial", int], None]]:
    """Yield a callback for a training and the number left: it moves a bar, or prints a line outside a terminal.

    Those that failed are added to `failed`.
    """
    with _watching() as tell:

        def report(trial: "Trial", left: int) -> None:
            failed.extend([trial] * (trial.error is not None))
            tell(trial, left)

        yield report


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
    """Yield a callback for the steps of one training, which moves a bar in a terminal."""
    from rich.console import Console
    from rich.progress import Progress as Bars

    console = Console(stderr=True)
    with Bars(console=console, transient=True, disable=not console.is_terminal) as bars:
        task = bars.add_task(what, total=None)
        yield lambda done, total: bars.update(task, completed=done, total=total)


@contextmanager
def watching_training() -> "Iterator[tuple[Progress, Tell]]":
    """Yield a callback for the steps of one training, and one for its curve: in a terminal they move and name a bar."""
    from rich.console import Console
    from rich.progress import Progress as Bars

    from nasbench_pose.report.progress import curve_text

    console = Console(stderr=True)
    with Bars(console=console, transient=True, disable=not console.is_terminal) as bars:
        task, shown = bars.add_task("training", total=None), -1

        def curve(_: int, losses: Sequence[float], points: Sequence[tuple[int, float]]) -> None:
            nonlocal shown
            if len(points) != shown and losses:
                shown = len(points)
                bars.update(task, description=curve_text(losses[-1], points))

        yield lambda done, total: bars.update(task, completed=done, total=total), curve


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


@contextmanager
def watching_scores() -> "Iterator[Callable[[str, Score, int], None]]":
    """Yield a callback for predictor, score and number left, which moves a bar in a terminal."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bars:
        task, before = bars.add_task("scores", total=None), ("", 0)

        def tell(name: str, score: "Score", left: int) -> None:  # noqa: ARG001 - a bar needs no value
            nonlocal before
            if (name, left + 1) != before:  # another predictor, or another seed of it
                bars.reset(task, description=name, total=left + 1)
            before = (name, left)
            bars.update(task, advance=1)

        yield tell
