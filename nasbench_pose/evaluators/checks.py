"""Checks of a protocol and its data set before a training starts."""

import math
from collections.abc import Callable, Mapping
from typing import Any

from nasbench_pose.errors import DataError, InvalidFileError, ShapeError, pick
from nasbench_pose.evaluators.optimizers import OPTIMIZERS, SCHEDULES
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.graph import Graph
from nasbench_pose.graph.operations import BatchNorm
from nasbench_pose.network.devices import PRECISIONS
from nasbench_pose.pose.augmentation import Augmentation
from nasbench_pose.pose.heatmaps import DECODERS
from nasbench_pose.pose.losses import LOSSES
from nasbench_pose.pose.people import Splits
from nasbench_pose.pose.photographs import StreamedSplits
from nasbench_pose.pose.source import LARGEST, SMALLEST

MOST = 65_536
"""People in a batch: more would be drawn for hours before they do not fit into memory."""


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _image(value: Any) -> bool:
    pair = isinstance(value, tuple) and len(value) == 2 and all(map(_whole, value))
    return pair and SMALLEST <= min(value) <= max(value) <= LARGEST


_FIELDS: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "input": (_image, f"a height and a width of {SMALLEST} to {LARGEST} pixels"),
    "stride": (lambda value: _whole(value) and value >= 1, "a whole number of at least 1"),
    "steps": (lambda value: _whole(value) and value >= 1, "a whole number of at least 1"),
    "batch": (lambda value: _whole(value) and 1 <= value <= MOST, f"a whole number from 1 to {MOST:,}"),
    "learning_rate": (lambda value: _number(value) and value > 0, "a positive, finite number"),
    "weight_decay": (lambda value: _number(value) and value >= 0, "a finite number of at least 0"),
    "sigma": (lambda value: _number(value) and value > 0, "a positive, finite number"),
    "average": (lambda value: _number(value) and 0 <= value < 1, "a number of at least 0 and below 1"),
    "init": (lambda value: isinstance(value, str), "a digest"),
    "device": (lambda value: isinstance(value, str), "cpu, cuda, cuda:1, mps or auto"),
    "accumulate": (lambda value: _whole(value) and value >= 1, "a whole number of at least 1"),
    "clip": (lambda value: _number(value) and value >= 0, "a finite number of at least 0"),
    "warm_up": (lambda value: _whole(value) and value >= 0, "a whole number of at least 0"),
    "processes": (lambda value: _whole(value) and value >= 1, "a whole number of at least 1"),
    "teacher": (lambda value: isinstance(value, str), "a digest"),
    "teacher_share": (lambda value: _number(value) and 0 <= value <= 1, "a number from 0 to 1"),
    "compile": (lambda value: isinstance(value, bool), "true or false"),
    "sync_batch_norm": (lambda value: isinstance(value, bool), "true or false"),
    "zero_init_residual": (lambda value: isinstance(value, bool), "true or false"),
    "photographs": (lambda value: isinstance(value, bool), "true or false"),
    "alignment": (lambda value: value in ("centre", "corner"), "centre or corner"),
    "flip_test": (lambda value: isinstance(value, bool), "true or false"),
    "augmentation": (lambda value: isinstance(value, Augmentation), "the settings of an augmentation"),
}
"""Field of a protocol -> (check of a value, valid values in words)."""

_NAMES: Mapping[str, Mapping[str, object]] = {
    "loss": LOSSES,
    "decoder": DECODERS,
    "optimizer": OPTIMIZERS,
    "schedule": SCHEDULES,
    "precision": PRECISIONS,
}


def check_protocol(protocol: Protocol) -> None:
    """Raise InvalidFileError for an invalid value of a field, UnknownNameError for a name that does not exist.

    >>> check_protocol(Protocol(batch=0))
    Traceback (most recent call last):
        ...
    nasbench_pose.errors.InvalidFileError: The protocol's batch is 0; expected a whole number from 1 to 65,536.
    """
    for field, (possible, expected) in _FIELDS.items():
        value = getattr(protocol, field)
        if not possible(value):
            raise InvalidFileError(f"The protocol's {field} is {value!r}; expected {expected}.")
    for field, known in _NAMES.items():
        value = getattr(protocol, field)
        if not isinstance(value, str):
            raise InvalidFileError(f"The protocol's {field} is {value!r}; expected a name: {', '.join(known)}.")
        pick(field, value, known)
    changes = protocol.augmentation
    if protocol.photographs and (changes.colour or changes.translate):
        raise InvalidFileError(
            "With photographs=true the augmentation is that of HRNet's code: mirror, rotation, scale and half bodies; "
            "its colour and translate have to be 0."
        )
    kind = protocol.device.partition(":")[0]
    if protocol.sync_batch_norm and kind not in ("cuda", "auto"):
        raise InvalidFileError(
            f"protocol.sync_batch_norm=true exchanges sums between CUDA devices, and this training is on {kind}; leave "
            "it out, or take --device cuda."
        )
    if protocol.accumulate * protocol.processes > protocol.batch:
        among = f" for each of {protocol.processes} processes" if protocol.processes > 1 else ""
        raise InvalidFileError(
            f"A batch of {protocol.batch} cannot be divided into {protocol.accumulate} parts{among}; all together are "
            f"at most {protocol.batch}."
        )


def check_steps(steps: int) -> None:
    """Raise InvalidFileError for a number of steps below 1."""
    if not _whole(steps) or steps < 1:
        raise InvalidFileError(f"A training of {steps!r} steps is none; expected a whole number of at least 1.")


def check_splits(splits: Splits | StreamedSplits) -> None:
    """Raise DataError if a split has no labelled joint, which would otherwise be noticed only after the training.

    >>> from nasbench_pose.pose.synthetic import generate
    >>> some = generate(2, seed=0)
    >>> check_splits(Splits(some, some, some.take([]), "synthetic:test=0"))
    Traceback (most recent call last):
        ...
    nasbench_pose.errors.DataError: 'synthetic:test=0' has nobody in its split test; networks are trained on train, \
chosen by val and measured on test, so each needs people.
    """
    for name in ("train", "val", "test"):
        people = getattr(splits, name)
        if not len(people):
            raise DataError(
                f"{splits.source!r} has nobody in its split {name}; networks are trained on train, chosen by val and "
                "measured on test, so each needs people."
            )
        if not people.labelled.any():
            raise DataError(
                f"{splits.source!r} has {len(people)} people in its split {name}, but none of their joints is labelled "
                "inside the crop; check the labels with: nasbench-pose data check."
            )


def check_batch_norm(graph: Graph, batch: int) -> None:
    """Raise ShapeError if a batch normalisation of `graph` sees one value per channel, whose variance is 0.

    `batch` is the number of people that it sees at a time.
    """
    for layer in graph.layers:
        _, *sides = layer.shape
        if isinstance(layer.operation, BatchNorm) and batch * math.prod(sides) == 1:
            raise ShapeError(
                f"With batch 1 and this input the batch normalisation {layer.name!r} sees one value per channel, so it "
                "cannot be trained; expected a batch of at least 2, or a larger input."
            )
