"""Labels that look wrong: found where they were spoilt, and hardly anywhere else."""

import numpy as np
import pytest
from numpy.typing import NDArray

from nasbench_pose.pose import label_checks, synthetic
from nasbench_pose.pose.skeleton import COCO17, LSP14, MPII16, Skeleton

Floats = NDArray[np.float64]


@pytest.fixture(scope="module")
def people() -> Floats:
    """Joints (600, 14, 2) of drawn people, NaN where they are out of the picture."""
    drawn = synthetic.generate(600, seed=0)
    return np.where(drawn.labelled[..., None], drawn.joints, np.nan).astype(float)


def test_drawn_people_are_above_suspicion(people: Floats) -> None:
    sizes = np.full((len(people), 2), 64)
    assert not label_checks.outside(people, sizes).any()
    assert not label_checks.no_head(people, LSP14).any() and not label_checks.no_torso(people, LSP14).any()
    assert label_checks.swapped(people, LSP14).mean() < 0.01


@pytest.mark.parametrize(
    "joint, found", [("hip", 0.8), ("shoulder", 0.8), ("elbow", 0.65), ("wrist", 0.6), ("knee", 0.3), ("ankle", 0.3)]
)
def test_a_pair_that_changed_places_is_found(joint: str, found: float, people: Floats) -> None:
    pair = [LSP14.joints.index(f"{side}_{joint}") for side in "rl"]
    spoilt = people.copy()
    spoilt[:, pair] = spoilt[:, pair[::-1]]
    assert label_checks.swapped(spoilt, LSP14).mean() > found


def standing(skeleton: Skeleton) -> Floats:
    """One person who faces us, (1, J, 2)."""
    places = {
        **{"nose": (0, 8), "eye": (2, 6), "ear": (4, 7), "head_top": (0, 0), "neck": (0, 16), "upper_neck": (0, 15)},
        **{"thorax": (0, 20), "pelvis": (0, 50), "shoulder": (10, 20), "elbow": (13, 35), "wrist": (14, 48)},
        **{"hip": (7, 50), "knee": (7, 72), "ankle": (7, 94)},
    }
    joints = []
    for name in skeleton.joints:
        x, y = places.get(name) or places[name[2:]]
        joints.append((50 + (x if name.startswith("l_") else -x), y))
    return np.array([joints], float)


@pytest.mark.parametrize("skeleton", [LSP14, MPII16, COCO17])
def test_every_skeleton_is_looked_at(skeleton: Skeleton) -> None:
    person = standing(skeleton)
    tests = (label_checks.no_head, label_checks.no_torso, label_checks.swapped)
    assert not any(test(person, skeleton).any() for test in tests)
    assert not any(test(person * [-1, 1], skeleton).any() for test in tests), "who is mirrored has turned around"
    swapped, headless, flat = person.copy(), person.copy(), person.copy()
    index = skeleton.joints.index
    swapped[:, [index("r_hip"), index("l_hip")]] = person[:, [index("l_hip"), index("r_hip")]]
    ends = ("l_ear", "r_ear") if skeleton is COCO17 else (skeleton.joints[index("head_top") - 1], "head_top")
    headless[:, index(ends[0])] = headless[:, index(ends[1])]
    for side, other in ("rl", "lr"):
        flat[:, index(f"{side}_shoulder")] = flat[:, index(f"{other}_hip")]
    assert label_checks.swapped(swapped, skeleton).all() and not label_checks.no_head(swapped, skeleton).any()
    assert label_checks.no_head(headless, skeleton).all() and not label_checks.no_torso(headless, skeleton).any()
    assert label_checks.no_torso(flat, skeleton).all()


def test_what_is_not_labelled_is_not_suspicious() -> None:
    person = standing(LSP14)
    only = np.full_like(person, np.nan)
    only[:, :2] = person[:, :2]
    for test in (label_checks.no_head, label_checks.no_torso, label_checks.swapped):
        assert not test(only, LSP14).any()
    assert not label_checks.outside(only, np.array([[200, 200]])).any()


@pytest.mark.parametrize("point, found", [((-0.9, 0), False), ((-1.1, 0), True), ((20, 30), False), ((20.1, 30), True)])
def test_a_pixel_beyond_the_border_is_forgiven(point: tuple[float, float], found: bool) -> None:
    joints = np.full((1, 14, 2), np.nan)
    joints[0, 3] = point
    assert label_checks.outside(joints, np.array([[31, 20]])).tolist() == [found]


def test_one_side_alone_is_no_comparison() -> None:
    person = standing(LSP14)
    person[:, LSP14.joints.index("r_knee")] = np.nan
    person[:, LSP14.joints.index("l_ankle")] = person[:, LSP14.joints.index("r_ankle")] - [0, 60]
    assert not label_checks.swapped(person, LSP14).any()
