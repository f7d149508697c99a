"""What `predict` writes of COCO's people is scored as `evaluate` scores them, with and without sigmas."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from nasbench_pose.evaluators.predict import Predicted
from nasbench_pose.evaluators.predicted_files import Subjects
from nasbench_pose.evaluators.protocol import PROTOCOLS
from nasbench_pose.pose import coco
from nasbench_pose.pose.coco_test import coco_score
from nasbench_pose.pose.photographs import placed

IN_MEMORY = replace(PROTOCOLS["default"], input=(128, 96))


def test_the_ap_of_the_files_is_that_of_a_measurement(real_data: Path, tmp_path: Path) -> None:
    source = f"coco:{real_data / 'coco_mini'}"
    subjects, people = Subjects.of(source, "val", IN_MEMORY), placed(source, "val", (128, 96), corner=False)
    rng = np.random.default_rng(0)
    joints = people.joints + rng.normal(0, 3, people.joints.shape)
    sure = rng.uniform(0, 1, people.labelled.shape)
    (tmp_path / "truth.json").write_text(json.dumps(subjects.truth("coco")))
    (tmp_path / "found.json").write_text(json.dumps(subjects.formed("coco", Predicted(joints, sure))))
    scored = coco.score(tmp_path / "truth.json", tmp_path / "found.json").AP
    assert 0.1 < scored < 0.9
    assert scored == pytest.approx(coco_score(people, people.in_photographs(joints), sure).AP)


@pytest.mark.parametrize("protocol", [IN_MEMORY, replace(IN_MEMORY, photographs=True)], ids=["held", "streamed"])
def test_joints_without_sigmas_are_written_with_the_mean_of_their_scores(protocol: object, tmp_path: Path) -> None:
    Image.new("RGB", (120, 100)).save(tmp_path / "0.png")
    about = {"image_id": 0, "category_id": 1, "bbox": [10, 10, 100, 80], "area": 4000.0}
    entries = [about | {"id": n, "keypoints": [20, 20, 2, 60, 40, 2, 90, 80 + n, 2]} for n in range(3)]
    images = [{"id": 0, "file_name": "0.png", "width": 120, "height": 100}]
    categories = [{"id": 1, "name": "hand", "keypoints": ["wrist", "thumb", "index"]}]
    held = {"images": images, "annotations": entries, "categories": categories}
    (tmp_path / "labels.json").write_text(json.dumps(held))
    subjects = Subjects.of(f"coco:{tmp_path / 'labels.json'}", "all", protocol)  # type: ignore[arg-type]
    found = subjects.formed("coco", Predicted(np.full((3, 3, 2), 50.0), np.array([[0.1, 0.2, 0.6]] * 3)))
    assert [len(one["keypoints"]) for one in found] == [9, 9, 9]
    assert [one["score"] for one in found] == pytest.approx([0.3] * 3)
    boxed = replace(subjects, box_scores=np.array([1.0, 0.5, 0.0]))
    found = boxed.formed("coco", Predicted(np.full((3, 3, 2), 50.0), np.array([[0.1, 0.2, 0.6]] * 3)))
    assert [one["score"] for one in found] == pytest.approx([0.3, 0.15, 0.0])
