"""The schema: what the migrations make is what the code reads, and what is only loaded when it is needed."""

import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from nasbench_pose.store import Store
from nasbench_pose.store.columns import EVALUATION_COLUMNS, RESERVED_NAMES, STEP_COLUMNS
from nasbench_pose.store.schema import HEAD, MIGRATIONS, TABLE
from nasbench_pose.store.tables import Base


@pytest.mark.parametrize("where", ["sqlite", pytest.param("postgres", marks=pytest.mark.slow)])
def test_the_migrations_make_the_tables(where: str, request: pytest.FixtureRequest) -> None:
    url = "sqlite://" if where == "sqlite" else request.getfixturevalue("postgres")
    options = {"version_table": TABLE, "compare_type": True, "compare_server_default": True}
    with Store(url) as store, store._engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata) == []
        connection.rollback()
        for table in ("step", "checkpoint"):
            Base.metadata.tables[table].drop(connection)
        found = compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata)
        assert {(change[0], change[1].name) for change in found} >= {("add_table", "step"), ("add_table", "checkpoint")}
        connection.rollback()


def test_head_is_the_last_migration() -> None:
    assert ScriptDirectory(str(MIGRATIONS)).get_current_head() == HEAD


def test_no_two_columns_share_a_name() -> None:
    assert len(RESERVED_NAMES) == len((*EVALUATION_COLUMNS, *STEP_COLUMNS, "label"))


def test_a_search_loads_neither_pandas_nor_alembic(tmp_path: Path) -> None:
    """Both take as long to load as a thousand facts to keep."""
    Store(tmp_path / "runs.db").close()
    script = (
        "import sys; from nasbench_pose.store import Store; Store(sys.argv[1]).close();"
        "print([name for name in ('pandas', 'alembic', 'torch') if name in sys.modules])"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "runs.db")]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "[]\n"
