"""The schema: what the migrations make is what the code reads, and what is only loaded when it is needed."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, inspect, text

from nasbench_pose.store.columns import COLUMNS, RESERVED_NAMES
from nasbench_pose.store.schema import HEAD, MIGRATIONS, TABLE, create, migrate
from nasbench_pose.store.tables import Base

WHERE = pytest.mark.parametrize("where", ["sqlite", pytest.param("postgres", marks=pytest.mark.slow)])


@contextmanager
def empty(where: str, request: pytest.FixtureRequest) -> Iterator[Connection]:
    """Yield a connection to an empty database, which is empty again afterwards."""
    engine = create_engine("sqlite://" if where == "sqlite" else request.getfixturevalue("postgres"))
    with engine.connect() as connection:
        yield connection
        connection.rollback()
    engine.dispose()


@WHERE
def test_the_migrations_make_the_tables(where: str, request: pytest.FixtureRequest) -> None:
    options = {"version_table": TABLE, "compare_type": True, "compare_server_default": True}
    with empty(where, request) as connection:
        migrate(connection)
        assert compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata) == []
        for table in ("step", "checkpoint"):
            Base.metadata.tables[table].drop(connection)
        found = compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata)
        assert {(change[0], change[1].name) for change in found} >= {("add_table", "step"), ("add_table", "checkpoint")}


def described(connection: Connection) -> dict[str, dict[str, str]]:
    """Return the columns, in their order, keys, constraints and indices of each table, as the database names them."""
    database = inspect(connection)
    return {
        table: {
            "columns": str(database.get_columns(table)),
            "primary key": str(database.get_pk_constraint(table)),
            "references": str(sorted(database.get_foreign_keys(table), key=str)),
            "unique": str(sorted(database.get_unique_constraints(table), key=str)),
            "indices": str(sorted(database.get_indexes(table), key=str)),
            "revision": str(connection.execute(text(f"SELECT version_num FROM {TABLE}")).all()),
        }
        for table in database.get_table_names()
    }


@WHERE
def test_a_new_database_has_the_tables_that_the_migrations_make(where: str, request: pytest.FixtureRequest) -> None:
    made = []
    for make in (create, migrate):
        with empty(where, request) as connection:
            make(connection)
            made.append(described(connection))
    assert made[0] == made[1]
    assert set(made[0]) == {*Base.metadata.tables, TABLE}
    with empty(where, request) as connection:
        migrate(connection, "0003")
        assert described(connection) != made[0]


def test_head_is_the_last_migration() -> None:
    assert ScriptDirectory(str(MIGRATIONS)).get_current_head() == HEAD


def test_no_two_columns_share_a_name() -> None:
    assert len(RESERVED_NAMES) == len((*COLUMNS, "label"))


def test_a_search_loads_neither_pandas_nor_alembic(tmp_path: Path) -> None:
    """Both take as long to load as a thousand facts to keep."""
    script = (
        "import sys; from nasbench_pose.store import Store; Store(sys.argv[1]).close();"
        "print([name for name in ('pandas', 'alembic', 'torch') if name in sys.modules])"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "runs.db")]
    for _ in ("a new database", "an existing one"):
        assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "[]\n"
