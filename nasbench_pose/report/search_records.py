"""Records of differentiable searches: from a file, from a database, and as tables."""

import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from nasbench_pose.errors import InvalidFileError, UnknownNameError
from nasbench_pose.files import folder
from nasbench_pose.report.kept_measurement import kept_size
from nasbench_pose.spaces import SearchSpace, load, names
from nasbench_pose.store import Store
from nasbench_pose.strategies.labels import label
from nasbench_pose.strategies.supernet.gene_costs import UNITS
from nasbench_pose.strategies.supernet.record import Ask, SearchRecord
from nasbench_pose.strategies.supernet.replay import Replayed


def shipped() -> Path:
    """Return the file of the records that come with the package."""
    return folder("results") / "one_shot" / "records.jsonl"


def read_records(place: str | Path | None = None) -> list[SearchRecord]:
    """Return the records of a file of lines, or those in the checkpoints of a database; None: the shipped ones.

    Raises InvalidFileError for a file or a database without records, StoreError for a database that does not exist.

    >>> records = read_records()
    >>> len(records) >= 130, records[0].space
    (True, 'efficientpose_micro')
    """
    where = shipped() if place is None else place
    if str(where).endswith((".jsonl", ".json")):
        path = Path(where)
        if not path.is_file():
            raise InvalidFileError(f"The file of records {str(path)!r} does not exist.")
        found = _of_file(path)
    else:
        found = _of_database(where)
    if not found:
        raise InvalidFileError(f"{where} has no records; differentiable searches such as darts write them.")
    return found


def _of_file(path: Path) -> list[SearchRecord]:
    try:
        lines = [line for line in path.read_text(encoding="utf-8-sig").splitlines() if line.strip()]
    except UnicodeDecodeError:
        raise InvalidFileError(f"{path} is no file of records: it is not UTF-8 text.") from None
    if twice := next((line for line in lines if lines.count(line) > 1), None):
        one = SearchRecord.parse(twice)
        raise InvalidFileError(f"{path} has the search {one.strategy}, seed {one.seed}, twice; leave one of them out.")
    return [SearchRecord.parse(line) for line in lines]


def _of_database(where: str | Path) -> list[SearchRecord]:
    found = []
    with Store(where, must_exist=True) as store:
        for run in store.runs().to_dict("records"):
            kept = store.checkpoint(int(run["run"]))
            asks = () if kept is None else _asks(kept[1])
            if asks:
                settings = json.loads(run["settings"]) if isinstance(run["settings"], str) else dict(run["settings"])
                shown = {key: value for key, value in settings.items() if key not in ("data", "protocol")}
                unit = UNITS.get(str(settings.get("cost", "macs")), "ms")
                named = label(run["strategy"], shown), run["space"], int(run["seed"]), unit
                found.append(SearchRecord(*named, asks, *_size_of(store, run)))
    return found


def _size_of(store: Store, run: Mapping[Any, Any]) -> tuple[tuple[int, int] | None, int | None]:
    """Return image size and joints of the networks of a run; None for a space that is not built in."""
    if run["space"] not in names():
        return None, None
    return kept_size(store.frame([int(run["run"])]), json.loads(run["protocol_text"]), load(run["space"]))


def _asks(state: bytes) -> tuple[Ask, ...]:
    """Return the asks in a checkpoint; none for that of another strategy."""
    import torch  # takes seconds to load, and files of records need none of it

    try:
        saved: Any = torch.load(io.BytesIO(state), weights_only=True)
        return tuple(Ask.of(ask) for ask in json.loads(saved["history"]))
    except Exception:  # the state of another strategy
        return ()


def select(records: Sequence[SearchRecord], strategy: str | None, seed: int | None) -> list[SearchRecord]:
    """Return the records of a strategy and a seed; None: of all. Raises UnknownNameError if there are none."""
    names = list(dict.fromkeys(record.strategy for record in records))
    if strategy is not None and strategy not in names:
        raise UnknownNameError(f"No record of {strategy!r}; there are {', '.join(names)}.")
    found = [one for one in records if strategy in (None, one.strategy) and seed in (None, one.seed)]
    if not found:
        seeds = sorted({one.seed for one in records if strategy in (None, one.strategy)})
        raise UnknownNameError(f"No record of the seed {seed}; there are {', '.join(map(str, seeds))}.")
    return found


def asks_frame(records: Sequence[SearchRecord]) -> pd.DataFrame:
    """Return a row for each ask: strategy, seed, ask, steps, losses, cost, entropy, skips, eigenvalue, genotype."""
    columns = ("ask", "steps", "weights_loss", "choices_loss", "cost", "entropy", "skips", "eigenvalue", "genotype")
    rows = [
        {"strategy": one.strategy, "seed": one.seed, **{name: getattr(ask, name) for name in columns}}
        for one in records
        for ask in one.asks
    ]
    return pd.DataFrame(rows)


def replayed_frame(replays: Sequence[Replayed]) -> pd.DataFrame:
    """Return a row for each proposal: strategy, seed, ask, stopped_after, derived_from, genotype, recorded, changed.

    `derived_from` is the ask whose choices it was derived from, `recorded` the genotype that was proposed.
    """
    rows = []
    for one in replays:
        for number, (ask, genotype) in enumerate(zip(one.record.asks, one.proposals, strict=False), start=1):
            stopped = one.stop if one.stop is not None and number > one.stop.after else None
            rows.append(
                {
                    "strategy": one.record.strategy, "seed": one.record.seed, "ask": number,
                    "stopped_after": stopped.after if stopped else None,
                    "derived_from": stopped.use if stopped else number, "genotype": genotype.text,
                    "recorded": ask.genotype, "changed": genotype.text != ask.genotype,
                }
            )  # fmt: skip
    return pd.DataFrame(rows).astype({"stopped_after": "Int64"})


def space_of_record(record: SearchRecord) -> SearchSpace:
    """Return the space of a record; raise UnknownNameError if it is not built in or a file."""
    return load(record.space)
