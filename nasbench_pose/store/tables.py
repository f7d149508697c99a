"""The tables of the results database. A trial is stored once (`evaluation`); the steps of runs refer to it (`step`)."""

from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, MetaData, String, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

# Explicit names, since a migration refers to constraints by name and the default names differ between databases.
NAMES = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ix": "ix_%(table_name)s_%(column_0_name)s",
}


class Base(DeclarativeBase):
    """Base of all tables."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {dict[str, Any]: JSON, list[Any]: JSON}  # noqa: RUF012 - SQLAlchemy's own spelling


class Genotype(Base):
    """A genotype: its key and its text."""

    __tablename__ = "genotype"
    key: Mapped[str] = mapped_column(String(16), primary_key=True)
    space: Mapped[str] = mapped_column(index=True)
    text: Mapped[str]


class Protocol(Base):
    """How accuracies were measured: the canonical JSON behind a protocol's key."""

    __tablename__ = "protocol"
    key: Mapped[str] = mapped_column(primary_key=True)
    text: Mapped[str | None]
    """NULL until a run provides it: a trial has only the key."""
    checksum: Mapped[int] = mapped_column(BigInteger)
    """That of the row: see `checksums`; those of the tables below, too."""


class Evaluation(Base):
    """A trial, failed ones included: inserted once, never changed."""

    __tablename__ = "evaluation"
    __table_args__ = (UniqueConstraint("genotype_key", "protocol_key", "fidelity", "seed", "schedule"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    genotype_key: Mapped[str] = mapped_column(ForeignKey(Genotype.key))
    protocol_key: Mapped[str] = mapped_column(ForeignKey(Protocol.key))
    fidelity: Mapped[int] = mapped_column(BigInteger)
    seed: Mapped[int] = mapped_column(BigInteger)
    metrics: Mapped[dict[str, Any]]
    curve: Mapped[list[Any]]
    seconds: Mapped[float]
    error: Mapped[str | None]
    schedule: Mapped[str] = mapped_column(server_default="whole")
    """What a fidelity below the full one means: see `Trial.schedule`."""
    checksum: Mapped[int] = mapped_column(BigInteger)


class Run(Base):
    """One search: its definition (the identity), its budget and its provenance."""

    __tablename__ = "run"
    id: Mapped[int] = mapped_column(primary_key=True)
    identity: Mapped[str] = mapped_column(String(16), unique=True)
    strategy: Mapped[str]
    settings: Mapped[dict[str, Any]]
    space: Mapped[str]
    space_digest: Mapped[str]
    seed: Mapped[int] = mapped_column(BigInteger)
    protocol_key: Mapped[str] = mapped_column(ForeignKey(Protocol.key))
    fidelity: Mapped[int] = mapped_column(BigInteger)
    objectives: Mapped[list[Any]]
    budget: Mapped[int]
    started: Mapped[str]
    """UTC, ISO 8601: a text, because SQLite forgets the time zone of a timestamp."""
    versions: Mapped[dict[str, Any]]
    machine: Mapped[dict[str, Any]]
    git_commit: Mapped[str | None]
    command: Mapped[str]
    checksum: Mapped[int] = mapped_column(BigInteger)


class Step(Base):
    """A step of a run and its trial; a run may have the same trial twice."""

    __tablename__ = "step"
    run_id: Mapped[int] = mapped_column(ForeignKey(Run.id), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    """Counted from 1."""
    evaluation_id: Mapped[int] = mapped_column(ForeignKey(Evaluation.id), index=True)
    ask_seconds: Mapped[float]
    ask_number: Mapped[int | None]
    """NULL in a search with one worker, like the two below: see `Turn`."""
    start_seconds: Mapped[float | None]
    end_seconds: Mapped[float | None]
    checksum: Mapped[int] = mapped_column(BigInteger)


class Ask(Base):
    """A proposal of a search with several workers, whether or not it has become a step."""

    __tablename__ = "ask"
    run_id: Mapped[int] = mapped_column(ForeignKey(Run.id), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    """Counted from 1."""
    told: Mapped[int]
    """Number of steps told before."""
    genotype_key: Mapped[str] = mapped_column(ForeignKey(Genotype.key))
    fidelity: Mapped[int] = mapped_column(BigInteger)
    schedule: Mapped[str]
    seconds: Mapped[float]
    checksum: Mapped[int] = mapped_column(BigInteger)


class Checkpoint(Base):
    """The latest state of a strategy that is too expensive to replay."""

    __tablename__ = "checkpoint"
    run_id: Mapped[int] = mapped_column(ForeignKey(Run.id), primary_key=True)
    number: Mapped[int]
    """The last step that the state includes."""
    state: Mapped[bytes]
    checksum: Mapped[int] = mapped_column(BigInteger)


class Proposal(Base):
    """A trial that a search waits for, measured by a worker of any machine; deleted once the trial is stored.

    It refers to no other table: it comes and goes while nothing else changes.
    """

    __tablename__ = "proposal"
    __table_args__ = (UniqueConstraint("genotype_key", "protocol_key", "fidelity", "seed", "schedule"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    genotype_key: Mapped[str] = mapped_column(String(16))
    protocol_key: Mapped[str]
    fidelity: Mapped[int] = mapped_column(BigInteger)
    seed: Mapped[int] = mapped_column(BigInteger)
    schedule: Mapped[str]
    call: Mapped[bytes]
    """The pickled measurement."""
    versions: Mapped[str]
    """Those of the search: its workers have the same."""
    lease_seconds: Mapped[float]
    """How long a worker may be silent."""
    owner: Mapped[str | None]
    """The worker that measures it; NULL: it waits for one."""
    beat: Mapped[int]
    """Counted up by the owner: a number that does not change is a worker that is gone."""
    error: Mapped[bytes | None]
    """The pickled exception that ended the measurement without a trial."""


class Training(Base):
    """A training that is under way, with its learning curve so far; deleted once its trial is stored.

    It refers to no other table, like a proposal.
    """

    __tablename__ = "training"
    genotype_key: Mapped[str] = mapped_column(String(16), primary_key=True)
    protocol_key: Mapped[str] = mapped_column(primary_key=True)
    seed: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    title: Mapped[str]
    """The network and the protocol, for a person."""
    done: Mapped[int] = mapped_column(BigInteger)
    """Steps."""
    total: Mapped[int] = mapped_column(BigInteger)
    loss: Mapped[float | None]
    """Mean training loss of the latest steps; NULL before the first one was read."""
    curve: Mapped[list[Any]]
    seen: Mapped[str]
    """When this was written: UTC, ISO 8601."""
