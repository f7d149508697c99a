"""Transactions on the raw connection of the driver, for the statements that a search repeats for every trial."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine

from nasbench_pose.store import statements
from nasbench_pose.store.statements import Statement


class Transactions:
    """The repeated statements, compiled for one database, and the transactions to run them in."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.concurrent = engine.dialect.name != "sqlite"
        """Whether several transactions write at once."""
        dialect = engine.dialect
        self.new_genotype = Statement(statements.NEW_GENOTYPE, dialect)
        self.new_protocol = Statement(statements.NEW_PROTOCOL, dialect)
        self.protocol_text = Statement(statements.PROTOCOL_TEXT, dialect)
        self.new_evaluation = Statement(statements.NEW_EVALUATION, dialect)
        self.evaluation = Statement(statements.EVALUATION, dialect)
        self.new_step = Statement(statements.NEW_STEP, dialect)
        self.step = Statement(statements.STEP, dialect)
        self.checkpoint = Statement(statements.CHECKPOINT, dialect)
        self.new_ask = Statement(statements.NEW_ASK, dialect)
        self.ask = Statement(statements.ASK, dialect)

    @contextmanager
    def reading(self) -> Iterator[Any]:
        """Yield a cursor for one query."""
        with self._cursor() as cursor:
            yield cursor

    @contextmanager
    def writing(self) -> Iterator[Any]:
        """Yield a cursor in a transaction, which is committed at the end of the block and rolled back if it raises.

        On SQLite, writers wait for each other. On PostgreSQL, a writer waits only for others that insert the same rows.
        Many rows are inserted in the order of their keys: otherwise two writers could wait for each other (deadlock),
        which the server ends by an error for one of them.
        """
        with self._cursor() as cursor:
            if not self.concurrent:
                cursor.execute("BEGIN IMMEDIATE")
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
            self._invalidate_if_broken(connection, error)
            raise
        finally:
            connection.close()  # returns it to the pool, which rolls back what was not committed

    def _invalidate_if_broken(self, connection: Any, error: BaseException) -> None:
        """Remove a connection that the server has closed from the pool."""
        dialect = self._engine.dialect
        if isinstance(error, dialect.loaded_dbapi.Error) and dialect.is_disconnect(error, connection, None):
            connection.invalidate(error)
