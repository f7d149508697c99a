"""Evaluators that measure at once, in whatever process, and strategies that remember what they were told."""

import json
import os
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from nasbench_pose.evaluators import Progress, Trial
from nasbench_pose.genotype import Genotype
from nasbench_pose.spaces import SearchSpace, load
from nasbench_pose.strategies import Exhausted, Proposal

SPACE = load("efficientpose_micro")


@dataclass(frozen=True)
class KeyReader:
    """Reads an accuracy off the genotype's key; `log` gets a line for every measurement. Calling it gives itself."""

    log: Path
    pause: float = 0.0
    protocol_key: str = "0123456789abcdef"
    protocol_text: str = '{"fake":1}'
    full_fidelity: int = 100

    def __call__(self) -> "KeyReader":
        return self

    def evaluate(self, genotype: Genotype, *, fidelity: int, seed: int, progress: Progress | None = None) -> Trial:
        with self.log.open("a") as log:
            log.write(f"{genotype.key} {fidelity} {seed}\n")
        time.sleep(self.pause)
        if progress is not None:
            progress(fidelity, fidelity)
        number = int(genotype.key[:8], 16)
        metrics = {"val_pckh": (number + seed) % 1000 / 10, "macs": 10**6 + number % 10**6, "params": number % 10**4}
        curve = ((fidelity, metrics["val_pckh"]),)
        return Trial(genotype, self.protocol_key, fidelity, seed, metrics, 1.5, curve)

    @property
    def measured(self) -> list[str]:
        """One line for every measurement so far."""
        return self.log.read_text().splitlines() if self.log.exists() else []


class Dying(KeyReader):
    """Takes its process with it for one genotype in three."""

    def evaluate(self, genotype: Genotype, *, fidelity: int, seed: int, progress: Progress | None = None) -> Trial:
        if int(genotype.key[:2], 16) % 3 == 0:
            if seed == 0:
                os._exit(3)
            os.kill(os.getpid(), signal.SIGKILL)
        return super().evaluate(genotype, fidelity=fidelity, seed=seed, progress=progress)


class Hanging(KeyReader):
    """Never comes back for one genotype in three."""

    def evaluate(self, genotype: Genotype, *, fidelity: int, seed: int, progress: Progress | None = None) -> Trial:
        if int(genotype.key[:2], 16) % 3 == 0:
            time.sleep(3600)
        return super().evaluate(genotype, fidelity=fidelity, seed=seed, progress=progress)


@dataclass(frozen=True)
class Refusing:
    """Cannot make an evaluator."""

    error: type[Exception]

    def __call__(self) -> KeyReader:
        raise self.error("nothing to measure with")


class Listening:
    """Proposes members by number and keeps all losses it is told; `shift` stands for a change of its code."""

    shift = 0

    def __init__(self, space: SearchSpace, rng: np.random.Generator) -> None:
        self.genotypes = [space.sample(rng) for _ in range(40)]
        self.told: list[list[float]] = []
        self.asked = 0

    def ask(self) -> Proposal:
        self.asked += 1
        # What is proposed depends on what was told: a lost or changed loss shows.
        number = round(sum(sum(losses) for losses in self.told if np.isfinite(losses).all())) + self.asked + self.shift
        return Proposal(self.genotypes[number % len(self.genotypes)])

    def tell(self, proposal: Proposal, losses: Sequence[float]) -> None:
        assert proposal.genotype in self.genotypes
        self.told.append(list(losses))


class AskDies(Listening):
    """Takes its process with it when it is asked for the second time."""

    def ask(self) -> Proposal:
        if self.asked == 1:
            os._exit(4)
        return super().ask()


class Saving(Listening):
    """A strategy with checkpoints; it counts how often it was really asked."""

    def __init__(self, space: SearchSpace, rng: np.random.Generator) -> None:
        super().__init__(space, rng)
        self.asks_of_this_process = 0

    def ask(self) -> Proposal:
        self.asks_of_this_process += 1
        return super().ask()

    def checkpoint(self) -> bytes:
        return json.dumps([self.told, self.asked]).encode()

    def restore(self, state: bytes) -> None:
        self.told, self.asked = json.loads(state)


class Short(Listening):
    """Has five proposals."""

    def ask(self) -> Proposal:
        if self.asked == 5:
            raise Exhausted
        return super().ask()


def untimed(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows without what differs from run to run: times, and the numbers the database gave the runs."""
    plain = frame.drop(columns=["ask_seconds", "seconds", "run"]).sort_values(["strategy", "run_seed", "step"])
    rows: list[dict[str, Any]] = json.loads(plain.to_json(orient="records", double_precision=15))
    return rows
