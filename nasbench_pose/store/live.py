"""Trainings that are under way: their learning curves in the database, until their trials are stored."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, delete, inspect, select
from sqlalchemy.dialects import postgresql, sqlite

from nasbench_pose.genotype import Genotype
from nasbench_pose.store.store import Store
from nasbench_pose.store.tables import Training

INSERT: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
"""Dialect -> its insert, which can replace a row."""
STALLED = 900.0
"""Seconds without a sign after which a training counts as stalled; it is told every few seconds, but not while it is
measured."""
KEY = ("genotype_key", "protocol_key", "seed")


@dataclass(frozen=True)
class Live:
    """How far a training is."""

    genotype_key: str
    protocol_key: str
    seed: int
    title: str
    """The network and the protocol, for a person."""
    done: int
    """Steps."""
    total: int
    loss: float | None
    """Mean training loss of the latest steps; None before the first one was read."""
    curve: tuple[tuple[int, float], ...]
    """(step, accuracy on validation in percent)."""
    seen: str = ""
    """When it was written: UTC, ISO 8601."""

    @property
    def silent(self) -> float:
        """Seconds since it was written."""
        return (datetime.now(UTC) - datetime.fromisoformat(self.seen)).total_seconds()

    @property
    def stalled(self) -> bool:
        """Whether it has been silent for so long that its process has probably been killed.

        >>> Live("key", "protocol", 0, "net", 10, 100, None, (), seen="2026-01-31T09:00:00+00:00").stalled
        True
        """
        return self.silent > STALLED


def note(store: Store, live: Live) -> None:
    """Write how far a training is, in place of what was written of it before.

    >>> with Store("sqlite://") as store:
    ...     for done in (10, 20):
    ...         note(store, Live("key", "protocol", 0, "net", done, 100, 1.5, ((10, 3.0),)))
    ...     [(live.done, live.curve) for live in under_way(store)]
    [(20, ((10, 3.0),))]
    """
    values = {name: getattr(live, name) for name in Live.__dataclass_fields__}
    values |= {"curve": [list(point) for point in live.curve]}
    values |= {"seen": datetime.now(UTC).isoformat(timespec="seconds")}

    def work(connection: Connection) -> None:
        new = INSERT[connection.dialect.name](Training).values(**values)
        connection.execute(new.on_conflict_do_update(index_elements=KEY, set_=values))

    store.write(work, among_others=True)


def forget(store: Store, genotype: Genotype, protocol_key: str, seed: int) -> None:
    """Delete a training that has ended; nothing happens if it is not there."""
    row = delete(Training).filter_by(genotype_key=genotype.key, protocol_key=protocol_key, seed=seed)
    store.write(lambda connection: connection.execute(row), among_others=True)


def under_way(store: Store) -> list[Live]:
    """Return the trainings that are under way, the one that was heard of last first; it only reads."""

    def work(connection: Connection) -> list[Live]:
        if not inspect(connection).has_table(Training.__tablename__):  # an older database that cannot be upgraded
            return []
        rows = connection.execute(select(Training.__table__).order_by(Training.seen.desc(), *KEY_COLUMNS))
        return [Live(**{**row._mapping, "curve": tuple(map(tuple, row.curve))}) for row in rows]

    return store.read(work)


KEY_COLUMNS = tuple(getattr(Training, name) for name in KEY)
