"""A database of any schema as a store of this version, without a change to the database itself."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine

from nasbench_pose.store.maintenance.opened import opened, tables_of
from nasbench_pose.store.maintenance.rows import copy_tables
from nasbench_pose.store.schema import HEAD, migrate
from nasbench_pose.store.store import Store


@contextmanager
def current(where: str | Path) -> Iterator[Store]:
    """Yield a store of an existing database. One of an older schema is copied, and the copy is upgraded.

    Raises StoreError for a database that is missing, empty, not ours, or of a newer schema.
    """
    with opened(where) as database:
        if database.schema >= HEAD:
            with Store(where, must_exist=True) as store:
                yield store
            return
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / "copy.db"
            engine = create_engine(f"sqlite:///{copy}")
            with engine.begin() as connection:
                migrate(connection, database.schema)
                copy_tables(database.connection, database.tables, connection, tables_of(connection))
            engine.dispose()
            with Store(copy, must_exist=True) as store:
                yield store
