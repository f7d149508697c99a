"""Damaged copies of a database: whether the check reports the damage, and what the salvage recovers."""

import random
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from nasbench_pose.errors import StoreError
from nasbench_pose.evaluators import Trial
from nasbench_pose.genotype import Genotype
from nasbench_pose.store import Run, Store
from nasbench_pose.store.maintenance import check, salvage

TRIALS = 400


@dataclass
class Damages:
    """The outcomes for damaged copies of one database."""

    found: Counter[str] = field(default_factory=Counter)
    """`said`: reading or `db check` says it; `harmless`: all is read as before; `unnoticed`: something is not."""
    saved: list[float] = field(default_factory=list)
    """Share of the trials that `--salvage` saved of each copy whose damage was said."""
    untrue: int = 0
    """Saved trials that differ from those of the database in any value."""


def database(path: Path) -> None:
    """Make a database with a search of `TRIALS` trials."""
    with Store(path) as store:
        run = store.run(Run("random", "tiny", "d", 0, "p1", 800), budget=TRIALS)
        for number in range(1, TRIALS + 1):
            metrics = {"val_pckh": number / 7, "macs": 10**6 + number}
            curve = ((400, number / 9), (800, number / 7))
            store.visit(run, number, Trial(Genotype("tiny", [("w", number)]), "p1", 800, 0, metrics, 3.5, curve), 0.25)


def truncate(content: bytearray, rng: random.Random) -> None:
    """Cut the file somewhere, as a copy that was interrupted."""
    del content[rng.randrange(1, len(content)) :]


def flip(content: bytearray, rng: random.Random) -> None:
    """Flip one bit, as a bad memory or disk does."""
    content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)


def overwrite(content: bytearray, rng: random.Random) -> None:
    """Fill one block of 4096 bytes with noise, as a lost sector."""
    start = 4096 * rng.randrange(len(content) // 4096)
    content[start : start + 4096] = rng.randbytes(4096)


KINDS: dict[str, Callable[[bytearray, random.Random], None]] = {
    "cut short": truncate,
    "one bit flipped": flip,
    "one page overwritten": overwrite,
}


def damages(folder: Path, copies: int) -> Iterator[tuple[str, Damages]]:
    """Yield the outcomes of a number of copies with each kind of damage."""
    whole = folder / "whole.db"
    database(whole)
    before, content = _read(whole), whole.read_bytes()
    for kind, damage in KINDS.items():
        rng, result = random.Random(kind), Damages()
        for number in range(copies):
            part = folder / f"{kind} {number}"
            part.mkdir()
            damaged = bytearray(content)
            damage(damaged, rng)
            (part / "runs.db").write_bytes(damaged)
            _examine(part, before, result)
            shutil.rmtree(part)
        yield kind, result


def _examine(folder: Path, before: list[pd.DataFrame], result: Damages) -> None:
    """Read, check and save one damaged copy. Any other exception than a StoreError would end the study."""
    path = folder / "runs.db"
    try:
        if any(finding.wrong for finding in check(path)):
            found = "said"
        else:
            same = all(now.equals(then) for now, then in zip(_read(path), before, strict=True))
            found = "harmless" if same else "unnoticed"
    except StoreError:
        found = "said"
    result.found[found] += 1
    if found != "said":
        return
    try:
        salvage(path, folder / "saved.db")
    except StoreError:
        result.saved.append(0.0)
        return
    with Store(folder / "saved.db") as store:
        saved = store.evaluations()
    result.saved.append(len(saved) / TRIALS)
    now, then = (set(frame.itertuples(index=False, name=None)) for frame in (saved, before[1]))
    result.untrue += len(now - then)


def _read(path: Path) -> list[pd.DataFrame]:
    with Store(path, must_exist=True) as store:
        return [store.frame(), store.evaluations(), store.runs(), store.curves()]
