"""MPII in the JSON files of HRNet and mmpose."""

import logging
from pathlib import Path

import numpy as np
import pytest
from archives_on_disk import DOT, brightest, change, mpii, write

from nasbench_pose.errors import DataError
from nasbench_pose.pose import mpii_archive, source
from nasbench_pose.pose.people import Splits

HRNET = {"annot/train.json": 6, "annot/valid.json": 8}


def load(folder: Path, options: str = "") -> Splits:
    return source.load(f"mpii:{folder}{options}", size=(96, 96), cache=folder / "kept")


def test_joints_are_counted_from_one_and_move_with_the_pixels(tmp_path: Path) -> None:
    train = load(mpii(tmp_path, HRNET)).train
    truth = train.joints[:, DOT]
    assert np.abs(brightest(train.images) - truth).max() < 0.4
    assert not train.labelled[:, 0].any() and train.labelled[:, 1:].all()
    assert np.array_equal(train.visible, train.labelled)


def test_the_crop_is_that_of_hrnet(tmp_path: Path) -> None:
    annotations = mpii_archive.read(mpii(tmp_path, HRNET))
    assert annotations.boxes[0] == pytest.approx([101 - 1, 66 + 15 * 0.6 - 1, 0.6 * 1.25 * 200, 0.6 * 1.25 * 200])


@pytest.mark.parametrize("layout", [HRNET, {"annotations/mpii_train.json": 6, "annotations/mpii_val.json": 8}])
def test_both_layouts_keep_their_splits_and_halve_what_is_held_out(layout: dict[str, int], tmp_path: Path) -> None:
    splits = load(mpii(tmp_path, layout))
    assert len(splits.train) == 6 and len(splits.val) + len(splits.test) == 8 and len(splits.val) and len(splits.test)


def test_one_file_is_divided_and_photographs_may_lie_beside_it(tmp_path: Path) -> None:
    mpii(tmp_path, {"annotations.json": 6})
    first = load(tmp_path)
    assert [len(people) for people in (first.train, first.val, first.test)] == [4, 1, 1]
    for path in (tmp_path / "images").iterdir():
        path.rename(tmp_path / path.name)
    (tmp_path / "images").rmdir()
    assert load(tmp_path).test.digest == first.test.digest


@pytest.mark.parametrize(
    "keys, value, said",
    [
        ([2, "joints"], [[1, 2]] * 14, r"Entry 2 of .*: 'joints' has the shape \(14, 2\), not \(16, 2\)"),
        ([2, "joints_vis"], [1] * 17, r"'joints_vis' has the shape \(17,\), not \(16,\)"),
        ([2, "center"], None, "has no 'center'; it has image, joints"),
        ([2, "scale"], -1, "has no position of the person"),
        ([2, "center"], [-1, -1], "has no position of the person"),
    ],
)
def test_a_wrong_entry_is_named_or_left_out_and_counted(
    keys: list[object], value: object, said: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    change(mpii(tmp_path, HRNET) / "annot" / "train.json", keys, value)
    with pytest.raises(DataError, match=f"{said}.*skip_bad=1"):
        load(tmp_path)
    with caplog.at_level(logging.WARNING):
        assert len(load(tmp_path, ",skip_bad=1").train) == 5
    assert "Annotations that are left out: 1;" in caplog.text


def test_nobody_labelled_is_nobody(tmp_path: Path) -> None:
    change(mpii(tmp_path, HRNET) / "annot" / "train.json", [2, "joints_vis"], [0] * 16)
    assert len(load(tmp_path).train) == 5


@pytest.mark.parametrize("held, said", [({"a": 1}, "has no list"), ([3], "Entry 0 of .* is '3'; expected an object")])
def test_a_file_of_something_else_is_named(held: object, said: str, tmp_path: Path) -> None:
    write(mpii(tmp_path, HRNET) / "annot" / "train.json", held)
    with pytest.raises(DataError, match=said):
        load(tmp_path)


def test_a_folder_of_something_else_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"none of annot/train.json.*annotations.json; expected MPII's folder"):
        load(tmp_path)


def test_the_head_size_is_that_of_the_official_evaluation(real_data: Path) -> None:
    truth = np.load(real_data / "mpii_eval" / "ground_truth.npz")
    official = 0.6 * np.linalg.norm(truth["headboxes"][:, 1] - truth["headboxes"][:, 0], axis=1)
    annotations = mpii_archive.read(real_data / "mpii_samples")
    assert len(annotations) == 5
    for file, head in zip(annotations.files, annotations.head_sizes, strict=True):
        of_this_photograph = official[truth["image"].astype(str) == file.name]
        assert np.abs(of_this_photograph / head - 1).min() < 1e-4


def test_the_real_samples(real_data: Path, tmp_path: Path) -> None:
    splits = source.load(f"mpii:{real_data / 'mpii_samples'}", size=(256, 256), cache=tmp_path)
    assert [len(people) for people in (splits.train, splits.val, splits.test)] == [3, 1, 1]
    assert splits.train.size == (256, 256) and splits.train.labelled.mean() > 0.9
    assert splits.train.head_sizes == pytest.approx([25.6] * 3), "a head is a tenth of the crop's 250 pixels"
