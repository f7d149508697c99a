"""The conventions of HRNet's code (Sun et al., CVPR 2019): its crop, its augmentation, its suppression and its scores.

Names and numbers are those of `lib/utils/transforms.py`, `lib/dataset/JointsDataset.py` and `lib/nms/nms.py` of
leoxiaobin/deep-high-resolution-net.pytorch. Pixels are computed by OpenCV, as there.
"""

from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nasbench_pose.errors import DataError, NasbenchPoseError
from nasbench_pose.pose.augmentation import Augmentation
from nasbench_pose.pose.crop import Floats
from nasbench_pose.pose.skeleton import Skeleton

IN_VIS_THRE, OKS_THRE = 0.2, 0.9
"""Joints above the first count in the score of a person; of persons more similar than the second one is kept."""

_HALF_BODY_ROOM = 1.5
_MANY, _ENOUGH, _PREFERS_UPPER = 8, 2, 0.5


def opencv() -> ModuleType:
    """Return OpenCV; raise NasbenchPoseError if it is not installed."""
    try:
        import cv2
    except ImportError:
        raise NasbenchPoseError(
            "Crops as in HRNet's code are cut by OpenCV: pip install 'nasbench-pose[hrnet]' installs it."
        ) from None
    cv2.setNumThreads(0)
    return cv2


def photograph(path: Path) -> NDArray[np.uint8]:
    """Return the stored pixels (h, w, 3), RGB, without EXIF orientation; raise DataError if they cannot be read."""
    cv2 = opencv()
    if not path.is_file():
        raise DataError(f"{path} is missing.")
    content = np.fromfile(path, np.uint8)
    if _cut_off(content.tobytes()):  # OpenCV would fill the rest with grey
        raise DataError(f"{path} is cut off: its end is missing.")
    found = cv2.imdecode(content, cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION) if content.size else None
    if found is None:
        raise DataError(f"{path} cannot be read; it is no image, or damaged.")
    return np.asarray(cv2.cvtColor(found, cv2.COLOR_BGR2RGB))


def _cut_off(content: bytes) -> bool:
    """Return whether a JPEG has no end after its last scan, or a PNG no last chunk.

    >>> _cut_off(b"\\xff\\xd8\\xff \\xff\\xda 12"), _cut_off(b"\\xff\\xd8\\xff \\xff\\xda 12 \\xff\\xd9")
    (True, False)
    """
    if content.startswith(b"\xff\xd8\xff"):
        return content.rfind(b"\xff\xd9") < content.rfind(b"\xff\xda")
    return content.startswith(b"\x89PNG") and b"IEND" not in content


class View(NamedTuple):
    """A rectangle of a photograph to be shown."""

    centre: NDArray[np.floating]
    """x, y in pixels of the photograph; it is shown at (width / 2, height / 2)."""
    extent: NDArray[np.floating]
    """Width and height in pixels of the photograph."""
    rotation: float = 0.0
    """Degrees, clockwise."""
    mirrored: bool = False
    """Whether the photograph is mirrored first; the centre is in the mirrored one."""


def affine(view: View, size: tuple[int, int]) -> NDArray[np.float64]:
    """Return the matrix (2, 3) from pixels of the photograph to pixels of a crop of `size` (height, width).

    As `get_affine_transform`: three points in single precision, the last one by a right angle.
    """
    height, width = size
    angle = np.pi * view.rotation / 180
    direction = np.array([np.sin(angle), -np.cos(angle)]) * (view.extent[0] / 2)
    source = np.zeros((3, 2), np.float32)
    target = np.zeros((3, 2), np.float32)
    source[0], source[1] = view.centre, view.centre + direction
    target[0] = [width * 0.5, height * 0.5]
    target[1] = target[0] + np.array([0, width * -0.5], np.float32)
    for points in (source, target):
        across = points[0] - points[1]
        points[2] = points[1] + np.array([-across[1], across[0]], np.float32)
    return np.asarray(opencv().getAffineTransform(source, target))


