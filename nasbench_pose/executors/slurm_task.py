"""A call as a task of Slurm: what it does when it is told that its walltime is near."""

import pickle
import signal
from collections.abc import Callable, Mapping
from typing import Any

from submitit.core.utils import DelayedSubmission, UncompletedJobError

from nasbench_pose.errors import StoppedError

NOT_IN_TIME = "timed-out and not checkpointable"
"""What submitit says of a task that cannot be queued again after its walltime."""


class Task:
    """Calls a function on a node and returns whether it came back, and what.

    Before the walltime, Slurm sends a signal. A training that can write its state does so and raises StoppedError; then
    the signal is handed to submitit, which queues the task again. If the function does not handle the signal, submitit
    does at once: a task that is preempted is queued again, one that has used its walltime up has failed.
    """

    def __init__(self, function: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
        """Pickle the call: the function and its arguments may be of modules that only the node has to find."""
        self.call = pickle.dumps((function, args, dict(kwargs)))

    def __call__(self) -> tuple[bool, Any]:
        """Call the function."""
        try:
            function, args, kwargs = pickle.loads(self.call)
            return True, function(*args, **kwargs)
        except StoppedError as error:
            # submitit asks a task for `checkpoint` to know whether it goes on where it ended; only now it does.
            self.checkpoint = lambda: DelayedSubmission(type(self).again(self.call))
            signal.raise_signal(signal.SIGUSR2)
            return False, error
        except UncompletedJobError:  # of submitit's handler
            raise
        except Exception as error:
            return False, error

    @classmethod
    def again(cls, call: bytes) -> "Task":
        """Return a new task of a pickled call."""
        task = cls.__new__(cls)
        task.call = call
        return task
