"""What a training printed: accuracy, cost, time and learning curve."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from nasbench_pose.metrics import DEFAULT_OBJECTIVES, TEST_ACCURACY

if TYPE_CHECKING:
    from nasbench_pose.evaluators import Trial
    from nasbench_pose.evaluators.protocol import Protocol


def trial_text(trial: "Trial", title: str, protocol: "Protocol") -> str:
    """Return the lines of a trial, which was measured by a protocol."""
    metric = protocol.metric
    curve = ", ".join(f"{step}: {pckh:.1f}" for step, pckh in trial.curve)
    where = "on one core" if protocol.device == "cpu" else f"of the wall, on {protocol.device}"
    seconds = f"  seconds              {trial.seconds:8.1f}     {where}"
    points = f"  learning curve (step: {metric} of a part of validation)  {curve}"
    return "\n".join([title, *accuracy_lines(trial.metrics, metric), seconds, points])


def accuracy_lines(metrics: Mapping[str, float], metric: str) -> list[str]:
    """Return the lines of accuracy and cost."""
    accuracy, test = metrics[DEFAULT_OBJECTIVES[0]], metrics[TEST_ACCURACY]
    precision = [metrics["test_ap"]] if "val_ap" in metrics else []
    return [
        f"  {f'{metric} validation':<21}{accuracy:8.1f} %   (test {test:.1f} %)",
        *(f"  AP validation        {metrics['val_ap']:8.1f} %   (test {test_ap:.1f} %)" for test_ap in precision),
        f"  parameters           {metrics['params'] / 1e3:8.1f} k",
        f"  MACs                 {metrics['macs'] / 1e6:8.2f} M",
    ]