def shown(pixels: NDArray[np.uint8], view: View, size: tuple[int, int]) -> NDArray[np.uint8]:
    """Return the view (height, width, 3) of a photograph; outside of it everything is black."""
    cv2 = opencv()
    held = np.ascontiguousarray(pixels[:, ::-1]) if view.mirrored else pixels
    matrix = affine(view, size)
    return np.asarray(cv2.warpAffine(held, matrix, (size[1], size[0]), flags=cv2.INTER_LINEAR))


def changed(
    view: View,
    joints: Floats,
    labelled: NDArray[np.bool_],
    width: int,
    skeleton: Skeleton,
    settings: Augmentation,
    rng: np.random.Generator,
) -> View:
    """Return a view that is changed at random, as `__getitem__` of a training set: half body, scale, rotation, mirror.

    `joints` (J, 2) are in pixels of the photograph, which is `width` pixels wide.
    """
    centre, extent = view.centre, view.extent
    if settings.half_body and labelled.sum() > _MANY and rng.random() < settings.half_body:
        centre, extent = _half(centre, extent, joints, labelled, skeleton, rng)
    extent = extent * np.clip(rng.standard_normal() * settings.scale + 1, 1 - settings.scale, 1 + settings.scale)
    limit = 2 * settings.rotation_deg
    turned = np.clip(rng.standard_normal() * settings.rotation_deg, -limit, limit) if rng.random() <= 0.6 else 0.0
    mirrored = bool(rng.random() <= settings.flip) if settings.flip else False
    if mirrored:
        centre = np.array([width - centre[0] - 1, centre[1]])
    return View(centre, extent, float(turned), mirrored)


def _half(
    centre: NDArray[np.floating],
    extent: NDArray[np.floating],
    joints: Floats,
    labelled: NDArray[np.bool_],
    skeleton: Skeleton,
    rng: np.random.Generator,
) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """Return centre and extent of the upper or the lower half; those given if a half has fewer than two joints."""
    upper = np.array(skeleton.upper_body)
    halves = {True: joints[labelled & upper], False: joints[labelled & ~upper]}
    first = bool(rng.standard_normal() < _PREFERS_UPPER and len(halves[True]) > _ENOUGH)
    some = halves[first] if first or len(halves[False]) > _ENOUGH else halves[True]
    if len(some) < _ENOUGH:
        return centre, extent
    wide, high = np.ptp(some, axis=0)
    ratio = extent[0] / extent[1]
    wide, high = max(wide, high * ratio), max(high, wide / ratio)
    return some.mean(axis=0), _HALF_BODY_ROOM * np.array([wide, high])


def rescored(joint_scores: Floats, box_scores: Floats) -> Floats:
    """Return the score of each person: that of the box times the mean of the joints (n, J) above IN_VIS_THRE.

    >>> rescored(np.array([[0.5, 0.7, 0.1]]), np.array([0.5])).tolist()
    [0.3]
    """
    counted = joint_scores > IN_VIS_THRE
    return np.asarray(box_scores * (joint_scores * counted).sum(1) / np.maximum(counted.sum(1), 1))


def suppressed(joints: Floats, scores: Floats, areas: Floats, sigmas: Sequence[float]) -> list[int]:
    """Return the persons of one image that are kept, best first: `oks_nms`.

    Of two persons whose similarity is above OKS_THRE, by the mean of their `areas`, the one with the lower score is
    left out. `joints` is (n, J, 2).
    """
    order, kept = np.argsort(scores)[::-1], list[int]()
    variances = (2 * np.asarray(sigmas)) ** 2
    while len(order):
        first, rest = order[0], order[1:]
        kept.append(int(first))
        squares = ((joints[rest] - joints[first]) ** 2).sum(-1)
        mean_area = ((areas[first] + areas[rest]) / 2 + np.spacing(1))[:, None]
        similarity = np.exp(-squares / variances / mean_area / 2).mean(1)
        order = rest[similarity <= OKS_THRE]
    return kept
