"""The options of a comparison that say where its trials are measured, and what each of them gets there."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

OPTIONS = {
    "address": click.option("--address", help="Ray: auto or host:port of a cluster.  [default: one on this machine]"),
    "gpus_per_trial": click.option("--gpus-per-trial", type=float, help="Ray, Slurm: e.g. 1; Ray: 0.5 shares one."),
    "cores_per_trial": click.option("--cores-per-trial", type=int, help="Ray, Slurm: CPU cores.  [default: 1]"),
    "memory_per_trial": click.option("--memory-per-trial", type=float, help="Ray, Slurm: GB of memory to reserve."),
    "walltime": click.option("--walltime", type=int, help="Slurm: minutes that a trial may take.  [default: 60]"),
    "slurm": click.option(
        "--slurm", multiple=True, metavar="NAME=VALUE", help="Slurm: an option of sbatch, e.g. partition=gpu."
    ),
    "lease_seconds": click.option(
        "--lease-seconds", type=float, help="Workers: seconds that one may be silent.  [default: 60]"
    ),
}
"""Option of an executor -> that of the command line; the executor says whether it takes it and which values."""


def executor_options(command: F) -> F:
    """Add --executor and its options to `command`, which gets them as one argument, `placement`."""

    @wraps(command)
    def collected(*args: Any, executor: str, **rest: Any) -> Any:
        from nasbench_pose.executors.placement import Placement

        options = {name: rest.pop(name) for name in OPTIONS}
        options["slurm"] = dict(map(_pair, options["slurm"])) or None
        given = {name: value for name, value in options.items() if value is not None}
        return command(*args, placement=Placement(executor, given), **rest)

    for option in reversed(OPTIONS.values()):
        collected = option(collected)
    named = click.option(
        "--executor",
        default="local",
        show_default=True,
        help="Where trials run: local, ray, slurm, workers, or package.module:factory.",
    )
    return named(collected)  # type: ignore[return-value]


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals and value):
        raise click.UsageError(f"--slurm {text}: expected name=value, such as partition=gpu.")
    return name, value
