"""COCO in its official layout: small archives, broken ones, and a slice of the real one."""

import json
import logging
import shutil
from pathlib import Path

import numpy as np
import pytest
from archives_on_disk import DOT, brightest, change, coco, coco_file, write

from nasbench_pose.errors import DataError
from nasbench_pose.pose import coco_archive, source
from nasbench_pose.pose.people import Splits, joined


def load(folder: Path, options: str = "", size: tuple[int, int] = (128, 96)) -> Splits:
    return source.load(f"coco:{folder}{options}", size=size, cache=folder / "kept")


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return coco(tmp_path / "coco", {"train": 6, "val": 8})


def test_joints_move_with_the_pixels(tmp_path: Path) -> None:
    splits = load(coco(tmp_path, {"train": 12}, people=1))
    for people in (splits.train, splits.val, splits.test):
        truth = people.joints[:, DOT]
        inner = ((truth > 10) & (truth < np.array([86, 118]))).all(axis=1)
        assert people.labelled[:, DOT].all() and np.abs(brightest(people.images) - truth)[inner].max() < 0.5


def test_the_official_splits_are_kept_and_val_is_halved_by_photographs(archive: Path) -> None:
    splits = load(archive)
    assert len(splits.train) == 12 and len(splits.val) + len(splits.test) == 16
    assert min(len(splits.val), len(splits.test)) >= 2 and len(splits.val) % 2 == 0
    annotations = coco_archive.read(archive)
    halves = [set(annotations.of(split).files) for split in ("val", "test")]
    assert not halves[0] & halves[1]


def test_flags_become_labelled_and_visible(archive: Path) -> None:
    annotations = coco_archive.read(archive)
    assert not annotations.labelled[:, 0].any() and annotations.labelled[:, 1:].all()
    assert not annotations.visible[:, :2].any() and annotations.visible[:, 2:].all()
    train = load(archive).train
    assert not train.labelled[:, 0].any() and not train.visible[:, 1].any()
    assert (train.visible <= train.labelled).all()


def test_crowds_and_people_without_labels_are_nobody(archive: Path) -> None:
    held = json.loads(coco_file(archive, "train").read_text())
    assert len(held["annotations"]) == 14 and len(coco_archive.read(archive).of("train")) == 12


def test_a_box_is_clipped_and_padded_as_hrnet_does(archive: Path) -> None:
    change(coco_file(archive, "train"), ["annotations", 0, "bbox"], [-10, 40, 60, 200])
    centre_x, centre_y, width, height = coco_archive.read(archive).boxes[0]
    assert (centre_x, centre_y) == (59 / 2, (40 + 149) / 2)
    assert (width, height) == (1.25 * 59, 1.25 * 109)


def test_photographs_may_be_in_images(archive: Path) -> None:
    before = load(archive)
    (archive / "images").mkdir()
    for split in ("train2017", "val2017"):
        (archive / split).rename(archive / "images" / split)
    assert load(archive).train.digest == before.train.digest


def test_limits_keep_the_first_and_order_is_by_name(archive: Path) -> None:
    few, whole = load(archive, ",train=5,val=1,test=0"), load(archive)
    assert [len(people) for people in (few.train, few.val, few.test)] == [5, 1, 0]
    assert few.train.digest == whole.train.take(range(5)).digest


