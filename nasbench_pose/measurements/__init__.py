"""Measurements by name: built in, of another package, or several of them combined.

Each module of this folder defines the measurement of its name as MEASUREMENT, a function of MeasurementOptions.
"""

import re
from collections.abc import Iterable
from typing import cast

from nasbench_pose.errors import pick
from nasbench_pose.evaluators.combined import Combined
from nasbench_pose.evaluators.measurement import Measurement, MeasurementOptions
from nasbench_pose.evaluators.plugin import EVALUATORS, MEASUREMENTS, PluginMeasurement

__all__ = ["EVALUATORS", "MEASUREMENTS", "measurement", "split"]


def measurement(name: str, options: MeasurementOptions, metrics: Iterable[str] = ()) -> Measurement:
    """Return the measurement of a name, with the devices of `metrics`, such as `latency_ms@phone`.

    `name` is a name of `MEASUREMENTS`, optionally with an argument (`table:FILE`, `latency:onnxruntime`), an entry
    point, `module:attribute`, or several of these joined by `+`, whose metrics are combined in one trial. Raises
    UnknownNameError for a name that does not exist, and the measurement's errors for unsuitable options.

    >>> from nasbench_pose.spaces import load
    >>> measurement("trian", MeasurementOptions(space=load("simplebaseline")))
    Traceback (most recent call last):
        ...
    nasbench_pose.errors.UnknownNameError: No evaluator named 'trian'; known: ... Did you mean 'train'?
    """
    devices = dict.fromkeys(f"device:{metric.partition('@')[2]}" for metric in metrics if "@" in metric)
    parts = [_one(part, options) for part in dict.fromkeys((*split(name), *devices))]
    return parts[0] if len(parts) == 1 else Combined(tuple(parts))


def split(text: str) -> list[str]:
    """Split `a+b`; a plus that is not followed by a name is part of a file name.

    >>> split("table:a+b.csv+latency"), split("mine:make+table")
    (['table:a+b.csv', 'latency'], ['mine:make', 'table'])
    """
    names = "|".join(map(re.escape, EVALUATORS.names()))
    return re.split(rf"\+(?=(?:{names})(?:[:+]|$)|[\w.]+:[\w.]+(?:\+|$))", text)


def _one(text: str, options: MeasurementOptions) -> Measurement:
    name, colon, argument = text.partition(":")
    if name in MEASUREMENTS:
        made = EVALUATORS.resolve(name)(MeasurementOptions(**{**vars(options), "argument": argument}))
        return cast("Measurement", made)
    if not colon:
        pick("evaluator", name, dict.fromkeys(EVALUATORS.names()))
    return PluginMeasurement(text, options.space)
