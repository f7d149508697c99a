"""Files of joints in any order and format give one score; what is wrong with one is named in one line."""

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nasbench_pose.errors import DataError
from nasbench_pose.pose.pckh import score

NAMES = ["hip", "knee", "ankle", "head"]
RNG = np.random.default_rng(3)
JOINTS, SIZES = RNG.uniform(0, 100, (6, 4, 2)), RNG.uniform(8, 12, 6)
MISSING = (RNG.random((6, 4)) < 0.2).astype(int)
PREDICTED = JOINTS + RNG.normal(0, 4, JOINTS.shape)


def by_definition() -> tuple[float, list[float]]:
    """Count joint by joint: percent of all labels, and of each joint's."""
    hits, counts = [0] * 4, [0] * 4
    for person, joint in np.argwhere(MISSING == 0):
        (x, y), (u, v) = JOINTS[person, joint], PREDICTED[person, joint]
        counts[joint] += 1
        hits[joint] += ((x - u) ** 2 + (y - v) ** 2) ** 0.5 / SIZES[person] <= 0.5
    return 100 * sum(hits) / sum(counts), [100 * h / c for h, c in zip(hits, counts, strict=True)]


@pytest.fixture
def truth(tmp_path: Path) -> Path:
    np.savez(tmp_path / "truth.npz", gt=JOINTS, missing=MISSING, head_sizes=SIZES, joint_names=NAMES)
    return tmp_path / "truth.npz"


def written(tmp_path: Path, held: Any, name: str = "found.json") -> Path:
    text = json.dumps(held).encode()
    (tmp_path / name).write_bytes(gzip.compress(text) if name.endswith(".gz") else text)
    return tmp_path / name


def test_the_score_is_its_definition(truth: Path, tmp_path: Path) -> None:
    found = score(truth, written(tmp_path, PREDICTED.tolist()))
    weighted, per_joint = by_definition()
    assert found.weighted_mean == pytest.approx(weighted) and list(found.per_joint) == NAMES
    assert list(found.per_joint.values()) == pytest.approx(per_joint) and found.mean == pytest.approx(
        np.mean(per_joint)
    )


def test_other_orders_formats_and_boxes_score_alike(truth: Path, tmp_path: Path) -> None:
    expected = score(truth, written(tmp_path, PREDICTED.tolist()))
    order = [2, 0, 3, 1]
    turned = {"joint_names": [NAMES[i] for i in order], "predictions": PREDICTED[:, order].tolist()}
    assert score(truth, written(tmp_path, turned)) == expected
    assert score(truth, written(tmp_path, {"preds": PREDICTED.tolist()}, "found.json.gz")) == expected
    (tmp_path / "bom.json").write_text(json.dumps(PREDICTED.tolist()), encoding="utf-8-sig")
    assert score(truth, tmp_path / "bom.json") == expected
    boxes = np.stack([np.zeros((6, 2)), np.stack([SIZES / 0.6, np.zeros(6)], axis=1)], axis=1)
    labels = {"gt": JOINTS.tolist(), "missing": MISSING.tolist(), "headboxes": boxes.tolist(), "joint_names": NAMES}
    assert score(written(tmp_path, labels, "truth.json"), tmp_path / "bom.json").mean == pytest.approx(expected.mean)


def test_a_joint_that_is_not_predicted_is_a_miss(truth: Path, tmp_path: Path) -> None:
    held = JOINTS.tolist()
    held[0][int(np.flatnonzero(MISSING[0] == 0)[0])] = [None, None]
    labels = int((MISSING == 0).sum())
    assert score(truth, written(tmp_path, held)).weighted_mean == pytest.approx(100 * (labels - 1) / labels)


def test_a_joint_that_is_labelled_nowhere_is_no_number(tmp_path: Path) -> None:
    missing = MISSING.copy()
    missing[:, 1] = 1
    np.savez(tmp_path / "t.npz", gt=JOINTS, missing=missing, head_sizes=SIZES, joint_names=NAMES)
    found = score(tmp_path / "t.npz", written(tmp_path, JOINTS.tolist()))
    assert np.isnan(found.per_joint["knee"]) and found.mean == 100


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"head_sizes": np.r_[0.0, SIZES[1:]]}, r"the head of person 0 has no size \(0\).*1 of 6"),
        ({"head_sizes": np.r_[np.nan, SIZES[1:]]}, r"the head of person 0 has no size \(nan\)"),
        ({"head_sizes": SIZES[:5]}, r"'head_sizes' is an array of \(5,\) float64 where numbers of 6 are needed"),
        ({"missing": MISSING * 0.5}, r"'missing' holds 0\.5; it is 0 or 1"),
        ({"gt": np.where(MISSING[..., None], JOINTS, np.nan)}, "of person 0 is not missing, but has no numbers"),
        ({"joint_names": ["hip", "knee", "ankle", "hip"]}, "names the joint 'hip' twice"),
        ({"joint_names": NAMES[:3]}, r"'gt' is an array of \(6, 4, 2\) float64 where numbers of persons x 3 x 2"),
        ({"missing": np.ones((6, 4))}, "No joint is labelled"),
    ],
)
def test_what_is_wrong_with_a_truth_is_named(change: dict[str, Any], said: str, tmp_path: Path) -> None:
    held = {"gt": JOINTS, "missing": MISSING, "head_sizes": SIZES, "joint_names": NAMES}
    np.savez(tmp_path / "t.npz", **held | change)
    with pytest.raises(DataError, match=said):
        score(tmp_path / "t.npz", written(tmp_path, JOINTS.tolist()))


@pytest.mark.parametrize(
    ("held", "said"),
    [
        ({"predictions": JOINTS.tolist(), "joint_names": ["hip", "kne", "ankle", "head"]}, "Did you mean 'knee'"),
        ({"predictions": JOINTS.tolist(), "joint_names": []}, "does not name the joint 'hip'"),
        (JOINTS[:5].tolist(), r"\(5, 4, 2\) float64 where numbers of 6 x 4 x 2 are needed"),
        ({"people": []}, "holds no 'predictions'; it holds people"),
        ([[["a", "b"]] * 4] * 6, "where numbers of 6 x 4 x 2 are needed"),
        ([[1, 2], [3]], "'predictions' is no array of numbers"),
        (3, r"is an array of \(\) int64"),
    ],
)
def test_what_is_wrong_with_predictions_is_named(held: Any, said: str, truth: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=said):
        score(truth, written(tmp_path, held))
