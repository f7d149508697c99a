"""The keys that a kind reads in a space's file: whether they may be genes or fixed, and which values they may have."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from nasbench_pose.errors import InvalidFileError, nearest

Check = Callable[[str, Any], None]
"""(name of the key, value) -> None; raises InvalidFileError for a value that is not allowed."""

CHANNELS = 65_536
"""The most channels of a layer in a file."""
PERCENT = 1_000
"""The largest percentage."""


@dataclass(frozen=True, slots=True)
class Field:
    """A key of a file: where it may be, and which values it may have."""

    check: Check
    gene: bool = True
    """Whether it may be in [genes]."""
    fixed: bool = True
    """Whether it may be in [fixed]."""


Fields = Mapping[str, Field]
"""Key -> its field."""


def anything(_: str, __: Any) -> None:
    """Accept every value: errors are found when a network is built."""


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
    """Return a check that accepts every text, whose errors are found when a network is built, and otherwise `other`."""
    return lambda what, value: None if isinstance(value, str) else other(what, value)


def shown(value: object) -> str:
    """Return a value as messages print it, shortened."""
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:76]}…{text[-3:]}"
