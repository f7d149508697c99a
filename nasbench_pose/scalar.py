"""Conversion of scalars: numbers of NumPy and torch, fractions and decimals become `int` or `float`.

Every database can store these two.
"""

import math
import operator
from decimal import Decimal
from fractions import Fraction
from numbers import Real
from typing import Any

from nasbench_pose.errors import InvalidNumberError, NotFiniteError

LARGEST = 2**63 - 1
"""The largest integer of a database column (64 bits, signed)."""


def whole(value: Any, what: str, *, least: int = -LARGEST - 1) -> int:
    """Return `value` as an int; a float without a fraction is accepted.

    Raises InvalidNumberError for a value that is not a whole number from `least` to 2^63 - 1. The message names
    `what`, e.g. "fidelity".

    >>> import numpy as np
    >>> whole(np.int64(400), "fidelity"), whole(400.0, "fidelity")
    (400, 400)
    >>> whole("400", "fidelity")
    Traceback (most recent call last):
        ...
    nasbench_pose.errors.InvalidNumberError: The fidelity is a whole number, not '400'.
    """
    found = value if type(value) is int else _index(value)
    if found is None:
        raise InvalidNumberError(f"The {what} is a whole number, not {_shown(value)}.")
    if not least <= found <= LARGEST:
        raise InvalidNumberError(f"The {what} is from {least} to {LARGEST}, not {_shown(value)}.")
    return found


def number(value: Any, what: str) -> float:
    """Return `value` as an int or a float; NaN and infinities are accepted.

    Raises InvalidNumberError, whose message names `what`, for a value that is not a number.

    >>> from fractions import Fraction
    >>> number(Fraction(1, 4), "metric 'loss'"), number(2**70, "metric 'macs'")
    (0.25, 1180591620717411303424)
    """
    if type(value) is float or type(value) is int:
        return value
    found = _plain(value)
    if found is None:
        raise InvalidNumberError(f"The {what} is a number, not {_shown(value)}.")
    return found


def finite(value: Any, what: str) -> float:
    """Return `value` as `number` does; raise NotFiniteError for NaN, infinities and integers beyond the largest float.

    >>> finite(float("nan"), "metric 'val_pckh'")
    Traceback (most recent call last):
        ...
    nasbench_pose.errors.NotFiniteError: The metric 'val_pckh' is nan, not a finite number.
    """
    found = number(value, what)
    if not is_finite(found):
        shown = str(found) if isinstance(found, float) else "an integer beyond the largest float"
        raise NotFiniteError(f"The {what} is {shown}, not a finite number.")
    return found


def of_units(value: float, unit: float) -> float:
    """Return how much `value` units are, rounded once: a network of exactly 4.03072 MMACs is within that limit.

    >>> of_units(4.03072, 1e6), 4.03072 * 1e6
    (4030720.0, 4030719.9999999995)
    """
    return float(Fraction(repr(float(value))) * Fraction(unit)) if math.isfinite(value) else value * unit


def is_finite(found: float) -> bool:
    """Return whether a number is finite and within the range of floats.

    >>> is_finite(2**70), is_finite(10**400), is_finite(math.inf)
    (True, False, False)
    """
    try:
        return math.isfinite(found)
    except OverflowError:
        return False


def _index(value: Any) -> int | None:
    """Return a whole number as an int, None for anything else."""
    if getattr(value, "shape", ()) != ():  # torch's `__index__` accepts a tensor of one element of any shape
        return None
    try:
        return int(operator.index(value))
    except TypeError:
        found = _plain(value)
    return int(found) if found is not None and is_finite(found) and found == int(found) else None


def _plain(value: Any) -> float | None:
    """Return a number of any type as an int or a float, None for anything else."""
    if isinstance(value, (int, float)):
        return int(value) if isinstance(value, int) else float(value)  # subclasses: bool and np.float64
    if hasattr(value, "item") and getattr(value, "shape", None) == ():  # a scalar of NumPy or torch
        item = value.item()
        if isinstance(item, (int, float)):
            return int(item) if isinstance(item, bool) else item
    if isinstance(value, (Real, Decimal)):
        try:
            return float(value)
        except (OverflowError, ValueError):  # ValueError: a signalling NaN of `decimal`
            return math.nan
    return None


def _shown(value: Any) -> str:
    if isinstance(value, int) and value.bit_length() > 200:
        return f"an integer of {value.bit_length()} bits"
    text = " ".join(repr(value).split())
    return text if len(text) <= 60 else f"{text[:57]}..."
