"""The folder of a trained network: weights, card and curve."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nasbench_pose.errors import InvalidFileError
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.files import is_folder
from nasbench_pose.genotype import Genotype
from nasbench_pose.shape import ANYTHING, misfit
from nasbench_pose.spaces import find

CARD, WEIGHTS, CURVE, CHECKPOINT = "card.json", "weights.safetensors", "curve.csv", "checkpoint.pt"
"""The card, the measured weights, the learning curve, and, until the training has ended, its checkpoint."""

SHAPE = {"genotype": str, "protocol": dict, "seed": ANYTHING, "data": str, "joints": [str]}
"""What is read of a card."""


@dataclass(frozen=True)
class TrainedFolder:
    """A network that `nasbench-pose train` trained to the end."""

    path: Path
    card: Mapping[str, Any]
    """What the network is, how it was trained, and what was measured."""

    @classmethod
    def read(cls, path: Path) -> "TrainedFolder":
        """Return the network in the folder `path`; raise InvalidFileError if the training has not ended, or no card."""
        if not (path / CARD).is_file():
            unfinished = (path / CHECKPOINT).is_file()
            what = (
                "a training that has not ended; the same command continues it" if unfinished else "no trained network"
            )
            raise InvalidFileError(f"{path} holds {what}.")
        try:
            card = json.loads((path / CARD).read_text(encoding="utf-8"))
            if said := misfit(card, SHAPE):
                raise InvalidFileError(said)
            found = cls(path, card)
            _ = found.genotype, found.protocol, found.input
        except (TypeError, ValueError) as error:  # not JSON, not UTF-8, or a protocol that cannot be
            said = str(error).rstrip(".")
            raise InvalidFileError(f"{path / CARD} is not the card of a trained network: {said}.") from None
        return found

    @property
    def genotype(self) -> Genotype:
        """The genotype of the network."""
        return find(self.card["genotype"])

    @property
    def weights(self) -> Path:
        """The file of the weights."""
        return self.path / WEIGHTS

    @property
    def protocol(self) -> Protocol:
        """The protocol of the training."""
        return Protocol.parse(json.dumps(self.card["protocol"]))

    @property
    def input(self) -> tuple[int, int]:
        """Height and width of the images in pixels."""
        return self.protocol.input

    @property
    def joints(self) -> int:
        """The number of joints."""
        return len(self.card["joints"])


def is_trained_folder(text: str) -> bool:
    """Return whether `text` names a folder that a training was kept in, whether it has ended or not.

    >>> is_trained_folder("hrnet-w32")
    False
    """
    return is_folder(text) and any((Path(text) / name).is_file() for name in (CARD, CHECKPOINT))
