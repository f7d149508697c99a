"""Trials as rows and back."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, Row, select

from nasbench_pose.errors import StoreError
from nasbench_pose.evaluators.trial import Trial, unchecked
from nasbench_pose.genotype import Genotype
from nasbench_pose.scalar import is_finite
from nasbench_pose.store import statements, tables
from nasbench_pose.store.columns import NAMES
from nasbench_pose.store.driver import Driver

Fact = tuple[str, str, int, int]
"""What identifies a fact: genotype key, protocol key, fidelity, seed."""
TrialRow = Row[Any]
"""A row of `TRIALS`."""

TRIALS = select(
    tables.Evaluation.id,
    tables.Genotype.text,
    tables.Evaluation.protocol_key,
    tables.Evaluation.fidelity,
    tables.Evaluation.seed,
    tables.Evaluation.metrics,
    tables.Evaluation.seconds,
    tables.Evaluation.curve,
    tables.Evaluation.error,
).join(tables.Genotype, tables.Genotype.key == tables.Evaluation.genotype_key)


def fact(trial: Trial) -> Fact:
    """Return what identifies a trial."""
    return trial.genotype.key, trial.protocol, trial.fidelity, trial.seed


def find(driver: Driver, cursor: Any, genotype: Genotype, protocol: str, fidelity: int, seed: int) -> Trial | None:
    """Return the trial of a fact, None if there is none."""
    row = driver.fact.run(cursor, genotype.key, protocol, fidelity, seed).fetchone()
    if row is None:
        return None
    metrics, curve, seconds, error = row
    metrics, curve = (json.loads(part) if isinstance(part, str) else part for part in (metrics, curve))
    return _trial(genotype, protocol, fidelity, seed, metrics, seconds, curve, error)


def failure(error: str | None, metrics: Mapping[str, float | str]) -> str | None:
    """Return why a trial failed, None if it did not: its error, or a metric that is not a finite number.

    Databases of versions before 0.2 hold such metrics without an error.

    >>> failure(None, {"val_pckh": "-inf"})
    'val_pckh is -inf, not a finite number'
    """
    if error is None:
        for name, value in metrics.items():
            if isinstance(value, str):
                return f"{name} is {value}, not a finite number"
    return error


def enter(driver: Driver, cursor: Any, trial: Trial) -> Trial:
    """Enter the trial if its fact is new; return the trial that the database holds. Its protocol must be known."""
    values = _values(trial)
    genotype = trial.genotype
    driver.new_genotype.run(cursor, values[0], genotype.space, genotype.text)
    if driver.new_fact.run(cursor, *values).rowcount:
        return trial
    known = find(driver, cursor, genotype, trial.protocol, trial.fidelity, trial.seed)
    assert known is not None, "the row that stood in the way"
    return known


def enter_all(driver: Driver, cursor: Any, trials: Iterable[Trial]) -> None:
    """Enter the facts that are new, with the genotypes and protocols they name."""
    genotypes, protocols, rows = dict[str, Genotype](), dict[str, None](), []
    for trial in trials:
        values = _values(trial)
        genotypes[values[0]] = trial.genotype
        protocols[values[1]] = None
        rows.append(values)
    driver.new_protocol.run_many(cursor, [(key,) for key in protocols])
    driver.new_genotype.run_many(cursor, [(key, g.space, g.text) for key, g in genotypes.items()])
    driver.new_fact.run_many(cursor, rows)


def enter_protocol(connection: Connection, key: str, text: str | None) -> None:
    """Enter a protocol that is new, and its text unless that is known already or still is not."""
    connection.execute(statements.NEW_PROTOCOL, {"protocol_key": key})
    if text is not None:
        connection.execute(statements.PROTOCOL_TEXT, {"protocol_key": key, "text": text})


def trial(row: TrialRow, genotypes: dict[str, Genotype]) -> Trial:
    """Read the trial of a row of `TRIALS`; `genotypes` by text are those that were read before."""
    genotype = genotypes.get(row.text)
    if genotype is None:
        genotype = genotypes[row.text] = Genotype.parse(row.text)
    return _trial(
        genotype, row.protocol_key, row.fidelity, row.seed, row.metrics, row.seconds, row.curve, row.error
    )  # fmt: skip


def number(stored: float | str) -> float:
    """Undo `_plain`."""
    return float(stored) if isinstance(stored, str) else stored


def _trial(
    genotype: Genotype,
    protocol: str,
    fidelity: int,
    seed: int,
    metrics: dict[str, Any],
    seconds: float,
    curve: list[Any],
    error: str | None,
) -> Trial:
    values = {name: number(value) for name, value in metrics.items()}
    points = tuple((step, number(value)) for step, value in curve)
    return unchecked(genotype, protocol, fidelity, seed, values, seconds, points, error)


def _values(trial: Trial) -> tuple[Any, ...]:
    """Return the values of the statement `new_fact`."""
    if taken := sorted(NAMES & trial.metrics.keys()):
        raise StoreError(f"No metric can be called {taken[0]!r}: results have a column of that name. Rename it.")
    return (
        *fact(trial),
        json.dumps({name: _plain(value) for name, value in trial.metrics.items()}),
        json.dumps([[step, _plain(value)] for step, value in trial.curve]) if trial.curve else "[]",
        trial.seconds,
        trial.error,
    )


def _plain(value: float) -> float | str:
    """JSON knows neither NaN nor infinity, so they are kept as words."""
    return value if is_finite(value) else str(value)
