"""The searches of a reproduction: each is done by one process, and continued where it ended."""

import io
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch

from nasbench_pose.errors import InvalidFileError, StoppedError
from nasbench_pose.evaluators.checkpoints import difference
from nasbench_pose.evaluators.processes import ALONE, Processes
from nasbench_pose.files import replace_file
from nasbench_pose.genotype import Genotype
from nasbench_pose.reproduce.efficientpose import Plan, Search
from nasbench_pose.spaces import find, load
from nasbench_pose.strategies.differentiable.efficientpose import Efficientpose
from nasbench_pose.strategies.supernet.derivation import derived

Tell = Callable[[str, int, int], None]
"""Called with the name of a stage, what is done of it and all of it."""


@dataclass(frozen=True)
class Keeping:
    """When a search writes its checkpoint, and what it tells."""

    minutes: float = 10.0
    """Between two checkpoints."""
    stop: Callable[[], str] = lambda: ""
    """Returns why the process was asked to stop, or nothing."""
    tell: Tell = lambda *_: None
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


def all_found(plan: Plan, folder: Path, keeping: Keeping, processes: Processes = ALONE) -> dict[str, Genotype]:
    """Do the searches of a plan, each in one of the `processes`, and return the networks of all of them by name.

    Searches of other processes are waited for, by their files. Raises what `found_networks` raises.
    """
    searches = plan.searches
    for search in searches[processes.rank :: processes.count]:
        found_networks(plan, search, folder, keeping)
    found: dict[str, Genotype] = {}
    for search in searches:
        while not _done(folder, search).is_file():
            if reason := keeping.stop():
                raise StoppedError(f"Stopped by {reason}.")
            keeping.sleep(1.0)
        found |= found_networks(plan, search, folder, keeping)
    return found


def found_networks(plan: Plan, search: Search, folder: Path, keeping: Keeping) -> dict[str, Genotype]:
    """Do a search of the backbone, or continue it, and return the networks that are derived from it.

    `folder` gets a checkpoint every so many minutes, and at the end a file with the networks and the record of the
    search. Raises StoppedError after the step in which the process was asked to stop, InvalidFileError for the
    checkpoint of another search.
    """
    done, identity = _done(folder, search), plan.identity(search)
    if done.is_file():
        known = json.loads(done.read_text(encoding="utf-8"))
        _check(known["identity"], identity, done)
        return {name: find(text) for name, text in known["networks"].items()}
    folder.mkdir(parents=True, exist_ok=True)
    strategy = plan.strategy(search)
    checkpoint = _Checkpoint(folder / f"{search.name}.pt", identity, search.name, strategy, keeping)
    checkpoint.resume()
    strategy.after_step = checkpoint.after_step
    for _ in range(len(strategy.history), strategy.settings.asks):
        checkpoint.after_step()
        strategy.ask()
    networks = _derived(plan, strategy, search)
    record = [{"ask": ask.ask, "weights_loss": ask.weights_loss, "choices_loss": ask.choices_loss, "cost": ask.cost}
              for ask in strategy.history]  # fmt: skip
    limits = {name: plan.limit(name) for name in networks if search.weight is None}
    text = {"identity": identity, "networks": {name: genotype.text for name, genotype in networks.items()}}
    replace_file(done, json.dumps(text | {"limits": limits, "record": record}, indent=2).encode())
    checkpoint.path.unlink(missing_ok=True)
    return networks


@dataclass
class _Checkpoint:
    """The checkpoint of a search on disk."""

    path: Path
    identity: Mapping[str, str]
    name: str
    strategy: Efficientpose
    keeping: Keeping
    _written: float = field(init=False)

    def __post_init__(self) -> None:
        self._written = self.keeping.clock()
        settings = self.strategy.settings
        self._total = self.strategy.warm_up + settings.asks * settings.steps

    def resume(self) -> None:
        """Continue from the file, if there is one; raise InvalidFileError for that of another search."""
        if not self.path.is_file():
            return
        try:
            saved: dict[str, Any] = torch.load(self.path, map_location="cpu", weights_only=True)
            theirs, state = saved["identity"], saved["state"]
        except Exception as error:  # torch raises many types for damaged files
            raise InvalidFileError(
                f"{self.path} cannot be read as a checkpoint ({type(error).__name__}); delete it to search anew."
            ) from None
        _check(theirs, self.identity, self.path)
        self.strategy.restore(state)

    def after_step(self) -> None:
        """Tell of the step; write the file if it is due or the process was asked to stop; raise StoppedError then."""
        done = self.strategy.done
        self.keeping.tell(f"search {self.name}", done, self._total)
        reason = self.keeping.stop()
        if not reason and self.keeping.clock() - self._written < 60 * self.keeping.minutes:
            return
        content = io.BytesIO()
        torch.save({"identity": self.identity, "state": self.strategy.checkpoint()}, content)
        replace_file(self.path, content.getbuffer())
        self._written = self.keeping.clock()
        if reason:
            raise StoppedError(
                f"Stopped by {reason} after step {done:,} of {self._total:,} of the search {self.name}, which is kept "
                f"in {self.path}; the same command continues."
            )


def _done(folder: Path, search: Search) -> Path:
    return folder / f"{search.name}.json"


def _derived(plan: Plan, strategy: Efficientpose, search: Search) -> dict[str, Genotype]:
    """Return the likeliest network, of a search without λ of its own within each published cost."""
    shares = {choice: np.array(values) for choice, values in strategy.history[-1].shares.items()}
    space, costs = load(search.space), strategy.training.costs
    limits = {name: float(plan.limit(name)) if search.weight is None else 0.0 for name in search.networks}
    return {name: next(derived(space, shares, costs=costs, limit=limit)) for name, limit in limits.items()}


def _check(theirs: Mapping[str, Any], mine: Mapping[str, str], path: Path) -> None:
    for name, value in mine.items():
        if theirs.get(name) != value:
            raise InvalidFileError(
                f"{path} is of another search: its {difference(name, theirs.get(name, 'unknown'), value)}. Use another "
                "folder."
            )
