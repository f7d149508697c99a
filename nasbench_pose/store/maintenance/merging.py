"""Merging databases: what the target lacks is added; what contradicts it is returned, never dropped silently."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Table, insert, select, update

from nasbench_pose.errors import StoreError
from nasbench_pose.store.checksums import FACT, refuse_damage, row_checksum
from nasbench_pose.store.maintenance.rows import count
from nasbench_pose.store.run_rows import change_run
from nasbench_pose.store.store import Store
from nasbench_pose.store.tables import Base

TABLES: Mapping[str, Table] = Base.metadata.tables
GENOTYPE, PROTOCOL, EVALUATION, RUN, STEP, ASK, CHECKPOINT = (
    TABLES[name] for name in ("genotype", "protocol", "evaluation", "run", "step", "ask", "checkpoint")
)
CHUNK = 400
"""Rows that are compared at once; SQLite takes 999 parameters."""
Row = dict[str, Any]


@dataclass(frozen=True)
class Conflict:
    """Two rows of one key that say different things: one was kept, the other one was not merged."""

    kind: str
    """`trial`, `seconds` (a trial measured twice, with the same result), `run` or `protocol`."""
    what: str
    """One line."""
    kept: Any
    """What the target has."""
    other: Any
    """What the source has, which was not merged."""


@dataclass
class Merged:
    """What a merge did."""

    added: dict[str, int] = field(default_factory=lambda: dict.fromkeys(TABLES, 0))
    """Table -> rows that the target lacked."""
    conflicts: list[Conflict] = field(default_factory=list)


def merge(target: Store, source: Store) -> Merged:
    """Add to `target` all that only `source` has, in one transaction; return what was added, and the conflicts.

    A trial that both have is one trial. If its metrics, its curve or its error differ, that of the target stays. The
    longer of two runs of one identity stays if it continues the other one. A run of the source that visits a trial
    which differs is merged up to the step before: from there on its strategy would have been told something else.
    Raises StoreError, and changes nothing, if one name stands for two search spaces, or if `source` is damaged.
    """
    return merge_all(target, [source])[0]


def merge_all(target: Store, sources: Sequence[Store]) -> list[Merged]:
    """Merge one source after the other, as `merge` does, in one transaction: all or none; return what each added."""
    for source in sources:
        source.read(refuse_damage)
    return target.write(lambda new: [source.read(partial(_merged, new)) for source in sources])


def _merged(new: Connection, old: Connection) -> Merged:
    """Merge a source; return what was added. It may be read again, from the beginning, if its server was away."""
    merged = Merged()
    with new.begin_nested():
        _merge(old, new, merged)
    return merged


def _merge(old: Connection, new: Connection, merged: Merged) -> None:
    _check_spaces(old, new)
    _merge_protocols(old, new, merged)
    _merge_genotypes(old, new, merged)
    places, differing = _merge_trials(old, new, merged)
    for run in _all(old, RUN):
        _merge_run(old, new, run, places, differing, merged)


def _check_spaces(old: Connection, new: Connection) -> None:
    query = select(RUN.c.space, RUN.c.space_digest).distinct()
    known = {(space, digest) for space, digest in new.execute(query)}
    names = {space for space, _ in known}
    for space, digest in old.execute(query):
        if space in names and (space, digest) not in known:
            raise StoreError(
                f"The databases have runs on two search spaces called {space!r} (one file is {digest}), whose "
                "genotypes may mean different networks. Rename one of them first: nasbench-pose db rename."
            )


def _merge_protocols(old: Connection, new: Connection, merged: Merged) -> None:
    known = {key: text for key, text in new.execute(select(PROTOCOL.c.key, PROTOCOL.c.text))}
    for row in _all(old, PROTOCOL):
        key, text = row["key"], row["text"]
        if key not in known:
            new.execute(insert(PROTOCOL).values(row))
            merged.added["protocol"] += 1
        elif known[key] is None and text is not None:
            new.execute(update(PROTOCOL).where(PROTOCOL.c.key == key).values(text=text, checksum=row["checksum"]))
        elif text is not None and text != known[key]:
            merged.conflicts.append(Conflict("protocol", f"protocol {key} has two texts", known[key], text))


def _merge_genotypes(old: Connection, new: Connection, merged: Merged) -> None:
    for chunk in _chunks(_all(old, GENOTYPE)):
        query = select(GENOTYPE.c.key, GENOTYPE.c.text).where(GENOTYPE.c.key.in_([row["key"] for row in chunk]))
        known = {key: text for key, text in new.execute(query)}
        for row in chunk:
            if known.get(row["key"], row["text"]) != row["text"]:
                raise StoreError(
                    f"The genotype {row['key']} has two texts, {known[row['key']]!r} and {row['text']!r}; one of the "
                    "databases is damaged: nasbench-pose db check."
                )
        _insert(new, GENOTYPE, [row for row in chunk if row["key"] not in known], merged)


def _merge_trials(old: Connection, new: Connection, merged: Merged) -> tuple[dict[int, int], set[int]]:
    """Merge the trials; return their ids in the source -> ids in the target, and the ids of those that differ."""
    places: dict[int, int] = {}
    differing: set[int] = set()
    for chunk in _chunks(_all(old, EVALUATION)):
        known = _facts(new, chunk)
        fresh = [row for row in chunk if _fact(row) not in known]
        _insert(new, EVALUATION, [{k: v for k, v in row.items() if k != "id"} for row in fresh], merged)
        for row in chunk:
            if (there := known.get(_fact(row))) is not None:
                differing |= {row["id"]} if _differ(there, row, merged) else set()
        now = _facts(new, chunk)
        places |= {row["id"]: now[_fact(row)]["id"] for row in chunk}
    return places, differing


def _differ(kept: Row, other: Row, merged: Merged) -> bool:
    """Return whether two trials of one key have different results; note what differs as a conflict."""
    about = "genotype {} under protocol {} with fidelity {}, seed {} and schedule {}".format(*_fact(other))
    if any(kept[name] != other[name] for name in ("metrics", "curve", "error")):
        merged.conflicts.append(Conflict("trial", f"{about}: two results", kept, other))
        return True
    if kept["seconds"] != other["seconds"]:
        merged.conflicts.append(Conflict("seconds", f"{about}: measured twice, with the same result", kept, other))
    return False


def _merge_run(
    old: Connection, new: Connection, run: Row, places: Mapping[int, int], differing: set[int], merged: Merged
) -> None:
    """Merge a run with its steps and its checkpoint."""
    theirs = _steps(old, run["id"])
    told_otherwise = next((place for place, step in enumerate(theirs) if step["evaluation_id"] in differing), None)
    moved = [step | {"evaluation_id": places[step["evaluation_id"]]} for step in theirs]
    known = new.execute(select(RUN).where(RUN.c.identity == run["identity"])).mappings().first()
    if known is None:
        new.execute(insert(RUN).values({name: value for name, value in run.items() if name != "id"}))
        merged.added["run"] += 1
    number = new.execute(select(RUN.c.id).where(RUN.c.identity == run["identity"])).scalar_one()
    ours = _steps(new, number)
    same = _common(ours, moved)
    about = f"run of {run['strategy']!r} on {run['space']!r} with seed {run['seed']}"
    if same < min(len(ours), len(moved)):
        what = f"{about}: two histories from step {same + 1} on"
        merged.conflicts.append(Conflict("run", what, ours[same:], theirs[same:]))
        return
    end = len(moved) if told_otherwise is None else min(len(moved), max(told_otherwise, len(ours)))
    if end < len(moved):
        what = f"{about}: step {end + 1} visited a trial with another result; the steps from there on are not merged"
        merged.conflicts.append(Conflict("run", what, ours, theirs[end:]))
    _insert(new, STEP, [_of_run(STEP, step, number) for step in moved[len(ours) : end]], merged)
    if known is not None and known["budget"] < run["budget"]:
        change_run(new, number, {"budget": run["budget"]})
    if known is None or end > len(ours):
        _merge_asks(old, new, run["id"], number, end, merged)
    if end > len(ours):
        _merge_checkpoint(old, new, run["id"], number, end, merged)


def _merge_asks(old: Connection, new: Connection, theirs: int, ours: int, end: int, merged: Merged) -> None:
    """Take over the asks of a run that became longer, up to those after its last step."""
    rows = old.execute(select(ASK).where(ASK.c.run_id == theirs, ASK.c.told <= end)).mappings().all()
    before = new.execute(ASK.delete().where(ASK.c.run_id == ours)).rowcount
    _insert(new, ASK, [_of_run(ASK, dict(row), ours) for row in rows], merged)
    merged.added["ask"] -= before


def _merge_checkpoint(old: Connection, new: Connection, theirs: int, ours: int, end: int, merged: Merged) -> None:
    """Take over the checkpoint of a run that became longer, unless it includes steps that were not merged."""
    found = old.execute(select(CHECKPOINT).where(CHECKPOINT.c.run_id == theirs)).mappings().first()
    if found is not None and found["number"] <= end:
        new.execute(CHECKPOINT.delete().where(CHECKPOINT.c.run_id == ours))
        _insert(new, CHECKPOINT, [_of_run(CHECKPOINT, dict(found), ours)], merged)


def _steps(connection: Connection, run: int) -> list[Row]:
    """Return the steps of a run, each with what identifies its trial."""
    query = select(STEP, *(EVALUATION.c[name] for name in FACT)).join(EVALUATION)
    rows = connection.execute(query.where(STEP.c.run_id == run).order_by(STEP.c.number)).mappings()
    return [dict(row) for row in rows]


def _of_run(table: Table, row: Mapping[str, Any], number: int) -> Row:
    """Return a row as one of the run with this number."""
    moved = {**row, "run_id": number}
    moved["checksum"] = row_checksum(table.name, moved)
    return {column.name: moved[column.name] for column in table.c}


def _common(ours: Sequence[Row], theirs: Sequence[Row]) -> int:
    """Return how many of the first steps are the same; seconds may differ."""
    pairs = zip(ours, theirs, strict=False)
    wrong = (place for place, (a, b) in enumerate(pairs) if not _same_step(a, b))
    return next(wrong, min(len(ours), len(theirs)))


def _same_step(ours: Row, theirs: Row) -> bool:
    return all(ours[name] == theirs[name] for name in ("number", "evaluation_id", "ask_number"))


def _fact(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in FACT)


def _facts(connection: Connection, chunk: Sequence[Row]) -> dict[tuple[Any, ...], Row]:
    """Return the trials of these genotypes by their keys."""
    keys = sorted({row["genotype_key"] for row in chunk})
    found = connection.execute(select(EVALUATION).where(EVALUATION.c.genotype_key.in_(keys))).mappings()
    rows = [dict(row) for row in found]
    return {_fact(row): row for row in rows}


def _insert(connection: Connection, table: Table, rows: Sequence[Row], merged: Merged) -> None:
    if rows:
        connection.execute(insert(table), rows)
        merged.added[table.name] += len(rows)


def _all(connection: Connection, table: Table) -> Iterator[Row]:
    """Yield the rows of a table in the order of its primary key."""
    query = select(table).order_by(*table.primary_key)
    return (dict(row) for row in connection.execute(query).mappings())


def _chunks(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while chunk := list(islice(rows, CHUNK)):
        yield chunk


def is_empty(store: Store) -> bool:
    """Return whether a database has no rows."""
    return store.read(lambda connection: not any(count(connection, table) for table in TABLES.values()))
