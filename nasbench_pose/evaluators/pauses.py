"""Trainings that were paused at a fidelity, in a folder: a later point of the same schedule goes on from there."""

import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock

from nasbench_pose.errors import InvalidFileError
from nasbench_pose.evaluators.checkpoints import Checkpoints, stopped_by_signals
from nasbench_pose.evaluators.steps import Steps

SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGTERM", "SIGUSR1", "SIGUSR2") if hasattr(signal, name)
)  # Windows has but the first
"""Signals after which a training writes its state and ends: those of a walltime, or of a preemption."""


@contextmanager
def paused(folder: Path, identity: Mapping[str, str], steps: int, total: int) -> Iterator["Pause"]:
    """Yield the pause of the training `identity`, which is asked for its first `steps` of `total`.

    After one of SIGNALS the training writes its state and raises StoppedError; the next one goes on there. The `folder`
    is that of this training alone. Another process that asks for the same training waits. Raises InvalidFileError for a
    folder that cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder.with_suffix(".lock"))
        lock.acquire()
    except OSError as error:
        raise InvalidFileError(f"{folder} cannot be written for paused trainings: {error.strerror}.") from None
    try:
        with stopped_by_signals(SIGNALS) as stop:
            yield Pause(folder, identity, steps, total, stop)
    finally:
        lock.release()


class Pause(Checkpoints):
    """The checkpoint of a training at the fidelities that were asked for; after the last step it is removed."""

    def __init__(
        self, folder: Path, identity: Mapping[str, str], steps: int, total: int, stop: Callable[[], str]
    ) -> None:
        """Look for the latest pause that is not after `steps`."""
        known = sorted(int(path.stem) for path in folder.glob("*.pt"))
        earlier = [step for step in known if step <= steps]
        super().__init__(folder / f"{earlier[-1] if earlier else steps}.pt", identity, stop=stop)
        self._folder, self._earlier, self._steps, self._total = folder, earlier, steps, total

    def after_step(self, training: Steps, curve: list[tuple[int, float]], seconds: Callable[[], float]) -> None:
        """Write the state and raise StoppedError if the process was asked to stop, else nothing."""
        if self.stop():
            self.path = self._folder / f"{training.done}.pt"
            super().after_step(training, curve, seconds)

    def after_last_step(self, training: Steps, curve: list[tuple[int, float]], seconds: float) -> None:
        """Write the state; after the last step of the schedule, remove all states."""
        if self._steps < self._total:
            self.path = self._folder / f"{self._steps}.pt"
            self.write(training, curve, seconds)
        for path in self._folder.glob("*.pt"):
            if self._steps == self._total or int(path.stem) < self._steps:
                path.unlink(missing_ok=True)
