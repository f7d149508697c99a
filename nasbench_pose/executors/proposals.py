"""The table of proposals: what searches wait for, and which worker is at work on what."""

import pickle
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from nasbench_pose.executors.call import Call
from nasbench_pose.store import Store
from nasbench_pose.store.provenance import provenance
from nasbench_pose.store.tables import Proposal

FACT = ("genotype_key", "protocol_key", "fidelity", "seed", "schedule")
"""The columns that identify a proposal, as they identify its trial."""
INSERT: Mapping[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
"""Dialect -> an insert that may do otherwise if the row is there."""


@dataclass(frozen=True)
class Taken:
    """A proposal that a worker has taken."""

    number: int
    call: Call
    lease_seconds: float
    """How long the worker may be silent."""


@dataclass(frozen=True)
class State:
    """How far a proposal is."""

    owner: str | None
    """The worker that measures it; None: it waits for one."""
    beat: int
    """A number that the owner changes."""
    error: BaseException | None
    """What ended the measurement without a trial."""


class Proposals:
    """The proposals in a database. Each trial is proposed once, however many searches wait for it.

    Nobody compares clocks: a worker counts up the `beat` of what it measures, and a search that sees the same number
    for as long as the lease by its own clock takes the proposal away from it. A worker stores its trial, then deletes
    the proposal; a trial is stored once under its key, whoever comes first.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def put(self, call: Call, lease_seconds: float) -> int:
        """Propose a trial and return the number of the proposal; one that has ended with an error begins anew."""
        fact = dict(zip(FACT, _fact(call), strict=True))
        fresh = {"call": pickle.dumps(call), "versions": versions(), "lease_seconds": lease_seconds}
        fresh |= {"owner": None, "beat": 0, "error": None}

        def work(connection: Connection) -> int:
            new = INSERT[connection.dialect.name](Proposal).values(**fact, **fresh)
            again = new.on_conflict_do_update(index_elements=FACT, set_=fresh, where=Proposal.error.is_not(None))
            connection.execute(again)
            number: int = connection.execute(select(Proposal.id).filter_by(**fact)).scalar_one()
            return number

        return self._store.write(work, among_others=True)

    def states(self, numbers: Iterable[int]) -> dict[int, State]:
        """Return the states of the proposals that are there."""
        query = select(Proposal.id, Proposal.owner, Proposal.beat, Proposal.error).where(Proposal.id.in_(list(numbers)))
        rows = self._store.read(lambda connection: connection.execute(query).all())
        return {
            row.id: State(row.owner, row.beat, None if row.error is None else pickle.loads(row.error)) for row in rows
        }

    def take(self, owner: str) -> Taken | None:
        """Take the oldest proposal that waits for a worker with these versions; None if there is none."""
        waits = select(Proposal.id).where(
            Proposal.owner.is_(None), Proposal.error.is_(None), Proposal.versions == versions()
        )
        first = waits.order_by(Proposal.id).limit(1).with_for_update(skip_locked=True).scalar_subquery()
        taking = update(Proposal).where(Proposal.id == first).values(owner=owner, beat=0)
        columns = (Proposal.id, Proposal.call, Proposal.lease_seconds)
        row = self._store.write(
            lambda connection: connection.execute(taking.returning(*columns)).first(), among_others=True
        )
        return None if row is None else Taken(row.id, pickle.loads(row.call), row.lease_seconds)

    def other_versions(self) -> list[str]:
        """Return the versions of the proposals that wait for workers with other versions than these."""
        query = select(Proposal.versions).where(Proposal.owner.is_(None), Proposal.error.is_(None)).distinct()
        found = self._store.read(lambda connection: connection.execute(query).scalars().all())
        return sorted(set(found) - {versions()})

    def beat(self, number: int, owner: str) -> bool:
        """Say that the owner is alive; return whether the proposal is still its own."""
        return self._change(number, {"beat": Proposal.beat + 1}, owner=owner)

    def give_back(self, number: int, owner: str, beat: int | None = None) -> bool:
        """Let a proposal wait again, if the owner (and the beat) is this one; return whether it was."""
        same = {} if beat is None else {"beat": beat}
        return self._change(number, {"owner": None}, owner=owner, **same)

    def end(self, number: int, owner: str, error: BaseException) -> None:
        """Note what ended the measurement without a trial: the search that waits decides."""
        self._change(number, {"owner": None, "error": pickle.dumps(error)}, owner=owner)

    def remove(self, number: int, *, unless_taken: bool = False) -> None:
        """Delete a proposal, `unless_taken` by a worker: nobody waits for it, or its trial is stored."""
        gone = delete(Proposal).where(Proposal.id == number)
        gone = gone.where(Proposal.owner.is_(None)) if unless_taken else gone
        self._store.write(lambda connection: connection.execute(gone), among_others=True)

    def waiting(self) -> int:
        """Return the number of proposals that wait for a worker."""
        query = select(func.count()).where(Proposal.owner.is_(None), Proposal.error.is_(None))
        return self._store.read(lambda connection: connection.execute(query).scalar_one())

    def _change(self, number: int, values: dict[str, Any], **same: Any) -> bool:
        changing = update(Proposal).where(Proposal.id == number).filter_by(**same).values(values)
        return self._store.write(lambda connection: connection.execute(changing).rowcount == 1, among_others=True)


def versions() -> str:
    """Return what a search and its workers have in common.

    >>> versions().split(", ")[0].split()[0]
    'nasbench-pose'
    """
    known = provenance().versions
    return ", ".join(f"{name} {known[name].partition('+')[0]}" for name in ("nasbench-pose", "torch"))


def _fact(call: Call) -> tuple[Any, ...]:
    return call.genotype.key, call.protocol, call.fidelity, call.seed, call.schedule
