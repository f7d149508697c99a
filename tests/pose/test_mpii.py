"""The published row of a real network, from its own predictions."""

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from scipy.io import savemat

from nasbench_pose.cli.score import score as command
from nasbench_pose.errors import DataError
from nasbench_pose.pose.mpii import JOINTS, score

LIMBS = ["head", "shoulder", "elbow", "wrist", "hip", "knee", "ankle"]


@pytest.fixture
def published(real_data: Path) -> tuple[Path, Path, dict[str, float]]:
    folder = real_data / "mpii_eval"
    expected = json.loads((folder / "expected.json").read_text())
    row = {limb: expected["published"][limb] for limb in LIMBS}
    row |= {"mean": expected["published"]["mean_unweighted_14"], "weighted_mean": expected["computed_weighted"]}
    return folder / "ground_truth.npz", folder / "predictions_hg_s2_b1.npz", row


def test_the_published_row_comes_out_in_all_its_digits(published: tuple[Path, Path, dict[str, float]]) -> None:
    truth, predictions, row = published
    assert {name: round(value, 2) for name, value in asdict(score(truth, predictions)).items()} == row


def test_mat_and_json_files_score_as_the_npz_does(
    published: tuple[Path, Path, dict[str, float]], tmp_path: Path
) -> None:
    truth, predictions, _ = published
    held, joints = np.load(truth), np.load(predictions)["predictions"]
    official = {
        "pos_gt_src": held["gt"].transpose(1, 2, 0),
        "jnt_missing": held["missing"].T,
        "headboxes_src": held["headboxes"].transpose(1, 2, 0),
        "dataset_joints": np.array([list(held["joint_names"])], dtype=object),
    }
    savemat(tmp_path / "gt_valid.mat", official)
    savemat(tmp_path / "pred.mat", {"preds": joints})
    (tmp_path / "pred.json").write_text(json.dumps(joints.tolist()))
    expected = score(truth, predictions)
    assert score(tmp_path / "gt_valid.mat", tmp_path / "pred.mat") == expected
    assert score(truth, tmp_path / "pred.json") == expected


@pytest.fixture
def truth(tmp_path: Path) -> Path:
    path = tmp_path / "truth.npz"
    joints = np.random.default_rng(0).uniform(0, 100, (4, 16, 2))
    boxes = np.broadcast_to([[0.0, 0.0], [30.0, 40.0]], (4, 2, 2))
    np.savez(path, gt=joints, missing=np.zeros((4, 16)), headboxes=boxes, joint_names=JOINTS)
    return path


def test_a_limb_is_wrong_from_half_a_head_on(truth: Path, tmp_path: Path) -> None:
    joints = np.load(truth)["gt"]
    joints[:, JOINTS.index("lkne"), 0] += 15.01  # the head is 0.6 * 50 = 30 pixels
    joints[:, JOINTS.index("lwri"), 0] += 14.99
    joints[:, JOINTS.index("pelv"), 0] += 1000
    np.savez(tmp_path / "moved.npz", predictions=joints)
    found = score(truth, tmp_path / "moved.npz")
    assert (found.knee, found.wrist) == (50, 100)
    assert found.mean == found.weighted_mean == pytest.approx(100 * 13 / 14)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("absent.npz", None, "no file"),
        ("cut.npz", b"PK\x03\x04", "cut off"),
        ("cut.mat", b"MATLAB 5.0", "cut off"),
        ("cut.json", b"[[[1, 2", "cut off"),
        ("ragged.json", b"[[[1, 2], [3]]]", "inhomogeneous"),
        ("few.json", b"[[[1, 2]]]", "array of \\(1, 1, 2\\) int64 where numbers of 4 x 16 x 2 are needed"),
        ("other.json", b'{"joints": []}', "holds no 'predictions'; it holds joints"),
        ("joints.csv", b"1,2", ".npz, .mat, .json"),
    ],
)
def test_a_wrong_file_is_named_with_what_is_wrong(
    truth: Path, tmp_path: Path, name: str, content: bytes | None, said: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=said) as error:
        score(truth, tmp_path / name)
    assert name in str(error.value)


def test_joints_of_another_data_set_are_refused(truth: Path, tmp_path: Path) -> None:
    held = dict(np.load(truth)) | {"joint_names": [f"joint_{number}" for number in range(16)]}
    np.savez(tmp_path / "coco.npz", **held)
    with pytest.raises(DataError, match="MPII has rank"):
        score(tmp_path / "coco.npz", truth)


def test_the_command_prints_a_table_or_json(truth: Path, tmp_path: Path) -> None:
    np.savez(tmp_path / "p.npz", predictions=np.load(truth)["gt"])
    call = ["mpii", "--truth", str(truth), "--predictions", str(tmp_path / "p.npz")]
    assert "weighted mean 100.00" in CliRunner().invoke(command, call).output
    printed = json.loads(CliRunner().invoke(command, [*call, "--json"]).output)
    assert list(printed) == [*LIMBS, "mean", "weighted_mean"] and set(printed.values()) == {100.0}
