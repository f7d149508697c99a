"""The tables of the results database. Facts (`evaluation`) and visits to them (`run`, `step`) are kept apart."""

from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, MetaData, String, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

# Constraints need names before a later migration can change them, and every database would name them otherwise.
NAMES = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ix": "ix_%(table_name)s_%(column_0_name)s",
}


class Base(DeclarativeBase):
    """What all tables share."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {dict[str, Any]: JSON, list[Any]: JSON}  # noqa: RUF012 - SQLAlchemy's own spelling


class Genotype(Base):
    """A genotype by its key, with the text that outlives the code."""

    __tablename__ = "genotype"
    key: Mapped[str] = mapped_column(String(16), primary_key=True)
    space: Mapped[str] = mapped_column(index=True)
    text: Mapped[str]


class Protocol(Base):
    """How accuracies were measured: the canonical JSON behind a protocol's key."""

    __tablename__ = "protocol"
    key: Mapped[str] = mapped_column(primary_key=True)
    text: Mapped[str | None]
    """NULL until a run says it: a trial knows the key only."""


class Evaluation(Base):
    """A fact: entered once, never changed; a failure is a fact too."""

    __tablename__ = "evaluation"
    __table_args__ = (UniqueConstraint("genotype_key", "protocol_key", "fidelity", "seed"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    genotype_key: Mapped[str] = mapped_column(ForeignKey(Genotype.key))
    protocol_key: Mapped[str] = mapped_column(ForeignKey(Protocol.key))
    fidelity: Mapped[int] = mapped_column(BigInteger)
    seed: Mapped[int] = mapped_column(BigInteger)
    metrics: Mapped[dict[str, Any]]
    curve: Mapped[list[Any]]
    seconds: Mapped[float]
    error: Mapped[str | None]


class Run(Base):
    """One search: what it is (the identity), how far it was asked to go, and where it comes from."""

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


class Step(Base):
    """A run's visit to a fact; a run may visit the same fact twice."""

    __tablename__ = "step"
    run_id: Mapped[int] = mapped_column(ForeignKey(Run.id), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    """1 for the first."""
    evaluation_id: Mapped[int] = mapped_column(ForeignKey(Evaluation.id), index=True)
    ask_seconds: Mapped[float]


class Checkpoint(Base):
    """The latest state of a strategy that is too expensive to replay."""

    __tablename__ = "checkpoint"
    run_id: Mapped[int] = mapped_column(ForeignKey(Run.id), primary_key=True)
    number: Mapped[int]
    """The last step the state has been told of."""
    state: Mapped[bytes]
