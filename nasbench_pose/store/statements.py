"""The statements that a search repeats for every trial: compiled once, run by the driver's own cursor.

SQLAlchemy takes ten times as long as SQLite to prepare, run and read one of these. The schema is that of `tables`.
"""

import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Dialect, TextClause, text

NEW_GENOTYPE = text(
    'INSERT INTO genotype ("key", space, text) VALUES (:genotype_key, :space, :text) ON CONFLICT DO NOTHING'
)
NEW_PROTOCOL = text('INSERT INTO protocol ("key") VALUES (:protocol_key) ON CONFLICT DO NOTHING')
PROTOCOL_TEXT = text('UPDATE protocol SET text = :text WHERE "key" = :protocol_key AND text IS NULL')
NEW_FACT = text(
    "INSERT INTO evaluation (genotype_key, protocol_key, fidelity, seed, metrics, curve, seconds, error)"
    " VALUES (:genotype_key, :protocol_key, :fidelity, :seed, :metrics, :curve, :seconds, :error)"
    " ON CONFLICT DO NOTHING"
)
FACT = text(
    "SELECT metrics, curve, seconds, error FROM evaluation WHERE genotype_key = :genotype_key"
    " AND protocol_key = :protocol_key AND fidelity = :fidelity AND seed = :seed"
)
NEW_STEP = text(
    "INSERT INTO step (run_id, number, evaluation_id, ask_seconds) SELECT :run_id, :number, id, :ask_seconds"
    " FROM evaluation WHERE genotype_key = :genotype_key AND protocol_key = :protocol_key AND fidelity = :fidelity"
    " AND seed = :seed ON CONFLICT DO NOTHING"
)
STEP = text(
    "SELECT 1 FROM step JOIN evaluation ON evaluation.id = step.evaluation_id WHERE run_id = :run_id"
    " AND number = :number AND genotype_key = :genotype_key AND protocol_key = :protocol_key"
    " AND fidelity = :fidelity AND seed = :seed"
)


class Statement:
    """A statement as one driver spells it; values are given in the order in which it names them."""

    def __init__(self, statement: TextClause, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        self._text = str(compiled)
        self._names = None if compiled.positional else re.findall(r":(\w+)", statement.text)

    def run(self, cursor: Any, *values: Any) -> Any:
        """Run it once and return the cursor."""
        cursor.execute(self._text, self._given(values))
        return cursor

    def run_many(self, cursor: Any, rows: Sequence[Sequence[Any]]) -> None:
        """Run it for every row of values."""
        cursor.executemany(self._text, [self._given(row) for row in rows])

    def _given(self, values: Sequence[Any]) -> Any:
        return values if self._names is None else dict(zip(self._names, values, strict=True))
