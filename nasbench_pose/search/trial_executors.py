"""Where the trials of a search with several workers are measured: any `concurrent.futures.Executor`."""

from concurrent.futures import Executor

from nasbench_pose.errors import InvalidFileError, NasbenchPoseError, one_line
from nasbench_pose.plugins import Registry, callable_only
from nasbench_pose.search.local_processes import LocalProcesses

LOCAL = "local"
EXECUTORS: Registry[object] = Registry(
    "executor", "nasbench_pose.executors", {LOCAL: LocalProcesses}, callable_only, "a function"
)
"""Functions from a number of workers to a `concurrent.futures.Executor`."""


def make_executor(name: str, workers: int, timeout: float | None = None) -> Executor:
    """Return the executor `name` for `workers` trials at once.

    `local` kills a trial after `timeout` seconds. Others cannot kill: they raise NasbenchPoseError for a timeout.
    Raises UnknownNameError for an unknown name, InvalidFileError for a function that makes no executor.

    >>> make_executor("concurrent.futures:ThreadPoolExecutor", 2).submit(pow, 2, 5).result()
    32
    >>> make_executor("math:sqrt", 4)
    Traceback (most recent call last):
        ...
    nasbench_pose.errors.InvalidFileError: The executor 'math:sqrt' made a float, not a concurrent.futures.Executor.
    """
    if name == LOCAL:
        return LocalProcesses(workers, timeout)
    make = EXECUTORS.resolve(name)
    assert callable(make)
    if timeout is not None:
        raise NasbenchPoseError(f"The executor {name!r} cannot end a trial that is late: leave --trial-timeout out.")
    try:
        made = make(workers)
    except Exception as error:  # another package may raise anything
        raise InvalidFileError(f"The executor {name!r} cannot be made: {one_line(error)}.") from error
    if not isinstance(made, Executor):
        raise InvalidFileError(
            f"The executor {name!r} made a {type(made).__name__}, not a concurrent.futures.Executor."
        )
    return made
