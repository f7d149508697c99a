"""Checkpoints of a training on disk: written every so many minutes and when the process is asked to stop."""

import io
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

import torch

from nasbench_pose.errors import InvalidFileError, StoppedError
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.evaluators.steps import Steps
from nasbench_pose.files import replace_file

SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGTERM", "SIGUSR1", "SIGINT") if hasattr(signal, name)
)  # Windows has no SIGUSR1
"""Signals after which a training writes a checkpoint and ends: clusters send SIGTERM or SIGUSR1 before the walltime."""


@dataclass
class Checkpoints:
    """The checkpoint of one training in the file `path`; `stop` says why the process was asked to stop, if it was."""

    path: Path
    identity: Mapping[str, str]
    """What must be equal for a training to go on from the file."""
    minutes: float = 10.0
    stop: Callable[[], str] = field(default=lambda: "")
    clock: Callable[[], float] = time.monotonic
    _written: float = field(init=False)

    def __post_init__(self) -> None:
        self._written = self.clock()

    def resume(self, training: Steps, curve: list[tuple[int, float]]) -> float:
        """Continue `training` and its learning curve from the file, if there is one; return the seconds it had taken.

        Raises InvalidFileError for a file that cannot be read, or of another training.
        """
        if not self.path.exists():
            return 0.0
        try:
            saved: dict[str, Any] = torch.load(self.path, map_location="cpu", weights_only=True)
            theirs = saved["identity"]
        except Exception as error:  # torch raises many types for damaged files
            raise InvalidFileError(
                f"{self.path} cannot be read as a checkpoint ({type(error).__name__}); delete it to train anew."
            ) from None
        for name, mine in self.identity.items():
            if theirs.get(name) != mine:
                raise InvalidFileError(
                    f"{self.path} is the checkpoint of another training: its "
                    f"{difference(name, theirs.get(name, 'unknown'), mine)}. Use another folder."
                )
        training.load_state_dict(saved["training"])
        curve.extend((int(step), float(value)) for step, value in saved["curve"])
        return float(saved["seconds"])

    def after_step(self, training: Steps, curve: list[tuple[int, float]], seconds: Callable[[], float]) -> None:
        """Write a checkpoint if it is due or the process was asked to stop; raise StoppedError then."""
        reason = training.processes.agreed(self.stop())
        if not training.processes.leads:
            if reason:
                raise StoppedError(f"Stopped by {reason}.")
            return
        if not reason and self.clock() - self._written < 60 * self.minutes:
            return
        self.write(training, curve, seconds())
        if reason:
            raise StoppedError(
                f"Stopped by {reason} after step {training.done}, which is kept in {self.path}; the same command "
                "continues."
            )

    def after_last_step(self, training: Steps, curve: list[tuple[int, float]], seconds: float) -> None:
        """Do nothing: the training has ended."""

    def write(self, training: Steps, curve: list[tuple[int, float]], seconds: float) -> None:
        """Write the file as a whole; raise OSError if the disk is full, when the file before is kept."""
        content = io.BytesIO()  # on a full disk torch.save raises RuntimeError
        state = {"training": training.state_dict(), "curve": curve, "seconds": seconds}
        torch.save(state | {"identity": dict(self.identity)}, content)
        replace_file(self.path, content.getbuffer())
        self._written = self.clock()


def difference(name: str, theirs: str, mine: str) -> str:
    """Return in words how a part of an identity differs; of protocols, the fields that do.

    >>> difference("seed", "1", "2")
    'seed is 1, not 2'
    >>> difference("protocol", Protocol(steps=3).text, Protocol(steps=4, precision="bf16").text)
    'protocol has steps=3, not 4, and precision=fp32, not bf16'
    """
    try:
        found, wanted = asdict(Protocol.parse(theirs)), asdict(Protocol.parse(mine))
    except InvalidFileError:
        return f"{name} is {theirs}, not {mine}"
    fields = [f"{field}={found[field]}, not {wanted[field]}" for field in found if found[field] != wanted[field]]
    return f"{name} has {', and '.join(fields)}"


@contextmanager
def stopped_by_signals(signals: Sequence[int] = SIGNALS) -> Iterator[Callable[[], str]]:
    """Yield a function that returns the name of the first of these signals that arrived inside, or nothing.

    A second Ctrl-C ends the process as it would outside. The others may come several times, as from a cluster and from
    the parent process. Signals are handled in the main thread only.
    """
    arrived: list[str] = []
    before: dict[int, Any] = {}

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def note(number: int, _: FrameType | None) -> None:
        arrived.append(signal.Signals(number).name)
        if signal.SIGINT in before:
            signal.signal(signal.SIGINT, before[signal.SIGINT])

    if threading.current_thread() is threading.main_thread():
        before = {number: signal.signal(number, note) for number in signals}
    try:
        yield lambda: arrived[0] if arrived else ""
    finally:
        restore()
