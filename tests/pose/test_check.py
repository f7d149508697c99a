"""What `data check` finds in archives that were spoilt on purpose."""

import csv
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import scipy.io
from archives_on_disk import DOT, change, coco, coco_file, mpii, photograph, write

from nasbench_pose.errors import DataError
from nasbench_pose.pose.check import check


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return coco(tmp_path / "coco", {"train": 6, "val": 8})


def test_counts_are_those_of_the_file(archive: Path) -> None:
    found = check(f"coco:{archive}").findings
    assert found.source == f"coco:{archive}" and found.people["train"] == 12 and found.photographs["train"] == 6
    assert sum(found.people.values()) == 28 and sum(found.photographs.values()) == 14
    assert list(found.people) == ["train", "val", "test"]
    assert found.joints["nose"] == {"train": 0, "val": 0, "test": 0}
    assert found.joints["l_hip"] == found.people
    assert found.hidden == {joint: 28 if joint == "l_eye" else 0 for joint in found.joints}
    assert not found.skipped and set(found.suspicious) >= {"outside the photograph", "same photograph twice"}


def test_a_joint_outside_is_found_with_its_person(archive: Path) -> None:
    path = coco_file(archive, "train")
    change(path, ["annotations", 3, "keypoints", 3 * DOT], 205)
    found = check(f"coco:{archive}")
    assert found.findings.suspicious["outside the photograph"] == ("000000000001.jpg (2 of 2)",)
    assert np.flatnonzero(found.suspects["outside the photograph"]).tolist() == [3]


def test_the_same_photograph_under_two_names_is_found(archive: Path) -> None:
    shutil.copy(archive / "train2017" / "000000000000.jpg", archive / "val2017" / "000000001003.jpg")
    twice = check(f"coco:{archive}").findings.suspicious["same photograph twice"]
    assert {name.split()[0] for name in twice} == {"000000000000.jpg", "000000001003.jpg"}


def test_the_hash_follows_labels_and_pixels(archive: Path, tmp_path: Path) -> None:
    first = check(f"coco:{archive}").findings.hash
    shutil.copytree(archive, tmp_path / "elsewhere")
    assert check(f"coco:{tmp_path / 'elsewhere'}").findings.hash == first and len(first) == 16
    photograph(archive / "val2017" / "000000001003.jpg", [(9.0, 9.0)])
    second = check(f"coco:{archive}").findings.hash
    change(coco_file(archive, "val"), ["annotations", 0, "area"], 1234)
    assert len({first, second, check(f"coco:{archive}").findings.hash}) == 3


def test_all_that_cannot_be_used_is_counted(archive: Path) -> None:
    change(coco_file(archive, "train"), ["annotations", 0, "keypoints"], [1])
    (archive / "val2017" / "000000001003.jpg").write_bytes(b"\xff\xd8\xff")
    (archive / "val2017" / "000000001004.jpg").unlink()
    found = check(f"coco:{archive}")
    annotation, broken, missing = found.findings.skipped
    assert "Annotation 0 of" in annotation and "000000001003.jpg cannot be read" in broken
    assert missing == f"{archive / 'val2017' / '000000001004.jpg'} is missing."
    assert sum(found.findings.people.values()) == len(found.annotations) == 28 - 1 - 2 - 2
    assert check(f"coco:{archive},skip_bad=1").findings == found.findings


def test_a_photograph_cut_off_in_the_middle_is_noticed(tmp_path: Path) -> None:
    path = mpii(tmp_path, {"annot/train.json": 4}) / "images" / "000000002.jpg"
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    (error,) = check(f"mpii:{tmp_path}").findings.skipped
    assert "000000002.jpg cannot be read" in error and "truncated" in error


@pytest.mark.parametrize("field, value", [("area", 0), ("bbox", [30, 30, 0, 0])])
def test_a_person_of_no_size_cannot_be_used(field: str, value: object, archive: Path) -> None:
    change(coco_file(archive, "train"), ["annotations", 0, field], value)
    found = check(f"coco:{archive}").findings
    assert found.people["train"] == 11 and len(found.skipped) == 1 and f"'{field}'" in found.skipped[0]


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_joint_without_coordinates_is_found(place: int, value: float, tmp_path: Path) -> None:
    joints = np.random.default_rng(0).uniform(5, 60, (14, 3, 8))
    joints[:, 2] = 1
    joints[3, place, 4] = np.nan if place == 2 else value
    for number in range(8):
        photograph(tmp_path / "images" / f"im{number + 1:05d}.jpg", [(9.0, 9.0)])
    scipy.io.savemat(tmp_path / "joints.mat", {"joints": joints})
    found = check(f"lspet:{tmp_path}")
    assert found.findings.suspicious["joint without coordinates"] == ("im00005.jpg",)
    assert sum(found.findings.joints["l_hip"].values()) == 7 and np.isfinite(found.annotations.boxes).all()


def test_labels_of_nobody_are_refused(archive: Path, tmp_path: Path) -> None:
    for split in ("train", "val"):
        change(coco_file(archive, split), ["annotations"], [])
    with pytest.raises(DataError, match=r"No person is labelled in .*train2017.json and .*val2017.json"):
        check(f"coco:{archive}")
    write(tmp_path / "mpii" / "annotations.json", [])
    with pytest.raises(DataError, match=r"No person is labelled in .*annotations.json"):
        check(f"mpii:{tmp_path / 'mpii'}")
    scipy.io.savemat(tmp_path / "joints.mat", {"joints": np.ones((14, 3, 0))})
    with pytest.raises(DataError, match=r"No person is labelled in .*joints.mat"):
        check(f"lspet:{tmp_path}")


def test_a_part_of_an_archive_is_refused(archive: Path) -> None:
    with pytest.raises(DataError, match=r"coco:[^']*,train=10' selects a part .* expected 'coco:[^,]*'\."):
        check(f"coco:{archive},train=10,skip_bad=1")


def test_progress_is_told_photograph_by_photograph(archive: Path) -> None:
    told: list[tuple[int, int]] = []
    check(f"coco:{archive}", progress=lambda done, total: told.append((done, total)))
    assert told == [(number, 14) for number in range(1, 15)]


def test_drawn_people_have_no_archive() -> None:
    with pytest.raises(DataError, match=r"'synthetic' is drawn.*lspet:/folder, coco:/folder, mpii:/folder"):
        check("synthetic")


@pytest.mark.slow
def test_the_real_archive_of_lspet(real_data: Path) -> None:
    folder = real_data / "lspet"
    found = check(f"lspet:{folder}").findings
    labels = scipy.io.loadmat(folder / "joints.mat")["joints"]
    with (folder / "split.csv").open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert sum(found.people.values()) == len(rows) == labels.shape[2]
    assert found.people["left out"] == sum(int(row["suspect"]) for row in rows)
    for joint, counts in zip(found.joints.values(), labels[:, 2].sum(axis=1), strict=True):
        assert sum(joint.values()) == counts
    suspects = {row["image"] for row in rows if int(row["suspect"])}
    assert set(found.suspicious["head of no size"]) <= suspects, "as those who made the list saw it"
    assert json.dumps(found.joints)