WRONG = [
    (["annotations", 3, "keypoints"], [1, 2, 3], r"Annotation 3 of .*: 'keypoints' has the shape \(3,\), not \(51,\)"),
    (["annotations", 3, "keypoints"], ["x"] * 51, r"'keypoints' has \"x\", not a number"),
    (["annotations", 3, "keypoints"], [float("nan")] * 51, "not finite"),
    (["annotations", 3, "bbox"], None, "Annotation 3 of .* has no 'bbox'; it has area, category_id"),
    (["annotations", 3, "image_id"], 77, "has the image_id 77, which is not among the images"),
    (["annotations", 3, "area"], 0, "Annotation 3 of .*: 'area' is 0; expected a positive number"),
    (["annotations", 3, "bbox"], [20, 20, 0, 60], r"'bbox' \[20, 20, 0, 60\] has no width or no height inside"),
    (["annotations", 3, "bbox"], [20, 20, 60, 0], r"'bbox' \[20, 20, 60, 0\] has no width or no height inside"),
    (["annotations", 3, "bbox"], [300, 20, 60, 60], r"'bbox' \[300, 20, 60, 60\] has no width or no height inside"),
    (["annotations", 3], "person", "Annotation 3 of .* is 'person'; expected an object"),
    (["annotations", 3, "category_id"], "person", "'category_id' is person, but the file has the categories"),
    (["annotations", 3, "bbox"], [0.2, 0.1, 0.5, 0.7], "'bbox' has values from 0 to 1, such as 0.7. They look like"),
    (
        ["annotations", 3, "keypoints"],
        [0.25, 0.5, 1] * 17,
        "'keypoints' has values from 0 to 1, such as 0.5. .* pixels",
    ),
    (["annotations", 3, "keypoints"], [50, 40] * 17, "has 34 numbers for 17 joints; expected x, y and a flag of each"),
    (["annotations", 3, "keypoints"], [{"x": 3}] * 17, "'keypoints' has {\"x\": 3}, not a number"),
    (["annotations", 3, "keypoints"], [None, 4, 2] * 17, "'keypoints' has null, not a number"),
]


@pytest.mark.parametrize("keys, value, said", WRONG)
def test_a_wrong_annotation_is_named_or_left_out_and_counted(
    keys: list[object], value: object, said: str, archive: Path, caplog: pytest.LogCaptureFixture
) -> None:
    change(coco_file(archive, "train"), keys, value)
    with pytest.raises(DataError, match=f"{said}.*skip_bad=1"):
        load(archive)
    with caplog.at_level(logging.WARNING):
        assert len(load(archive, ",skip_bad=1").train) == 11
    assert "Annotations that are left out: 1;" in caplog.text and "nnotation 3 of" in caplog.text
    assert len(coco_archive.read(archive, skip_bad=True).skipped) == 1


def test_joints_may_be_lists_of_three_and_those_without_labels_null_or_nan(archive: Path) -> None:
    expected = coco_archive.read(archive).joints
    held = json.loads(coco_file(archive, "train").read_text())
    for number, annotation in enumerate(held["annotations"]):
        nothing = [[None, None, 0], [float("nan"), float("nan"), 0]][number % 2]
        joints = np.reshape(annotation["keypoints"], (17, 3)).tolist()
        joints = [joint if joint[2] else nothing for joint in joints]
        annotation["keypoints"] = joints if number % 3 else [value for joint in joints for value in joint]
    write(coco_file(archive, "train"), held)
    np.testing.assert_array_equal(coco_archive.read(archive).joints, expected)


def test_names_of_photographs_may_begin_with_their_folder(archive: Path) -> None:
    expected = list(coco_archive.read(archive).files)
    held = json.loads(coco_file(archive, "train").read_text())
    for image in held["images"]:
        image["file_name"] = f"train2017/{image['file_name']}"
    write(coco_file(archive, "train"), held)
    assert list(coco_archive.read(archive).files) == expected


def test_photographs_that_are_elsewhere_are_one_line(archive: Path) -> None:
    (archive / "train2017").rename(archive / "pictures")
    with pytest.raises(DataError, match=r"None of the photographs in .*train2017.json exists, such as .*images=FOLDER"):
        coco_archive.read(archive, skip_bad=True)


@pytest.mark.parametrize(
    "box, said", [([60, 40, 190, 140], "reach beyond the photograph"), ([150, 5, 30, 20], "most of their joints")]
)
def test_boxes_of_another_kind_are_warned_of(
    box: list[int], said: str, archive: Path, caplog: pytest.LogCaptureFixture
) -> None:
    coco_archive.read(archive)
    assert not caplog.text
    for split, count in (("train", 12), ("val", 16)):
        for number in range(count):
            change(coco_file(archive, split), ["annotations", number, "bbox"], box)
    coco_archive.read(archive)
    assert f"28 of 28 boxes {said}" in caplog.text or f"boxes have {said}" in caplog.text


