"""Transactions on a server that are tried again: the connection was cut, or another transaction was in the way."""

import logging
import time
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

T = TypeVar("T")

RETRY_SECONDS = 120.0
"""How long a transaction is tried again after its connection was cut: a server restarts in this time."""
LONGEST_WAIT = 10.0
"""Seconds between two attempts, at most; the first waits are shorter."""
CONFLICTS = {"40001": "a serialization failure", "40P01": "a deadlock", "23505": "a row that another one inserted"}
"""SQLSTATE of PostgreSQL -> conflict with another transaction; the next attempt sees what that one stored."""
ATTEMPTS = 10
"""Attempts at a transaction that is in conflict with others."""
CUT = ("08", "57P")
"""First characters of the SQLSTATE of a lost connection, and of a server that stops, has crashed or is starting."""


def retried(work: Callable[[], T], name: str, reconnect: Callable[[], None]) -> T:
    """Return what `work` returns, a whole transaction on the database `name`; try again as long as that may help.

    A lost connection is tried again for RETRY_SECONDS, with a warning in the log; a conflict with another transaction
    ATTEMPTS times. `reconnect` closes the connections that a restarted server has forgotten. Other errors, and the last
    one of these, are raised. `work` may have been committed before its connection was cut, so it must have the same
    effect if it is done twice.
    """
    conflicts, waits = 0, _waits()
    while True:
        try:
            return work()
        except Exception as error:
            if _is_cut(error):
                if (wait := next(waits, None)) is None:
                    raise
                reason = " ".join(str(getattr(error, "orig", None) or error).split())
                reconnect()
                logging.getLogger(__name__).warning("%s: %s. Trying again in %.1f s.", name, reason.rstrip("."), wait)
            elif _state(error) in CONFLICTS and conflicts < ATTEMPTS:
                conflicts += 1
                wait = 0.01 * conflicts
            else:
                raise
        time.sleep(wait)


def _waits() -> Iterator[float]:
    wait, total = 0.1, 0.0
    while total < RETRY_SECONDS:
        yield wait
        total, wait = total + wait, min(2 * wait, LONGEST_WAIT)


def _is_cut(error: Exception) -> bool:
    """Return whether the connection to a server was lost or refused; psycopg has no SQLSTATE if it was not made."""
    kinds = type(_driver_error(error)).__mro__
    if not any(
        k.__module__.startswith("psycopg") and k.__name__ in ("OperationalError", "InterfaceError") for k in kinds
    ):
        return False
    state = _state(error)
    return state is None or state.startswith(CUT)


def _state(error: Exception) -> str | None:
    state = getattr(_driver_error(error), "sqlstate", None)
    return state if isinstance(state, str) else None


def _driver_error(error: Exception) -> Any:
    """Return the driver's own error behind one of SQLAlchemy."""
    return getattr(error, "orig", None) or error
