"""The protocol of a latency measurement: latencies of two protocols never share an axis."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from nasbench_pose.errors import InvalidFileError, NasbenchPoseError, nearest, pick
from nasbench_pose.graph import Graph
from nasbench_pose.hashing import canonical_json, short_sha256
from nasbench_pose.latency.machine import Machine, this_machine
from nasbench_pose.spaces import find, space_of

VERSION = 1
"""Incremented when a change of the code changes the latencies of the same protocol."""

REFERENCE = "EfficientPose-A"
"""The network that runs between the measured ones."""
REFERENCE_INPUT = (64, 64)
"""The size of its image: small, so that most of the time goes to the measured networks."""

LIBRARIES = {"torch": ("torch",), "onnxruntime": ("onnxruntime", "torch")}
"""Engine -> packages whose versions affect a latency; torch writes the ONNX files that onnxruntime runs."""
ON_CPU = {"torch": ("fp32",), "onnxruntime": ("fp32", "int8")}
"""Engine -> precisions on the CPU that need no other device or library."""
NUMBERS = {"fp32": "float32", "bf16": "bfloat16", "fp16": "float16", "int8": "8-bit integers"}
"""Precision -> the numbers that a pass computes with."""


def measured_in(precision: str) -> str:
    """Return what is measured, in words.

    >>> measured_in("int8")
    'wall-clock time of a forward pass in 8-bit integers, from images to heat maps in memory, right after another one'
    """
    numbers = NUMBERS[precision]
    return (
        f"wall-clock time of a forward pass in {numbers}, from images to heat maps in memory, right after another one"
    )


@dataclass(frozen=True, slots=True)
class LatencyProtocol:
    """Everything that a latency depends on, except the network.

    >>> machine = Machine("a processor", 4, "performance", (("torch", "2.13.0"),))
    >>> protocol = LatencyProtocol(machine, input=(256, 192), joints=17)
    >>> LatencyProtocol.parse(protocol.text) == protocol
    True
    >>> protocol.title
    'torch, 1 thread, batch 1, 256×192, a processor'
    """

    machine: Machine
    input: tuple[int, int]
    """Height and width of the images in pixels."""
    joints: int
    """Heat maps."""
    engine: str = "torch"
    threads: int = 1
    """Threads of the engine, one per core."""
    batch: int = 1
    """Images in one pass."""
    warm_up: int = 5
    """Rounds that are not counted."""
    reference: str = REFERENCE
    """Text or name of the genotype that runs between the measured ones."""
    reference_input: tuple[int, int] = REFERENCE_INPUT
    measures: str = measured_in("fp32")
    version: int = VERSION
    device: str = "cpu"
    """What computes: `cpu`, `cuda`, `mps`."""
    precision: str = "fp32"
    """What the products in a network are computed in: fp32, bf16, fp16, int8."""
    accelerator: str = ""
    """Model name of the device, if it is not the CPU."""

    @property
    def text(self) -> str:
        """The protocol as canonical JSON, its fields in alphabetical order.

        Fields that were added later are left out at their defaults, so older protocols keep their keys.
        """
        return canonical_json({name: value for name, value in asdict(self).items() if _ADDED.get(name) != value})

    @property
    def key(self) -> str:
        """The first sixteen hex digits of the SHA-256 of `text`."""
        return short_sha256(self.text)

    @property
    def title(self) -> str:
        """The name of the measurement in figures and tables."""
        threads = f"{self.threads} thread{'s' * (self.threads > 1)}"
        height, width = self.input
        return f"{self.engine}, {threads}, batch {self.batch}, {height}×{width}, {self.computed_by}"

    @property
    def computed_by(self) -> str:
        """The processor or the device, and the precision if it is not fp32."""
        return f"{self.accelerator or self.machine.cpu}{f', {self.precision}' * (self.precision != 'fp32')}"

    @classmethod
    def parse(cls, text: str) -> "LatencyProtocol":
        """Parse `text`; raise InvalidFileError if it is no latency protocol."""
        try:
            return cls.from_dict(json.loads(text))
        except (json.JSONDecodeError, TypeError, KeyError, AttributeError) as error:
            raise InvalidFileError(f"{text[:60]!r} is not the JSON of a latency protocol: {error}.") from None

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> "LatencyProtocol":
        """Return the protocol of parsed JSON; raise InvalidFileError that names an unknown field."""
        if unknown := [name for name in document if name not in cls.__slots__]:
            raise InvalidFileError(f"A latency protocol has no {unknown[0]!r}.{nearest(unknown[0], cls.__slots__)}")
        libraries = tuple((name, version) for name, version in document["machine"]["libraries"])
        machine = Machine(**{**document["machine"], "libraries": libraries})
        sizes = {name: tuple(document[name]) for name in ("input", "reference_input")}
        return cls(**{**document, **sizes, "machine": machine})


_ADDED = {"device": "cpu", "precision": "fp32", "accelerator": ""}


def protocol_of(
    graph: Graph,
    *,
    engine: str = "torch",
    threads: int = 1,
    batch: int = 1,
    reference: str = REFERENCE,
    device: str = "cpu",
    precision: str = "fp32",
) -> LatencyProtocol:
    """Return the protocol for a network on this machine.

    Raises UnknownNameError for an unknown engine, reference or precision, and for a device that is not there;
    NasbenchPoseError for an engine that does not compute there in that precision.
    """
    machine = this_machine(*pick("engine", engine, LIBRARIES))
    _, height, width = graph.input.shape
    joints, between = graph.output.shape[0], find(reference).text
    protocol = LatencyProtocol(machine, (height, width), joints, engine, threads, batch, reference=between)
    if device == "cpu" and precision in ON_CPU[engine]:
        return replace(protocol, precision=precision, measures=measured_in(precision))
    from nasbench_pose.network.devices import device_of, model_of  # torch

    pick("precision", precision, NUMBERS)
    check_runs(engine, device, precision)
    there = device_of(device)
    return replace(
        protocol,
        device=str(there),
        precision=precision,
        measures=measured_in(precision),
        accelerator=model_of(there),
    )


def check_runs(engine: str, device: str, precision: str) -> None:
    """Raise NasbenchPoseError if an engine does not compute on a device in a precision.

    >>> check_runs("torch", "cpu", "int8")
    Traceback (most recent call last):
        ...
    nasbench_pose.errors.NasbenchPoseError: The engine torch does not run on cpu in int8 here: onnxruntime runs on ...
    """
    if device == "cpu" and precision in ON_CPU[engine]:
        return
    if engine != "torch" or precision == "int8":
        raise NasbenchPoseError(
            f"The engine {engine} does not run on {device} in {precision} here: onnxruntime runs on the CPU in fp32 or "
            "int8, torch on every device in fp32, bf16 or fp16."
        )


def protocol_of_reference(reference: str, **how: Any) -> LatencyProtocol:
    """Return the protocol for networks without a genotype; its input and joints are the reference's own.

    `how` are the other arguments of `protocol_of`, with its errors.
    """
    return protocol_of(space_of(found := find(reference)).graph(found), reference=reference, **how)
