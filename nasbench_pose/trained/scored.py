"""The published metrics of a trained network: its predictions for a data set, scored."""

import json
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from nasbench_pose.errors import DataError
from nasbench_pose.evaluators.predict import predict
from nasbench_pose.evaluators.predicted_files import formed, people_of
from nasbench_pose.network.devices import device_of, reproducible
from nasbench_pose.network.weights import load
from nasbench_pose.pose import coco, mpii, pckh
from nasbench_pose.pose.coco_test import measures_ap
from nasbench_pose.pose.photographs import Photographs
from nasbench_pose.pose.predictions import Placed, coco_truth, joints_truth
from nasbench_pose.trained.folder import TrainedFolder

Score = coco.CocoScore | mpii.MpiiScore | pckh.PckhScore

BENCHMARKS: Mapping[str, Callable[[Path, Path], Score]] = {"coco": coco.score, "mpii": mpii.score, "pckh": pckh.score}
"""Name of a benchmark -> its score of the file of labels and the file of predictions."""


def benchmark_of(people: Placed) -> str:
    """Return the name of the benchmark of these people; joints without sigmas have no AP, but PCKh."""
    if measures_ap(people):
        return "coco"
    return "mpii" if people.kind == "mpii" else "pckh"


def scored(network: TrainedFolder, data: str, split: str, device: str = "cpu") -> tuple[str, int, Score]:
    """Return the benchmark of a data set, the number of people in the split, and the score of the network there.

    The score is that of the files that `nasbench-pose predict` writes. Raises DataError for a split without people,
    and what `people_of` and `load` raise.
    """
    protocol = replace(network.protocol, device=device)
    people = people_of(data, split, protocol)
    if not len(people):
        raise DataError(f"{data!r} has no people in {split}, so there is nothing to score.")
    loaded = load(network.genotype, network.weights, joints=len(people.skeleton.joints), input=protocol.input)
    there = device_of(device)
    with reproducible(there):
        seen = people if isinstance(people, Photographs) else people.people
        found = predict(loaded.channels_last().to(there), seen, protocol)
    name = benchmark_of(people)
    form, labels = ("coco", coco_truth) if name == "coco" else ("joints", joints_truth)
    with tempfile.TemporaryDirectory() as folder:
        truth, predictions = Path(folder) / "truth.json", Path(folder) / "predictions.json"
        truth.write_text(json.dumps(labels(people)))
        predictions.write_text(json.dumps(formed(form, people, found)))
        return name, len(people), BENCHMARKS[name](truth, predictions)
