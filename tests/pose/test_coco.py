"""Scoring COCO keypoints: the known numbers, and files that are not what they should be."""

import contextlib
import gzip
import io
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from archives_on_disk import change
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from nasbench_pose.errors import DataError, ShapeError
from nasbench_pose.pose.coco import score, score_joints

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


def precision(files: tuple[Path, Path]) -> float:
    return score(*files).AP


def held(path: Path) -> Any:
    return json.loads(path.read_text())


def official(truth: Path, predictions: Path) -> list[float]:
    """Return what COCOeval itself says."""
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO(truth)
        evaluation = COCOeval(coco, coco.loadRes(str(predictions)), "keypoints")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return list(evaluation.stats)


@pytest.mark.parametrize("ids", [[0, 1], [5, 5], ["a", "b"], [1.5, None], None])
def test_ids_of_annotations_have_no_say(ids: Any, files: tuple[Path, Path]) -> None:
    """COCOeval never finds whom it knows by 0, and knows one of those who share an id."""
    known = held(files[0])
    for number, annotation in enumerate(known["annotations"]):
        del annotation["id"]
        annotation |= {} if ids is None else {"id": ids[number]}
    files[0].write_text(json.dumps(known))
    assert precision(files) == pytest.approx(1)


@pytest.mark.parametrize(
    "more",
    [{"bbox": None}, {"bbox": []}, {"segmentation": []}, {"bbox": [0, 0, 1, 1]}, {"area": 1}, {"id": "x"},
     {"caption": "somebody"}, {"iscrowd": 1}],
)  # fmt: skip
@pytest.mark.parametrize("whom", [[0], [1], [0, 1]])
def test_what_else_a_prediction_says_is_not_looked_at(
    more: dict[str, Any], whom: list[int], files: tuple[Path, Path]
) -> None:
    found = held(files[1])
    for number in whom:
        found[number] |= more
    files[1].write_text(json.dumps(found))
    assert precision(files) == pytest.approx(1)


@pytest.mark.parametrize("identities", [["b", "a"], [10**12, -3]])
def test_images_may_be_named_by_texts_and_any_numbers(identities: list[Any], files: tuple[Path, Path]) -> None:
    known, found = held(files[0]), held(files[1])
    for entry in (*known["annotations"], *found):
        entry["image_id"] = identities[entry["image_id"]]
    for number, image in enumerate(known["images"]):
        image["id"] = identities[number]
    files[0].write_text(json.dumps(known))
    files[1].write_text(json.dumps(found))
    assert precision(files) == pytest.approx(1)


def test_whoever_need_not_be_found_may_lack_what_only_others_need(files: tuple[Path, Path]) -> None:
    known = held(files[0])
    known["annotations"] += [
        {"image_id": 0, "category_id": 1, "keypoints": [0] * 51, "area": 0, "bbox": None},
        {"image_id": 0, "category_id": 1, "keypoints": joints(0), "area": -1, "iscrowd": 1, "bbox": None},
    ]
    del known["annotations"][0]["bbox"], known["annotations"][0]["num_keypoints"], known["annotations"][0]["iscrowd"]
    files[0].write_text(json.dumps(known))
    assert precision(files) == pytest.approx(1)


def test_gzipped_files_and_a_byte_order_mark(files: tuple[Path, Path]) -> None:
    files[0].write_bytes(gzip.compress(files[0].read_bytes()))
    files[1].write_text(files[1].read_text(), encoding="utf-8-sig")
    assert precision(files) == pytest.approx(1)
    files[0].write_bytes(files[0].read_bytes()[:-20])
    with pytest.raises(DataError, match=r"truth.json cannot be read as JSON; is it cut off"):
        score(*files)


@pytest.mark.parametrize("seed", range(3))
def test_it_is_cocoeval_on_files_that_it_reads_rightly(seed: int, tmp_path: Path) -> None:
    """Scenes with unlabelled persons, crowds, ties and more predictions than count."""
    rng = np.random.default_rng(seed)
    images = [{"id": 100 - number} for number in range(5)]
    annotations, found = [], []
    for image in images:
        for _ in range(4):
            points = np.column_stack([rng.uniform(0, 300, (17, 2)), rng.integers(0, 3, 17)])
            points[:, 2] *= rng.random() < 0.6
            area = float(rng.choice([500, 40**2, 120**2]))
            about = {"id": len(annotations) + 1, "image_id": image["id"], "category_id": 1, "area": area}
            about |= {"iscrowd": int(rng.random() < 0.1), "bbox": [*map(float, rng.uniform(0, 200, 2)), 80.0, 90.0]}
            labelled = int((points[:, 2] > 0).sum())
            annotations.append(about | {"keypoints": points.ravel().tolist(), "num_keypoints": labelled})
            for _ in range(rng.integers(0, 9)):
                guess = points + rng.normal(0, rng.uniform(0.1, 9), points.shape)
                entry = {"image_id": image["id"], "category_id": 1, "keypoints": guess.ravel().tolist()}
                found.append(entry | {"score": float(rng.integers(1, 5)) / 4})
    known = {"images": images, "categories": [{"id": 1, "name": "person"}], "annotations": annotations}
    (tmp_path / "truth.json").write_text(json.dumps(known))
    (tmp_path / "found.json").write_text(json.dumps(found))
    paths = tmp_path / "truth.json", tmp_path / "found.json"
    assert list(asdict(score(*paths)).values()) == pytest.approx(official(*paths), abs=1e-12)


def test_so_many_predictions_of_an_image_count(files: tuple[Path, Path]) -> None:
    found = held(files[1])
    wrong = {**found[0], "keypoints": joints(900.0), "score": 1.0}
    files[1].write_text(json.dumps([wrong, *found]))
    recalls = [score(*files, max_detections=most).AR for most in (1, 2)]
    assert recalls == pytest.approx([0.5, 1])


