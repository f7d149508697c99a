"""Checks of labels: each function returns (n,), whether the joints (n, J, 2) of a person look wrong; NaN: no label."""

import numpy as np
from numpy.typing import NDArray

from nasbench_pose.pose.crop import Floats
from nasbench_pose.pose.skeleton import Skeleton

Flags = NDArray[np.bool_]

SLACK = 1.0
"""Tolerance in pixels, because the first pixel is 1 in some archives."""
NOTHING = 0.02
"""A length below this fraction of the person's longer side counts as zero."""
WIDE = 0.15
"""Width in torso lengths below which shoulders or hips have no direction."""
SHORTER = 0.6
"""Left and right look swapped if exchanging them reduces the length of the bones below this fraction."""

_HEADS = (("neck", "head_top"), ("upper_neck", "head_top"), ("l_ear", "r_ear"))
_TORSO = (("r_shoulder", "l_hip"), ("l_shoulder", "r_hip"))
_CORNERS = ("r_shoulder", "l_shoulder", "r_hip", "l_hip")


def outside(joints: Floats, sizes: Floats) -> Flags:
    """A joint is outside the photograph, whose (height, width) is `sizes` (n, 2); NaN if unknown.

    >>> outside(np.array([[[5.0, 5.0]], [[12.0, 5.0]]]), np.array([[10, 10], [10, 10]]))
    array([False,  True])
    """
    last = sizes[:, None, ::-1] - 1
    return np.asarray(((joints < -SLACK) | (joints > last + SLACK)).any(axis=(1, 2)))


def no_head(joints: Floats, skeleton: Skeleton) -> Flags:
    """Both ends of the head, or both ears, are at the same position."""
    known = [ends for pair in _HEADS if (ends := _ends(skeleton, pair))]
    return _any(joints, [_length(joints, ends) < NOTHING * _side(joints) for ends in known])


def no_torso(joints: Floats, skeleton: Skeleton) -> Flags:
    """Each shoulder is at the position of the opposite hip."""
    known = [ends for pair in _TORSO if (ends := _ends(skeleton, pair))]
    flags = [_length(joints, ends) < NOTHING * _side(joints) for ends in known]
    return np.asarray(flags[0] & flags[1]) if len(flags) == 2 else _any(joints, [])


def swapped(joints: Floats, skeleton: Skeleton) -> Flags:
    """Left and right look swapped: the torso is twisted by 180°, or limbs cross without need.

    Either shoulders and hips point in opposite directions, both wider than `WIDE`; or the bones at a pair of joints
    become much shorter if the two joints are exchanged. A person whose sides are all swapped looks like a person seen
    from behind and is not found. Some gymnasts are found although their labels are right.
    """
    shoulders, hips = _widths(joints, skeleton)
    twisted = (shoulders * hips < 0) & (np.minimum(np.abs(shoulders), np.abs(hips)) > WIDE)
    crossed = _any(joints, [_ratio(joints, skeleton, pair) < SHORTER for pair in skeleton.flip_pairs])
    return np.asarray(twisted | crossed)


def _widths(joints: Floats, skeleton: Skeleton) -> Floats:
    """Return (2, n): the widths of shoulders and hips across the torso, in torso lengths; negative if reversed.

    NaN if one of the four joints is not labelled or not in the skeleton.
    """
    corners = [number for name in _CORNERS if (number := skeleton.index(name)) is not None]
    if len(corners) < len(_CORNERS):
        return np.full((2, len(joints)), np.nan)
    r_shoulder, l_shoulder, r_hip, l_hip = (joints[:, number] for number in corners)
    spine = (r_hip + l_hip - r_shoulder - l_shoulder) / 2
    across = np.array([l_shoulder - r_shoulder, l_hip - r_hip])
    with np.errstate(invalid="ignore", divide="ignore"):
        widths: Floats = (across[..., 0] * spine[:, 1] - across[..., 1] * spine[:, 0]) / (spine**2).sum(axis=1)
    return widths


def _ratio(joints: Floats, skeleton: Skeleton, pair: tuple[int, int]) -> Floats:
    """Return (n,): the length of the bones at `pair` with left and right exchanged, divided by their length.

    Only bones that are labelled on both sides count; NaN without such bones.
    """
    mirror, order = np.array(skeleton.flip_order), np.arange(joints.shape[1])
    order[list(pair)] = pair[::-1]
    ends = np.array([bone for bone in skeleton.bones if (bone[0] in pair) != (bone[1] in pair)], int).reshape(-1, 2)
    known = np.isfinite(joints[:, np.concatenate([ends, mirror[ends]], axis=1)]).all(axis=(2, 3))
    before, after = (
        np.linalg.norm(some[:, ends[:, 0]] - some[:, ends[:, 1]], axis=2) for some in (joints, joints[:, order])
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio: Floats = np.where(known, after, 0).sum(axis=1) / np.where(known, before, 0).sum(axis=1)
    return ratio


def _any(joints: Floats, tests: list[Flags]) -> Flags:
    """Return (n,): whether any of the checks applies to a person; without checks, all False."""
    return np.asarray(np.any([np.zeros(len(joints), bool), *tests], axis=0))


def _ends(skeleton: Skeleton, pair: tuple[str, str]) -> tuple[int, int] | None:
    one, other = skeleton.index(pair[0]), skeleton.index(pair[1])
    return None if one is None or other is None else (one, other)


def _length(joints: Floats, ends: tuple[int, int]) -> Floats:
    length: Floats = np.linalg.norm(joints[:, ends[0]] - joints[:, ends[1]], axis=1)
    return length


def _side(joints: Floats) -> Floats:
    """Return (n,): the longer side of the box of the labelled joints."""
    side: Floats = (np.nanmax(joints, axis=1) - np.nanmin(joints, axis=1)).max(axis=1)
    return side
