"""Skeletons: the joints of a data set, their order, and the pairs of left and right joints."""

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

PCKH = "PCKh@0.5"
"""The metric of people whose heads have a size."""


@dataclass(frozen=True, slots=True)
class Skeleton:
    """The joints of one labelling convention.

    `flip_pairs` are indices of (right, left) joints that a horizontal flip exchanges; `bones` are pairs to draw.

    >>> LSP14.joints[0], LSP14.joints[LSP14.flip_order[0]]
    ('r_ankle', 'l_ankle')
    """

    name: str
    joints: tuple[str, ...]
    flip_pairs: tuple[tuple[int, int], ...]
    bones: tuple[tuple[int, int], ...]
    sigmas: tuple[float, ...] = ()
    """The constants of OKS: disagreement of annotators per joint, as a fraction of the square root of the area."""
    metric: str = PCKH
    """Name of the metric; it defines `People.head_sizes`."""
    reference: tuple[int, int] | None = None
    """The two joints whose distance the metric divides by; None: the box, or the head size of the archive."""
    lower_body: tuple[int, ...] | None = None
    """The joints from the hips down; None: derived from the names."""

    @property
    def flip_order(self) -> tuple[int, ...]:
        """The permutation of a horizontal flip: joint `i` of the flipped person is joint `flip_order[i]`."""
        swap = {a: b for pair in self.flip_pairs for a, b in (pair, pair[::-1])}
        return tuple(swap.get(joint, joint) for joint in range(len(self.joints)))

    @property
    def upper_body(self) -> tuple[bool, ...]:
        """Whether each joint is above the hips, for HRNet's half-body augmentation.

        >>> [joint for joint, upper in zip(MPII16.joints, MPII16.upper_body) if not upper][::3]
        ['r_ankle', 'l_hip', 'pelvis']
        """
        if self.lower_body is not None:
            return tuple(joint not in self.lower_body for joint in range(len(self.joints)))
        return tuple(not joint.lower().endswith(("hip", "knee", "ankle", "pelvis")) for joint in self.joints)

    def side(self, joint: int) -> str:
        """Return `"right"`, `"left"` or `"middle"`: the person's own side, not the image's.

        >>> LSP14.side(3), LSP14.side(13)
        ('left', 'middle')
        """
        sides = {right: "right" for right, _ in self.flip_pairs} | {left: "left" for _, left in self.flip_pairs}
        return sides.get(joint, "middle")

    def index(self, name: str) -> int | None:
        """Return the index of the joint `name`, in any spelling of left and right; None if there is none.

        >>> COCO17.index("left_hip"), COCO17.index("l_hip"), COCO17.index("thumb")
        (11, 11, None)
        """
        return next((number for number, joint in enumerate(self.joints) if normalised(joint) == normalised(name)), None)

    @property
    def text(self) -> str:
        """The text for keys and files: the name if the skeleton is one of SKELETONS, else all fields as JSON.

        >>> Skeleton.parse(LSP14.text) is LSP14
        True
        """
        return self.name if SKELETONS.get(self.name) == self else json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def parse(cls, text: str) -> "Skeleton":
        """Return the skeleton of `text`; raise KeyError, TypeError or ValueError if it is invalid."""
        if text in SKELETONS:
            return SKELETONS[text]
        return cls(**{name: _frozen(value) for name, value in json.loads(text).items()})


def _frozen(value: Any) -> Any:
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


def normalised(joint: str) -> str:
    """Return the name of a joint in lower case, with its side as a prefix of one letter.

    >>> [normalised(name) for name in ("Left Hip", "hip_left", "L-Hip", "l_hip", "leftHip", "nose")]
    ['l_hip', 'l_hip', 'l_hip', 'l_hip', 'l_hip', 'nose']
    """
    words = [word.lower() for word in re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])", joint)] or [joint]
    sides = [word for word in words if word in _SIDES]
    rest = [word for word in words if word not in _SIDES]
    return "_".join([_SIDES[sides[0]], *rest] if len(sides) == 1 and rest else words)


_SIDES = {"left": "l", "l": "l", "right": "r", "r": "r"}


def paired(joints: Sequence[str]) -> tuple[tuple[int, int], ...]:
    """Return the (right, left) pairs of joints whose names differ only in the side.

    >>> paired(["neck", "left_wrist", "right_wrist", "wrist"]), paired(["lsho", "rsho", "lip"])
    (((2, 1),), ((1, 0),))
    """
    numbers = {normalised(joint): number for number, joint in enumerate(joints)}
    numbers |= {f"{name[0]}_{name[1:]}": number for name, number in numbers.items() if re.match("[lr][a-z]{3}", name)}
    return tuple(
        (number, numbers["l_" + name[2:]])
        for name, number in numbers.items()
        if name.startswith("r_") and "l_" + name[2:] in numbers
    )


def _skeleton(name: str, joints: str, bones: str) -> Skeleton:
    """Return a skeleton from names separated by spaces and bones such as `"a-b c-d"`."""
    names = tuple(joints.split())
    ends = [bone.split("-") for bone in bones.split()]
    return Skeleton(name, names, paired(names), tuple((names.index(a), names.index(b)) for a, b in ends))


_LIMBS = (
    "r_ankle-r_knee r_knee-r_hip l_hip-l_knee l_knee-l_ankle r_wrist-r_elbow r_elbow-r_shoulder l_shoulder-l_elbow "
    "l_elbow-l_wrist "
)

LSP14 = _skeleton(
    "LSP14",
    "r_ankle r_knee r_hip l_hip l_knee l_ankle r_wrist r_elbow r_shoulder l_shoulder l_elbow l_wrist neck head_top",
    _LIMBS + "r_hip-l_hip r_hip-r_shoulder l_hip-l_shoulder r_shoulder-neck l_shoulder-neck neck-head_top",
)
"""Leeds Sports Pose and its extension (Johnson & Everingham, BMVC 2010, CVPR 2011)."""

MPII16 = _skeleton(
    "MPII16",
    "r_ankle r_knee r_hip l_hip l_knee l_ankle pelvis thorax upper_neck head_top "
    "r_wrist r_elbow r_shoulder l_shoulder l_elbow l_wrist",
    _LIMBS + "r_hip-pelvis l_hip-pelvis pelvis-thorax r_shoulder-thorax l_shoulder-thorax thorax-upper_neck "
    "upper_neck-head_top",
)
"""MPII Human Pose (Andriluka et al., CVPR 2014), in the order of the official annotation."""

COCO17 = _skeleton(
    "COCO17",
    "nose l_eye r_eye l_ear r_ear l_shoulder r_shoulder l_elbow r_elbow l_wrist r_wrist l_hip r_hip l_knee r_knee "
    "l_ankle r_ankle",
    _LIMBS + "l_hip-r_hip l_shoulder-l_hip r_shoulder-r_hip l_shoulder-r_shoulder nose-l_eye nose-r_eye l_eye-r_eye "
    "l_eye-l_ear r_eye-r_ear l_ear-l_shoulder r_ear-r_shoulder",
)
"""COCO keypoints (Lin et al., ECCV 2014)."""

SKELETONS = {skeleton.name: skeleton for skeleton in (LSP14, MPII16, COCO17)}
"""The built-in skeletons by name."""
