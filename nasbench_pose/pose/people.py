"""People: cropped images of one person each, with labelled joints."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nasbench_pose.errors import DataError
from nasbench_pose.pose.skeleton import Skeleton


@dataclass(frozen=True, eq=False)
class People:
    """Images of one size, one person each, with joints. The arrays are read-only, so the digest stays valid.

    Coordinates are pixels of these images, x to the right and y down; the *centre* of the top left pixel is (0, 0),
    so the left edge of the image is at x = -0.5.

    >>> from nasbench_pose.pose.skeleton import LSP14
    >>> some = np.zeros((2, 14))
    >>> people = People(np.zeros((2, 8, 6, 3), "u1"), np.zeros((2, 14, 2)), some > 0, some > 0, np.ones(2), LSP14)
    >>> len(people), people.size, people.take([1]).joints.shape
    (2, (8, 6), (1, 14, 2))
    """

    images: NDArray[np.uint8]
    """(n, height, width, 3), RGB."""
    joints: NDArray[np.float32]
    """(n, joints, 2): x, y in pixels; undefined where `labelled` is false."""
    labelled: NDArray[np.bool_]
    """(n, joints): whether there is a label inside the image. Only these joints are trained on and scored."""
    visible: NDArray[np.bool_]
    """(n, joints): labelled and not hidden; equal to `labelled` if the data set has no such flag."""
    head_sizes: NDArray[np.float32]
    """(n,), pixels: the sizes that PCKh divides distances by, comparable with MPII's 0.6 × head box diagonal."""
    skeleton: Skeleton

    def __post_init__(self) -> None:
        dtypes = {"images": np.uint8, "labelled": np.bool_, "visible": np.bool_}
        for field in fields(self)[:-1]:
            object.__setattr__(self, field.name, _frozen(getattr(self, field.name), dtypes.get(field.name, np.float32)))
        _check(self)

    def __len__(self) -> int:
        return len(self.images)

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) of every image, pixels."""
        return cast(tuple[int, int], self.images.shape[1:3])

    @cached_property
    def digest(self) -> str:
        """The first sixteen hex digits of the SHA-256 of all arrays and the skeleton; protocols contain it."""
        sha = hashlib.sha256(self.skeleton.text.encode())
        for field in fields(self)[:-1]:
            array = getattr(self, field.name)
            sha.update(f"{field.name} {array.dtype.str} {array.shape}".encode())
            sha.update(array.data)
        return sha.hexdigest()[:16]

    def take(self, indices: ArrayLike) -> "People":
        """Return the people at `indices` (numbers or a mask), in that order."""
        chosen = np.asarray(indices)
        chosen = chosen.astype(np.intp) if chosen.size == 0 else chosen
        return replace(self, **{field.name: getattr(self, field.name)[chosen] for field in fields(self)[:-1]})


def joined(groups: Sequence[People]) -> People:
    """Return the people of all `groups` (of one size and skeleton) in order."""
    columns = {field.name: [getattr(group, field.name) for group in groups] for field in fields(People)[:-1]}
    return People(**{name: np.concatenate(arrays) for name, arrays in columns.items()}, skeleton=groups[0].skeleton)


@dataclass(frozen=True, eq=False)
class Splits:
    """The people of train, val and test: networks are trained, selected and reported on them. Searches do not use
    test."""

    train: People
    val: People
    test: People
    source: str
    """The canonical text from which `source.load` loads these splits."""


def _frozen(array: ArrayLike, dtype: type) -> NDArray[Any]:
    """Return a read-only, contiguous array; it is a copy only if that is necessary."""
    view: NDArray[Any] = np.ascontiguousarray(array, dtype=dtype).view()
    view.flags.writeable = False
    return view


def _check(people: People) -> None:
    n, count = len(people.images), len(people.skeleton.joints)
    if people.images.ndim != 4 or people.images.shape[3] != 3:
        raise DataError(f"Images must have the shape (n, height, width, 3), not {people.images.shape}.")
    expected = {"joints": (n, count, 2), "labelled": (n, count), "visible": (n, count), "head_sizes": (n,)}
    for name, shape in expected.items():
        if getattr(people, name).shape != shape:
            got = getattr(people, name).shape
            raise DataError(f"{name} of {n} images with {people.skeleton.name} must have the shape {shape}, not {got}.")
    if not np.isfinite(people.joints[people.labelled]).all():
        raise DataError("A labelled joint has a coordinate that is not a finite number; mark it as not labelled.")
    if not (people.head_sizes > 0).all() or not np.isfinite(people.head_sizes).all():
        raise DataError("Every head size must be a positive number of pixels.")
