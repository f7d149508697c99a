"""Database errors as one-line messages with a remedy."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import SQLAlchemyError

from nasbench_pose.errors import StoreError
from nasbench_pose.store.checksums import DamagedRowError

MESSAGES = {
    "locked": "Another program has been writing to {name} for too long. Close it and try again.",
    "lock timeout": "Another program has been writing to {name} for too long. Close it and try again.",
    "readonly": "{name} may not be written here: the file or its folder is read-only. Copy it first.",
    # An older database that cannot be upgraded, because it may not be written.
    "no column named": "{name} may not be written here: the file or its folder is read-only. Copy it first.",
    "it is a view": "{name} may not be written here: the file or its folder is read-only. Copy it first.",
    "disk is full": "The disk is full; {name} has every finished trial. Make room and run the same command again.",
    "no space left": "The disk of {name} is full; it has every finished trial. Make room and run the command again.",
    "foreign key": "{name} has no run with that number.",
    "not a database": "{name} is not a database. Name another file.",
    "malformed": "{name} is damaged. Save what is readable with: nasbench-pose db check {name} --salvage saved.db.",
    "unable to open": "{name} cannot be opened: you lack the permission to read or write the file or its folder.",
}
"""Part of a driver's message -> our message."""


@contextmanager
def explain_errors(name: str) -> Iterator[None]:
    """Raise an error of the database `name` as a StoreError with a one-line message."""
    try:
        yield
    except DamagedRowError as error:
        raise StoreError(
            f"{name} is damaged: {error}. List all damage with: nasbench-pose db check {name}; "
            "save the rest with the option --salvage saved.db."
        ) from error
    except Exception as error:
        if not _of_a_database(error):
            raise
        said = " ".join(str(getattr(error, "orig", None) or error).split())
        known = [text for sign, text in MESSAGES.items() if sign in said.casefold()]
        raise StoreError(known[0].format(name=name) if known else f"{name}: {said.rstrip('.')}.") from error


def _of_a_database(error: Exception) -> bool:
    """Return whether SQLAlchemy or a driver raised it; a driver's exceptions derive from a class Error (PEP 249)."""
    drivers = (base for base in type(error).__mro__ if base.__name__ == "Error" and base.__bases__ == (Exception,))
    return isinstance(error, SQLAlchemyError) or any(drivers)
