"""Ranges of cost on the command line: `0.5G..0.7G`, `500M..`, `..1G`."""

import math
import re
from fractions import Fraction
from typing import Any

import click

SUFFIXES = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9}
_NUMBER = re.compile(r"(\d+(?:\.\d*)?|\.\d+)([kMG]?)")


class Range(click.ParamType[tuple[int, int | None]]):
    """LOW..HIGH, both included, as integers (low, high). LOW defaults to 0; without HIGH, it is None (no limit)."""

    name = "LOW..HIGH"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int | None]:
        """Return (low, high)."""
        if isinstance(value, tuple):
            return value
        low, dots, high = (part.strip() for part in str(value).partition(".."))
        if not dots:
            self.fail(f"{value!r} is not a range; expected LOW..HIGH, e.g. 0.5G..0.7G or ..1G.", param, ctx)
        least = math.ceil(self._number(low, param, ctx)) if low else 0
        most = math.floor(self._number(high, param, ctx)) if high else None
        if most is not None and least > most:
            self.fail(f"{value!r} holds no whole number; the lower end comes first.", param, ctx)
        return least, most

    def _number(self, text: str, param: click.Parameter | None, ctx: click.Context | None) -> Fraction:
        """Return the exact number in `text`."""
        if (match := _NUMBER.fullmatch(text)) is None:
            self.fail(f"{text!r} is not a number; expected one like 500000000, 500M or 0.5G (k, M, G).", param, ctx)
        return Fraction(match[1]) * SUFFIXES[match[2]]
