"""Database errors in one line, with what would do."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import SQLAlchemyError

from nasbench_pose.errors import StoreError

FAULTS = {
    "locked": "Another program has been writing to {name} for too long. Close it and try again.",
    "lock timeout": "Another program has been writing to {name} for too long. Close it and try again.",
    "readonly": "{name} may not be written here: the file or its folder is read-only. Copy it first.",
    "disk is full": "The disk is full; {name} keeps what was finished. Make room and give the same command again.",
    "no space left": "The disk of {name} is full; what was finished is kept. Make room and give the command again.",
    "foreign key": "{name} has no run of that number.",
    "not a database": "{name} is not a database. Name another file.",
    "malformed": "{name} is damaged. Save what is readable with: sqlite3 {name} .recover | sqlite3 saved.db.",
    "unable to open": "{name} cannot be opened: the file or its folder may not be read or written by you.",
}


@contextmanager
def explained(name: str) -> Iterator[None]:
    """Turn an error of the database called `name` into a StoreError of one line."""
    try:
        yield
    except Exception as error:
        if not _of_a_database(error):
            raise
        said = " ".join(str(getattr(error, "orig", None) or error).split())
        known = [text for sign, text in FAULTS.items() if sign in said.casefold()]
        raise StoreError(known[0].format(name=name) if known else f"{name}: {said.rstrip('.')}.") from error


def _of_a_database(error: Exception) -> bool:
    """Say whether SQLAlchemy or a driver raised it: every driver has an exception Error (PEP 249)."""
    drivers = (base for base in type(error).__mro__ if base.__name__ == "Error" and base.__bases__ == (Exception,))
    return isinstance(error, SQLAlchemyError) or any(drivers)
