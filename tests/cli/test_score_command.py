"""`nasbench-pose score coco`: the official numbers as a table and as JSON, and one line for what is wrong."""

import json
from pathlib import Path

import numpy as np
import pytest
from commands import Run

KEYS = ["AP", "AP50", "AP75", "APM", "APL", "AR", "AR50", "AR75", "ARM", "ARL"]


def test_the_known_statistics_are_printed(real_data: Path, run: Run) -> None:
    folder = real_data / "coco_keypoints"
    call = ["score", "coco", "--truth", folder / "annotations.json", "--predictions", folder / "detections.json"]
    expected = json.loads((folder / "expected.json").read_text())["expected"]
    printed = json.loads(run(*call, "--json"))
    assert list(printed) == KEYS and list(printed.values()) == pytest.approx(expected, abs=1e-6)
    table = dict(line.split() for line in run(*call).splitlines()[1:])
    assert table == {key: f"{100 * value:.2f}" for key, value in printed.items()}


def test_a_file_that_is_missing_or_of_something_else(tmp_path: Path, refused: Run) -> None:
    (tmp_path / "list.json").write_text("[]")
    (tmp_path / "cut.json").write_text('{"images": [')
    for name, said in (("none.json", "There is no file"), ("list.json", "no list 'images'"), ("cut.json", "cut off")):
        place = tmp_path / name
        line = refused("score", "coco", "--truth", place, "--predictions", tmp_path / "list.json")
        assert said in line and str(place) in line


def test_joints_and_their_number_can_be_asked_for(real_data: Path, run: Run) -> None:
    folder = real_data / "coco_keypoints"
    call = ["score", "coco", "--truth", folder / "annotations.json", "--predictions", folder / "detections.json"]
    printed = json.loads(run(*call, "--per-joint", "--max-dets", "5", "--json"))
    assert list(printed) == [*KEYS, "per_joint"] and len(printed["per_joint"]) == 17
    table = run(*call, "--per-joint").splitlines()
    assert table[11] == "AP of each joint alone" and len(table) == 12 + 17


def test_json_has_no_nan(tmp_path: Path, run: Run) -> None:
    joints = np.random.default_rng(0).uniform(0, 100, (2, 3, 2))
    missing = np.array([[0, 0, 1], [0, 0, 1]])
    np.savez(tmp_path / "truth.npz", gt=joints, missing=missing, head_sizes=[9, 9], joint_names=["a", "b", "c"])
    (tmp_path / "found.json").write_text(json.dumps(joints.tolist()))
    call = ["score", "pckh", "--truth", tmp_path / "truth.npz", "--predictions", tmp_path / "found.json"]
    printed = run(*call, "--json")
    assert "NaN" not in printed and json.loads(printed)["per_joint"] == {"a": 100, "b": 100, "c": None}
    assert "  c               none: labelled nowhere" in run(*call).splitlines()
