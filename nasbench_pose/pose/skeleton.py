"""Skeletons: which joints a data set labels, in which order, and which of them are each other's mirror image."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Skeleton:
    """The joints of one labelling convention.

    `flip_pairs` are indices of (right, left) joints that change places in a mirror; `bones` are pairs to draw.

    >>> LSP14.joints[0], LSP14.joints[LSP14.flip_order[0]]
    ('r_ankle', 'l_ankle')
    """

    name: str
    joints: tuple[str, ...]
    flip_pairs: tuple[tuple[int, int], ...]
    bones: tuple[tuple[int, int], ...]

    @property
    def flip_order(self) -> tuple[int, ...]:
        """The permutation a mirror makes: joint `i` of the mirrored person is joint `flip_order[i]` of this one."""
        swap = {a: b for pair in self.flip_pairs for a, b in (pair, pair[::-1])}
        return tuple(swap.get(joint, joint) for joint in range(len(self.joints)))

    @property
    def upper_body(self) -> tuple[bool, ...]:
        """Whether each joint is above the hips: the halves that HRNet's half-body augmentation chooses from.

        >>> [joint for joint, upper in zip(MPII16.joints, MPII16.upper_body) if not upper][::3]
        ['r_ankle', 'l_hip', 'pelvis']
        """
        return tuple(not joint.endswith(("hip", "knee", "ankle", "pelvis")) for joint in self.joints)

    def side(self, joint: int) -> str:
        """Return `"right"`, `"left"` or `"middle"`: the person's own side, not the image's.

        >>> LSP14.side(3), LSP14.side(13)
        ('left', 'middle')
        """
        return {"r": "right", "l": "left"}.get(self.joints[joint].split("_")[0], "middle")


def _skeleton(name: str, joints: str, bones: str) -> Skeleton:
    """Pair `r_x` with `l_x`, and read bones from `"a-b c-d"`."""
    names = tuple(joints.split())
    pairs = tuple((names.index(j), names.index("l_" + j[2:])) for j in names if j.startswith("r_"))
    ends = [bone.split("-") for bone in bones.split()]
    return Skeleton(name, names, pairs, tuple((names.index(a), names.index(b)) for a, b in ends))


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
"""Every skeleton by its name."""
