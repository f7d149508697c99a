"""Who waits for whom where many write to PostgreSQL, without a server: what is sent to it."""

from typing import Any

import pytest

from nasbench_pose.store.engine import WRITERS_LOCK, _begin_postgresql


class Server:
    """A connection of SQLAlchemy, that of its driver, and a cursor; it keeps what it is sent."""

    def __init__(self, **options: bool) -> None:
        self.options, self.sent, self.connection = options, list[str](), self

    def get_execution_options(self) -> dict[str, bool]:
        return self.options

    def cursor(self) -> "Server":
        return self

    def execute(self, command: str) -> None:
        self.sent.append(command)

    def close(self) -> None: ...


@pytest.mark.parametrize(("options", "locks"), [({"writes": True}, 1), ({"writes": False}, 0), ({}, 0)])
def test_only_a_transaction_that_writes_waits_for_others_that_write(options: dict[str, Any], locks: int) -> None:
    server: Any = Server(**options)
    _begin_postgresql(server)
    assert server.sent == [f"SELECT pg_advisory_xact_lock({WRITERS_LOCK})"] * locks
