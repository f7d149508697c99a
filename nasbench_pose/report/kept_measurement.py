"""The measurement of trials that a database keeps: their protocol, and the table or sample that they were read from."""

import json
from math import nan
from typing import Any

import pandas as pd

from nasbench_pose.benchmark import Benchmark
from nasbench_pose.benchmark.joints import number_of_joints
from nasbench_pose.benchmark.surrogate.sample_file import PREFIX
from nasbench_pose.devices import DeviceFile
from nasbench_pose.devices.evaluator import DeviceEvaluator
from nasbench_pose.errors import NasbenchPoseError
from nasbench_pose.evaluators.measurement import MeasurementInfo
from nasbench_pose.report.protocols import first_part
from nasbench_pose.spaces import SearchSpace


def kept_measurement(
    trials: pd.DataFrame, protocol: Any, title: str, space: SearchSpace
) -> tuple[MeasurementInfo, str]:
    """Return the measurement of trials of one protocol, a JSON document, and why there is no regret; "" for no reason.

    Its truth is the benchmark table of the package that the trials were looked up in, as long as that is the same.
    """
    input, joints = kept_size(trials, protocol, space)
    truth, reason = _truth(protocol, space)
    return MeasurementInfo(
        title=title,
        plane="kept",
        input=input,
        joints=joints if truth is None else truth.joints,
        training_protocol=json.dumps(protocol),
        truth=truth,
        spread_of_seeds=_spread_of_sample(_first(protocol)) if truth is None else truth.spread_of_seeds(),
    ), reason


def kept_size(trials: pd.DataFrame, protocol: Any, space: SearchSpace) -> tuple[tuple[int, int], int]:
    """Return height and width of the images, and the joints, of trials of one protocol, a JSON document."""
    first = _first(protocol)
    inner = first.get("protocol", first)
    size = inner.get("input") if isinstance(inner, dict) else None
    input = (size[0], size[1]) if isinstance(size, list) and len(size) == 2 else space.input
    return input, number_of_joints(trials, space, input)


def _first(protocol: Any) -> dict[str, Any]:
    """Return the protocol of the accuracy: the first of combined ones; an empty one for a document that is none."""
    return first_part(protocol) or protocol if isinstance(protocol, dict) else {}


def _spread_of_sample(protocol: dict[str, Any]) -> float:
    """Return the deviation over seeds that a sample of the package knows, if trials were predicted from it; or NaN."""
    try:
        people = str(protocol["protocol"]["data"]).partition(":")[0]
        space = str(protocol["sample"]).removeprefix(PREFIX).removesuffix(f"_{people}")
        sample = Benchmark.load(space, people, surrogate=True)
    except (NasbenchPoseError, KeyError, TypeError):
        return nan
    return sample.spread_of_seeds if sample.about["sha256"] == protocol.get("sha256") else nan


def _truth(protocol: Any, space: SearchSpace) -> tuple[Benchmark | None, str]:
    """Return the benchmark table that the trials were looked up in, or None and the reason in one line.

    With trials that were looked up in device files, too, it has their columns. The reason is "" for trials that were
    looked up in no table.
    """
    if isinstance(protocol, dict) and isinstance(parts := protocol.get("combined"), list) and parts:
        truth, reason = _truth(parts[0], space)
        for part in parts[1:]:
            truth = None if truth is None else _with_device(truth, part, space)
        return truth, reason
    if not (isinstance(protocol, dict) and "table" in protocol and "sha256" in protocol):
        return None, ""
    asked = f"No regret: the trials were looked up in {protocol['table']} of checksum {str(protocol['sha256'])[:8]}"
    try:
        table = Benchmark.load(space.name, str(protocol["protocol"]["data"]).partition(":")[0])
    except (NasbenchPoseError, KeyError, TypeError):
        return None, f"{asked}, which is no table of this package."
    now = str(table.about["sha256"])
    if now == protocol["sha256"]:
        return table, ""
    return None, (
        f"{asked}; the table of this package is of {now[:8]}: it has been built on since, or was another. "
        "Run the same compare again: the searches then take its new rows."
    )


def _with_device(truth: Benchmark, protocol: Any, space: SearchSpace) -> Benchmark:
    """Return the truth with the columns of a device file, if the trials were looked up in the file as it is now."""
    try:
        made = DeviceEvaluator(DeviceFile.load(protocol["device"]), space, protocol["setting"])
        return truth.with_columns(made.known) if json.loads(made.protocol_text) == protocol else truth
    except (NasbenchPoseError, KeyError, TypeError):
        return truth
