"""`nasbench-pose watch`: the searches of a database while they run."""

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from nasbench_pose.errors import printable

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Group
    from rich.table import Table

    from nasbench_pose.report.progress import Progress
    from nasbench_pose.store import Store
    from nasbench_pose.store.live import Live


@click.command()
@click.option("--db", required=True, help="Database: a file or an SQLAlchemy URL.")
@click.option(
    "--interval", type=click.FloatRange(0.2, 3600), default=2.0, show_default=True, help="Seconds between two looks."
)
@click.option("--once", is_flag=True, help="Print how far the searches are, and end.")
def watch(db: str, interval: float, once: bool) -> None:
    """Watch the searches and trainings of a database.

    It shows trials a minute, the time left, the best so far and failures, and the learning curves of `train --db`. It
    waits for the first search or training. It ends when all searches have their trials and no training is under way,
    or with Ctrl-C. A training without a sign for 15 minutes is marked as stalled, and not waited for. It only reads, so
    it may run beside any number of searches. Outside of a terminal it prints a line for each change.
    """
    from rich.console import Console
    from rich.live import Live

    from nasbench_pose.store import Store

    console = Console(width=None if Console().is_terminal else 120, highlight=False)
    with Store(db, must_exist=True) as store:
        looks = _looks(store, interval)
        if once:
            console.print(_shown(*next(looks)))
        elif console.is_terminal:
            with Live(console=console, auto_refresh=False) as live:
                for look in looks:
                    live.update(_shown(*look), refresh=True)
        else:
            _print_changes(looks)


def _looks(store: "Store", interval: float) -> Iterator[tuple["Progress", float | None]]:
    """Yield how far the searches are and their trials a minute, until no trial is left and no training is under way."""
    from nasbench_pose.report.progress import pace, progress
    from nasbench_pose.store.live import under_way

    seen = [(time.monotonic(), store.size())]
    now = progress(store)
    yield now, None
    begun = not now.strategies.empty or bool(now.trainings)
    while now.left or not all(live.stalled for live in now.trainings) or not begun:
        time.sleep(interval)
        seen.append((time.monotonic(), store.size()))
        trainings = tuple(under_way(store))
        now = progress(store) if seen[-1][1] != seen[-2][1] else replace(now, trainings=trainings)
        begun = begun or not now.strategies.empty or bool(trainings)
        yield now, pace(seen)


def _shown(now: "Progress", speed: float | None) -> "Group":
    """Return a table of the strategies for each space and protocol; under them the sum and the reasons of failures."""
    from rich.console import Group
    from rich.text import Text

    tables = [_table(part) for _, part in now.strategies.groupby(["space", "title"], sort=False)]
    reasons = [Text(f"{times} failed: {printable(reason)}", overflow="ellipsis") for reason, times in now.reasons]
    trainings = [Text(line, overflow="ellipsis") for line in map(_training, now.trainings)]
    total = [Text(_sum(now, speed))] if len(now.strategies) or not trainings else []
    return Group(*tables, *total, *reasons, *trainings)


def _training(live: "Live") -> str:
    """Return how far a training is, with its learning curve."""
    from nasbench_pose.report.progress import curve_text, duration

    heard = f"heard of {live.seen}"
    if live.stalled:
        heard = f"STALLED, nothing heard for {duration(live.silent)}: the same command continues it"
    return printable(
        f"{live.title}: step {live.done:,} of {live.total:,}, {curve_text(live.loss, live.curve)}; {heard}"
    )


def _table(strategies: "pd.DataFrame") -> "Table":
    from rich.progress_bar import ProgressBar
    from rich.table import Table
    from rich.text import Text

    space, title = strategies[["space", "title"]].iloc[0]
    table = Table(title=Text(printable(f"{space}: {title}")), title_justify="left")
    for name in ("strategy", "searches", "trials", "", "failed", "best so far"):
        table.add_column(name, justify="right" if name in ("searches", "trials", "failed") else "left")
    for row in strategies.to_dict("records"):
        bar = ProgressBar(total=max(1, row["budget"]), completed=row["trials"], width=12)
        searches, trials = f"{row['done']} of {row['searches']}", f"{row['trials']:,} of {row['budget']:,}"
        table.add_row(Text(printable(row["strategy"])), searches, trials, bar, str(row["failed"]), row["best"])
    return table


def _print_changes(looks: Iterator[tuple["Progress", float | None]]) -> None:
    """Print a line whenever there are new trials, or a training has gone on."""
    trials, known = -1, set[Any]()
    for now, speed in looks:
        if now.trials != trials and (len(now.strategies) or not now.trainings):
            click.echo(_sum(now, speed))
        for live in now.trainings:
            if (live, live.stalled) not in known:
                click.echo(_training(live))
        trials, known = now.trials, {(live, live.stalled) for live in now.trainings}


def _sum(now: "Progress", speed: float | None) -> str:
    from nasbench_pose.report.progress import duration

    if now.strategies.empty:
        return "No search has begun."
    failed = int(now.strategies["failed"].sum())
    words = [f"{now.trials:,} trials, {failed} failed"]
    if now.left:
        words.append(f"{now.left:,} left")
    else:
        words.append("every search has its trials")
    if speed is not None and now.left:
        words.append(f"{speed:,.1f} a minute")
        words += [f"about {duration(60 * now.left / speed)} left"] if speed else []
    return ", ".join(words)
