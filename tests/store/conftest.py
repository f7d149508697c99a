"""A PostgreSQL server of the tests' own."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

SERVERS = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"), key=lambda path: int(path.parts[-3]))


def an_ordinary_user() -> dict[str, Any]:
    """Return what makes a subprocess one of a user without privileges: PostgreSQL refuses root, permissions do not."""
    if os.geteuid():
        return {}
    user = pwd.getpwnam("nobody")
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


@contextmanager
def open_folder() -> Iterator[Path]:
    """Yield a folder that an ordinary user owns, with a path short enough for a socket; `tmp_path` is neither."""
    folder = Path(tempfile.mkdtemp(prefix="poses", dir="/tmp"))
    try:
        if who := an_ordinary_user():
            os.chown(folder, who["user"], who["group"])
        yield folder
    finally:
        shutil.rmtree(folder)


@pytest.fixture
def ordinary_folder() -> Iterator[Path]:
    with open_folder() as folder:
        yield folder


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a server's own database; it listens on a socket only and lives as long as the tests."""
    pytest.importorskip("psycopg")
    if not SERVERS:
        pytest.skip("no PostgreSQL server here")
    with ExitStack() as stack:
        folder = stack.enter_context(open_folder())
        data, control = folder / "data", SERVERS[-1]
        _command(
            control.with_name("initdb"), "-D", data, "-U", "me", "-A", "trust", "--no-sync", "--locale=C", "-E", "UTF8"
        )
        _command(control, "-D", data, "-w", "-l", folder / "log", "-o", f"-k {folder} -c listen_addresses=''", "start")
        stack.callback(_command, control, "-D", data, "-m", "immediate", "stop")
        yield f"postgresql://me@/postgres?host={folder}"


@pytest.fixture(scope="session")
def numbers() -> Iterator[int]:
    return count()


@pytest.fixture
def postgres(postgres_server: str, numbers: Iterator[int]) -> str:
    """The URL of a new, empty schema: a thousandth of the work of a new database."""
    name = f"poses{next(numbers)}"
    engine = create_engine(postgres_server)
    with engine.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {name}"))
    engine.dispose()
    return f"{postgres_server}&options=-csearch_path%3D{name}"


def _command(*arguments: object) -> None:
    # The server keeps what it inherits open, so its output goes to a file, not to a pipe that somebody waits for.
    with tempfile.TemporaryFile() as output:
        done = subprocess.run(
            list(map(str, arguments)), stdout=output, stderr=output, cwd="/", timeout=60, **an_ordinary_user()
        )
        output.seek(0)
        assert done.returncode == 0, output.read().decode()
