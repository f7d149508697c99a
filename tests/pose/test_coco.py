"""Scoring COCO keypoints: the known numbers, and files that are not what they should be."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from archives_on_disk import change

from nasbench_pose.errors import DataError
from nasbench_pose.pose.coco import score

KEYS = ["AP", "AP50", "AP75", "APM", "APL", "AR", "AR50", "AR75", "ARM", "ARL"]


def test_the_known_statistics_come_out(real_data: Path) -> None:
    folder = real_data / "coco_keypoints"
    found = asdict(score(folder / "annotations.json", folder / "detections.json"))
    expected = json.loads((folder / "expected.json").read_text())["expected"]
    assert list(found) == KEYS and list(found.values()) == pytest.approx(expected, abs=1e-6)


def joints(x: float) -> list[float]:
    return [value for joint in range(17) for value in (x + 9 * joint, 100.0 + 5 * joint, 2)]


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """A truth of two large persons in two images, and perfect predictions of them."""
    about = {"category_id": 1, "iscrowd": 0, "num_keypoints": 17, "area": 20000.0, "bbox": [0, 90, 200, 100]}
    annotations = [about | {"id": i + 1, "image_id": i, "keypoints": joints(10.0 * i)} for i in (0, 1)]
    held = {"images": [{"id": 0}, {"id": 1}], "categories": [{"id": 1, "name": "person"}], "annotations": annotations}
    found = [{"image_id": i, "category_id": 1, "keypoints": joints(10.0 * i), "score": 0.9} for i in (0, 1)]
    (tmp_path / "truth.json").write_text(json.dumps(held))
    (tmp_path / "found.json").write_text(json.dumps(found))
    return tmp_path / "truth.json", tmp_path / "found.json"


def test_who_finds_everybody_has_one_and_nobody_medium_is_told_apart(files: tuple[Path, Path]) -> None:
    found = asdict(score(*files))
    assert [key for key in KEYS if found[key] == -1] == ["APM", "ARM"]
    assert all(found[key] == pytest.approx(1) for key in KEYS if key not in ("APM", "ARM"))


def test_an_image_without_a_prediction_counts(files: tuple[Path, Path]) -> None:
    change(files[1], [1], None)
    recall = score(*files).AR
    assert recall == pytest.approx(0.5)


def test_nothing_is_printed(files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    score(*files)
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    "file, keys, value, said",
    [
        (0, ["annotations"], None, "truth.json holds no list 'annotations'"),
        (0, ["annotations", 1, "area"], None, "Annotation 1 of .*truth.json has no 'area'"),
        (0, ["annotations", 1, "area"], "much", "'area' is \"much\", which is no number"),
        (0, ["annotations", 1, "keypoints"], joints(0)[:42], r"'keypoints' has the shape \(42,\), not \(51,\)"),
        (0, ["categories", 0, "name"], None, "Category 0 of .* has no 'name'"),
        (0, ["images", 0, "id"], [1], r"Image 0 of .*'id' is \[1\]; a whole number is expected"),
        (0, ["categories", 0, "id"], {}, r"Category 0 of .*'id' is {}; a whole number is expected"),
        (
            1,
            [1, "image_id"],
            9,
            "Prediction 1 of .*: 'image_id' is 9, which .*truth.json does not list; it lists 0, 1.",
        ),
        (1, [1, "image_id"], "1", "'image_id' is \"1\", but .*truth.json has 1; a number is expected"),
        (1, [0, "image_id"], 1.0, "'image_id' is 1.0; a whole number is expected"),
        (1, [0, "category_id"], 2, "'category_id' is 2, which .*truth.json does not list; it lists 1."),
        (1, [0, "category_id"], "1", "'category_id' is \"1\", but .*truth.json has 1; a number is expected"),
        (1, [0, "score"], "high", "Prediction 0 of .*: 'score' is \"high\", which is no number"),
        (1, [0, "score"], "0.9", "'score' is \"0.9\", which is no number"),
        (1, [0, "score"], [0.9], r"'score' is \[0.9\], which is no number"),
        (1, [0, "keypoints", 4], "12", "'keypoints' holds \"12\", which is no number"),
        (1, [0, "score"], None, "Prediction 0 of .*found.json has no 'score'; it has category_id"),
        (1, [0, "keypoints"], joints(0)[:48], r"Prediction 0 of .*: 'keypoints' has the shape \(48,\), not \(51,\)"),
        (1, [0, "keypoints"], [float("nan")] * 51, "not finite"),
        (1, [0], 4, "Prediction 0 of .* is '4', which is no object with image_id"),
    ],
)
def test_what_is_wrong_is_named(file: int, keys: list[Any], value: Any, said: str, files: tuple[Path, Path]) -> None:
    change(files[file], keys, value)
    with pytest.raises(DataError, match=said):
        score(*files)


@pytest.mark.parametrize(
    "content, said",
    [
        (None, "There is no file"),
        ("[{", "is it cut off"),
        ("{}", "holds no list"),
        ("[]", "holds no prediction"),
        ("\x00", "cannot be read as JSON"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(content: str | None, said: str, files: tuple[Path, Path]) -> None:
    files[1].unlink()
    if content is not None:
        files[1].write_text(content)
    with pytest.raises(DataError, match=said) as error:
        score(*files)
    assert "found.json" in str(error.value)
