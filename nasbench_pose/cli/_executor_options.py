"""The options of a comparison that say where its trials are measured, and what each of them gets there."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

OPTIONS = {
    "address": click.option("--address", help="Ray: auto or host:port of a cluster.  [default: one on this machine]"),
    "gpus_per_trial": click.option("--gpus-per-trial", type=float, help="Ray: e.g. 1, or 0.5 to share one."),
    "cores_per_trial": click.option("--cores-per-trial", type=int, help="Ray: CPU cores.  [default: 1]"),
    "memory_per_trial": click.option("--memory-per-trial", type=float, help="Ray: GB of memory to reserve."),
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
        given = {name: value for name, value in options.items() if value is not None}
        return command(*args, placement=Placement(executor, given), **rest)

    for option in reversed(OPTIONS.values()):
        collected = option(collected)
    named = click.option(
        "--executor",
        default="local",
        show_default=True,
        help="Where trials run: local, ray, workers, or package.module:factory.",
    )
    return named(collected)  # type: ignore[return-value]
