"""A database of any version opened as it is: nothing is made, upgraded or checked."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, MetaData, Table

from nasbench_pose.errors import StoreError
from nasbench_pose.store.engine import connect, database_url, display_name
from nasbench_pose.store.error_messages import explain_errors
from nasbench_pose.store.schema import TABLE, version


@dataclass(frozen=True)
class Opened:
    """An open results database of any schema."""

    name: str
    """Its name in messages, without a password."""
    connection: Connection
    schema: str
    """The revision of the schema."""
    tables: dict[str, Table]
    """Name -> table, each after those that it refers to; the table of the revision is left out."""

    @property
    def is_sqlite(self) -> bool:
        """Whether it is an SQLite database."""
        return self.connection.dialect.name == "sqlite"


@contextmanager
def opened(where: str | Path) -> Iterator[Opened]:
    """Open an existing database for reading; raise StoreError for one that is empty or not ours."""
    url = database_url(where)
    name = display_name(url)
    engine = connect(url, must_exist=True)
    try:
        with explain_errors(name), engine.connect() as connection:
            schema = version(connection, name)
            if schema is None:
                raise StoreError(f"{name} is an empty database: no search has written to it.")
            yield Opened(name, connection, schema, tables_of(connection))
    finally:
        engine.dispose()


def tables_of(connection: Connection) -> dict[str, Table]:
    """Return the tables as the database itself describes them, each after those that it refers to."""
    metadata = MetaData()
    metadata.reflect(connection)
    return {table.name: table for table in metadata.sorted_tables if table.name != TABLE}
