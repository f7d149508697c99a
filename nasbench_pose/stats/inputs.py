"""Checks of what statistics are given: what cannot be compared is said in one line, and no row is dropped."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from nasbench_pose.errors import InvalidFileError, InvalidNumberError
from nasbench_pose.scalar import number

Floats = NDArray[np.float64]
SEARCH = ("task", "strategy", "run_seed")
"""Columns that say of which search a row is."""


def with_columns(frame: pd.DataFrame, what: str, *columns: str) -> pd.DataFrame:
    """Return `frame`, whose rows are called `what`; raise InvalidFileError if it lacks a column, or a row its search.

    >>> with_columns(pd.DataFrame({"strategy": ["a"]}), "scores", "strategy", "score")
    Traceback (most recent call last):
        ...
    nasbench_pose.errors.InvalidFileError: The scores lack the column 'score'; they have 'strategy'.
    """
    if not isinstance(frame, pd.DataFrame):
        raise InvalidFileError(f"The {what} are a DataFrame, not {type(frame).__name__}.")
    if missing := [repr(column) for column in columns if column not in frame]:
        known = ", ".join(repr(str(column)) for column in frame) or "none"
        raise InvalidFileError(f"The {what} lack the column {', '.join(missing)}; they have {known}.")
    for column in SEARCH:
        if column in frame and (unknown := int(frame[column].isna().sum())):
            raise InvalidFileError(f"{unknown} of {len(frame)} {what} have no {column}; leave them out.")
    return frame


def numbers(values: ArrayLike, what: str = "values", *, finite: bool = True) -> Floats:
    """Return values as floats of one dimension; raise InvalidFileError, which calls them `what`, for what is none.

    NaN is none; infinite ones, such as the loss of a search that found nothing, are unless they have to be `finite`.

    >>> numbers([1, None, 3])
    Traceback (most recent call last):
        ...
    nasbench_pose.errors.InvalidFileError: 1 of 3 values are not finite, such as nan: leave them out, or give ...
    """
    try:
        if np.asarray(values).dtype.kind in "cmM":  # complex numbers, durations and dates would become floats
            raise TypeError
        found = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise InvalidFileError(f"The {what} are numbers, not such as {_example(values)}.") from None
    if found.ndim != 1:
        raise InvalidFileError(f"The {what} are a list of numbers, not of the shape {found.shape}.")
    wrong = found[~np.isfinite(found) if finite else np.isnan(found)]
    if len(wrong):
        raise InvalidFileError(
            f"{len(wrong)} of {len(found)} {what} are not finite, such as {wrong[0]}: leave them out, or give what "
            "failed the worst loss."
        )
    return found


def share(value: float, what: str) -> float:
    """Return a number between 0 and 1, such as a level; raise InvalidNumberError for another.

    >>> share(1.5, "level of a test")
    Traceback (most recent call last):
        ...
    nasbench_pose.errors.InvalidNumberError: The level of a test is between 0 and 1, not 1.5.
    """
    if not 0 < number(value, what) < 1:
        raise InvalidNumberError(f"The {what} is between 0 and 1, not {value}.")
    return value


def _example(values: ArrayLike) -> str:
    for value in np.asarray(values, dtype=object).ravel():
        try:
            float(value)
        except (TypeError, ValueError):
            return repr(value)
    return repr(np.asarray(values).ravel()[0])
