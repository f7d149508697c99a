"""`nasbench-pose worker`: measures what the searches of a database wait for."""

import contextlib
import math
from typing import TYPE_CHECKING

import click

from nasbench_pose.cli._interrupts import interrupted_by_walltime

if TYPE_CHECKING:
    from nasbench_pose.evaluators import Trial


@click.command()
@click.option("--db", required=True, help="Database of the comparison: an SQLAlchemy URL, or a file on this machine.")
@click.option(
    "--idle-seconds",
    type=click.FloatRange(min=0, min_open=True),
    help="End when nothing was to do for so long.  [default: never]",
)
def worker(db: str, idle_seconds: float | None) -> None:
    """Measure trials of comparisons with --executor workers.

    Start it any number of times, on any machine that reaches the database and has the data set under the same path.
    Each worker measures one trial at a time. Ctrl-C or SIGTERM gives its trial back; one that is killed is replaced
    after the lease. A worker runs what the database tells it to: use databases of people whom you trust.
    """
    from nasbench_pose.executors.worker import work
    from nasbench_pose.store import Store
    from nasbench_pose.store.engine import database_url

    on_server = database_url(db).get_backend_name() != "sqlite"
    # A worker may be there before the first comparison.
    with interrupted_by_walltime(), Store(db, must_exist=not on_server) as store:
        done = work(store, idle_seconds=idle_seconds or math.inf, tell=_print)
    click.echo(f"{done} trials measured.")


def _print(trial: "Trial") -> None:
    result = trial.error or ", ".join(f"{name} {value:g}" for name, value in list(trial.metrics.items())[:3])
    with contextlib.suppress(BrokenPipeError):  # the connection of ssh is cut: whoever reads this is gone
        click.echo(f"{trial.genotype.text} (seed {trial.seed}): {result}")
