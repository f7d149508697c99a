"""The version of the schema: create it, upgrade it, refuse databases that this version cannot read."""

import contextlib
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    event,
    inspect,
    text,
)
from sqlalchemy.exc import SQLAlchemyError

from nasbench_pose.errors import StoreError
from nasbench_pose.store.tables import Base

HEAD = "0007"
"""The revision that this version of the code reads and writes."""
READABLE = ("0001", "0002", "0003", "0004", "0005", "0006")
"""Older revisions that can be read without an upgrade, where the file is read-only."""
TABLE = "schema_version"
MIGRATIONS = Path(__file__).parent / "migrations"


def prepare(engine: Engine, name: str, *, must_exist: bool) -> None:
    """Upgrade the database to `HEAD`; create the tables in an empty one, or raise StoreError if it `must_exist`."""
    with engine.connect() as connection:
        found = version(connection, name)
    if found is None and must_exist:
        raise StoreError(f"{name} is an empty database: no search has written to it.")
    if found == HEAD:
        return
    if found is not None and found > HEAD:
        raise StoreError(
            f"{name} was written by a newer nasbench-pose (schema {found}; this one reads up to {HEAD}). "
            "Upgrade it: pip install --upgrade nasbench-pose."
        )
    try:
        _upgrade(engine)
    except SQLAlchemyError as error:
        if found not in READABLE or "readonly" not in str(error):
            raise
        engine.dispose()
        event.listen(engine, "connect", partial(_show_missing_columns, found))


def version(connection: Connection, name: str) -> str | None:
    """Return the revision of a database, None for an empty one; raise StoreError for one that is not ours."""
    tables = inspect(connection).get_table_names()
    if TABLE in tables:
        return connection.execute(text(f"SELECT version_num FROM {TABLE}")).scalar()
    if tables:
        raise StoreError(
            f"{name} is not a results database: its tables are {', '.join(tables[:5])}. Name another file."
        )
    return None


def _upgrade(engine: Engine) -> None:
    if engine.dialect.name == "sqlite":
        _write_ahead(engine)
    # If two processes open a new database at once, the second one waits for the first and then has nothing to do.
    with engine.execution_options(writes=True).connect() as connection:
        if engine.dialect.name == "sqlite":  # SQLite changes a constraint by making the table again
            _enforce_references(connection, on=False)
        with connection.begin():
            if inspect(connection).get_table_names():
                migrate(connection)
            else:
                create(connection)
        if engine.dialect.name == "sqlite":
            _enforce_references(connection, on=True)


def create(connection: Connection) -> None:
    """Create the tables of `HEAD` in an empty database, in the transaction of a connection.

    They are the tables that the migrations make, and Alembic, which takes 0.1 s to load, can upgrade them later.
    """
    Base.metadata.create_all(connection, checkfirst=False)
    versions = Table(
        TABLE,
        MetaData(),
        Column("version_num", String(32), nullable=False),
        PrimaryKeyConstraint("version_num", name=f"{TABLE}_pkc"),
    )
    versions.create(connection, checkfirst=False)
    connection.execute(versions.insert().values(version_num=HEAD))


def _show_missing_columns(found: str, connection: Any, _: object) -> None:
    # A temporary view hides the table of its name: so an older file has the columns that were added since.
    for table, since in ADDED.items():
        added = [columns for revision, columns in since.items() if found < revision]
        if table != "ask" or found >= "0004":
            connection.execute(f"CREATE TEMP VIEW {table} AS SELECT *, {', '.join(added)} FROM main.{table}")


CHECKSUM = {"0007": "NULL AS checksum"}
ADDED = {
    "evaluation": {"0003": "'whole' AS schedule"} | CHECKSUM,
    "step": {"0004": "NULL AS ask_number, NULL AS start_seconds, NULL AS end_seconds"} | CHECKSUM,
    "ask": CHECKSUM,
    "checkpoint": CHECKSUM,
}
"""Table that is read -> revision -> the columns that it added, as they are in an older database."""


def _enforce_references(connection: Connection, *, on: bool) -> None:
    # On the driver's connection: inside a transaction, which SQLAlchemy would begin, the setting has no effect.
    with contextlib.closing(connection.connection.cursor()) as cursor:
        cursor.execute(f"PRAGMA foreign_keys = {'ON' if on else 'OFF'}")


def _write_ahead(engine: Engine) -> None:
    # The mode is stored in the file. It fails if another process sets it at the same time, which has the same effect.
    with contextlib.closing(engine.raw_connection()) as connection, contextlib.suppress(Exception):
        connection.cursor().execute("PRAGMA journal_mode = WAL")


def migrate(connection: Connection, revision: str = "head") -> None:
    """Bring the tables of a connection up to a revision, in its transaction; make them in an empty database."""
    # Imported here: it takes 0.1 s, and neither a new database nor an up-to-date one needs it.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes.update(connection=connection, version_table=TABLE)
    command.upgrade(config, revision)