@pytest.mark.parametrize("name", ["\ud800.jpg", "a" * 300 + ".jpg"])
def test_a_name_that_no_file_can_have_is_one_annotation(name: str, archive: Path) -> None:
    change(coco_file(archive, "train"), ["images", 0, "file_name"], name)
    with pytest.raises(DataError, match=r"Annotation 0 of .*'file_name' is .*, which no file can be called"):
        load(archive)
    assert len(load(archive, ",skip_bad=1").train) == 10


def test_an_archive_of_files_is_to_be_unpacked(archive: Path, tmp_path: Path) -> None:
    for kind in ("zip", "gztar"):
        packed = shutil.make_archive(str(tmp_path / "packed"), kind, archive)
        with pytest.raises(DataError, match="it is an archive of files: unpack it, and name the folder"):
            load(Path(packed))


@pytest.mark.parametrize(
    "content, said",
    [
        ('{"images": [', "cannot be read as JSON; is it cut off"),
        ("[]", "has no list 'images'"),
        ('{"images": []}', "has no list 'annotations'"),
    ],
)
@pytest.mark.parametrize("options", ["", ",skip_bad=1"])
def test_a_broken_file_of_labels_is_named(content: str, said: str, options: str, archive: Path) -> None:
    coco_file(archive, "val").write_text(content)
    with pytest.raises(DataError, match=said) as error:
        load(archive, options)
    assert "person_keypoints_val2017.json" in str(error.value)


@pytest.mark.parametrize("damage", ["missing", "truncated", "text"])
def test_a_bad_photograph_is_named_or_its_people_left_out(
    damage: str, archive: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = archive / "train2017" / "000000000002.jpg"
    content = path.read_bytes()
    path.unlink()
    if damage != "missing":
        path.write_bytes(content[:900] if damage == "truncated" else b"no image")
    with pytest.raises(DataError, match=r"000000000002.jpg (is missing|cannot be read).*skip_bad=1"):
        load(archive)
    with caplog.at_level(logging.WARNING):
        assert len(load(archive, ",skip_bad=1").train) == 10
    assert "2 of 12 people are left out" in caplog.text


def test_a_folder_of_something_else_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"person_keypoints_train2017.json.*expected COCO's folder"):
        load(tmp_path)


def test_the_real_slice(real_data: Path, tmp_path: Path) -> None:
    splits = source.load(f"coco:{real_data / 'coco_mini'}", size=(256, 192), cache=tmp_path)
    people = joined([splits.train, splits.val, splits.test])
    assert len(people) == 86 and people.size == (256, 192) and min(len(splits.val), len(splits.test)) > 0
    path = real_data / "coco_mini" / "annotations" / "person_keypoints_train2017.json"
    annotations = json.loads(path.read_text())["annotations"]
    counted = sum(entry["num_keypoints"] for entry in annotations if not entry["iscrowd"])
    assert 0.98 * counted < people.labelled.sum() <= counted, "few joints are outside their crop"
    assert people.images.std() > 30 and (people.head_sizes > 5).all()


@pytest.mark.parametrize("crowd, people", [("0", 12), (False, 12), ("1", 11), (1, 11), (True, 11)])
def test_crowds_by_every_spelling(crowd: object, people: int, archive: Path) -> None:
    change(coco_file(archive, "train"), ["annotations", 3, "iscrowd"], crowd)
    assert len(coco_archive.read(archive).of("train")) == people


def test_a_category_of_nothing_is_named(archive: Path) -> None:
    path = coco_file(archive, "train")
    held = json.loads(path.read_text())
    held["annotations"][3]["category_id"] = None
    path.write_text(json.dumps(held))
    with pytest.raises(DataError, match=r"Annotation 3 of .*: 'category_id' is null"):
        coco_archive.read(archive)
