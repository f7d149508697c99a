"""What a person sees while searches run: one bar for all trials, and one for each training under way."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.progress import TaskID

    from nasbench_pose.metrics import Metric
    from nasbench_pose.search import Event, Job


@contextmanager
def watching(jobs: Sequence["Job"], *, briefly: bool = False) -> Iterator[Callable[["Event"], None]]:
    """Yield what is to be told of every event: it moves bars in a terminal, and elsewhere prints a line per trial.

    `briefly` that is a line per search: trials that are looked up come by the thousand.
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
