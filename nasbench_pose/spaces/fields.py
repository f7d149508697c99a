"""What a kind reads of a search space's file: which keys, whether chosen or fixed, and which values they can have."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from nasbench_pose.errors import InvalidFileError, nearest

Check = Callable[[str, Any], None]
"""(what it is, its value) -> nothing; raises InvalidFileError for a value that will not do."""

CHANNELS = 65_536
"""The widest layer that a file may ask for."""
PERCENT = 1_000
"""The largest percentage."""


@dataclass(frozen=True, slots=True)
class Field:
    """A key of a file: where a kind reads it, and which values it can have."""

    check: Check
    gene: bool = True
    """Whether it may be chosen."""
    fixed: bool = True
    """Whether it may be fixed."""


Fields = Mapping[str, Field]
"""Key -> what is known of it."""


def anything(_: str, __: Any) -> None:
    """Accept every value: building the network says what is wrong with it."""


def whole(low: int, high: int = CHANNELS) -> Check:
    """Return the check of a whole number from `low` to `high`.

    >>> whole(1, 9)("'width'", 0)
    Traceback (most recent call last):
        ...
    nasbench_pose.errors.InvalidFileError: 'width' is 0; expected a whole number from 1 to 9.
    """

    def check(what: str, value: Any) -> None:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise InvalidFileError(f"{what} is {shown(value)}; expected a whole number from {low:,} to {high:,}.")

    return check


def one_of(names: Iterable[str]) -> Check:
    """Return the check of a word that is one of `names`."""
    known = tuple(names)

    def check(what: str, value: Any) -> None:
        if value not in known:
            hint = nearest(str(value), known)
            raise InvalidFileError(f"{what} is {shown(value)}; expected {' or '.join(known)}.{hint}")

    return check


def yes_or_no(what: str, value: Any) -> None:
    """Raise InvalidFileError unless the value is true or false."""
    if not isinstance(value, bool):
        raise InvalidFileError(f"{what} is {shown(value)}; expected true or false.")


def several(each: Check, least: int, most: int) -> Check:
    """Return the check of a list of `least` to `most` values."""

    def check(what: str, value: Any) -> None:
        if not isinstance(value, list) or not least <= len(value) <= most:
            raise InvalidFileError(f"{what} is {shown(value)}; expected a list of {least} to {most} numbers.")
        for number, item in enumerate(value, start=1):
            each(f"number {number} of {what}", item)

    return check


def word_or(other: Check) -> Check:
    """Return the check of a word, whose meaning is found when the network is built, or of something else."""
    return lambda what, value: None if isinstance(value, str) else other(what, value)


def shown(value: object) -> str:
    """Return a value as it is named in a message, shortened."""
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:76]}…{text[-3:]}"
