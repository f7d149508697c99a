"""The contents of a database in numbers."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sqlalchemy import Connection, text

from nasbench_pose.store.engine import database_url, in_memory
from nasbench_pose.store.maintenance.opened import Opened, opened

FAILED = "(evaluation.error IS NOT NULL OR CAST(evaluation.metrics AS TEXT) LIKE '%\": \"%')"
"""SQL: whether a trial failed. A metric that is a text is not finite; versions before 0.2 stored such metrics."""


@dataclass(frozen=True)
class Inventory:
    """The contents of a database in numbers."""

    name: str
    kind: str
    """`SQLite` or the name of the server's dialect."""
    schema: str
    size: int
    """Bytes on the disk, logs and indexes included."""
    runs: int
    unfinished: int
    """Runs with fewer steps than their budget: interrupted, or their strategy had nothing more to propose."""
    steps: int
    trials: int
    failed: int
    unvisited: int
    """Trials of no run, such as those of `evaluate --db`."""
    genotypes: int
    checkpoints: int
    spaces: dict[str, tuple[int, int]]
    """Space -> (runs, genotypes)."""
    protocols: dict[str, tuple[int, int, int]]
    """Key of a protocol -> (runs, trials, failed trials)."""
    texts: dict[str, str]
    """Key of a protocol -> its canonical JSON; empty where the database has none."""


def inventory(where: str | Path) -> Inventory:
    """Count what is in a database of any schema; nothing is changed. Raises StoreError if it cannot be read.

    >>> import tempfile
    >>> from nasbench_pose.store import Store
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     Store(f"{folder}/runs.db").close()
    ...     inventory(f"{folder}/runs.db").trials
    0
    """
    with opened(where) as database:
        connection = database.connection
        number = partial(_number, connection)
        kind = "SQLite" if database.is_sqlite else connection.dialect.name
        return Inventory(
            name=database.name,
            kind=kind,
            schema=database.schema,
            size=_size(database, where),
            runs=number("SELECT COUNT(*) FROM run"),
            unfinished=number(
                "SELECT COUNT(*) FROM run WHERE budget > (SELECT COUNT(*) FROM step WHERE step.run_id = run.id)"
            ),
            steps=number("SELECT COUNT(*) FROM step"),
            trials=number("SELECT COUNT(*) FROM evaluation"),
            failed=number(f"SELECT COUNT(*) FROM evaluation WHERE {FAILED}"),
            unvisited=number(
                "SELECT COUNT(*) FROM evaluation"
                " WHERE NOT EXISTS (SELECT 1 FROM step WHERE step.evaluation_id = evaluation.id)"
            ),
            genotypes=number("SELECT COUNT(*) FROM genotype"),
            checkpoints=number("SELECT COUNT(*) FROM checkpoint"),
            spaces=_spaces(connection),
            protocols=_protocols(connection),
            texts={key: found or "" for key, found in connection.execute(text('SELECT "key", text FROM protocol'))},
        )


def _number(connection: Connection, query: str) -> int:
    return int(connection.execute(text(query)).scalar_one())


def _spaces(connection: Connection) -> dict[str, tuple[int, int]]:
    runs = _counts(connection, "SELECT space, COUNT(*) FROM run GROUP BY space")
    genotypes = _counts(connection, "SELECT space, COUNT(*) FROM genotype GROUP BY space")
    return {space: (runs.get(space, 0), genotypes.get(space, 0)) for space in sorted({*runs, *genotypes})}


def _protocols(connection: Connection) -> dict[str, tuple[int, int, int]]:
    runs = _counts(connection, "SELECT protocol_key, COUNT(*) FROM run GROUP BY protocol_key")
    trials = _counts(connection, "SELECT protocol_key, COUNT(*) FROM evaluation GROUP BY protocol_key")
    failed = _counts(connection, f"SELECT protocol_key, COUNT(*) FROM evaluation WHERE {FAILED} GROUP BY protocol_key")
    keys = connection.execute(text('SELECT "key" FROM protocol ORDER BY 1')).scalars()
    return {key: (runs.get(key, 0), trials.get(key, 0), failed.get(key, 0)) for key in keys}


def _counts(connection: Connection, query: str) -> dict[str, int]:
    return {str(name): int(number) for name, number in connection.execute(text(query))}


def _size(database: Opened, where: str | Path) -> int:
    """Return the bytes of the file and its log, or of the tables on a server."""
    if not database.is_sqlite:
        sizes = [f"pg_total_relation_size('{name}')" for name in database.tables]
        return int(database.connection.execute(text(f"SELECT {' + '.join(sizes)}")).scalar_one())
    url = database_url(where)
    if in_memory(url):
        return 0
    files = (
        Path(f"{database.connection.execute(text('PRAGMA database_list')).all()[0][2]}{end}") for end in ("", "-wal")
    )
    return sum(file.stat().st_size for file in files if file.exists())
