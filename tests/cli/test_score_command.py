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


@pytest.mark.parametrize("spelt", ["list", "toml", "json", "object", "text"])
def test_joints_of_ones_own_are_scored_by_their_sigmas(spelt: str, tmp_path: Path, run: Run) -> None:
    names, sigmas = ["wrist", "thumb", "index"], [0.03, 0.05, 0.08]
    joints = [10.0, 10.0, 2, 50.0, 20.0, 2, 30.0, 60.0, 2]
    about = {"image_id": 1, "category_id": 4, "keypoints": joints}
    truth = {
        "images": [{"id": 1}],
        "categories": [{"id": 4, "name": "hand", "keypoints": names}],
        "annotations": [about | {"id": 1, "num_keypoints": 3, "area": 3000.0, "bbox": [5, 5, 60, 60], "iscrowd": 0}],
    }
    moved = [*joints[:3], joints[3] + 2 * 0.05 * 3000**0.5, *joints[4:]]  # by one k times s: exp(-1/2)
    found = [about | {"keypoints": moved, "score": 0.9}]
    (tmp_path / "truth.json").write_text(json.dumps(truth))
    (tmp_path / "found.json").write_text(json.dumps(found))
    contents = {
        "toml": f"sigmas = {sigmas}",
        "json": json.dumps(sigmas),
        "object": json.dumps({"sigmas": sigmas}),
        "text": "0.03 0.05\n0.08\n",
    }
    given = "0.03,0.05,0.08"
    if spelt in contents:
        given = str(tmp_path / f"sigmas.{spelt}")
        Path(given).write_text(contents[spelt])
    files = ["--truth", str(tmp_path / "truth.json"), "--predictions", str(tmp_path / "found.json")]
    answer = json.loads(run("score", "coco", *files, "--sigmas", given, "--per-joint", "--json"))
    truth["categories"][0]["sigmas"] = sigmas
    (tmp_path / "truth.json").write_text(json.dumps(truth))
    assert json.loads(run("score", "coco", *files, "--per-joint", "--json")) == answer, "the truth's own"
    similarity = (2 + np.exp(-0.5)) / 3
    assert answer["AP"] == pytest.approx(np.mean([similarity >= level for level in np.arange(0.5, 1, 0.05)]))
    assert list(answer["per_joint"]) == names and answer["per_joint"]["wrist"] == pytest.approx(1)


@pytest.mark.parametrize(
    "given, said",
    [
        ("0.1,much", "has no sigmas; expected a list of numbers"),
        ("0.1,0,0.1", "each must be positive"),
        ("nowhere.toml", "has no sigmas; expected a list of numbers, as in 0.026,0.025, or the name of a file"),
        ("", "has no sigmas"),
    ],
)
def test_wrong_sigmas_are_refused(given: str, said: str, refused: Run) -> None:
    assert said in refused("score", "coco", "--truth", "t.json", "--predictions", "p.json", "--sigmas", given)
