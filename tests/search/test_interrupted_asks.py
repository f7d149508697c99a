"""A search that is stopped during a long ask: what the ask did is kept, paid once, and not done again."""

import json
import os
import signal
from collections.abc import Callable, Sequence
from pathlib import Path
from time import process_time

import numpy as np
import pytest
from fakes import SPACE, KeyReader, Saving

from nasbench_pose.errors import StoppedError
from nasbench_pose.search import search
from nasbench_pose.search.warm_start import starting_from
from nasbench_pose.store import Run, Step, Store
from nasbench_pose.strategies import Interruptible, Proposal

RUN = Run("long", SPACE.name, SPACE.digest, seed=3, protocol="0123456789abcdef", fidelity=100)
STEPS = 3
SECONDS = 0.02
"""Core seconds of a step."""


class Long(Saving):
    """Each of its asks is three steps long."""

    def __init__(self, on_step: Callable[[int, int], None] = lambda *_: None) -> None:
        super().__init__(SPACE, np.random.default_rng(0))
        self.after_step: Callable[[], None] = lambda: None
        self.on_step, self.done, self.steps_of_this_process = on_step, 0, 0

    def ask(self) -> Proposal:
        while self.done < STEPS:
            until = process_time() + SECONDS
            while process_time() < until:
                pass
            self.done += 1
            self.steps_of_this_process += 1
            self.on_step(self.asked, self.done)
            self.after_step()
        self.done = 0
        return super().ask()

    def tell(self, proposal: Proposal, losses: Sequence[float]) -> None:  # noqa: ARG002
        self.told.append(list(losses))

    def checkpoint(self) -> bytes:
        return json.dumps([self.told, self.asked, self.done]).encode()

    def restore(self, state: bytes) -> None:
        self.told, self.asked, self.done = json.loads(state)


def steps(strategy: Interruptible, folder: Path, minutes: float = 10.0) -> list[Step]:
    with Store(folder / "runs.db") as store:
        return list(search(strategy, KeyReader(folder / "log"), store, RUN, budget=3, checkpoint_minutes=minutes))


def trials(found: list[Step]) -> list[str]:
    return [step.trial.genotype.key for step in found]


def at(ask: int, step: int, what: Callable[[], None]) -> Callable[[int, int], None]:
    return lambda *now: what() if now == (ask, step) else None


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGUSR1, signal.SIGINT])
@pytest.mark.parametrize("step", [1, STEPS])
def test_a_signal_keeps_the_step_that_was_under_way(number: int, step: int, tmp_path: Path) -> None:
    stopped = Long(at(1, step, lambda: os.kill(os.getpid(), number)))
    said = rf"^Stopped by {signal.Signals(number).name} in ask 2 of long \(seed 3\), which is kept in the database; "
    with pytest.raises(StoppedError, match=said):
        steps(stopped, tmp_path)
    resumed = Long()
    found = steps(resumed, tmp_path)
    assert stopped.steps_of_this_process + resumed.steps_of_this_process == 3 * STEPS
    assert all(step.ask_seconds >= STEPS * SECONDS for step in found), "both parts of the ask are paid"
    (tmp_path / "whole").mkdir()
    assert trials(found) == trials(steps(Long(), tmp_path / "whole"))


@pytest.mark.parametrize(("minutes", "again"), [(0.0, 0), (10.0, 2)])
def test_a_killed_ask_loses_what_came_after_its_last_checkpoint(minutes: float, again: int, tmp_path: Path) -> None:
    def die() -> None:
        raise InterruptedError

    killed = Long(at(1, 3, die))
    with pytest.raises(InterruptedError):
        steps(killed, tmp_path, minutes)
    resumed = Long()
    assert len(steps(resumed, tmp_path)) == 3
    assert killed.steps_of_this_process + resumed.steps_of_this_process == 3 * STEPS + 1 + again


def test_a_search_that_starts_from_given_networks_is_kept_during_an_ask_too(tmp_path: Path) -> None:
    first = [SPACE.sample(np.random.default_rng(7))]

    def begun(strategy: Long) -> Interruptible:
        found = starting_from(first, strategy)
        assert isinstance(found, Interruptible)
        return found

    stopped, resumed = Long(at(1, 2, lambda: os.kill(os.getpid(), signal.SIGTERM))), Long()
    with pytest.raises(StoppedError):
        steps(begun(stopped), tmp_path)
    assert trials(steps(begun(resumed), tmp_path))[0] == first[0].key
    assert stopped.steps_of_this_process + resumed.steps_of_this_process == 2 * STEPS
    assert not isinstance(starting_from(first, Saving(SPACE, np.random.default_rng(0))), Interruptible)
