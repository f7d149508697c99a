"""A measurement that takes no time, to try an executor with: see `testing.ExecutorContract`."""

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

from nasbench_pose.errors import InvalidFileError
from nasbench_pose.evaluators import Progress, Trial
from nasbench_pose.genotype import Genotype

PROTOCOL = "0123456789abcdef"
SECONDS = 120
"""How long it waits for another measurement."""


@dataclass(frozen=True)
class Probe:
    """Reads accuracies off keys, and writes a line into the file `log` for each of them.

    Of one genotype it does what `action` says, in whatever process it is.
    """

    log: Path
    action: str = "measure"
    """`measure`; `fail`: raise ValueError; `refuse`: raise InvalidFileError; `die`: kill its process, once; `notice`:
    send SIGUSR2 to its process, once; `wait`: until there is a file `log.go`. `meet` is done of every genotype: wait
    until another one is measured at the same time."""
    key: str = ""
    """The key of the genotype."""
    protocol_key: str = PROTOCOL
    protocol_text: str = '{"probe":1}'
    full_fidelity: int = 100

    def __call__(self) -> "Probe":
        """Return itself, as it is the evaluator, too."""
        return self

    def evaluate(self, genotype: Genotype, *, fidelity: int, seed: int, progress: Progress | None = None) -> Trial:  # noqa: ARG002
        """Measure at once."""
        with self.log.open("a") as log:
            log.write(f"{genotype.key}\n")
        if self.action == "meet":
            self._meet()
        elif genotype.key == self.key:
            self._act()
        number = int(genotype.key[:8], 16)
        metrics = {"val_pckh": number % 1000 / 10, "macs": 10**6 + number % 10**6, "params": number % 10**4}
        return Trial(genotype, PROTOCOL, fidelity, seed, metrics, 1.5, ((fidelity, metrics["val_pckh"]),))

    def measured(self) -> list[str]:
        """Return the key of each measurement that was begun."""
        return self.log.read_text().splitlines() if self.log.exists() else []

    def _act(self) -> None:
        if self.action == "fail":
            raise ValueError("a network that cannot be trained")
        if self.action == "refuse":
            raise InvalidFileError("There is no schedule of that name.")
        once = self.measured().count(self.key) == 1
        if self.action in ("die", "notice") and once:
            os.kill(os.getpid(), signal.SIGKILL if self.action == "die" else signal.SIGUSR2)
        while self.action == "wait" and not self.log.with_suffix(".go").exists():
            time.sleep(0.1)

    def _meet(self) -> None:
        for _ in range(10 * SECONDS):
            if len(self.measured()) > 1:
                return
            time.sleep(0.1)
        raise InvalidFileError("Nothing else was measured at the same time.")
