"""OKS and AP of arrays, against the official code of COCO."""

import contextlib
import io
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from nasbench_pose.errors import DataError, ShapeError
from nasbench_pose.pose.oks import SIGMAS, THRESHOLDS, Detections, average_precision, oks

Floats = NDArray[np.float64]


def official(truth: list[dict], found: list[dict], images: int) -> COCOeval:
    """Return the official evaluation of annotations and predictions in `images` images."""
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO()
        coco.dataset = {
            "images": [{"id": i} for i in range(images)],
            "categories": [{"id": 1, "name": "person"}],
            "annotations": truth,
        }
        coco.createIndex()
        evaluation = COCOeval(coco, coco.loadRes(found), "keypoints")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return evaluation


def scene(seed: int, images: int = 6) -> tuple[list[dict], list[dict]]:
    """Return random persons, and predictions that are near some of them; every person is large and labelled."""
    rng = np.random.default_rng(seed)
    truth, found = [], []
    for image in range(images):
        for _ in range(rng.integers(1, 4)):
            joints = rng.uniform(0, 200, (17, 2))
            flags = np.where(rng.random(17) < 0.8, rng.integers(1, 3, 17), 0)
            flags[0] = 2
            points = np.concatenate([joints, flags[:, None]], axis=1).ravel().tolist()
            area = float(rng.uniform(100**2, 200**2))
            about = {"id": len(truth) + 1, "image_id": image, "category_id": 1, "iscrowd": 0, "bbox": [0, 0, 200, 200]}
            truth.append(about | {"area": area, "keypoints": points, "num_keypoints": int((flags > 0).sum())})
            for _ in range(rng.integers(0, 3)):
                moved = joints + rng.normal(0, rng.uniform(1, 40), (17, 2))
                guess = np.concatenate([moved, np.ones((17, 1))], axis=1).ravel().tolist()
                score = float(rng.integers(1, 5)) / 4  # ties
                found.append({"image_id": image, "category_id": 1, "keypoints": guess, "score": score})
    return truth, found


def arrays(entries: list[dict]) -> tuple[Floats, NDArray[np.bool_]]:
    points = np.array([entry["keypoints"] for entry in entries], float).reshape(-1, 17, 3)
    return points[..., :2], points[..., 2] > 0


def similarity(truth: list[dict], found: list[dict], image: int) -> tuple[Floats, Floats]:
    here = [entry for entry in truth if entry["image_id"] == image]
    guesses = [entry for entry in found if entry["image_id"] == image]
    joints, labelled = arrays(here)
    near = oks(arrays(guesses)[0], joints, labelled, np.array([entry["area"] for entry in here]))
    return np.array([guess["score"] for guess in guesses]), near


@settings(max_examples=30)
@given(st.integers(0, 10_000))
def test_both_are_those_of_coco(seed: int) -> None:
    truth, found = scene(seed)
    if not found:
        return
    evaluation = official(truth, found, images=6)
    ours = [similarity(truth, found, image) for image in range(6)]
    for image, (scores, near) in enumerate(ours):
        theirs = np.asarray(evaluation.ious[(image, 1)])  # predictions by falling score
        if theirs.size:
            np.testing.assert_allclose(near[np.argsort(-scores, kind="stable")], theirs, rtol=1e-12)
    assert average_precision(ours) == pytest.approx(evaluation.stats[0], abs=1e-12)
    assert average_precision(ours, np.array([0.5])) == pytest.approx(evaluation.stats[1], abs=1e-12)


def test_the_sigmas_are_the_official_ones() -> None:
    np.testing.assert_allclose(SIGMAS, COCOeval(iouType="keypoints").params.kpt_oks_sigmas)
    np.testing.assert_allclose(THRESHOLDS, COCOeval(iouType="keypoints").params.iouThrs)


def test_only_the_best_twenty_of_an_image_count() -> None:
    one = np.zeros((21, 1))
    one[20] = 1
    falling = np.linspace(1, 0, 21)
    assert average_precision([(falling, one)]) == 0
    assert average_precision([(falling[::-1], one)]) == 1


