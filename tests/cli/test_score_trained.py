"""`score` of a trained folder: the score of the files that `predict` writes, of people who are streamed, too."""

import json
from pathlib import Path

import numpy as np
import pytest
from commands import call

from nasbench_pose.evaluators.predicted_files import Subjects
from nasbench_pose.evaluators.protocol import PROTOCOLS
from nasbench_pose.pose.cropped_people import crop_people
from nasbench_pose.pose.photographs import Photographs
from nasbench_pose.pose.predictions import joints_truth

MINE = ("micro-smallest", "--steps", "3", "--set", "protocol.batch=2", "--out", "net")


@pytest.mark.parametrize(
    ("data", "protocol", "benchmark"),
    [
        ("synthetic:train=8,val=4,test=4", "default", "pckh"),
        ("coco:{}/coco_mini", "hrnet-coco", "coco"),
        ("mpii:{}/mpii_samples,train=annotations.json", "hrnet-mpii", "mpii"),
    ],
)
def test_the_score_of_a_folder_is_that_of_its_predictions(
    data: str, protocol: str, benchmark: str, real_data: Path, tmp_path: Path
) -> None:
    if protocol != "default":
        pytest.importorskip("cv2")
    data = data.format(real_data)
    call("train", *MINE, "--data", data, "--protocol", protocol, "--input", "64x64", cwd=tmp_path)
    status, printed, err = call("score", "net", "--split", "heldout", "--json", cwd=tmp_path)
    assert status == 0, err
    files = ("--truth", "truth.json", "--predictions", "found.json")
    predicting = (
        "predict",
        "net",
        "--data",
        data,
        "--split",
        "heldout",
        "--out",
        "found.json",
        "--truth",
        "truth.json",
    )
    status, told, err = call(*predicting, "--draw", "found.svg", cwd=tmp_path)
    assert status == 0 and f"score {benchmark} --truth" in told, err
    assert (tmp_path / "found.svg").is_file()
    assert json.loads(printed) == json.loads(call("score", benchmark, *files, "--json", cwd=tmp_path)[1])
    text = call("score", "trained", "net", "--split", "heldout", cwd=tmp_path)[1]
    assert text.startswith("net: micro-smallest on ") and len(text.splitlines()) > 7


def test_a_folder_without_a_network_and_a_split_without_people_are_one_line(tmp_path: Path) -> None:
    status, _, err = call("score", ".", cwd=tmp_path)
    assert (status, err) == (2, "Error: . holds no trained network.\n")
    call("train", *MINE, "--data", "synthetic:train=8,val=4,test=4", cwd=tmp_path)
    status, _, err = call("score", "net", "--data", "synthetic:train=4,val=0,test=4", cwd=tmp_path)
    assert status == 2 and "'synthetic:train=4,val=0,test=4' has no people in val" in err


def test_labels_of_people_in_photographs_are_those_of_crops_in_memory(real_data: Path) -> None:
    pytest.importorskip("cv2")
    data = f"mpii:{real_data / 'mpii_samples'},train=annotations.json"
    streamed = Subjects.of(data, "all", PROTOCOLS["hrnet-mpii"]).people
    assert isinstance(streamed, Photographs)
    held, told = joints_truth(crop_people(data, "all", (64, 64))), joints_truth(streamed)
    assert held["images"] == told["images"] and held["missing"] == told["missing"]
    np.testing.assert_array_equal(held["gt"], told["gt"])
    np.testing.assert_array_equal(held["head_sizes"], told["head_sizes"])
