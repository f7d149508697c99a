"""The annotations of a data set, and the cropping of its people."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image

from nasbench_pose.errors import DataError
from nasbench_pose.pose.crop import Crop, Floats, framed
from nasbench_pose.pose.people import People
from nasbench_pose.pose.photograph import read
from nasbench_pose.pose.skeleton import Skeleton
from nasbench_pose.pose.splits import SPLITS, fraction

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Annotations:
    """The annotations of n persons, in pixels of the photographs; the first pixel is (0, 0)."""

    files: NDArray[np.object_]
    """(n,): the Path of each person's photograph."""
    splits: NDArray[np.str_]
    """(n,): train, val, test, or "" for persons in no split."""
    joints: Floats
    """(n, J, 2): x, y; NaN where not labelled."""
    visible: NDArray[np.bool_]
    """(n, J): labelled and visible; equal to `labelled` if the data set does not say which joints are hidden."""
    boxes: Floats
    """(n, 4): centre x, centre y, width and height of the box, with padding."""
    head_sizes: Floats
    """(n,): head sizes of PCKh, comparable with MPII's 0.6 x head box diagonal."""
    nowhere: NDArray[np.bool_]
    """(n, J): marked as labelled but without coordinates, so treated as not labelled."""
    sizes: NDArray[np.int64]
    """(n, 2): height and width of the photograph in the annotations, 0 if absent."""
    skeleton: Skeleton
    skipped: tuple[str, ...] = ()
    """One line for each unusable annotation, which was left out."""

    def __len__(self) -> int:
        return len(self.files)

    @property
    def labelled(self) -> NDArray[np.bool_]:
        """(n, J): whether the joint is labelled."""
        return np.asarray(np.isfinite(self.joints).all(axis=2))

    def told_size(self, person: int) -> tuple[int, int] | None:
        """Return (height, width) of a person's photograph in the annotations, None if absent."""
        height, width = map(int, self.sizes[person])
        return (height, width) if height else None

    def take(self, indices: ArrayLike) -> "Annotations":
        """Return the persons at `indices` (numbers or a mask), in that order."""
        chosen = np.asarray(indices)
        chosen = chosen.astype(np.intp) if chosen.size == 0 else chosen
        return replace(self, **{field.name: getattr(self, field.name)[chosen] for field in fields(self)[:-2]})

    def of(self, split: str) -> "Annotations":
        """Return the persons of one split, in an order that depends only on the names of their photographs."""
        return self.take(self.order(split))

    def order(self, split: str) -> NDArray[np.intp]:
        """Return the numbers of the persons that `of` returns."""
        mine = np.flatnonzero(self.splits == split)
        return mine[np.argsort([fraction(self.files[person].name) for person in mine], kind="stable")]


def first(annotations: Annotations, limits: Iterable[int]) -> list[Annotations]:
    """Return the people of train, val and test: the first ones of each split, as many as requested."""
    if annotations.skipped:
        _LOG.warning(
            "Annotations that are left out: %d; the first: %s", len(annotations.skipped), annotations.skipped[0]
        )
    groups = [(annotations.of(split), limit) for split, limit in zip(SPLITS, limits, strict=True)]
    return [group.take(range(min(limit, len(group)))) for group, limit in groups]


def cut(annotations: Annotations, size: tuple[int, int], skip_bad: bool = False) -> People:
    """Return every person of `annotations`, cropped to `size` (height, width) and scaled.

    Raises DataError for a photograph that is missing, unreadable or of another size than in the annotations, and for a
    box far away from it. With `skip_bad` these people are left out instead, and their number is logged.
    """
    crops = [framed(box, size) for box in annotations.boxes]
    images = np.empty((len(crops), *size, 3), np.uint8)
    good: list[int] = []
    errors: list[DataError] = []
    seen: tuple[object, Image.Image | DataError] = (None, DataError())
    for person, crop in enumerate(crops):
        which = annotations.files[person], annotations.told_size(person)
        seen = seen if seen[0] == which else (which, _opened(*which))  # the people of one photograph are consecutive
        try:
            if isinstance(seen[1], DataError):
                raise seen[1]
            images[len(good)] = pixels_of(crop, seen[1], which[0])
        except DataError as error:
            if not skip_bad:
                raise refusal(error) from None
            errors.append(error)
        else:
            good.append(person)
    if errors:
        _LOG.warning("%d of %d people are left out; the first: %s", len(errors), len(annotations), errors[0])
    return _people(annotations.take(good), images[: len(good)], [crops[person] for person in good])


def refusal(error: DataError) -> DataError:
    """Return `error` with the advice to repair the data set or to use `skip_bad`.

    >>> raise refusal(DataError("a.jpg is missing."))
    Traceback (most recent call last):
        ...
    nasbench_pose.errors.DataError: a.jpg is missing. Repair the data set, or leave out unusable people with skip_bad=1.
    """
    return DataError(f"{error} {ADVICE}")


ADVICE = "Repair the data set, or leave out unusable people with skip_bad=1."


def _opened(path: Path, size: tuple[int, int] | None) -> Image.Image | DataError:
    try:
        return read(path, size)
    except DataError as error:
        return error


def pixels_of(crop: Crop, photograph: Image.Image, path: Path) -> NDArray[np.uint8]:
    try:
        return crop.pixels(photograph)
    except DataError as error:
        raise DataError(f"{path}: {error}.") from None


def _people(kept: Annotations, images: NDArray[np.uint8], crops: Sequence[Crop]) -> People:
    """Gather crops; a joint outside its crop counts as not labelled."""
    pairs = zip(crops, kept.joints, strict=True)
    points = np.array([crop.points(joints) for crop, joints in pairs]).reshape(kept.joints.shape)
    inside = ((points >= -0.5) & (points < np.array(images.shape[2:0:-1]) - 0.5)).all(axis=2)
    heads = kept.head_sizes / np.array([crop.scale for crop in crops])
    labelled = kept.labelled & inside
    return People(images, np.nan_to_num(points), labelled, labelled & kept.visible, heads, kept.skeleton)
