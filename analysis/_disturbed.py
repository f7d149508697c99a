"""A comparison in separate processes, which a study can kill or interrupt: `python -m analysis._disturbed …`.

Its trials are looked up in the shipped table after a pause, by worker processes, as trainings would be. Every
measurement is a line of a log, so that what is measured twice shows.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from nasbench_pose.benchmark import Benchmark
from nasbench_pose.benchmark.evaluator import TableEvaluator
from nasbench_pose.errors import NasbenchPoseError
from nasbench_pose.evaluators import Progress, Trial
from nasbench_pose.evaluators.trial import Schedule
from nasbench_pose.genotype import Genotype
from nasbench_pose.search import compare, plan
from nasbench_pose.search.jobs import Job
from nasbench_pose.spaces import load
from nasbench_pose.store import Store

ROOT = Path(__file__).parent.parent
SPACE = "efficientpose_micro"
STRATEGIES = ("random", "evolution[population=5,sample=2]")
SEEDS, WORKERS = 2, 2


@dataclass(frozen=True)
class SlowEvaluator(TableEvaluator):
    """Looks a trial up after a pause."""

    pause: float = 0.0
    log: Path = Path(os.devnull)

    def evaluate(
        self,
        genotype: Genotype,
        *,
        fidelity: int,
        seed: int,
        progress: Progress | None = None,
        schedule: Schedule = "whole",
    ) -> Trial:
        """Write a line with the number of this process into the log, wait, and return the trial of the table."""
        with self.log.open("a") as log:
            log.write(f"{os.getpid()} {genotype.key} {fidelity} {seed}\n")
        time.sleep(self.pause)
        return super().evaluate(genotype, fidelity=fidelity, seed=seed, progress=progress, schedule=schedule)


@dataclass(frozen=True)
class SlowLookUp:
    """The measurement that makes a SlowEvaluator."""

    pause: float
    log: Path

    def __call__(self) -> SlowEvaluator:
        """Load the shipped table."""
        return SlowEvaluator(Benchmark.load(SPACE), self.pause, self.log)


@dataclass(frozen=True)
class Disturbed:
    """A comparison, its log in `folder`, and the URL of its database."""

    folder: Path
    url: str
    budget: int = 15
    pause: float = 0.03

    @property
    def log(self) -> Path:
        """The file with a line for each measurement that has begun."""
        return self.folder / "measured.txt"

    @property
    def measured(self) -> list[str]:
        """A line for each measurement that has begun."""
        return self.log.read_text().splitlines() if self.log.exists() else []

    def jobs(self, pause: float | None = None) -> list[Job]:
        """Return the searches."""
        measurement = SlowLookUp(self.pause if pause is None else pause, self.log)
        return plan(load(SPACE), STRATEGIES, measurement, budget=self.budget, seeds=SEEDS, store=self.url)

    @contextmanager
    def running(self, environment: Mapping[str, str] | None = None) -> "Iterator[Running]":
        """Run it in a group of processes, which is killed at the end of the block."""
        command = [sys.executable, "-m", "analysis._disturbed", self.folder, self.url, self.budget, self.pause]
        path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
        process = subprocess.Popen(
            list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT,
            env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": path, **(environment or {})}, process_group=0,
        )  # fmt: skip
        running = Running(self, process)
        try:
            yield running
        finally:
            running.kill_group()
            process.communicate()

    def finish(self) -> None:
        """Run the remaining steps in this process, without pauses."""
        compare(self.jobs(pause=0.0))

    def steps(self) -> pd.DataFrame:
        """Return the steps so far, without the values that differ between runs."""
        with Store(self.url) as store:
            frame = store.frame()
        order = ["strategy", "run_seed", "step"]
        return frame.drop(columns=["ask_seconds", "run"]).sort_values(order).reset_index(drop=True)

    @property
    def lost(self) -> int:
        """Number of trials that were measured, once the comparison is finished, and are not in the database."""
        with Store(self.url) as store:
            known = store.evaluations()
        facts = set(known["key"] + " " + known["fidelity"].astype(str) + " " + known["seed"].astype(str))
        return len({line.partition(" ")[2] for line in self.measured} - facts)

    @property
    def repeated(self) -> int:
        """Number of measurements that were begun more than once."""
        return len(self.measured) - len({line.partition(" ")[2] for line in self.measured})


class Running:
    """The processes of a comparison that runs."""

    def __init__(self, comparison: Disturbed, process: "subprocess.Popen[str]") -> None:
        self.comparison, self.process = comparison, process
        self._before = len(comparison.measured)

    def wait_for(self, measurements: int) -> bool:
        """Wait until a number of measurements of this run have begun; return False if it has ended before."""
        until = time.monotonic() + 300
        while len(self.comparison.measured) - self._before < measurements:
            if self.process.poll() is not None:
                return False
            if time.monotonic() > until:
                raise NasbenchPoseError("The comparison measures nothing.")
            time.sleep(0.005)
        return True

    def workers(self) -> list[int]:
        """Return the numbers of the worker processes that have measured in this run, the latest first."""
        lines = self.comparison.measured[self._before :]
        return list(dict.fromkeys(int(line.split()[0]) for line in reversed(lines)))

    def kill_group(self) -> None:
        """Kill the process and all that it has started."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return

    def end(self, seconds: float = 120.0) -> tuple[int, str]:
        """Wait for the end; return the exit status and what was written on stderr."""
        _, errors = self.process.communicate(timeout=seconds)
        return self.process.returncode, errors


if __name__ == "__main__":
    folder, url, budget, pause = sys.argv[1:]
    compare(Disturbed(Path(folder), url, int(budget), float(pause)).jobs(), workers=WORKERS)
