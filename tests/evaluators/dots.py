"""People a network of two layers learns in seconds: their nose is a red dot, their mouth a green one."""

import numpy as np
import torch
from torch import Tensor, nn

from nasbench_pose.pose.people import People, Splits
from nasbench_pose.pose.skeleton import Skeleton

FACE = Skeleton("face", ("nose", "mouth"), (), ())


def people(n: int, seed: int) -> People:
    """Draw `n` images of 32 x 32 pixels with a dot of 4 x 4 pixels per joint, centred between pixels."""
    rng = np.random.default_rng(seed)
    corner = 4 * rng.integers(0, 8, (n, 2, 2))
    images = rng.integers(0, 60, (n, 32, 32, 3)).astype(np.uint8)
    for person, joint in np.ndindex(n, 2):
        x, y = corner[person, joint]
        images[person, y : y + 4, x : x + 4, joint] = 255
    labelled = np.ones((n, 2), dtype=bool)
    return People(images, corner + 1.5, labelled, labelled, np.full(n, 6), FACE)


def splits(n: int = 64) -> Splits:
    """Return `n` people to train on and half of them to choose and to report on."""
    return Splits(people(n, 0), people(n // 2, 1), people(n // 2, 2), "synthetic:seed=9")


class Oracle(nn.Module):
    """Knows: the map of a joint is its colour, pooled."""

    def forward(self, images: Tensor) -> Tensor:
        """Return heat maps (n, 2, h / 4, w / 4)."""
        return nn.functional.avg_pool2d(images[:, :2], 4)


def learner(seed: int) -> nn.Module:
    """Return a small network with batch normalisation, to be trained."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        layers = nn.Conv2d(3, 8, 4, stride=4, bias=False), nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 2, 1)
    return nn.Sequential(*layers)
