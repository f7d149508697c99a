"""Joints without a head are measured by another PCK than PCKh: every table and card calls it so."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
from commands import call
from PIL import Image

import nasbench_pose as nbp
from nasbench_pose.objective import OBJECTIVES
from nasbench_pose.report.comparison import report_of
from nasbench_pose.report.comparison_text import printed
from nasbench_pose.report.html.page import page

BOX = "PCK@0.2 of the box"


def labels(folder: Path) -> str:
    """Write 30 photographs of hands, and their labels; return the data set."""
    rng, annotations = np.random.default_rng(0), []
    for n in range(30):
        Image.new("RGB", (120, 100)).save(folder / f"{n}.png")
        joints = np.c_[rng.uniform(15, 85, (3, 2)), np.full(3, 2)].ravel().tolist()
        about = {"id": n, "image_id": n, "category_id": 3, "bbox": [10, 10, 100, 80]}
        annotations.append(about | {"keypoints": joints})
    images = [{"id": n, "file_name": f"{n}.png", "width": 120, "height": 100} for n in range(30)]
    categories = [{"id": 3, "name": "hand", "keypoints": ["wrist", "thumb", "index"]}]
    held = {"images": images, "annotations": annotations, "categories": categories}
    (folder / "labels.json").write_text(json.dumps(held))
    return f"coco:{folder / 'labels.json'}"


def test_neither_a_card_nor_a_front_says_pckh(tmp_path: Path) -> None:
    how = ("--data", labels(tmp_path), "--steps", "1", "--set", "protocol.batch=2", "--db", "runs.db")
    status, said, err = call("train", "micro-smallest", *how, "--out", "net", cwd=tmp_path)
    assert status == 0, err
    assert f"{BOX} validation" in said
    card, front = (tmp_path / "net" / "card.md").read_text(), call("front", "--db", "runs.db", cwd=tmp_path)[1]
    assert f"{BOX} on validation (%)" in card and f"{BOX} (%)" in front
    assert "PCKh" not in card + front


def test_no_page_says_pckh(tmp_path: Path) -> None:
    result = nbp.compare("efficientpose_micro", "random", "table", budget=3, seeds=1, store=tmp_path / "runs.db")
    info = replace(result.comparison.info, training_protocol=json.dumps({"metric": BOX}), title="hands")
    report = report_of(result.trials, result.comparison.space, info, objectives=OBJECTIVES)
    assert f"{BOX} (%)" in printed(report) and "PCKh" not in printed(report)
    text = page(report)
    assert f"{BOX} on validation (%)" in text and "PCKh@0.5 on validation" not in text
