"""The sizes for which a network is built: those of its space, or those that the user wants."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from nasbench_pose.errors import InvalidNumberError, ShapeError
from nasbench_pose.scalar import whole


def sizes(space: Any, input: object, joints: object) -> tuple[tuple[int, int, int], int]:
    """Return the shape of the images and the number of joints; None stands for those of `space`.

    Raises ShapeError for an input that is not two whole numbers, InvalidNumberError for joints that are none.

    >>> from nasbench_pose.spaces import load
    >>> sizes(load("hrnet"), (384, 288), None)
    ((3, 384, 288), 17)
    """
    height, width = space.input if input is None else _sides(input)
    return (3, height, width), space.joints if joints is None else whole(joints, "number of joints", least=1)


def _sides(input: object) -> tuple[int, int]:
    if isinstance(input, Sequence) and not isinstance(input, str) and len(input) == 2:
        with suppress(InvalidNumberError):
            return whole(input[0], "height"), whole(input[1], "width")
    raise ShapeError(f"An input is height and width in pixels, such as (256, 192), not {input!r}.")
