"""The measurement of one proposal as a value that is sent to another process, and how it may end there."""

import pickle
import socket
import sys
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from nasbench_pose.errors import MeasurementError, NasbenchPoseError, NoDeviceError, one_line
from nasbench_pose.evaluators import Evaluator, Trial
from nasbench_pose.evaluators.trial import Schedule
from nasbench_pose.executors.measuring import measure
from nasbench_pose.genotype import Genotype


class ProcessDiedError(Exception):
    """The process of a call has ended before the call did: perhaps the call is the reason."""


class WorkerLostError(Exception):
    """The machine of a call is gone, or was needed for something else: the call is not the reason."""


class UnfitError(MeasurementError):
    """This process cannot measure: it lacks the data or a module, or measures under another protocol."""


@dataclass(frozen=True)
class Call:
    """Measures one genotype when it is called, in whatever process. Its fields but the first identify the trial."""

    measurement: bytes
    """The pickled measurement, which each process makes an evaluator of once."""
    genotype: Genotype
    protocol: str
    """Key of the protocol."""
    fidelity: int
    seed: int
    schedule: Schedule = "whole"
    folders: tuple[str, ...] = ()
    """Folders of modules that the measurement may be in, besides those of the packages that are installed there."""

    def __call__(self) -> Trial:
        """Return the trial; raises UnfitError, and the errors of `measuring.measure`."""
        evaluator = evaluator_of(self.measurement, self.folders)
        if evaluator.protocol_key != self.protocol:
            raise UnfitError(
                f"{socket.gethostname()} measures under protocol {evaluator.protocol_key}, the search under "
                f"{self.protocol}: its data, its device or its version are others."
            )
        try:
            return measure(evaluator, self.genotype, fidelity=self.fidelity, seed=self.seed, schedule=self.schedule)
        except NoDeviceError as error:
            raise UnfitError(
                f"{socket.gethostname()} cannot measure: {str(error).rstrip('.')}. Ray and Slurm give a GPU to a trial "
                "that asks for it: --gpus-per-trial 1."
            ) from error


@lru_cache(maxsize=1)
def evaluator_of(measurement: bytes, folders: tuple[str, ...] = ()) -> Evaluator:
    """Return the evaluator of a pickled measurement, which is kept for the next call; raises UnfitError."""
    sys.path += [folder for folder in folders if folder not in sys.path]  # last: they hide nothing
    try:
        made: Evaluator = pickle.loads(measurement)()
    except Exception as error:  # the search has made one, so it is this machine that lacks something
        said = str(error) if isinstance(error, NasbenchPoseError) else one_line(error)
        raise UnfitError(f"{socket.gethostname()} cannot make the evaluator: {said}") from error
    return made


def folders_here() -> tuple[str, ...]:
    """Return the folders that this process imports modules from, as other processes can find them."""
    return tuple(dict.fromkeys(str(Path(folder).absolute()) for folder in sys.path))
