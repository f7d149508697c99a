"""Images and joints of people as tensors, and the random batches of a training."""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from nasbench_pose.errors import DataError, InvalidFileError
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.pose.augment import augment
from nasbench_pose.pose.constants import constant
from nasbench_pose.pose.people import People
from nasbench_pose.pose.skeleton import Skeleton

MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Mean and standard deviation of ImageNet's red, green and blue, the usual normalisation of pose networks."""


@dataclass(frozen=True, slots=True)
class Tensors:
    """A set of people as tensors."""

    images: Tensor
    """(n, 3, h, w): uint8, or float32 after `normalise`."""
    joints: Tensor
    """(n, J, 2) float32, pixels."""
    labelled: Tensor
    """(n, J) bool."""
    skeleton: Skeleton

    def __len__(self) -> int:
        return len(self.images)

    @classmethod
    def of(cls, people: People) -> "Tensors":
        """Return the tensors of `people`; the memory format of the images is channels_last."""
        return cls(
            torch.from_numpy(people.images.copy()).permute(0, 3, 1, 2),
            torch.from_numpy(people.joints.copy()),
            torch.from_numpy(people.labelled.copy()),
            people.skeleton,
        )

    def to(self, device: torch.device) -> "Tensors":
        """Return the people on `device`."""
        return Tensors(self.images.to(device), self.joints.to(device), self.labelled.to(device), self.skeleton)

    def take(self, index: Tensor | slice) -> "Tensors":
        """Return the people at `index`."""
        return Tensors(self.images[index], self.joints[index], self.labelled[index], self.skeleton)


def normalise(images: Tensor) -> Tensor:
    """Return uint8 images (n, 3, h, w) as float32 normalised by ImageNet's mean and deviation, in channels_last.

    >>> normalise(torch.zeros(1, 3, 2, 2, dtype=torch.uint8))[0, :, 0, 0]
    tensor([-2.1179, -2.0357, -1.8044])
    """
    deviation = constant(DEVIATION, images.device)
    scale, shift = 1 / (255 * deviation), constant(MEAN, images.device) / deviation
    scaled = images.to(torch.float32, memory_format=torch.channels_last) * scale[:, None, None]
    return scaled.sub_(shift[:, None, None])


class Draws(Iterator[Tensor]):
    """Endless batches of `batch` indices out of `n`: every index once in random order, then again.

    Raises DataError if `n` is 0, InvalidFileError if `batch` is less than 1.

    >>> batches = Draws(5, 2, torch.Generator())
    >>> sorted(torch.cat([next(batches), next(batches), next(batches)])[:5].tolist())
    [0, 1, 2, 3, 4]
    """

    def __init__(self, n: int, batch: int, rng: torch.Generator, device: torch.device | None = None) -> None:
        if not n:
            raise DataError("There is nobody to train on.")
        if batch < 1:
            raise InvalidFileError(f"A batch of {batch} people cannot be trained on; expected at least 1.")
        self._n, self._batch, self._rng = n, batch, rng
        self.waiting = torch.empty(0, dtype=torch.long, device=device)
        """Indices that were shuffled and not drawn yet: with the state of the generator, all that follows."""

    def __next__(self) -> Tensor:
        """Return the next indices."""
        while len(self.waiting) < self._batch:
            order = torch.randperm(self._n, generator=self._rng, device=self.waiting.device)
            self.waiting = torch.cat([self.waiting, order])
        index, self.waiting = self.waiting[: self._batch], self.waiting[self._batch :]
        return index


class Batches(Iterator[Tensors]):
    """Endless random batches of normalised, augmented people that are held in memory, on their device.

    With a `share`, only this part of each batch, which is drawn and augmented whole, so that parts fit together.
    """

    def __init__(self, people: Tensors, protocol: Protocol, rng: torch.Generator, share: slice | None = None) -> None:
        self._people, self._settings, self._rng, self._share = people, protocol.augmentation, rng, share
        self._draws = Draws(len(people.images), protocol.batch, rng, people.images.device)

    def __next__(self) -> Tensors:
        """Return the next batch."""
        batch = self._people.take(next(self._draws))
        skeleton = batch.skeleton
        images, joints, labelled = augment(
            normalise(batch.images), batch.joints, batch.labelled, skeleton, self._settings, self._rng
        )
        made = Tensors(images.contiguous(memory_format=torch.channels_last), joints, labelled, skeleton)
        return made if self._share is None else made.take(self._share)

    def state_dict(self) -> dict[str, Tensor]:
        """Return what the batches that follow depend on."""
        return {"rng": self._rng.get_state(), "waiting": self._draws.waiting}

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """Continue after the batch at which `state` was taken."""
        self._rng.set_state(state["rng"].cpu())
        self._draws.waiting = state["waiting"].to(self._draws.waiting.device)
