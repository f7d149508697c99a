"""Crops that are cut from photographs: the labels stay on the joints whatever is changed."""

from dataclasses import replace
from pathlib import Path

import archives_on_disk
import cv2
import numpy as np
import pytest

from nasbench_pose.errors import DataError, InvalidFileError, NasbenchPoseError
from nasbench_pose.pose import hrnet
from nasbench_pose.pose.augmentation import Augmentation
from nasbench_pose.pose.cropped_people import crop_people
from nasbench_pose.pose.photographs import Photographs, placed

SIZE = (64, 48)
STRONG = Augmentation(flip=0.5, rotation_deg=40, scale=0.35, colour=0, half_body=0.5)


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Photographs:
    folder = archives_on_disk.coco(tmp_path_factory.mktemp("coco"), {"train": 3, "val": 4})
    return placed(f"coco:{folder}", "train", SIZE, corner=True)


def dotted(joints: np.ndarray) -> np.ndarray:
    """Return a photograph of 150 x 200 with a smooth dot at each joint, each of its own colour channel."""
    y, x = np.mgrid[:150, :200]
    picture = np.zeros((150, 200, 3), np.uint8)
    for channel, (a, b) in enumerate(joints):
        picture[..., channel] = 250 * np.exp(-((x - a) ** 2 + (y - b) ** 2) / 18)
    return picture


@pytest.mark.parametrize("seed", range(12))
def test_joints_move_with_their_pixels(people: Photographs, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    joints = people.annotations.joints[0]
    known = np.flatnonzero(people.annotations.labelled[0])[:3]
    picture = dotted(joints[known])
    monkeypatch.setattr(hrnet, "photograph", lambda _: picture)
    rng = np.random.default_rng(seed)
    image, moved, labelled = people.drawn(0, replace(STRONG, half_body=0.0), rng)
    # a mirrored person has the joint of the other side where this one was
    order = list(people.skeleton.flip_order)
    for channel, joint in enumerate(known):
        places = [moved[joint], moved[order[joint]]]
        if image[..., channel].max() < 120:
            continue  # outside the crop
        brightest = np.array(np.unravel_index(image[..., channel].argmax(), SIZE))[::-1]
        assert min(np.abs(place - brightest).max() for place in places) <= 1.0
    assert labelled.sum() == people.annotations.labelled[0].sum()


def test_every_change_happens_and_the_seed_decides(people: Photographs) -> None:
    views = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        joints, known = people.annotations.joints[0], np.ones(17, bool)
        views.append(hrnet.changed(people.view(0), np.nan_to_num(joints), known, 200, people.skeleton, STRONG, rng))
    middle = people.view(0).centre[1]
    assert 20 < sum(view.mirrored for view in views) < 40
    assert 20 < sum(view.rotation == 0 for view in views) < 35
    assert 20 < sum(abs(view.centre[1] - middle) > 1 for view in views) < 40  # half bodies
    assert max(abs(view.rotation) for view in views) <= 80
    twice = [people.drawn(0, STRONG, np.random.default_rng(5))[0] for _ in range(2)]
    assert np.array_equal(*twice)


def test_crops_of_our_own_convention_are_those_of_the_people_in_memory(people: Photographs) -> None:
    source = f"coco:{people.label_files[0].parent.parent}"
    held, streamed = crop_people(source, "val", SIZE), placed(source, "val", SIZE, corner=False)
    again = streamed.held()
    assert np.array_equal(again.images, held.people.images)
    np.testing.assert_allclose(again.joints[held.people.labelled], held.people.joints[held.people.labelled], atol=1e-4)
    assert np.array_equal(again.labelled, held.people.labelled)
    np.testing.assert_allclose(streamed.in_photographs(held.people.joints), held.in_photographs(held.people.joints),
                               atol=1e-4)  # fmt: skip


def test_joints_go_to_the_photograph_and_back(people: Photographs) -> None:
    back = people.in_photographs(people.in_crops(people.annotations.joints))
    np.testing.assert_allclose(back, people.annotations.joints)


def test_the_digest_changes_with_what_is_seen(people: Photographs) -> None:
    others = [people.take([0, 1]), replace(people, corner=False), replace(people, size=(32, 24))]
    assert len({people.digest, *(other.digest for other in others)}) == 4


def test_what_cannot_be_read_is_one_line(people: Photographs, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(InvalidFileError, match="have no photographs to cut from"):
        placed("synthetic", "train", SIZE, corner=True)
    with pytest.raises(DataError, match=r"missing.jpg is missing"):
        hrnet.photograph(tmp_path / "missing.jpg")
    (tmp_path / "no.jpg").write_text("no image")
    with pytest.raises(DataError, match=r"no.jpg cannot be read; it is no image"):
        hrnet.photograph(tmp_path / "no.jpg")
    monkeypatch.setitem(__import__("sys").modules, "cv2", None)
    with pytest.raises(NasbenchPoseError, match=r"pip install 'nasbench-pose\[hrnet\]'"):
        people.image(0)


def test_the_warp_is_opencvs(people: Photographs) -> None:
    pixels = dotted(np.array([[100.0, 75.0]]))
    expected = cv2.warpAffine(pixels, hrnet.affine(people.view(0), SIZE), SIZE[::-1], flags=cv2.INTER_LINEAR)
    assert np.array_equal(hrnet.shown(pixels, people.view(0), SIZE), expected)


@pytest.mark.parametrize("corner", [False, True])
def test_a_photograph_without_its_end_is_refused_or_left_out(
    corner: bool, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = archives_on_disk.coco(tmp_path, {"train": 3, "val": 4})
    whole = placed(f"coco:{folder}", "train", SIZE, corner=corner)
    bad = whole.files[0]
    bad.write_bytes(bad.read_bytes()[:-40])
    with pytest.raises(DataError, match=rf"{bad.name} .*(cut off|truncated|cannot be read).*skip_bad=1"):
        whole.held()
    left = placed(f"coco:{folder},skip_bad=1", "train", SIZE, corner=corner)
    assert len(left) == sum(file != bad for file in whole.files) < len(whole)
    assert f"of {len(whole)} people are left out; the first: {bad}" in caplog.text
    assert "skip_bad" not in caplog.text and len(left.held()) == len(left)
