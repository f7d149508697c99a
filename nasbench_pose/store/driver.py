"""Transactions on the driver's own connection: for what a search does once for every trial."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine

from nasbench_pose.store import statements
from nasbench_pose.store.engine import lock_writers
from nasbench_pose.store.statements import Statement


class Driver:
    """The repeated statements, compiled for one database, and transactions to run them in."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._sqlite = engine.dialect.name == "sqlite"
        dialect = engine.dialect
        self.new_genotype = Statement(statements.NEW_GENOTYPE, dialect)
        self.new_protocol = Statement(statements.NEW_PROTOCOL, dialect)
        self.protocol_text = Statement(statements.PROTOCOL_TEXT, dialect)
        self.new_fact = Statement(statements.NEW_FACT, dialect)
        self.fact = Statement(statements.FACT, dialect)
        self.new_step = Statement(statements.NEW_STEP, dialect)
        self.step = Statement(statements.STEP, dialect)

    @contextmanager
    def reading(self) -> Iterator[Any]:
        """Yield a cursor for one question."""
        with self._cursor() as cursor:
            yield cursor

    @contextmanager
    def writing(self, *, alone: bool = False) -> Iterator[Any]:
        """Yield a cursor in a transaction, which ends with the block; it is undone if the block raises.

        On SQLite writers take turns. On PostgreSQL they only wait for others that enter the same rows, unless they
        want to write `alone`: whoever enters many rows, in whatever order, could otherwise block another for ever.
        """
        with self._cursor() as cursor:
            if self._sqlite:
                cursor.execute("BEGIN IMMEDIATE")
            elif alone:
                lock_writers(cursor)
            yield cursor
            cursor.connection.commit()

    @contextmanager
    def _cursor(self) -> Iterator[Any]:
        connection = self._engine.raw_connection()
        try:
            cursor = connection.cursor()
            yield cursor
            cursor.close()
        except BaseException as error:
            self._forget_if_broken(connection, error)
            raise
        finally:
            connection.close()  # back to the pool, which undoes what was not committed

    def _forget_if_broken(self, connection: Any, error: BaseException) -> None:
        """Keep a connection that the server has cut out of the pool."""
        dialect = self._engine.dialect
        if isinstance(error, dialect.loaded_dbapi.Error) and dialect.is_disconnect(error, connection, None):
            connection.invalidate(error)
