"""What is wrong with a database: damage, rows that refer to nothing, contents that contradict their keys."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import text

from nasbench_pose.errors import InvalidFileError, NasbenchPoseError, StoreError, printable
from nasbench_pose.hashing import short_sha256
from nasbench_pose.spaces import load
from nasbench_pose.store.checksums import CHECKED, FACT, damaged, described
from nasbench_pose.store.error_messages import explain_errors
from nasbench_pose.store.maintenance.opened import Opened, opened
from nasbench_pose.store.run_rows import run_of_row

LISTED = 10
"""Most findings of one kind that are listed; the rest is counted."""


@dataclass(frozen=True)
class Finding:
    """Something about a database that its user should know."""

    message: str
    """One line."""
    wrong: bool = True
    """Whether it is an error; else a note, such as trials that no run visited."""


def check(where: str | Path) -> list[Finding]:
    """Return what is wrong with a database of any schema, and notes; nothing is changed.

    Checked are the file (SQLite's own integrity check), references between tables, checksums of rows, keys of genotypes
    and identities of runs against their contents, metrics, the numbers of steps, and whether the search spaces of the
    runs are still the same. A damaged database is a finding; StoreError is raised for one that is missing or not ours.

    >>> import tempfile
    >>> from nasbench_pose.store import Store
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     Store(f"{folder}/runs.db").close()
    ...     check(f"{folder}/runs.db")
    []
    """
    found: list[Finding] = []
    try:
        with opened(where) as database:
            for examine in CHECKS:
                found += _listed(examine, database)
    except StoreError as error:
        if "damaged" not in str(error):
            raise
        found.append(Finding(str(error)))
    return found


def _listed(examine: Callable[[Opened], Iterator[Finding]], database: Opened) -> list[Finding]:
    """Return the first findings of a check and the number of the others; that it fails is a finding, too."""
    found: list[Finding] = []
    try:
        with explain_errors(database.name):
            found += examine(database)
    except (StoreError, ValueError) as error:  # ValueError: JSON or UTF-8 that is none
        message = printable(error)
        found.append(
            Finding(message if isinstance(error, StoreError) else f"{database.name} cannot be read: {message}")
        )
    more = [Finding(f"… and {len(found) - LISTED} more of this kind", found[0].wrong)] if len(found) > LISTED else []
    return [*found[:LISTED], *more]


def _damage(database: Opened) -> Iterator[Finding]:
    if database.is_sqlite:
        for (line,) in database.connection.execute(text(f"PRAGMA integrity_check({LISTED + 1})")):
            if line != "ok":
                yield Finding(f"SQLite finds damage: {printable(line)}")


def _references(database: Opened) -> Iterator[Finding]:
    """Find rows that refer to rows that are not there. A server refuses such rows by itself."""
    if not database.is_sqlite:
        return
    counted: dict[tuple[str, str], int] = {}
    for table, _, parent, _ in database.connection.execute(text("PRAGMA foreign_key_check")):
        counted[table, parent] = counted.get((table, parent), 0) + 1
    for (table, parent), number in counted.items():
        yield Finding(f"{number} rows of {table!r} refer to rows of {parent!r} that are missing")


def _genotypes(database: Opened) -> Iterator[Finding]:
    for key, space, spelt in database.connection.execute(text('SELECT "key", space, text FROM genotype')):
        if short_sha256(spelt) != key or not spelt.startswith(f"{space}:"):
            yield Finding(
                f"genotype {printable(key)}: its text {printable(spelt)[:80]!r} is that of another key or space"
            )


def _checksums(database: Opened) -> Iterator[Finding]:
    """Find rows whose values are not those that their checksum is of; schemas before 0007 have no checksums."""
    for name in CHECKED:
        if name in database.tables and "checksum" in database.tables[name].c:
            for row in list(damaged(database.connection, name)):
                visits = _visits(database, row) if name == "evaluation" else ""
                yield Finding(f"{printable(described(name, row))}{visits}: its values are not those of its checksum")


def _visits(database: Opened, row: Mapping[str, Any]) -> str:
    """Return the runs that visited a trial, in words."""
    same = " AND ".join(f"evaluation.{column} = :{column}" for column in FACT)
    query = f"SELECT run_id, number FROM step JOIN evaluation ON evaluation.id = evaluation_id WHERE {same}"
    visits = database.connection.execute(text(query), {column: row[column] for column in FACT}).all()
    told = [f"step {number} of run {run}" for run, number in visits[:3]]
    return f" ({', '.join(told)}{', …' * (len(visits) > 3)})" if told else ""


def _trials(database: Opened) -> Iterator[Finding]:
    query = "SELECT id, CAST(metrics AS TEXT), CAST(curve AS TEXT) FROM evaluation"
    for number, metrics, curve in database.connection.execution_options(yield_per=5000).execute(text(query)):
        try:
            values, points = json.loads(metrics), json.loads(curve)
            if not (all(_is_number(v) for v in values.values()) and all(_is_number(v) for _, v in points)):
                raise ValueError
        except (ValueError, TypeError, AttributeError):
            yield Finding(f"trial {number}: its metrics or its curve are not numbers: {printable(metrics)[:80]}")


def _is_number(value: Any) -> bool:
    """Return whether it is a number or the text of one: infinities and NaN are stored as texts."""
    return isinstance(value, int | float) or value in ("nan", "inf", "-inf")


def _runs(database: Opened) -> Iterator[Finding]:
    columns = "id, identity, strategy, space, space_digest, seed, protocol_key, fidelity"
    rows = database.connection.execute(
        text(f"SELECT {columns}, CAST(settings AS TEXT), CAST(objectives AS TEXT) FROM run")
    )
    for *values, settings, objectives in rows:
        row = dict(zip(columns.split(", "), values, strict=True))
        try:
            row |= {"settings": json.loads(settings), "objectives": json.loads(objectives)}
            same = run_of_row(row).identity == row["identity"]
        except (ValueError, TypeError, InvalidFileError):
            same = False
        if not same:
            yield Finding(f"run {row['id']} ({printable(row['strategy'])}): its definition is not that of its identity")


def _steps(database: Opened) -> Iterator[Finding]:
    query = "SELECT run_id, COUNT(*), MIN(number), MAX(number) FROM step GROUP BY run_id"
    last: dict[int, int] = {}
    for run, count, least, most in database.connection.execute(text(query)):
        last[run] = most
        if (least, most) != (1, count):
            yield Finding(f"run {run}: steps are missing: it has {count} of the numbers {least} to {most}")
    for run, number in database.connection.execute(text("SELECT run_id, number FROM checkpoint")):
        if number > last.get(run, 0):
            yield Finding(
                f"run {run}: its checkpoint is that of step {number}, but the last step is {last.get(run, 0)}"
            )


def _asks(database: Opened) -> Iterator[Finding]:
    """Find runs of several workers whose asks are not those of their steps; schemas before 0004 have none."""
    if "ask" not in database.tables:
        return
    query = "SELECT run_id, COUNT(*), MIN(number), MAX(number) FROM ask GROUP BY run_id"
    for run, count, least, most in database.connection.execute(text(query)):
        if (least, most) != (1, count):
            yield Finding(f"run {run}: asks are missing: it has {count} of the numbers {least} to {most}")
    strange = (
        "SELECT step.run_id, step.number FROM step LEFT JOIN evaluation ON evaluation.id = step.evaluation_id"
        " LEFT JOIN ask ON ask.run_id = step.run_id AND ask.number = step.ask_number"
        " WHERE step.ask_number IS NOT NULL AND (ask.number IS NULL OR ask.told >= step.number"
        " OR ask.genotype_key <> evaluation.genotype_key OR ask.fidelity <> evaluation.fidelity)"
    )
    for run, number in database.connection.execute(text(strange)):
        yield Finding(f"run {run}: step {number} is not what was asked for")


def _spaces(database: Opened) -> Iterator[Finding]:
    query = "SELECT space, space_digest, COUNT(*) FROM run GROUP BY space, space_digest ORDER BY space"
    digests: dict[str, list[str]] = {}
    for space, digest, number in database.connection.execute(text(query)):
        digests.setdefault(space, []).append(digest)
        try:
            now = load(space).digest
        except NasbenchPoseError:
            yield Finding(f"{number} runs are on the space {printable(space)!r}, which is not known here", wrong=False)
            continue
        if now != digest:
            yield Finding(
                f"the space {space!r} has changed since {number} runs: its file was {digest} and is {now} now"
            )
    for space, several in digests.items():
        if len(several) > 1:
            yield Finding(f"runs on the space {printable(space)!r} are of {len(several)} files: {', '.join(several)}")


def _unused(database: Opened) -> Iterator[Finding]:
    """Note trials without runs, and genotypes and protocols without trials: they are no errors."""
    unused = {
        "trials are of no run, such as those of `evaluate --db`": (
            "evaluation WHERE NOT EXISTS (SELECT 1 FROM step WHERE evaluation_id = evaluation.id)"
        ),
        "genotypes have no trial": (
            'genotype WHERE NOT EXISTS (SELECT 1 FROM evaluation WHERE genotype_key = genotype."key")'
        ),
        "protocols have neither trials nor runs": (
            'protocol WHERE NOT EXISTS (SELECT 1 FROM evaluation WHERE protocol_key = protocol."key")'
            ' AND NOT EXISTS (SELECT 1 FROM run WHERE protocol_key = protocol."key")'
        ),
    }
    if "ask" in database.tables:  # a training that was under way when its search ended
        unused["genotypes have no trial"] += ' AND NOT EXISTS (SELECT 1 FROM ask WHERE genotype_key = genotype."key")'
    for what, rows in unused.items():
        if number := database.connection.execute(text(f"SELECT COUNT(*) FROM {rows}")).scalar_one():
            yield Finding(f"{number} {what}", wrong=False)


CHECKS = (_damage, _references, _checksums, _genotypes, _trials, _runs, _steps, _asks, _spaces, _unused)
