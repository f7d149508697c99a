"""Predicting: whoever knows the truth's heat maps scores 100, in photographs and under HRNet's alignment too."""

import json
from dataclasses import replace
from pathlib import Path

import archives_on_disk
import numpy as np
import pytest
import torch
from dots import Oracle, people
from torch import Tensor, nn

from nasbench_pose.errors import DivergedError
from nasbench_pose.evaluators.predict import Alignment, predict
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.pose import coco, mpii, pckh, predictions
from nasbench_pose.pose.cropped_people import CroppedPeople, crop_people
from nasbench_pose.pose.heatmaps import gaussians

SIZE = (128, 96)
PROTOCOL = Protocol(input=SIZE, loss="mse", sigma=2, decoder="dark")


class Truthful(nn.Module):
    """Puts out the heat maps of the joints that it is told; the second time, as for the mirror images."""

    def __init__(self, cropped: CroppedPeople, alignment: Alignment = "centre") -> None:
        super().__init__()
        people, width = cropped.people, cropped.people.size[1]
        crops = [crop.points(joints) for crop, joints in zip(cropped.crops, cropped.joints, strict=True)]
        joints = torch.tensor(np.array(crops), dtype=torch.float32)
        mirrored = joints[:, list(people.skeleton.flip_order)]
        mirrored = torch.stack([width - 1 - mirrored[..., 0], mirrored[..., 1]], dim=-1)
        shift = 1.5 if alignment == "corner" else 0  # what lies at 4u there lies at 4u + 1.5 here
        self.said = [gaussians(some + shift, (SIZE[0] // 4, SIZE[1] // 4), 4, 2) for some in (joints, mirrored)]

    def forward(self, images: Tensor) -> Tensor:  # noqa: ARG002 - it knows
        """Return the maps (n, J, h, w)."""
        return self.said.pop(0)


def apart(cropped: CroppedPeople, alignment: Alignment, predicted_as: Alignment) -> float:
    """Return the median distance in pixels of the input."""
    told = predict(Truthful(cropped, alignment), cropped.people, PROTOCOL, predicted_as)
    crops = np.array([crop.points(joints) for crop, joints in zip(cropped.crops, cropped.joints, strict=True)])
    return float(np.nanmedian(np.linalg.norm(told.joints - crops, axis=-1)))


@pytest.fixture
def archive(tmp_path: Path) -> str:
    return f"coco:{archives_on_disk.coco(tmp_path / 'coco', {'train': 4, 'val': 6})}"


def test_each_alignment_is_read_as_it_was_written(archive: str) -> None:
    cropped = crop_people(archive, "heldout", SIZE)
    assert apart(cropped, "centre", "centre") < 0.01
    assert apart(cropped, "corner", "corner") < 0.6  # HRNet's shift of one pixel leaves an eighth of a heat-map pixel
    assert apart(cropped, "corner", "centre") > 1.2


def test_the_truth_scores_one_on_coco(archive: str, tmp_path: Path) -> None:
    cropped = crop_people(archive, "heldout", SIZE)
    told = predict(Truthful(cropped), cropped.people, PROTOCOL)
    found = predictions.as_coco(cropped, cropped.in_photographs(told.joints), told.scores)
    truth = tmp_path / "coco" / "annotations" / "person_keypoints_val2017.json"
    (tmp_path / "found.json").write_text(json.dumps(found))
    (tmp_path / "truth.json").write_text(json.dumps(predictions.coco_truth(cropped)))
    for labels in (truth, tmp_path / "truth.json"):
        assert coco.score(labels, tmp_path / "found.json").AP > 0.97
    assert all(0.9 < one["score"] <= 1 for one in found)


@pytest.mark.parametrize("kind", ["mpii", "synthetic"])
def test_the_truth_scores_a_hundred_percent(kind: str, tmp_path: Path) -> None:
    source = "synthetic:train=1,val=5,test=4"
    if kind == "mpii":
        source = f"mpii:{archives_on_disk.mpii(tmp_path, {'annot/train.json': 3, 'annot/valid.json': 4})}"
    cropped = crop_people(source, "heldout", SIZE)
    told = predict(Truthful(cropped), cropped.people, PROTOCOL)
    found = predictions.as_joints(cropped, cropped.in_photographs(told.joints), told.scores)
    (tmp_path / "found.json").write_text(json.dumps(found))
    (tmp_path / "truth.json").write_text(json.dumps(predictions.joints_truth(cropped)))
    assert pckh.score(tmp_path / "truth.json", tmp_path / "found.json").mean > 99
    if kind == "mpii":
        assert mpii.score(tmp_path / "truth.json", tmp_path / "found.json").weighted_mean == 100
        entries = json.loads((tmp_path / "annot" / "valid.json").read_text())  # counted from one, as the predictions
        wanted = np.array([entry["joints"] for entry in entries])[:, 1:]
        np.testing.assert_allclose(np.array(found["predictions"])[:, 1:], wanted, atol=2)
        assert [name.split("/")[1] for name in found["images"]] == [entry["image"] for entry in entries]


@pytest.mark.parametrize("loss", ["mse", "spatial_cross_entropy"])
def test_scores_are_shares(loss: str) -> None:
    told = predict(Oracle(), people(5, 0), Protocol(input=(32, 32), loss=loss))
    assert told.joints.shape == (5, 2, 2) and told.scores.shape == (5, 2)
    assert (told.scores > 0).all() and (told.scores <= 1).all()


def test_nobody_and_no_number() -> None:
    protocol = Protocol(input=(32, 32))
    assert predict(Oracle(), people(3, 0).take([]), protocol).joints.shape == (0, 2, 2)
    broken = nn.Sequential(Oracle(), nn.Threshold(1e9, float("nan")))
    with pytest.raises(DivergedError, match="the output for 3 of 3 people is not finite"):
        predict(broken, people(3, 0), replace(protocol, flip_test=False))
