"""Where the trials of a search are measured: the name of a `concurrent.futures.Executor`, and its options."""

import inspect
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from nasbench_pose.errors import InvalidFileError, NasbenchPoseError, UnknownNameError, nearest, one_line
from nasbench_pose.plugins import Registry, callable_only

LOCAL = "local"
EXECUTORS: Registry[Callable[..., Executor]] = Registry(
    "executor",
    "nasbench_pose.executors",
    {
        LOCAL: "nasbench_pose.executors.local_processes:LocalProcesses",
        "ray": "nasbench_pose.executors.ray_tasks:RayTasks",
        "slurm": "nasbench_pose.executors.slurm_tasks:SlurmTasks",
        "workers": "nasbench_pose.executors.shared_workers:SharedWorkers",
    },
    callable_only,
    "a function",
    extra="{name}",
)
"""Functions from a number of workers, and options, to a `concurrent.futures.Executor`."""

STORE = "store"
"""The parameter of an executor that is the database of the search."""
OWN = {STORE, "folder", "job_name", "scheduler"}
"""Parameters that are no options of the command line."""


@dataclass(frozen=True)
class Placement:
    """An executor by its name, with the options that it takes.

    >>> Placement("concurrent.futures:ThreadPoolExecutor").executor(2).submit(pow, 2, 5).result()
    32
    >>> Placement("local", {"gpus_per_trial": 1}).check()
    Traceback (most recent call last):
        ...
    nasbench_pose.errors.UnknownNameError: The executor 'local' takes no --gpus-per-trial; it takes --trial-timeout.
    """

    name: str = LOCAL
    """`local`, `ray`, `slurm`, `workers`, or the place `package.module:factory` of a function of the number of
    workers."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """Keyword arguments of the executor; None stands for one that was not given."""

    @property
    def is_local(self) -> bool:
        """Whether trials are measured by this machine's own processes."""
        return self.name == LOCAL

    def with_timeout(self, seconds: float | None) -> "Placement":
        """Return it with a time limit of each trial; None: without one."""
        return self if seconds is None else replace(self, options={**self.options, "trial_timeout": seconds})

    def check(self) -> None:
        """Raise UnknownNameError for an executor that does not exist, or for an option that it does not take."""
        known = _options_of(EXECUTORS.resolve(self.name))
        for option, value in self.options.items():
            if value is not None and option not in known:
                shown = [each for each in known if each not in OWN]
                takes = f"it takes {', '.join(map(_flag, shown))}" if shown else "it takes no options"
                raise UnknownNameError(
                    f"The executor {self.name!r} takes no {_flag(option)}; {takes}.{nearest(option, known)}"
                )

    def executor(self, workers: int, store: str | None = None) -> Executor:
        """Return the executor for `workers` trials at once; it gets the URL of the database if it takes a `store`.

        Raises the errors of `check`, and InvalidFileError for a function that makes no executor.
        """
        self.check()
        make = EXECUTORS.resolve(self.name)
        options = {**self.options, **({STORE: store} if STORE in _options_of(make) else {})}
        try:
            made = make(workers, **{name: value for name, value in options.items() if value is not None})
        except NasbenchPoseError:
            raise
        except Exception as error:  # another package may raise anything
            raise InvalidFileError(f"The executor {self.name!r} cannot be made: {one_line(error)}.") from error
        if not isinstance(made, Executor):
            raise InvalidFileError(
                f"The executor {self.name!r} made a {type(made).__name__}, not a concurrent.futures.Executor."
            )
        return made


HERE = Placement()
"""The processes of this machine."""


@contextmanager
def ready(placement: Placement) -> Iterator[Placement]:
    """Yield the placement for the searches of this block, once what they share is there.

    An executor with a method `ready`, a context manager that takes its options, starts or checks there what all
    searches use, such as a cluster, and yields the options that change.
    """
    prepare = getattr(EXECUTORS.resolve(placement.name), "ready", None)
    if prepare is None:
        yield placement
        return
    given = {name: value for name, value in placement.options.items() if value is not None}
    with prepare(**given) as found:
        yield replace(placement, options={**given, **found})


def _options_of(make: Callable[..., Executor]) -> list[str]:
    """Return the names of the parameters after the number of workers."""
    try:
        _, *others = inspect.signature(make).parameters.values()
    except ValueError:  # some functions written in C have none
        return []
    return [each.name for each in others if each.kind in (each.KEYWORD_ONLY, each.POSITIONAL_OR_KEYWORD)]


def _flag(option: str) -> str:
    return f"--{option.replace('_', '-')}"
