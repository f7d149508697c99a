"""Formatting of numbers, including integers too large for a float."""

from decimal import Decimal

FLOAT = 10**300
"""Integers from here on are formatted by `Decimal`: the largest float is 1.8e308."""


def scientific(number: float, digits: int = 1) -> str:
    """Return a number with `digits` after the point and a power of ten, however large it is.

    >>> scientific(648), scientific(26**240, 2)
    ('6.5e+02', '3.92e+339')
    """
    return f"{number:.{digits}e}" if abs(number) < FLOAT else f"{Decimal(number):.{digits}e}"


def approximately(number: float, digits: int = 1) -> str:
    """Return a number below a million as a whole number, else in scientific notation.

    >>> approximately(972), approximately(5_070_000), approximately(26**240)
    ('972', '5.1e+06', '3.9e+339')
    """
    return f"{number:,.0f}" if number < 10**6 else scientific(number, digits)
