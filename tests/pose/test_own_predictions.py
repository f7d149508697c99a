"""Predictions of joints of one's own, and the truth that is written beside them."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from nasbench_pose.pose.coco import score
from nasbench_pose.pose.cropped_people import crop_people
from nasbench_pose.pose.predictions import as_coco, coco_truth

FINGERS = ["wrist", "thumb", "index", "little"]
SIGMAS = [0.03, 0.04, 0.05, 0.06]


def test_what_only_the_toml_file_says_is_in_the_truth_of_a_prediction(tmp_path: Path) -> None:
    rng, annotations = np.random.default_rng(0), []
    for n in range(6):
        Image.new("RGB", (120, 100)).save(tmp_path / f"{n}.png")
        joints = np.c_[rng.uniform(15, 85, (4, 2)), np.full(4, 2)].tolist()
        about = {"id": n, "image_id": float(n), "category_id": 3, "bbox": [10, 10, 100, 80], "area": 4000.0}
        annotations.append(about | {"keypoints": joints})
    images = [{"id": n, "file_name": f"{n}.png", "width": 120, "height": 100} for n in range(6)]
    categories = [{"id": 3, "name": "hand", "skeleton": [[90, 91]]}]
    held = {"images": images, "annotations": annotations, "categories": categories}
    (tmp_path / "labels.json").write_text(json.dumps(held))
    (tmp_path / "s.toml").write_text(f"joints = {json.dumps(FINGERS)}\nsigmas = {SIGMAS}\nbones = []\n")
    cropped = crop_people(f"coco:{tmp_path / 'labels.json'},skeleton=s.toml", "all", (32, 32))
    truth, found = coco_truth(cropped), as_coco(cropped, cropped.joints, np.ones(cropped.joints.shape[:2]))
    assert truth["categories"][0]["keypoints"] == FINGERS and truth["categories"][0]["sigmas"] == SIGMAS
    assert len(truth["annotations"]) == len(found) == 6
    (tmp_path / "truth.json").write_text(json.dumps(truth))
    (tmp_path / "found.json").write_text(json.dumps(found))
    assert pytest.approx(1) == score(tmp_path / "truth.json", tmp_path / "found.json").AP
