"""Numbers of every type become Python's own; what is none is named."""

import math
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import torch

from nasbench_pose.errors import InvalidNumberError, NotFiniteError
from nasbench_pose.scalar import finite, number, whole

FOUR_HUNDRED: list[Any] = [
    400, 400.0, np.int64(400), np.uint16(400), np.int32(400), np.float32(400), np.float16(400), np.array(400),
    np.longdouble(400), torch.tensor(400), torch.tensor(400.0), Fraction(400), Decimal(400),
]  # fmt: skip


@pytest.mark.parametrize("value", FOUR_HUNDRED, ids=repr)
def test_whole_numbers_of_every_type(value: Any) -> None:
    assert whole(value, "seed") == 400 and type(whole(value, "seed")) is int
    assert number(value, "loss") == 400 and type(number(value, "loss")) in (int, float)


@pytest.mark.parametrize("value", [True, np.bool_(True), torch.tensor(True)], ids=repr)
def test_yes_is_one(value: Any) -> None:
    assert (whole(value, "seed"), type(whole(value, "seed"))) == (1, int)
    assert (number(value, "loss"), type(number(value, "loss"))) == (1, int)


@pytest.mark.parametrize(
    "value",
    [0.25, np.float32(0.25), np.float64(0.25), torch.tensor(0.25), Fraction(1, 4), Decimal("0.25")],
    ids=repr,
)
def test_numbers_of_every_type(value: Any) -> None:
    assert number(value, "loss") == 0.25 and type(number(value, "loss")) is float
    with pytest.raises(InvalidNumberError, match="The fidelity is a whole number, not"):
        whole(value, "fidelity")


@pytest.mark.parametrize(
    "value",
    [None, "400", b"400", [400], np.array([400]), np.array([1, 2]), torch.tensor([400]), 4j, np.complex64(4), object()],
    ids=lambda value: type(value).__name__,
)
def test_what_is_no_number_is_named(value: Any) -> None:
    with pytest.raises(InvalidNumberError, match="The seed is a whole number, not"):
        whole(value, "seed")
    with pytest.raises(InvalidNumberError, match="The metric 'loss' is a number, not"):
        number(value, "metric 'loss'")


@pytest.mark.parametrize(
    "value",
    [math.nan, np.float32("-inf"), Decimal("NaN"), Decimal("sNaN"), torch.tensor(math.inf), 10**400, 10**5000],
    ids=lambda value: type(value).__name__,
)
def test_what_is_not_finite_is_named_on_one_line(value: Any) -> None:
    with pytest.raises(NotFiniteError, match=r"^The metric 'loss' is .*, not a finite number\.$") as caught:
        finite(value, "metric 'loss'")
    assert len(str(caught.value)) < 100


def test_numbers_that_no_column_holds() -> None:
    assert whole(2**63 - 1, "seed") == 2**63 - 1
    for value in (2**63, -(2**63) - 1, 1e300, 10**5000):
        with pytest.raises(InvalidNumberError, match="The seed is from"):
            whole(value, "seed")
    with pytest.raises(InvalidNumberError, match="The fidelity is from 0 to"):
        whole(-1, "fidelity", least=0)
    with pytest.raises(InvalidNumberError, match="whole number"):
        whole(math.inf, "seed")
