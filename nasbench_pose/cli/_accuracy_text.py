"""What a training printed: accuracy, cost, time and learning curve."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from nasbench_pose.metrics import DEFAULT_OBJECTIVES, TEST_ACCURACY

if TYPE_CHECKING:
    from nasbench_pose.evaluators import Trial


def trial_text(trial: "Trial", title: str, metric: str) -> str:
    """Return the lines of a trial; `metric` is the name of the accuracy."""
    curve = ", ".join(f"{step}: {pckh:.1f}" for step, pckh in trial.curve)
    seconds = f"  seconds              {trial.seconds:8.1f}     on one core"
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
