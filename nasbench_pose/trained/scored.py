"""The published metrics of a trained network: its predictions for a data set, scored."""

import json
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from torch import nn

from nasbench_pose.errors import DataError
from nasbench_pose.evaluators.predict import Alignment, predict
from nasbench_pose.evaluators.predicted_files import Subjects
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.network.devices import device_of, reproducible
from nasbench_pose.network.weights import load
from nasbench_pose.pose import coco, mpii, pckh
from nasbench_pose.pose.coco_test import coco_score, measures_ap
from nasbench_pose.pose.photographs import Photographs
from nasbench_pose.pose.predictions import Placed
from nasbench_pose.trained.folder import TrainedFolder

Score = coco.CocoScore | mpii.MpiiScore | pckh.PckhScore

BENCHMARKS: Mapping[str, Callable[[Path, Path], Score]] = {"coco": coco.score, "mpii": mpii.score, "pckh": pckh.score}
"""Name of a benchmark -> its score of the file of labels and the file of predictions."""


def benchmark_of(people: Placed) -> str:
    """Return the name of the benchmark of these people; joints without sigmas have no AP, but PCKh."""
    if measures_ap(people):
        return "coco"
    return "mpii" if people.kind == "mpii" else "pckh"


def scored(
    network: TrainedFolder, data: str, split: str, device: str = "cpu", boxes: Path | None = None
) -> tuple[str, int, Score]:
    """Return the benchmark of a data set, the number of people in the split, and the score of the network there.

    The score is that of the files that `nasbench-pose predict` writes; `boxes` is a file of a detector. Raises what
    `Subjects.of`, `in_boxes` and `load` raise.
    """
    protocol, there = replace(network.protocol, device=device), device_of(device)
    subjects = Subjects.of(data, split, protocol) if boxes is None else in_boxes(data, split, protocol, boxes)
    joints = subjects.people.skeleton.joints
    loaded = load(network.genotype, network.weights, joints=joints, input=protocol.input)
    with reproducible(there):
        found = predict(loaded.channels_last().to(there), subjects.seen, protocol)
    name = benchmark_of(subjects.people)
    form = "coco" if name == "coco" else "joints"
    with tempfile.TemporaryDirectory() as folder:
        truth, predictions = Path(folder) / "truth.json", Path(folder) / "predictions.json"
        truth.write_text(json.dumps(subjects.truth(form)))
        predictions.write_text(json.dumps(subjects.formed(form, found)))
        return name, len(subjects.people), BENCHMARKS[name](truth, predictions)


def in_boxes(data: str, split: str, protocol: Protocol, boxes: Path) -> Subjects:
    """Return the people in the boxes of a detector; raise DataError if AP is not defined for their joints."""
    subjects = Subjects.of(data, split, protocol, boxes)
    if not measures_ap(subjects.people):
        raise DataError(f"Boxes of a detector are scored by AP, and the joints of {data!r} have no sigmas.")
    return subjects


def precision(
    network: nn.Module, detected: Subjects, protocol: Protocol, alignment: Alignment | None, loaders: int | None = None
) -> float:
    """Return AP in percent in the boxes of a detector, as `scored` has it; `loaders` is that of `predict`."""
    people = detected.people
    assert isinstance(people, Photographs)
    found = predict(network, detected.seen, protocol, alignment, loaders)
    joints = people.in_photographs(found.joints)
    return 100 * coco_score(people, joints, found.scores, detected.box_scores, detected.photographs).AP
