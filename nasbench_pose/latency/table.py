"""Latency tables: the latencies of all blocks of a space; the sum over its blocks predicts a network's latency."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nasbench_pose.errors import InvalidFileError, NasbenchPoseError, one_line
from nasbench_pose.graph import Graph
from nasbench_pose.latency.pieces import pieces
from nasbench_pose.latency.protocol import LatencyProtocol

FORMAT = "nasbench-pose latency table 1"


@dataclass(frozen=True, slots=True)
class BlockLatency:
    """The latency of one block, measured alone."""

    name: str
    """The block's name in the first network that has it."""
    shape: str
    """Shapes of inputs and outputs, such as 24×64×64 → 32×32×32."""
    latency_ms: float
    """Median."""
    latency_ms_q1: float
    latency_ms_q3: float


@dataclass(frozen=True, slots=True)
class Check:
    """Predicted and measured latencies of whole networks; the table does not depend on these measurements."""

    measured_ms: tuple[float, ...]
    predicted_ms: tuple[float, ...]
    genotypes: tuple[str, ...]

    @property
    def errors(self) -> NDArray[np.float64]:
        """(predicted - measured) / measured of each network, in percent."""
        ratio: NDArray[np.float64] = np.array(self.predicted_ms) / np.array(self.measured_ms)
        return 100 * ratio - 100

    @property
    def median_error(self) -> float:
        """Median absolute error, in percent of the measured latency."""
        return float(np.median(np.abs(self.errors)))

    @property
    def p95_error(self) -> float:
        """95 % of the networks have a smaller absolute error, in percent of the measured latency."""
        return float(np.quantile(np.abs(self.errors), 0.95))

    @property
    def bias(self) -> float:
        """Median signed error in percent: positive if the sums are too large."""
        return float(np.median(self.errors))


@dataclass(frozen=True)
class LatencyTable:
    """The latency of every block of a space, how it was measured, and the error of the sums.

    >>> from nasbench_pose.latency import Machine
    >>> from nasbench_pose.spaces import find, load
    >>> protocol = LatencyProtocol(Machine("a processor", 4, "unknown", ()), input=(256, 256), joints=16)
    >>> graph = load("efficientpose_small").graph(find("efficientpose-a"))
    >>> blocks = {piece.key: BlockLatency(name, "", 2.0, 2.0, 2.0) for name, piece in pieces(graph)}
    >>> LatencyTable("efficientpose_small", "", protocol, 0.5, blocks).predict(graph)  # 32 blocks
    48.5
    """

    space: str
    digest: str
    """Digest of the space's file."""
    protocol: LatencyProtocol
    call_ms: float
    """Overhead of a call: every block's latency contains it, a network's latency contains it once."""
    blocks: Mapping[str, BlockLatency]
    """Key of a piece -> its latency."""
    reference_drift: float = 0.0
    """Slowdown of the reference from the first third of the blocks to the last: 0.1 is 10 %."""
    about: Mapping[str, str] = field(default_factory=dict)
    """Metadata, such as the date and the version of the package."""
    check: Check | None = None

    def predict(self, graph: Graph) -> float:
        """Return a network's predicted latency in ms; raise NasbenchPoseError that names a block without a latency."""
        total = self.call_ms
        for name, piece in pieces(graph):
            if not piece.computes:
                continue
            if (block := self.blocks.get(piece.key)) is None:
                height, width = self.protocol.input
                raise NasbenchPoseError(
                    f"The table has no block like {name!r}: it is for {self.space} at {height}×{width} pixels with "
                    f"{self.protocol.joints} joints. Make one for this space and size with `latency table`."
                )
            total += max(0.0, block.latency_ms - self.call_ms)
        return total

    def save(self, path: Path) -> None:
        """Write the table as JSON."""
        content = {"format": FORMAT, **asdict(self)}
        path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> "LatencyTable":
        """Read a table; raise InvalidFileError if the file does not hold one."""
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
            if document.pop("format") != FORMAT:
                raise InvalidFileError(f"{path} is not a {FORMAT}.")
            check = document["check"]
            typed = {
                "protocol": LatencyProtocol.from_dict(document["protocol"]),
                "blocks": {key: BlockLatency(**block) for key, block in document["blocks"].items()},
                "check": check and Check(**{name: tuple(values) for name, values in check.items()}),
            }
            return cls(**document | typed)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            if isinstance(error, InvalidFileError):
                raise
            raise InvalidFileError(f"{path} is not a latency table: {one_line(error)}.") from None