def similar_with_boxes(truth: list[dict], found: list[dict], image: int) -> Detections:
    """Return an image with persons without labels, who need not be found."""
    here = [entry for entry in truth if entry["image_id"] == image]
    guesses = [entry for entry in found if entry["image_id"] == image]
    joints, labelled = arrays(here)
    areas, boxes = (np.array([entry[name] for entry in here], float) for name in ("area", "bbox"))
    near = oks(arrays(guesses)[0], joints, labelled, areas, boxes=boxes.reshape(-1, 4))
    crowds = np.array([bool(entry["iscrowd"]) for entry in here], bool)
    ignored = ~labelled.any(axis=1) | crowds
    return Detections(np.array([guess["score"] for guess in guesses]), near, ignored, crowds)


@settings(max_examples=30)
@given(st.integers(0, 10_000))
def test_persons_without_labels_and_crowds_are_passed_over_as_in_coco(seed: int) -> None:
    truth, found = scene(seed)
    rng = np.random.default_rng(seed)
    for entry in truth:
        role = rng.choice(["labelled", "unlabelled", "crowd"], p=[0.5, 0.4, 0.1])
        corner = [float(value) for value in rng.uniform(0, 150, 2)]
        entry["bbox"] = [*corner, float(rng.uniform(5, 60)), float(rng.uniform(5, 60))]
        if role == "unlabelled":
            entry |= {"keypoints": [0] * 51, "num_keypoints": 0}
        entry["iscrowd"] = int(role == "crowd")
    if not found or not any(entry["num_keypoints"] and not entry["iscrowd"] for entry in truth):
        return
    evaluation = official(truth, found, images=6)
    ours = average_precision([similar_with_boxes(truth, found, image) for image in range(6)])
    assert ours == pytest.approx(evaluation.stats[0], abs=1e-12)


def test_a_person_without_labels_costs_nothing() -> None:
    truth = np.random.default_rng(0).uniform(0, 200, (2, 17, 2))
    near = oks(truth[:1], truth, np.array([[True] * 17, [False] * 17]), np.full(2, 9000.0))
    assert average_precision([(np.array([0.9]), near)]) == 1


def test_a_joint_that_is_not_predicted_is_not_similar() -> None:
    truth = np.zeros((1, 17, 2))
    predicted = truth.copy()
    predicted[0, 0] = np.nan
    assert oks(predicted, truth, np.ones((1, 17), bool), np.ones(1))[0, 0] == pytest.approx(16 / 17)


def test_numbers_that_mean_nothing_are_named() -> None:
    truth = np.zeros((1, 17, 2))
    for area in (0.0, -1.0, np.nan):
        with pytest.raises(DataError, match="Person 0 has the area"):
            oks(truth, truth, np.ones((1, 17), bool), np.array([area]))
    with pytest.raises(DataError, match="a score that is not a finite number"):
        average_precision([(np.array([np.nan]), np.ones((1, 1)))])


def test_whoever_has_no_labels_is_like_nobody() -> None:
    truth = np.zeros((2, 17, 2))
    near = oks(truth, truth, np.array([[True] * 17, [False] * 17]), np.ones(2))
    assert (near[:, 0] == 1).all() and np.isnan(near[:, 1]).all()


def test_real_detections_are_as_similar_as_coco_says(real_data: Path) -> None:
    truth = json.loads((real_data / "coco_keypoints" / "annotations.json").read_text())["annotations"]
    found = json.loads((real_data / "coco_keypoints" / "detections.json").read_text())
    ids = sorted({entry["image_id"] for entry in truth})
    for entry in (*truth, *found):
        entry["image_id"] = ids.index(entry["image_id"])
    evaluation = official(truth, found, images=len(ids))
    for image in range(len(ids)):
        scores, near = similarity(truth, found, image)
        theirs = np.asarray(evaluation.ious[(image, 1)])
        known = np.isfinite(near).all(axis=0)
        np.testing.assert_allclose(near[np.argsort(-scores, kind="stable")][:, known], theirs[:, known], rtol=1e-12)


def test_what_cannot_be_compared_is_said() -> None:
    with pytest.raises(ShapeError, match=r"17 joints need.*not \(1, 14, 2\)"):
        oks(np.zeros((1, 14, 2)), np.zeros((1, 17, 2)), np.ones((1, 17), bool), np.ones(1))
    with pytest.raises(DataError, match="no persons to find"):
        average_precision([(np.zeros(1), np.zeros((1, 0)))])
