"""Trainings that were paused at a fidelity, in a folder: a later point of the same schedule goes on from there."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock

from nasbench_pose.errors import InvalidFileError
from nasbench_pose.evaluators.checkpoints import Checkpoints
from nasbench_pose.evaluators.steps import Steps


@contextmanager
def paused(folder: Path, identity: Mapping[str, str], steps: int, total: int) -> Iterator["Pause"]:
    """Yield the pause of the training `identity`, which is asked for its first `steps` of `total`.

    The `folder` is that of this training alone. Another process that asks for the same training waits. Raises
    InvalidFileError for a folder that cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder.with_suffix(".lock"))
        lock.acquire()
    except OSError as error:
        raise InvalidFileError(f"{folder} cannot be written for paused trainings: {error.strerror}.") from None
    try:
        yield Pause(folder, identity, steps, total)
    finally:
        lock.release()


class Pause(Checkpoints):
    """The checkpoint of a training at the fidelities that were asked for; after the last step it is removed."""

    def __init__(self, folder: Path, identity: Mapping[str, str], steps: int, total: int) -> None:
        """Look for the latest pause that is not after `steps`."""
        known = sorted(int(path.stem) for path in folder.glob("*.pt"))
        earlier = [step for step in known if step <= steps]
        super().__init__(folder / f"{earlier[-1] if earlier else steps}.pt", identity)
        self._folder, self._earlier, self._steps, self._total = folder, earlier, steps, total

    def after_step(self, training: Steps, curve: list[tuple[int, float]], seconds: Callable[[], float]) -> None:
        """Write nothing before the last step that was asked for."""

    def after_last_step(self, training: Steps, curve: list[tuple[int, float]], seconds: float) -> None:
        """Write the state; after the last step of the schedule, remove all states."""
        if self._steps < self._total:
            self.path = self._folder / f"{self._steps}.pt"
            self.write(training, curve, seconds)
        for path in self._folder.glob("*.pt"):
            if self._steps == self._total or int(path.stem) < self._steps:
                path.unlink(missing_ok=True)
