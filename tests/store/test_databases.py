"""The store's contract on SQLite, in a file and in memory, and on PostgreSQL."""

from pathlib import Path

import pytest
from contracts import SharedStoreContract, StoreContract


class TestFile(SharedStoreContract):
    writers = 16

    @pytest.fixture
    def where(self, tmp_path: Path) -> str:
        return str(tmp_path / "runs.db")


class TestMemory(StoreContract):
    @pytest.fixture
    def where(self) -> str:
        return "sqlite://"


@pytest.mark.slow
class TestPostgres(SharedStoreContract):
    @pytest.fixture
    def where(self, postgres: str) -> str:
        return postgres
