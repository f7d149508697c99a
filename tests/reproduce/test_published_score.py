"""The value of a reproduced network is that of `score mpii`, which knows nothing of crops."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from nasbench_pose.evaluators.predict import Predicted
from nasbench_pose.evaluators.predicted_files import Subjects
from nasbench_pose.pose import mpii
from nasbench_pose.pose.photographs import placed
from nasbench_pose.reproduce.tested import published_score


def test_a_label_outside_the_crop_counts(real_data: Path, tmp_path: Path) -> None:
    source = f"mpii:{real_data / 'mpii_samples'},train=annotations.json"
    people = placed(source, "all", (64, 64), corner=True)
    smaller = people.annotations.boxes.copy()
    smaller[:, 2:] /= 2
    people = replace(people, annotations=replace(people.annotations, boxes=smaller))
    assert people.labelled.sum() < people.annotations.labelled.sum()
    near = people.in_crops(people.annotations.joints) + np.random.default_rng(0).normal(0, 4, people.joints.shape)
    found = Predicted(np.nan_to_num(near).clip(0, 63), np.ones(people.labelled.shape))  # maps end with the crop
    subjects = Subjects(people)
    (tmp_path / "truth.json").write_text(json.dumps(subjects.truth("joints")))
    (tmp_path / "found.json").write_text(json.dumps(subjects.formed("joints", found)))
    known = mpii.score(tmp_path / "truth.json", tmp_path / "found.json")
    assert published_score(people, found) == ("PCKh@0.5", pytest.approx(known.weighted_mean, abs=1e-9))
    assert 5 < known.weighted_mean < 95
