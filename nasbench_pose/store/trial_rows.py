"""Trials as rows of the tables `genotype`, `protocol` and `evaluation`."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, Row, Text, cast, select

from nasbench_pose.errors import StoreError
from nasbench_pose.evaluators.trial import Schedule, Trial, unchecked
from nasbench_pose.genotype import Genotype
from nasbench_pose.scalar import is_finite
from nasbench_pose.store import statements, tables
from nasbench_pose.store.checksums import check_row, checksum
from nasbench_pose.store.columns import RESERVED_NAMES
from nasbench_pose.store.transactions import Transactions

TrialKey = tuple[str, str, int, int, str]
"""What identifies a trial: genotype key, protocol key, fidelity, seed, schedule."""
TrialRow = Row[Any]
"""A row of `TRIALS`."""

TRIALS = select(
    tables.Evaluation.id,
    tables.Genotype.text,
    tables.Evaluation.protocol_key,
    tables.Evaluation.fidelity,
    tables.Evaluation.seed,
    cast(tables.Evaluation.metrics, Text).label("metrics"),
    cast(tables.Evaluation.curve, Text).label("curve"),
    tables.Evaluation.seconds,
    tables.Evaluation.error,
    tables.Evaluation.schedule,
    tables.Evaluation.checksum,
).join(tables.Genotype, tables.Genotype.key == tables.Evaluation.genotype_key)


def trial_key(trial: Trial) -> TrialKey:
    """Return what identifies a trial."""
    return trial.genotype.key, trial.protocol, trial.fidelity, trial.seed, trial.schedule


def find_trial(
    transactions: Transactions,
    cursor: Any,
    genotype: Genotype,
    protocol: str,
    fidelity: int,
    seed: int,
    schedule: Schedule,
) -> Trial | None:
    """Return the trial with this key, None if there is none; raise DamagedRowError if it is not as it was stored."""
    row = transactions.evaluation.run(cursor, genotype.key, protocol, fidelity, seed, schedule).fetchone()
    if row is None:
        return None
    metrics, curve, seconds, error, stored = row
    return _trial(genotype, protocol, fidelity, seed, metrics, curve, seconds, error, schedule, stored)


def failure_reason(error: str | None, metrics: Mapping[str, float | str]) -> str | None:
    """Return why a trial failed: its error, or a metric that is not finite; None if it did not fail.

    Databases written before version 0.2 have such metrics without an error.

    >>> failure_reason(None, {"val_pckh": "-inf"})
    'val_pckh is -inf, not a finite number'
    """
    if error is None:
        for name, value in metrics.items():
            if isinstance(value, str):
                return f"{name} is {value}, not a finite number"
    return error


def insert_trial(transactions: Transactions, cursor: Any, trial: Trial) -> Trial:
    """Insert a trial if its key is new; return the trial in the database. Its protocol must be inserted before."""
    values = _values(trial)
    genotype = trial.genotype
    transactions.new_genotype.run(cursor, values[0], genotype.space, genotype.text)
    if transactions.new_evaluation.run(cursor, *values).rowcount:
        return trial
    known = find_trial(transactions, cursor, genotype, trial.protocol, trial.fidelity, trial.seed, trial.schedule)
    assert known is not None, "the row of the same key"
    return known


def insert_trials(transactions: Transactions, cursor: Any, trials: Iterable[Trial]) -> None:
    """Insert the trials whose keys are new, with their genotypes and protocols.

    On a server, each table in the order of its keys: see `Transactions.writing`.
    """
    genotypes, protocols, rows = dict[str, Genotype](), dict[str, None](), []
    for trial in trials:
        values = _values(trial)
        genotypes[values[0]] = trial.genotype
        protocols[values[1]] = None
        rows.append(values)
    named = [(key, g.space, g.text) for key, g in genotypes.items()]
    if transactions.concurrent:
        named, rows = sorted(named), sorted(rows, key=lambda row: (*row[:4], row[-2]))
    transactions.new_protocol.run_many(cursor, [(key, checksum(key, None)) for key in sorted(protocols)])
    transactions.new_genotype.run_many(cursor, named)
    transactions.new_evaluation.run_many(cursor, rows)


def insert_protocol(connection: Connection, key: str, text: str | None) -> None:
    """Insert a protocol if it is new, and its text if the database has none yet."""
    connection.execute(statements.NEW_PROTOCOL, {"protocol_key": key, "checksum": checksum(key, None)})
    if text is not None:
        named = {"protocol_key": key, "text": text, "checksum": checksum(key, text)}
        connection.execute(statements.PROTOCOL_TEXT, named)


def trial_of_row(row: TrialRow, genotypes: dict[str, Genotype]) -> Trial:
    """Return the trial of a row of `TRIALS`; `genotypes` caches parsed genotypes by text.

    Raises DamagedRowError if it is not as it was stored.
    """
    genotype = genotypes.get(row.text)
    if genotype is None:
        genotype = genotypes[row.text] = Genotype.parse(row.text)
    return _trial(
        genotype, row.protocol_key, row.fidelity, row.seed, row.metrics, row.curve, row.seconds, row.error,
        row.schedule, row.checksum,
    )  # fmt: skip


def check_metrics(names: Iterable[str]) -> None:
    """Raise StoreError for a metric with the name of a column."""
    if taken := sorted(RESERVED_NAMES.intersection(names)):
        raise StoreError(f"No metric can be called {taken[0]!r}: results have a column of that name. Rename it.")


def from_json(stored: float | str) -> float:
    """Return the number that `_to_json` stored."""
    return float(stored) if isinstance(stored, str) else stored


def _trial(
    genotype: Genotype,
    protocol: str,
    fidelity: int,
    seed: int,
    metrics: str,
    curve: str,
    seconds: float,
    error: str | None,
    schedule: Schedule,
    stored: int | None,
) -> Trial:
    """Return a trial of the values of its row, the metrics and the curve as JSON, after a look at its checksum."""
    key = genotype.key
    if stored is not None:
        check_row(
            stored,
            f"the trial of genotype {key}",
            key,
            protocol,
            fidelity,
            seed,
            metrics,
            curve,
            seconds,
            error,
            schedule,
        )
    values = {name: from_json(value) for name, value in json.loads(metrics).items()}
    points = tuple((step, from_json(value)) for step, value in json.loads(curve))
    return unchecked(genotype, protocol, fidelity, seed, values, seconds, points, error, schedule)


def _values(trial: Trial) -> tuple[Any, ...]:
    """Return the values of the statement NEW_EVALUATION."""
    check_metrics(trial.metrics)
    *key, schedule = trial_key(trial)
    values = (
        *key,
        json.dumps({name: _to_json(value) for name, value in trial.metrics.items()}),
        json.dumps([[step, _to_json(value)] for step, value in trial.curve]) if trial.curve else "[]",
        trial.seconds + 0.0,  # SQLite makes 0.0 of -0.0
        trial.error,
        schedule,
    )
    return (*values, checksum(*values))


def _to_json(value: float) -> float | str:
    """Return NaN and infinities as texts, since JSON has no numbers for them."""
    return value if is_finite(value) else str(value)
