"""The SQL statements that a search repeats for every trial: compiled once, executed on the cursor of the driver.

They bypass SQLAlchemy, which takes ten times as long as SQLite itself for one of them. The schema is in `tables`.
"""

import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Dialect, TextClause, text

NEW_GENOTYPE = text(
    'INSERT INTO genotype ("key", space, text) VALUES (:genotype_key, :space, :text) ON CONFLICT DO NOTHING'
)
NEW_PROTOCOL = text('INSERT INTO protocol ("key", checksum) VALUES (:protocol_key, :checksum) ON CONFLICT DO NOTHING')
PROTOCOL_TEXT = text(
    'UPDATE protocol SET text = :text, checksum = :checksum WHERE "key" = :protocol_key AND text IS NULL'
)
NEW_EVALUATION = text(
    "INSERT INTO evaluation"
    " (genotype_key, protocol_key, fidelity, seed, metrics, curve, seconds, error, schedule, checksum) VALUES"
    " (:genotype_key, :protocol_key, :fidelity, :seed, :metrics, :curve, :seconds, :error, :schedule, :checksum)"
    " ON CONFLICT DO NOTHING"
)
EVALUATION = text(
    "SELECT CAST(metrics AS TEXT), CAST(curve AS TEXT), seconds, error, checksum FROM evaluation"
    " WHERE genotype_key = :genotype_key AND protocol_key = :protocol_key AND fidelity = :fidelity"
    " AND seed = :seed AND schedule = :schedule"
)
NEW_STEP = text(
    "INSERT INTO step (run_id, number, evaluation_id, ask_seconds, ask_number, start_seconds, end_seconds, checksum)"
    " SELECT :run_id, :number, id, :ask_seconds, :ask_number, :start_seconds, :end_seconds, :checksum FROM evaluation"
    " WHERE genotype_key = :genotype_key AND protocol_key = :protocol_key AND fidelity = :fidelity"
    " AND seed = :seed AND schedule = :schedule ON CONFLICT DO NOTHING"
)
STEP = text(
    "SELECT 1 FROM step JOIN evaluation ON evaluation.id = step.evaluation_id WHERE run_id = :run_id"
    " AND number = :number AND genotype_key = :genotype_key AND protocol_key = :protocol_key"
    " AND fidelity = :fidelity AND seed = :seed AND schedule = :schedule"
)
CHECKPOINT = text(
    "INSERT INTO checkpoint (run_id, number, state, checksum) VALUES (:run_id, :number, :state, :checksum)"
    " ON CONFLICT (run_id) DO UPDATE"
    " SET number = excluded.number, state = excluded.state, checksum = excluded.checksum"
)
NEW_ASK = text(
    "INSERT INTO ask (run_id, number, told, genotype_key, fidelity, schedule, seconds, checksum)"
    " VALUES (:run_id, :number, :told, :genotype_key, :fidelity, :schedule, :seconds, :checksum)"
    " ON CONFLICT DO NOTHING"
)
ASK = text(
    "SELECT 1 FROM ask WHERE run_id = :run_id AND number = :number AND told = :told"
    " AND genotype_key = :genotype_key AND fidelity = :fidelity AND schedule = :schedule"
)


class Statement:
    """A statement compiled for one driver; values are passed in the order of the parameters in the text."""

    def __init__(self, statement: TextClause, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        self._text = str(compiled)
        self._names = None if compiled.positional else re.findall(r":(\w+)", statement.text)

    def run(self, cursor: Any, *values: Any) -> Any:
        """Execute the statement once and return the cursor."""
        cursor.execute(self._text, self._given(values))
        return cursor

    def run_many(self, cursor: Any, rows: Sequence[Sequence[Any]]) -> None:
        """Execute the statement for every row of values."""
        cursor.executemany(self._text, [self._given(row) for row in rows])

    def _given(self, values: Sequence[Any]) -> Any:
        return values if self._names is None else dict(zip(self._names, values, strict=True))
