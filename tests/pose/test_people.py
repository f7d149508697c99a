"""Skeletons and the people container."""

from typing import Any

import numpy as np
import pytest

from nasbench_pose.errors import DataError
from nasbench_pose.pose.people import People
from nasbench_pose.pose.skeleton import LSP14, MPII16, SKELETONS, Skeleton


def arrays(n: int = 3) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    return {
        "images": rng.integers(0, 256, (n, 10, 8, 3), dtype=np.uint8),
        "joints": rng.uniform(0, 7, (n, 14, 2)).astype(np.float32),
        "labelled": np.ones((n, 14), bool),
        "visible": np.ones((n, 14), bool),
        "head_sizes": np.full(n, 2.0, np.float32),
        "skeleton": LSP14,
    }


@pytest.mark.parametrize("skeleton", SKELETONS.values(), ids=list(SKELETONS))
def test_a_mirror_swaps_sides_and_twice_is_the_identity(skeleton: Skeleton) -> None:
    order = np.array(skeleton.flip_order)
    assert (order[order] == np.arange(len(skeleton.joints))).all()
    mirrored = {"right": "left", "left": "right", "middle": "middle"}
    for joint, other in enumerate(order):
        assert skeleton.side(other) == mirrored[skeleton.side(joint)]
    assert len(skeleton.joints) == int(skeleton.name[-2:])


def test_every_joint_hangs_on_the_skeleton() -> None:
    for skeleton in SKELETONS.values():
        assert {end for bone in skeleton.bones for end in bone} == set(range(len(skeleton.joints)))


def test_mpii_order_is_the_official_one() -> None:
    assert MPII16.joints[6:10] == ("pelvis", "thorax", "upper_neck", "head_top")
    assert MPII16.flip_pairs == ((0, 5), (1, 4), (2, 3), (10, 15), (11, 14), (12, 13))


def test_lsp_order_is_that_of_the_archive() -> None:
    assert LSP14.flip_pairs == ((0, 5), (1, 4), (2, 3), (6, 11), (7, 10), (8, 9))


def test_arrays_cannot_be_written() -> None:
    people = People(**arrays())
    with pytest.raises(ValueError, match="read-only"):
        people.joints[0, 0, 0] = 1


def test_take_keeps_rows_together() -> None:
    given = arrays()
    taken = People(**given).take([2, 0])
    assert (taken.images == given["images"][[2, 0]]).all() and (taken.joints == given["joints"][[2, 0]]).all()
    assert len(People(**given).take([])) == 0
    assert len(People(**given).take([True, False, True])) == 2


@pytest.mark.parametrize("name", ["images", "joints", "labelled", "visible", "head_sizes"])
def test_digest_depends_on_every_array(name: str) -> None:
    before, changed = People(**arrays()).digest, arrays()
    changed[name] = changed[name].copy()
    changed[name].flat[-1] = 0 if changed[name].flat[-1] else 1
    if name == "head_sizes":
        changed[name][-1] = 5
    assert len(before) == 16 and People(**changed).digest != before
    assert People(**arrays()).digest == before


@pytest.mark.parametrize(
    "wrong, message",
    [
        ({"joints": np.zeros((3, 16, 2))}, r"joints of 3 images with LSP14 must have the shape \(3, 14, 2\)"),
        ({"images": np.zeros((3, 3, 10, 8), np.uint8)}, r"\(n, height, width, 3\)"),
        ({"joints": np.full((3, 14, 2), np.nan)}, "not a finite number"),
        ({"head_sizes": np.zeros(3)}, "positive number of pixels"),
        ({"visible": np.zeros((2, 14), bool)}, "visible of 3 images"),
    ],
)
def test_wrong_arrays_are_refused(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match=message):
        People(**(arrays() | wrong))