def test_each_joint_alone(files: tuple[Path, Path]) -> None:
    found = held(files[1])
    for entry in found:
        entry["keypoints"][:2] = [900, 900]  # the nose
    files[1].write_text(json.dumps(found))
    alone = score_joints(*files)
    assert alone["nose"] == 0 and all(value == pytest.approx(1) for name, value in alone.items() if name != "nose")
    change(files[0], ["annotations", 0, "keypoints"], [*joints(0.0)[:48], 0, 0, 0])
    change(files[0], ["annotations", 1, "keypoints"], [*joints(10.0)[:48], 0, 0, 0])
    assert score_joints(*files)["r_ankle"] == -1


def test_other_sigmas(files: tuple[Path, Path]) -> None:
    found = held(files[1])
    for entry in found:
        entry["keypoints"] = [value + 6 * (index % 3 == 0) for index, value in enumerate(entry["keypoints"])]
    files[1].write_text(json.dumps(found))
    found = [score(*files, sigmas=[sigma] * 17).AP for sigma in (0.01, 0.5)]
    assert found == pytest.approx([0, 1])
    with pytest.raises(DataError, match=r"truth.json labels 17 joints, but there are 14 sigmas; .*--sigmas"):
        score(*files, sigmas=[0.1] * 14)
    with pytest.raises(ShapeError, match="positive numbers"):
        score(*files, sigmas=[0.0] * 17)


def test_what_training_reads_is_scored(files: tuple[Path, Path]) -> None:
    """Joints in threes, null where not labelled, whole ids as floats, boxes without joints, other categories."""
    truth, found = held(files[0]), held(files[1])
    for entry in [*truth["annotations"], *found]:
        triples = np.reshape(entry["keypoints"], (17, 3)).tolist()
        entry |= {"image_id": float(entry["image_id"]), "keypoints": [[None, None, 0], *triples[1:]]}
    truth["annotations"][1] |= {"num_keypoints": 16}
    truth["categories"] += [{"id": 18, "name": "dog", "keypoints": ["nose", "tail"]}, {"id": 19, "name": "cup"}]
    box = {"image_id": 0, "bbox": [0, 0, 9, 9], "iscrowd": 0}
    truth["annotations"] += [box | {"category_id": 18, "keypoints": [1, 2, 2, 3, 4, 2]}]
    truth["annotations"] += [box | {"category_id": 19}, box | {"category_id": 1}]
    files[0].write_text(json.dumps(truth))
    files[1].write_text(json.dumps(found))
    assert precision(files) == pytest.approx(1)


def test_nothing_is_printed(files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    score(*files)
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    "file, keys, value, said",
    [
        (0, ["annotations"], None, "truth.json has no list 'annotations'"),
        (0, ["annotations", 1, "area"], None, "Annotation 1 of .*truth.json has no 'area'"),
        (0, ["annotations", 1, "area"], "much", "'area' is \"much\", not a number"),
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
        (
            0,
            ["annotations", 0, "area"],
            0,
            "Annotation 0 of .*'area' is 0; expected a positive area",
        ),
        (0, ["annotations", 0, "area"], -5, "'area' is -5"),
        (0, ["annotations", 0, "bbox"], [1, 2], r"'bbox' has the shape \(2,\), not \(4,\)"),
        (0, ["annotations", 0, "num_keypoints"], 0, "'num_keypoints' is 0, but 17 of its 'keypoints' are labelled"),
        (0, ["annotations", 0, "image_id"], 7, "Annotation 0 of .*'image_id' is 7, which .*truth.json does not list"),
        (0, ["annotations", 0, "image_id"], "0", "'image_id' is \"0\", but .* has 0; a number is expected"),
        (0, ["annotations", 0, "category_id"], 7, "'category_id' is 7, which .*truth.json does not list"),
        (0, ["images", 1, "id"], 0, "Image 1 of .* repeats the 'id' 0; every image needs its own"),
        (0, ["images", 1, "id"], True, "'id' is true; a whole number is expected"),
        (1, [0, "score"], float("inf"), "'score' has a number that is not finite"),
        (1, [0, "image_id"], 1.5, "'image_id' is 1.5; a whole number is expected"),
        (1, [0, "keypoints"], joints(0)[:34], "'keypoints' has 34 numbers for 17 joints; expected x, y and a flag"),
        (1, [0, "category_id"], 2, "'category_id' is 2, which .*truth.json does not list; it lists 1."),
        (1, [0, "category_id"], "1", "'category_id' is \"1\", but .*truth.json has 1; a number is expected"),
        (1, [0, "score"], "high", "Prediction 0 of .*: 'score' is \"high\", not a number"),
        (1, [0, "score"], "0.9", "'score' is \"0.9\", not a number"),
        (1, [0, "score"], [0.9], r"'score' is \[0.9\], not a number"),
        (1, [0, "keypoints", 4], "12", "'keypoints' has \"12\", not a number"),
        (1, [0, "score"], None, "Prediction 0 of .*found.json has no 'score'; it has category_id"),
        (1, [0, "keypoints"], joints(0)[:48], r"Prediction 0 of .*: 'keypoints' has the shape \(48,\), not \(51,\)"),
        (1, [0, "keypoints"], [float("nan")] * 51, "not finite"),
        (1, [0], 4, "Prediction 0 of .* is '4'; expected an object with image_id"),
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
        ("{}", "has an object, not a list"),
        ('{"7": [], "annotations": []}', r"has an object, not a list, with '7', 'annotations'; expected the list of"),
        ('[{"image_id": 0, "category_id": 1, "score": 1, "keypoints": [' + "0.5, " * 50 + "1]}]", "fractions of"),
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
