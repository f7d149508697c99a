"""Trials as rows and back."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BindParameter, Connection, Row, bindparam, insert, select, update

from nasbench_pose.errors import StoreError
from nasbench_pose.evaluators.trial import Trial
from nasbench_pose.genotype import Genotype
from nasbench_pose.store import tables
from nasbench_pose.store.columns import NAMES

Fact = tuple[str, str, int, int]
"""What a fact is about: genotype key, protocol key, fidelity, seed."""
TrialRow = Row[Any]
"""A row of `TRIALS`."""

ABOUT = ("genotype_key", "protocol_key", "fidelity", "seed")
CHUNK = 500
"""Facts entered by one statement; databases limit the parameters of a statement."""

# Statements are built once: building one takes SQLAlchemy as long as SQLite takes to answer it.
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
_ONE = TRIALS.where(*(getattr(tables.Evaluation, field) == bindparam(field) for field in ABOUT))
_KEYS: BindParameter[Any] = bindparam("keys", expanding=True)
_KNOWN = select(*(getattr(tables.Evaluation, field) for field in ABOUT)).where(
    tables.Evaluation.genotype_key.in_(_KEYS)
)
_GENOTYPES = select(tables.Genotype.key).where(tables.Genotype.key.in_(_KEYS))
_PROTOCOLS = select(tables.Protocol.key).where(tables.Protocol.key.in_(_KEYS))
_NEW_GENOTYPE, _NEW_PROTOCOL = insert(tables.Genotype), insert(tables.Protocol)
_NEW_FACT = insert(tables.Evaluation)
_TEXT = update(tables.Protocol).where(tables.Protocol.key == bindparam("about"), tables.Protocol.text.is_(None))


def fact(trial: Trial) -> Fact:
    """Return what a trial is about."""
    return trial.genotype.key, trial.protocol, trial.fidelity, trial.seed


def find(connection: Connection, about: Fact) -> TrialRow | None:
    """Return the row of a fact, None if there is none."""
    return connection.execute(_ONE, dict(zip(ABOUT, about, strict=True))).first()


def enter(connection: Connection, trial: Trial, protocol_text: str | None = None) -> TrialRow:
    """Return the row of the trial's fact, entering it if it is new."""
    enter_all(connection, [trial])
    enter_text(connection, trial.protocol, protocol_text)
    return connection.execute(_ONE, dict(zip(ABOUT, fact(trial), strict=True))).one()


def enter_all(connection: Connection, trials: Sequence[Trial]) -> None:
    """Enter the facts that are new, with the genotypes and protocols they name."""
    for start in range(0, len(trials), CHUNK):
        first = {fact(trial): trial for trial in reversed(trials[start : start + CHUNK])}
        known = {tuple(row) for row in connection.execute(_KNOWN, {"keys": [about[0] for about in first]})}
        if new := [trial for about, trial in reversed(first.items()) if about not in known]:
            _enter_genotypes(connection, new)
            enter_protocols(connection, {trial.protocol for trial in new})
            connection.execute(_NEW_FACT, [_values(trial) for trial in new])


def enter_protocols(connection: Connection, keys: set[str]) -> None:
    """Enter the protocols that are new, without their texts."""
    if new := keys - set(connection.scalars(_PROTOCOLS, {"keys": list(keys)})):
        connection.execute(_NEW_PROTOCOL, [{"key": key} for key in sorted(new)])


def enter_text(connection: Connection, protocol: str, text: str | None) -> None:
    """Enter what a protocol says, unless it is known already or still is not."""
    if text is not None:
        connection.execute(_TEXT, {"about": protocol, "text": text})


def _enter_genotypes(connection: Connection, trials: list[Trial]) -> None:
    named = {trial.genotype.key: trial.genotype for trial in trials}
    known = set(connection.scalars(_GENOTYPES, {"keys": list(named)}))
    rows = [{"key": key, "space": g.space, "text": g.text} for key, g in named.items() if key not in known]
    if rows:
        connection.execute(_NEW_GENOTYPE, rows)


def trial(row: TrialRow) -> Trial:
    """Read the trial of a row of `TRIALS`."""
    return Trial(
        Genotype.parse(row.text),
        row.protocol_key,
        row.fidelity,
        row.seed,
        {name: number(value) for name, value in row.metrics.items()},
        row.seconds,
        tuple((step, number(value)) for step, value in row.curve),
        row.error,
    )


def number(stored: float | str) -> float:
    """Undo `_plain`."""
    return float(stored) if isinstance(stored, str) else stored


def _values(trial: Trial) -> dict[str, Any]:
    if taken := sorted(NAMES & trial.metrics.keys()):
        raise StoreError(f"No metric can be called {taken[0]!r}: results have a column of that name. Rename it.")
    return {
        **dict(zip(ABOUT, fact(trial), strict=True)),
        "metrics": {name: _plain(value) for name, value in trial.metrics.items()},
        "curve": [[int(step), _plain(value)] for step, value in trial.curve],
        "seconds": float(trial.seconds),
        "error": trial.error,
    }


def _plain(value: Any) -> float | str:
    """NumPy scalars become Python's; JSON knows neither NaN nor infinity, so they are kept as words."""
    plain: float = value.item() if hasattr(value, "item") else value
    return plain if plain - plain == 0 else str(plain)
