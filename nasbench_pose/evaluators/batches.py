"""Images and joints of people as tensors, and the random batches of a training."""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from nasbench_pose.errors import DataError, InvalidFileError
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

    @classmethod
    def of(cls, people: People) -> "Tensors":
        """Return the tensors of `people`; the memory format of the images is channels_last."""
        return cls(
            torch.from_numpy(people.images.copy()).permute(0, 3, 1, 2),
            torch.from_numpy(people.joints.copy()),
            torch.from_numpy(people.labelled.copy()),
            people.skeleton,
        )

    def take(self, index: Tensor | slice) -> "Tensors":
        """Return the people at `index`."""
        return Tensors(self.images[index], self.joints[index], self.labelled[index], self.skeleton)


def normalise(images: Tensor) -> Tensor:
    """Return uint8 images (n, 3, h, w) as float32 normalised by ImageNet's mean and deviation, in channels_last.

    >>> normalise(torch.zeros(1, 3, 2, 2, dtype=torch.uint8))[0, :, 0, 0]
    tensor([-2.1179, -2.0357, -1.8044])
    """
    scale = 1 / (255 * torch.tensor(DEVIATION))
    shift = torch.tensor(MEAN) / torch.tensor(DEVIATION)
    scaled = images.to(torch.float32, memory_format=torch.channels_last) * scale[:, None, None]
    return scaled.sub_(shift[:, None, None])


def draws(n: int, batch: int, rng: torch.Generator) -> Iterator[Tensor]:
    """Yield endlessly the indices of batches of `batch` out of `n`: every index once in random order, then again.

    Raises DataError if `n` is 0, InvalidFileError if `batch` is less than 1.

    >>> batches = draws(5, 2, torch.Generator())
    >>> sorted(torch.cat([next(batches), next(batches), next(batches)])[:5].tolist())
    [0, 1, 2, 3, 4]
    """
    if not n:
        raise DataError("There is nobody to train on.")
    if batch < 1:
        raise InvalidFileError(f"A batch of {batch} people cannot be trained on; expected at least 1.")
    waiting = torch.empty(0, dtype=torch.long)
    while True:
        while len(waiting) < batch:
            waiting = torch.cat([waiting, torch.randperm(n, generator=rng)])
        yield waiting[:batch]
        waiting = waiting[batch:]
